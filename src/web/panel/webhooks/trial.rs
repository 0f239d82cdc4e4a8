//! A test delivery, with the whole exchange to look at.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::routing::get;

use super::InWebhook;
use super::delivery::{curl, start};
use super::offer::Offer;
use crate::admin::{AdminError, RequestView, TestInput, TestView};
use crate::web::panel::parts::{Crumbs, Notice, Tone};
use crate::web::panel::{
    Errors, Field, Frame, Operator, Pairs, Panel, Section, Sent, Shown, Ui, Visit, diagnosis, lines, refuse,
    show,
};

pub fn routes() -> Router<Panel> {
    Router::new().route("/companies/{company}/webhooks/{webhook}/test", get(page).post(send))
}

#[derive(Template)]
#[template(path = "panel/webhooks/test.html")]
struct Test {
    ui: Ui,
    frame: Frame,
    crumbs: Crumbs,
    path: String,
    name: String,
    fields: Vec<Field>,
    notice: Option<Notice>,
    phases: Vec<(String, String)>,
    sent: Option<Sending>,
}

/// What was sent, and what came back.
struct Sending {
    view: TestView,
    /// Which event it was, or why it was none.
    which: String,
    body: String,
    cut: bool,
    curl: String,
}

impl Sending {
    fn new(ui: &Ui, view: TestView) -> Self {
        let when = lines::moment(view.received_at.as_deref()).map(|at| ui.exact(at)).unwrap_or_default();
        let which = ui
            .say("test-made-of")
            .with("made", view.made_of.as_str())
            .with("type", view.event_type.as_str())
            .with("id", view.event_id.as_deref().unwrap_or_default())
            .with("when", when);
        let body = start(&view.request_body);
        let (url, headers) = (view.url.clone(), view.request_headers.clone());
        let request = RequestView { url, headers, body: view.request_body.clone() };
        Self {
            which: which.text(),
            cut: body.len() < view.request_body.len(),
            body: body.to_owned(),
            curl: curl(&request),
            view,
        }
    }
}

async fn page(Operator(visit): Operator, at: InWebhook, State(panel): State<Panel>) -> Shown {
    show(&form(&panel, &visit, at, None, &Errors::default()).await?)
}

async fn send(
    Operator(visit): Operator,
    at: InWebhook,
    State(panel): State<Panel>,
    Sent(typed): Sent,
) -> Shown {
    let ui = &visit.ui;
    let input = TestInput { event: typed.given("event").map(str::to_owned), payload: None };
    let sent = match panel.admin.test_webhook(&visit.actor, ui.lang, at.id, &input).await {
        Ok(sent) => sent,
        Err(error) => return refuse(&form(&panel, &visit, at, Some(&typed), &Errors::of(error)?).await?),
    };
    let mut page = form(&panel, &visit, at, Some(&typed), &Errors::default()).await?;
    let status = sent.status.map(|status| status.to_string()).unwrap_or_default();
    page.notice = Some(match &sent.message {
        _ if sent.delivered => Notice::new(ui, Tone::Ok, ui.say("test-delivered").with("status", status)),
        None => Notice::new(ui, Tone::Bad, ui.say("test-refused").with("status", status))
            .advice(ui.say("test-refused-advice")),
        Some(message) => {
            let (why, advice) = (crate::texts::sentence(message), diagnosis::unanswered(ui, &sent).text());
            Notice::new(ui, Tone::Bad, ui.say("test-unanswered")).advice(format!("{why} {advice}"))
        }
    });
    let ms = |us: u32| ui.took(f64::from(us) / 1_000.0);
    let phases = [
        (ui.say("phase-dns"), sent.dns_us),
        (ui.say("phase-connect"), sent.connect_us),
        (ui.say("phase-tls"), sent.tls_us),
        (ui.say("phase-first-byte"), sent.first_byte_us),
        (ui.say("phase-total"), Some(sent.total_us)),
    ];
    page.phases = phases.into_iter().filter_map(|(name, us)| Some((name.text(), ms(us?)))).collect();
    page.sent = Some(Sending::new(ui, sent));
    show(&page)
}

/// Before anything was typed a type stands there that the webhook wants.
async fn form(
    panel: &Panel,
    visit: &Visit,
    at: InWebhook,
    typed: Option<&Pairs>,
    errors: &Errors,
) -> Result<Test, AdminError> {
    let ui = &visit.ui;
    let offer = Offer::of(panel, visit, at.company, &Pairs::default()).await?;
    let event =
        typed.map_or_else(|| offer.to_test(&at.webhook.events), |typed| typed.text("event").to_owned());
    let event = Field::typed("search", "event", &ui.say("test-event"), event)
        .offering(offer.named(ui))
        .mono()
        .optional(ui)
        .hint(&ui.say("test-event-hint"))
        .error(ui, errors);
    Ok(Test {
        frame: visit.frame(Section::Companies).of_company(at.company),
        crumbs: at.crumbs(ui),
        path: at.path(),
        name: at.webhook.name,
        fields: vec![event],
        notice: None,
        phases: Vec::new(),
        sent: None,
        ui: ui.clone(),
    })
}
