//! Which events a body tells of: itself, flat; or the sections of the envelope that set-ups with a backend of their own are sent.

use crate::sources::Refusal;
use crate::sources::members::Members;
use crate::texts::msg;

/// The call of an envelope.
const CALL: &str = "chamada";
/// What the caller typed in.
const TYPED_IN: &str = "dados";
/// What may be events beside the call's: an agent's, the dialer's, the caller's.
const SECTIONS: [&str; 3] = ["atendente", "dialer", TYPED_IN];
/// Members that say of whom and when a section is, and nothing else.
const OF_ALL: &[&str] = &["type", "call_id", "timestamp", "code"];

/// A body taken apart.
pub struct Post<'a> {
    /// What the post is about. Its payload is the body.
    pub first: Members<'a>,
    /// Sections that are events of their own.
    pub further: Vec<Members<'a>>,
    /// Says the call and the time of sections that do not.
    pub call: Members<'a>,
    /// Sections that say something but not what they are.
    pub untyped: Vec<&'a [u8]>,
    pub warnings: Vec<String>,
}

impl<'a> Post<'a> {
    /// `asks_call`: what is documented there is an envelope, and a body that is nothing is told so.
    pub fn of(body: &'a [u8], asks_call: bool, lenient: bool) -> Result<Self, Refusal> {
        let object = |json| Members::of(json, lenient);
        let root =
            object(body).ok_or_else(|| Refusal { field: "body", message: msg("body-not-an-object") })?;
        let section = |name: &str| root.raw(name).filter(|raw| *raw != b"null");
        let read = |name: &'static str| Some((name, section(name).and_then(object)?));
        let typed = |(_, members): &(&str, Members<'a>)| members.said("type").is_some();

        let call = read(CALL);
        let first = [call.clone(), Some(("body", root.clone()))].into_iter().flatten().find(typed);
        let beside = SECTIONS.into_iter().filter_map(read).filter(typed);
        let mut told: Vec<_> = first.into_iter().chain(beside).collect();
        let call = call.map(|(_, call)| call);
        if told.is_empty() {
            let is_envelope = SECTIONS.into_iter().chain([CALL]).any(|name| root.raw(name).is_some());
            return Err(nothing(&root, call.as_ref(), is_envelope || asks_call));
        }
        let (_, first) = told.remove(0);
        // The caller's data come with every post, and are empty in most.
        told.retain(|(name, members)| *name != TYPED_IN || members.says_more_than(OF_ALL));

        let mut warnings = Vec::new();
        for name in SECTIONS {
            if section(name).is_some_and(|raw| object(raw).is_none()) {
                warnings.push(format!("{name} is not an object"));
            }
        }
        if call.is_some() && section(TYPED_IN).is_none() {
            warnings.push(format!("{TYPED_IN} is missing"));
        }
        if read(TYPED_IN).is_some_and(|read| read.1.says_more_than(OF_ALL) && !typed(&read)) {
            warnings.push(format!("{TYPED_IN} has no type, so it is no event of its own"));
        }
        let says = |read: &(&str, Members<'a>)| read.1.says_more_than(OF_ALL) && !typed(read);
        let untyped =
            SECTIONS.into_iter().filter_map(read).filter(says).map(|(_, members)| members.bytes).collect();
        let further = told.into_iter().map(|(_, members)| members).collect();
        Ok(Self { first, further, call: call.unwrap_or(root), untyped, warnings })
    }
}

/// Why a body tells of nothing.
fn nothing(root: &Members<'_>, call: Option<&Members<'_>>, asks_call: bool) -> Refusal {
    let untyped = |members: &Members<'_>| {
        let refusal = members.needed("type").err();
        refusal.unwrap_or_else(|| Refusal { field: "type", message: msg("body-missing") })
    };
    match call {
        Some(call) => untyped(call),
        None if root.raw("type").is_some() || !asks_call => untyped(root),
        None => {
            let is_there = root.raw(CALL).is_some_and(|raw| raw != b"null");
            let message = if is_there { msg("body-not-an-object") } else { msg("body-missing") };
            Refusal { field: CALL, message }
        }
    }
}
