//! Static files: embedded, each under a name that holds its content's hash, so that a browser may keep it for ever.

use std::collections::HashMap;
use std::sync::LazyLock;

use axum::Router;
use axum::body::Bytes;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use sha2::{Digest, Sha256};

use super::Panel;

macro_rules! files {
    ($($name:literal: $kind:literal),+ $(,)?) => {
        /// Name below `static/`, media type, content. A file that another names (`url("…")` in the style) stands first.
        const FILES: &[(&str, &str, &[u8])] = &[ $(
            ($name, $kind, include_bytes!(concat!("../../../static/", $name)))
        ),+ ];
    };
}

files! {
    "favicon.svg": "image/svg+xml",
    "favicon-incident.svg": "image/svg+xml",
    "outcomes.svg": "image/svg+xml",
    "vendor/ibm-plex-mono/ibm-plex-mono-latin-400-normal.woff2": "font/woff2",
    "vendor/ibm-plex-mono/ibm-plex-mono-latin-600-normal.woff2": "font/woff2",
    "vendor/inter/inter-latin-wght-normal.woff2": "font/woff2",
    "vendor/lucide/sprite.svg": "image/svg+xml",
    "vendor/htmx/htmx.min.js": "text/javascript; charset=utf-8",
    "answer.js": "text/javascript; charset=utf-8",
    "phone.js": "text/javascript; charset=utf-8",
    "ringing.js": "text/javascript; charset=utf-8",
    "events.js": "text/javascript; charset=utf-8",
    "scripted.js": "text/javascript; charset=utf-8",
    "live.js": "text/javascript; charset=utf-8",
    "palette.js": "text/javascript; charset=utf-8",
    "panel.js": "text/javascript; charset=utf-8",
    "webhook.js": "text/javascript; charset=utf-8",
    "style.css": "text/css; charset=utf-8",
    "board.css": "text/css; charset=utf-8",
    "answer.css": "text/css; charset=utf-8",
}

struct Assets {
    /// By the name below `static/`.
    urls: HashMap<&'static str, String>,
    /// By the last part of the URL.
    served: HashMap<String, (&'static str, Bytes)>,
}

static ASSETS: LazyLock<Assets> = LazyLock::new(|| {
    let mut assets = Assets { urls: HashMap::new(), served: HashMap::new() };
    for (name, kind, content) in FILES {
        let content = match *kind {
            "text/css; charset=utf-8" => with_hashed_urls(content, &assets.urls),
            _ => Bytes::from_static(content),
        };
        let file = name.rsplit('/').next().unwrap_or(name);
        let (stem, extension) = file.rsplit_once('.').unwrap_or((file, ""));
        let hash = hex::encode(Sha256::digest(&content));
        let file = format!("{stem}-{}.{extension}", &hash[..12]);
        assets.urls.insert(name, format!("/static/{file}"));
        assets.served.insert(file, (kind, content));
    }
    assets
});

/// The style with the real address of each file that it names.
fn with_hashed_urls(content: &[u8], urls: &HashMap<&str, String>) -> Bytes {
    let mut text = String::from_utf8_lossy(content).into_owned();
    for (name, url) in urls {
        text = text.replace(&format!("url(\"{name}\")"), &format!("url(\"{url}\")"));
    }
    Bytes::from(text)
}

/// Where a file of `static/` is served.
pub fn url(name: &str) -> &'static str {
    ASSETS.urls.get(name).map_or("", String::as_str)
}

pub fn routes() -> Router<Panel> {
    Router::new().route("/static/{file}", get(serve))
}

async fn serve(Path(file): Path<String>) -> Response {
    match ASSETS.served.get(&file) {
        Some((kind, content)) => {
            let headers = [
                (header::CONTENT_TYPE, *kind),
                (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
            ];
            (headers, content.clone()).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_style_names_only_files_that_are_served() {
        let style = ASSETS.served.iter().find(|(name, _)| name.starts_with("style-")).expect("a style").1;
        let text = std::str::from_utf8(&style.1).expect("text");
        let named: Vec<_> = text.split("url(\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert!(named.len() >= 3, "{named:?}");
        for url in named {
            let file = url.strip_prefix("/static/").unwrap_or_else(|| panic!("{url} is not ours"));
            assert!(ASSETS.served.contains_key(file), "{url}");
        }
    }
}
