//! `/api/dashboard/count`: how many people and calls there are, and how many calls are where.

use futures_util::future::BoxFuture;
use http::StatusCode;
use serde::Serialize;
use serde_json::json;

use crate::domain::{Lang, Timestamp};
use crate::sources::front_end::{Asked, Desk};
use crate::sources::{Answer, Declined};
use crate::store::{CallCounts, StoreError};
use crate::texts::say;

pub(super) struct Count;

/// What else is asked for beneath the path of the count.
pub(super) struct NothingElse;

#[derive(Serialize)]
struct Counted {
    data: Data,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    user_count: i64,
    active_calls_count: i64,
    event_call: EventCall,
}

/// Calls by the last of the seven types that was said of them. Together they are all calls there are.
#[derive(Debug, Default, PartialEq, Serialize)]
struct EventCall {
    new: i64,
    standby: i64,
    waiting: i64,
    entered: i64,
    ongoing: i64,
    left: i64,
    finished: i64,
}

impl EventCall {
    fn of(counts: &CallCounts) -> Self {
        let mut calls = Self::default();
        for (stage, count) in &counts.open {
            let place = match stage.as_deref() {
                Some("standby") => &mut calls.standby,
                Some("waiting") => &mut calls.waiting,
                Some("entered") => &mut calls.entered,
                Some("ongoing") => &mut calls.ongoing,
                Some("left") => &mut calls.left,
                // Also a call of which none of the seven was said: there is one, and that is all that is known.
                _ => &mut calls.new,
            };
            *place += count;
        }
        calls.finished = counts.total - counts.open.values().sum::<i64>();
        calls
    }

    fn active(&self) -> i64 {
        self.new + self.standby + self.waiting + self.entered + self.ongoing + self.left
    }
}

impl Asked for Count {
    fn answer<'a>(&'a self, desk: &'a Desk, _: Lang) -> BoxFuture<'a, Result<Answer, StoreError>> {
        Box::pin(async move {
            let counts = desk.store().count_calls(desk.company, desk.source, Timestamp::now()).await?;
            let user_count = desk.store().count_contacts(desk.company).await?;
            let event_call = EventCall::of(&counts);
            let data = Data { user_count, active_calls_count: event_call.active(), event_call };
            Ok(Answer { status: StatusCode::OK, body: serde_json::to_string(&Counted { data }).ok() })
        })
    }

    fn declined(&self, why: &Declined, lang: Lang) -> String {
        failed(&why.text(lang), lang)
    }
}

impl Asked for NothingElse {
    fn answer<'a>(&'a self, _: &'a Desk, lang: Lang) -> BoxFuture<'a, Result<Answer, StoreError>> {
        let body = failed(&say(lang, "teravoz-path-unknown").text(), lang);
        Box::pin(async move { Ok(Answer { status: StatusCode::NOT_FOUND, body: Some(body) }) })
    }

    fn declined(&self, why: &Declined, lang: Lang) -> String {
        failed(&why.text(lang), lang)
    }
}

/// What the backend of the document says of everything that goes wrong.
pub(super) fn failed(why: &str, lang: Lang) -> String {
    json!({ "message": say(lang, "teravoz-webhook-failed").text(), "errors": why }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counters_are_together_all_calls_there_are() {
        let open = [(None, 1), (Some("new"), 2), (Some("entered"), 3), (Some("left"), 4), (Some("other"), 5)];
        let open = open.map(|(stage, count)| (stage.map(str::to_owned), count)).into();
        let calls = EventCall::of(&CallCounts { total: 100, open });
        assert_eq!(calls, EventCall { new: 8, entered: 3, left: 4, finished: 85, ..EventCall::default() });
        assert_eq!(calls.active(), 15);
        assert_eq!(EventCall::of(&CallCounts::default()), EventCall::default());
    }
}
