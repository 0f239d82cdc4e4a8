//! Rules of who is told of incidents: which, whom, when and how often.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::fault::{Fault, Faults, name};
use super::needed::Needs;
use super::place::Place;
use super::{Actor, Admin, AdminError, Role, audit, refused};
use crate::domain::alert_rule::{AlertRule, Terms, Why};
use crate::domain::bounds::{List, Name, Whole};
use crate::domain::incident::{Cost, Kind};
use crate::domain::{AlertRuleId, CompanyId, ContactPointId, Timestamp, ValueFault};

/// A day at most.
type Minutes = Whole<1, 1_440>;
type MinutesOrNever = Whole<0, 1_440>;
type Costs = List<Cost, 1, 3>;
type Kinds = List<Kind, 0, 30>;
type Contacts = List<ContactPointId, 1, 50>;
type Further = List<ContactPointId, 0, 50>;

/// A rule as it is made or changed. Of a new one `name`, `costs` and `contact_points` are needed.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AlertRuleInput {
    /// At most 120 characters.
    #[schema(value_type = Option<Name>, inline)]
    pub name: Option<String>,
    /// The company whose incidents it is about, `company_7`; absent is the installation with all of them. It stays what it was.
    #[schema(value_type = Option<CompanyId>)]
    pub company_id: Option<String>,
    pub enabled: Option<bool>,
    /// Incidents that cost one of these: `losing`, `waiting`, `coming`.
    #[schema(value_type = Option<Costs>, inline)]
    pub costs: Option<Vec<Cost>>,
    /// Of these only those of these kinds; empty is all.
    #[schema(value_type = Option<Kinds>, inline)]
    pub kinds: Option<Vec<Kind>>,
    /// Who is told at once.
    #[schema(value_type = Option<Contacts>, inline)]
    pub contact_points: Option<Vec<String>>,
    /// And who, when nobody has acknowledged it for `escalates_after_minutes`.
    #[schema(value_type = Option<Further>, inline)]
    pub escalates_to: Option<Vec<String>>,
    /// 1 to 1,440; 0 is never.
    #[schema(value_type = Option<MinutesOrNever>, inline)]
    pub escalates_after_minutes: Option<i64>,
    /// Told again every so many minutes, until somebody acknowledges it; 1 to 1,440, 0 is never.
    #[schema(value_type = Option<MinutesOrNever>, inline)]
    pub repeats_after_minutes: Option<i64>,
    /// Whoever was told is told when it is over.
    pub tells_end: Option<bool>,
    /// The version that was read; another one since is a conflict.
    pub version: Option<i64>,
}

/// By how much what a rule tells later is due later, or earlier, after a change. What it tells later no more is not told.
fn moved(before: &Terms, after: &Terms) -> impl Iterator<Item = (Why, i64)> {
    let minutes = [
        (Why::Escalated, before.escalates_after.zip(after.escalates_after)),
        (Why::StillOpen, before.repeats_after.zip(after.repeats_after)),
    ];
    let by = |(why, minutes): (Why, Option<(u32, u32)>)| {
        let (before, after) = minutes.filter(|(before, after)| before != after)?;
        Some((why, (i64::from(after) - i64::from(before)) * 60_000_000))
    };
    minutes.into_iter().filter_map(by)
}

/// A rule.
#[derive(Debug, Serialize, ToSchema)]
pub struct AlertRuleView {
    #[schema(value_type = AlertRuleId)]
    pub id: String,
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<CompanyId>)]
    pub company_id: Option<String>,
    pub enabled: bool,
    pub costs: Vec<Cost>,
    pub kinds: Vec<Kind>,
    #[schema(value_type = Vec<ContactPointId>)]
    pub contact_points: Vec<String>,
    #[schema(value_type = Vec<ContactPointId>)]
    pub escalates_to: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub escalates_after_minutes: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repeats_after_minutes: Option<u32>,
    pub tells_end: bool,
    pub version: i64,
}

/// All rules that the caller sees.
#[derive(Debug, Serialize, ToSchema)]
pub struct AlertRulesView {
    pub items: Vec<AlertRuleView>,
}

impl Needs for AlertRuleInput {
    const FIELDS: &'static [&'static str] = &["name", "costs", "contact_points"];

    fn has(&self, field: &str) -> bool {
        match field {
            "name" => self.name.is_some(),
            "costs" => self.costs.is_some(),
            "contact_points" => self.contact_points.is_some(),
            _ => true,
        }
    }
}

impl Admin {
    pub async fn alert_rules(&self, actor: &Actor) -> Result<AlertRulesView, AdminError> {
        let mut rules = self.store.alert_rules().await?;
        rules.retain(|rule| sees(actor, rule.company));
        Ok(AlertRulesView { items: rules.into_iter().map(view).collect() })
    }

