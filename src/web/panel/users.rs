//! Who may sign in: administrators of all companies let people in, say what they may do, and let them go again.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;

use super::once::Once;
use super::parts::{Badge, Notice, Pager, Tone, icon};
use super::scope::{Companies, roles};
use super::stale::stale;
use super::ui::Moment;
use super::user_access::not_possible;
use super::{Administrator, Asked, Errors, Field, Frame, Pairs, Panel, Section, Sent, Shown, Ui, Visit};
use super::{refuse, show};
use crate::admin::{AdminError, Fault, NewUser, Role, Saved, UserInput, UserView};
use crate::domain::UserId;

/// Rows of a page.
const ON_A_PAGE: u32 = 50;

pub fn routes() -> Router<Panel> {
    Router::new()
        .route("/users", get(list).post(create))
        .route("/users/new", get(new))
        .route("/users/{user}", get(page).post(save))
}

#[derive(Template)]
#[template(path = "panel/users.html")]
struct Users {
    ui: Ui,
    frame: Frame,
    rows: Vec<Row>,
    pager: Pager,
}

struct Row {
    href: String,
    name: String,
    login: String,
    role: String,
    companies: String,
    /// What is out of the ordinary about their access.
    access: Option<Badge>,
    last_sign_in: Option<Moment>,
}

/// A new user, or one that is there.
#[derive(Template)]
#[template(path = "panel/user.html")]
struct User {
    ui: Ui,
    frame: Frame,
    title: String,
    notice: Option<Notice>,
    action: String,
    fields: Vec<Field>,
    button: String,
    there: Option<There>,
}

/// The user whose page it is.
struct There {
    href: String,
    /// Which saved state is edited.
    version: i64,
    disabled: bool,
}

async fn list(Administrator(visit): Administrator, State(panel): State<Panel>, Asked(asked): Asked) -> Shown {
    let (ui, at) = (&visit.ui, asked.given("cursor"));
    let page = panel.admin.users(&visit.actor, at, ON_A_PAGE).await?;
    let companies = Companies::of(&panel, &visit).await?;
    let rows = page.items.into_iter().map(|user| Row {
        href: address(user.id),
        companies: companies.names(ui, ids(&user).as_deref()),
        name: user.name,
        login: user.login,
        role: ui.say("role").with("role", user.role.as_str()).text(),
        access: match (user.disabled, user.temporary) {
            (true, _) => Some(Badge::new(Tone::Off, icon("ban"), &ui.say("user-disabled"))),
            (false, true) => Some(Badge::new(Tone::Warn, icon("key-round"), &ui.say("user-temporary"))),
            (false, false) => None,
        },
        last_sign_in: user.last_sign_in_at.map(|at| ui.ago(at)),
    });
    show(&Users {
        frame: visit.frame(Section::Account),
        rows: rows.collect(),
        pager: Pager::new(ui, "/users", at, page.next.as_deref()),
        ui: ui.clone(),
    })
}

/// What a form says of a user.
struct Said<'a> {
    name: &'a str,
    login: &'a str,
    role: &'a str,
    companies: Option<Vec<String>>,
}

impl<'a> Said<'a> {
    fn typed(typed: &'a Pairs, companies: &Companies) -> Self {
        let (name, login, role) = (typed.text("name"), typed.text("login"), typed.text("role"));
        Self { name, login, role, companies: companies.sent(typed) }
    }

    fn input(&self, version: Option<i64>) -> Result<UserInput, AdminError> {
        let companies = self.companies.as_ref().map(|ids| ids.iter().map(|id| id.parse()).collect());
        let companies = companies.transpose().map_err(|_| AdminError::invalid("companies", Fault::NoSuch))?;
        Ok(UserInput {
            name: Some(self.name.to_owned()),
            login: Some(self.login.to_owned()),
            role: Role::parse(self.role),
            companies: Some(companies),
            password: None,
            version,
        })
    }

    fn fields(&self, ui: &Ui, companies: &Companies, errors: &Errors) -> Vec<Field> {
        let mut fields = vec![
            Field::text("name", &ui.say("user-name"), self.name).error(ui, errors),
            Field::text("login", &ui.say("user-login"), self.login)
                .hint(&ui.say("user-login-hint"))
                .error(ui, errors),
            roles(ui, "role", self.role).error(ui, errors),
        ];
        fields.extend(companies.fields(ui, self.companies.as_deref(), errors));
        fields
    }
}

fn new_form(visit: &Visit, companies: &Companies, said: &Said<'_>, errors: &Errors) -> User {
    let ui = &visit.ui;
    User {
        frame: visit.frame(Section::Account),
        title: ui.say("user-new").text(),
        notice: errors.notice(ui),
        action: "/users".into(),
        fields: said.fields(ui, companies, errors),
        button: ui.say("user-create").text(),
        there: None,
        ui: ui.clone(),
    }
}

