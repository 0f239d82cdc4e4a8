//! Each state on its own, the order of the list, and that every kind has words.

use super::*;
use crate::domain::{Backlog, EventId, Lang, Seq};
use crate::store::Volume;
use crate::texts::msg;

const HOUR: i64 = 3_600_000_000;
const NOW: Timestamp = Timestamp(1_798_761_600_000_000 + 12 * HOUR);

fn before(micros: i64) -> Timestamp {
    Timestamp(NOW.0 - micros)
}

fn quiet() -> Look {
    Look {
        now: NOW,
        watching_since: before(48 * HOUR),
        sources: Vec::new(),
        webhooks: Vec::new(),
        silences: Vec::new(),
        contacts: Vec::new(),
        doors: Vec::new(),
        disk: None,
        recorder: None,
        duties: Vec::new(),
    }
}

#[test]
fn what_fails_in_the_background_is_told_after_a_while() {
    let look = |minutes: i64, recorder| Look {
        recorder,
        duties: vec![("indexer", before(minutes * HOUR / 60))],
        ..quiet()
    };
    assert_eq!(attention(&look(4, None)), []);
    let alerts = attention(&look(6, None));
    assert_eq!((alerts.len(), alerts[0].kind, alerts[0].level), (1, Kind::DutyFailing, Level::Warning));
    assert!(alerts[0].sentence(Lang::Pt).contains("“Índice de eventos”"), "{}", alerts[0].sentence(Lang::Pt));
    let alerts = attention(&look(6, Some(("gone", before(HOUR)))));
    assert_eq!(
        alerts.iter().map(|alert| alert.kind).collect::<Vec<_>>(),
        [Kind::NotWriting],
        "once, by its cause"
    );
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
        since: before(2 * HOUR),
        created_at: before(72 * HOUR),
        last_event_at: Some(before(HOUR / 60)),
        gap_since: None,
        gap_about: false,
        token_expires_on: None,
        refused_since: None,
        lost_since: None,
        unrouted: None,
    }
}

#[test]
fn a_door_that_takes_nothing_is_told_with_what_to_do_and_not_as_silence() {
    let silent =
        SourceLook { door: true, last_event_at: Some(before(2 * HOUR)), ..source(SourceState::Connected) };
    let door =
        |source| DoorLook { source, provider: "Tellicon", since: before(HOUR / 2), count: 14, status: 401 };
    let ours = door(Some((CompanyId(1), SourceId(2))));
    let alerts = attention(&Look { sources: vec![silent], doors: vec![ours], ..quiet() });
    let [one] = &alerts[..] else { panic!("{alerts:?}") };
    assert_eq!((one.kind, one.level, one.company), (Kind::DoorRefuses, Level::Critical, Some(CompanyId(1))));
    assert_eq!(one.title(Lang::Pt), "A porta da Tellicon recusa o que chega");
    assert_eq!(
        one.sentence(Lang::Pt),
        "A porta recusou 14 envios, e nada foi aceito desde então. HTTP 401: o token que chega não é o desta fonte. \
         Confira o token na Tellicon, ou troque-o aqui."
    );
    let few = DoorLook { count: 2, ..door(Some((CompanyId(1), SourceId(2)))) };
    let loud = source(SourceState::Connected);
    assert_eq!(
        attention(&Look { sources: vec![loud], doors: vec![few], ..quiet() }),
        [],
        "that may be a stranger's"
    );
    let anybodys = attention(&Look { doors: vec![door(None)], ..quiet() });
    assert_eq!((anybodys[0].company, anybodys[0].level), (None, Level::Warning));
    assert!(anybodys[0].sentence(Lang::Pt).contains("sem token de nenhuma fonte"), "{anybodys:?}");
}

fn webhook(state: WebhookState, backlog: u64) -> WebhookLook {
    WebhookLook {
        company: CompanyId(1),
        webhook: WebhookId(3),
        destination: "erp.example".to_owned(),
        state,
        since: before(HOUR),
        backlog: Backlog::exactly(backlog),
        delivers: state == WebhookState::Well,
        cause: None,
        next_try_at: None,
        troubled: None,
        others_follow: true,
        losses: Vec::new(),
    }
}

fn event() -> EventLook {
    let last = msg("answer-status").with("status", "413");
    EventLook { id: EventId { company: CompanyId(1), seq: Seq(9) }, bytes: Some(6_240_000), last: Some(last) }
}

fn loss(kind: Kind, minutes: i64) -> LossLook {
    LossLook { kind, count: 12, more: false, since: before(minutes * HOUR / 60), newest: event() }
}

