//! The WebSocket from which a front end reads: its messages are `{"event": …, "data": …}`, its answers `{"data", "event", "status"}`.

use std::borrow::Cow;

use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tracing::error;

use super::count::failed as failed_over_http;
use super::{list_call_events, list_calls};
use crate::domain::Lang;
use crate::sources::Declined;
use crate::sources::front_end::{Desk, Spoken};
use crate::store::StoreError;

pub(super) struct Calls;

/// What a client asks for, as it stands in its message.
#[derive(Deserialize)]
struct Command<'a> {
    #[serde(borrow)]
    event: &'a RawValue,
    #[serde(borrow)]
    data: &'a RawValue,
}

#[derive(Serialize)]
struct Told<'a, T> {
    data: T,
    event: &'a str,
    status: &'static str,
    /// There is more than this. No document has it: none says what becomes of a list that is too long.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    truncated: bool,
}

#[derive(Serialize)]
struct Nothing {}

#[derive(Serialize)]
struct Failure<'a> {
    success: bool,
    error: &'a str,
}

/// Rows, and whether there are more.
pub(super) struct Listed<T> {
    pub rows: Vec<T>,
    pub truncated: bool,
}

/// Why a command has no rows for an answer.
pub(super) enum Refused {
    /// It asks for what there is not.
    Command(Cow<'static, str>),
    Store(StoreError),
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<&'static str> for Refused {
    fn from(error: &'static str) -> Self {
        Self::Command(error.into())
    }
}

/// The longest name of a command there is, and then some.
const LONGEST_NAME: usize = 64;

impl Spoken for Calls {
    fn welcome(&self) -> String {
        told("Welcome", "Welcome")
    }

    fn changed(&self) -> String {
        told(Nothing {}, "DataChanged")
    }

    fn reply<'a>(&'a self, desk: &'a Desk, said: &'a [u8]) -> BoxFuture<'a, String> {
        Box::pin(async move {
            let Some(command) = read(said) else { return failed("invalid body", "InvalidMessage") };
            let name = command.event.get();
            let name =
                if name.len() > LONGEST_NAME { "" } else { serde_json::from_str(name).unwrap_or_default() };
            match name {
                "ListCalls" => answer(desk, "ListCalls", list_calls::list(desk, command.data).await),
                // The other spelling is the document's own.
                "ListCallEvents" | "LictCallEvents" => {
                    answer(desk, "ListCallEvents", list_call_events::list(desk, command.data).await)
                }
                _ => failed("no suitable eventHandler for this event", "InvalidEvent"),
            }
        })
    }

    fn declined(&self, why: &Declined, lang: Lang) -> String {
        failed_over_http(&why.text(lang), lang)
    }
}

/// `None` for what is no object with both members.
fn read(said: &[u8]) -> Option<Command<'_>> {
    let is_object = said.trim_ascii_start().first() == Some(&b'{');
    let command: Command<'_> = is_object.then(|| serde_json::from_slice(said).ok()).flatten()?;
    let says = |raw: &RawValue| raw.get() != "null";
    (says(command.event) && says(command.data)).then_some(command)
}

fn answer<T: Serialize>(desk: &Desk, event: &str, found: Result<Listed<T>, Refused>) -> String {
    match found {
        Ok(Listed { rows, truncated }) => json(&Told { data: rows, event, status: "Ok", truncated }),
        Err(Refused::Command(why)) => failed(&why, event),
        Err(Refused::Store(error)) => {
            error!(source = %desk.source, event, %error, "a command of a WebSocket could not be answered");
            failed("something went wrong, please try again", event)
        }
    }
}

fn told(data: impl Serialize, event: &str) -> String {
    json(&Told { data, event, status: "Ok", truncated: false })
}

fn failed(error: &str, event: &str) -> String {
    let data = Failure { success: false, error };
    json(&Told { data, event, status: "Failed", truncated: false })
}

fn json(told: &impl Serialize) -> String {
    serde_json::to_string(told).expect("it has a JSON form")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_is_what_the_documents_print() {
        assert_eq!(Calls.welcome(), r#"{"data":"Welcome","event":"Welcome","status":"Ok"}"#);
        assert_eq!(Calls.changed(), r#"{"data":{},"event":"DataChanged","status":"Ok"}"#);
        assert_eq!(
            failed("invalid body", "InvalidMessage"),
            r#"{"data":{"success":false,"error":"invalid body"},"event":"InvalidMessage","status":"Failed"}"#
        );
    }

    #[test]
    fn a_command_is_an_object_with_both_members() {
        let wrong = [
            "",
            "ListCalls",
            "{",
            "[]",
            r#"["ListCalls",{}]"#,
            "null",
            "7",
            r#"{"event":"ListCalls"}"#,
            r#"{"data":{}}"#,
            r#"{"event":null,"data":{}}"#,
            r#"{"event":"ListCalls","data":null}"#,
        ];
        for said in wrong {
            assert!(read(said.as_bytes()).is_none(), "{said:.80}");
        }
        assert!(read(b"\xff\xfe").is_none());
        let command = read(br#" {"data":{"params":{}},"other":1,"event":"x"} "#).expect("a command");
        assert_eq!((command.event.get(), command.data.get()), (r#""x""#, r#"{"params":{}}"#));
    }
}
