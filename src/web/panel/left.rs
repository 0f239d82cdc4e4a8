//! What somebody sent when their sign-in had ended: it is not carried out, and comes back into its form once they are in again.
//!
//! What must hold here: nothing of it is done until the form is sent again; it goes back to nobody but the person whose sign-in it
//! was, into the form that it came from; no field of a secret is kept; it is bounded in size, in number and in time, and stays in
//! memory.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::http::{HeaderMap, header};

use super::sign_in::inside;
use super::{Pairs, Panel, cookies, fields, safety, webhooks};
use crate::domain::{UserId, shown};

/// It is forgotten after this.
const WAITS: Duration = Duration::from_mins(30);
/// Forms that wait at a time, and those of one person; the oldest goes first.
const WAITING: usize = 64;
const OF_ONE: usize = 4;
/// A longer form is not kept.
pub const LARGEST: usize = 64 << 10;
/// The parameter that names it.
pub const TYPED: &str = "typed";
/// Stands for what was typed as a secret, so that its field can say that it has to be typed again.
const ERASED: &str = "…";

/// The forms that take back what was typed: where each is sent, and where it is shown. `*` is any one part of a path.
const FORMS: &[(&str, &str)] = &[
    ("/companies/new", "/companies/new"),
    ("/companies/*/settings", "/companies/*/settings"),
    ("/companies/*/sources/*", "/companies/*/sources/*"),
    ("/companies/*/webhooks/new", "/companies/*/webhooks/new"),
    ("/companies/*/webhooks/*/edit", "/companies/*/webhooks/*/edit"),
    ("/companies/*/contacts/*", "/companies/*/contacts/*"),
    ("/api-keys", "/api-keys/new"),
    ("/users", "/users/new"),
    ("/users/*", "/users/*"),
];

/// The forms that wait for their person.
#[derive(Clone, Default)]
pub struct Left(Arc<Mutex<VecDeque<Form>>>);

struct Form {
    name: String,
    owner: UserId,
    /// Where it is shown.
    path: String,
    typed: Pairs,
    left: Instant,
}

impl Left {
    fn put(&self, owner: UserId, path: String, typed: Pairs) -> String {
        let name = format!("{:032x}", rand::random::<u128>());
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|form| form.left.elapsed() < WAITS);
        if all.iter().filter(|form| form.owner == owner).count() >= OF_ONE
            && let Some(oldest) = all.iter().position(|form| form.owner == owner)
        {
            all.remove(oldest);
        }
        if all.len() >= WAITING {
            all.pop_front();
        }
        all.push_back(Form { name: name.clone(), owner, path, typed, left: Instant::now() });
        name
    }

    /// What this person left of the form at `path`.
    pub fn of(&self, name: &str, owner: UserId, path: &str) -> Option<Pairs> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_it = |form: &&Form| {
            form.name == name && form.owner == owner && form.path == path && form.left.elapsed() < WAITS
        };
        all.iter().find(is_it).map(|form| form.typed.clone())
    }
}

/// Where somebody goes on who sent a form when their sign-in had ended, and whether what they typed waits there.
pub async fn leave(panel: &Panel, headers: &HeaderMap, path: &str, body: &Bytes) -> (String, bool) {
    let is_form = headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/x-www-form-urlencoded"));
    if let Some(form) = shown_at(path).filter(|_| is_form && body.len() <= LARGEST)
        && let Some(owner) = owner(panel, headers, body).await
    {
        let name = panel.left.put(owner, form.clone(), without_secrets(&Pairs::parse(body)));
        return (format!("{form}?{TYPED}={name}"), true);
    }
    (came_from(headers), false)
}

/// Whose page the form stood in: the page carries what only pages of that sign-in do, and it is known whose that was.
async fn owner(panel: &Panel, headers: &HeaderMap, body: &Bytes) -> Option<UserId> {
    let token = cookies::token(headers).or_else(|| cookies::ended(headers))?;
    let of_page = safety::token_of(&token);
    let is_its =
        url::form_urlencoded::parse(body).any(|(name, value)| name == safety::FIELD && value == of_page);
    if is_its { panel.admin.whose(&token).await } else { None }
}

