//! Why something did not go out: stable words for storage, phrases for people, details for the operator.

use std::fmt;

use super::Phases;
use crate::domain::Lang;
use crate::texts::{Message, msg};

/// What only the operator's log may say: addresses inside the network, the words of a library. It has no `Display`, so
/// that it cannot slip into an answer; the log asks for it by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detail(String);

impl Detail {
    pub(super) fn new(text: impl fmt::Display) -> Self {
        Self(text.to_string())
    }

    pub fn for_operator(&self) -> &str {
        &self.0
    }
}

/// Words with their stored spelling and their phrase for people.
macro_rules! told {
    ($(#[$doc:meta])* $name:ident: $message:expr; { $($(#[$vdoc:meta])* $variant:ident = $code:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// The stable word for tables, metrics and the API.
            pub fn as_str(self) -> &'static str {
                match self { $($name::$variant => $code),+ }
            }

            pub fn parse(code: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|word| word.as_str() == code)
            }

            /// A phrase for the person who set the address. Never says what a name resolved to.
            pub fn message(self) -> Message {
                ($message)(self.as_str())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.message().text(Lang::En))
            }
        }
    };
}

told! {
    /// Why a URL is refused before anything is sent.
    Refusal: |word: &str| msg("net-refusal").with("word", word); {
        Malformed = "url_malformed";
        Scheme = "url_scheme";
        UserInfo = "url_userinfo";
        Host = "url_host";
        Port = "url_port";
        NotPermitted = "url_not_permitted";
    }
}

told! {
    /// What became of a connection or an exchange that failed.
    ErrorKind: |word: &str| msg("net-error").with("word", word); {
        Dns = "dns";
        DnsTimeout = "dns_timeout";
        NotPermitted = "not_permitted";
        ConnectRefused = "connect_refused";
        ConnectTimeout = "connect_timeout";
        Unreachable = "unreachable";
        Proxy = "proxy";
        TlsCertificate = "tls_certificate";
        /// mTLS.
        TlsClientCertificate = "tls_client_certificate";
        Tls = "tls";
        TlsTimeout = "tls_timeout";
        /// The head of an answer took longer than the webhook allows for the whole exchange.
        Timeout = "timeout";
        /// The connection ended before the answer's head did.
        Reset = "reset";
        Protocol = "protocol";
        HeaderTooLarge = "header_too_large";
    }
}

told! {
    /// What was remarkable about an exchange that has its status all the same.
    Note: |word: &str| msg("net-note").with("word", word); {
        /// Nothing else came of the request on the connection that had been kept.
        Resent = "resent";
        BodyLate = "body_late";
        BodyCut = "body_cut";
        BodyBroken = "body_broken";
        HeadTooLarge = "head_too_large";
    }
}

/// A URL was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{refusal}")]
pub struct GuardError {
    pub refusal: Refusal,
    pub detail: Detail,
}

impl GuardError {
    pub(super) fn new(refusal: Refusal, detail: impl fmt::Display) -> Self {
        Self { refusal, detail: Detail::new(detail) }
    }
}

/// No connection came about.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind}")]
pub struct NetError {
    pub kind: ErrorKind,
    pub detail: Detail,
    /// The phases that took place, the failed one included.
    pub phases: Phases,
}

impl NetError {
    pub(super) fn new(kind: ErrorKind, detail: impl fmt::Display) -> Self {
        Self { kind, detail: Detail::new(detail), phases: Phases::default() }
    }
}

/// An exchange did not come to an answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind}")]
pub struct ExchangeError {
    pub kind: ErrorKind,
    pub detail: Detail,
    pub phases: Phases,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a word has a phrase of its own in each language.
    fn said(word: &str, message: &Message) {
        let (portuguese, english) = (message.text(Lang::Pt), message.text(Lang::En));
        assert!(portuguese != english && portuguese != word && english != word, "{word}: {english}");
    }

    #[test]
    fn words_are_read_back_and_said_in_both_languages() {
        for kind in ErrorKind::ALL {
            assert_eq!(ErrorKind::parse(kind.as_str()), Some(*kind));
            said(kind.as_str(), &kind.message());
        }
        for note in Note::ALL {
            assert_eq!((Note::parse(note.as_str()), ErrorKind::parse(note.as_str())), (Some(*note), None));
            said(note.as_str(), &note.message());
        }
        for refusal in Refusal::ALL {
            assert_eq!(Refusal::parse(refusal.as_str()), Some(*refusal));
            said(refusal.as_str(), &refusal.message());
        }
    }

    #[test]
    fn what_people_see_never_holds_the_detail() {
        let error = GuardError::new(Refusal::NotPermitted, "intranet resolved to 10.0.0.7");
        assert!(!error.to_string().contains("10.0.0.7"));
        assert!(error.detail.for_operator().contains("10.0.0.7"));
    }
}
