//! A person's own account: name, language, time zone, password. Who came with a password that somebody else chose
//! chooses one here before anything else (`visit::recognise` leads them to it).

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::routing::get;

use super::parts::{Notice, Tone};
use super::scope::Companies;
use super::sign_in::lang_of;
use super::{
    Choice, Errors, Field, Frame, Pairs, Panel, Reader, Section, Sent, Shown, Ui, Visit, cookies, zones,
};
use super::{refuse, show};
use crate::admin::{AdminError, Fault, PreferencesInput};
use crate::domain::Lang;
use crate::secrets::Secret;

/// Where a password is chosen.
pub const PASSWORD: &str = "/account/password";

pub fn routes() -> Router<Panel> {
    Router::new()
        .route("/account", get(page).post(save))
        .route(PASSWORD, get(password_page).post(change_password))
}

#[derive(Template)]
#[template(path = "panel/account.html")]
struct Account {
    ui: Ui,
    frame: Frame,
    login: String,
    role: String,
    companies: String,
    preferences: Vec<Field>,
    password: Vec<Field>,
}

#[derive(Template)]
#[template(path = "panel/account_password.html")]
struct Password {
    ui: Ui,
    frame: Frame,
    notice: Option<Notice>,
    fields: Vec<Field>,
}

async fn page(Reader(visit): Reader, State(panel): State<Panel>) -> Shown {
    let zone = visit.ui.zone_name().to_owned();
    show(&account(&panel, &visit, &visit.user.name, &zone, &Errors::default()).await?)
}

async fn account(
    panel: &Panel,
    visit: &Visit,
    name: &str,
    zone: &str,
    errors: &Errors,
) -> Result<Account, AdminError> {
    let (ui, user) = (&visit.ui, &visit.user);
    let languages = [(Lang::Pt, "Português (Brasil)"), (Lang::En, "English")];
    let languages = languages.map(|(lang, name)| Choice::new(lang.tag(), &name, lang == ui.lang));
    let preferences = [
        Field::text("name", &ui.say("user-name"), name).autocomplete("name"),
        Field::select("lang", &ui.say("frame-language"), languages.into()),
        Field::select("zone", &ui.say("account-zone"), zones::choices(ui, zone))
            .hint(&ui.say("account-zone-hint")),
    ];
    let ids: Option<Vec<_>> =
        user.companies.as_ref().map(|ids| ids.iter().map(ToString::to_string).collect());
    Ok(Account {
        frame: visit.frame(Section::Account),
        login: user.login.clone(),
        role: ui.say("role").with("role", visit.actor.role.as_str()).text(),
        companies: Companies::of(panel, visit).await?.names(ui, ids.as_deref()),
        preferences: preferences.map(|field| field.error(ui, errors)).into(),
        password: password_fields(ui, &Errors::default()),
        ui: ui.clone(),
    })
}

async fn save(Reader(visit): Reader, State(panel): State<Panel>, Sent(typed): Sent) -> Shown {
    let lang = lang_of(&typed);
    let input = PreferencesInput {
        name: Some(typed.text("name").to_owned()),
        lang: Some(lang),
        zone: Some(typed.text("zone").to_owned()),
    };
    if let Err(error) = panel.admin.save_preferences(&visit.actor, visit.user_id(), &input).await {
        let errors = Errors::of(error)?;
        return refuse(&account(&panel, &visit, typed.text("name"), typed.text("zone"), &errors).await?);
    }
    // Said in the language that was just chosen.
    let said = crate::texts::say(lang, "account-saved");
    let mut response = visit.done("/account", &said);
    response.headers_mut().append(header::SET_COOKIE, cookies::set_language(lang, visit.headers()));
    Ok(response)
}

fn password_fields(ui: &Ui, errors: &Errors) -> Vec<Field> {
    let fields = [
        Field::secret("current", &ui.say("account-password-current")).autocomplete("current-password"),
        Field::secret("new", &ui.say("account-password-new"))
            .autocomplete("new-password")
            .hint(&ui.say("user-password-hint")),
        Field::secret("again", &ui.say("account-password-again")).autocomplete("new-password"),
    ];
    fields.map(|field| field.error(ui, errors)).into()
}

fn password_form(visit: &Visit, errors: &Errors) -> Password {
    let ui = &visit.ui;
    let notice = visit.user.temporary.then(|| {
        Notice::new(ui, Tone::Warn, ui.say("account-temporary")).advice(ui.say("account-temporary-advice"))
    });
    Password {
        frame: visit.frame(Section::Account),
        notice,
        fields: password_fields(ui, errors),
        ui: ui.clone(),
    }
}

async fn password_page(Reader(visit): Reader) -> Shown {
    show(&password_form(&visit, &Errors::default()))
}

async fn change_password(Reader(visit): Reader, State(panel): State<Panel>, Sent(typed): Sent) -> Shown {
    let changed = match repeated(&typed) {
        Err(error) => Err(error),
        Ok(new) => {
            let current = typed.secret("current").unwrap_or_else(|| Secret::new(""));
            let admin = &panel.admin;
            admin.change_password(&visit.actor, visit.user_id(), &current, &new, &visit.token).await
        }
    };
    match changed {
        Ok(()) => {
            let to = if visit.user.temporary { "/" } else { "/account" };
            Ok(visit.done(to, &visit.ui.say("account-password-changed")))
        }
        Err(error) => refuse(&password_form(&visit, &Errors::of(error)?)),
    }
}

/// The new password, which was typed twice.
fn repeated(typed: &Pairs) -> Result<Secret, AdminError> {
    if typed.text("new") == typed.text("again") {
        Ok(typed.secret("new").unwrap_or_else(|| Secret::new("")))
    } else {
        Err(AdminError::invalid("again", Fault::NotTheSame))
    }
}
