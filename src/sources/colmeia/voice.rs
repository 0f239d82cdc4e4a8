//! How a browser gets at the voice of a call: the offer of its `connect`, and the servers that help it to find the way.

use super::body::Body;
use super::fields::TURN_PASSWORD;
use super::settings::Settings;
use crate::domain::{Event, ValueFault};
use crate::sources::acting::Access;
use crate::sources::members::Members;
use crate::sources::settings::SettingFault;
use crate::sources::voice::{Ice, IceServer, Voice};
use crate::texts::msg;

/// See [`Voice`].
pub(super) struct Calling;

/// What is set to ask no server.
pub const NONE: &str = "none";
/// The usual one, as in Colmeia's own sample.
pub const USUAL: &str = "stun:stun.l.google.com:19302";
/// Characters of all addresses together, and how many there are.
pub const LONGEST: usize = 1_000;
const MOST: usize = 8;
/// Characters of a user or a password.
pub const LONGEST_CREDENTIAL: usize = 512;
/// The event that brings an offer.
const CONNECT: &str = "connect";

impl Voice for Calling {
    fn offer(&self, event: &Event) -> Option<String> {
        if &*event.name != CONNECT {
            return None;
        }
        let session = Body(Members::of(&event.payload, true)?).session()?;
        // Where nothing is said of its kind it is what this event brings.
        let is_offer = session.kind.is_empty() || session.kind.eq_ignore_ascii_case("offer");
        is_offer.then(|| session.sdp.into_owned())
    }

    fn answers(&self) -> &'static str {
        super::acting::ACCEPT
    }

    fn ice(&self, access: &Access<'_>) -> Ice {
        let settings = Settings::read(access.config);
        let (turn, stun): (Vec<_>, Vec<_>) = settings.ice_servers.into_iter().partition(|url| is_turn(url));
        let open = IceServer { urls: stun, username: None, credential: None };
        let password = access.secrets.get(TURN_PASSWORD).map(|secret| secret.expose().to_owned());
        let closed = IceServer { urls: turn, username: settings.turn_user, credential: password };
        let ice_servers = [open, closed].into_iter().filter(|server| !server.urls.is_empty()).collect();
        Ice { ice_servers, ice_transport_policy: if settings.relay_only { "relay" } else { "all" } }
    }
}

fn is_turn(url: &str) -> bool {
    url.starts_with("turn")
}

/// Whether what is set goes to TURN servers that were not set before: a stored password is not theirs.
pub fn are_other_turns(before: &str, after: &str) -> bool {
    let before = servers(before);
    servers(after).iter().any(|url| is_turn(url) && !before.contains(url))
}

/// The addresses of a list, as they are set: with commas or spaces between them.
pub fn servers(list: &str) -> Vec<String> {
    if list.trim() == NONE {
        return Vec::new();
    }
    list.split([',', ' ', '\n', '\r', '\t']).filter(|one| !one.is_empty()).map(str::to_owned).collect()
}

/// Judges a list: `stun:host[:port]`, `turn:host[:port][?transport=udp|tcp]` and their kinds over TLS, `stuns` and `turns` (RFC 7064, 7065).
pub fn judge(raw: &str) -> Result<String, SettingFault> {
    if raw.chars().count() > LONGEST {
        return Err(ValueFault::TooLong { max: LONGEST }.into());
    }
    if raw.trim() == NONE {
        return Ok(NONE.to_owned());
    }
    let all = servers(raw);
    if all.len() > MOST {
        return Err(ValueFault::TooMany { max: MOST }.into());
    }
    match all.iter().find(|one| !is_server(one)) {
        Some(wrong) => Err(SettingFault::Own {
            code: "ice_server",
            message: msg("colmeia-ice-server").with("server", wrong.clone()),
        }),
        None => Ok(all.join(", ")),
    }
}

fn is_server(url: &str) -> bool {
    let Some((scheme, rest)) = url.split_once(':') else { return false };
    let (place, transport) = rest.split_once('?').map_or((rest, None), |(place, query)| (place, Some(query)));
    let is_known = match scheme {
        "stun" | "stuns" => transport.is_none(),
        "turn" | "turns" => transport.is_none_or(|query| matches!(query, "transport=udp" | "transport=tcp")),
        _ => false,
    };
    is_known && is_place(place)
}