    pub async fn alert_rule(&self, actor: &Actor, id: AlertRuleId) -> Result<AlertRuleView, AdminError> {
        Ok(view(self.stored_rule(actor, id).await?))
    }

    pub async fn create_alert_rule(
        &self,
        actor: &Actor,
        input: &AlertRuleInput,
    ) -> Result<AlertRuleView, AdminError> {
        actor.require(Role::Administrator)?;
        let fresh = AlertRule {
            id: AlertRuleId(0),
            company: self.rule_owner(actor, input.company_id.as_deref()).await?,
            name: String::new(),
            enabled: true,
            terms: Terms {
                costs: Vec::new(),
                kinds: Vec::new(),
                contacts: Vec::new(),
                escalates_to: Vec::new(),
                escalates_after: None,
                repeats_after: None,
                tells_end: true,
            },
            version: 0,
        };
        let mut missing = Faults::default();
        for field in AlertRuleInput::FIELDS.iter().filter(|field| !input.has(field)) {
            missing.add(*field, Fault::Value(ValueFault::Missing));
        }
        missing.done().map_err(AdminError::Invalid)?;
        let rule = self.checked(actor, fresh, input).await?;
        let by = actor.clone();
        let created = self.journal.control(move |tx| {
            Box::pin(async move {
                let id = tx.create_alert_rule(&rule, Timestamp::now()).await?;
                let detail = json!({ "after": detail(&rule) });
                tx.audit(&audit(&by, "alert_rule.create", rule.company, id.to_string(), &detail)).await?;
                Ok(id)
            })
        });
        let id = created.await?;
        self.alert_rule(actor, id).await
    }

    pub async fn update_alert_rule(
        &self,
        actor: &Actor,
        id: AlertRuleId,
        input: &AlertRuleInput,
    ) -> Result<AlertRuleView, AdminError> {
        actor.require(Role::Administrator)?;
        let before = self.stored_rule(actor, id).await?;
        may_change(actor, before.company)?;
        let version = input.version.unwrap_or(before.version);
        let rule = AlertRule { version, ..self.checked(actor, before.clone(), input).await? };
        let now = Timestamp::now();
        let (by, quiet_until) = (actor.clone(), self.quiet_until(now).await?);
        let saved = self.journal.control(move |tx| {
            Box::pin(async move {
                tx.save_alert_rule(&rule, now).await?;
                for (why, micros) in moved(&before.terms, &rule.terms) {
                    tx.move_notices(id, why, micros, (now, quiet_until)).await?;
                }
                let detail = json!({ "before": detail(&before), "after": detail(&rule) });
                tx.audit(&audit(&by, "alert_rule.update", rule.company, id.to_string(), &detail)).await
            })
        });
        saved.await.map_err(refused("version"))?;
        self.alert_rule(actor, id).await
    }

    /// Incidents that are open already, that a rule is about, and that none of its contacts hears of: a rule tells of what opens
    /// after it was saved.
    pub async fn open_and_untold(&self, actor: &Actor, id: AlertRuleId) -> Result<usize, AdminError> {
        let (rule, current) = (self.stored_rule(actor, id).await?, self.incidents.current());
        let mut count = 0;
        for open in current.seen(|company| actor.sees(company), actor.companies.is_none()) {
            let incident = &open.incident;
            // One without a number could not be written down, and is told of from memory.
            if incident.id.0 == 0 || !rule.is_about(incident) {
                continue;
            }
            let named = self.store.named_in_notices(incident.id).await?;
            count += usize::from(!rule.terms.contacts.iter().any(|contact| named.contains(contact)));
        }
        Ok(count)
    }

    pub async fn delete_alert_rule(&self, actor: &Actor, id: AlertRuleId) -> Result<(), AdminError> {
        actor.require(Role::Administrator)?;
        let before = self.stored_rule(actor, id).await?;
        may_change(actor, before.company)?;
        let by = actor.clone();
        let deleted = self.journal.control(move |tx| {
            Box::pin(async move {
                tx.delete_alert_rule(id).await?;
                let detail = json!({ "before": detail(&before) });
                tx.audit(&audit(&by, "alert_rule.delete", before.company, id.to_string(), &detail)).await
            })
        });
        Ok(deleted.await?)
    }

