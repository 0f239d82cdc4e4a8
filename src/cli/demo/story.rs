//! What the demo tells and does, chapter by chapter.

use std::net::SocketAddr;
use std::time::Duration;

use ramal::domain::Lang;
use ramal::secrets::Secret;
use ramal::simulator::receiver::{Receiver, Stats};
use ramal::simulator::{Connections, Example};
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

        self.tell_of(
            "o destino cai: nada se perde, o cursor de cada webhook fica parado",
            "the receiver goes down: nothing is lost, each webhook's cursor stands still",
        );
        let before = self.customer.stats().distinct();
        self.customer.set_down(true);
        part(0.25).await;
        self.customer.set_down(false);
        self.tell_of(
            "o destino volta: o que esperava chega em ordem, com o mesmo webhook-id",
            "the receiver is back: what waited arrives in order, with the same webhook-id",
        );
        self.customer.wait_until(|stats| stats.distinct() > before).await;
        part(0.2).await;

        for (name, connections) in self.connections() {
            self.tell_of(
                &format!("a {name} derruba a conexão: o Ramal reconecta e registra a lacuna"),
                &format!("{name} drops the connection: Ramal connects again and records the gap"),
            );
            connections.cut();
        }
        part(0.25).await;
        // What was said at the beginning has long gone from the screen.
        let panel = self.panel();
        self.tell_of(
            &format!("fim da história; continua até Ctrl-C. O painel: {panel}"),
            &format!("the end of the story; goes on until Ctrl-C. The panel: {panel}"),
        );
    }

    /// The connections that the program keeps, with the names of their providers.
    fn connections(&self) -> impl Iterator<Item = (&'static str, &dyn Connections)> {
        self.stages.iter().filter_map(|(name, stage)| Some((*name, stage.connections.as_deref()?)))
    }

    /// Its address, and who signs in there.
    fn panel(&self) -> String {
        let Story { listen, password, .. } = self;
        let password = password.expose();
        self.lang.pick(
            format!("http://{listen}/   usuário: {LOGIN}   senha: {password}"),
            format!("http://{listen}/   user: {LOGIN}   password: {password}"),
        )
    }

    fn introduce(&self) {
        let Story { receiving, listen, api_key, lang, .. } = self;
        let key = api_key.expose();
        let names: Vec<_> = self.connections().map(|(name, _)| name).collect();
        let names = names.join(", ");
        let (running, open) = lang.pick(
            (
                format!(
                    "O Ramal está rodando com uma {names} simulada e um destino que confere cada entrega."
                ),
                "Abra ou experimente em outro terminal:",
            ),
            (
                format!(
                    "Ramal is running with a simulated {names} and a receiver that checks every delivery."
                ),
                "Open, or try in another terminal:",
            ),
        );
        println!("\n{running}\n{open}\n");
        let own = [
            ("o painel", "the panel", self.panel()),
            (
                "as empresas, pela API",
                "the companies, through the API",
                format!("curl -H 'Authorization: Bearer {key}' http://{listen}/api/v1/companies"),
            ),
            (
                "a documentação da API",
                "the API's documentation",
                format!("http://{listen}/api/v1/openapi.json"),
            ),
            (
                "o que o destino recebeu e conferiu",
                "what the receiver got and checked",
                format!("curl http://{receiving}/stats"),
            ),
        ];
        let of_providers = self.stages.iter().flat_map(|(_, stage)| (stage.examples)(stage, *listen));
        let of_providers = of_providers.map(|Example { pt, en, how }| (pt, en, how));
        let refusing = (
            "um destino que recusa tudo (sem status volta ao normal)",
            "a receiver that refuses everything (without a status it recovers)",
            format!("curl -X POST 'http://{receiving}/control/behave?status=503'"),
        );
        for (pt, en, how) in own.into_iter().chain(of_providers).chain([refusing]) {
            println!("  {}:\n    {how}", lang.pick(pt, en));
        }
        println!();
    }

    fn tell_of(&self, pt: &str, en: &str) {
        println!("\n── {}\n", self.lang.pick(pt, en));
    }
}

/// What the receiver has to say at the end.
pub fn sum_up(stats: &Stats, lang: Lang) {
    let (distinct, duplicates) = (stats.distinct(), stats.duplicates);
    let (disorder, good, bad) =
        (stats.order_violations, stats.signatures.plain.good, stats.signatures.plain.bad);
    println!(
        "\n{}",
        lang.pick(
            format!("Entregues: {distinct} eventos, {duplicates} repetidos, {disorder} fora de ordem; assinaturas: {good} certas, {bad} erradas"),
            format!("Delivered: {distinct} events, {duplicates} twice, {disorder} out of order; signatures: {good} right, {bad} wrong"),
        )
    );
}
