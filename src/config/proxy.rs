//! The proxy that the way out leads through: `proxy`, `no_proxy` and `proxy_resolves`, or the variables that other programs
//! read too (`docs/adr/0017-the-environments-proxy-is-used.md`).

use std::fmt;

use url::Url;

use super::error::{Place, Reason};
use super::kinds::text;
use super::section::{Context, Section};
use crate::secrets::Secret;
use crate::texts::{Message, msg};

/// Where a proxy is. Shown without its credentials.
#[derive(Debug, Clone)]
pub struct ProxyAddress {
    pub tls: bool,
    pub host: String,
    pub port: u16,
    pub user: Option<String>,
    /// Empty if there is none.
    pub password: Secret,
}

impl fmt::Display for ProxyAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls { "https" } else { "http" };
        write!(f, "{scheme}://{}:{}", self.host, self.port)
    }
}

/// Which addresses are reached through which proxy.
#[derive(Debug, Clone, Default)]
pub struct ProxySettings {
    /// For `http` and `ws`.
    pub plain: Option<ProxyAddress>,
    /// For `https` and `wss`.
    pub encrypted: Option<ProxyAddress>,
    /// What is reached directly, in the spellings of `NO_PROXY`.
    pub except: Vec<String>,
    /// Names that only the proxy may be able to look up, in the same spellings.
    pub resolves: Vec<String>,
    /// A variable of other programs that names a proxy of a kind which is not spoken here; it is not used.
    pub passed_over: Option<String>,
}

/// What the setting says.
enum Given {
    Off,
    Through(ProxyAddress),
}

pub(super) fn proxy(top: &mut Section<'_>) -> ProxySettings {
    let context = top.context();
    let given = top.secret("proxy", "proxy_file", |raw| match raw.trim() {
        "off" => Ok(Given::Off),
        raw => address(raw).map(Given::Through),
    });
    let mut names = |key| top.list(key, text(|raw| Ok(raw.to_owned()))).map(|(_, names)| names);
    let (except, resolves) = (names("no_proxy"), names("proxy_resolves").unwrap_or_default());
    let except = || {
        let usual = || usual(context, "no_proxy").map(|(_, list)| list);
        let list = || usual().unwrap_or_default().split([',', ' ']).map(str::to_owned).collect();
        except.clone().unwrap_or_else(list)
    };
    match given {
        Ok(Some(Given::Off)) | Err(_) => ProxySettings::default(),
        Ok(Some(Given::Through(address))) => {
            let (plain, encrypted) = (Some(address.clone()), Some(address));
            ProxySettings { plain, encrypted, except: except(), resolves, passed_over: None }
        }
        Ok(None) => {
            let mut passed_over = None;
            let mut read = |name| {
                let (variable, raw) = usual(context, name).or_else(|| usual(context, "all_proxy"))?;
                if is_socks(&raw) {
                    passed_over = Some(variable);
                    return None;
                }
                of_variable(context, variable, &raw)
            };
            let (plain, encrypted) = (read("http_proxy"), read("https_proxy"));
            ProxySettings { plain, encrypted, except: except(), resolves, passed_over }
        }
    }
}

/// What others that read the same variables understand: not for us, and no mistake.
fn is_socks(raw: &str) -> bool {
    let scheme = raw.trim().split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    scheme.is_some_and(|scheme| scheme.starts_with("socks"))
}

/// One of the variables that many programs read, in small letters or in capitals.
fn usual(context: &Context<'_>, name: &str) -> Option<(String, String)> {
    let set = |name: String| {
        let value = context.references.get(&name).filter(|value| !value.trim().is_empty()).cloned();
        value.map(|value| (name, value))
    };
    set(name.to_owned()).or_else(|| set(name.to_ascii_uppercase()))
}

fn of_variable(context: &Context<'_>, variable: String, raw: &str) -> Option<ProxyAddress> {
    let refused =
        |expected| context.refuse(&Place::Variable(variable), "", Reason::Not { given: None, expected });
    address(raw).map_err(refused).ok()
}

/// `http://USER:PASSWORD@HOST:PORT`; the scheme may be left out.
fn address(raw: &str) -> Result<ProxyAddress, Message> {
    let wanted = || msg("setting-proxy");
    let raw = raw.trim();
    let full = if raw.contains("://") { raw.to_owned() } else { format!("http://{raw}") };
    let url = Url::parse(&full).map_err(|_| wanted())?;
    let tls = match url.scheme() {
        "http" => false,
        "https" => true,
        _ => return Err(wanted()),
    };
    let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(wanted)?;
    let port = url.port_or_known_default().filter(|port| *port > 0).ok_or_else(wanted)?;
    let user = decoded(url.username()).ok_or_else(wanted)?;
    let password = decoded(url.password().unwrap_or_default()).ok_or_else(wanted)?;
    Ok(ProxyAddress {
        tls,
        host: host.to_owned(),
        port,
        user: (!user.is_empty()).then_some(user),
        password: Secret::new(password),
    })
}

/// Percent-encoding undone; `None` if it is no text.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let digits = behind.get(..2).filter(|_| *first == b'%');
        let byte = digits.and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &behind[2..] } else { behind };
    }
    String::from_utf8(bytes).ok()
}
