use std::sync::atomic::AtomicUsize;

use super::state::State;
use super::*;

const ANA: UserId = UserId(1);
const SHE: By = By { group: Group::Companies(1), member: 1 };

fn hub() -> (Hub, broadcast::Sender<UserId>) {
    let (sender, changes) = broadcast::channel(4);
    (Hub::new(changes, CancellationToken::new()), sender)
}

fn viewer(hub: &Hub, ends: Instant) -> Viewer<State> {
    let (_, look) = counting();
    Viewer { ends, ..hub.viewer(ANA, hub.watch(SHE, "a".into(), look).expect("a place")) }
}

fn counting() -> (Arc<AtomicUsize>, impl Fn() -> std::future::Ready<Result<Fragments, AdminError>>) {
    let count = Arc::new(AtomicUsize::new(0));
    let looks = count.clone();
    let look = move || {
        let n = looks.fetch_add(1, Ordering::Relaxed);
        std::future::ready(Ok(vec![("state".to_owned(), n.to_string())]))
    };
    (count, look)
}

#[tokio::test(start_paused = true)]
async fn many_viewers_cost_one_look_a_tick_and_a_slow_one_skips() {
    let (hub, _changes) = hub();
    let (count, look) = counting();
    let mut viewers = vec![hub.watch(SHE, "a".into(), look).expect("a place")];
    for _ in 0..20 {
        let (_, unused) = counting();
        viewers.push(hub.watch(SHE, "a".into(), unused).expect("a place"));
    }
    tokio::time::sleep(TICK * 10 + TICK / 2).await;
    let looks = count.load(Ordering::Relaxed);
    assert_eq!(looks, 11);
    for viewer in &mut viewers {
        let newest = viewer.next().await.expect("a state");
        let only = format!("event: state\ndata: {}\n\n", looks - 1);
        assert_eq!(newest, only, "only the newest is kept");
    }
    drop(viewers);
    tokio::time::sleep(TICK * 2).await;
    let after = count.load(Ordering::Relaxed);
    tokio::time::sleep(TICK * 5).await;
    assert_eq!(count.load(Ordering::Relaxed), after, "nobody watches, nothing is read");
    assert!(hub.lock().states.is_empty());
}

#[tokio::test(start_paused = true)]
async fn who_follows_is_sent_what_has_changed_and_who_missed_a_look_all_of_it() {
    let (hub, _changes) = hub();
    let count = Arc::new(AtomicUsize::new(0));
    let look = move || {
        let n = count.fetch_add(1, Ordering::Relaxed);
        let figures = ("figures".to_owned(), (n / 2).to_string());
        std::future::ready(Ok(vec![figures, ("names".to_owned(), "Ana".to_owned())]))
    };
    let mut viewer = hub.watch(SHE, "a".into(), look).expect("a place");
    let whole = |n: usize| format!("event: figures\ndata: {n}\n\nevent: names\ndata: Ana\n\n");
    assert_eq!(viewer.next().await.expect("a first look"), whole(0));
    assert_eq!(viewer.next().await.expect("the same"), "event: alive\ndata: \n\n");
    assert_eq!(viewer.next().await.expect("a change"), "event: figures\ndata: 1\n\n");
    tokio::time::sleep(TICK * 3).await;
    assert_eq!(viewer.next().await.expect("all of it"), whole(2), "it has missed what others were sent");
}

#[tokio::test(start_paused = true)]
async fn a_stream_ends_with_the_program_and_after_its_time() {
    let (hub, _changes) = hub();
    let mut short = viewer(&hub, Instant::now() + TICK * 3);
    let mut sent = 0;
    while let Some((_, next)) = short.next().await {
        (short, sent) = (next, sent + 1);
    }
    assert!((2..=4).contains(&sent), "{sent}");
    let long = viewer(&hub, Instant::now() + STREAM_LASTS);
    hub.stop.cancel();
    let mut left = Some(long);
    while let Some(viewer) = left {
        left = viewer.next().await.map(|(_, viewer)| viewer);
    }
}

