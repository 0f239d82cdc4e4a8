//! The one rule for where connections may go.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use ipnet::IpNet;
use url::{Host, Url};

use super::dial::micros;
use super::ranges::is_public;
use super::resolve::{Asker, Resolve};
use super::{ErrorKind, GuardError, NetError, Refusal};
use crate::domain::CompanyId;

/// How many of a name's addresses are looked at and tried; whoever owns the name decides how many it has.
const MAX_ADDRESSES: usize = 16;

/// Networks that an administrator granted besides the public internet. Order and repetition do not matter: two lists
/// of the same networks are equal, and share connections.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Allow(Vec<IpNet>);

impl Allow {
    pub fn new(networks: impl IntoIterator<Item = IpNet>) -> Self {
        let mut networks: Vec<IpNet> = networks.into_iter().map(|network| network.trunc()).collect();
        networks.sort();
        networks.dedup();
        Self(networks)
    }

    pub fn contains(&self, ip: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&ip))
    }
}

/// Judges addresses, and names by their addresses.
#[derive(Clone)]
pub struct Guard {
    allow: Allow,
    resolver: Arc<dyn Resolve>,
    asker: Asker,
    dns_deadline: Duration,
}

impl Guard {
    /// The public internet and the networks of `allow`; names have 5 s to be resolved.
    pub fn new(allow: Allow, resolver: Arc<dyn Resolve>) -> Self {
        Self { allow, resolver, asker: Asker::Node, dns_deadline: Duration::from_secs(5) }
    }

    /// The same rule, with a company's share of the look-ups.
    #[must_use]
    pub fn asking_for(&self, company: CompanyId) -> Self {
        Self { asker: Asker::Company(company), ..self.clone() }
    }

    /// The same look-ups, for whom the administrator has named: any address is permitted.
    #[must_use]
    pub(super) fn permitting_all(&self) -> Self {
        let all: [(IpAddr, u8); 2] = [(Ipv4Addr::UNSPECIFIED.into(), 0), (Ipv6Addr::UNSPECIFIED.into(), 0)];
        let allow = Allow::new(all.into_iter().filter_map(|(ip, prefix)| IpNet::new(ip, prefix).ok()));
        Self { allow, ..self.clone() }
    }

    pub fn allow(&self) -> &Allow {
        &self.allow
    }

    /// Whether a connection to this address may be made.
    pub fn is_permitted(&self, ip: IpAddr) -> bool {
        self.allow.contains(ip.to_canonical()) || self.allow.contains(ip) || is_public(ip)
    }

    /// What can be judged about a URL before its name is resolved: its form ([`Guard::check_form`]), and the address if
    /// the host is one. (`Url` has by then read odd spellings such as `0x7f.1` or `2130706433` as the addresses they
    /// are.)
    pub fn check_url(&self, url: &Url) -> Result<(), GuardError> {
        Self::check_form(url)?;
        let ip: IpAddr = match url.host() {
            None | Some(Host::Domain(_)) => return Ok(()),
            Some(Host::Ipv4(ip)) => ip.into(),
            Some(Host::Ipv6(ip)) => ip.into(),
        };
        if self.is_permitted(ip) {
            Ok(())
        } else {
            Err(GuardError::new(Refusal::NotPermitted, format_args!("{ip} is not permitted")))
        }
    }

    /// What no guard takes: another scheme than the web's, credentials in it, no host, no port.
    pub fn check_form(url: &Url) -> Result<(), GuardError> {
        if !matches!(url.scheme(), "http" | "https" | "ws" | "wss") {
            return Err(GuardError::new(Refusal::Scheme, format_args!("scheme `{}`", url.scheme())));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(GuardError::new(Refusal::UserInfo, "credentials in the URL"));
        }
        if matches!(url.port_or_known_default(), None | Some(0)) {
            return Err(GuardError::new(Refusal::Port, "port 0 or none"));
        }
        match url.host() {
            None | Some(Host::Domain("")) => Err(GuardError::new(Refusal::Host, "no host")),
            Some(_) => Ok(()),
        }
    }

