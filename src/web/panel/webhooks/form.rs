//! The form that creates and changes a webhook, with a preview of what would be sent.
//!
//! What must hold here: a form that is saved goes to one operation, which judges it once, and what the form only offers is read
//! when it is shown, and not before.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;

use super::form_parts::{
    RuleRow, anyway, events_error, format, kept_headers, no_types, order, pace, redact, rules,
};
use super::indented::indented;
use super::kinds::Group;
use super::offer::{Offer, Sample, goes_on};
use super::secret::once;
use super::typed::{input, wants_all};
use super::{InWebhook, reach, to_list};
use crate::admin::{AdminError, RequestView, Saved, WebhookInput, WebhookView};
use crate::domain::CompanyId;
use crate::web::panel::parts::{Crumbs, Notice};
use crate::web::panel::stale::stale;
use crate::web::panel::{
    Administrator, Choice, Errors, Failed, Field, Frame, InCompany, Pairs, Panel, Section, Sent, Shown, Ui,
    Visit, refuse, show,
};

pub fn routes() -> Router<Panel> {
    Router::new()
        .route("/companies/{company}/webhooks/new", get(new).post(create))
        .route("/companies/{company}/webhooks/{webhook}/edit", get(edit).post(change))
}

#[derive(Template)]
#[template(path = "panel/webhooks/form.html")]
struct Form {
    ui: Ui,
    frame: Frame,
    crumbs: Crumbs,
    list: String,
    /// The webhook's page and its name; a new one has none.
    of: Option<(String, String)>,
    action: String,
    notice: Option<Notice>,
    version: String,
    address: [Field; 2],
    all_types: bool,
    groups: Vec<Group>,
    more: Field,
    /// Saves a type that nobody knows: for who was asked about one.
    anyway: Option<Field>,
    events_error: Option<String>,
    rules: Vec<RuleRow>,
    /// The types that there is an example of, and the example.
    sampled: Vec<Choice>,
    sample: Option<Sample>,
    bearer: Field,
    clears_bearer: Option<Field>,
    signs: Option<Field>,
    /// A secret that a person brings, for a new webhook.
    secret: Option<Field>,
    kept_headers: Vec<(String, String, bool)>,
    headers: Field,
    format: Field,
    redact: Field,
    pace: [Field; 3],
    order: [Field; 2],
    preview: Option<Preview>,
}

struct Preview {
    request: RequestView,
    body: String,
}

/// What a form is about.
struct About {
    company: CompanyId,
    company_name: String,
    webhook: Option<WebhookView>,
}

impl About {
    fn list(&self) -> String {
        format!("/companies/{}/webhooks", self.company)
    }

    fn crumbs(&self, ui: &Ui) -> Crumbs {
        let crumbs = to_list(ui, self.company, &self.company_name);
        match &self.webhook {
            Some(webhook) => crumbs.step(format!("{}/{}", self.list(), webhook.id), &webhook.name),
            None => crumbs,
        }
    }

    /// The form as it is shown again. What it offers is read here, so that saving waits for none of it.
    async fn form(
        &self,
        panel: &Panel,
        visit: &Visit,
        typed: &Pairs,
        errors: &Errors,
        preview: Option<RequestView>,
    ) -> Result<Form, AdminError> {
        let offer = Offer::of(panel, visit, self.company, typed).await?;
        Ok(form(visit, self, offer, typed, errors, preview))
    }

    /// The answer to a form that saves nothing: an example is asked for, or a preview; `None` when it is to be saved.
    async fn unsaved(
        &self,
        panel: &Panel,
        visit: &Visit,
        typed: &Pairs,
        input: &WebhookInput,
    ) -> Result<Option<Response>, Failed> {
        let none = Errors::default();
        if let Some(typed) = goes_on(typed) {
            return show(&self.form(panel, visit, &typed, &none, None).await?).map(Some);
        }
        if !typed.has("preview") {
            return Ok(None);
        }
        let id = self.webhook.as_ref().and_then(|webhook| webhook.id.parse().ok());
        match panel.admin.preview_webhook(&visit.actor, self.company, id, input).await {
            Ok(request) => show(&self.form(panel, visit, typed, &none, Some(request)).await?).map(Some),
            Err(error) => self.refused(panel, visit, typed, error).await.map(Some),
        }
    }

    /// The form with what an operation says is wrong in it.
    async fn refused(&self, panel: &Panel, visit: &Visit, typed: &Pairs, error: AdminError) -> Shown {
        refuse(&self.form(panel, visit, typed, &Errors::of(error)?, None).await?)
    }
}

async fn new(
    Administrator(visit): Administrator,
    InCompany { id, company }: InCompany,
    State(panel): State<Panel>,
) -> Shown {
    let about = About { company: id, company_name: company.name, webhook: None };
    let typed = visit.begun_with(|| Pairs::of([("ordered", "on".to_owned()), ("sign", "on".to_owned())]));
    show(&about.form(&panel, &visit, &typed, &Errors::default(), None).await?)
}

async fn create(
    Administrator(visit): Administrator,
    InCompany { id, company }: InCompany,
    State(panel): State<Panel>,
    Sent(typed): Sent,
) -> Shown {
    let about = About { company: id, company_name: company.name, webhook: None };
    let input = input(&typed, None);
    if let Some(answer) = about.unsaved(&panel, &visit, &typed, &input).await? {
        return Ok(answer);
    }
    let made = if typed.has("sign") && input.secret.is_none() {
        panel.admin.create_signed_webhook(&visit.actor, id, input).await
    } else {
        panel.admin.create_webhook(&visit.actor, id, &input).await
    };
    let made = match made {
        Ok(made) => made,
        Err(error) => return about.refused(&panel, &visit, &typed, error).await,
    };
    let path = reach::after_saving(&format!("{}/{}", about.list(), made.id));
    let (said, title) = (visit.ui.say("webhook-created"), visit.ui.say("webhook-created-title"));
    once(&panel, &visit, &path, made, &title, &said)
}