#[tokio::test(start_paused = true)]
async fn a_look_that_panics_ends_its_streams_and_the_next_viewer_looks_anew() {
    let (hub, _changes) = hub();
    let panics = || async { panic!("on purpose") };
    let mut first = hub.watch(SHE, "a".into(), panics).expect("a place");
    assert_eq!(first.next().await, None, "it does not wait for ever");
    let (_, look) = counting();
    let mut second = hub.watch(SHE, "a".into(), look).expect("a place");
    assert!(second.next().await.is_some());
}

#[tokio::test(start_paused = true)]
async fn who_comes_later_sees_nothing_older_than_their_page() {
    let (hub, _changes) = hub();
    let watch = || {
        let (_, look) = counting();
        hub.watch(SHE, "a".into(), look).expect("a place")
    };
    let mut first = watch();
    assert_eq!(first.next().await.expect("a first look"), "event: state\ndata: 0\n\n");
    let mut second = watch();
    assert_eq!(second.next().await.expect("the next look"), "event: state\ndata: 1\n\n");
}

#[tokio::test(start_paused = true)]
async fn a_stream_ends_at_once_when_its_viewers_rights_change() {
    let (hub, changes) = hub();
    let far = Instant::now() + STREAM_LASTS;
    let (_, seen) = viewer(&hub, far).next().await.expect("a first state");
    changes.send(UserId(2)).expect("somebody listens");
    let (_, seen) = seen.next().await.expect("another's rights do not matter");
    changes.send(ANA).expect("somebody listens");
    let (last, seen) = seen.next().await.expect("a last word");
    assert_eq!(last.as_deref(), Ok(GONE.as_bytes()));
    assert!(seen.next().await.is_none());
    let behind = viewer(&hub, far);
    for other in 10..20 {
        changes.send(UserId(other)).expect("somebody listens");
    }
    let (last, behind) = behind.next().await.expect("a last word");
    assert_eq!(last.as_deref(), Ok(GONE.as_bytes()), "who may have missed a change ends too");
    assert!(behind.next().await.is_none());
}

fn of(companies: u64, member: u64) -> By {
    By { group: Group::Companies(companies), member }
}

#[tokio::test(start_paused = true)]
async fn who_takes_all_streams_that_they_can_leaves_some_for_others() {
    let (hub, _changes) = hub();
    let watch = |by: By| {
        let (_, look) = counting();
        hub.watch(by, "a".into(), look)
    };
    let take = |by: By| std::iter::from_fn(|| watch(by)).take(3_000).collect::<Vec<_>>();
    let hog = take(of(1, 1));
    assert!((1_000..1_200).contains(&hog.len()), "{} streams of one user", hog.len());
    let colleague = take(of(1, 2));
    assert!(colleague.len() > 50, "{} for one who sees the same", colleague.len());
    let others: Vec<_> = (3..40).map(|user| take(of(1, user))).collect();
    assert!(others.iter().all(|streams| !streams.is_empty()), "one for each");
    let all = hog.len() + colleague.len() + others.iter().map(Vec::len).sum::<usize>();
    assert!(all < 1_400, "{all} for all who see the same");
    let stranger = take(of(2, 50));
    assert!(stranger.len() > 200, "{} for one who sees other companies", stranger.len());
    drop(hog);
    assert!(watch(of(1, 1)).is_some());
}

#[tokio::test(start_paused = true)]
async fn who_looks_at_everything_leaves_something_to_look_at_for_others() {
    let (hub, _changes) = hub();
    let watch = |by: By, n: usize| {
        let (_, look) = counting();
        hub.watch(by, n.to_string(), look)
    };
    let hog: Vec<_> = (0..LOOKS).map_while(|n| watch(of(1, 1), n)).collect();
    assert!(hog.len() < LOOKS * 2 / 3, "{}", hog.len());
    assert!(watch(of(1, 1), 0).is_some(), "what is looked at already costs nothing");
    assert!(watch(of(1, 2), 1_000).is_some() && watch(of(2, 3), 1_001).is_some());
    let before = hog.len();
    drop(hog);
    tokio::time::sleep(TICK * 2).await;
    let again = (2_000..2_000 + LOOKS).map_while(|n| watch(of(1, 1), n)).count();
    assert!(again >= before / 2, "what nobody looks at is given back: {again}");
}