/// Where the form is shown that is sent to `path`.
fn shown_at(path: &str) -> Option<String> {
    let parts = |text: &str| text.split('/').map(str::to_owned).collect::<Vec<_>>();
    let given = parts(path);
    let fits = |pattern: &str| {
        let pattern = parts(pattern);
        pattern.len() == given.len() && pattern.iter().zip(&given).all(|(a, b)| a == "*" || a == b)
    };
    let (sent_to, shown) = FORMS.iter().find(|(sent_to, _)| fits(sent_to))?;
    Some(if sent_to == shown { path.to_owned() } else { (*shown).to_owned() })
}

/// The page that a form stood in, by what the browser says.
fn came_from(headers: &HeaderMap) -> String {
    let referer = headers.get(header::REFERER).and_then(|value| value.to_str().ok());
    let page = referer.and_then(|text| url::Url::parse(text).ok());
    let path = page.map(|page| match page.query() {
        Some(query) => format!("{}?{query}", page.path()),
        None => page.path().to_owned(),
    });
    path.map_or_else(|| "/".to_owned(), |path| inside(&path).to_owned())
}

/// What was typed, with a mark in the place of each secret.
fn without_secrets(typed: &Pairs) -> Pairs {
    let kept = typed.iter().filter(|(name, _)| *name != safety::FIELD).map(|(name, value)| {
        let value = match name {
            _ if value.is_empty() => String::new(),
            "headers" => webhooks::names_only(typed),
            name if fields::is_secret(name) => ERASED.to_owned(),
            // Keys stand in addresses.
            _ if value.contains("://") => shown(value),
            _ => value.to_owned(),
        };
        (name, value)
    });
    Pairs::of(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_shown_where_it_stood() {
        for (sent_to, shown) in [
            ("/companies/new", Some("/companies/new")),
            (
                "/companies/company_1/webhooks/webhook_2/edit",
                Some("/companies/company_1/webhooks/webhook_2/edit"),
            ),
            ("/users", Some("/users/new")),
            ("/companies/company_1/webhooks/webhook_2/pause", None),
            ("/companies/company_1/delete", None),
            ("/sign-out", None),
        ] {
            assert_eq!(shown_at(sent_to).as_deref(), shown, "{sent_to}");
        }
    }

    #[test]
    fn no_secret_is_kept() {
        let typed = Pairs::parse(
            b"_csrf=x&name=CRM&bearer=s3cret&secret=&token=s3cret&password=s3cret&headers=X-A%3A+s3cret%0As3cret\
              &url=https%3A%2F%2Fu%3As3cret%40a.example%2F%3Fk%3Ds3cret&more=call-*",
        );
        let kept = without_secrets(&typed);
        assert!(!kept.iter().any(|(_, value)| value.contains("s3cret")), "{:?}", kept.text("url"));
        assert_eq!((kept.text("name"), kept.text("more"), kept.text("_csrf")), ("CRM", "call-*", ""));
        assert_eq!((kept.text("bearer"), kept.text("secret")), (ERASED, ""));
        assert_eq!((kept.text("url"), kept.text("headers")), ("https://…@a.example/?k=…", "X-A: \n"));
    }

    #[test]
    fn it_is_for_its_person_and_its_form_and_the_oldest_goes() {
        let left = Left::default();
        let (ana, bia) = (UserId(1), UserId(2));
        let typed = || Pairs::of([("name", "A".to_owned())]);
        let first = left.put(ana, "/companies/new".into(), typed());
        let of_bia = left.put(bia, "/companies/new".into(), typed());
        assert_eq!(left.of(&first, ana, "/companies/new").expect("it waits").text("name"), "A");
        assert!(
            left.of(&first, bia, "/companies/new").is_none() && left.of(&first, ana, "/users/new").is_none()
        );
        for _ in 0..OF_ONE {
            left.put(ana, "/companies/new".into(), typed());
        }
        assert!(left.of(&first, ana, "/companies/new").is_none(), "one person has a few");
        assert!(left.of(&of_bia, bia, "/companies/new").is_some(), "and takes none of another's");
        for user in 10..100 {
            left.put(UserId(user), "/companies/new".into(), typed());
        }
        assert_eq!(left.0.lock().expect("no panic inside").len(), WAITING);
    }
}
