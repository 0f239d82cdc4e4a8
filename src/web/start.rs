//! The page at `/`: whether the program runs, in figures that name nobody, and how to begin.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use sha2::{Digest, Sha256};

use super::body::Language;
use super::health::Probe;
use crate::domain::Lang;

const STYLE: &str = include_str!("../../static/start.css");
/// Nothing from another host, no script at all.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// One figure with its name in the reader's language.
struct Figure {
    label: &'static str,
    value: String,
}

#[derive(Template)]
#[template(path = "start.html")]
struct Start {
    lang: Lang,
    style: String,
    trouble: Option<&'static str>,
    figures: Vec<Figure>,
    host: String,
    version: &'static str,
}

impl Start {
    fn text<'a>(&self, pt: &'a str, en: &'a str) -> &'a str {
        self.lang.pick(pt, en)
    }
}

pub fn router(probe: Probe) -> Router {
    let style = format!("/static/start-{}.css", &hex::encode(Sha256::digest(STYLE))[..12]);
    let cached =
        [(header::CONTENT_TYPE, "text/css"), (header::CACHE_CONTROL, "public, max-age=31536000, immutable")];
    Router::new()
        .route(&style.clone(), get(move || async move { (cached, STYLE) }))
        .route("/", get(page))
        .with_state((probe, style))
}

async fn page(
    State((probe, style)): State<(Probe, String)>,
    Language(lang): Language,
    headers: HeaderMap,
) -> Response {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("127.0.0.1:8080");
    let figures = (probe.figures)();
    let of = |counts: &[(&'static str, usize)], state| {
        let (all, those) = counts.iter().fold((0, 0), |(all, those), (found, count)| {
            (all + count, those + if *found == state { *count } else { 0 })
        });
        format!("{those} / {all}")
    };
    let figure = |pt, en, value| Figure { label: lang.pick(pt, en), value };
    let start = Start {
        lang,
        style,
        trouble: (probe.trouble)(),
        figures: vec![
            figure("Fontes conectadas", "Sources connected", of(&figures.lines, "connected")),
            figure("Webhooks saudáveis", "Webhooks healthy", of(&figures.webhooks, "healthy")),
            figure("Entregas desde o início", "Deliveries since start", figures.delivered.to_string()),
            figure("Eventos na fila", "Events waiting", figures.backlog.to_string()),
        ],
        host: host.to_owned(),
        version: env!("CARGO_PKG_VERSION"),
    };
    match start.render() {
        Ok(html) => ([(header::CONTENT_SECURITY_POLICY, POLICY)], Html(html)).into_response(),
        Err(error) => {
            tracing::error!(%error, "the start page could not be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
