//! How a webhook is doing, in one sentence for people.

use super::losses;
use crate::delivery::Status;
use crate::delivery::courier::{FailingReason, Health, PauseReason, SlowReason};
use crate::domain::{CompanyId, Lang};
use crate::watch::size;

/// How a webhook is doing, as a sentence.
pub(super) fn sentence(status: &Status, company: CompanyId, lang: Lang) -> String {
    let sentence = health(status, lang);
    let Some((event, _)) = losses::troubled(company, status) else { return sentence };
    let bytes = event.bytes.map_or_else(String::new, |bytes| format!(" ({})", size(bytes, lang)));
    let last = event.last.as_ref().map_or("", |last| last.said(lang));
    let still = lang.pick("Ainda não aceito", "Not taken so far");
    format!("{sentence}. {still}: {}{bytes}, {last}", event.id)
}

fn health(status: &Status, lang: Lang) -> String {
    let health = &status.health;
    // Nothing is claimed of an endpoint that has not taken an event yet.
    if *health == Health::Healthy && status.last_success_at.is_none() && status.last_failure_at.is_some() {
        let pt = "nenhum evento foi entregue ainda: as tentativas falharam";
        return lang.pick(pt, "no event has been delivered yet: the attempts failed").to_owned();
    }
    if *health == Health::Healthy && status.last_success_at.is_none() {
        return lang.pick("nenhum evento foi entregue ainda", "no event has been delivered yet").to_owned();
    }
    let pt = match health {
        Health::Healthy => "os eventos estão sendo entregues",
        Health::Slow { reason: SlowReason::AskedToWait } => "o destino pediu para esperar (Retry-After)",
        Health::Slow { reason: SlowReason::Paced } => {
            return match status.pace.filter(|pace| *pace > 0.0) {
                Some(pace) => paced(pace, lang),
                None => lang
                    .pick("o destino não aceita mais de uma vez", "the endpoint takes no more at once")
                    .to_owned(),
            };
        }
        Health::Slow { reason: SlowReason::Recovering } => {
            "o destino voltou; a velocidade está aumentando de novo"
        }
        Health::Slow { reason: SlowReason::Retrying } => {
            "as últimas tentativas falharam e estão sendo repetidas"
        }
        Health::Failing { reason: FailingReason::NotAnswering } => {
            "o destino não responde. O Ramal tenta de novo de tempos em tempos; os eventos esperam na fila"
        }
        Health::Failing { reason: FailingReason::RefusingAll } => {
            "o destino recusa todos os eventos; eles esperam"
        }
        Health::Failing { reason: FailingReason::NotStarted } => {
            "nada sai: a configuração guardada não pode ser usada, ou o banco de dados não pode ser lido. O log diz a causa; o Ramal tenta de novo sozinho"
        }
        Health::Paused { reason: PauseReason::Gone } => {
            "pausado: o destino respondeu 410 Gone a dois eventos"
        }
        Health::Paused { reason: PauseReason::Operator(_) } => "pausado: nada sai até que alguém retome",
    };
    lang.pick(pt.to_owned(), health.to_string())
}

/// The endpoint refuses what comes faster than so many requests a second.
fn paced(per_second: f64, lang: Lang) -> String {
    let a_minute = per_second < 1.0;
    let count = (if a_minute { per_second * 60.0 } else { per_second }).round();
    let (pt, en) = if a_minute { ("minuto", "minute") } else { ("segundo", "second") };
    lang.pick(
        format!("o destino recusa o que vem mais rápido; o Ramal envia cerca de {count} por {pt}"),
        format!("the endpoint refuses what comes faster; Ramal sends about {count} a {en}"),
    )
}