/// `host`, `host:port`, an IPv6 address in brackets.
fn is_place(place: &str) -> bool {
    let (host, port) = match place.strip_prefix('[') {
        Some(bracketed) => match bracketed.split_once(']') {
            Some((host, rest)) if host.parse::<std::net::Ipv6Addr>().is_ok() => {
                (host, rest.strip_prefix(':').or((!rest.is_empty()).then_some("?")))
            }
            _ => return false,
        },
        None => place.split_once(':').map_or((place, None), |(host, port)| (host, Some(port))),
    };
    let is_host = !host.is_empty()
        && host.len() <= 253
        && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.:_".contains(&byte));
    is_host && port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0))
}

/// A user or a password of a TURN server.
pub fn judge_credential(raw: &str) -> Result<String, SettingFault> {
    let said = raw.trim();
    if said.chars().count() > LONGEST_CREDENTIAL {
        return Err(ValueFault::TooLong { max: LONGEST_CREDENTIAL }.into());
    }
    if said.chars().any(char::is_control) {
        return Err(SettingFault::Own { code: "turn_credential", message: msg("colmeia-turn-characters") });
    }
    Ok(said.to_owned())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;
    use crate::domain::{Keys, Timestamp};
    use crate::secrets::Secret;
    use crate::sources::telling::event;

    #[test]
    fn the_offer_is_that_of_connect_in_either_spelling_as_it_came() {
        let offer = |name: &str, payload: &str| {
            Calling.offer(&event(name, payload, Keys::default(), None, Timestamp(1)))
        };
        let sdp = "v=0\r\na=fmtp:111 0 maxplaybackrate=8000\r\n";
        let told = json!({ "rtcSession": { "type": "offer", "sdp": sdp } }).to_string();
        assert_eq!(offer("connect", &told).as_deref(), Some(sdp));
        let alike = json!({ "session": { "sdp_type": "offer", "sdp": sdp } }).to_string();
        assert_eq!(offer("connect", &alike).as_deref(), Some(sdp));
        assert_eq!(offer("accept", &told), None, "what others answered is no offer");
        let answer = json!({ "rtcSession": { "type": "answer", "sdp": sdp } }).to_string();
        assert_eq!(offer("connect", &answer), None);
        assert_eq!(offer("connect", "{}"), None);
    }

    #[test]
    fn servers_are_judged_one_by_one() {
        let right = "stun:stun.l.google.com:19302, turn:turn.exemplo.com.br:3478?transport=udp turns:[2001:db8::1]:5349";
        assert_eq!(judge(right).map(|judged| servers(&judged).len()), Ok(3));
        assert_eq!((judge(" none "), servers("none")), (Ok(NONE.to_owned()), Vec::new()));
        for wrong in [
            "http://x",
            "stun:",
            "stun:a:0",
            "stun:a:99999",
            "turn:a?transport=quic",
            "stun:a?transport=udp",
            "stun:a/b",
            "turn:[::1",
            "x",
        ] {
            assert!(judge(wrong).is_err(), "{wrong}");
        }
        assert!(judge(&"stun:a,".repeat(9)).is_err() && judge(&"s".repeat(1_001)).is_err());
    }

    #[test]
    fn a_browser_gets_the_credentials_of_turn_only_with_a_turn_server() {
        let secrets = BTreeMap::from([(TURN_PASSWORD.to_owned(), Secret::new("segredo"))]);
        let ice = |config: serde_json::Value| {
            Calling.ice(&Access { config: &config.to_string(), secrets: &secrets })
        };
        let usual = serde_json::to_value(ice(json!({}))).expect("JSON");
        assert_eq!(usual, json!({ "iceServers": [{ "urls": [USUAL] }], "iceTransportPolicy": "all" }));
        let config = json!({ "ice_servers": "stun:a, turn:b", "turn_user": "u", "relay_only": true });
        let own = serde_json::to_value(ice(config)).expect("JSON");
        let servers =
            json!([{ "urls": ["stun:a"] }, { "urls": ["turn:b"], "username": "u", "credential": "segredo" }]);
        assert_eq!(own, json!({ "iceServers": servers, "iceTransportPolicy": "relay" }));
        assert_eq!(ice(json!({ "ice_servers": "none" })).ice_servers, []);
    }
}
