//! The signing secret: made, shown once, replaced with an overlap; and how a receiver verifies a signature.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;

use super::InWebhook;
use crate::admin::{Expected, Fault, FieldFault, NewSecretInput, WebhookView};
use crate::secrets::Secret;
use crate::texts::Saying;
use crate::web::panel::once::Once;
use crate::web::panel::parts::Crumbs;
use crate::web::panel::{
    Administrator, Errors, Failed, Field, Frame, Pairs, Panel, Reader, Section, Sent, Shown, Ui, Visit,
    refuse, show,
};

pub fn routes() -> Router<Panel> {
    Router::new()
        .route("/companies/{company}/webhooks/{webhook}/secret", get(page).post(rotate))
        .route("/companies/{company}/webhooks/{webhook}/verify", get(verify))
}

/// The languages of the snippets, as their headings are in the document.
const LANGUAGES: [&str; 5] = ["Node", "PHP", "Python", "Go", "C#"];
const DOCUMENT: &str = include_str!("../../../../docs/verify-signature.md");

#[derive(Template)]
#[template(path = "panel/webhooks/secret.html")]
struct SecretPage {
    ui: Ui,
    frame: Frame,
    crumbs: Crumbs,
    path: String,
    name: String,
    masks: Vec<String>,
    fields: Vec<Field>,
}

#[derive(Template)]
#[template(path = "panel/webhooks/verify.html")]
struct Verify {
    ui: Ui,
    frame: Frame,
    crumbs: Crumbs,
    name: String,
    signs: bool,
    snippets: Vec<(&'static str, &'static str)>,
}

async fn page(Administrator(visit): Administrator, at: InWebhook) -> Shown {
    show(&form(&visit, at, &Pairs::default(), &Errors::default()))
}

fn form(visit: &Visit, at: InWebhook, typed: &Pairs, errors: &Errors) -> SecretPage {
    let ui = &visit.ui;
    let hours =
        Field::text("overlap_hours", &ui.say("secret-overlap"), typed.given("overlap_hours").unwrap_or("24"))
            .hint(&ui.say("secret-overlap-hint"));
    let own = Field::secret("secret", &ui.say("secret-own"))
        .optional(ui)
        .hint(&ui.say("secret-own-hint"))
        .erased(ui, typed);
    SecretPage {
        frame: visit.frame(Section::Companies).of_company(at.company),
        crumbs: at.crumbs(ui),
        path: at.path(),
        name: at.webhook.name,
        masks: at.webhook.secret_masks,
        fields: [hours, own].map(|field| field.error(ui, errors)).into(),
        ui: ui.clone(),
    }
}

async fn rotate(
    Administrator(visit): Administrator,
    at: InWebhook,
    State(panel): State<Panel>,
    Sent(typed): Sent,
) -> Shown {
    let hours = typed.given("overlap_hours").map(str::parse::<u32>);
    if let Some(Err(_)) = hours {
        let fault = Fault::Malformed { expected: Expected::Whole { min: 0, max: 720 } };
        let errors =
            Errors::of(crate::admin::AdminError::Invalid(vec![FieldFault::new("overlap_hours", fault)]))?;
        return refuse(&form(&visit, at, &typed, &errors));
    }
    let input = NewSecretInput { secret: typed.secret("secret"), overlap_hours: hours.and_then(Result::ok) };
    match panel.admin.rotate_secret(&visit.actor, at.id, &input).await {
        Ok(changed) => {
            let (title, said) = (visit.ui.say("secret-done-title"), visit.ui.say("secret-done"));
            once(&panel, &visit, &at.path(), changed, &title, &said)
        }
        Err(error) => refuse(&form(&visit, at, &typed, &Errors::of(error)?)),
    }
}

/// The page with a secret that was just made; with one that the person brought, the webhook's own, which says so.
pub fn once(
    panel: &Panel,
    visit: &Visit,
    path: &str,
    made: WebhookView,
    title: &Saying,
    said: &Saying,
) -> Result<Response, Failed> {
    let Some(secret) = made.secret.map(Secret::new) else { return Ok(visit.done(path, said)) };
    let text = visit.ui.say("secret-once");
    panel.once.put(visit, &Once::new(visit, title, &text, Some(&secret), path).within(Section::Companies))
}

async fn verify(Reader(visit): Reader, at: InWebhook) -> Shown {
    show(&Verify {
        frame: visit.frame(Section::Companies).of_company(at.company),
        crumbs: at.crumbs(&visit.ui),
        name: at.webhook.name,
        signs: !at.webhook.secret_masks.is_empty(),
        snippets: LANGUAGES.into_iter().filter_map(|language| Some((language, snippet(language)?))).collect(),
        ui: visit.ui.clone(),
    })
}

/// The code under a heading of the document.
fn snippet(language: &str) -> Option<&'static str> {
    let heading = DOCUMENT.find(&format!("\n## {language}\n"))?;
    let (_, code) = DOCUMENT[heading..].split_once("\n```")?;
    let (_, code) = code.split_once('\n')?;
    code.split_once("\n```").map(|(code, _)| code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_its_snippet() {
        let found: Vec<_> = LANGUAGES.into_iter().filter_map(snippet).collect();
        assert_eq!(found.len(), LANGUAGES.len());
        assert!(found[0].contains("createHmac") && found[4].contains("HMACSHA256"), "{found:?}");
    }
}
