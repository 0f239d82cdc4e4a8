//! Sessions and gaps.

use std::sync::Arc;

use ramal::domain::{CompanyId, Seq, SessionId, SessionInfo, SourceId, Timestamp};
use ramal::store::{LiveSource, PROCESS_ENDED};

use super::{Db, NOW, commit, contract, draft};

contract! {
    a_gap_lasts_from_the_last_sign_to_the_next_session,
    a_killed_process_leaves_a_gap,
    events_are_read_with_their_session,
    old_sessions_are_forgotten,
    texts_with_a_nul_are_written_down,
}

const SOURCE: SourceId = SourceId(5);
const ALL: SessionId = SessionId(i64::MAX);

fn at(seconds: i64) -> Timestamp {
    Timestamp(NOW.0 + seconds * 1_000_000)
}

async fn a_gap_lasts_from_the_last_sign_to_the_next_session(mut db: Db) {
    let company = CompanyId(1);
    let first = commit!(db, tx => {
        assert_eq!(tx.close_gap(SOURCE, at(0)).await.expect("writes"), None);
        tx.begin_session(company, SOURCE, "s1", "rRrX…3x4c", at(0)).await.expect("a session")
    });
    commit!(db, tx => {
        tx.note_signs(&[(first, at(10)), (SessionId(99), at(1))]).await.expect("writes");
        tx.note_signs(&[(first, at(5))]).await.expect("writes");
    });
    let sessions = db.store.sessions(SOURCE, ALL, 10).await.expect("reads");
    assert_eq!((sessions[0].last_sign_at, sessions[0].ended_at), (at(10), None));

    commit!(db, tx => {
        tx.end_session(first, at(12), "ping_timeout").await.expect("ends");
        tx.end_session(first, at(99), "again").await.expect("ends");
        let gap = tx.open_gap(company, SOURCE, at(12), "ping_timeout", Some("25 s")).await.expect("a gap");
        let same = tx.open_gap(company, SOURCE, at(20), "stopped", None).await.expect("a gap");
        assert_eq!(gap, same, "one gap at a time");
    });
    let second = commit!(db, tx => {
        let gap = tx.close_gap(SOURCE, at(30)).await.expect("writes").expect("was open");
        assert_eq!((gap.started_at, gap.ended_at), (at(12), Some(at(30))));
        assert_eq!((gap.reason.as_str(), gap.detail.as_deref()), ("ping_timeout", Some("25 s")));
        tx.begin_session(company, SOURCE, "s2", "rRrX…3x4c", at(30)).await.expect("a session")
    });
    let sessions = db.store.sessions(SOURCE, ALL, 10).await.expect("reads");
    assert_eq!(sessions.iter().map(|session| session.id).collect::<Vec<_>>(), [second, first]);
    assert_eq!(
        (sessions[1].ended_at, sessions[1].end_reason.as_deref()),
        (Some(at(12)), Some("ping_timeout"))
    );
    assert_eq!(db.store.sessions(SOURCE, second, 10).await.expect("reads"), sessions[1..]);
    let gaps = db.store.gaps(SOURCE, i64::MAX, 10).await.expect("reads");
    assert_eq!(gaps.len(), 1);
    assert!(db.store.gaps(SOURCE, gaps[0].id, 10).await.expect("reads").is_empty());
}

async fn a_killed_process_leaves_a_gap(mut db: Db) {
    let (ours, other) = (CompanyId(1), CompanyId(2));
    commit!(db, tx => {
        let orphan = tx.begin_session(ours, SOURCE, "s1", "m", at(0)).await.expect("a session");
        tx.note_signs(&[(orphan, at(7))]).await.expect("writes");
        tx.begin_session(other, SourceId(6), "s2", "m", at(0)).await.expect("a session");
    });
    let mut db = db.reopened().await;
    let gaps = commit!(db, tx => tx.close_orphan_sessions(ours).await.expect("closes"));
    assert_eq!(gaps.len(), 1);
    assert_eq!((gaps[0].source, gaps[0].started_at, gaps[0].reason.as_str()), (SOURCE, at(7), PROCESS_ENDED));
    assert!(commit!(db, tx => tx.close_orphan_sessions(ours).await.expect("closes")).is_empty());
    let session = db.store.sessions(SOURCE, ALL, 1).await.expect("reads").remove(0);
    assert_eq!((session.ended_at, session.end_reason.as_deref()), (Some(at(7)), Some(PROCESS_ENDED)));
    let foreign = db.store.sessions(SourceId(6), ALL, 1).await.expect("reads").remove(0);
    assert_eq!(foreign.ended_at, None, "another company's session is another node's");
}

