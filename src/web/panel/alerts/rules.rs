//! Rules of who is told: made, changed, deleted; and when nobody is to be disturbed.

use askama::Template;
use axum::extract::{FromRequestParts, Path, State};
use axum::http::request::Parts;
use std::collections::HashMap;

use super::super::parts::{Confirm, Crumbs, Notice};
use super::super::scope::Companies;
use super::super::{
    Administrator, Choice, Errors, Failed, Field, Frame, Pairs, Panel, Reader, Section, Sent, Shown, Ui,
    Visit, refuse, show,
};
use super::{LIST, list, to_list};
use crate::admin::{
    AdminError, AlertRuleInput, AlertRuleView, ContactPointQuery, ContactPointView, QuietHoursInput,
};
use crate::domain::AlertRuleId;
use crate::domain::incident::{Cost, Kind};
use crate::texts::Saying;

/// Contact points that a rule may name in its form.
const POINTS: u32 = 200;

#[derive(Template)]
#[template(path = "panel/alerts/rule.html")]
struct Form {
    ui: Ui,
    frame: Frame,
    crumbs: Crumbs,
    title: String,
    notice: Option<Notice>,
    action: String,
    fields: Vec<Field>,
    version: i64,
    delete: Option<String>,
}

#[derive(Template)]
#[template(path = "panel/asks.html")]
struct Asks {
    ui: Ui,
    frame: Frame,
    title: String,
    confirm: Confirm,
}

/// A row of the list.
pub struct Row {
    pub href: String,
    pub name: String,
    pub enabled: bool,
    /// What it is about.
    pub about: String,
    /// Who is told, and when.
    pub who: String,
}

/// The rule that `{rule}` in the path names.
pub struct InRule(AlertRuleView);

impl FromRequestParts<Panel> for InRule {
    type Rejection = Failed;

    async fn from_request_parts(parts: &mut Parts, panel: &Panel) -> Result<Self, Failed> {
        let Reader(visit) = Reader::from_request_parts(parts, panel).await?;
        let named = Path::<HashMap<String, String>>::from_request_parts(parts, panel).await;
        let raw = named.ok().and_then(|Path(named)| named.get("rule").cloned()).unwrap_or_default();
        let id: AlertRuleId = raw.parse().map_err(|_| AdminError::not_found("alert rule", &raw))?;
        Ok(Self(panel.admin.alert_rule(&visit.actor, id).await?))
    }
}

fn path_of(rule: &AlertRuleView) -> String {
    format!("/alerts/rules/{}", rule.id)
}

async fn points(panel: &Panel, visit: &Visit) -> Result<Vec<ContactPointView>, AdminError> {
    let query = ContactPointQuery { limit: Some(POINTS), ..ContactPointQuery::default() };
    Ok(panel.admin.contact_points(&visit.actor, visit.ui.lang, &query).await?.items)
}

/// What a rule of a company, or of the installation, may name.
fn of_rule(mut points: Vec<ContactPointView>, company: Option<&str>) -> Vec<ContactPointView> {
    points.retain(|point| point.company_id.is_none() || point.company_id.as_deref() == company);
    points
}

/// The rules that the reader sees, in words.
pub async fn rows(panel: &Panel, visit: &Visit) -> Result<Vec<Row>, AdminError> {
    let (ui, points) = (&visit.ui, points(panel, visit).await?);
    let names = |ids: &[String]| {
        let name = |id: &String| points.iter().find(|point| point.id == *id).map(|point| point.name.clone());
        let mut names: Vec<_> = ids.iter().filter_map(name).collect();
        // Those of the installation are not everybody's to see.
        let others = ids.len() - names.len();
        if others > 0 {
            names.push(ui.say("rule-others").with("n", others).text());
        }
        names.join(", ")
    };
    let rules = panel.admin.alert_rules(&visit.actor).await?;
    let row = |rule: AlertRuleView| {
        let mut who = ui.say("rule-tells").with("who", names(&rule.contact_points)).text();
        if let Some(n) = rule.escalates_after_minutes {
            let further = ui.say("rule-then").with("who", names(&rule.escalates_to)).with("n", n);
            who = format!("{who} {further}");
        }
        if let Some(n) = rule.repeats_after_minutes {
            who = format!("{who} {}", ui.say("rule-again").with("n", n));
        }
        let costs: Vec<_> = rule.costs.iter().map(|cost| cost_in_words(ui, *cost)).collect();
        Row { href: path_of(&rule), about: costs.join(", "), who, enabled: rule.enabled, name: rule.name }
    };
    Ok(rules.items.into_iter().map(row).collect())
}

