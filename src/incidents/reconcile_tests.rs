//! What is opened, changed and closed, and above all what is not.

use super::super::standing::standings;
use super::*;
use crate::domain::{Backlog, CompanyId, EventId, IncidentId, Seq, SourceId, WebhookId};
use crate::texts::msg;
use crate::watch::attention::{DoorLook, EventLook, SourceLook, WebhookLook, attention};

const MINUTE: i64 = 60_000_000;
const NOW: Timestamp = Timestamp(1_798_761_600_000_000);

fn before(minutes: i64) -> Timestamp {
    Timestamp(NOW.0 - minutes * MINUTE)
}

fn look(sources: Vec<SourceLook>, webhooks: Vec<WebhookLook>) -> Look {
    Look {
        now: NOW,
        watching_since: before(60),
        sources,
        webhooks,
        silences: Vec::new(),
        contacts: Vec::new(),
        doors: Vec::new(),
        disk: None,
        recorder: None,
        duties: Vec::new(),
    }
}

fn source(state: SourceState) -> SourceLook {
    SourceLook {
        company: CompanyId(1),
        source: SourceId(2),
        provider: "3C Plus",
        served: true,
        door: false,
        wanted: true,
        state,
        since: before(20),
        created_at: before(600),
        last_event_at: Some(before(1)),
        gap_since: None,
        gap_about: false,
        token_expires_on: None,
        refused_since: None,
        lost_since: None,
        unrouted: None,
    }
}

fn webhook(id: i64, state: WebhookState) -> WebhookLook {
    WebhookLook {
        company: CompanyId(1),
        webhook: WebhookId(id),
        destination: "erp.example".to_owned(),
        state,
        since: before(30),
        delivers: state == WebhookState::Well,
        backlog: Backlog::exactly(10),
        cause: Some(msg("cause-status").with("status", "500")),
        next_try_at: None,
        troubled: None,
        others_follow: true,
        losses: Vec::new(),
    }
}

fn changes(open: &[Incident], closed: &[Incident], look: &Look) -> Vec<Change> {
    reconcile(open, closed, &standings(attention(look)), look)
}

/// What is open after the look, each with an id of its own.
fn opened(look: &Look) -> Vec<Incident> {
    let numbered = |(at, change)| match change {
        Change::Open(incident) => Incident { id: IncidentId(i64::try_from(at).unwrap() + 1), ..incident },
        other => panic!("{other:?}"),
    };
    changes(&[], &[], look).into_iter().enumerate().map(numbered).collect()
}

#[test]
fn webhooks_of_one_destination_are_one_incident() {
    let failing = look(
        Vec::new(),
        vec![
            webhook(3, WebhookState::Failing),
            WebhookLook { since: before(50), ..webhook(4, WebhookState::Failing) },
            WebhookLook { destination: "bi.example".into(), ..webhook(5, WebhookState::Failing) },
            WebhookLook { company: CompanyId(2), ..webhook(6, WebhookState::Failing) },
        ],
    );
    let open = opened(&failing);
    let mut hit: Vec<Vec<i64>> =
        open.iter().map(|one| one.facts.webhooks.iter().map(|id| id.0).collect()).collect();
    hit.sort();
    assert_eq!(hit, [vec![3, 4], vec![5], vec![6]]);
    let both = open.iter().find(|one| one.facts.webhooks.len() == 2).unwrap();
    assert_eq!((both.since, both.facts.most), (before(50), Some(20)));
    assert_eq!(both.facts.title.of(Lang::Pt), "erp.example responde HTTP 500");
    assert!(changes(&open, &[], &failing).is_empty(), "nothing has changed");
}

