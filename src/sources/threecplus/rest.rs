//! 3C Plus's own REST API, asked one thing: whether a token is good.
//!
//! What must hold here: a token is told to nobody but the service, or the server that its socket is at; it stands in no
//! verdict; a check ends within [`LONGEST`] and asks at most twice.
//!
//! How it works: `GET /me` is the documented test of a token, with the agent's id if the account has one. Nobody has
//! reported it for service tokens of managers, so where it does not say yes, `GET /campaigns` is asked too, which only
//! managers may. An answer counts as the service's when it is JSON: under load the service answers 200 with nothing, and
//! another server may have a page for every path.

use std::time::Duration;

use http::StatusCode;
use reqwest::Method;
use serde_json::Value;
use url::Url;

use super::settings::{PRESETS, SocketUrl};
use crate::net::provider::{ProviderClient, read_body, word};
use crate::secrets::Secret;
use crate::sources::TokenVerdict;

/// Both questions together.
const LONGEST: Duration = Duration::from_secs(5);
/// Bytes of an answer that are read.
const MAX_BODY: usize = 1 << 20;
/// Characters of the service's words that are kept.
const MAX_SAID: usize = 200;
/// Takes the token of any company.
const SERVICE: &str = "https://app.3c.plus/api/v1/";

/// Where the API of a socket's service is: the service's own address for the known ones, else the same server.
pub fn base(socket: &SocketUrl) -> Url {
    let service = || Url::parse(SERVICE).expect("tested");
    let socket = socket.url();
    let known = |preset: &Url| preset.host() == socket.host() && socket.port().is_none();
    if PRESETS.iter().filter_map(|preset| Url::parse(preset.url).ok()).any(|preset| known(&preset)) {
        return service();
    }
    let scheme = if matches!(socket.scheme(), "https" | "wss") { "https" } else { "http" };
    let mut base = socket.clone();
    // Among the web's own schemes this is always taken.
    let _ = base.set_scheme(scheme);
    base.set_path("/api/v1/");
    base
}

/// Asks the API at `base` whether it takes the token. `agent` is the id that a token of an agent's role needs.
pub async fn check_token(
    client: &ProviderClient,
    base: &Url,
    token: &Secret,
    agent: Option<&str>,
) -> TokenVerdict {
    let asking = async {
        let me = ask(client, base, "me", token, agent).await?;
        if me.is_yes() {
            return Ok(TokenVerdict::Valid);
        }
        let campaigns = ask(client, base, "campaigns?per_page=1", token, None).await?;
        Ok(match (me.status, campaigns.status) {
            _ if campaigns.is_yes() => TokenVerdict::Valid,
            (StatusCode::UNAUTHORIZED, _) => TokenVerdict::Refused { said: me.said(token) },
            (_, StatusCode::UNAUTHORIZED) => TokenVerdict::Refused { said: campaigns.said(token) },
            // 400 is the answer to an agent's token without the agent's id.
            (_, StatusCode::FORBIDDEN | StatusCode::BAD_REQUEST) if campaigns.body.is_some() => {
                TokenVerdict::AgentRole
            }
            (_, status) => TokenVerdict::Unclear { status: status.as_u16() },
        })
    };
    let asked = tokio::time::timeout(LONGEST, asking).await;
    asked.map_or(TokenVerdict::TIMEOUT, |told| told.unwrap_or_else(|word| TokenVerdict::Unreached { word }))
}

struct Answer {
    status: StatusCode,
    /// If it is a JSON object or array.
    body: Option<Value>,
}

async fn ask(
    client: &ProviderClient,
    base: &Url,
    path: &str,
    token: &Secret,
    agent: Option<&str>,
) -> Result<Answer, &'static str> {
    let url = base.join(path).map_err(|_| "other")?;
    let mut request = client.request(Method::GET, url).await.map_err(|error| error.word())?;
    if let Some(agent) = agent {
        request = request.header("X-Agent-Id", agent);
    }
    let response = request.bearer_auth(token.expose()).send().await.map_err(|error| word(&error))?;
    let status = response.status();
    let body = read_body(response, MAX_BODY).await.unwrap_or_default();
    let body = serde_json::from_slice(&body).ok().filter(|body: &Value| body.is_object() || body.is_array());
    Ok(Answer { status, body })
}

impl Answer {
    fn is_yes(&self) -> bool {
        self.status == StatusCode::OK && self.body.is_some()
    }

