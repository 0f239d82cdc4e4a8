//! Variables that are no settings: Kubernetes puts some into every container for each service of its namespace, and so did
//! Docker for linked containers. Those of a service called `ramal`, or `ramal-` and anything, begin like ours.
//!
//! They are told by their whole shape, name and value (`RAMAL_WEB_PORT=tcp://10.0.0.1:8080`), whatever the service is called:
//! `RAMAL_LISTEN_PORT=8080` is still a setting that does not exist.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::section::PREFIX;

/// What remains when the variables about services are taken out.
pub(super) fn without(env: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let is_ours = |(name, value): &(&String, &String)| name.starts_with(PREFIX) && !is_one(env, name, value);
    env.iter().filter(is_ours).map(|(name, value)| (name.clone(), value.clone())).collect()
}

fn is_one(env: &BTreeMap<String, String>, name: &str, value: &str) -> bool {
    // `RAMAL` itself is a service's name too.
    let parts: Vec<&str> = name.split('_').collect();
    (1..parts.len()).any(|at| {
        let service = parts[..at].join("_");
        says(&parts[at..], value) || is_of_linked_container(env, &service, &parts[at..], value)
    })
}

/// Whether such a name behind a service's, with such a value, says something of a service.
fn says(rest: &[&str], value: &str) -> bool {
    match rest {
        ["SERVICE", "HOST"] => is_address(value),
        ["SERVICE", "PORT", ..] => is_port(value),
        ["PORT"] => is_endpoint(value),
        ["PORT", port, protocol, of @ ..] if is_port(port) && is_protocol(protocol) => match of {
            [] | ["START" | "END"] => is_endpoint(value),
            ["PROTO"] => is_protocol(value),
            ["PORT"] => is_port(value),
            ["ADDR"] => is_address(value),
            _ => false,
        },
        _ => false,
    }
}

/// Docker's links also name the container, `/web/ramal-db`, and repeat its environment.
fn is_of_linked_container(env: &BTreeMap<String, String>, service: &str, rest: &[&str], value: &str) -> bool {
    let is_link = |text: &str| text.starts_with('/') && text.matches('/').count() == 2;
    let of_service = |key: &str| env.get(&format!("{service}_{key}")).map(String::as_str);
    let is_linked = of_service("PORT").is_some_and(is_endpoint) && of_service("NAME").is_some_and(is_link);
    match rest {
        ["NAME"] => is_linked && is_link(value),
        ["ENV", _, ..] => is_linked,
        _ => false,
    }
}

fn is_address(text: &str) -> bool {
    text.parse::<IpAddr>().is_ok()
}

fn is_port(text: &str) -> bool {
    text.parse::<u16>().is_ok()
}

fn is_protocol(text: &str) -> bool {
    ["tcp", "udp", "sctp"].iter().any(|known| text.eq_ignore_ascii_case(known))
}

/// `tcp://10.0.0.1:8080`.
fn is_endpoint(text: &str) -> bool {
    let Some((protocol, address)) = text.split_once("://") else { return false };
    let Some((host, port)) = address.rsplit_once(':') else { return false };
    is_protocol(protocol) && is_address(host.trim_matches(['[', ']'])) && is_port(port)
}