    /// Resolves a host once, within the deadline, and answers with its addresses if every one of them is permitted:
    /// a name with one foot inside the network is refused whole. An address as `host` is judged without resolving.
    pub async fn vet(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, NetError> {
        let started = Instant::now();
        let mut vetted = self.addresses(host).await.and_then(|ips| {
            if let Some(ip) = ips.iter().find(|ip| !self.is_permitted(**ip)) {
                return Err(NetError::new(
                    ErrorKind::NotPermitted,
                    format_args!("`{host}` has the address {ip}, which is not permitted"),
                ));
            }
            Ok(ips.into_iter().map(|ip| SocketAddr::new(ip.to_canonical(), port)).collect())
        });
        if let Err(error) = &mut vetted {
            error.phases.dns_us = Some(micros(started.elapsed()));
        }
        vetted
    }

    /// A host's addresses, not judged: for whom the administrator has named.
    pub(super) async fn addresses(&self, host: &str) -> Result<Vec<IpAddr>, NetError> {
        if let Ok(ip) = host.parse::<IpAddr>() {
            return Ok(vec![ip]);
        }
        // The same reading of odd literals as in URLs; the system's resolver has its own.
        let name = match Host::parse(host) {
            Ok(Host::Ipv4(ip)) => return Ok(vec![ip.into()]),
            Ok(Host::Ipv6(ip)) => return Ok(vec![ip.into()]),
            Ok(Host::Domain(name)) => name,
            Err(error) => {
                return Err(NetError::new(ErrorKind::Dns, format_args!("`{host}`: {error}")));
            }
        };
        let resolving = self.resolver.resolve(self.asker, &name);
        let mut ips = match tokio::time::timeout(self.dns_deadline, resolving).await {
            Ok(Ok(ips)) => ips,
            Ok(Err(error)) => return Err(NetError::new(ErrorKind::Dns, format_args!("`{name}`: {error}"))),
            Err(_) => {
                let waited = self.dns_deadline;
                return Err(NetError::new(
                    ErrorKind::DnsTimeout,
                    format_args!("`{name}` not resolved in {waited:?}"),
                ));
            }
        };
        ips.truncate(MAX_ADDRESSES);
        if ips.is_empty() {
            return Err(NetError::new(ErrorKind::Dns, format_args!("`{name}` has no address")));
        }
        Ok(ips)
    }
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard").field("allow", &self.allow).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::BoxFuture;

    use super::super::ResolveError;
    use super::*;

    /// Answers every name with the same addresses; with none, never answers.
    struct Fixed(Vec<IpAddr>);

    impl Resolve for Fixed {
        fn resolve(&self, _: Asker, _: &str) -> BoxFuture<'static, Result<Vec<IpAddr>, ResolveError>> {
            let ips = self.0.clone();
            Box::pin(async move { if ips.is_empty() { std::future::pending().await } else { Ok(ips) } })
        }
    }

    fn guard(allow: &[&str], answers: &[&str]) -> Guard {
        let allow = Allow::new(allow.iter().map(|network| network.parse::<IpNet>().expect("a network")));
        Guard::new(allow, Arc::new(Fixed(answers.iter().map(|ip| ip.parse().expect("an address")).collect())))
    }

    fn check(guard: &Guard, url: &str) -> Result<(), Refusal> {
        let url = Url::parse(url).map_err(|_| Refusal::Malformed)?;
        guard.check_url(&url).map_err(|error| error.refusal)
    }

    #[test]
    fn ordinary_urls_pass() {
        let guard = guard(&[], &[]);
        for url in [
            "https://example.com/webhook?a=b#c",
            "http://example.com:8080",
            "wss://socket.3c.plus",
            "ws://1.1.1.1/",
            "https://[2606:4700::1111]/",
            "https://münchen.example/",
        ] {
            assert_eq!(check(&guard, url), Ok(()), "{url}");
        }
    }

