//! What the demo tells and does, chapter by chapter.

use std::net::SocketAddr;
use std::time::Duration;

use ramal::domain::Lang;
use ramal::secrets::Secret;
use ramal::simulator::receiver::{Receiver, Stats};
use ramal::simulator::threecplus::{Control, Kick};
use tokio::time::sleep;

use super::{LOGIN, TELLICON_TOKEN};

/// Everything the story acts on.
pub struct Story {
    pub control: Control,
    pub customer: Receiver,
    pub provider: SocketAddr,
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
        self.control.wait_connected(2).await;
        self.introduce();
        part(0.3).await;

        self.say(
            "o destino cai: nada se perde, o cursor de cada webhook fica parado",
            "the receiver goes down: nothing is lost, each webhook's cursor stands still",
        );
        let before = self.customer.stats().distinct();
        self.customer.set_down(true);
        part(0.25).await;
        self.customer.set_down(false);
        self.say(
            "o destino volta: o que esperava chega em ordem, com o mesmo webhook-id",
            "the receiver is back: what waited arrives in order, with the same webhook-id",
        );
        self.customer.wait_until(|stats| stats.distinct() > before).await;
        part(0.2).await;

        self.say(
            "a 3C Plus derruba a conexão: o Ramal reconecta e registra a lacuna",
            "3C Plus drops the connection: Ramal connects again and records the gap",
        );
        self.control.kick(None, Kick::Cut);
        part(0.25).await;
        // What was said at the beginning has long gone from the screen.
        let panel = self.panel();
        self.say(
            &format!("fim da história; continua até Ctrl-C. O painel: {panel}"),
            &format!("the end of the story; goes on until Ctrl-C. The panel: {panel}"),
        );
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
        let Story { provider, receiving, listen, api_key, lang, .. } = self;
        let key = api_key.expose();
        let [running, open, whats @ ..] = lang.pick(
            [
                "O Ramal está rodando com uma 3C Plus simulada e um destino que confere cada entrega.",
                "Abra ou experimente em outro terminal:",
                "o painel",
                "as empresas, pela API",
                "a documentação da API",
                "o que o destino recebeu e conferiu",
                "um evento da Tellicon",
                "um evento seu pelo socket da 3C Plus",
                "um destino que recusa tudo (sem status volta ao normal)",
            ],
            [
                "Ramal is running with a simulated 3C Plus and a receiver that checks every delivery.",
                "Open, or try in another terminal:",
                "the panel",
                "the companies, through the API",
                "the API's documentation",
                "what the receiver got and checked",
                "an event from Tellicon",
                "an event of your own through 3C Plus's socket",
                "a receiver that refuses everything (without a status it recovers)",
            ],
        );
        let body = r#"{"eventTellicon":{"type":"pushCall","src":"018999999999","client":1001,"building":1,"apt":101,"eventDateTime":1704067200}}"#;
        println!("\n{running}\n{open}\n");
        let hows = [
            self.panel(),
            format!("curl -H 'Authorization: Bearer {key}' http://{listen}/api/v1/companies"),
            format!("http://{listen}/api/v1/openapi.json"),
            format!("curl http://{receiving}/stats"),
            format!(
                "curl http://{listen}/eventTellicon -H 'authTokenTellicon: {TELLICON_TOKEN}' \
                 -H 'Content-Type: application/json' -d '{body}'"
            ),
            format!("curl 'http://{provider}/control/emit?name=meu-evento' -d '{{\"valor\":1.0}}'"),
            format!("curl -X POST 'http://{receiving}/control/behave?status=503'"),
        ];
        for (what, how) in whats.iter().zip(hows) {
            println!("  {what}:\n    {how}");
        }
        println!();
    }

    fn say(&self, pt: &str, en: &str) {
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
