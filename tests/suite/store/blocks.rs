//! Blocks and retention.

use std::collections::{BTreeMap, BTreeSet};

use ramal::domain::{CompanyId, Seq, Timestamp, WebhookId};
use ramal::store::{AttemptRow, Block, BlockTotals, EVER, Floor, Settlement};

use super::results::{attempt, holding};
use super::{Db, NOW, commit, commit_batch, contract, draft};

contract! {
    blocks_are_found_by_seq_time_and_key,
    events_go_oldest_first_but_held_ones_stay,
    attempts_above_the_cursor_stay,
}

fn block(company: CompanyId, first: i64, last: i64) -> Block {
    Block {
        company,
        first: Seq(first),
        last: Seq(last),
        first_at: Timestamp(first * 10),
        last_at: Timestamp(last * 10),
        events: last - first + 1,
        bytes: (last - first + 1) * 100,
        names: BTreeMap::from([("call-was-created".into(), 3), ("ação".into(), 1)]),
    }
}

fn keys(of: &[(char, &str)]) -> BTreeSet<(char, Box<str>)> {
    of.iter().map(|(kind, key)| (*kind, Box::from(*key))).collect()
}

async fn blocks_are_found_by_seq_time_and_key(mut db: Db) {
    let (a, b) = (db.company("A").await, db.company("B").await);
    commit!(db, tx => {
        for (first, last) in [(1, 1_024), (1_025, 2_048), (2_049, 3_000)] {
            let mut found = keys(&[('c', "same"), ('p', "5511900001234")]);
            found.insert(('c', format!("call-{first}").into()));
            tx.insert_block(&block(a, first, last), &found).await.expect("a block");
        }
        let many: BTreeSet<_> = (0..700).map(|n| ('c', format!("k{n}").into_boxed_str())).collect();
        tx.insert_block(&block(b, 1, 1_000), &many).await.expect("a block");
    });
    let store = &db.store;
    assert_eq!(store.last_block(a).await.expect("reads"), Some(block(a, 2_049, 3_000)));
    assert_eq!(store.last_block(CompanyId(99)).await.expect("reads"), None);
    let at = async |seq| store.block_at(a, Seq(seq)).await.expect("reads").map(|block| block.first.0);
    assert_eq!(
        (at(1).await, at(1_024).await, at(1_025).await, at(3_001).await),
        (Some(1), Some(1), Some(1_025), None)
    );
    let firsts = |blocks: Vec<Block>| blocks.iter().map(|block| block.first.0).collect::<Vec<_>>();
    assert_eq!(firsts(store.blocks(a, Seq(0), 9).await.expect("reads")), [1, 1_025, 2_049]);
    assert_eq!(firsts(store.blocks(a, Seq(1_024), 1).await.expect("reads")), [1]);
    assert_eq!(firsts(store.blocks(a, Seq(1_030), 9).await.expect("reads")), [1_025, 2_049]);
    assert!(store.blocks(a, Seq(3_001), 9).await.expect("reads").is_empty());
    let before =
        async |seq, between| firsts(store.blocks_before(a, Seq(seq), between, 2).await.expect("reads"));
    assert_eq!(before(2_049, EVER).await, [1_025, 1]);
    assert_eq!(
        before(2_049, (Timestamp(i64::MIN), Timestamp(10_241))).await,
        [1],
        "before the second begins"
    );
    assert_eq!(before(9_999, (Timestamp(20_480), Timestamp(i64::MAX))).await, [2_049, 1_025], "in both");
    assert_eq!(before(9_999, (Timestamp(20_481), Timestamp(20_491))).await, [2_049]);
    let time =
        async |at| store.block_at_time(a, Timestamp(at)).await.expect("reads").map(|block| block.first.0);
    assert_eq!((time(0).await, time(10_240).await, time(10_241).await), (Some(1), Some(1), Some(1_025)));
    assert_eq!(time(30_001).await, None);
    let of = async |kind, key, before| {
        firsts(store.blocks_of_key(a, kind, key, Seq(before), EVER, 9).await.expect("reads"))
    };
    let first_half = (Timestamp(i64::MIN), Timestamp(10_241));
    assert_eq!(
        store.blocks_of_key(a, 'c', "same", Seq(i64::MAX), first_half, 9).await.expect("reads"),
        [block(a, 1, 1_024)]
    );
    assert_eq!(of('c', "same", i64::MAX).await, [2_049, 1_025, 1]);
    assert_eq!(of('c', "same", 2_049).await, [1_025, 1]);
    assert_eq!(of('c', "call-1025", i64::MAX).await, [1_025]);
    assert!(of('p', "same", i64::MAX).await.is_empty());
    let totals = store.block_totals().await.expect("reads");
    assert_eq!(totals[0], (a, BlockTotals { events: 3_000, bytes: 300_000 }));

    let same = [('c', "same".into())];
    commit!(db, tx => {
        tx.delete_block_keys(a, Seq(1), &same).await.expect("deletes");
        tx.delete_block(a, Seq(1)).await.expect("deletes");
        tx.shrink_block(a, Seq(1_025), 2, 50).await.expect("shrinks");
    });
    let left = db.store.block_at(a, Seq(1_025)).await.expect("reads").expect("there");
    assert_eq!((left.events, left.bytes), (2, 50));
    let left = db.store.blocks_of_key(a, 'c', "same", Seq(i64::MAX), EVER, 9).await.expect("reads");
    assert_eq!(left.iter().map(|block| block.first.0).collect::<Vec<_>>(), [2_049, 1_025]);
    assert_eq!(db.store.block_at(a, Seq(5)).await.expect("reads"), None);
}