fn edit_form(
    visit: &Visit,
    companies: &Companies,
    user: &UserView,
    version: i64,
    said: &Said<'_>,
    errors: &Errors,
) -> User {
    let ui = &visit.ui;
    User {
        frame: visit.frame(Section::Account),
        title: user.name.clone(),
        notice: errors.notice(ui),
        action: address(user.id),
        fields: said.fields(ui, companies, errors),
        button: ui.say("save").text(),
        there: Some(There { href: address(user.id), version, disabled: user.disabled }),
        ui: ui.clone(),
    }
}

async fn new(Administrator(visit): Administrator, State(panel): State<Panel>) -> Shown {
    require_all(&visit)?;
    let companies = Companies::of(&panel, &visit).await?;
    let said = match visit.given_back() {
        Some(typed) => Said::typed(typed, &companies),
        None => Said { name: "", login: "", role: "reader", companies: None },
    };
    show(&new_form(&visit, &companies, &said, &Errors::default()))
}

async fn create(Administrator(visit): Administrator, State(panel): State<Panel>, Sent(typed): Sent) -> Shown {
    let companies = Companies::of(&panel, &visit).await?;
    let said = Said::typed(&typed, &companies);
    let made = match said.input(None) {
        Ok(input) => panel.admin.create_user(&visit.actor, &input).await,
        Err(error) => Err(error),
    };
    match made {
        Ok(NewUser { user, password }) => {
            let ui = &visit.ui;
            let title = ui.say("user-created").with("name", user.name);
            let text = ui.say("user-password-once").with("login", user.login);
            panel.once.put(&visit, &Once::new(&visit, &title, &text, password.as_ref(), "/users"))
        }
        Err(error) => refuse(&new_form(&visit, &companies, &said, &Errors::of(error)?)),
    }
}

async fn page(
    Administrator(visit): Administrator,
    State(panel): State<Panel>,
    Path(user): Path<String>,
) -> Shown {
    let user = panel.admin.user(&visit.actor, id(&user)?).await?;
    let companies = Companies::of(&panel, &visit).await?;
    let said = match visit.given_back() {
        Some(typed) => Said::typed(typed, &companies),
        None => {
            Said { name: &user.name, login: &user.login, role: user.role.as_str(), companies: ids(&user) }
        }
    };
    let version = visit.version(user.version);
    show(&edit_form(&visit, &companies, &user, version, &said, &Errors::default()))
}

async fn save(
    Administrator(visit): Administrator,
    State(panel): State<Panel>,
    Path(user): Path<String>,
    Sent(typed): Sent,
) -> Shown {
    let (user, version) = (id(&user)?, typed.text("version").parse().ok());
    let companies = Companies::of(&panel, &visit).await?;
    let said = Said::typed(&typed, &companies);
    let saved = match said.input(version) {
        Ok(input) => panel.admin.update_user(&visit.actor, user, &input).await,
        Err(error) => Err(error),
    };
    match saved {
        Ok(saved) => {
            let text = visit.ui.say("user-saved").with("name", saved.name);
            Ok(visit.done("/users", &text))
        }
        Err(AdminError::Conflict(why)) => Ok(not_possible(&visit, user, &why)),
        Err(AdminError::Stale) => {
            let now = panel.admin.user(&visit.actor, user).await?;
            let mut again = edit_form(&visit, &companies, &now, now.version, &said, &Errors::default());
            again.notice = Some(stale(&panel, &visit, Saved::User(user), &address(user)).await?);
            refuse(&again)
        }
        Err(error) => {
            let errors = Errors::of(error)?;
            let before = panel.admin.user(&visit.actor, user).await?;
            let version = version.unwrap_or(before.version);
            refuse(&edit_form(&visit, &companies, &before, version, &said, &errors))
        }
    }
}

/// The operations ask for the same; this is for the page that calls none.
fn require_all(visit: &Visit) -> Result<(), AdminError> {
    match visit.actor.companies {
        None => Ok(()),
        Some(_) => Err(AdminError::Forbidden { needed: Role::Administrator }),
    }
}

pub fn id(text: &str) -> Result<UserId, AdminError> {
    text.parse().map_err(|_| AdminError::not_found("user", text))
}

fn ids(user: &UserView) -> Option<Vec<String>> {
    user.companies.as_ref().map(|companies| companies.iter().map(ToString::to_string).collect())
}

pub fn address(id: UserId) -> String {
    format!("/users/{id}")
}
