//! The picture of the line: what comes in on the left, the program, and what goes out to each webhook on the right. How wide a way
//! is says how much goes over it; how it is drawn says how it goes, and the words beside it say both.

use askama::Template;
use askama::filters::HtmlSafe;

use super::parts::{Badge, Icon, Tone, icon};
use super::ui::Moment;
use super::webhooks::health;
use super::{Ui, lines};
use crate::admin::{Flow as Way, LinePicture, SourceView, WebhookPicture};
use crate::domain::CompanyId;
use crate::watch::counted;

/// Webhooks that are drawn; the others are counted.
const DRAWN: usize = 8;
/// Height of one way, in pixels.
const ROW: usize = 64;
const SOURCE_ROW: usize = 72;

/// The picture as a page holds it.
#[derive(Template)]
#[template(path = "panel/parts/flow.html")]
pub struct Picture {
    ui: Ui,
    sources: Vec<Source>,
    outs: Vec<Out>,
    /// How many webhooks there are beyond those drawn, and where they are.
    more: Option<(usize, String)>,
    events: String,
    height: usize,
    ins: Vec<Path>,
    ways: Vec<Path>,
}

impl HtmlSafe for Picture {}

struct Source {
    name: &'static str,
    badge: Badge,
    since: Option<Moment>,
}

struct Out {
    href: String,
    name: String,
    class: &'static str,
    badge: Badge,
    /// What goes out, or what waits.
    much: String,
    /// What is the matter.
    why: Option<String>,
    /// It holds back: drawn as a tank.
    holds: bool,
}

/// A way, from the left edge of its drawing to the right one, which is 100 wide.
struct Path {
    class: &'static str,
    width: String,
    from: String,
    to: String,
}

impl Picture {
    pub fn new(ui: &Ui, company: CompanyId, picture: LinePicture) -> Self {
        let all = picture.webhooks.len();
        let outs: Vec<_> = picture.webhooks.into_iter().take(DRAWN).collect();
        let height = (outs.len() * ROW).max(picture.sources.len() * SOURCE_ROW).max(ROW);
        let middle = height / 2;
        let place = |at: usize, of: usize| (2 * at + 1) * height / (2 * of.max(1));
        let ins = picture.sources.iter().enumerate().map(|(at, source)| Path {
            class: if source.status.state == "connected" { "flows" } else { "cut" },
            width: width(if source.status.state == "connected" { picture.events_a_minute } else { 0 }),
            from: place(at, picture.sources.len()).to_string(),
            to: middle.to_string(),
        });
        let ways = outs.iter().enumerate().map(|(at, out)| Path {
            class: out.flow.as_str(),
            width: width(out.delivered_a_minute),
            from: middle.to_string(),
            to: place(at, outs.len()).to_string(),
        });
        Self {
            ins: ins.collect(),
            ways: ways.collect(),
            events: ui.say("flow-events").with("n", picture.events_a_minute).text(),
            more: (all > DRAWN).then(|| (all - DRAWN, format!("/companies/{company}/webhooks"))),
            height,
            sources: picture.sources.iter().map(|source| source_of(ui, source)).collect(),
            outs: outs.into_iter().map(|out| out_of(ui, company, out)).collect(),
            ui: ui.clone(),
        }
    }
}

/// Two pixels for what is quiet, one more for each doubling: a thousand a minute is twelve.
fn width(per_minute: u64) -> String {
    (2 + per_minute.checked_ilog2().map_or(0, |log| log + 1).min(14)).to_string()
}

fn source_of(ui: &Ui, source: &SourceView) -> Source {
    Source {
        name: crate::sources::name(source.provider),
        badge: lines::badge(ui, &source.status),
        since: lines::moment(source.status.since.as_deref()).map(|at| ui.ago(at)),
    }
}

fn out_of(ui: &Ui, company: CompanyId, out: WebhookPicture) -> Out {
    let badge =
        |tone, sign: Icon, flow: Way| Badge::new(tone, sign, &ui.say("flow-way").with("way", flow.as_str()));
    let waits = !out.backlog.is_empty();
    let much = if waits {
        ui.say("flow-waiting").with("n", counted(out.backlog).text(ui.lang)).text()
    } else {
        ui.say("flow-a-minute").with("n", out.delivered_a_minute).text()
    };
    let next = out.next_try_at.filter(|at| *at > ui.now);
    let next = next.map(|at| ui.say("webhook-next-try").with("time", ui.short(at)).text());
    Out {
        href: format!("/companies/{company}/webhooks/{}", out.id),
        name: out.name,
        class: out.flow.as_str(),
        badge: match out.flow {
            Way::Flows => health::at_rest(ui, out.delivered, out.failed),
            Way::Paused => badge(Tone::Off, icon("circle-pause"), out.flow),
            Way::Slow | Way::Unsteady => badge(Tone::Warn, icon("refresh-cw"), out.flow),
            Way::Fails => badge(Tone::Bad, icon("triangle-alert"), out.flow),
        },
        much,
        why: match (out.why, next) {
            (Some(why), Some(next)) => Some(format!("{why}. {next}")),
            (why, next) => why.or(next),
        },
        holds: waits && matches!(out.flow, Way::Fails | Way::Paused),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What stands beside a webhook is what its page and its list say.
    #[test]
    fn one_that_never_delivered_is_ready_and_not_delivering() {
        let ui = Ui::new(crate::domain::Lang::Pt, None, crate::domain::Timestamp(0));
        let out = |delivered, failed| {
            let picture = WebhookPicture {
                id: "webhook_1".into(),
                name: "CRM".into(),
                flow: Way::Flows,
                delivered,
                failed,
                delivered_a_minute: 0,
                backlog: crate::domain::Backlog::default(),
                why: None,
                next_try_at: None,
            };
            out_of(&ui, CompanyId(1), picture).badge.render().expect("renders")
        };
        assert!(out(false, false).contains("Pronto para receber"));
        assert!(out(false, true).contains("Nada entregue"));
        assert!(out(true, true).contains("Em dia"));
    }

    #[test]
    fn a_way_is_wider_by_a_pixel_for_each_doubling() {
        let widths = [0, 1, 2, 3, 4, 1_000, 100_000, u64::MAX].map(width);
        assert_eq!(widths, ["2", "3", "4", "4", "5", "12", "16", "16"]);
    }
}