    #[test]
    fn literals_are_judged_in_every_spelling() {
        let guard = guard(&[], &[]);
        for url in [
            "http://127.0.0.1/",
            "http://127.1/",
            "http://0x7f.1/",
            "http://0x7f000001/",
            "http://2130706433/",
            "http://017700000001/",
            "http://0/",
            "http://127。0。0。1/",
            "http://①②⑦.0.0.1/",
            "http://169.254.169.254/latest/meta-data/",
            "http://[::1]/",
            "http://[::]/",
            "http://[::ffff:127.0.0.1]/",
            "http://[::ffff:7f00:1]/",
            "http://[::127.0.0.1]/",
            "http://[64:ff9b::10.0.0.1]/",
            "http://[2002:7f00:1::]/",
            "http://[fd00::1]/",
            "ws://192.168.0.1/socket.io/",
        ] {
            assert_eq!(check(&guard, url), Err(Refusal::NotPermitted), "{url}");
        }
    }

    #[test]
    fn surprises_are_refused() {
        let guard = guard(&[], &[]);
        for (url, refusal) in [
            ("file:///etc/passwd", Refusal::Scheme),
            ("gopher://example.com/", Refusal::Scheme),
            ("javascript:alert(1)", Refusal::Scheme),
            ("https://user@example.com/", Refusal::UserInfo),
            ("https://example.com:pw@127.0.0.1/", Refusal::UserInfo),
            ("https://:pw@example.com/", Refusal::UserInfo),
            ("https://example.com:0/", Refusal::Port),
            ("https://", Refusal::Malformed),
            ("example.com/webhook", Refusal::Malformed),
            ("http://exa mple.com/", Refusal::Malformed),
        ] {
            assert_eq!(check(&guard, url), Err(refusal), "{url}");
        }
    }

    #[test]
    fn granted_networks_pass_and_only_they() {
        let guard = guard(&["127.0.0.0/8", "fd12::/16"], &[]);
        assert_eq!(check(&guard, "http://127.0.0.1:9000/"), Ok(()));
        assert_eq!(check(&guard, "http://[::ffff:127.0.0.1]/"), Ok(()));
        assert_eq!(check(&guard, "http://[fd12::7]/"), Ok(()));
        assert_eq!(check(&guard, "http://10.0.0.1/"), Err(Refusal::NotPermitted));
        assert_eq!(check(&guard, "http://[::1]/"), Err(Refusal::NotPermitted));
    }

    #[test]
    fn the_same_grants_are_equal_in_any_order() {
        let allow =
            |networks: [&str; 2]| Allow::new(networks.map(|n| n.parse::<IpNet>().expect("a network")));
        assert_eq!(allow(["10.0.0.0/8", "127.0.0.0/8"]), allow(["127.0.0.1/8", "10.0.0.0/8"]));
    }

    #[tokio::test]
    async fn a_name_with_one_private_address_is_refused_whole() {
        let mixed = guard(&[], &["1.1.1.1", "10.0.0.7"]).vet("example.com", 443).await.expect_err("refused");
        assert_eq!(mixed.kind, ErrorKind::NotPermitted);
        assert!(mixed.detail.for_operator().contains("10.0.0.7") && mixed.phases.dns_us.is_some());
        assert!(!mixed.to_string().contains("10.0.0.7"));
        let public = guard(&[], &["1.1.1.1", "::ffff:8.8.8.8"]).vet("example.com", 443).await;
        let expected = ["1.1.1.1:443", "8.8.8.8:443"].map(|address| address.parse().expect("an address"));
        assert_eq!(public.expect("permitted"), expected);
    }

    #[tokio::test]
    async fn literals_are_not_resolved() {
        let guard = guard(&[], &["1.1.1.1"]);
        for host in ["127.0.0.1", "0x7f.1", "2130706433", "[::1]", "::1"] {
            let error = guard.vet(host, 80).await.expect_err("refused");
            assert_eq!(error.kind, ErrorKind::NotPermitted, "{host}");
        }
        assert_eq!(guard.vet("", 80).await.expect_err("no name").kind, ErrorKind::Dns);
    }

    #[tokio::test(start_paused = true)]
    async fn a_resolver_that_never_answers_is_given_five_seconds() {
        let started = tokio::time::Instant::now();
        let error = guard(&[], &[]).vet("example.com", 443).await.expect_err("no answer");
        assert_eq!((error.kind, started.elapsed().as_secs()), (ErrorKind::DnsTimeout, 5));
    }
}
