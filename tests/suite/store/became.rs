//! What became of many events at several webhooks, asked for at once.

use ramal::domain::{CompanyId, Seq, WebhookId};
use ramal::store::{AttemptRow, SaveWebhook, Settlement, StartAt, Stretch};

use super::results::{attempt, holding};
use super::{Db, NOW, commit, commit_batch, contract, draft};
use crate::support::settings::{settings, wanting};

contract! {
    what_is_asked_of_many_is_what_is_asked_of_one,
}

async fn create(db: &mut Db, company: CompanyId, name: &str) -> WebhookId {
    let settings = settings(name, "https://a.example/");
    let wishes = wanting(&["a"]);
    let save = SaveWebhook { settings: &settings, wishes: &wishes, credentials: None, provisioned: false };
    commit!(db, tx => tx.create_webhook(company, &save, StartAt::After(Seq(0)), NOW).await.expect("a webhook"))
        .0
        .id
}

async fn what_is_asked_of_many_is_what_is_asked_of_one(mut db: Db) {
    let (company, other) = (db.company("A").await, db.company("B").await);
    db.append(company, 1, &vec![draft("{}"); 10], 0).await;
    db.append(other, 1, &[draft("{}")], 0).await;
    let (one, two) = (create(&mut db, company, "one").await, create(&mut db, company, "two").await);
    let of = |webhook, row: AttemptRow| AttemptRow { webhook, ..row };
    let made = Settlement {
        attempts: vec![
            of(one, attempt(2, 1, Some(500))),
            of(one, attempt(2, 2, Some(200))),
            of(one, attempt(3, 1, None)),
            of(two, attempt(2, 1, Some(204))),
        ],
        ..holding(company, one, &[3, 4])
    };
    commit_batch!(db, tx => tx.settle(&[made]).await.expect("settles"));
    commit!(db, tx => tx.skip_to(two, Seq(6), "ana", NOW).await.expect("skips"));

    let places = [(one, Seq(2)), (one, Seq(3)), (two, Seq(2)), (two, Seq(3)), (WebhookId(99), Seq(2))];
    let held = db.store.held_at(&places).await.expect("reads");
    assert_eq!(held, db.store.held_between(one, Seq(3), Seq(3), 9).await.expect("reads"));
    let mut found: Vec<_> = db.store.successes_at(&places).await.expect("reads");
    found.sort_by_key(|row| row.webhook);
    let found: Vec<_> = found.iter().map(|row| (row.webhook, row.seq, row.status)).collect();
    assert_eq!(found, [(one, Seq(2), Some(200)), (two, Seq(2), Some(204))]);

    let names = db.store.names_at(&[(company, Seq(2)), (other, Seq(1)), (other, Seq(2))]).await;
    let mut names = names.expect("reads");
    names.sort();
    let of_each: Vec<_> = names.iter().map(|(company, seq, _)| (*company, *seq)).collect();
    assert_eq!(of_each, [(company, Seq(2)), (other, Seq(1))]);
    assert_eq!(db.store.event_names(company, &[Seq(2)]).await.expect("reads")[&Seq(2)], names[0].2);

    let stretch = |webhook, from, to| Stretch { webhook, from: Seq(from), to: Seq(to) };
    let skipped = async |stretch| db.store.skipped_by_hand(&[stretch]).await.expect("reads");
    assert_eq!(skipped(stretch(two, 6, 9)).await, db.store.skips(two, i64::MAX, 9).await.expect("reads"));
    assert_eq!(skipped(stretch(two, 7, 9)).await, []);
    assert_eq!(skipped(stretch(one, 1, 9)).await, []);

    let ids = [one, two, WebhookId(99)];
    let mut revisions = db.store.revisions_of(&ids).await.expect("reads");
    revisions.sort_by_key(|(webhook, _)| *webhook);
    let each = [one, two].map(|webhook| (webhook, db.store.newest_revision(webhook)));
    for ((webhook, revision), (expected, newest)) in revisions.into_iter().zip(each) {
        assert_eq!((webhook, Some(revision)), (expected, newest.await.expect("reads")));
    }
    let mut settled = db.store.settled_of(&ids).await.expect("reads");
    settled.sort();
    assert_eq!(settled, db.store.cursors(company).await.expect("reads"));
    assert_eq!(db.store.held_at(&[]).await.expect("reads"), []);
}
