use super::*;
use crate::domain::Lang;

fn ui() -> Ui {
    Ui::new(Lang::Pt, None, Timestamp(1_795_281_718_204_000))
}

fn attempt(second: i64, n: i32, answer: Result<u16, &str>) -> AttemptView {
    AttemptView {
        event_id: "evt_1_1".into(),
        event_type: None,
        at: Timestamp(1_795_281_600_000_000 + second * 1_000_000).to_string(),
        origin: "live",
        n,
        revision: 1,
        status: answer.ok(),
        error: answer.err().map(str::to_owned),
        note: None,
        dns_ms: None,
        connect_ms: None,
        tls_ms: None,
        first_byte_ms: None,
        total_ms: Some(3_002.0),
        answer: None,
    }
}

fn view(verdict: Verdict, attempts_made: Vec<AttemptView>) -> FateView {
    FateView {
        webhook_id: "webhook_1".into(),
        webhook_name: "CRM".into(),
        verdict,
        waiting: None,
        attempts_made,
        skipped_by: None,
    }
}

fn held(attempts: i32) -> Verdict {
    let (state, reason) = (HeldState::Alone, HeldReason::LaneBusy);
    Verdict::Held { state, reason, attempts, next_at: Some(Timestamp(1)), since: Timestamp(1) }
}

/// A courier that starts anew counts from one again; who reads it has one row of them.
#[test]
fn attempts_are_counted_through_and_told_in_words() {
    let refused = Err("connect_refused");
    let made = vec![attempt(1, 1, refused), attempt(2, 2, Ok(500)), attempt(3, 1, Ok(204))];
    let at = Timestamp(1_795_281_603_000_000);
    let (origin, status) = (crate::domain::AttemptOrigin::Live, 204);
    let total_us = Some(3_002_000);
    let shown = fate(
        &ui(),
        CompanyId(1),
        view(Verdict::Delivered { at, n: 1, origin, status, revision: 1, total_us }, made),
    );
    let told: Vec<_> = shown.attempts.iter().map(|attempt| attempt.what.as_str()).collect();
    assert_eq!(
        told,
        ["Tentativa 1: a conexão foi recusada", "Tentativa 2: HTTP 500", "Tentativa 3: HTTP 204"]
    );
    assert!(shown.why.ends_with("204 em 3,0 s · tentativa 3"), "{}", shown.why);
    assert_eq!(shown.attempts[0].phases, "total 3,0 s");
}

#[test]
fn what_was_not_tried_has_not_failed() {
    let sent = fate(&ui(), CompanyId(1), view(held(0), Vec::new()));
    assert_eq!(sent.why, "Na fila de reenvio.");
    assert!(sent.badge.render().expect("renders").contains("Na fila"), "not failed");
    let failed = fate(&ui(), CompanyId(1), view(held(1), vec![attempt(1, 1, Ok(500))]));
    assert!(failed.badge.render().expect("renders").contains("Com falha"));
    assert!(failed.why.starts_with("1 tentativa sem sucesso."), "{}", failed.why);
}

#[test]
fn who_skipped_the_queue_is_told() {
    let skipped = Verdict::Skipped { from: crate::domain::Seq(1), to: crate::domain::Seq(9) };
    let by = Some(("user_2 Bruno".to_owned(), Timestamp(1_795_281_600_000_000)));
    let why = why(&ui(), &FateView { skipped_by: by, ..view(skipped, Vec::new()) });
    assert_eq!(why, "Fila pulada por Bruno: 14:20:00.");
}
