//! The strip of five figures, of all that the reader sees.

use askama::Template;
use askama::filters::HtmlSafe;

use crate::admin::{OverviewView, Series};
use crate::domain::Point;
use crate::texts::Saying;
use crate::watch::counted;
use crate::web::panel::Ui;
use crate::web::panel::charts::{percent, spark};
use crate::web::panel::spark::Spark;

#[derive(Template)]
#[template(path = "panel/home/figures.html")]
pub struct Figures {
    figures: [Figure; 5],
}

impl HtmlSafe for Figures {}

struct Figure {
    label: String,
    value: String,
    small: Option<String>,
    /// Its last hour.
    spark: Option<Spark>,
}

impl Figures {
    #[expect(clippy::cast_precision_loss, reason = "figures of a minute are far below 2^53")]
    pub fn new(ui: &Ui, overview: &OverviewView, series: &Series) -> Self {
        let whole = |value| ui.decimal(value, 0);
        let figure = |label: Saying, value: String, spark| Figure {
            label: label.text(),
            value,
            small: None,
            spark: Some(spark),
        };
        let success = match overview.success {
            Some(share) => format!("{}%", percent(ui, share)),
            None => "–".to_owned(),
        };
        Self {
            figures: [
                Figure {
                    small: Some(ui.say("home-of").with("total", overview.total).text()),
                    ..figure(
                        ui.say("home-connected"),
                        ui.number(overview.connected),
                        spark(ui, series, None, |point| Some(point.connected_mean()), whole),
                    )
                },
                figure(
                    ui.say("home-events"),
                    ui.number(overview.events_a_minute),
                    spark(ui, series, None, |point| Some(point.events as f64), whole),
                ),
                figure(
                    ui.say("home-deliveries"),
                    ui.number(overview.deliveries_a_minute),
                    spark(ui, series, None, |point| Some(point.delivered as f64), whole),
                ),
                figure(
                    ui.say("home-success"),
                    success,
                    spark(ui, series, Some(1.0), Point::success, |share| format!("{}%", percent(ui, share))),
                ),
                queued(ui, overview),
            ],
        }
    }
}

/// What waits for all webhooks together, and for how long the oldest of it has.
fn queued(ui: &Ui, overview: &OverviewView) -> Figure {
    let small = overview.oldest.as_ref().map(|(at, webhook)| {
        let span = ui.span(ui.now.since(*at));
        ui.say("home-oldest").with("span", span).with("webhook", webhook).text()
    });
    Figure {
        label: ui.say("home-backlog").text(),
        value: counted(overview.backlog).text(ui.lang),
        small,
        spark: None,
    }
}
