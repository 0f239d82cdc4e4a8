use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tracing_subscriber::fmt::MakeWriter;
use url::Url;

use super::lines::{self, Request};
use super::*;
use crate::domain::{CompanyId, Seq, SourceId, WebhookId};

#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl io::Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Captured {
    type Writer = Captured;

    fn make_writer(&self) -> Captured {
        self.clone()
    }
}

impl Captured {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

fn settings(event_lines: bool) -> LogSettings {
    LogSettings { event_lines, ..LogSettings::default() }
}

fn on_a_terminal(settings: &LogSettings, say: impl FnOnce()) -> String {
    let captured = Captured::default();
    let subscriber =
        tracing_subscriber::registry().with(settings.filter()).with(terminal::layer(captured.clone()));
    tracing::subscriber::with_default(subscriber, say);
    captured.text()
}

fn as_json(settings: &LogSettings, say: impl FnOnce()) -> Vec<serde_json::Value> {
    let captured = Captured::default();
    let subscriber =
        tracing_subscriber::registry().with(settings.filter()).with(json_layer(captured.clone()));
    tracing::subscriber::with_default(subscriber, say);
    captured.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn say_the_documented_lines() {
    let url = ShownUrl::of(&Url::parse("https://api.exemplo.com/webhook?senha=abc").unwrap());
    let request = Request {
        company: CompanyId(123),
        webhook: WebhookId(456),
        seq: Seq(7),
        event: "agent-is-idle",
        url: &url,
        attempt: 1,
    };
    lines::connected("3C Plus", CompanyId(123), SourceId(4), "socket_123");
    lines::event_received(CompanyId(123), SourceId(4), "agent-is-idle");
    lines::webhook_sent(request);
    lines::webhook_delivered(request, 200, Duration::from_millis(12));
}

/// Rows P33 to P36 of the documents this program answers to.
#[test]
fn the_documented_lines_are_exact() {
    assert_eq!(
        on_a_terminal(&settings(true), say_the_documented_lines),
        "✅ Conectado ao socket da 3C Plus para empresa company_123!\n\
         📥 Evento recebido: agent-is-idle para empresa company_123\n\
         📤 Webhook enviado: agent-is-idle → https://api.exemplo.com/webhook\n\
         ✅ Webhook enviado com sucesso para https://api.exemplo.com/webhook\n"
    );
}

#[test]
fn lines_per_event_are_written_only_when_asked_for() {
    assert_eq!(
        on_a_terminal(&settings(false), say_the_documented_lines),
        "✅ Conectado ao socket da 3C Plus para empresa company_123!\n"
    );
    let debug = LogSettings { level: "debug".parse().unwrap(), ..LogSettings::default() };
    assert_eq!(on_a_terminal(&debug, say_the_documented_lines).lines().count(), 4);
}

#[test]
fn json_lines_carry_the_ids_as_fields() {
    let written = as_json(&settings(true), say_the_documented_lines);
    let delivered = &written[3];
    assert_eq!(delivered["line"], "webhook_delivered");
    assert_eq!(delivered["message"], "webhook delivered");
    assert_eq!(delivered["level"], "DEBUG");
    assert_eq!(delivered["company"], "company_123");
    assert_eq!(delivered["webhook"], "webhook_456");
    assert_eq!(delivered["seq"], 7);
    assert_eq!(delivered["status"], 200);
    assert_eq!(delivered["took_ms"], 12);
    assert_eq!(delivered["url"], "https://api.exemplo.com/webhook");
    assert!(delivered["timestamp"].is_string());
}

#[test]
fn every_other_line_has_its_sentence() {
    let url = ShownUrl::of(&Url::parse("https://api.exemplo.com/w").unwrap());
    let (company, source, webhook) = (CompanyId(1), SourceId(2), WebhookId(3));
    let request = Request { company, webhook, seq: Seq(9), event: "call-ended", url: &url, attempt: 2 };
    let written = on_a_terminal(&settings(false), || {
        lines::master_key_made(std::path::Path::new("data/ramal.key"));
        lines::setup_open("127.0.0.1:8080", "ABCD-EFGH-JKMN");
        lines::listening("0.1.0", "a", "127.0.0.1:8080", &["0.0.0.0:8081"]);
        lines::listening("0.1.0", "a", "127.0.0.1:8080", &[""; 0]);
        lines::disconnected("3C Plus", company, source, "ping timeout");
        lines::source_stopped(company, source);
        lines::reconnecting(company, source, Duration::from_millis(2_560), 3);
        lines::refused("3C Plus", company, source, "Authentication error");
        lines::gap(company, source, Duration::from_millis(12_300), "ping timeout");
        lines::webhook_failed(request, "status 503");
        lines::event_dead(company, webhook, Seq(9), &url, 5, "rejected");
        lines::webhook_troubled(company, webhook, &url, "failing", "connection refused");
        lines::webhook_recovered(company, webhook, &url);
        lines::webhook_paused(company, webhook, "410 Gone");
        lines::webhook_resumed(company, webhook);
        lines::store_troubled("full", "disk full");
        lines::store_recovered(Duration::from_secs(61));
        lines::events_expired(company, webhook, 12);
        lines::task_panicked("courier webhook_3", Duration::from_secs(1));
        lines::lines_lost(12);
        lines::settings_read(2, false);
        lines::settings_read(2, true);
        lines::settings_refused("listen: 7 is not a text in quotes");
        lines::stopping("SIGTERM");
        lines::stopped();
    });
    assert_eq!(
        written.lines().collect::<Vec<_>>(),
        [
            "🔑 Chave mestra criada em data/ramal.key: guarde uma cópia fora daqui; sem ela os tokens gravados se perdem",
            "👤 Ninguém entra no painel ainda: crie o administrador em http://127.0.0.1:8080/setup?code=ABCD-EFGH-JKMN",
            "🚀 Ramal 0.1.0 em http://127.0.0.1:8080, portas dos provedores em http://0.0.0.0:8081",
            "🚀 Ramal 0.1.0 em http://127.0.0.1:8080",
            "🔌 Desconectado do socket da 3C Plus para empresa company_1: ping timeout",
            "⏹️ Conexão encerrada para empresa company_1 (source_2)",
            "🔄 Nova tentativa de conexão para empresa company_1 em 2,5 s (tentativa 3)",
            "❌ Token inválido para empresa company_1: Authentication error. Verifique o token e se a empresa está ativa na 3C Plus",
            "⚠️ Queda de 12,3 s, sem eventos, da empresa company_1: ping timeout",
            "❌ Falha ao enviar webhook: call-ended → https://api.exemplo.com/w: status 503 (tentativa 2)",
            "💀 Evento não entregue: evt_1_9 → https://api.exemplo.com/w: rejected (após 5 tentativas)",
            "⚠️ Webhook webhook_3 com problema (failing): https://api.exemplo.com/w: connection refused",
            "✅ Webhook webhook_3 voltou ao normal: https://api.exemplo.com/w",
            "⏸️ Webhook webhook_3 pausado: 410 Gone",
            "▶️ Webhook webhook_3 retomado",
            "❌ Banco de dados não grava: disk full. As fontes esperam; nada do que foi aceito se perde",
            "✅ Banco de dados voltou após 61,0 s",
            "⚠️ 12 eventos expiraram antes da entrega: company_1, webhook_3",
            "❌ Falha interna em courier webhook_3. Reinício em 1,0 s",
            "⚠️ 12 linhas deste log se perderam: ninguém as lia ou não havia espaço",
            "🔄 Configuração relida: 2 empresas em dia",
            "🔄 Configuração relida: 2 empresas em dia; outras mudanças valem a partir do próximo início",
            "❌ Configuração relida com erro; tudo continua como estava: listen: 7 is not a text in quotes",
            "🛑 Encerrando: SIGTERM",
            "👋 Encerrado; tudo o que foi aceito está gravado",
        ]
    );
}

/// Says the same from one place as often as asked, with a pause in which one more is earned before the last.
fn say_often(times: usize) {
    for number in 0..=times {
        if number == times {
            std::thread::sleep(Duration::from_millis(210));
        }
        tracing::warn!(number, "a stranger was refused");
    }
}

#[test]
fn no_kind_of_line_is_written_without_bound_and_what_was_left_out_is_counted() {
    let captured = Captured::default();
    let settings = LogSettings { level: "debug".parse().unwrap(), ..LogSettings::default() };
    let filtered = tracing_subscriber::registry().with(settings.filter()).with(Ceiling::default());
    tracing::subscriber::with_default(filtered.with(json_layer(captured.clone())), || {
        say_often(1_000);
        tracing::warn!("another kind is not held back");
        for source in 0..300 {
            lines::connected("3C Plus", CompanyId(1), SourceId(source), "s");
            tracing::debug!(source, "asked for");
        }
    });
    let text = captured.text();
    let written: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of =
        |message: &str| written.iter().filter(|line| line["message"] == message).cloned().collect::<Vec<_>>();
    let refused = of("a stranger was refused");
    assert!((21..40).contains(&refused.len()), "{}", refused.len());
    assert!(refused[19]["suppressed"].is_null());
    let told: u64 = refused.iter().filter_map(|line| line["suppressed"].as_u64()).sum();
    assert_eq!(told + refused.len() as u64, 1_001, "each is written or counted");
    assert_eq!(of("another kind is not held back").len(), 1);
    assert_eq!((of("source connected").len(), of("asked for").len()), (300, 300));

    let captured = Captured::default();
    let filtered = tracing_subscriber::registry().with(settings.filter()).with(Ceiling::default());
    tracing::subscriber::with_default(filtered.with(terminal::layer(captured.clone())), || say_often(30));
    let last = captured.text().lines().last().unwrap().to_owned();
    assert!(
        last.starts_with("⚠️ a stranger was refused number=30 (+") && last.ends_with(" não mostradas)"),
        "{last}"
    );
}

#[test]
fn text_from_the_network_cannot_move_the_cursor() {
    let written = on_a_terminal(&settings(true), || {
        lines::event_received(CompanyId(1), SourceId(1), "a\u{1b}[2J\nb\u{202e}c");
        lines::event_received(CompanyId(1), SourceId(1), &"x".repeat(10_000));
    });
    assert!(written.starts_with("📥 Evento recebido: a\\u{1b}[2J\\u{a}b\\u{202e}c para empresa company_1\n"));
    assert!(written.len() < 1_000, "{} bytes", written.len());
}

#[test]
fn other_lines_are_written_with_their_fields() {
    let written = on_a_terminal(&settings(false), || {
        tracing::warn!(rows = 3, path = "/x", "slow read");
        tracing::debug!("not at this level");
    });
    assert_eq!(written, "⚠️ slow read rows=3 path=/x\n");
}

#[test]
fn a_filter_that_would_silence_everything_by_mistake_is_refused() {
    for good in ["info", "debug", "off", "info,ramal::delivery=debug", "ramal::journal=trace,warn"] {
        assert_eq!(good.parse::<LogFilter>().unwrap().to_string(), good);
    }
    for bad in ["", "verbose", "info,debugg", "ramal=loud"] {
        assert!(bad.parse::<LogFilter>().is_err(), "{bad:?} was accepted");
    }
}
