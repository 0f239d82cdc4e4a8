//! Why something did not go out: stable words for storage, texts for people, details for the operator.

use std::fmt;

use super::Phases;

/// A sentence for the person who set the address, in both languages of the panel. Never says what a name resolved to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Text {
    pub en: &'static str,
    pub pt_br: &'static str,
}

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

/// Words with their stored spelling and their text for people.
macro_rules! told {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $code:literal, $en:literal, $pt_br:literal;)+ }) => {
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

            pub fn text(self) -> Text {
                match self { $($name::$variant => Text { en: $en, pt_br: $pt_br }),+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.text().en)
            }
        }
    };
}

told! {
    /// Why a URL is refused before anything is sent.
    Refusal {
        Malformed = "url_malformed",
            "this is not a complete URL, such as https://example.com/webhook",
            "isto não é uma URL completa, como https://exemplo.com/webhook";
        Scheme = "url_scheme",
            "the URL must begin with http:// or https:// (ws:// or wss:// for a socket)",
            "a URL precisa começar com http:// ou https:// (ws:// ou wss:// para um socket)";
        UserInfo = "url_userinfo",
            "the URL must not contain a user or password; set a header instead",
            "a URL não pode conter usuário ou senha; configure um cabeçalho";
        Host = "url_host", "the URL has no host name", "a URL não tem um nome de servidor";
        Port = "url_port", "the URL has no usable port", "a URL não tem uma porta utilizável";
        NotPermitted = "url_not_permitted",
            "this address is not on the public internet, and Ramal's settings do not allow it ([guard] allow)",
            "este endereço não está na internet pública, e a configuração do Ramal não o permite ([guard] allow)";
    }
}

told! {
    /// What became of a connection or an exchange that failed.
    ErrorKind {
        Dns = "dns", "the name was not found", "o nome não foi encontrado";
        DnsTimeout = "dns_timeout", "the name was not resolved in time", "o nome não foi resolvido a tempo";
        NotPermitted = "not_permitted",
            "the address is not on the public internet, and Ramal's settings do not allow it ([guard] allow)",
            "o endereço não está na internet pública, e a configuração do Ramal não o permite ([guard] allow)";
        ConnectRefused = "connect_refused", "the connection was refused", "a conexão foi recusada";
        ConnectTimeout = "connect_timeout", "the server did not accept the connection in time",
            "o servidor não aceitou a conexão a tempo";
        Unreachable = "unreachable", "the server cannot be reached", "o servidor não pode ser alcançado";
        TlsCertificate = "tls_certificate", "the server's certificate is not valid",
            "o certificado do servidor não é válido";
        Tls = "tls", "no secure connection could be agreed", "não foi possível negociar uma conexão segura";
        TlsTimeout = "tls_timeout", "the secure connection was not agreed in time",
            "a conexão segura não foi negociada a tempo";
        /// The whole exchange took longer than the webhook allows, to the last byte of the answer.
        Timeout = "timeout", "the answer did not end in time", "a resposta não terminou a tempo";
        /// The connection ended before the answer did.
        Reset = "reset", "the server closed the connection before the end of its answer",
            "o servidor fechou a conexão antes do fim da resposta";
        Protocol = "protocol", "the answer is not valid HTTP", "a resposta não é HTTP válido";
        HeaderTooLarge = "header_too_large", "the answer's headers are too large",
            "os cabeçalhos da resposta são grandes demais";
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

/// An exchange did not end with a whole answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind}")]
pub struct ExchangeError {
    pub kind: ErrorKind,
    pub detail: Detail,
    pub phases: Phases,
    /// Known when the answer began but did not end.
    pub status: Option<::http::StatusCode>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_back_and_said_in_both_languages() {
        for kind in ErrorKind::ALL {
            assert_eq!(ErrorKind::parse(kind.as_str()), Some(*kind));
            assert_ne!(kind.text().en, kind.text().pt_br);
        }
        for refusal in Refusal::ALL {
            assert_eq!(Refusal::parse(refusal.as_str()), Some(*refusal));
        }
    }

    #[test]
    fn what_people_see_never_holds_the_detail() {
        let error = GuardError::new(Refusal::NotPermitted, "intranet resolved to 10.0.0.7");
        assert!(!error.to_string().contains("10.0.0.7"));
        assert!(error.detail.for_operator().contains("10.0.0.7"));
    }
}
