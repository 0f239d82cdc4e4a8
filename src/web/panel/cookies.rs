//! The few cookies: the token of a signed-in browser, that of one whose sign-in has ended, its notes of earlier sign-ins, the language
//! of one that is not, the appearance that was chosen, and what the last form said.

use axum::http::{HeaderMap, HeaderValue, header};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::ui::Theme;
use crate::admin::{Notes, REMEMBERED_FOR};
use crate::domain::Lang;
use crate::secrets::Secret;

const TOKEN: &str = "ramal";
const ENDED: &str = "ramal_ended";
const NOTES: &str = "ramal_known";
const LANGUAGE: &str = "ramal_lang";
const THEME: &str = "ramal_theme";
const SAID: &str = "ramal_said";
/// Seven days, as long as a sign-in lasts at most.
const TOKEN_SECONDS: u32 = 7 * 86_400;
/// As long as somebody may take to see that their sign-in has ended.
const ENDED_SECONDS: u32 = 86_400;
const YEAR_SECONDS: u32 = 365 * 86_400;
/// Longer ones were not written here.
const LONGEST_SAID: usize = 2_000;

/// One sentence for the next page: whether it went well, and the sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    pub good: bool,
    pub text: String,
}

fn value<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(found, _)| *found == name)
        .map(|(_, value)| value)
}

/// `Secure` where anything says that the browser came over TLS: itself, by the origin of a form, or a proxy in front. Whoever
/// that proxy is, this is the one word of it that is taken from anybody: it makes a cookie stricter and nothing else.
pub fn over_tls(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let proto = text("x-forwarded-proto").rsplit(',').next().unwrap_or_default().trim();
    let standard = text("forwarded").to_ascii_lowercase().replace('"', "");
    proto.eq_ignore_ascii_case("https")
        || standard.split([';', ',']).any(|pair| pair.trim() == "proto=https")
        || text("origin").starts_with("https://")
}

fn cookie(name: &str, value: &str, seconds: u32, request: &HeaderMap) -> HeaderValue {
    let secure = if over_tls(request) { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}");
    HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

pub fn token(headers: &HeaderMap) -> Option<Secret> {
    value(headers, TOKEN).filter(|token| (20..=100).contains(&token.len())).map(Secret::from)
}

pub fn set_token(token: &Secret, request: &HeaderMap) -> HeaderValue {
    cookie(TOKEN, token.expose(), TOKEN_SECONDS, request)
}

/// The token of a sign-in that has ended, which opens nothing: it says why somebody is to sign in, and whose a form was.
pub fn ended(headers: &HeaderMap) -> Option<Secret> {
    value(headers, ENDED).filter(|token| (20..=100).contains(&token.len())).map(Secret::from)
}

pub fn set_ended(token: &Secret, request: &HeaderMap) -> HeaderValue {
    cookie(ENDED, token.expose(), ENDED_SECONDS, request)
}

pub fn clear_ended(request: &HeaderMap) -> HeaderValue {
    cookie(ENDED, "", 0, request)
}

/// What this browser keeps of earlier sign-ins.
pub fn notes(headers: &HeaderMap) -> Notes {
    value(headers, NOTES).map(Notes::parse).unwrap_or_default()
}

pub fn set_notes(notes: &Notes, request: &HeaderMap) -> HeaderValue {
    let seconds = u32::try_from(REMEMBERED_FOR.as_secs()).unwrap_or(u32::MAX);
    cookie(NOTES, notes.text().expose(), seconds, request)
}

pub fn clear_token(request: &HeaderMap) -> HeaderValue {
    cookie(TOKEN, "", 0, request)
}

/// The language chosen in this browser, else the one that it asks for.
pub fn language(headers: &HeaderMap) -> Lang {
    match value(headers, LANGUAGE) {
        Some("pt-BR") => Lang::Pt,
        Some("en") => Lang::En,
        _ => {
            let asked = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
            Lang::from_accept_language(asked.unwrap_or_default())
        }
    }
}

pub fn set_language(lang: Lang, request: &HeaderMap) -> HeaderValue {
    cookie(LANGUAGE, lang.tag(), YEAR_SECONDS, request)
}

/// The appearance chosen in this browser.
pub fn theme(headers: &HeaderMap) -> Option<Theme> {
    value(headers, THEME).and_then(Theme::parse)
}

/// None is the system's again.
pub fn set_theme(theme: Option<Theme>, request: &HeaderMap) -> HeaderValue {
    match theme {
        Some(theme) => cookie(THEME, theme.as_str(), YEAR_SECONDS, request),
        None => cookie(THEME, "", 0, request),
    }
}

pub fn said(headers: &HeaderMap) -> Option<Said> {
    let raw = value(headers, SAID).filter(|raw| raw.len() <= LONGEST_SAID)?;
    let (tone, text) = raw.split_once('.')?;
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
    Some(Said { good: tone == "good", text })
}

pub fn set_said(said: &Said, request: &HeaderMap) -> HeaderValue {
    let text: String = said.text.chars().take(400).collect();
    let tone = if said.good { "good" } else { "bad" };
    cookie(SAID, &format!("{tone}.{}", URL_SAFE_NO_PAD.encode(text)), 60, request)
}

pub fn clear_said(request: &HeaderMap) -> HeaderValue {
    cookie(SAID, "", 0, request)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(cookie: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, cookie.parse().expect("a header"));
        headers
    }

    #[test]
    fn what_was_said_comes_back() {
        let said_now = Said { good: true, text: "Empresa “Ação; e=reação” criada.".into() };
        let set = set_said(&said_now, &HeaderMap::new());
        let pair = set.to_str().expect("text").split(';').next().expect("a pair").to_owned();
        assert_eq!(said(&with(&format!("x=1; {pair}"))), Some(said_now));
        assert_eq!(said(&with("ramal_said=good.%%%")), None);
    }

    #[test]
    fn the_choice_counts_more_than_the_browsers_wish() {
        let mut headers = with("ramal_lang=en");
        headers.insert(header::ACCEPT_LANGUAGE, "pt-BR".parse().expect("a header"));
        assert_eq!(language(&headers), Lang::En);
        headers.remove(header::COOKIE);
        assert_eq!(language(&headers), Lang::Pt);
    }

    #[test]
    fn only_a_browser_on_tls_is_told_secure() {
        let mut request = HeaderMap::new();
        let token = Secret::new("t".repeat(43));
        assert!(!set_token(&token, &request).to_str().expect("text").contains("Secure"));
        for (name, value) in [
            ("x-forwarded-proto", "https"),
            ("x-forwarded-proto", "http, HTTPS"),
            ("forwarded", "for=192.0.2.1;Proto=\"https\""),
            ("origin", "https://ramal.example"),
        ] {
            request = HeaderMap::new();
            request.insert(name, value.parse().expect("a header"));
            let set = set_token(&token, &request);
            let set = set.to_str().expect("text");
            assert!(
                set.contains("; Secure") && set.contains("HttpOnly") && set.contains("SameSite=Lax"),
                "{name}: {set}"
            );
        }
    }
}