async fn events_go_oldest_first_but_held_ones_stay(mut db: Db) {
    let company = db.company("A").await;
    db.append(company, 1, &vec![draft("{}"); 10], 0).await;
    assert_eq!(
        db.store.floor(company, &[]).await.expect("reads"),
        Floor { oldest: Some((Seq(1), NOW)), cursor: None, held: None }
    );
    let hook = WebhookId(7);
    commit!(db, tx => tx.put_cursor(company, hook, Seq(8)).await.expect("a cursor"));
    commit_batch!(db, tx => tx.settle(&[holding(company, hook, &[3, 5])]).await.expect("settles"));
    let floor = db.store.floor(company, &[]).await.expect("reads");
    assert_eq!((floor.cursor, floor.held), (Some(Seq(8)), Some(Seq(3))));
    let seqs = async |db: &Db| {
        let events = db.store.events(company, Seq(1), 99, usize::MAX).await.expect("reads");
        events.iter().map(|event| event.seq.0).collect::<Vec<_>>()
    };
    let delete = async |db: &mut Db, to, keep, limit| commit!(db, tx => tx.delete_events(company, Seq(to), keep, limit).await.expect("deletes"));
    assert_eq!(delete(&mut db, 6, true, 3).await, 3);
    assert_eq!(seqs(&db).await, [3, 5, 6, 7, 8, 9, 10]);
    assert_eq!(delete(&mut db, 6, true, 99).await, 1);
    assert_eq!(delete(&mut db, 6, true, 99).await, 0);
    assert_eq!(seqs(&db).await, [3, 5, 7, 8, 9, 10]);
    commit!(db, tx => {
        assert_eq!(tx.delete_dead(company, Seq(6), 9).await.expect("deletes"), 0);
        tx.expire(company, Seq(6), NOW).await.expect("expires");
        assert_eq!(tx.delete_dead(company, Seq(4), 9).await.expect("deletes"), 1);
    });
    assert_eq!(delete(&mut db, 6, false, 99).await, 2);
    assert_eq!(seqs(&db).await, [7, 8, 9, 10]);
    // What follows is appended behind, whatever went.
    db.append(company, 11, &[draft("{}")], 0).await;
}

async fn attempts_above_the_cursor_stay(mut db: Db) {
    let company = CompanyId(1);
    let hook = WebhookId(7);
    let attempts: Vec<AttemptRow> = (1..=10).map(|seq| attempt(seq, 1, Some(200))).collect();
    commit!(db, tx => tx.put_cursor(company, hook, Seq(6)).await.expect("a cursor"));
    let settlement = Settlement { attempts, ..holding(company, hook, &[]) };
    commit_batch!(db, tx => tx.settle(&[settlement]).await.expect("settles"));
    let later = Timestamp(NOW.0 + 1_000_000);
    let delete = async |db: &mut Db, before, limit| commit!(db, tx => tx.delete_attempts(hook, Seq(9), before, limit).await.expect("deletes"));
    assert_eq!(delete(&mut db, NOW, 99).await, 0, "none is that old");
    assert_eq!(delete(&mut db, later, 4).await, 4);
    assert_eq!(delete(&mut db, later, 99).await, 2);
    assert_eq!(delete(&mut db, later, 99).await, 0);
    let left = db.store.successes_beyond(hook, Seq(0)).await.expect("reads");
    assert_eq!(left, [Seq(7), Seq(8), Seq(9), Seq(10)]);
}
