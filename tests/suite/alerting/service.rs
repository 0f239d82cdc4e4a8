//! A service on an ephemeral port: judges what it gets by what is published, and answers as the service does.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

/// What is wrong with a message, as the service's documents have it.
pub type Judge = fn(&Value) -> Result<(), String>;

/// One request.
#[derive(Debug, Clone)]
pub struct Got {
    pub uri: String,
    pub body: Value,
}

/// An answer that is given instead of the usual one.
#[derive(Debug, Clone)]
pub struct Said {
    pub status: u16,
    pub retry_after: Option<&'static str>,
    pub body: &'static str,
}

pub struct Service {
    pub base: String,
    shared: Arc<Shared>,
    task: tokio::task::JoinHandle<()>,
}

struct Shared {
    judge: Judge,
    /// What is said of a message that is taken.
    taken: (u16, &'static str),
    next: Mutex<VecDeque<Said>>,
    got: Mutex<Vec<Got>>,
}

impl Service {
    pub async fn start(judge: Judge, taken: (u16, &'static str)) -> Self {
        let (next, got) = (Mutex::default(), Mutex::default());
        let shared = Arc::new(Shared { judge, taken, next, got });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("bound"));
        let app = Router::new().fallback(receive).with_state(shared.clone());
        let task = tokio::spawn(async move { axum::serve(listener, app).await.expect("serves") });
        Self { base, shared, task }
    }

    /// The next request is answered so.
    pub fn say(&self, said: Said) {
        self.shared.next.lock().expect("no panic inside").push_back(said);
    }

    /// What came since this was asked.
    pub fn got(&self) -> Vec<Got> {
        std::mem::take(&mut self.shared.got.lock().expect("no panic inside"))
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn receive(State(shared): State<Arc<Shared>>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let json: Result<Value, _> = serde_json::from_slice(&body);
    let is_json = headers
        .get(header::CONTENT_TYPE)
        .and_then(|it| it.to_str().ok())
        .is_some_and(|it| it.starts_with("application/json"));
    let judged = match &json {
        Ok(body) if is_json => (shared.judge)(body),
        _ => Err("it is not JSON".to_owned()),
    };
    let got = Got { uri: uri.to_string(), body: json.unwrap_or_default() };
    shared.got.lock().expect("no panic inside").push(got);
    if let Err(why) = judged {
        return (StatusCode::UNPROCESSABLE_ENTITY, why).into_response();
    }
    let next = shared.next.lock().expect("no panic inside").pop_front();
    let (status, retry_after, body) = match next {
        Some(said) => (said.status, said.retry_after, said.body),
        None => (shared.taken.0, None, shared.taken.1),
    };
    let mut response = (StatusCode::from_u16(status).expect("a status"), body).into_response();
    if let Some(after) = retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, after.parse().expect("a value"));
    }
    response
}