async fn edit(Administrator(visit): Administrator, at: InWebhook, State(panel): State<Panel>) -> Shown {
    let offer = Offer::of(&panel, &visit, at.company, &Pairs::default()).await?;
    let typed = visit.begun_with(|| super::typed::stored(&at.webhook, &offer));
    let about = About { company: at.company, company_name: at.company_name, webhook: Some(at.webhook) };
    show(&form(&visit, &about, offer, &typed, &Errors::default(), None))
}

async fn change(
    Administrator(visit): Administrator,
    at: InWebhook,
    State(panel): State<Panel>,
    Sent(typed): Sent,
) -> Shown {
    let (path, id, company) = (at.path(), at.id, at.company);
    let wanted = input(&typed, Some(&at.webhook));
    let about = About { company, company_name: at.company_name, webhook: Some(at.webhook) };
    if let Some(answer) = about.unsaved(&panel, &visit, &typed, &wanted).await? {
        return Ok(answer);
    }
    match panel.admin.update_webhook(&visit.actor, id, &wanted).await {
        Ok(now) => {
            let moved = about.webhook.as_ref().is_some_and(|before| before.url != now.url);
            let to = if moved { reach::after_saving(&path) } else { path };
            Ok(visit.done(&to, &visit.ui.say("webhook-saved")))
        }
        Err(AdminError::Stale) => {
            let mut again = about.form(&panel, &visit, &typed, &Errors::default(), None).await?;
            let saved = Saved::Webhook(company, id);
            again.notice = Some(stale(&panel, &visit, saved, &format!("{path}/edit")).await?);
            again.version = about.webhook.as_ref().map_or_else(String::new, |now| now.version.to_string());
            refuse(&again)
        }
        Err(error) => about.refused(&panel, &visit, &typed, error).await,
    }
}

fn form(
    visit: &Visit,
    about: &About,
    mut offer: Offer,
    typed: &Pairs,
    errors: &Errors,
    request: Option<RequestView>,
) -> Form {
    let (ui, list) = (&visit.ui, about.list());
    let of = about.webhook.as_ref().map(|webhook| (format!("{list}/{}", webhook.id), webhook.name.clone()));
    let action = of.as_ref().map_or_else(|| format!("{list}/new"), |(path, _)| format!("{path}/edit"));
    let mask = about.webhook.as_ref().and_then(|webhook| webhook.bearer_mask.clone());
    let name = Field::text("name", &ui.say("webhook-name"), typed.text("name"));
    let url = Field::text("url", &ui.say("webhook-url"), typed.text("url"))
        .mono()
        .placeholder("https://api.minhaempresa.com/webhook");
    let mut bearer = Field::secret("bearer", &ui.say("webhook-bearer")).optional(ui).erased(ui, typed);
    bearer = match &mask {
        Some(mask) => bearer.hint(&ui.say("webhook-bearer-kept").with("mask", mask.as_str())),
        None => bearer.hint(&ui.say("webhook-bearer-hint")),
    };
    Form {
        frame: visit.frame(Section::Companies).of_company(about.company),
        crumbs: about.crumbs(ui),
        version: typed.text("version").to_owned(),
        address: [if of.is_none() && request.is_none() { name.focused() } else { name }, url]
            .map(|field| field.error(ui, errors)),
        all_types: wants_all(typed),
        groups: offer.groups(ui, typed),
        events_error: events_error(ui, errors),
        more: Field::area("more", &ui.say("webhook-more"), typed.text("more"))
            .mono()
            .hint(&ui.say("webhook-more-hint"))
            .wrong(no_types(ui, errors), errors),
        anyway: anyway(ui, typed, errors),
        rules: rules(ui, typed, errors),
        sampled: offer.sampled(typed),
        sample: offer.take_sample(),
        bearer: bearer.error(ui, errors),
        clears_bearer: mask.map(|_| {
            Field::checkbox("clear_bearer", &ui.say("webhook-bearer-clear"), typed.has("clear_bearer"))
        }),
        signs: of.is_none().then(|| {
            Field::checkbox("sign", &ui.say("webhook-sign"), typed.has("sign"))
                .hint(&ui.say("webhook-sign-hint"))
        }),
        secret: of.is_none().then(|| {
            Field::secret("secret", &ui.say("secret-own"))
                .optional(ui)
                .hint(&ui.say("secret-own-hint"))
                .erased(ui, typed)
                .error(ui, errors)
        }),
        kept_headers: kept_headers(about.webhook.as_ref(), typed),
        headers: Field::area("headers", &ui.say("webhook-headers"), super::typed::names_only(typed))
            .mono()
            .optional(ui)
            .hint(&ui.say("webhook-headers-hint"))
            .erased(ui, typed)
            .error(ui, errors),
        format: format(ui, typed).error(ui, errors),
        redact: redact(ui, typed, errors),
        pace: pace(ui, typed, errors),
        order: order(ui, typed, errors),
        preview: request
            .map(|request| Preview { body: indented(super::delivery::start(&request.body)), request }),
        notice: errors.notice(ui),
        ui: ui.clone(),
        of,
        action,
        list,
    }
}
