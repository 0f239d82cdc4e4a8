//! A test of a contact point, with the whole exchange to look at.

use askama::Template;
use axum::extract::State;

use super::super::parts::{Crumbs, Notice, Tone};
use super::super::{Frame, Operator, Panel, Section, Shown, Ui, Visit, show};
use super::{InPoint, service, to_list};
use crate::admin::ContactPointTestView;

#[derive(Template)]
#[template(path = "panel/alerts/test.html")]
struct Test {
    ui: Ui,
    frame: Frame,
    crumbs: Crumbs,
    path: String,
    name: String,
    /// What will be sent, and where.
    lead: String,
    notice: Option<Notice>,
    took: String,
    sent: Option<ContactPointTestView>,
}

fn form(visit: &Visit, at: InPoint) -> Test {
    let ui = &visit.ui;
    Test {
        frame: visit.frame(Section::Alerts),
        crumbs: to_list(ui),
        path: at.path(),
        lead: ui.say("point-test-lead").with("service", service(ui, at.point.kind)).text(),
        name: at.point.name,
        notice: None,
        took: String::new(),
        sent: None,
        ui: ui.clone(),
    }
}

pub async fn page(Operator(visit): Operator, at: InPoint) -> Shown {
    show(&form(&visit, at))
}

pub async fn send(Operator(visit): Operator, at: InPoint, State(panel): State<Panel>) -> Shown {
    let ui = &visit.ui;
    let sent = panel.admin.test_contact_point(&visit.actor, ui.lang, at.id).await?;
    let mut page = form(&visit, at);
    let notice = match (sent.taken, &sent.message) {
        (true, None) => Notice::new(ui, Tone::Ok, ui.say("point-test-taken")),
        (true, Some(why)) => Notice::new(ui, Tone::Warn, ui.say("point-test-partly")).advice(why),
        (false, why) => {
            let notice = Notice::new(ui, Tone::Bad, ui.say("point-test-not"));
            notice.advice(why.clone().unwrap_or_default())
        }
    };
    page.notice = Some(notice);
    page.took = ui.decimal(f64::from(sent.total_us) / 1_000.0, 0);
    page.sent = Some(sent);
    show(&page)
}
