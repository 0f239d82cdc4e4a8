//! One contact point: added, changed, deleted.

use askama::Template;
use axum::extract::State;

use super::super::once::Once;
use super::super::parts::{Confirm, Crumbs, Icon, Notice};
use super::super::scope::Companies;
use super::super::stale::stale;
use super::super::{
    Administrator, Asked, Choice, Errors, Field, Frame, Pairs, Panel, Section, Sent, Shown, Ui, Visit,
    refuse, show,
};
use super::{InPoint, LIST, service, sign, to_list};
use crate::admin::{AdminError, ContactPointInput, ContactPointView, Saved};
use crate::domain::Lang;
use crate::domain::contact_point::ChannelKind;
use crate::secrets::Secret;

/// The field of an address that is a secret as a whole.
const ADDRESS: &str = "address";

/// Over which service, before anything else is asked.
#[derive(Template)]
#[template(path = "panel/alerts/kinds.html")]
struct Kinds {
    ui: Ui,
    frame: Frame,
    crumbs: Crumbs,
    offered: Vec<Kind>,
}

struct Kind {
    sign: Icon,
    word: &'static str,
    name: String,
    hint: String,
}

#[derive(Template)]
#[template(path = "panel/alerts/form.html")]
struct Form {
    ui: Ui,
    frame: Frame,
    crumbs: Crumbs,
    title: String,
    /// How the service is made ready for it.
    how: String,
    notice: Option<Notice>,
    action: String,
    fields: Vec<Field>,
    button: String,
    there: Option<There>,
}

struct There {
    version: i64,
    delete: String,
}

#[derive(Template)]
#[template(path = "panel/asks.html")]
struct Asks {
    ui: Ui,
    frame: Frame,
    title: String,
    confirm: Confirm,
}

pub async fn new(
    Administrator(visit): Administrator,
    State(panel): State<Panel>,
    Asked(asked): Asked,
) -> Shown {
    match ChannelKind::parse(asked.text("kind")) {
        Some(kind) => show(&new_form(&panel, &visit, kind, &asked, &Errors::default()).await?),
        None => show(&kinds(&visit)),
    }
}

fn kinds(visit: &Visit) -> Kinds {
    let ui = &visit.ui;
    let kind = |kind: ChannelKind| Kind {
        sign: sign(kind.as_str()),
        word: kind.as_str(),
        name: service(ui, kind.as_str()),
        hint: ui.say("point-kind-hint").with("kind", kind.as_str()).text(),
    };
    Kinds {
        frame: visit.frame(Section::Alerts),
        crumbs: to_list(ui),
        offered: ChannelKind::ALL.into_iter().map(kind).collect(),
        ui: ui.clone(),
    }
}

async fn new_form(
    panel: &Panel,
    visit: &Visit,
    kind: ChannelKind,
    typed: &Pairs,
    errors: &Errors,
) -> Result<Form, AdminError> {
    let ui = &visit.ui;
    let companies = Companies::of(panel, visit).await?;
    let mut all = fields(visit, kind, typed, None, errors);
    all.insert(1, owner(visit, &companies, typed, errors));
    Ok(Form {
        frame: visit.frame(Section::Alerts),
        crumbs: to_list(ui),
        title: ui.say("point-new-of").with("service", service(ui, kind.as_str())).text(),
        how: how(panel, ui, kind),
        notice: errors.notice(ui),
        action: format!("/alerts/contacts/new?kind={}", kind.as_str()),
        fields: all,
        button: ui.say("point-create").text(),
        there: None,
        ui: ui.clone(),
    })
}

/// Whose it is to be: of the installation only where the person sees all of it.
fn owner(visit: &Visit, companies: &Companies, typed: &Pairs, errors: &Errors) -> Field {
    let ui = &visit.ui;
    let (label, all) = (ui.say("point-of"), ui.say("point-of-all"));
    let all = visit.actor.companies.is_none().then_some(&all);
    let field = companies.field(ui, ("company_id", &label), all, typed.text("company_id"), errors);
    field.hint(&ui.say("point-of-hint"))
}

