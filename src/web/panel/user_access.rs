//! What ends or gives back a user's access: a new password, disabling and enabling, deletion. What ends it is asked once.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};

use super::once::Once;
use super::parts::Confirm;
use super::users::{address, id};
use super::{Administrator, Frame, Pairs, Panel, Section, Sent, Shown, Ui, Visit, refuse, show};
use crate::admin::{AdminError, ApiKeyView, UserView};
use crate::domain::UserId;
use crate::texts::Message;

/// The field of the keys that go along.
const REVOKES: &str = "revoke_keys";

pub fn routes() -> Router<Panel> {
    Router::new()
        .route("/users/{user}/password", get(ask_password).post(reset_password))
        .route("/users/{user}/disable", get(ask_disable).post(disable))
        .route("/users/{user}/enable", post(enable))
        .route("/users/{user}/delete", get(ask_delete).post(delete))
}

#[derive(Template)]
#[template(path = "panel/asks.html")]
struct Asks {
    ui: Ui,
    frame: Frame,
    title: String,
    confirm: Confirm,
}

/// What is asked before one of them is done.
#[derive(Clone, Copy)]
enum Act {
    Password,
    Disable,
    /// Cannot be undone: the name has to be typed, and `wrong` it was.
    Delete {
        wrong: bool,
    },
}

fn asks(visit: &Visit, user: &UserView, act: Act, keys: &[ApiKeyView]) -> Asks {
    let ui = &visit.ui;
    let (last_step, title, goes, button) = match act {
        Act::Password => (
            "password",
            ui.say("user-password-title").with("name", &user.name),
            [ui.say("user-password-goes"), ui.say("user-password-stays")],
            ui.say("user-password-reset"),
        ),
        Act::Disable => (
            "disable",
            ui.say("user-disable-title").with("name", &user.name),
            [ui.say("user-disable-goes"), ui.say("user-disable-stays")],
            ui.say("user-disable"),
        ),
        Act::Delete { .. } => (
            "delete",
            ui.say("user-delete-title").with("name", &user.name),
            [ui.say("user-delete-goes"), ui.say("user-delete-stays")],
            ui.say("user-delete"),
        ),
    };
    let names = keys.iter().map(|key| key.name.as_str()).collect::<Vec<_>>().join(", ");
    let offer = ui.say("user-keys-revoke").with("count", keys.len()).with("names", names).text();
    let confirm = Confirm {
        offer: (!keys.is_empty()).then_some((REVOKES, offer)),
        csrf: visit.csrf.clone(),
        action: format!("{}/{last_step}", address(user.id)),
        title: title.text(),
        goes: goes.iter().map(crate::texts::Saying::text).collect(),
        name: matches!(act, Act::Delete { .. }).then(|| user.name.clone()),
        wrong: matches!(act, Act::Delete { wrong: true }),
        button: button.text(),
        back: address(user.id),
        ui: ui.clone(),
    };
    Asks { title: user.name.clone(), confirm, frame: visit.frame(Section::Account), ui: ui.clone() }
}

/// Offers what may be done with their keys, where their access is to end.
async fn ask(visit: &Visit, panel: &Panel, user: &str, act: Act) -> Shown {
    let user = panel.admin.user(&visit.actor, id(user)?).await?;
    let keys = match act {
        Act::Password => Vec::new(),
        Act::Disable | Act::Delete { .. } => panel.admin.keys_made_by(&visit.actor, user.id).await?,
    };
    show(&asks(visit, &user, act, &keys))
}

/// How many of their keys went with it, as was asked for.
async fn revoked(visit: &Visit, panel: &Panel, user: UserId, typed: &Pairs) -> Result<usize, AdminError> {
    if typed.has(REVOKES) { panel.admin.revoke_keys_made_by(&visit.actor, user).await } else { Ok(0) }
}

async fn ask_password(
    Administrator(visit): Administrator,
    State(panel): State<Panel>,
    Path(user): Path<String>,
) -> Shown {
    ask(&visit, &panel, &user, Act::Password).await
}

async fn reset_password(
    Administrator(visit): Administrator,
    State(panel): State<Panel>,
    Path(user): Path<String>,
) -> Shown {
    let user = panel.admin.user(&visit.actor, id(&user)?).await?;
    let password = panel.admin.reset_password(&visit.actor, user.id).await?;
    let title = visit.ui.say("user-password-new").with("name", user.name);
    let text = visit.ui.say("user-password-once").with("login", user.login);
    panel.once.put(&visit, &Once::new(&visit, &title, &text, Some(&password), "/users"))
}

async fn ask_disable(
    Administrator(visit): Administrator,
    State(panel): State<Panel>,
    Path(user): Path<String>,
) -> Shown {
    ask(&visit, &panel, &user, Act::Disable).await
}

async fn disable(
    Administrator(visit): Administrator,
    State(panel): State<Panel>,
    Path(user): Path<String>,
    Sent(typed): Sent,
) -> Shown {
    let user = id(&user)?;
    match panel.admin.set_user_disabled(&visit.actor, user, true).await {
        Ok(now) => {
            let keys = revoked(&visit, &panel, user, &typed).await?;
            let said = visit.ui.say("user-disabled-now").with("name", now.name).with("keys", keys);
            Ok(visit.done("/users", &said))
        }
        Err(AdminError::Conflict(why)) => Ok(not_possible(&visit, user, &why)),
        Err(error) => Err(error.into()),
    }
}

async fn enable(
    Administrator(visit): Administrator,
    State(panel): State<Panel>,
    Path(user): Path<String>,
) -> Shown {
    let user = panel.admin.set_user_disabled(&visit.actor, id(&user)?, false).await?;
    Ok(visit.done("/users", &visit.ui.say("user-enabled-now").with("name", user.name)))
}

async fn ask_delete(
    Administrator(visit): Administrator,
    State(panel): State<Panel>,
    Path(user): Path<String>,
) -> Shown {
    ask(&visit, &panel, &user, Act::Delete { wrong: false }).await
}

async fn delete(
    Administrator(visit): Administrator,
    State(panel): State<Panel>,
    Path(user): Path<String>,
    Sent(typed): Sent,
) -> Shown {
    let user = panel.admin.user(&visit.actor, id(&user)?).await?;
    if typed.text("name").trim() != user.name {
        let keys = panel.admin.keys_made_by(&visit.actor, user.id).await?;
        return refuse(&asks(&visit, &user, Act::Delete { wrong: true }, &keys));
    }
    match panel.admin.delete_user(&visit.actor, user.id).await {
        Ok(()) => {
            let keys = revoked(&visit, &panel, user.id, &typed).await?;
            let said = visit.ui.say("user-deleted").with("name", user.name).with("keys", keys);
            Ok(visit.done("/users", &said))
        }
        Err(AdminError::Conflict(why)) => Ok(not_possible(&visit, user.id, &why)),
        Err(error) => Err(error.into()),
    }
}

/// Back to the user's page, with what stands against it.
pub fn not_possible(visit: &Visit, user: UserId, why: &Message) -> Response {
    visit.not_done(&address(user), why.text(visit.ui.lang))
}
