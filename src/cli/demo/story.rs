//! What the demo tells and does, chapter by chapter.

use std::net::SocketAddr;
use std::time::Duration;

use ramal::domain::Lang;
use ramal::secrets::Secret;
use ramal::simulator::receiver::{Receiver, Stats};
use ramal::simulator::{Connections, Example};
use ramal::texts::{Message, msg, say};
use tokio::time::sleep;

use super::{LOGIN, Stages};

/// Everything the story acts on.
pub struct Story {
    pub stages: Stages,
    pub customer: Receiver,
    pub receiving: SocketAddr,
    pub listen: SocketAddr,
    pub api_key: Secret,
    /// Of the panel.
    pub password: Secret,
    pub lang: Lang,
}

impl Story {
    /// Tells it in about `seconds`.
    pub async fn tell(&self, seconds: f64) {
        let part = |share: f64| sleep(Duration::from_secs_f64((seconds * share).clamp(0.0, 3_600.0)));
        for (_, connections) in self.connections() {
            connections.all_open().await;
        }
        self.introduce();
        part(0.3).await;

        self.tell_of(&msg("demo-down"));
        let before = self.customer.stats().distinct();
        self.customer.set_down(true);
        part(0.25).await;
        self.customer.set_down(false);
        self.tell_of(&msg("demo-back"));
        self.customer.wait_until(|stats| stats.distinct() > before).await;
        part(0.2).await;

        for (name, connections) in self.connections() {
            self.tell_of(&msg("demo-cut").with("provider", name));
            connections.cut();
        }
        part(0.25).await;
        // What was said at the beginning has long gone from the screen.
        self.tell_of(&msg("demo-end").with("panel", self.panel()));
    }

    /// The connections that the program keeps, with the names of their providers.
    fn connections(&self) -> impl Iterator<Item = (&'static str, &dyn Connections)> {
        self.stages.iter().filter_map(|(name, stage)| Some((*name, stage.connections.as_deref()?)))
    }

    /// Its address, and who signs in there.
    fn panel(&self) -> Message {
        msg("demo-sign-in")
            .with("listen", self.listen.to_string())
            .with("login", LOGIN)
            .with("password", self.password.expose())
    }

    fn introduce(&self) {
        let Story { receiving, listen, api_key, lang, .. } = self;
        let (lang, key) = (*lang, api_key.expose());
        let names: Vec<_> = self.stages.iter().map(|(name, _)| *name).collect();
        let running = say(lang, "demo-running").with("names", names.join(", "));
        println!("\n{running}\n{}\n", say(lang, "demo-open"));
        let own = [
            (msg("demo-panel"), self.panel().text(lang)),
            (
                msg("demo-companies"),
                format!("curl -H 'Authorization: Bearer {key}' http://{listen}/api/v1/companies"),
            ),
            (msg("demo-document"), format!("http://{listen}/api/v1/openapi.json")),
            (msg("demo-received"), format!("curl http://{receiving}/stats")),
        ];
        let of_providers = self.stages.iter().flat_map(|(_, stage)| (stage.examples)(stage, *listen));
        let of_providers = of_providers.map(|Example { what, how }| (what, how));
        let refusing =
            (msg("demo-refusing"), format!("curl -X POST 'http://{receiving}/control/behave?status=503'"));
        for (what, how) in own.into_iter().chain(of_providers).chain([refusing]) {
            println!("  {}:\n    {how}", what.text(lang));
        }
        println!();
    }

    fn tell_of(&self, chapter: &Message) {
        println!("\n── {}\n", chapter.text(self.lang));
    }
}

/// What the receiver has to say at the end.
pub fn sum_up(stats: &Stats, lang: Lang) {
    let signatures = &stats.signatures.plain;
    let sum = say(lang, "demo-sum")
        .with("distinct", stats.distinct().to_string())
        .with("duplicates", stats.duplicates.to_string())
        .with("disorder", stats.order_violations.to_string())
        .with("good", signatures.good.to_string())
        .with("bad", signatures.bad.to_string());
    println!("\n{sum}");
}