fn of_source(source: SourceLook) -> Vec<(Level, Kind, Timestamp)> {
    told(&Look { sources: vec![source], ..quiet() })
}

fn told(look: &Look) -> Vec<(Level, Kind, Timestamp)> {
    attention(look).into_iter().map(|alert| (alert.level, alert.kind, alert.since)).collect()
}

#[test]
fn what_is_well_is_not_told() {
    assert_eq!(of_source(source(SourceState::Connected)), []);
    for state in SourceState::ALL {
        assert_eq!(
            of_source(SourceLook { wanted: false, gap_since: Some(before(HOUR)), ..source(state) }),
            []
        );
    }
    let webhooks = vec![webhook(WebhookState::Well, 9_000), webhook(WebhookState::Paused, 0)];
    assert_eq!(told(&Look { webhooks, ..quiet() }), []);
}

#[test]
fn a_line_that_was_not_lost_since_the_program_started_has_a_minute() {
    let told = |started: i64, source: SourceLook| {
        let watching_since = before(started * 1_000_000);
        attention(&Look { watching_since, sources: vec![source], ..quiet() })
    };
    let lost = |secs: i64| SourceLook {
        gap_since: Some(before(secs * 1_000_000)),
        gap_about: true,
        ..source(SourceState::Waiting)
    };
    assert_eq!(told(59, lost(70)), [], "it is being connected");
    assert_eq!(told(59, SourceLook { gap_since: None, ..lost(0) }), [], "nor when it never was");
    let still = told(60, lost(70));
    assert_eq!((still[0].kind, still[0].since), (Kind::GapOpen, before(70_000_000)));
    assert!(still[0].sentence(Lang::Pt).contains("último sinal de vida"), "{}", still[0].sentence(Lang::Pt));
    let seen = told(59, SourceLook { gap_about: false, ..lost(20) });
    assert_eq!((seen[0].kind, seen[0].is_about), (Kind::GapOpen, false), "it was connected, and is lost");
    let refused = told(1, source(SourceState::Refused));
    assert_eq!(refused[0].kind, Kind::TokenRefused);
    let new = SourceLook { created_at: before(20_000_000), ..source(SourceState::Waiting) };
    assert_eq!(told(30, new)[0].kind, Kind::NotConnected, "made since");
}

#[test]
fn a_pause_by_a_person_is_told_once_it_is_a_day_old() {
    let paused = |hours: i64, backlog| {
        let webhook = WebhookLook { since: before(hours * HOUR), ..webhook(WebhookState::Paused, backlog) };
        told(&Look { webhooks: vec![webhook], ..quiet() })
    };
    assert_eq!(paused(23, 5), []);
    assert_eq!(paused(24, 0), []);
    assert_eq!(paused(24, 5), [(Level::Notice, Kind::WebhookPaused, before(24 * HOUR))]);
}

#[test]
fn a_database_that_another_process_has_is_told_as_that() {
    let look = Look { recorder: Some(("not_ours", before(HOUR))), ..quiet() };
    let alerts = attention(&look);
    assert_eq!(alerts.len(), 1);
    assert_eq!((alerts[0].level, alerts[0].kind), (Level::Critical, Kind::NotOurs));
}

#[test]
fn refused_content_is_told_although_the_line_is_well() {
    let since = before(HOUR);
    let refused = SourceLook { refused_since: Some(since), ..source(SourceState::Connected) };
    assert_eq!(of_source(refused), [(Level::Warning, Kind::EventsRefused, since)]);
    let lost = SourceLook { lost_since: Some(since), ..source(SourceState::Connected) };
    assert_eq!(of_source(lost), [(Level::Critical, Kind::EventsLost, since)]);
}

#[test]
fn calls_that_went_unrouted_are_told_with_how_many_and_by_whose_name() {
    let since = before(HOUR / 2);
    let source = SourceLook { unrouted: Some((1_200, since)), ..source(SourceState::Connected) };
    let alerts = attention(&Look { sources: vec![source], ..quiet() });
    assert_eq!(alerts.len(), 1);
    let alert = &alerts[0];
    assert_eq!((alert.level, alert.kind, alert.since), (Level::Warning, Kind::CallsNotRouted, since));
    assert!(alert.sentence(Lang::Pt).contains("1.200 chamadas"), "{}", alert.sentence(Lang::Pt));
    assert!(alert.sentence(Lang::En).contains("1,200 calls"), "{}", alert.sentence(Lang::En));
}