#[test]
fn what_a_destination_does_instead_may_change_without_another_incident() {
    let open = opened(&look(Vec::new(), vec![webhook(3, WebhookState::Failing)]));
    let other = WebhookLook {
        cause: Some(msg("cause").with("word", "connect_refused")),
        ..webhook(3, WebhookState::Failing)
    };
    let changed = changes(&open, &[], &look(Vec::new(), vec![other]));
    let [Change::Changed(incident, said, false)] = &changed[..] else { panic!("{changed:?}") };
    assert_eq!((incident.id, incident.since), (open[0].id, before(30)));
    assert_eq!(incident.facts.title.of(Lang::Pt), "erp.example recusa a conexão");
    assert_eq!(said, &incident.facts.title);
    let grown = WebhookLook { backlog: Backlog::exactly(11), ..webhook(3, WebhookState::Failing) };
    assert!(
        changes(&open, &[], &look(Vec::new(), vec![grown])).is_empty(),
        "a little more is told, not written"
    );
    let grown = WebhookLook { backlog: Backlog::exactly(13), ..webhook(3, WebhookState::Failing) };
    let changed = changes(&open, &[], &look(Vec::new(), vec![grown]));
    assert!(matches!(&changed[..], [Change::Grown(one)] if one.facts.most == Some(13)), "{changed:?}");
}

#[test]
fn a_destination_is_well_when_it_takes_events_and_not_when_nothing_is_known_of_it() {
    let open = opened(&look(Vec::new(), vec![webhook(3, WebhookState::Failing)]));
    let ended = |webhooks| match &changes(&open, &[], &look(Vec::new(), webhooks))[..] {
        [] => None,
        [Change::Closed(one, ended)] => {
            assert_eq!(one.closed_at, Some(NOW));
            Some(*ended)
        }
        other => panic!("{other:?}"),
    };
    // As of a process that has just begun: no failure yet, and no success.
    assert_eq!(ended(vec![WebhookLook { delivers: false, ..webhook(3, WebhookState::Well) }]), None);
    assert_eq!(ended(vec![webhook(3, WebhookState::Well)]), Some(Ended::Delivering));
    assert_eq!(ended(vec![webhook(3, WebhookState::Paused)]), Some(Ended::Stopped));
    assert_eq!(ended(Vec::new()), Some(Ended::Gone));
    let elsewhere =
        WebhookLook { destination: "new.example".into(), delivers: false, ..webhook(3, WebhookState::Well) };
    assert_eq!(ended(vec![elsewhere]), Some(Ended::Gone));
}

#[test]
fn one_of_two_webhooks_that_is_not_proven_well_keeps_it_open() {
    let failing = [webhook(3, WebhookState::Failing), webhook(4, WebhookState::Failing)];
    let open = opened(&look(Vec::new(), failing.to_vec()));
    let one_well = vec![
        webhook(3, WebhookState::Well),
        WebhookLook { delivers: false, ..webhook(4, WebhookState::Well) },
    ];
    assert!(changes(&open, &[], &look(Vec::new(), one_well)).is_empty());
    let other_fails = vec![webhook(3, WebhookState::Well), webhook(4, WebhookState::Failing)];
    let changed = changes(&open, &[], &look(Vec::new(), other_fails));
    assert!(
        matches!(&changed[..], [Change::Changed(one, said, false)]
            if one.facts.webhooks == [WebhookId(4)] && said.of(Lang::Pt) == "Agora 1 webhook."),
        "{changed:?}"
    );
    let more = [3, 4, 5, 6, 7].map(|id| webhook(id, WebhookState::Failing));
    let changed = changes(&open, &[], &look(Vec::new(), more.to_vec()));
    let [Change::Changed(_, said, false)] = &changed[..] else { panic!("{changed:?}") };
    assert_eq!((said.of(Lang::Pt), said.of(Lang::En)), ("Agora 5 webhooks.", "Now 5 webhooks."));
    let others = [3, 5].map(|id| webhook(id, WebhookState::Failing));
    let changed = changes(&open, &[], &look(Vec::new(), others.to_vec()));
    assert!(matches!(&changed[..], [Change::Grown(_)]), "nothing to read in that: {changed:?}");
}

