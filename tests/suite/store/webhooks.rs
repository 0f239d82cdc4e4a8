//! Webhooks, their revisions and cursors, skips and replays.

use std::collections::BTreeMap;

use ramal::domain::webhook::Concurrency;
use ramal::domain::{
    CompanyId, Format, HeldReason, HeldState, Seq, Timestamp, WebhookId, WebhookSettings, WebhookState,
    Wishes,
};
use ramal::store::{
    Credentials, Cursor, NewReplay, ReplayProgress, ReplayState, SaveWebhook, Settlement, SigningSecret,
    SkipReason, StartAt, StoreError,
};

use super::{Db, NOW, commit, commit_batch, contract, draft};
use crate::support::settings::{settings, wanting};

contract! {
    a_webhook_begins_at_the_head_or_before,
    every_change_of_wishes_is_a_revision_from_the_head_on,
    credentials_are_sealed_and_replaced,
    a_webhook_is_paused_resumed_and_deleted,
    a_cursor_counts_up_to_what_its_revision_knows,
    a_moved_cursor_leaves_a_record,
    what_expires_is_recorded_per_webhook,
    a_replay_survives_and_ends_once,
}

fn wishes(name: &str) -> Wishes {
    Wishes { format: Format::Native, ..wanting(&[name]) }
}

async fn create(db: &mut Db, company: CompanyId, start: StartAt) -> WebhookId {
    let settings = settings("w", "https://a.example/");
    let wishes = wishes("call-was-created");
    let save = SaveWebhook { settings: &settings, wishes: &wishes, credentials: None, provisioned: false };
    commit!(db, tx => tx.create_webhook(company, &save, start, NOW).await.expect("a webhook")).0.id
}

async fn a_webhook_begins_at_the_head_or_before(mut db: Db) {
    let company = db.company("A").await;
    db.append(company, 1, &vec![draft("{}"); 10], 0).await;
    for (start, cursor) in [
        (StartAt::Head, 10),
        (StartAt::After(Seq(4)), 4),
        (StartAt::After(Seq(-3)), 0),
        (StartAt::After(Seq(99)), 10),
    ] {
        let id = create(&mut db, company, start).await;
        assert_eq!(db.store.cursor(id).await.expect("reads"), Some(Seq(cursor)));
        let first = db.store.newest_revision(id).await.expect("reads").expect("is there");
        assert_eq!((first.number, first.from_seq), (1, Seq(cursor + 1)), "nothing is undecided");
    }
    let settings = settings("w", "https://a.example/");
    let wishes = wishes("x");
    let save = SaveWebhook { settings: &settings, wishes: &wishes, credentials: None, provisioned: false };
    let mut tx = db.writer.begin().await.expect("begins");
    let missing = tx.create_webhook(CompanyId(99), &save, StartAt::Head, NOW).await;
    assert!(matches!(missing, Err(StoreError::Missing { id: 99, .. })), "{missing:?}");
}

async fn every_change_of_wishes_is_a_revision_from_the_head_on(mut db: Db) {
    let company = db.company("A").await;
    db.append(company, 1, &vec![draft("{}"); 10], 0).await;
    let id = create(&mut db, company, StartAt::After(Seq(5))).await;
    let settings =
        WebhookSettings { concurrency: Concurrency::of::<3>(), ..settings("w2", "https://b.example/") };
    let (old, new) = (wishes("call-was-created"), wishes("agent-is-idle"));
    let save = |wishes| SaveWebhook { settings: &settings, wishes, credentials: None, provisioned: true };

    let (saved, revision) = commit!(db, tx => tx.save_webhook(id, 1, &save(&old), NOW).await.expect("saves"));
    assert_eq!((saved.version, &saved.settings, saved.provisioned), (2, &settings, true));
    assert_eq!(revision.number, 1, "the same wishes are the same revision");
    db.append(company, 11, &vec![draft("{}"); 3], 0).await;
    let (_, revision) = commit!(db, tx => tx.save_webhook(id, 2, &save(&new), NOW).await.expect("saves"));
    assert_eq!((revision.number, revision.from_seq), (2, Seq(14)));
    assert_eq!(revision.wishes(), new);

    let all = db.store.revisions(id).await.expect("reads");
    assert_eq!(all.iter().map(|one| (one.number, one.from_seq.0)).collect::<Vec<_>>(), [(1, 6), (2, 14)]);
    let number = async |seq| db.store.revision_at(id, Seq(seq)).await.expect("reads").map(|one| one.number);
    assert_eq!((number(5).await, number(6).await, number(13).await), (None, Some(1), Some(1)));
    assert_eq!(number(14).await, Some(2));

    let mut tx = db.writer.begin().await.expect("begins");
    let stale = tx.save_webhook(id, 2, &save(&old), NOW).await;
    assert!(matches!(stale, Err(StoreError::Stale { .. })), "{stale:?}");
    let missing = tx.save_webhook(WebhookId(99), 1, &save(&old), NOW).await;
    assert!(matches!(missing, Err(StoreError::Missing { id: 99, .. })), "{missing:?}");
}

