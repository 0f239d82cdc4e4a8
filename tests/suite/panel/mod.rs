//! The panel, against the running program: over HTTP as a browser would ask, and in a real browser (`browser`).

mod access;
mod account;
mod alerts;
mod board;
mod browser;
mod calls;
mod charts;
mod companies;
mod contacts;
mod demonstration;
mod diagnosis;
mod events;
mod home;
mod incidents;
mod left;
mod lists;
mod live;
mod losses;
mod proxies;
mod replays;
mod search;
mod secrets;
mod system;
mod trials;
mod webhook_forms;
mod webhooks;
mod words;

use std::sync::Mutex;

use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::{WebSocketStream, client_async, tungstenite};

use crate::support::daemon::Daemon;

/// The WebSocket on which it is told what rings.
pub type Rings = WebSocketStream<tokio::net::TcpStream>;

/// Tests live on this machine, which the guard does not let webhooks lead to unless told.
const SETTINGS: &str = "[guard]\nallow = [\"127.0.0.0/8\"]\n";
pub const LOGIN: &str = "ana@exemplo.com";
pub const PASSWORD: &str = "cavalo bateria grampo";

/// A page as it came.
pub struct Page {
    pub status: u16,
    headers: reqwest::header::HeaderMap,
    pub body: String,
}

impl Page {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Where a redirect leads.
    pub fn to(&self) -> &str {
        assert_eq!(self.status, 303, "{}", self.body);
        self.header("location")
    }
}

/// Each of these stands in the page.
fn says(page: &Page, all: &[&str]) {
    for said in all {
        assert!(page.body.contains(said), "{said} is missing: {}", page.body);
    }
}