fn fields(
    visit: &Visit,
    kind: ChannelKind,
    typed: &Pairs,
    there: Option<&ContactPointView>,
    errors: &Errors,
) -> Vec<Field> {
    let ui = &visit.ui;
    let name = Field::text("name", &ui.say("point-name"), typed.text("name"));
    let name = name.hint(&ui.say("point-name-hint"));
    let mut all = vec![if there.is_none() { name.focused() } else { name }.error(ui, errors)];
    match kind {
        ChannelKind::Email => all.push(
            Field::area("to", &ui.say("point-to"), typed.text("to"))
                .hint(&ui.say("point-to-hint"))
                .mono()
                .error(ui, errors),
        ),
        ChannelKind::Telegram => all.extend(telegram(ui, typed, there, errors)),
        ChannelKind::Webhook => all.extend(webhook(ui, typed, there, errors)),
        _ => {
            let url = Field::secret(ADDRESS, &ui.say("point-url")).mono();
            let url = match there.and_then(|there| there.url.as_deref()) {
                Some(shown) => url.hint(&ui.say("point-kept").with("shown", shown.to_owned())),
                None => url,
            };
            all.push(url.error(ui, errors).erased(ui, typed));
        }
    }
    let chosen = if typed.has("lang") { typed.text("lang") } else { ui.lang.tag() };
    let langs = [Lang::Pt, Lang::En].map(|lang| {
        Choice::new(lang.tag(), &ui.say("point-lang-of").with("lang", lang.tag()), chosen == lang.tag())
    });
    all.push(Field::radios("lang", &ui.say("point-lang"), langs.into()).error(ui, errors));
    all
}

fn telegram(ui: &Ui, typed: &Pairs, there: Option<&ContactPointView>, errors: &Errors) -> [Field; 3] {
    let token = Field::secret("token", &ui.say("point-token")).mono();
    let token = match there.and_then(|there| there.token_mask.as_deref()) {
        Some(mask) => token.hint(&ui.say("point-kept").with("shown", mask.to_owned())),
        None => token,
    };
    [
        token.error(ui, errors).erased(ui, typed),
        Field::text("chat", &ui.say("point-chat"), typed.text("chat"))
            .hint(&ui.say("point-chat-hint"))
            .mono()
            .error(ui, errors),
        Field::typed("number", "thread", &ui.say("point-thread"), typed.text("thread"))
            .hint(&ui.say("point-thread-hint"))
            .optional(ui)
            .error(ui, errors),
    ]
}

fn webhook(ui: &Ui, typed: &Pairs, there: Option<&ContactPointView>, errors: &Errors) -> [Field; 2] {
    let secret = Field::secret("secret", &ui.say("point-secret")).mono().optional(ui);
    let secret = match there.and_then(|there| there.secret_mask.as_deref()) {
        Some(mask) => secret.hint(&ui.say("point-kept").with("shown", mask.to_owned())),
        None => secret.hint(&ui.say("point-secret-hint")),
    };
    [
        Field::text("url", &ui.say("point-url"), typed.text("url")).mono().error(ui, errors),
        secret.error(ui, errors).erased(ui, typed),
    ]
}

fn how(panel: &Panel, ui: &Ui, kind: ChannelKind) -> String {
    if kind == ChannelKind::Email && !panel.admin.senders.has_mail() {
        return ui.say("point-no-mail").text();
    }
    ui.say("point-how").with("kind", kind.as_str()).text()
}

fn input(typed: &Pairs, kind: ChannelKind, version: Option<i64>) -> ContactPointInput {
    let text = |name: &str| Some(typed.text(name).to_owned());
    let mut input = ContactPointInput {
        company_id: typed.given("company_id").map(str::to_owned),
        name: text("name"),
        lang: typed.given("lang").map(str::to_owned),
        kind: Some(kind.as_str().to_owned()),
        version,
        ..ContactPointInput::default()
    };
    match kind {
        ChannelKind::Email => {
            let parts = typed.text("to").split([',', ';', '\n', '\r', ' ']).map(str::trim);
            input.to = Some(parts.filter(|part| !part.is_empty()).map(str::to_owned).collect());
        }
        ChannelKind::Telegram => {
            input.token = typed.secret("token");
            input.chat = text("chat");
            // What is no number is out of every bound, and is told so.
            input.thread = Some(typed.given("thread").map(|raw| raw.parse().unwrap_or(-1)));
        }
        ChannelKind::Webhook => {
            input.url = text("url");
            input.secret = typed.secret("secret");
        }
        // An empty field leaves what is stored; of a new one it is missing.
        _ => input.url = typed.given(ADDRESS).map(str::to_owned),
    }
    input
}

fn faults(error: AdminError, kind: ChannelKind) -> Result<Errors, AdminError> {
    let errors = Errors::of(error)?;
    Ok(if kind == ChannelKind::Webhook { errors } else { errors.told_at("url", ADDRESS) })
}

