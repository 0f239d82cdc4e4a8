//! Which events a body tells of: itself, flat; or the sections of the envelope that set-ups with a backend of their own are sent.

use super::members::Members;
use crate::sources::Refusal;
use crate::texts::msg;

/// The call of an envelope.
pub const CALL: &str = "chamada";
/// What the caller typed in.
const TYPED_IN: &str = "dados";
/// An agent, and the dialer.
const OTHERS: [&str; 2] = ["atendente", "dialer"];
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
    pub warnings: Vec<String>,
}

impl<'a> Post<'a> {
    /// `asks_call`: what is documented there is an envelope, and a body that is nothing is told so.
    pub fn of(body: &'a [u8], asks_call: bool, lenient: bool) -> Result<Self, Refusal> {
        let object = |json| Members::of(json, lenient);
        let not_an_object = |field| Refusal { field, message: msg("body-not-an-object") };
        let root = object(body).ok_or_else(|| not_an_object("body"))?;
        let section = |name: &str| root.raw(name).filter(|raw| *raw != b"null");
        let read = |name: &str| section(name).and_then(object);
        let typed = |members: &Members<'a>| members.said("type").is_some();

        let [agent, dialer] = OTHERS.map(|name| read(name).filter(typed));
        let typed_in = read(TYPED_IN);
        let mut warnings = Vec::new();
        for name in OTHERS.into_iter().chain([TYPED_IN]) {
            if section(name).is_some_and(|raw| object(raw).is_none()) {
                warnings.push(format!("{name} is not an object"));
            }
        }
        if section(CALL).is_some() && section(TYPED_IN).is_none() {
            warnings.push(format!("{TYPED_IN} is missing"));
        }
        let says = |members: &Members<'a>| members.says_more_than(OF_ALL);
        if typed_in.as_ref().is_some_and(|members| says(members) && !typed(members)) {
            warnings.push(format!("{TYPED_IN} has no type, so it is no event of its own"));
        }
        let told = typed_in.filter(typed);

        let call = read(CALL);
        let is_envelope = [CALL, TYPED_IN, OTHERS[0], OTHERS[1]].iter().any(|name| root.raw(name).is_some());
        let first = [call.as_ref(), Some(&root)].into_iter().flatten().find(|members| typed(members));
        let first = first.map(|members| members.bytes);
        let mut further: Vec<_> = [agent, dialer].into_iter().flatten().collect();
        let first = match first {
            Some(first) => object(first).ok_or_else(|| not_an_object("body"))?,
            None if !further.is_empty() => further.remove(0),
            None => match told {
                Some(told) => {
                    return Ok(Self { first: told, further, call: call.unwrap_or(root), warnings });
                }
                None => return Err(nothing(&root, call.as_ref(), is_envelope || asks_call)),
            },
        };
        further.extend(told.filter(says));
        Ok(Self { first, further, call: call.unwrap_or(root), warnings })
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
