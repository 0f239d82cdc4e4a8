//! What people say of a company's board: the names of commands at doors, and from when on somebody waits for long.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use crate::admin::fault::{Expected, Fault, Faults};
use crate::admin::{Actor, Admin, AdminError, Place, Role, audit};
use crate::domain::board::{BoardSettings, CommandName, LateAfter, MOST_COMMANDS, command};
use crate::domain::{CompanyId, ValueFault};

/// As it was typed.
#[derive(Debug, Clone, Default)]
pub struct BoardInput {
    pub commands: Vec<CommandInput>,
    /// Seconds.
    pub late_after: String,
    /// Which saved state the caller edited.
    pub version: Option<i64>,
}

/// A name for a command. One of which neither is given is none.
#[derive(Debug, Clone, Default)]
pub struct CommandInput {
    pub keys: String,
    pub name: String,
}

impl BoardInput {
    fn check(&self, version: i64) -> Result<BoardSettings, AdminError> {
        let mut faults = Faults::default();
        let commands = self.commands(&mut faults);
        let seconds = faults.check("late_after", seconds(&self.late_after));
        faults.done().map_err(AdminError::Invalid)?;
        let late_after = Duration::from_secs(seconds.and_then(|it| u64::try_from(it).ok()).unwrap_or(0));
        Ok(BoardSettings { commands, late_after, version })
    }

    fn commands(&self, faults: &mut Faults) -> BTreeMap<String, String> {
        let mut commands = BTreeMap::new();
        let is_given = |(_, typed): &(usize, &CommandInput)| {
            !(typed.keys.trim().is_empty() && typed.name.trim().is_empty())
        };
        for (at, typed) in self.commands.iter().enumerate().filter(is_given) {
            let place = |part: &str| Place::from("commands").at(at).key(part);
            let keys = faults.check(place("keys"), command(&typed.keys).map_err(Fault::Value));
            let name = faults.check(place("name"), CommandName::check(&typed.name).map_err(Fault::Value));
            let (Some(keys), Some(name)) = (keys, name) else { continue };
            if commands.len() == MOST_COMMANDS {
                faults.add(place("keys"), Fault::Value(ValueFault::TooMany { max: MOST_COMMANDS }));
            } else if commands.insert(keys, name).is_some() {
                faults.add(place("keys"), Fault::Taken);
            }
        }
        commands
    }
}

fn seconds(raw: &str) -> Result<i64, Fault> {
    let (min, max) = (i128::from(*LateAfter::RANGE.start()), i128::from(*LateAfter::RANGE.end()));
    let number: i64 =
        raw.trim().parse().map_err(|_| Fault::Malformed { expected: Expected::Whole { min, max } })?;
    LateAfter::check(number).map_err(Fault::Value)
}

impl Admin {
    pub async fn board_settings(
        &self,
        actor: &Actor,
        company: CompanyId,
    ) -> Result<BoardSettings, AdminError> {
        self.company(actor, company).await?;
        Ok(self.store.board_settings(company).await?)
    }

    pub async fn update_board(
        &self,
        actor: &Actor,
        company: CompanyId,
        input: &BoardInput,
    ) -> Result<(), AdminError> {
        actor.require(Role::Administrator)?;
        let before = self.board_settings(actor, company).await?;
        let settings = input.check(input.version.unwrap_or(before.version))?;
        let by = actor.clone();
        let saved = self.journal.control(move |tx| {
            Box::pin(async move {
                tx.save_board_settings(company, &settings).await?;
                let detail = json!({ "before": detail(&before), "after": detail(&settings) });
                tx.audit(&audit(&by, "board.update", Some(company), company.to_string(), &detail)).await
            })
        });
        Ok(saved.await?)
    }
}

fn detail(settings: &BoardSettings) -> Value {
    json!({ "commands": settings.commands, "late_after_seconds": settings.late_after.as_secs() })
}
