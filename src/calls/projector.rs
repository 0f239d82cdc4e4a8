//! The consumer that makes calls of events.

use crate::domain::call::{CallModel, Said};
use crate::domain::{Event, Pattern, Seq};
use crate::journal::{Consumer, Outlived, Page, Rows, Start};
use crate::sources::{self, PROVIDERS};
use crate::store::{CallBuild, Store, StoreError, Tx};

use super::known::Known;

/// One stretch of a company's journal, on its way into the table of calls.
pub struct Calls {
    store: Store,
    build: CallBuild,
}

/// What an event says of a call, and whose words these are.
pub(super) struct Heard<'a> {
    pub event: &'a Event,
    pub said: Said,
    pub model: &'static dyn CallModel,
}

impl Consumer for Calls {
    const NAME: &'static str = "calls";
    const VERSION: i32 = 3;

    fn wants() -> Vec<Pattern> {
        let mut wanted: Vec<Pattern> = Vec::new();
        for pattern in PROVIDERS.iter().filter_map(|provider| provider.calls()).flat_map(CallModel::wants) {
            if !wanted.contains(&pattern) {
                wanted.push(pattern);
            }
        }
        wanted
    }

    async fn begin(start: &Start<'_>) -> Result<Self, StoreError> {
        let build = CallBuild { company: start.company, number: start.build };
        Ok(Self { store: start.journal.store().clone(), build })
    }

    async fn take(&mut self, page: &Page) -> Result<Option<Rows>, StoreError> {
        let (up_to, number) = (Seq(page.next.0 - 1), self.build.number);
        let heard: Vec<Heard<'_>> = page.events.iter().filter_map(|event| heard(event)).collect();
        if heard.is_empty() {
            return Ok(Some(Rows::none(up_to)));
        }
        let mut known = Known::load(&self.store, self.build, &heard).await?;
        for heard in &heard {
            known.hear(heard);
        }
        let changed = known.changed();
        Ok(Some(Rows::new(up_to, changed.len(), move |tx| {
            Box::pin(async move { tx.put_calls(number, &changed).await })
        })))
    }

    async fn forget(tx: &mut Tx<'_>, outlived: Outlived, limit: u32) -> Result<u64, StoreError> {
        let Outlived { company, oldest, read } = outlived;
        tx.forget_calls(company, oldest, read, limit).await
    }
}

fn heard(event: &Event) -> Option<Heard<'_>> {
    let model = sources::find(event.provider)?.calls()?;
    Some(Heard { event, said: model.read(event)?, model })
}