    /// The envelope's words for people, unless they repeat the token.
    fn said(&self, token: &Secret) -> Option<String> {
        let body = self.body.as_ref()?;
        let words = ["title", "detail"].into_iter().filter_map(|key| body.get(key)?.as_str().map(str::trim));
        let mut words: Vec<_> = words.filter(|words| !words.is_empty()).collect();
        words.dedup();
        let said = words.join(": ");
        let usable = !said.is_empty() && !said.contains(token.expose());
        usable.then(|| said.chars().filter(|c| !c.is_control()).take(MAX_SAID).collect())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use axum::Router;
    use axum::routing::get;
    use tokio::net::TcpListener;

    use super::*;
    use crate::net::{Allow, Dialer, Guard, SystemResolver, client_config};

    const TOKEN: &str = "3cs_0123456789";

    fn client(allow: &[&str]) -> ProviderClient {
        let allow = Allow::new(allow.iter().map(|network| network.parse().expect("a network")));
        let guard = Arc::new(Guard::new(allow, Arc::new(SystemResolver::new())));
        let tls = client_config(None).expect("no extra authority");
        ProviderClient::new(&Dialer::new(guard, tls)).expect("a client")
    }

    async fn verdict(me: (u16, &'static str), campaigns: (u16, &'static str)) -> TokenVerdict {
        let answer = |(status, body): (u16, &'static str)| {
            get(async move || (StatusCode::from_u16(status).expect("a status"), body))
        };
        let router =
            Router::new().route("/api/v1/me", answer(me)).route("/api/v1/campaigns", answer(campaigns));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let socket = format!("ws://{}/socket", listener.local_addr().expect("bound"));
        let serving = tokio::spawn(async move { axum::serve(listener, router).await });
        let base = base(&socket.parse().expect("a URL"));
        let verdict = check_token(&client(&["127.0.0.0/8"]), &base, &Secret::new(TOKEN), None).await;
        serving.abort();
        verdict
    }

    #[test]
    fn a_token_goes_to_the_service_or_where_its_socket_is() {
        let base = |socket: &str| base(&socket.parse().expect("a URL")).to_string();
        for preset in PRESETS {
            assert_eq!(base(preset.url), SERVICE);
        }
        assert_eq!(base("wss://socket.3c.plus/socket.io"), SERVICE);
        assert_eq!(base("wss://voz.example:8443/a"), "https://voz.example:8443/api/v1/");
        assert_eq!(base("https://socket.3c.plus.example"), "https://socket.3c.plus.example/api/v1/");
        assert_eq!(base("http://127.0.0.1:3000/socket"), "http://127.0.0.1:3000/api/v1/");
        assert_eq!(base("ws://[::1]:9"), "http://[::1]:9/api/v1/");
    }

    #[tokio::test]
    async fn answers_are_read_as_documented() {
        const GOOD: (u16, &str) = (200, r#"{"status":200,"data":{}}"#);
        const NO: (u16, &str) = (401, r#"{"status":401,"title":"Token de serviço inválido","detail":""}"#);
        const AGENT: (u16, &str) = (403, r#"{"status":403,"title":"Proibido"}"#);
        let refused = |said: Option<&str>| TokenVerdict::Refused { said: said.map(str::to_owned) };
        let unclear = |status| TokenVerdict::Unclear { status };
        assert_eq!(verdict(GOOD, NO).await, TokenVerdict::Valid);
        assert_eq!(verdict(NO, GOOD).await, TokenVerdict::Valid, "a manager's service token");
        assert_eq!(verdict(NO, NO).await, refused(Some("Token de serviço inválido")));
        assert_eq!(verdict((401, ""), (503, "")).await, refused(None));
        let echo = (401, r#"{"title":"Não há 3cs_0123456789"}"#);
        assert_eq!(verdict(echo, NO).await, refused(None), "the token is in no verdict");
        assert_eq!(verdict((400, "{}"), AGENT).await, TokenVerdict::AgentRole);
        assert_eq!(verdict((400, "{}"), (400, "{}")).await, TokenVerdict::AgentRole);
        assert_eq!(verdict((403, "<html>"), (403, "<html>")).await, unclear(403), "a firewall's page");
        assert_eq!(verdict((503, ""), (503, "{}")).await, unclear(503));
        assert_eq!(verdict((200, ""), (200, "")).await, unclear(200));
        assert_eq!(verdict((200, ""), GOOD).await, TokenVerdict::Valid, "nothing, as under load");
    }

    #[tokio::test]
    async fn what_is_not_reached_says_why() {
        let asked = async |allow: &[&str], base: &str| {
            let base = Url::parse(base).expect("a URL");
            check_token(&client(allow), &base, &Secret::new(TOKEN), None).await
        };
        let unreached = |word| TokenVerdict::Unreached { word };
        assert_eq!(asked(&["127.0.0.0/8"], "http://127.0.0.1:1/api/v1/").await, unreached("other"));
        assert_eq!(asked(&[], "http://127.0.0.1:1/api/v1/").await, unreached("not_permitted"));
        assert_eq!(asked(&[], "http://localhost:1/api/v1/").await, unreached("not_permitted"));
    }
}
