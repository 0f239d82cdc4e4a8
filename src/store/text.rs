//! Texts on their way into a column or a condition.

use std::borrow::Cow;

/// A text as both engines take it: PostgreSQL has no NUL in text. What people type is refused in words before it comes
/// here (`web`), and what an event is called or found by cannot hold one ([`Label`](crate::domain::Label)); this is for
/// what others say (a provider's refusal, a socket's id) and for what is asked for: no row holds it, so none is found.
pub(super) fn text(raw: &str) -> Cow<'_, str> {
    if raw.as_bytes().contains(&0) { raw.replace('\0', "\u{fffd}").into() } else { raw.into() }
}

/// As [`text`], where there may be none.
pub(super) fn maybe(raw: Option<&str>) -> Option<Cow<'_, str>> {
    raw.map(text)
}
