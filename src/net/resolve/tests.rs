use std::sync::Condvar;

use super::*;

const ONE: Asker = Asker::Company(CompanyId(1));
const TWO: Asker = Asker::Company(CompanyId(2));
const IP: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));

/// A name server that is silent about some names until it is told to speak.
#[derive(Clone, Default)]
struct Server(Arc<(Mutex<bool>, Condvar)>);

impl Server {
    fn resolver(&self) -> SystemResolver {
        let server = self.clone();
        SystemResolver::over(move |host| {
            if host.contains("silent") {
                let (speaks, told) = &*server.0;
                let speaks = speaks.lock().expect("no panic inside");
                drop(told.wait_while(speaks, |speaks| !*speaks).expect("no panic inside"));
                return Err(ResolveError("no answer".into()));
            }
            Ok(vec![IP])
        })
    }
}

/// Lets the threads end.
impl Drop for Server {
    fn drop(&mut self) {
        *self.0.0.lock().expect("no panic inside") = true;
        self.0.1.notify_all();
    }
}

async fn soon(resolver: &SystemResolver, whom: Asker, host: &str) -> Option<Answer> {
    timeout(Duration::from_secs(5), resolver.resolve(whom, host)).await.ok()
}

/// Asks for many names that are never answered.
fn hog(resolver: &SystemResolver, whom: Asker, names: usize) -> tokio::task::JoinSet<Answer> {
    (0..names).map(|n| resolver.resolve(whom, &format!("n{n}.silent"))).collect()
}

#[tokio::test]
async fn names_that_nobody_answers_for_delay_no_other_company() {
    let server = Server::default();
    let resolver = server.resolver();
    let hogging = hog(&resolver, ONE, 1_000);
    let began = Instant::now();
    while resolver.0.slow.used() < 100 {
        sleep(Duration::from_millis(10)).await;
        let answer = soon(&resolver, TWO, &format!("good{}", began.elapsed().as_nanos())).await;
        assert_eq!(answer, Some(Ok(vec![IP])));
    }
    assert!(began.elapsed() < Duration::from_mins(1));
    drop(hogging);
}

#[tokio::test]
async fn a_silent_name_delays_no_other_name() {
    let server = Server::default();
    let resolver = server.resolver();
    let hogging = hog(&resolver, ONE, 100);
    while resolver.0.slow.used() < 100 {
        sleep(Duration::from_millis(10)).await;
    }
    for n in 0..20 {
        let began = Instant::now();
        assert_eq!(soon(&resolver, ONE, &format!("good{n}")).await, Some(Ok(vec![IP])));
        assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    }
    assert_eq!(resolver.0.slow.used(), 100, "the silent ones have places of their own");
    drop(hogging);
}

#[tokio::test]
async fn a_name_keeps_its_last_addresses_while_its_server_is_silent() {
    let (silent, was_asked) = (Arc::new(Mutex::new(false)), Arc::new(Mutex::new(0)));
    let (now_silent, asked) = (silent.clone(), was_asked.clone());
    let resolver = SystemResolver::over(move |_| {
        *asked.lock().expect("no panic inside") += 1;
        if *now_silent.lock().expect("no panic inside") {
            thread::sleep(Duration::from_secs(3));
            return Err(ResolveError("no answer".into()));
        }
        Ok(vec![IP])
    });
    assert_eq!(soon(&resolver, ONE, "a.test").await, Some(Ok(vec![IP])));
    *silent.lock().expect("no panic inside") = true;
    let began = Instant::now();
    assert_eq!(soon(&resolver, ONE, "a.test").await, Some(Ok(vec![IP])));
    assert!(began.elapsed() < PATIENCE * 2, "{:?}", began.elapsed());
    let began = Instant::now();
    assert_eq!(soon(&resolver, TWO, "a.test").await, Some(Ok(vec![IP])));
    assert!(began.elapsed() < PATIENCE / 2, "once is enough: {:?}", began.elapsed());
    assert_eq!(*was_asked.lock().expect("no panic inside"), 2);
}

#[tokio::test]
async fn who_asks_for_a_name_that_is_being_asked_for_waits_for_the_same_answer() {
    let asked = Arc::new(Mutex::new(0));
    let counted = asked.clone();
    let resolver = SystemResolver::over(move |_| {
        *counted.lock().expect("no panic inside") += 1;
        thread::sleep(Duration::from_millis(50));
        Ok(vec![IP])
    });
    let answers = futures_util::future::join_all((0..50).map(|n| {
        let whom = if n % 2 == 0 { ONE } else { TWO };
        resolver.resolve(whom, "a.test")
    }))
    .await;
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(*asked.lock().expect("no panic inside"), 1);
    assert_eq!(resolver.0.quick.used() + resolver.0.slow.used(), 0, "a place was kept");
}

#[tokio::test]
async fn a_refusal_is_remembered_for_a_moment() {
    let asked = Arc::new(Mutex::new(0));
    let counted = asked.clone();
    let resolver = SystemResolver::over(move |_| {
        *counted.lock().expect("no panic inside") += 1;
        Err(ResolveError("unknown".into()))
    });
    for _ in 0..10 {
        assert_eq!(resolver.resolve(ONE, "a.test").await, Err(ResolveError("unknown".into())));
    }
    assert_eq!(*asked.lock().expect("no panic inside"), 1);
}

#[tokio::test]
async fn a_look_up_that_panics_is_an_error_and_gives_its_place_back() {
    let resolver = SystemResolver::over(|_| panic!("on purpose"));
    assert!(resolver.resolve(ONE, "a.test").await.is_err());
    // The thread ends right after its question.
    while resolver.0.memory().open_questions() + resolver.0.quick.used() > 0 {
        sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn the_system_knows_this_machine() {
    let resolver = SystemResolver::new();
    let (first, second) =
        tokio::join!(resolver.resolve(ONE, "localhost"), resolver.resolve(ONE, "localhost"));
    assert!(first.as_ref().expect("an answer").iter().all(IpAddr::is_loopback));
    assert_eq!(first, second);
    assert_eq!(resolver.0.memory().open_questions(), 0, "an answered question was kept");
}

#[tokio::test]
async fn an_impossible_name_is_an_error() {
    let resolver = SystemResolver::new();
    assert!(resolver.resolve(ONE, "no such name").await.is_err());
    assert!(resolver.resolve(ONE, "nul\0byte").await.is_err());
}
