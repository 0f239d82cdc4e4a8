//! What kind of thing an event is about, told from its name.

use crate::sources::Family;

impl Family {
    /// By the way in which 3C Plus names its events. Names that nobody has seen yet fall into the family of their prefix.
    pub fn of(name: &str) -> Family {
        const PREFIXES: [(&str, Family); 10] = [
            ("call-", Family::Call),
            ("hold-call", Family::Call),
            ("manual-call-", Family::ManualCall),
            ("receptive-", Family::Receptive),
            ("consult-", Family::Consult),
            ("agent-", Family::Agent),
            ("finish-chat", Family::Chat),
            ("spy-", Family::Spy),
            ("list-", Family::List),
            ("mailing-list-", Family::List),
        ];
        // `new-whatsapp-internal-message` has the word in its middle.
        if name.contains("whatsapp") {
            return Family::Chat;
        }
        PREFIXES
            .iter()
            .find(|(prefix, _)| name.starts_with(prefix))
            .map_or(Family::Other, |(_, family)| *family)
    }
}
