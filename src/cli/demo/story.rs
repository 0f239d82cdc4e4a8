//! What the demo tells and does, chapter by chapter.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use ramal::domain::Lang;
use ramal::secrets::Secret;
use ramal::simulator::Example;
use ramal::simulator::receiver::Receiver;
use ramal::texts::{Message, msg, say};
use ramal::web::Act;
use tokio::time::sleep;

use super::scene::Scene;
use super::screen::Screen;
use super::{LOGIN, Stages};

/// Everything the story tells of.
pub struct Story {
    pub stages: Stages,
    pub scene: Arc<Scene>,
    pub screen: Screen,
    pub customer: Receiver,
    pub receiving: SocketAddr,
    pub listen: SocketAddr,
    pub api_key: Secret,
    /// Of the panel.
    pub password: Secret,
    pub lang: Lang,
}

impl Story {
    /// Begins as soon as every line stands.
    pub async fn begin(&self) {
        for (_, connections) in self.scene.connections() {
            connections.all_open().await;
        }
        self.introduce();
    }

    /// Tells it in about `seconds`. Of what somebody has taken into their own hands it does and says no more.
    pub async fn tell(&self, seconds: f64) {
        let part = |share: f64| sleep(Duration::from_secs_f64((seconds * share).clamp(0.0, 3_600.0)));
        part(0.3).await;

        let before = self.customer.stats().distinct();
        if self.scene.perform(Act::ReceiverDown) {
            self.tell_of(&msg("demo-down"));
        }
        part(0.25).await;
        if self.scene.perform(Act::ReceiverUp) {
            self.tell_of(&msg("demo-back"));
            self.customer.wait_until(|stats| stats.distinct() > before).await;
        }
        part(0.2).await;

        if self.scene.perform(Act::Cut) {
            for (name, _) in self.scene.connections() {
                self.tell_of(&msg("demo-cut").with("provider", name));
            }
        }
        part(0.25).await;
        // What was said at the beginning has long gone from the screen.
        self.tell_of(&msg("demo-end").with("panel", self.panel()));
    }

    /// Its address, and who signs in there.
    pub fn panel(&self) -> Message {
        msg("demo-sign-in")
            .with("listen", self.listen.to_string())
            .with("login", LOGIN)
            .with("password", self.password.expose())
    }

    fn introduce(&self) {
        let Story { receiving, listen, api_key, lang, .. } = self;
        let (lang, key) = (*lang, api_key.expose());
        let names: Vec<_> = self.stages.iter().map(|(provider, _)| provider.identity().name).collect();
        let running = say(lang, "demo-running").with("names", names.join(", "));
        let (past, open) = (say(lang, "demo-past"), say(lang, "demo-open"));
        let mut said = format!("\n{running}\n{past}\n{open}\n\n");
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
            let _ = writeln!(said, "  {}:\n    {how}", what.text(lang));
        }
        self.screen.say(&said);
    }

    fn tell_of(&self, chapter: &Message) {
        self.screen.say(&format!("\n── {}\n", chapter.text(self.lang)));
    }

    /// What the receiver has to say at the end.
    pub fn end(&self) {
        self.screen.clear();
        let stats = self.customer.stats();
        let signatures = &stats.signatures.plain;
        let sum = say(self.lang, "demo-sum")
            .with("distinct", stats.distinct().to_string())
            .with("duplicates", stats.duplicates.to_string())
            .with("disorder", stats.order_violations.to_string())
            .with("good", signatures.good.to_string())
            .with("bad", signatures.bad.to_string());
        self.screen.say(&format!("\n{sum}"));
    }
}
