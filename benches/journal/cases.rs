//! What is looked for.

use crate::story::{self, Story, chance};

/// What the answer's time is measured against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// By call, phone, agent, chat, type and time: 300 ms.
    Key,
    /// Free text over a day: 2 s.
    Text,
    /// What no index answers: thirty days of free text, or two things that are often there and never together. The answer
    /// says at 2 s how far it has come.
    Budget,
}

pub struct Case {
    pub name: &'static str,
    pub limit: Limit,
    pub questions: u64,
    /// Asked of a cold program too.
    pub cold: bool,
    /// The path of the n-th question.
    pub path: Box<dyn Fn(u64) -> String>,
}

const QUESTIONS: u64 = 50;

/// The companies' ids are 1, 2, …; the large one is the first.
fn events(company: u64, query: &str) -> String {
    format!("/companies/company_{}/events?{query}", company + 1)
}

fn day(day: u64) -> String {
    format!("from={}&to={}", story::day_begins(day), story::day_begins(day + 1))
}

struct Cases(Story, Vec<Case>);

impl Cases {
    /// A case with a value for each number of an event of `company`, which is drawn.
    fn add(
        &mut self,
        limit: Limit,
        name: &'static str,
        company: u64,
        query: impl Fn(u64) -> String + 'static,
    ) -> &mut Case {
        let total = self.0.before(company, story::DAYS);
        let path = move |n| events(company, &query(chance(company, n, 7) % total));
        self.1.push(Case { name, limit, questions: QUESTIONS, cold: false, path: Box::new(path) });
        self.1.last_mut().expect("it was just put there")
    }

    fn key(&mut self, name: &'static str, query: impl Fn(u64) -> String + 'static) -> &mut Case {
        self.add(Limit::Key, name, 0, query)
    }

    fn text(&mut self, name: &'static str, query: impl Fn(u64) -> String + 'static) -> &mut Case {
        self.add(Limit::Text, name, 0, query)
    }

    fn unanswerable(&mut self, name: &'static str, query: impl Fn(u64) -> String + 'static) {
        self.add(Limit::Budget, name, 0, query).questions = 5;
    }

    fn alone(&mut self) {
        self.key("call", |n| format!("call={}", story::call(0, n))).cold = true;
        self.key("call that never was", |n| format!("call=none-{n}"));
        self.key("phone of a customer", |n| format!("phone={}", story::phone(0, n))).cold = true;
        self.key("phone that is called often", |_| format!("phone={}", story::OFTEN_CALLED));
        self.key("phone that never called", |n| format!("phone=99{n}"));
        self.key("agent, one of 200", |n| format!("agent={}", story::agent(0, n))).cold = true;
        self.key("agent that is not there", |n| format!("agent=77{n}"));
        self.key("chat", |n| format!("chat={}", story::chat(0, n))).cold = true;
        self.key("type, a tenth of all events", |_| "type=call-was-connected".into()).cold = true;
        self.key("type, 1 in 20,000", |_| format!("type={}", story::SELDOM)).cold = true;
        self.key("type, 1 in 50,000", |_| format!("type={}", story::RARE)).cold = true;
        self.key("type that never occurs", |_| "type=call-was-forgotten".into()).cold = true;
        self.key("types by their beginning, manual-*", |_| "type=manual-*".into());
        self.key("everything", |_| "limit=100".into());
        self.key("everything of a day", |n| day(n % 30));
    }

    fn together(&mut self) {
        let middle = self.0.before(0, 15);
        self.key("agent, half the journal back", move |n| {
            format!("agent={}&cursor={middle}", story::agent(0, n))
        });
        self.key("phone that is called often, half the journal back", move |_| {
            format!("phone={}&cursor={middle}", story::OFTEN_CALLED)
        });
        self.key("type, 1 in 20,000, half the journal back", move |_| {
            format!("type={}&cursor={middle}", story::SELDOM)
        });
        self.key("call and day", |n| format!("call={}&{}", story::call(0, n), day(n % 30)));
        self.key("agent and day", |n| format!("agent={}&{}", story::agent(0, n), day(n % 30)));
        self.key("type, 1 in 20,000, and day", |n| format!("type={}&{}", story::SELDOM, day(n % 30)));
        self.key("type that never occurs, and day", |n| format!("type=call-was-forgotten&{}", day(n % 30)));
        self.key("agent and type, a tenth of all events", |n| {
            format!("agent={}&type=call-was-connected", story::agent(0, n))
        });
        self.unanswerable("agent and type, never together", |n| {
            format!("agent={}&type=call-was-created", story::agent(0, n))
        });
        self.unanswerable("phone that is called often, and type, never together", |_| {
            format!("phone={}&type=agent-is-idle", story::OFTEN_CALLED)
        });
        self.key("agent, 1,000 on a page", |n| format!("agent={}&limit=1000", story::agent(0, n)));
    }

    fn of_a_small_company(&mut self) {
        self.add(Limit::Key, "small company: call", 7, |n| format!("call={}", story::call(7, n)));
        self.add(Limit::Key, "small company: agent, one of 10", 7, |n| {
            format!("agent={}", story::agent(7, n))
        });
        self.add(Limit::Key, "small company: type, 1 in 20,000", 7, |_| format!("type={}", story::SELDOM));
        self.add(Limit::Text, "small company: text nowhere in its 30 days", 7, |n| {
            format!("text=nowhere-{n}")
        });
    }

    fn texts(&mut self) {
        let story = self.0;
        let ordinary = |n: u64| n % story::BUSY_DAY;
        self.text("text in every event, a day", move |n| {
            format!("text=Cobran%C3%A7a&{}", day(ordinary(n)))
        })
        .cold = true;
        self.text("text in one event of a day", move |n| {
            let day_of_it = ordinary(n);
            let inside = story.before(0, day_of_it) + story.on(0, day_of_it) / 2;
            format!("text={}&{}", story::protocol(0, inside), day(day_of_it))
        });
        self.text("text nowhere in a day", move |n| format!("text=nowhere-{n}&{}", day(ordinary(n)))).cold =
            true;
        self.text("text with accents nowhere in a day", move |n| {
            format!("text=inten%C3%A7%C3%A3o-{n}&{}", day(ordinary(n)))
        });
        self.text("text nowhere in a day, and type", move |n| {
            format!("text=nowhere-{n}&type=call-was-connected&{}", day(ordinary(n)))
        });
        let busy = self
            .text("text nowhere in the busy day", |n| format!("text=nowhere-{n}&{}", day(story::BUSY_DAY)));
        busy.cold = true;
        self.unanswerable("text nowhere in 30 days", |n| format!("text=nowhere-{n}"));
    }
}

pub fn all(story: Story) -> Vec<Case> {
    let mut cases = Cases(story, Vec::new());
    cases.alone();
    cases.together();
    cases.of_a_small_company();
    cases.texts();
    cases.1
}
