//! What a body says, whichever of the documents' spellings it uses.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::domain::call::{Context, Message};
use crate::domain::json::{decode, items, members};
use crate::sources::members::Members;

/// A body: an object that was found to be well-formed.
pub struct Body<'a>(pub Members<'a>);

/// A session of WebRTC, as RFC 8866 spells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session<'a> {
    /// `offer` or `answer`, as it came.
    pub kind: Cow<'a, str>,
    pub sdp: Cow<'a, str>,
}

impl<'a> Body<'a> {
    /// By which the bot that waits is told to go on, also later than the call.
    fn halt_id(&self) -> Option<Cow<'a, str>> {
        self.first(&["idHaltCallback", "idHalt"])
    }

    /// What it tells of what led to the call.
    pub fn context(&self) -> Context {
        let said = |field: &str| self.0.said(field).map(Cow::into_owned);
        Context {
            conversation_id: said("idConversation"),
            bot_id: said("idBot"),
            halt_id: self.halt_id().map(Cow::into_owned),
            tag: said("callingTag"),
            values: self.values(),
            messages: self.messages(),
        }
    }

    /// What tells this event from every other.
    pub fn event_id(&self) -> Option<Cow<'a, str>> {
        self.first(&["idCallEvent"])
    }

    pub fn session(&self) -> Option<Session<'a>> {
        let own = ["rtcSession", "session"].into_iter().filter_map(|field| self.0.raw(field));
        let session = own.filter_map(|raw| Members::of(raw, false)).find(|own| own.said("sdp").is_some())?;
        let kind = session.said("type").or_else(|| session.said("sdp_type")).unwrap_or_default();
        Some(Session { kind, sdp: session.said("sdp")? })
    }

    /// What the bot has computed, as texts; a value that is none is shown as it is written.
    fn values(&self) -> BTreeMap<String, String> {
        let Some(session) = self.bot_session() else { return BTreeMap::new() };
        // The later overrules the earlier.
        let all = ["vars", "rtf"].into_iter().filter_map(|field| session.raw(field)).flat_map(members);
        all.map(|(key, raw)| (String::from_utf8_lossy(&key).into_owned(), shown(raw))).collect()
    }

    fn messages(&self) -> Vec<Message> {
        let Some(session) = self.bot_session() else { return Vec::new() };
        let listed = session.raw("conversation").into_iter().flat_map(items);
        let of = |raw: &'a [u8]| {
            let message = Body(Members::of(raw, true)?);
            let said = |fields: &[&str]| message.first(fields).map(Cow::into_owned);
            Some(Message {
                id: said(&["iterationID", "interactionID", "interationID"]),
                kind: said(&["type"]),
                content: said(&["content"]),
                date: said(&["readableDate"]),
            })
        };
        listed.filter_map(of).collect()
    }

    fn bot_session(&self) -> Option<Members<'a>> {
        Members::of(self.0.raw("botSession")?, false)
    }

    /// Of several spellings of one field the first that says something.
    fn first(&self, fields: &[&str]) -> Option<Cow<'a, str>> {
        fields.iter().find_map(|field| self.0.said(field))
    }
}

fn shown(raw: &[u8]) -> String {
    if raw.first() == Some(&b'"') {
        decode(raw).into_owned()
    } else {
        String::from_utf8_lossy(raw).into_owned()
    }
}
