//! How a webhook is doing, in one sentence for people.

use crate::delivery::Status;
use crate::delivery::courier::{FailingReason, Health, PauseReason, SlowReason};
use crate::domain::Lang;

/// How a webhook is doing, as a sentence.
pub(super) fn sentence(status: &Status, lang: Lang) -> String {
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
