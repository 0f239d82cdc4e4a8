//! The lines as people see them.

use std::fmt::{self, Write};

use super::terminal::Fields;

macro_rules! lines {
    ($($(#[$doc:meta])* $variant:ident = $name:literal),+ $(,)?) => {
        /// What a line is about; its name is the field `line` of the structured form.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Line { $($(#[$doc])* $variant),+ }

        impl Line {
            pub const ALL: &'static [Line] = &[$(Line::$variant),+];

            pub const fn as_str(self) -> &'static str {
                match self { $(Line::$variant => $name),+ }
            }
        }
    };
}

lines! {
    MasterKeyMade = "master_key_made",
    SetupOpen = "setup_open",
    ForeignOrigin = "foreign_origin",
    Listening = "listening",
    Stopping = "stopping",
    Stopped = "stopped",
    Connected = "connected",
    Disconnected = "disconnected",
    SourceStopped = "source_stopped",
    Reconnecting = "reconnecting",
    Refused = "refused",
    Gap = "gap",
    EventReceived = "event_received",
    WebhookSent = "webhook_sent",
    WebhookDelivered = "webhook_delivered",
    WebhookFailed = "webhook_failed",
    EventDead = "event_dead",
    WebhookTroubled = "webhook_troubled",
    WebhookRecovered = "webhook_recovered",
    WebhookPaused = "webhook_paused",
    WebhookResumed = "webhook_resumed",
    WaitingForDatabase = "waiting_for_database",
    StoreTroubled = "store_troubled",
    StoreRecovered = "store_recovered",
    NotWritten = "not_written",
    EventsExpired = "events_expired",
    TaskPanicked = "task_panicked",
    LinesLost = "lines_lost",
    SettingsRead = "settings_read",
    SettingsRefused = "settings_refused",
}

impl Line {
    pub(super) fn parse(name: &str) -> Option<Line> {
        Line::ALL.iter().copied().find(|line| line.as_str() == name)
    }

    /// Writes the sentence, without a line end.
    pub(super) fn sentence(self, fields: &Fields, out: &mut dyn Write) -> fmt::Result {
        let f = |name| fields.text(name);
        let (company, provider, webhook, url) = (f("company"), f("provider_name"), f("webhook"), f("url"));
        match self {
            Line::MasterKeyMade => write!(
                out,
                "🔑 Chave mestra criada em {}: guarde uma cópia fora daqui; sem ela os tokens gravados se perdem",
                f("path")
            ),
            Line::SetupOpen => {
                write!(out, "👤 Ninguém entra no painel ainda: crie o administrador em {}", f("url"))
            }
            Line::ForeignOrigin => write!(
                out,
                "🚫 Formulário do painel recusado: o navegador está em {}, e o pedido chegou com Host {}. {}",
                f("origin"),
                f("host"),
                f("advice")
            ),
            Line::Listening => listening(fields, out),
            Line::Stopping => write!(out, "🛑 Encerrando: {}", f("reason")),
            Line::Stopped => out.write_str("👋 Encerrado; tudo o que foi aceito está gravado"),
            Line::Connected => {
                write!(out, "✅ Conectado ao socket da {provider} para empresa {company}!")
            }
            Line::Disconnected => {
                write!(out, "🔌 Desconectado do socket da {provider} para empresa {company}: {}", f("reason"))
            }
            Line::SourceStopped => {
                write!(out, "⏹️ Conexão encerrada para empresa {company} ({})", f("source"))
            }
            Line::Reconnecting => write!(
                out,
                "🔄 Nova tentativa de conexão para empresa {company} em {} (tentativa {})",
                seconds(f("wait_ms")),
                f("attempt")
            ),
            Line::Refused => write!(
                out,
                "❌ Token inválido para empresa {company}: {}. Verifique o token e se a empresa está ativa na {provider}",
                f("reason")
            ),
            Line::Gap => write!(
                out,
                "⚠️ Lacuna de {} sem eventos para empresa {company}: {}",
                seconds(f("lasted_ms")),
                f("reason")
            ),
            Line::EventReceived => write!(out, "📥 Evento recebido: {} para empresa {company}", f("event")),
            Line::WebhookSent => write!(out, "📤 Webhook enviado: {} → {url}", f("event")),
            Line::WebhookDelivered => write!(out, "✅ Webhook enviado com sucesso para {url}"),
            Line::WebhookFailed | Line::EventDead => failure(self, fields, out),
            Line::WebhookTroubled => {
                write!(out, "⚠️ Webhook {webhook} com problema ({}): {url}: {}", f("health"), f("reason"))
            }
            Line::WebhookRecovered => write!(out, "✅ Webhook {webhook} voltou ao normal: {url}"),
            Line::WebhookPaused => write!(out, "⏸️ Webhook {webhook} pausado: {}", f("reason")),
            Line::WebhookResumed => write!(out, "▶️ Webhook {webhook} retomado"),
            Line::WaitingForDatabase | Line::StoreTroubled | Line::StoreRecovered | Line::NotWritten => {
                database(self, fields, out)
            }
            Line::EventsExpired => {
                write!(out, "⚠️ {} eventos expiraram antes da entrega: {company}, {webhook}", f("count"))
            }
            Line::TaskPanicked => {
                write!(out, "❌ Falha interna em {}. Reinício em {}", f("task"), seconds(f("restart_ms")))
            }
            Line::LinesLost => {
                write!(
                    out,
                    "⚠️ {} linhas deste log se perderam: ninguém as lia ou não havia espaço",
                    f("count")
                )
            }
            Line::SettingsRead => settings_read(fields, out),
            Line::SettingsRefused => {
                write!(out, "❌ Configuração relida com erro; tudo continua como estava: {}", f("error"))
            }
        }
    }
}

fn listening(fields: &Fields, out: &mut dyn Write) -> fmt::Result {
    write!(out, "🚀 Ramal {} em http://{}", fields.text("version"), fields.text("address"))?;
    match fields.get("inbound") {
        Some(inbound) => write!(out, ", portas dos provedores em http://{inbound}"),
        None => Ok(()),
    }
}

fn database(line: Line, fields: &Fields, out: &mut dyn Write) -> fmt::Result {
    let f = |name| fields.text(name);
    match line {
        Line::WaitingForDatabase => write!(
            out,
            "⏳ Esperando o banco de dados (desiste em {}): {}",
            seconds(f("gives_up_ms")),
            f("error")
        ),
        Line::StoreTroubled => write!(
            out,
            "❌ Banco de dados não grava: {}. As fontes esperam; nada do que foi aceito se perde",
            f("error")
        ),
        Line::StoreRecovered => write!(out, "✅ Banco de dados voltou após {}", seconds(f("after_ms"))),
        _ => {
            let company = f("company");
            write!(out, "❌ {} evento(s) de {company} não gravado(s): {}", f("count"), f("error"))
        }
    }
}

fn settings_read(fields: &Fields, out: &mut dyn Write) -> fmt::Result {
    write!(out, "🔄 Configuração relida: {} empresas em dia", fields.text("companies"))?;
    if fields.text("restart") == "true" {
        out.write_str("; outras mudanças valem a partir do próximo início")?;
    }
    Ok(())
}

fn failure(line: Line, fields: &Fields, out: &mut dyn Write) -> fmt::Result {
    let f = |name| fields.text(name);
    let (event, url) = (f("event"), f("url"));
    match line {
        Line::EventDead => write!(
            out,
            "💀 Evento não entregue: {event} → {url}: {} (após {} tentativas)",
            f("reason"),
            f("attempts")
        ),
        _ => write!(
            out,
            "❌ Falha ao enviar webhook: {event} → {url}: {} (tentativa {})",
            f("error"),
            f("attempt")
        ),
    }
}

/// Milliseconds as seconds with a decimal comma: `1500` is `1,5 s`.
fn seconds(millis: &str) -> String {
    let millis: u64 = millis.parse().unwrap_or(0);
    format!("{},{} s", millis / 1_000, millis % 1_000 / 100)
}