fn cost_in_words(ui: &Ui, cost: Cost) -> String {
    ui.say("incident-cost").with("cost", cost.as_str()).text()
}

/// What the form of a rule begins with.
fn stored(rule: &AlertRuleView) -> Pairs {
    let minutes = |minutes: Option<u32>| minutes.map(|it| it.to_string()).unwrap_or_default();
    let on = |on: bool| if on { "on" } else { "" }.to_owned();
    let mut pairs = Pairs::of([
        ("name", rule.name.clone()),
        ("escalates_after_minutes", minutes(rule.escalates_after_minutes)),
        ("repeats_after_minutes", minutes(rule.repeats_after_minutes)),
    ]);
    for (name, values) in [("contact_points", &rule.contact_points), ("escalates_to", &rule.escalates_to)] {
        for value in values {
            pairs = pairs.and(name, value);
        }
    }
    for cost in &rule.costs {
        pairs = pairs.and("costs", cost.as_str());
    }
    for kind in &rule.kinds {
        pairs = pairs.and("kinds", kind.as_str());
    }
    for (name, set) in [("enabled", rule.enabled), ("tells_end", rule.tells_end)] {
        if set {
            pairs = pairs.and(name, &on(set));
        }
    }
    pairs
}

/// A new one is about what loses events, and says when it is over.
fn fresh() -> Pairs {
    Pairs::of([
        ("costs", Cost::Losing.as_str().to_owned()),
        ("enabled", "on".into()),
        ("tells_end", "on".into()),
    ])
}

fn fields(ui: &Ui, typed: &Pairs, points: &[ContactPointView], errors: &Errors) -> Vec<Field> {
    let chosen = |name: &'static str, value: &str| typed.all(name).any(|one| one == value);
    let of_points = |name: &'static str| {
        points
            .iter()
            .map(|point| Choice::new(point.id.clone(), &point.name, chosen(name, &point.id)))
            .collect::<Vec<_>>()
    };
    let costs = [Cost::Losing, Cost::Waiting, Cost::Coming]
        .map(|cost| Choice::new(cost.as_str(), &cost_in_words(ui, cost), chosen("costs", cost.as_str())));
    let kinds = Kind::ALL.map(|kind| {
        let word = ui.say("incident-kind").with("kind", kind.as_str());
        Choice::new(kind.as_str(), &word, chosen("kinds", kind.as_str()))
    });
    let minutes = |name: &'static str, label: &Saying| {
        Field::typed("number", name, label, typed.text(name)).optional(ui).error(ui, errors)
    };
    vec![
        Field::text("name", &ui.say("rule-name"), typed.text("name")).error(ui, errors),
        Field::boxes("costs", &ui.say("rule-costs"), costs.into()).error(ui, errors),
        Field::boxes("contact_points", &ui.say("rule-points"), of_points("contact_points")).error(ui, errors),
        minutes("escalates_after_minutes", &ui.say("rule-escalates-after")),
        Field::boxes("escalates_to", &ui.say("rule-escalates-to"), of_points("escalates_to"))
            .error(ui, errors),
        minutes("repeats_after_minutes", &ui.say("rule-repeats-after")),
        Field::checkbox("tells_end", &ui.say("rule-tells-end"), typed.has("tells_end")),
        Field::checkbox("enabled", &ui.say("rule-enabled"), typed.has("enabled")),
        Field::boxes("kinds", &ui.say("rule-kinds"), kinds.into()).hint(&ui.say("rule-kinds-hint")),
    ]
}

