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
        Proxy = "proxy", "the proxy cannot be reached, or does not connect to the server",
            "o proxy não pode ser alcançado, ou não se conecta ao servidor";
        TlsCertificate = "tls_certificate",
            "the server's certificate is not valid: expired, for another name, or of an authority unknown here (extra_ca_file adds one)",
            "o certificado do servidor não é válido: vencido, de outro nome ou de uma autoridade desconhecida aqui (extra_ca_file acrescenta uma)";
        /// mTLS.
        TlsClientCertificate = "tls_client_certificate",
            "the server demands a client certificate, and Ramal presents none",
            "o servidor exige um certificado de cliente, e o Ramal não apresenta nenhum";
        Tls = "tls", "no secure connection could be agreed", "não foi possível negociar uma conexão segura";
        TlsTimeout = "tls_timeout", "the secure connection was not agreed in time",
            "a conexão segura não foi negociada a tempo";
        /// The head of an answer took longer than the webhook allows for the whole exchange.
        Timeout = "timeout", "no answer came in time", "nenhuma resposta chegou a tempo";
        /// The connection ended before the answer's head did.
        Reset = "reset", "the server closed the connection before it had answered",
            "o servidor fechou a conexão antes de responder";
        Protocol = "protocol", "the answer is not valid HTTP", "a resposta não é HTTP válido";
        HeaderTooLarge = "header_too_large", "the answer's headers are too large",
            "os cabeçalhos da resposta são grandes demais";
    }
}

told! {
    /// What was remarkable about an exchange that has its status all the same.
    Note {
        /// Nothing else came of the request on the connection that had been kept.
        Resent = "resent",
            "the connection kept open since the request before had ended; sent again at once on a new one, under the same webhook-id",
            "a conexão mantida desde a requisição anterior tinha terminado; reenviado na hora por uma nova, com o mesmo webhook-id";
        BodyLate = "body_late",
            "the status came, and the answer's body was still to come",
            "o status chegou, e o corpo da resposta ainda estava por vir";
        BodyCut = "body_cut",
            "the status came, and the connection ended before the answer's body",
            "o status chegou, e a conexão terminou antes do corpo da resposta";
        BodyBroken = "body_broken",
            "the status came, and what follows it is not valid HTTP",
            "o status chegou, e o que vem depois dele não é HTTP válido";
        HeadTooLarge = "head_too_large",
            "the status came, and more headers after it than are read",
            "o status chegou, e depois dele mais cabeçalhos do que são lidos";
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

    #[test]
    fn words_are_read_back_and_said_in_both_languages() {
        for kind in ErrorKind::ALL {
            assert_eq!(ErrorKind::parse(kind.as_str()), Some(*kind));
            assert_ne!(kind.text().en, kind.text().pt_br);
        }
        for note in Note::ALL {
            assert_eq!((Note::parse(note.as_str()), ErrorKind::parse(note.as_str())), (Some(*note), None));
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