/// Which saved state the form of a page edits.
fn version_of(body: &str) -> &str {
    let rest = body.split(r#"name="version" value=""#).nth(1).expect("a version");
    rest.split('"').next().expect("a version")
}

/// What a browser keeps and sends: cookies, and where a form came from.
pub struct Visitor {
    base: String,
    cookies: Mutex<Vec<(String, String)>>,
    client: reqwest::Client,
}

impl Visitor {
    pub fn new(daemon: &Daemon) -> Self {
        Self::at(&daemon.base)
    }

    fn at(base: &str) -> Self {
        let tls = ramal::net::client_config(None).expect("built-in roots").as_ref().clone();
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .expect("a client");
        Self { base: base.to_owned(), cookies: Mutex::default(), client }
    }

    /// Creates the first administrator and is signed in as them.
    pub async fn first(daemon: &Daemon) -> Self {
        let visitor = Self::new(daemon);
        let code = daemon.setup_code.as_deref().expect("a fresh installation");
        let form = [("code", code), ("name", "Ana Souza"), ("login", LOGIN), ("password", PASSWORD)];
        assert_eq!(visitor.post("/setup", &form).await.to(), "/");
        visitor
    }

    fn cookie(&self, name: &str) -> Option<String> {
        let cookies = self.cookies.lock().expect("no panic inside");
        cookies.iter().find(|(found, _)| found == name).map(|(_, value)| value.clone())
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Page {
        let cookies: Vec<_> = {
            let cookies = self.cookies.lock().expect("no panic inside");
            cookies.iter().map(|(name, value)| format!("{name}={value}")).collect()
        };
        let request = if cookies.is_empty() { request } else { request.header("cookie", cookies.join("; ")) };
        let answer = request.send().await.expect("an answer");
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        for set in headers.get_all("set-cookie") {
            let pair = set.to_str().expect("text").split(';').next().expect("a pair");
            let (name, value) = pair.split_once('=').expect("a pair");
            let mut cookies = self.cookies.lock().expect("no panic inside");
            cookies.retain(|(found, _)| found != name);
            if !value.is_empty() {
                cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        Page { status, headers, body: answer.text().await.expect("a body") }
    }

    pub async fn get(&self, path: &str) -> Page {
        self.send(self.client.get(format!("{}{path}", self.base))).await
    }

    /// The handshake of the WebSocket on which it is told what rings, as from a page of this origin; what was answered where it fails.
    pub async fn rings(&self, origin: Option<&str>) -> Result<Rings, u16> {
        let address = self.base.trim_start_matches("http://");
        let mut request = format!("ws://{address}/answer/socket").into_client_request().expect("a request");
        let mut header = |name: &'static str, value: &str| {
            request.headers_mut().insert(name, value.parse().expect("a header"));
        };
        if let Some(browser) = self.cookie("ramal") {
            header("cookie", &format!("ramal={browser}"));
        }
        if let Some(origin) = origin {
            header("origin", origin);
        }
        let stream = tokio::net::TcpStream::connect(address).await.expect("it listens");
        match client_async(request, stream).await {
            Ok((socket, _)) => Ok(socket),
            Err(tungstenite::Error::Http(answer)) => Err(answer.status().as_u16()),
            Err(error) => panic!("{error}"),
        }
    }

    /// A stream of server-sent events, to be read chunk by chunk.
    async fn stream(&self, path: &str) -> reqwest::Response {
        let cookie = format!("ramal={}", self.cookie("ramal").expect("signed in"));
        let request = self.client.get(format!("{}{path}", self.base)).header("cookie", cookie);
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.status().as_u16(), 200);
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        answer
    }

    /// A form as a page of ours sends it, with the token that its pages carry.
    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> Page {
        let token = match self.cookie("ramal") {
            Some(_) => self.token().await,
            None => String::new(),
        };
        let mut form = form.to_vec();
        form.push(("_csrf", &token));
        self.post_from(path, &form, &[("origin", &self.base), ("sec-fetch-site", "same-origin")]).await
    }

    /// A form that makes a secret: the page that shows it. Loaded again, as F5 does, it shows nothing and makes nothing.
    pub async fn once(&self, path: &str, form: &[(&str, &str)]) -> Page {
        let to = self.post(path, form).await.to().to_owned();
        assert!(to.starts_with("/once/"), "{to}");
        let stranger = Self::at(&self.base).get(&to).await;
        assert!(stranger.status == 303, "it is for the browser that asked: {}", stranger.body);
        let page = self.get(&to).await;
        assert_eq!((page.status, page.header("cache-control")), (200, "no-store"), "{}", page.body);
        let again = self.get(&to).await;
        assert!(again.status == 410 && again.body.contains("O segredo já não está aqui"), "{}", again.body);
        page
    }

    /// A form with a file as a browser sends it; its token is in the part that pages of ours have it in.
    pub async fn post_file(&self, path: &str, fields: &[(&str, &str)], file: &[u8]) -> Page {
        let token = self.token().await;
        let mut body = Vec::new();
        for (name, value) in fields.iter().chain(&[("_csrf", token.as_str())]) {
            body.extend(
                format!("--limite\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
                    .bytes(),
            );
        }
        body.extend(b"--limite\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n");
        body.extend(file);
        body.extend(b"\r\n--limite--\r\n");
        let request = self.client.post(format!("{}{path}", self.base)).body(body);
        let request = request.header("content-type", "multipart/form-data; boundary=limite");
        self.send(request.header("origin", &self.base).header("sec-fetch-site", "same-origin")).await
    }

    /// A form with these headers and nothing added.
    pub async fn post_from(&self, path: &str, form: &[(&str, &str)], headers: &[(&str, &str)]) -> Page {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let mut request = self.client.post(format!("{}{path}", self.base)).body(body);
        request = request.header("content-type", "application/x-www-form-urlencoded");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request).await
    }

    /// The token in the pages of this browser.
    async fn token(&self) -> String {
        let page = self.get("/companies").await;
        let token = page.body.split(r#"name="_csrf" value=""#).nth(1).and_then(|rest| rest.split('"').next());
        token.unwrap_or_default().to_owned()
    }
}