async fn events_are_read_with_their_session(mut db: Db) {
    let company = db.company("A").await;
    let ids = commit!(db, tx => [
        tx.begin_session(company, SOURCE, "s1", "m1", at(0)).await.expect("a session"),
        tx.begin_session(company, SOURCE, "s2", "m2", at(0)).await.expect("a session"),
    ]);
    let info = |id| Some(Arc::new(SessionInfo { id, socket_id: String::new(), token_mask: String::new() }));
    let mut drafts = vec![draft("{}"); 3];
    drafts[0].session = info(ids[0]);
    drafts[2].session = info(ids[1]);
    db.append(company, 1, &drafts, 0).await;
    // The second time from what was kept of the first.
    for _ in 0..2 {
        let events = db.store.events(company, Seq(1), 10, usize::MAX).await.expect("reads");
        let sockets: Vec<_> = events
            .iter()
            .map(|event| event.session.as_ref().map(|session| (session.id, session.socket_id.as_str())))
            .collect();
        assert_eq!(sockets, [Some((ids[0], "s1")), None, Some((ids[1], "s2"))]);
    }
}

async fn old_sessions_are_forgotten(mut db: Db) {
    let company = CompanyId(1);
    commit!(db, tx => {
        for second in 0..5 {
            let id = tx.begin_session(company, SOURCE, "s", "m", at(second)).await.expect("a session");
            tx.end_session(id, at(second), "stopped").await.expect("ends");
            tx.open_gap(company, SOURCE, at(second), "stopped", None).await.expect("a gap");
            tx.close_gap(SOURCE, at(second)).await.expect("closes");
        }
        tx.begin_session(company, SOURCE, "alive", "m", at(0)).await.expect("a session");
    });
    assert_eq!(commit!(db, tx => tx.forget_sessions(at(3), 2).await.expect("forgets")), 4);
    assert_eq!(commit!(db, tx => tx.forget_sessions(at(3), 2).await.expect("forgets")), 2);
    assert_eq!(db.store.sessions(SOURCE, ALL, 10).await.expect("reads").len(), 3);
    assert_eq!(db.store.gaps(SOURCE, i64::MAX, 10).await.expect("reads").len(), 2);
}

/// What others say about themselves may hold anything, and none of it may keep a session from being written down.
async fn texts_with_a_nul_are_written_down(mut db: Db) {
    let company = db.company("A\0").await;
    let nul = "a\0b";
    let (id, source) = commit!(db, tx => {
        let id = tx.begin_session(company, SOURCE, nul, nul, at(0)).await.expect("a session");
        tx.note_refused(company, SOURCE, (at(1), at(2)), 2, nul).await.expect("noted");
        tx.note_refused(company, SOURCE, (at(30), at(40)), 3, "something else").await.expect("noted");
        assert!(tx.end_session(id, at(50), nul).await.expect("ends"));
        assert!(!tx.end_session(id, at(60), nul).await.expect("it has ended"));
        tx.open_gap(company, SOURCE, at(50), nul, Some(nul)).await.expect("a gap");
        let live = LiveSource {
            source: SOURCE,
            company,
            state: "waiting".into(),
            since: at(0),
            until: None,
            attempt: 1,
            reason: Some(nul.into()),
            session: None,
            last_event_at: None,
            foreign_company: None,
        };
        tx.put_live_sources(&[live]).await.expect("written");
        (id, SOURCE)
    });
    let sessions = db.store.sessions(source, SessionId(i64::MAX), 9).await.expect("reads");
    assert_eq!((sessions[0].id, &*sessions[0].socket_id), (id, "a\u{fffd}b"));
    let gaps = db.store.gaps(source, i64::MAX, 9).await.expect("reads");
    assert_eq!(gaps.len(), 2, "{gaps:?}");
    assert_eq!((gaps[1].started_at, gaps[1].ended_at), (at(1), Some(at(40))), "close ones are one");
    assert_eq!(gaps[1].detail.as_deref(), Some("5: a\u{fffd}b"), "of all of them");
    assert!(db.store.company_by_name("A\0").await.expect("no error").is_some());
    assert!(db.store.user_by_login("\0").await.expect("no error").is_none());
}
