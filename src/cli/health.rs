//! `ramal health`: asks a running program whether it is well; for containers, in which there is no other program that could.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use clap::Args;
use ramal::domain::Lang;
use ramal::texts::say;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use url::Url;

use super::failure::Failure;

/// For everything; whoever asks gives up soon after.
const DEADLINE: Duration = Duration::from_secs(3);
/// As much of the answer as is looked at.
const MOST_BYTES: u64 = 4_096;

#[derive(Args)]
pub struct HealthArguments {
    /// Whether it can write events down, not only whether it answers
    #[arg(long)]
    ready: bool,
    /// What to ask instead, over http; 200 is well [default: where the settings say that the program listens]
    #[arg(long, conflicts_with = "ready")]
    url: Option<Url>,
}

impl HealthArguments {
    /// What is asked; `listen` is the settings' word, read only where it is needed.
    fn asked(&self, listen: impl FnOnce() -> Result<SocketAddr, Failure>) -> Result<Url, Failure> {
        if let Some(url) = &self.url {
            return Ok(url.clone());
        }
        let path = if self.ready { "readyz" } else { "healthz" };
        let url = format!("http://{}/{path}", from_here(listen()?));
        Ok(Url::parse(&url).expect("an address and a path are a URL"))
    }
}

/// Where a program that listens here is found: on every address means on this machine's own too.
fn from_here(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

pub async fn run(
    given: HealthArguments,
    listen: impl FnOnce() -> Result<SocketAddr, Failure>,
    lang: Lang,
) -> Result<(), Failure> {
    let url = given.asked(listen)?;
    let sick = |why: String| Failure::Health { url: url.to_string(), why };
    let late = |_| sick(say(lang, "health-late").text());
    let answer =
        timeout(DEADLINE, ask(&url)).await.map_err(late)?.map_err(|error| sick(error.to_string()))?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.split(' ').nth(1).unwrap_or_default();
    if status == "200" {
        return Ok(());
    }
    let told = body.lines().next().unwrap_or_default();
    Err(sick(format!("{status} {told}").trim().to_owned()))
}

async fn ask(url: &Url) -> std::io::Result<String> {
    let (Some(host), Some(port), "http") = (url.host_str(), url.port_or_known_default(), url.scheme()) else {
        return Err(std::io::Error::new(std::io::ErrorKind::InvalidInput, "not http://host[:port]/path"));
    };
    let mut stream = TcpStream::connect((host.trim_matches(['[', ']']), port)).await?;
    let path = &url[url::Position::BeforePath..url::Position::AfterQuery];
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(MOST_BYTES).read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_asks_where_the_program_is_found_from_here() {
        for (listen, found) in [
            ("0.0.0.0:3000", "http://127.0.0.1:3000/healthz"),
            ("[::]:3000", "http://[::1]:3000/healthz"),
            ("10.1.2.3:80", "http://10.1.2.3/healthz"),
        ] {
            let given = HealthArguments { ready: false, url: None };
            let asked = given.asked(|| Ok(listen.parse().expect("an address"))).expect("a URL");
            assert_eq!(asked.as_str(), found);
        }
    }
}