async fn credentials_are_sealed_and_replaced(mut db: Db) {
    let company = db.company("A").await;
    let id = create(&mut db, company, StartAt::Head).await;
    assert_eq!(db.store.credentials(id).await.expect("opens"), Credentials::default());
    let credentials = Credentials {
        url: Some("https://a.example/hook?code=a-code".into()),
        bearer: Some("the-bearer-token".into()),
        signing: vec![SigningSecret { secret: "whsec_c2VjcmV0".into(), not_after: Some(NOW) }],
        headers: BTreeMap::from([("X-Key".to_owned(), "value".into())]),
    };
    commit!(db, tx => tx.save_credentials(id, 1, &credentials, NOW).await.expect("saves"));
    assert_eq!(db.store.credentials(id).await.expect("opens"), credentials);
    assert_eq!(db.store.webhook(id).await.expect("reads").expect("is there").version, 2);
    let mut db = db.reopened().await;
    assert_eq!(db.store.credentials(id).await.expect("opens"), credentials);
    let mut tx = db.writer.begin().await.expect("begins");
    let stale = tx.save_credentials(id, 1, &Credentials::default(), NOW).await;
    assert!(matches!(stale, Err(StoreError::Stale { .. })), "made of an older one: {stale:?}");
}

async fn a_webhook_is_paused_resumed_and_deleted(mut db: Db) {
    let company = db.company("A").await;
    let id = create(&mut db, company, StartAt::Head).await;
    commit!(db, tx => tx.pause_webhook(id, "410 twice", NOW).await.expect("pauses"));
    let paused = db.store.webhook(id).await.expect("reads").expect("is there");
    assert_eq!((paused.state, paused.paused_reason.as_deref()), (WebhookState::Paused, Some("410 twice")));
    assert_eq!(paused.version, 1);
    commit!(db, tx => tx.resume_webhook(id, NOW).await.expect("resumes"));
    let active = db.store.webhook(id).await.expect("reads").expect("is there");
    assert_eq!((active.state, active.paused_reason), (WebhookState::Active, None));

    commit!(db, tx => {
        let credentials = Credentials { bearer: Some("b".into()), ..Credentials::default() };
        tx.save_credentials(id, 1, &credentials, NOW).await.expect("saves");
        tx.delete_webhook(id, NOW).await.expect("deletes");
    });
    assert_eq!(db.store.webhook(id).await.expect("reads"), None);
    assert_eq!(db.store.cursor(id).await.expect("reads"), None);
    assert_eq!(db.store.credentials(id).await.expect("reads"), Credentials::default());
    let mut tx = db.writer.begin().await.expect("begins");
    let paused = tx.pause_webhook(id, "x", NOW).await;
    assert!(matches!(paused, Err(StoreError::Missing { .. })), "{paused:?}");
    drop(tx);
    let later = Timestamp(NOW.0 + 1);
    while commit!(db, tx => tx.clear_deleted(later, 100).await.expect("clears")) > 0 {}
    assert!(db.store.revisions(id).await.expect("reads").is_empty());
    assert!(create(&mut db, company, StartAt::Head).await > id);
}

async fn revise(db: &mut Db, id: WebhookId, name: &str) -> Seq {
    let settings = settings("w", "https://a.example/");
    let wishes = wishes(name);
    let save = SaveWebhook { settings: &settings, wishes: &wishes, credentials: None, provisioned: false };
    let version = db.store.webhook(id).await.expect("reads").expect("is there").version;
    commit!(db, tx => tx.save_webhook(id, version, &save, NOW).await.expect("saves")).1.from_seq
}

