//! Connection state recovery: what a server needs to send again what was missed while the connection was down.

use std::fmt;

/// Where a broken session can be resumed: the private id that the server gave it, and the offset of the last event
/// that was *kept* (not merely received). Keep it in the same transaction as the events it speaks of.
#[derive(Clone, PartialEq, Eq)]
pub struct Recovery {
    pub pid: Box<str>,
    pub offset: Box<str>,
}

impl Recovery {
    /// The CONNECT packet that offers this session for resumption.
    pub(super) fn connect_packet(&self) -> String {
        let offer = serde_json::json!({ "pid": self.pid, "offset": self.offset });
        format!("40{offer}")
    }
}

/// Whoever knows a `pid` can take over its session, so it is not shown.
impl fmt::Debug for Recovery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recovery").field("offset", &self.offset).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_offer_is_json_and_debug_hides_the_pid() {
        let recovery = Recovery { pid: "a\"b".into(), offset: "1-0".into() };
        assert_eq!(recovery.connect_packet(), r#"40{"offset":"1-0","pid":"a\"b"}"#);
        assert!(!format!("{recovery:?}").contains("a\\\"b"));
    }
}
