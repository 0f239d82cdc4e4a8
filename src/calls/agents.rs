//! The consumer that makes of events what agents do between calls: a row for each agent, which says what was said last.

use crate::domain::agent::{AgentModel, Does};
use crate::domain::{Event, Pattern, Seq};
use crate::journal::{Consumer, Outlived, Page, Part, Rows, Start};
use crate::sources::{self, PROVIDERS};
use crate::store::{AgentWord, StoreError, Tx};

/// One stretch of a company's journal, on its way into the table of agents.
pub struct Agents {
    build: i32,
}

impl Consumer for Agents {
    const NAME: &'static str = "agents";
    const VERSION: i32 = 1;

    fn wants() -> Vec<Pattern> {
        let mut wanted: Vec<Pattern> = Vec::new();
        for pattern in PROVIDERS.iter().filter_map(|provider| provider.agents()).flat_map(AgentModel::wants) {
            if !wanted.contains(&pattern) {
                wanted.push(pattern);
            }
        }
        wanted
    }

    async fn begin(start: &Start<'_>) -> Result<Self, StoreError> {
        Ok(Self { build: start.build })
    }

    async fn take(&mut self, page: &Page) -> Result<Option<Rows>, StoreError> {
        let up_to = Seq(page.next.0 - 1);
        let words = last(page.events.iter().filter_map(|event| word(event)));
        let Some(company) = page.events.first().map(|event| event.company).filter(|_| !words.is_empty())
        else {
            return Ok(Some(Rows::none(up_to)));
        };
        let build = self.build;
        let rows = Part::often(words.len(), move |tx| {
            Box::pin(async move { tx.put_agents(company, build, &words).await })
        });
        Ok(Some(Rows::in_parts(up_to, vec![rows])))
    }

    async fn forget(tx: &mut Tx<'_>, outlived: Outlived, limit: u32) -> Result<u64, StoreError> {
        let Outlived { company, oldest, read } = outlived;
        tx.forget_agents(company, oldest, read, limit).await
    }
}

fn word(event: &Event) -> Option<AgentWord> {
    let said = sources::find(event.provider)?.agents()?.read(event)?;
    Some(AgentWord::of(event, said))
}

/// Of each agent what it does last, and the last call that it has left since; with the name that any of these told.
fn last(words: impl Iterator<Item = AgentWord>) -> Vec<AgentWord> {
    let mut last: Vec<AgentWord> = Vec::new();
    for mut word in words {
        let is_same =
            |one: &AgentWord| (one.source, &one.said.agent.id) == (word.source, &word.said.agent.id);
        if word.said.does == Does::Leaves {
            last.retain(|one| !(is_same(one) && one.said.does == Does::Leaves));
        } else {
            let before = last.iter().find(|one| is_same(one) && one.said.does != Does::Leaves);
            if let Some(known) = before.map(|before| before.said.agent.clone()) {
                let agent = &mut word.said.agent;
                agent.name = agent.name.take().or(known.name);
                agent.extension = agent.extension.take().or(known.extension);
            }
            last.retain(|one| (one.source, &one.said.agent.id) != (word.source, &word.said.agent.id));
        }
        last.push(word);
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::agent::{AgentSaid, Presence};
    use crate::domain::call::Agent;
    use crate::domain::{SourceId, Timestamp};

    #[test]
    fn of_each_agent_the_last_word_is_written_and_the_name_that_was_told() {
        let word = |seq: i64, id: &str, name: Option<&str>, does: Does| AgentWord {
            source: SourceId(1),
            said: AgentSaid {
                agent: Agent { id: id.to_owned(), name: name.map(str::to_owned), extension: None },
                does,
            },
            at: Timestamp(seq),
            seq: Seq(seq),
        };
        let told = last(
            [
                word(1, "a", Some("Ana"), Does::Begins(Presence::Manual)),
                word(2, "b", None, Does::Leaves),
                word(3, "a", None, Does::Begins(Presence::Idle)),
                word(4, "a", None, Does::Leaves),
                word(5, "a", None, Does::Leaves),
                word(6, "c", None, Does::Leaves),
                word(7, "c", None, Does::Begins(Presence::Offline)),
            ]
            .into_iter(),
        );
        let told: Vec<_> = told
            .iter()
            .map(|word| (word.seq.0, word.said.agent.name.as_deref(), word.said.does.presence()))
            .collect();
        assert_eq!(
            told,
            [
                (2, None, None),
                (3, Some("Ana"), Some(Presence::Idle)),
                (5, None, None),
                (7, None, Some(Presence::Offline)),
            ]
        );
    }
}