pub async fn create(
    Administrator(visit): Administrator,
    State(panel): State<Panel>,
    Asked(asked): Asked,
    Sent(typed): Sent,
) -> Shown {
    let Some(kind) = ChannelKind::parse(asked.text("kind")) else { return show(&kinds(&visit)) };
    let ui = &visit.ui;
    let typed = Companies::of(&panel, &visit).await?.understood(&typed, "company_id");
    match panel.admin.create_contact_point(&visit.actor, ui.lang, &input(&typed, kind, None)).await {
        Ok(made) => match made.secret.map(Secret::new) {
            Some(secret) => {
                let title = ui.say("point-created").with("name", made.name);
                let once = Once::new(&visit, &title, &ui.say("point-secret-once"), Some(&secret), LIST);
                panel.once.put(&visit, &once.within(Section::Alerts))
            }
            None => Ok(visit.done(LIST, &ui.say("point-created").with("name", made.name))),
        },
        Err(error) => refuse(&new_form(&panel, &visit, kind, &typed, &faults(error, kind)?).await?),
    }
}

/// What the form of one that is there begins with.
fn stored(point: &ContactPointView) -> Pairs {
    let text = |field: &Option<String>| field.clone().unwrap_or_default();
    Pairs::of([
        ("name", point.name.clone()),
        ("lang", point.lang.tag().to_owned()),
        ("to", point.to.clone().unwrap_or_default().join("\n")),
        ("chat", text(&point.chat)),
        ("thread", point.thread.map(|thread| thread.to_string()).unwrap_or_default()),
        ("url", text(&point.url)),
    ])
}

fn kind_of(point: &ContactPointView) -> ChannelKind {
    // It is one of ours.
    ChannelKind::parse(point.kind).unwrap_or(ChannelKind::Webhook)
}

fn edit(panel: &Panel, visit: &Visit, at: &InPoint, typed: &Pairs, version: i64, errors: &Errors) -> Form {
    let (ui, kind) = (&visit.ui, kind_of(&at.point));
    Form {
        frame: visit.frame(Section::Alerts),
        crumbs: to_list(ui),
        title: at.point.name.clone(),
        how: how(panel, ui, kind),
        action: at.path(),
        fields: fields(visit, kind, typed, Some(&at.point), errors),
        notice: errors.notice(ui),
        button: ui.say("save").text(),
        there: Some(There { version, delete: format!("{}/delete", at.path()) }),
        ui: ui.clone(),
    }
}

pub async fn page(Administrator(visit): Administrator, State(panel): State<Panel>, at: InPoint) -> Shown {
    let (typed, version) = (stored(&at.point), at.point.version);
    show(&edit(&panel, &visit, &at, &typed, version, &Errors::default()))
}

pub async fn save(
    Administrator(visit): Administrator,
    at: InPoint,
    State(panel): State<Panel>,
    Sent(typed): Sent,
) -> Shown {
    let ui = &visit.ui;
    let version = typed.given("version").and_then(|version| version.parse().ok());
    let input = input(&typed, kind_of(&at.point), version);
    match panel.admin.update_contact_point(&visit.actor, ui.lang, at.id, &input).await {
        Ok(saved) => Ok(visit.done(LIST, &ui.say("point-saved").with("name", saved.name))),
        Err(AdminError::Stale) => {
            let point = panel.admin.contact_point(&visit.actor, ui.lang, at.id).await?;
            let company = point.company_id.as_deref().and_then(|id| id.parse().ok());
            let notice = stale(&panel, &visit, Saved::ContactPoint(company, at.id), &at.path()).await?;
            let (version, at) = (point.version, InPoint { point, ..at });
            let mut again = edit(&panel, &visit, &at, &typed, version, &Errors::default());
            again.notice = Some(notice);
            refuse(&again)
        }
        Err(error) => {
            let version = version.unwrap_or(at.point.version);
            refuse(&edit(&panel, &visit, &at, &typed, version, &faults(error, kind_of(&at.point))?))
        }
    }
}

pub async fn ask(Administrator(visit): Administrator, at: InPoint) -> Shown {
    let (ui, name) = (&visit.ui, at.point.name.clone());
    let confirm = Confirm {
        offer: None,
        csrf: visit.csrf.clone(),
        action: format!("{}/delete", at.path()),
        title: ui.say("point-delete-title").with("name", name.clone()).text(),
        goes: vec![ui.say("point-delete-goes").text()],
        name: None,
        wrong: false,
        button: ui.say("point-delete").text(),
        back: at.path(),
        ui: ui.clone(),
    };
    show(&Asks { title: name, confirm, frame: visit.frame(Section::Alerts), ui: ui.clone() })
}

pub async fn delete(Administrator(visit): Administrator, at: InPoint, State(panel): State<Panel>) -> Shown {
    panel.admin.delete_contact_point(&visit.actor, at.id).await?;
    Ok(visit.done(LIST, &visit.ui.say("point-deleted").with("name", at.point.name)))
}