async fn settle(db: &mut Db, company: CompanyId, id: WebhookId, cursors: &[(i32, i64)]) {
    let settlement = |(revision, seq): &(i32, i64)| Settlement {
        cursor: Some(Cursor { revision: *revision, seq: Seq(*seq) }),
        ..super::results::holding(company, id, &[])
    };
    let settlements: Vec<_> = cursors.iter().map(settlement).collect();
    commit_batch!(db, tx => tx.settle(&settlements).await.expect("settles"));
}

async fn a_cursor_counts_up_to_what_its_revision_knows(mut db: Db) {
    let company = db.company("A").await;
    db.append(company, 1, &vec![draft("{}"); 10], 0).await;
    let id = create(&mut db, company, StartAt::Head).await;
    let other = create(&mut db, company, StartAt::Head).await;
    let cursor = async |db: &Db| db.store.cursor(id).await.expect("reads").expect("is there").0;
    assert_eq!(revise(&mut db, id, "second").await, Seq(11));
    assert_eq!(cursor(&db).await, 10, "a revision moves nothing by being saved");

    db.append(company, 11, &vec![draft("{}"); 10], 0).await;
    assert_eq!(revise(&mut db, id, "third").await, Seq(21));
    db.append(company, 21, &vec![draft("{}"); 10], 0).await;
    settle(&mut db, company, id, &[(1, 30)]).await;
    assert_eq!(cursor(&db).await, 10, "the first revision decides up to where the second begins");
    assert_eq!(
        db.store.cursors(company).await.expect("reads"),
        [(id, Seq(10)), (other, Seq(10))],
        "the same in the list"
    );
    assert_eq!(db.store.floor(company, &[]).await.expect("reads").cursor, Some(Seq(10)), "and for retention");

    settle(&mut db, company, id, &[(2, 14), (1, 29), (2, 13)]).await;
    assert_eq!(cursor(&db).await, 14, "what knows more is later, and within one revision what is further on");
    settle(&mut db, company, id, &[(1, 30)]).await;
    assert_eq!(cursor(&db).await, 14, "what knows less is earlier");
    settle(&mut db, company, id, &[(2, 25)]).await;
    assert_eq!(cursor(&db).await, 20);
    settle(&mut db, company, id, &[(3, 25)]).await;
    assert_eq!(cursor(&db).await, 25);

    assert_eq!(revise(&mut db, id, "fourth").await, Seq(31));
    db.append(company, 31, &vec![draft("{}"); 5], 0).await;
    settle(&mut db, company, id, &[(3, 35)]).await;
    assert_eq!(cursor(&db).await, 30);
    let skip = commit!(db, tx => tx.skip_to(id, Seq(33), "ana", NOW).await.expect("skips")).expect("moved");
    assert_eq!((skip.from, skip.to), (Seq(31), Seq(33)), "from where it is settled on");
    settle(&mut db, company, id, &[(3, 35)]).await;
    assert_eq!(cursor(&db).await, 33, "what was skipped by hand is not looked at again");
}

async fn a_moved_cursor_leaves_a_record(mut db: Db) {
    let company = db.company("A").await;
    db.append(company, 1, &vec![draft("{}"); 10], 0).await;
    let id = create(&mut db, company, StartAt::After(Seq(2))).await;
    let skip = commit!(db, tx => tx.skip_to(id, Seq(6), "ana", NOW).await.expect("skips")).expect("moved");
    assert_eq!((skip.from, skip.to, skip.reason), (Seq(3), Seq(6), SkipReason::ByHand));
    assert_eq!(skip.actor.as_deref(), Some("ana"));
    assert_eq!(commit!(db, tx => tx.skip_to(id, Seq(5), "ana", NOW).await.expect("skips")), None, "not back");
    let end = commit!(db, tx => tx.skip_to(id, Seq(99), "ana", NOW).await.expect("skips")).expect("moved");
    assert_eq!((end.from, end.to), (Seq(7), Seq(10)), "not beyond the head");
    assert_eq!(db.store.cursor(id).await.expect("reads"), Some(Seq(10)));
    assert_eq!(db.store.skips(id, i64::MAX, 10).await.expect("reads"), [end.clone(), skip.clone()]);
    let at = async |seq| db.store.skip_at(id, Seq(seq)).await.expect("reads").map(|found| found.id);
    assert_eq!((at(2).await, at(3).await, at(6).await), (None, Some(skip.id), Some(skip.id)));
    assert_eq!((at(7).await, at(11).await), (Some(end.id), None));
}

