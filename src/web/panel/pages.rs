//! Lists that are put in order as a whole: their pages have numbers, and each stands in its own address.

use askama::Template;
use askama::filters::HtmlSafe;

use super::{Pairs, Ui};

/// Rows of a page.
pub const ON_A_PAGE: usize = 50;

/// Where the page begins that an address asks for.
pub fn asked(pairs: &Pairs) -> usize {
    let number: usize = pairs.given("page").and_then(|text| text.parse().ok()).unwrap_or(1);
    number.clamp(1, 100_000).saturating_sub(1) * ON_A_PAGE
}

/// The way to the pages beside this one. `{{ pages }}` in a template.
#[derive(Template)]
#[template(
    source = r#"{% if before.is_some() || next.is_some() %}<nav class="pager" aria-label="{{ label }}"><span class="muted">{{ here }}</span>{% if let Some((href, label)) = before %}<a class="btn" href="{{ href }}" rel="prev">{{ label }}</a>{% endif %}{% if let Some((href, label)) = next %}<a class="btn" href="{{ href }}" rel="next">{{ label }}</a>{% endif %}</nav>{% endif %}"#,
    ext = "html"
)]
pub struct Pages {
    label: String,
    /// Which rows are shown, of how many.
    here: String,
    before: Option<(String, String)>,
    next: Option<(String, String)>,
}

impl HtmlSafe for Pages {}

impl Pages {
    /// The page begins at `from`, of `found` rows; `address` is the list's without a page.
    pub fn new(ui: &Ui, address: &str, from: usize, found: usize) -> Self {
        let page = |from: usize| match from / ON_A_PAGE {
            0 => address.to_owned(),
            before => {
                format!("{address}{}page={}", if address.contains('?') { '&' } else { '?' }, before + 1)
            }
        };
        let to = (from + ON_A_PAGE).min(found);
        let here = ui.say("pages-here").with("from", ui.number(from + 1)).with("to", ui.number(to));
        Self {
            label: ui.say("pager").text(),
            here: here.with("of", ui.number(found)).text(),
            before: (from > 0).then(|| (page(from.saturating_sub(ON_A_PAGE)), ui.say("pages-before").text())),
            next: (to < found).then(|| (page(to), ui.say("pager-next").text())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Lang, Timestamp};

    #[test]
    fn pages_lead_to_each_other() {
        let ui = Ui::new(Lang::Pt, None, Timestamp(0));
        let hrefs = |from| {
            let pages = Pages::new(&ui, "/companies?q=casa", from, 120);
            (pages.before.map(|(href, _)| href), pages.next.map(|(href, _)| href), pages.here)
        };
        let page = |n: usize| Some(format!("/companies?q=casa&page={n}"));
        assert_eq!(hrefs(0), (None, page(2), "1–50 de 120".to_owned()));
        assert_eq!(hrefs(50), (Some("/companies?q=casa".to_owned()), page(3), "51–100 de 120".to_owned()));
        assert_eq!(hrefs(100), (page(2), None, "101–120 de 120".to_owned()));
        let at = |text: &str| asked(&Pairs::of([("page", text.to_owned())]));
        assert_eq!([at(""), at("1"), at("3"), at("0"), at("x")], [0, 0, 100, 0, 0]);
    }
}