#[test]
fn a_lost_line_is_told_by_its_cause_and_not_at_once() {
    let refused = SourceLook { gap_since: Some(before(3 * HOUR)), ..source(SourceState::Refused) };
    assert_eq!(of_source(refused), [(Level::Critical, Kind::TokenRefused, before(2 * HOUR))]);
    for state in [SourceState::Waiting, SourceState::Connecting] {
        let lost = |since| SourceLook { gap_since: Some(since), ..source(state) };
        assert_eq!(of_source(lost(before(14_000_000))), []);
        let since = before(15_000_000);
        assert_eq!(of_source(lost(since)), [(Level::Critical, Kind::GapOpen, since)]);
        let never = [(Level::Critical, Kind::NotConnected, before(48 * HOUR))];
        assert_eq!(of_source(source(state)), never, "since this process began to watch");
        let young = SourceLook { created_at: before(1_000_000), ..source(state) };
        assert_eq!(of_source(young), []);
    }
}

#[test]
fn silence_is_told_of_a_line_that_had_events_and_has_been_there_to_hear_them() {
    let silent = |last| SourceLook { last_event_at: last, ..source(SourceState::Connected) };
    let last = before(HOUR);
    assert_eq!(of_source(silent(Some(last))), [(Level::Notice, Kind::Silence, last)]);
    assert_eq!(of_source(silent(Some(before(HOUR - 1)))), []);
    assert_eq!(of_source(silent(None)), [], "it may be new");
    let back = SourceLook { since: before(HOUR / 2), ..silent(Some(before(9 * HOUR))) };
    assert_eq!(of_source(back.clone()), [], "it was not connected long enough to know");
    assert_eq!(of_source(SourceLook { door: true, ..back }).len(), 1, "a door is always there");
}

#[test]
fn a_token_is_told_thirty_fourteen_and_three_days_before_it_expires_and_after() {
    let expires = |day: &str, state| {
        of_source(SourceLook { token_expires_on: Some(day.parse().unwrap()), ..source(state) })
    };
    // Now is noon (UTC) of 2027-01-01.
    assert_eq!(NOW.to_string(), "2027-01-01T12:00:00.000Z");
    let connected = SourceState::Connected;
    assert_eq!(expires("2027-01-31", connected), []);
    let told = |day: &str, level, since: &str| {
        let since: jiff::Timestamp = since.parse().unwrap();
        assert_eq!(
            expires(day, connected),
            [(level, Kind::TokenExpires, Timestamp(since.as_microsecond()))],
            "{day}"
        );
    };
    told("2027-01-30", Level::Notice, "2027-01-01T03:00:00Z");
    told("2027-01-15", Level::Notice, "2026-12-17T03:00:00Z");
    told("2027-01-14", Level::Warning, "2026-12-16T03:00:00Z");
    told("2027-01-04", Level::Warning, "2026-12-06T03:00:00Z");
    told("2027-01-03", Level::Critical, "2026-12-05T03:00:00Z");
    let left = |day: &str| {
        let look = SourceLook { token_expires_on: Some(day.parse().unwrap()), ..source(connected) };
        token(&look, NOW).expect("told").days_left
    };
    assert_eq!(["2027-01-01", "2027-01-02", "2027-01-06"].map(left), [Some(0), Some(1), Some(5)]);
    let over: jiff::Timestamp = "2027-01-01T03:00:00Z".parse().unwrap();
    let over = Timestamp(over.as_microsecond());
    assert_eq!(expires("2026-12-31", connected), [(Level::Warning, Kind::TokenExpired, over)]);
    let refused = expires("2026-12-31", SourceState::Refused);
    assert_eq!(refused, [(Level::Critical, Kind::TokenRefused, before(2 * HOUR))], "told once");
}