async fn what_expires_is_recorded_per_webhook(mut db: Db) {
    let company = db.company("A").await;
    db.append(company, 1, &vec![draft("{}"); 10], 0).await;
    let behind = create(&mut db, company, StartAt::After(Seq(2))).await;
    let ahead = create(&mut db, company, StartAt::Head).await;
    let settlement = super::results::holding(company, behind, &[1, 2]);
    commit_batch!(db, tx => tx.settle(&[settlement]).await.expect("settles"));
    let expired = commit!(db, tx => tx.expire(company, Seq(5), NOW).await.expect("expires"));
    assert_eq!(expired.len(), 1, "the one at the head loses nothing: {ahead}");
    let skip = expired[0].skip.as_ref().expect("moved");
    assert_eq!((expired[0].webhook, expired[0].held), (behind, 2));
    assert_eq!((skip.from, skip.to, skip.reason), (Seq(3), Seq(5), SkipReason::Expired));
    let held = db.store.held_between(behind, Seq(1), Seq(9), 9).await.expect("reads");
    assert!(held.iter().all(|row| (row.state, row.reason) == (HeldState::Dead, HeldReason::Expired)));
    assert!(commit!(db, tx => tx.expire(company, Seq(5), NOW).await.expect("expires")).is_empty());
}

async fn a_replay_survives_and_ends_once(mut db: Db) {
    let company = db.company("A").await;
    db.append(company, 1, &vec![draft("{}"); 10], 0).await;
    let id = create(&mut db, company, StartAt::Head).await;
    let new = NewReplay {
        webhook: id,
        from: Seq(0),
        to: Seq(99),
        filter: r#"{"events":["*"]}"#,
        as_new: true,
        rate: Some(50),
        total: Some(10),
        created_by: "ana",
    };
    let made = commit!(db, tx => tx.create_replay(&new, NOW).await.expect("a replay"));
    assert_eq!((made.from, made.to, made.position), (Seq(1), Seq(10), Seq(0)));
    assert_eq!(
        (made.revision, made.state, made.as_new, made.rate),
        (1, ReplayState::Running, true, Some(50))
    );

    let progress = |position, delivered, done| ReplayProgress {
        replay: made.id,
        position: Seq(position),
        delivered,
        failed: 1,
        skipped: 2,
        done,
    };
    let settlement = |replays| Settlement { replays, ..super::results::holding(company, id, &[]) };
    let first = settlement(vec![progress(4, 1, false), progress(6, 2, false)]);
    commit_batch!(db, tx => tx.settle(&[first]).await.expect("settles"));
    let mut db = db.reopened().await;
    let found = db.store.open_replays(id).await.expect("reads").remove(0);
    assert_eq!((found.position, found.delivered, found.failed, found.skipped), (Seq(6), 3, 2, 4));

    let paused =
        commit!(db, tx => tx.set_replay_state(made.id, ReplayState::Paused, NOW).await.expect("saves"));
    assert_eq!((paused.state, paused.ended_at), (ReplayState::Paused, None));
    commit!(db, tx => tx.set_replay_state(made.id, ReplayState::Running, NOW).await.expect("saves"));
    commit_batch!(db, tx => tx.settle(&[settlement(vec![progress(10, 0, true)])]).await.expect("settles"));
    let cancelled =
        commit!(db, tx => tx.set_replay_state(made.id, ReplayState::Cancelled, NOW).await.expect("saves"));
    assert_eq!(cancelled.state, ReplayState::Done, "what has ended stays so");
    assert!(db.store.open_replays(id).await.expect("reads").is_empty());
    assert_eq!(db.store.replays(id, i64::MAX, 9).await.expect("reads").len(), 1);
}