fn input(typed: &Pairs, version: Option<i64>) -> AlertRuleInput {
    let all = |name: &'static str| Some(typed.all(name).map(str::to_owned).collect());
    // What is no number is out of every bound, and is told so.
    let minutes = |name: &str| Some(typed.given(name).map_or(0, |raw| raw.parse().unwrap_or(-1)));
    AlertRuleInput {
        name: Some(typed.text("name").to_owned()),
        company_id: typed.given("company_id").map(str::to_owned),
        enabled: Some(typed.has("enabled")),
        costs: Some(typed.all("costs").filter_map(Cost::parse).collect()),
        kinds: Some(typed.all("kinds").filter_map(Kind::parse).collect()),
        contact_points: all("contact_points"),
        escalates_to: all("escalates_to"),
        escalates_after_minutes: minutes("escalates_after_minutes"),
        repeats_after_minutes: minutes("repeats_after_minutes"),
        tells_end: Some(typed.has("tells_end")),
        version,
    }
}

async fn new_form(panel: &Panel, visit: &Visit, typed: &Pairs, errors: &Errors) -> Result<Form, AdminError> {
    let ui = &visit.ui;
    let mut fields = fields(ui, typed, &points(panel, visit).await?, errors);
    let companies = Companies::of(panel, visit).await?;
    let (label, all) = (ui.say("rule-of"), ui.say("point-of-all"));
    let all = visit.actor.companies.is_none().then_some(&all);
    let of = companies.field(ui, ("company_id", &label), all, typed.text("company_id"), errors);
    fields.insert(1, of);
    Ok(Form {
        frame: visit.frame(Section::Alerts),
        crumbs: to_list(ui),
        title: ui.say("rule-new").text(),
        notice: errors.notice(ui),
        action: "/alerts/rules/new".into(),
        fields,
        version: 0,
        delete: None,
        ui: ui.clone(),
    })
}

pub async fn new(Administrator(visit): Administrator, State(panel): State<Panel>) -> Shown {
    show(&new_form(&panel, &visit, &fresh(), &Errors::default()).await?)
}

pub async fn create(
    Administrator(visit): Administrator,
    State(panel): State<Panel>,
    Sent(typed): Sent,
) -> Shown {
    let typed = Companies::of(&panel, &visit).await?.understood(&typed, "company_id");
    match panel.admin.create_alert_rule(&visit.actor, &input(&typed, None)).await {
        Ok(made) => saved(&panel, &visit, made).await,
        Err(error) => refuse(&new_form(&panel, &visit, &typed, &Errors::of(error)?).await?),
    }
}

/// Says of what it tells nobody: incidents that were open before.
async fn saved(panel: &Panel, visit: &Visit, rule: AlertRuleView) -> Shown {
    let id = rule.id.parse().map_err(|_| AdminError::not_found("alert rule", &rule.id))?;
    let said = match panel.admin.open_and_untold(&visit.actor, id).await? {
        0 => visit.ui.say("rule-saved"),
        n => visit.ui.say("rule-saved-while-open").with("n", n),
    };
    Ok(visit.done(LIST, &said.with("name", rule.name)))
}

async fn edit(
    panel: &Panel,
    visit: &Visit,
    rule: &AlertRuleView,
    typed: &Pairs,
    errors: &Errors,
) -> Result<Form, AdminError> {
    let ui = &visit.ui;
    Ok(Form {
        frame: visit.frame(Section::Alerts),
        crumbs: to_list(ui),
        title: rule.name.clone(),
        fields: fields(ui, typed, &of_rule(points(panel, visit).await?, rule.company_id.as_deref()), errors),
        notice: errors.notice(ui),
        action: path_of(rule),
        version: rule.version,
        delete: Some(format!("{}/delete", path_of(rule))),
        ui: ui.clone(),
    })
}