#[test]
fn what_loses_comes_first_then_what_waits_then_what_comes() {
    let low = Volume { free: 1 << 20, size: 1 << 40 };
    let look = Look {
        sources: vec![
            SourceLook {
                last_event_at: Some(before(9 * HOUR)),
                since: before(9 * HOUR),
                ..source(SourceState::Connected)
            },
            source(SourceState::Refused),
        ],
        webhooks: vec![
            WebhookLook { since: before(25 * HOUR), ..webhook(WebhookState::Paused, 5) },
            WebhookLook { since: before(5 * HOUR), ..webhook(WebhookState::Gone, 2) },
            WebhookLook { losses: vec![loss(Kind::EventsDead, 2)], ..webhook(WebhookState::Failing, 7) },
            WebhookLook { losses: vec![loss(Kind::EventsExpired, 2)], ..webhook(WebhookState::Well, 0) },
            WebhookLook { losses: vec![loss(Kind::EventsCrowdedOut, 2)], ..webhook(WebhookState::Well, 0) },
            WebhookLook { troubled: Some((event(), before(HOUR / 2))), ..webhook(WebhookState::Well, 0) },
        ],
        disk: Some(Disk { volume: low, low_since: Some(before(HOUR)) }),
        recorder: Some(("full", before(1))),
        ..quiet()
    };
    let kinds: Vec<Kind> = attention(&look).iter().map(|alert| alert.kind).collect();
    let losing = [Kind::TokenRefused, Kind::EventsExpired, Kind::EventsCrowdedOut, Kind::NotWriting];
    let waiting =
        [Kind::WebhookGone, Kind::WebhookFailing, Kind::EventsDead, Kind::WebhookPaused, Kind::EventFailing];
    let expected: Vec<Kind> =
        losing.into_iter().chain(waiting).chain([Kind::DiskLow, Kind::Silence]).collect();
    assert_eq!(kinds, expected);
    for alert in attention(&look) {
        let (pt, en) = (alert.sentence(Lang::Pt), alert.sentence(Lang::En));
        assert!(pt != en && pt.ends_with('.') && en.ends_with('.'), "{pt} {en}");
    }
}

#[test]
fn events_that_are_lost_are_told_with_how_many_and_the_newest() {
    let loss = LossLook { more: true, ..loss(Kind::EventsDead, 5) };
    let look = Look {
        webhooks: vec![WebhookLook { losses: vec![loss], ..webhook(WebhookState::Well, 0) }],
        ..quiet()
    };
    let alerts = attention(&look);
    assert_eq!(alerts.len(), 1);
    assert_eq!((alerts[0].company, alerts[0].webhook), (Some(CompanyId(1)), Some(WebhookId(3))));
    let said = alerts[0].sentence(Lang::En);
    for part in ["more than 12", "evt_1_9", "6.2 MB", "HTTP 413"] {
        assert!(said.contains(part), "{part} in {said}");
    }
    assert!(alerts[0].sentence(Lang::Pt).contains("6,2 MB"));
}

#[test]
fn an_event_that_is_refused_for_a_minute_is_told_though_all_else_arrives() {
    let of = |state, since| {
        let webhooks = vec![WebhookLook { troubled: Some((event(), since)), ..webhook(state, 3) }];
        attention(&Look { webhooks, ..quiet() })
    };
    assert_eq!(of(WebhookState::Well, before(59_000_000)), []);
    let alerts = of(WebhookState::Well, before(60_000_000));
    assert_eq!(alerts[0].kind, Kind::EventFailing);
    assert!(alerts[0].sentence(Lang::En).contains("Event evt_1_9 (6.2 MB), last answer: HTTP 413."));
    let alone = WebhookLook {
        troubled: Some((event(), before(HOUR))),
        others_follow: false,
        ..webhook(WebhookState::Well, 3)
    };
    assert_eq!(told(&Look { webhooks: vec![alone], ..quiet() }), [], "nothing else has arrived since");
    let alerts = of(WebhookState::Failing, before(HOUR));
    assert_eq!(alerts.len(), 1, "told once");
    assert_eq!(alerts[0].kind, Kind::WebhookFailing);
    assert!(alerts[0].sentence(Lang::En).contains("evt_1_9"));
}

#[test]
fn a_company_that_says_when_is_told_by_its_own_time_alone() {
    let silence = SilenceLook {
        company: CompanyId(1),
        last_event_at: Some(before(2 * HOUR)),
        lasted: Duration::from_mins(20),
        is_open: true,
        after: Duration::from_mins(20),
    };
    let line = SourceLook { last_event_at: Some(before(2 * HOUR)), ..source(SourceState::Connected) };
    let of = |silence: &SilenceLook, sources: Vec<SourceLook>| {
        told(&Look { silences: vec![silence.clone()], sources, ..quiet() })
    };
    let silent = [(Level::Warning, Kind::Silence, before(2 * HOUR))];
    assert_eq!(of(&silence, vec![line.clone()]), silent, "once, not by the hour too");
    let young = SilenceLook { lasted: Duration::from_mins(19), ..silence.clone() };
    assert_eq!(of(&young, vec![line.clone()]), []);
    assert_eq!(
        of(&SilenceLook { is_open: false, ..silence.clone() }, vec![line.clone()]),
        [],
        "nobody works"
    );
    let refused = vec![line.clone(), source(SourceState::Refused)];
    assert_eq!(of(&silence, refused)[0].1, Kind::TokenRefused, "told by its cause");
    assert_eq!(of(&silence, vec![SourceLook { wanted: false, ..line }]), [], "nobody listens");
    assert_eq!(of(&silence, Vec::new()), []);
}
