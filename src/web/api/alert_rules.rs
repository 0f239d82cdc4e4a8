//! Rules of who is told of incidents.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::admin::{Admin, AlertRuleInput, AlertRuleView, AlertRulesView, QuietHoursInput, QuietHoursView};
use crate::domain::AlertRuleId;
use crate::web::auth::{Administrator, Answer, Reader};
use crate::web::body::{Id, Json};
use crate::web::problem::Problem;

pub fn routes() -> OpenApiRouter<Arc<Admin>> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(read, update, delete))
        .routes(routes!(quiet_hours, save_quiet_hours))
}

/// All rules that the key may see: the companies' own, and the installation's for a key of all companies.
#[utoipa::path(get, path = "/alert-rules", tag = "alerts", responses((status = 200, body = AlertRulesView)))]
async fn list(Reader(caller): Reader, State(admin): State<Arc<Admin>>) -> Answer<AlertRulesView> {
    caller.answer(admin.alert_rules(&caller.actor).await)
}

/// Makes a rule. It is about what is opened from now on.
#[utoipa::path(post, path = "/alert-rules", tag = "alerts", security(("api_key" = ["administrator"])),
    request_body = AlertRuleInput, responses((status = 201, body = AlertRuleView)))]
async fn create(
    Administrator(caller): Administrator,
    State(admin): State<Arc<Admin>>,
    Json(input): Json<AlertRuleInput>,
) -> Result<(StatusCode, axum::Json<AlertRuleView>), Problem> {
    Ok((StatusCode::CREATED, caller.answer(admin.create_alert_rule(&caller.actor, &input).await)?))
}

/// One rule.
#[utoipa::path(get, path = "/alert-rules/{rule}", tag = "alerts", params(("rule" = AlertRuleId, Path)),
    responses((status = 200, body = AlertRuleView)))]
async fn read(
    Reader(caller): Reader,
    State(admin): State<Arc<Admin>>,
    Id(rule): Id<AlertRuleId>,
) -> Answer<AlertRuleView> {
    caller.answer(admin.alert_rule(&caller.actor, rule).await)
}

/// Changes what is given.
#[utoipa::path(patch, path = "/alert-rules/{rule}", tag = "alerts", security(("api_key" = ["administrator"])),
    params(("rule" = AlertRuleId, Path)), request_body = AlertRuleInput,
    responses((status = 200, body = AlertRuleView), (status = 409)))]
async fn update(
    Administrator(caller): Administrator,
    State(admin): State<Arc<Admin>>,
    Id(rule): Id<AlertRuleId>,
    Json(input): Json<AlertRuleInput>,
) -> Answer<AlertRuleView> {
    caller.answer(admin.update_alert_rule(&caller.actor, rule, &input).await)
}

/// Deletes a rule. What it had planned is not told.
#[utoipa::path(delete, path = "/alert-rules/{rule}", tag = "alerts", security(("api_key" = ["administrator"])),
    params(("rule" = AlertRuleId, Path)), responses((status = 204)))]
async fn delete(
    Administrator(caller): Administrator,
    State(admin): State<Arc<Admin>>,
    Id(rule): Id<AlertRuleId>,
) -> Result<StatusCode, Problem> {
    caller.done(admin.delete_alert_rule(&caller.actor, rule).await, StatusCode::NO_CONTENT)
}

/// When nobody is to be disturbed.
#[utoipa::path(get, path = "/quiet-hours", tag = "alerts", responses((status = 200, body = QuietHoursView)))]
async fn quiet_hours(Reader(caller): Reader, State(admin): State<Arc<Admin>>) -> Answer<QuietHoursView> {
    caller.answer(admin.quiet_hours().await)
}

/// Changes that, for the whole installation: only what loses events is told then, the rest afterwards and together.
#[utoipa::path(put, path = "/quiet-hours", tag = "alerts", security(("api_key" = ["administrator"])),
    request_body = QuietHoursInput, responses((status = 200, body = QuietHoursView), (status = 409)))]
async fn save_quiet_hours(
    Administrator(caller): Administrator,
    State(admin): State<Arc<Admin>>,
    Json(input): Json<QuietHoursInput>,
) -> Answer<QuietHoursView> {
    caller.answer(admin.save_quiet_hours(&caller.actor, &input).await)
}