pub async fn page(
    Administrator(visit): Administrator,
    State(panel): State<Panel>,
    InRule(rule): InRule,
) -> Shown {
    show(&edit(&panel, &visit, &rule, &stored(&rule), &Errors::default()).await?)
}

pub async fn save(
    Administrator(visit): Administrator,
    InRule(rule): InRule,
    State(panel): State<Panel>,
    Sent(typed): Sent,
) -> Shown {
    let id = rule.id.parse().map_err(|_| AdminError::not_found("alert rule", &rule.id))?;
    let version = typed.given("version").and_then(|version| version.parse().ok());
    let mut input = input(&typed, version);
    // Who is not offered here cannot be taken away here.
    let offered = of_rule(points(&panel, &visit).await?, rule.company_id.as_deref());
    let keep = |named: &mut Option<Vec<String>>, stored: &[String]| {
        let unseen = stored.iter().filter(|id| !offered.iter().any(|point| point.id == **id));
        named.get_or_insert_default().extend(unseen.cloned());
    };
    keep(&mut input.contact_points, &rule.contact_points);
    keep(&mut input.escalates_to, &rule.escalates_to);
    match panel.admin.update_alert_rule(&visit.actor, id, &input).await {
        Ok(rule) => saved(&panel, &visit, rule).await,
        Err(AdminError::Stale) => {
            // Somebody else saved it meanwhile: what was typed stays, on top of their version.
            let mut again = edit(&panel, &visit, &rule, &typed, &Errors::default()).await?;
            again.notice =
                Some(Notice::new(&visit.ui, super::super::parts::Tone::Warn, visit.ui.say("rule-stale")));
            refuse(&again)
        }
        Err(error) => refuse(&edit(&panel, &visit, &rule, &typed, &Errors::of(error)?).await?),
    }
}

pub async fn ask(Administrator(visit): Administrator, InRule(rule): InRule) -> Shown {
    let ui = &visit.ui;
    let confirm = Confirm {
        offer: None,
        csrf: visit.csrf.clone(),
        action: format!("{}/delete", path_of(&rule)),
        title: ui.say("rule-delete-title").with("name", rule.name.clone()).text(),
        goes: vec![ui.say("rule-delete-goes").text()],
        name: None,
        wrong: false,
        button: ui.say("rule-delete").text(),
        back: path_of(&rule),
        ui: ui.clone(),
    };
    show(&Asks { title: rule.name, confirm, frame: visit.frame(Section::Alerts), ui: ui.clone() })
}

pub async fn delete(
    Administrator(visit): Administrator,
    InRule(rule): InRule,
    State(panel): State<Panel>,
) -> Shown {
    let id = rule.id.parse().map_err(|_| AdminError::not_found("alert rule", &rule.id))?;
    panel.admin.delete_alert_rule(&visit.actor, id).await?;
    Ok(visit.done(LIST, &visit.ui.say("rule-deleted").with("name", rule.name)))
}

pub async fn quiet(
    Administrator(visit): Administrator,
    State(panel): State<Panel>,
    Sent(typed): Sent,
) -> Shown {
    let input = QuietHoursInput {
        from: typed.text("from").to_owned(),
        to: typed.text("to").to_owned(),
        version: typed.given("version").and_then(|version| version.parse().ok()),
    };
    match panel.admin.save_quiet_hours(&visit.actor, &input).await {
        Ok(_) => Ok(visit.done(LIST, &visit.ui.say("quiet-saved"))),
        Err(AdminError::Stale) => Ok(visit.not_done(LIST, visit.ui.say("quiet-stale").text())),
        Err(error) => {
            let errors = Errors::of(error)?;
            refuse(&list::filled(&panel, &visit, &Pairs::default(), Some((&typed, &errors))).await?)
        }
    }
}