    /// The rule with what was given, every wrong field told.
    async fn checked(
        &self,
        actor: &Actor,
        stored: AlertRule,
        input: &AlertRuleInput,
    ) -> Result<AlertRule, AdminError> {
        let (mut rule, mut faults) = (stored, Faults::default());
        if let Some(raw) = &input.name {
            faults.set(&mut rule.name, "name", name(raw));
        }
        rule.enabled = input.enabled.unwrap_or(rule.enabled);
        rule.terms.tells_end = input.tells_end.unwrap_or(rule.terms.tells_end);
        if let Some(costs) = &input.costs {
            if costs.is_empty() {
                faults.add("costs", Fault::Value(ValueFault::Missing));
            }
            rule.terms.costs.clone_from(costs);
        }
        if let Some(kinds) = &input.kinds {
            rule.terms.kinds.clone_from(kinds);
        }
        let minutes = |raw: i64| match raw {
            0 => Ok(None),
            _ => Minutes::check(raw).map(|it| u32::try_from(it).ok()).map_err(Fault::Value),
        };
        if let Some(raw) = input.escalates_after_minutes {
            faults.set(&mut rule.terms.escalates_after, "escalates_after_minutes", minutes(raw));
        }
        if let Some(raw) = input.repeats_after_minutes {
            faults.set(&mut rule.terms.repeats_after, "repeats_after_minutes", minutes(raw));
        }
        if let Some(raw) = &input.contact_points {
            let (of, kept) = (rule.company, rule.terms.contacts);
            rule.terms.contacts = self.points(actor, (of, &kept), "contact_points", raw, &mut faults).await?;
            if raw.is_empty() {
                faults.add("contact_points", Fault::Value(ValueFault::Missing));
            }
        }
        if let Some(raw) = &input.escalates_to {
            let (of, kept) = (rule.company, rule.terms.escalates_to);
            rule.terms.escalates_to =
                self.points(actor, (of, &kept), "escalates_to", raw, &mut faults).await?;
        }
        if rule.terms.escalates_after.is_some() && rule.terms.escalates_to.is_empty() {
            faults.add("escalates_to", Fault::Value(ValueFault::Missing));
        }
        faults.done().map_err(AdminError::Invalid)?;
        Ok(rule)
    }

    /// Contact points that a rule of this company, or of the installation, may name; it keeps what it names already.
    async fn points(
        &self,
        actor: &Actor,
        (company, kept): (Option<CompanyId>, &[ContactPointId]),
        field: &str,
        raw: &[String],
        faults: &mut Faults,
    ) -> Result<Vec<ContactPointId>, AdminError> {
        let mut points = Vec::new();
        for (at, raw) in raw.iter().enumerate() {
            let id = raw.parse::<ContactPointId>().ok();
            let found = match id {
                Some(id) => self.store.contact_point(id).await?,
                None => None,
            };
            // A company's rule tells the company's own, or the installation's where its maker sees that. Whoever administers one
            // company says where its contacts lead: they are told nothing of the others.
            let fits = found.filter(|point| match (point.company, company) {
                (None, _) => kept.contains(&point.id) || actor.companies.is_none(),
                (of, company) => of == company,
            });
            match fits {
                Some(point) if !points.contains(&point.id) => points.push(point.id),
                Some(_) => {}
                None => faults.add(Place::from(field).at(at), Fault::NoSuch),
            }
        }
        Ok(points)
    }

    /// The company of a new rule.
    async fn rule_owner(&self, actor: &Actor, raw: Option<&str>) -> Result<Option<CompanyId>, AdminError> {
        let Some(raw) = raw else {
            may_change(actor, None)?;
            return Ok(None);
        };
        let company = raw.parse::<CompanyId>().ok().filter(|company| actor.sees(*company));
        let found = match company {
            Some(company) => self.store.company(company).await?,
            None => None,
        };
        found.map(|found| Some(found.id)).ok_or_else(|| AdminError::invalid("company_id", Fault::NoSuch))
    }

    async fn stored_rule(&self, actor: &Actor, id: AlertRuleId) -> Result<AlertRule, AdminError> {
        let found = self.store.alert_rule(id).await?.filter(|rule| sees(actor, rule.company));
        found.ok_or_else(|| AdminError::not_found("alert rule", id))
    }
}

/// What is of the installation is for who administers all of it.
fn may_change(actor: &Actor, company: Option<CompanyId>) -> Result<(), AdminError> {
    match company {
        Some(company) => actor.require_company(company),
        None => super::users::require_all(actor),
    }
}

fn sees(actor: &Actor, company: Option<CompanyId>) -> bool {
    company.map_or(actor.companies.is_none(), |company| actor.sees(company))
}

fn view(rule: AlertRule) -> AlertRuleView {
    let ids = |ids: &[ContactPointId]| ids.iter().map(ToString::to_string).collect();
    AlertRuleView {
        id: rule.id.to_string(),
        name: rule.name,
        company_id: rule.company.map(|id| id.to_string()),
        enabled: rule.enabled,
        contact_points: ids(&rule.terms.contacts),
        escalates_to: ids(&rule.terms.escalates_to),
        escalates_after_minutes: rule.terms.escalates_after,
        repeats_after_minutes: rule.terms.repeats_after,
        tells_end: rule.terms.tells_end,
        costs: rule.terms.costs,
        kinds: rule.terms.kinds,
        version: rule.version,
    }
}

fn detail(rule: &AlertRule) -> Value {
    json!({ "name": rule.name, "enabled": rule.enabled, "terms": rule.terms })
}