#[test]
fn a_line_has_one_incident_whatever_is_the_matter_and_is_well_when_it_stands() {
    let open = opened(&look(vec![source(SourceState::Refused)], Vec::new()));
    assert_eq!(open[0].kind, Kind::TokenRefused);
    let lost = SourceLook { gap_since: Some(before(5)), ..source(SourceState::Waiting) };
    let changed = changes(&open, &[], &look(vec![lost], Vec::new()));
    let [Change::Changed(now, ..)] = &changed[..] else { panic!("{changed:?}") };
    assert_eq!((now.kind, now.since, now.id), (Kind::GapOpen, before(5), open[0].id));
    // Being connected again, for less than what is anybody's trouble.
    let connecting = SourceLook { gap_since: Some(NOW), ..source(SourceState::Connecting) };
    assert!(changes(&open, &[], &look(vec![connecting], Vec::new())).is_empty());
    let ended = |source| match &changes(&open, &[], &look(vec![source], Vec::new()))[..] {
        [Change::Closed(_, ended)] => *ended,
        other => panic!("{other:?}"),
    };
    assert_eq!(ended(source(SourceState::Connected)), Ended::Connected);
    assert_eq!(ended(SourceLook { wanted: false, ..source(SourceState::Stopped) }), Ended::Stopped);
}

#[test]
fn silence_ends_when_something_comes_and_not_before() {
    let silent =
        SourceLook { last_event_at: Some(before(600)), since: before(600), ..source(SourceState::Connected) };
    let open = opened(&look(vec![silent.clone()], Vec::new()));
    assert_eq!(open[0].kind, Kind::Silence);
    let end = |source: SourceLook| ended(&open[0], &look(vec![source], Vec::new()));
    let reconnected = SourceLook { since: NOW, ..silent.clone() };
    assert_eq!(end(reconnected), None, "a new connection is no event");
    assert_eq!(end(SourceLook { state: SourceState::Waiting, ..silent.clone() }), None);
    assert_eq!(end(SourceLook { last_event_at: Some(before(0)), ..silent.clone() }), Some(Ended::Over));
    assert_eq!(end(SourceLook { wanted: false, ..silent }), Some(Ended::Stopped));
    assert_eq!(ended(&open[0], &look(Vec::new(), Vec::new())), Some(Ended::Gone));
}

#[test]
fn a_door_takes_again_when_something_was_taken_or_nothing_is_refused_any_more() {
    let door = DoorLook {
        source: Some((CompanyId(1), SourceId(2))),
        provider: "Tellicon",
        since: before(30),
        count: 9,
        status: 401,
    };
    let quiet = SourceLook { door: true, last_event_at: Some(before(40)), ..source(SourceState::Connected) };
    let open = opened(&Look { doors: vec![door], ..look(vec![quiet.clone()], Vec::new()) });
    assert_eq!((open[0].kind, open[0].subject.as_str()), (Kind::DoorRefuses, "door:2"));
    let end = |source: SourceLook, minutes| {
        let look = look(vec![source], Vec::new());
        ended(&open[0], &Look { watching_since: before(minutes), ..look })
    };
    assert_eq!(end(quiet.clone(), 9), None, "a process that has just begun has seen no post refused");
    assert_eq!(end(quiet.clone(), 10), Some(Ended::Over));
    assert_eq!(end(SourceLook { last_event_at: Some(before(1)), ..quiet.clone() }, 2), Some(Ended::Over));
    assert_eq!(end(SourceLook { wanted: false, ..quiet }, 2), Some(Ended::Stopped));
}

#[test]
fn what_a_young_process_has_not_learnt_is_not_over() {
    let open = opened(&look(Vec::new(), vec![webhook(3, WebhookState::NotStarted)]));
    assert_eq!(open[0].kind, Kind::WebhookNotStarted);
    let heard = look(Vec::new(), vec![webhook(3, WebhookState::Well)]);
    let young = Look { watching_since: Timestamp(NOW.0 - MINUTE / 2), ..heard.clone() };
    assert!(changes(&open, &[], &young).is_empty());
    assert!(matches!(changes(&open, &[], &heard)[..], [Change::Closed(_, Ended::Over)]));
}

#[test]
fn what_comes_back_soon_is_the_same_incident() {
    let failing = look(Vec::new(), vec![webhook(3, WebhookState::Failing)]);
    let open = opened(&failing);
    let taken = Some(("user_1 Ana".to_owned(), before(20)));
    let closed = Incident { closed_at: Some(before(2)), taken: taken.clone(), ..open[0].clone() };
    let changed = changes(&[], &[closed], &failing);
    let [Change::Again(one)] = &changed[..] else { panic!("{changed:?}") };
    assert_eq!((one.id, one.closed_at, &one.taken), (open[0].id, None, &taken));
    assert_eq!(one.since, before(30));
    assert_ne!(one.facts.title, Said::default());
}

#[test]
fn what_comes_back_is_so_since_it_came_back() {
    let lost =
        |since| look(vec![SourceLook { gap_since: Some(since), ..source(SourceState::Waiting) }], Vec::new());
    let open = opened(&lost(before(50)));
    let closed = Incident { closed_at: Some(before(5)), ..open[0].clone() };
    let changed = changes(&[], &[closed], &lost(before(2)));
    assert!(matches!(&changed[..], [Change::Again(one)] if one.since == before(2)), "{changed:?}");
}

#[test]
fn a_restart_neither_ends_nor_opens_what_is_the_matter_with_a_line() {
    let lost = SourceLook { gap_since: Some(before(5)), ..source(SourceState::Waiting) };
    let open = opened(&look(vec![lost.clone()], Vec::new()));
    let young =
        |source| Look { watching_since: Timestamp(NOW.0 - MINUTE / 2), ..look(vec![source], Vec::new()) };
    assert!(changes(&[], &[], &young(lost.clone())).is_empty());
    assert!(changes(&open, &[], &young(lost.clone())).is_empty(), "nothing shows that it is over");
    let closed = Incident { closed_at: Some(before(3)), ..open[0].clone() };
    assert!(changes(&[], &[closed], &young(lost)).is_empty(), "nor does it come back");
    assert!(matches!(
        &changes(&open, &[], &young(source(SourceState::Connected)))[..],
        [Change::Closed(_, Ended::Connected)]
    ));
}

#[test]
fn an_event_that_is_not_taken_is_over_when_it_is_settled_and_not_when_its_endpoint_fails() {
    let event = EventLook { id: EventId { company: CompanyId(1), seq: Seq(9) }, bytes: None, last: None };
    let troubled = |state, since| WebhookLook { troubled: Some((event.clone(), since)), ..webhook(3, state) };
    let open = opened(&look(Vec::new(), vec![troubled(WebhookState::Well, before(3))]));
    assert_eq!(open[0].kind, Kind::EventFailing);
    let end = |webhook: WebhookLook| ended(&open[0], &look(Vec::new(), vec![webhook]));
    assert_eq!(end(troubled(WebhookState::Failing, before(3))), None);
    let alone = WebhookLook { others_follow: false, ..troubled(WebhookState::Well, before(3)) };
    assert_eq!(end(alone), None);
    assert_eq!(end(webhook(3, WebhookState::NotStarted)), None);
    assert_eq!(end(webhook(3, WebhookState::Well)), Some(Ended::Over));
    assert_eq!(end(webhook(3, WebhookState::Failing)), Some(Ended::Over), "it is dead, or was taken");
    assert_eq!(end(webhook(3, WebhookState::Paused)), Some(Ended::Stopped));
    assert_eq!(end(webhook(4, WebhookState::Well)), Some(Ended::Gone));
    let fresh = look(Vec::new(), vec![troubled(WebhookState::Well, NOW)]);
    assert!(
        matches!(&changes(&open, &[], &fresh)[..], [Change::Closed(_, Ended::Over)]),
        "the next one is new"
    );
}
