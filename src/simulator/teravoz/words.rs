//! What the simulated exchange answers, word for word as programs written for it expect.

/// The events that a person advances a call through, in their order.
pub const SEQUENCE: [&str; 7] = [
    "call.new",
    "call.standby",
    "call.waiting",
    "actor.entered",
    "call.ongoing",
    "actor.left",
    "call.finished",
];

pub(super) const FIRST_MUST_BE_NEW: &str = "O primeiro evento da chamada deve ser \"call.new\".";
/// Ours: only the client decides where a call waits.
pub(super) const WAITING_IS_DECIDED: &str =
    "O evento \"call.waiting\" vem da ação do cliente (POST /api/client/actions), não do PABX.";

pub(super) fn out_of_sequence(given: &str, current: &str, next: &str) -> String {
    format!(
        "O evento informado \"{given}\" não respeita a sequência manual do ciclo de vida das chamadas. \
         Evento atual: \"{current}\". O próximo evento deveria ser: \"{next}\"."
    )
}

/// Of a field of `/api/client/actions`.
pub(super) fn required(field: &str) -> String {
    format!("{field} é obrigatório!")
}

/// Of a field of `/api/client/pabx/call`.
pub(super) fn required_of_call(field: &str) -> String {
    let example = match field {
        "their_number" => "11988880000".to_owned(),
        "our_number" => "0800111111".to_owned(),
        _ => SEQUENCE.join(", "),
    };
    format!("{field} is required. Ex: {example}")
}

pub(super) fn delegated(destination: &str) -> String {
    format!("delegate success to call destination: {destination}")
}

pub(super) fn received(kind: &str) -> String {
    format!("call event received from pabx: {kind}")
}

/// The next of the sequence; after the last a new call begins.
pub(super) fn next_of(current: &str) -> &'static str {
    let at = SEQUENCE.iter().position(|kind| *kind == current).unwrap_or(SEQUENCE.len() - 1);
    SEQUENCE[(at + 1) % SEQUENCE.len()]
}

/// The name as it stands in the sequence.
pub(super) fn known(kind: &str) -> Option<&'static str> {
    SEQUENCE.into_iter().find(|known| *known == kind)
}

/// Whether a person may advance a call from `current` (`None` before there is one) to `given`.
pub(super) fn judge(current: Option<&str>, given: &str) -> Result<(), String> {
    match current {
        None if given == SEQUENCE[0] => Ok(()),
        None => Err(FIRST_MUST_BE_NEW.to_owned()),
        Some(current) if next_of(current) != given => Err(out_of_sequence(given, current, next_of(current))),
        Some(_) if given == "call.waiting" => Err(WAITING_IS_DECIDED.to_owned()),
        Some(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_next_event_is_taken_and_waiting_is_the_clients() {
        for (at, current) in SEQUENCE.iter().enumerate().take(6) {
            for given in SEQUENCE {
                let next = SEQUENCE[at + 1];
                let judged = judge(Some(current), given);
                match given {
                    _ if given != next => assert_eq!(
                        judged,
                        Err(format!(
                            "O evento informado \"{given}\" não respeita a sequência manual do ciclo de vida das chamadas. \
                             Evento atual: \"{current}\". O próximo evento deveria ser: \"{next}\"."
                        ))
                    ),
                    "call.waiting" => assert_eq!(judged, Err(WAITING_IS_DECIDED.to_owned())),
                    _ => assert_eq!(judged, Ok(())),
                }
            }
        }
    }

    #[test]
    fn a_call_begins_with_new() {
        assert_eq!(judge(None, "call.new"), Ok(()));
        for given in &SEQUENCE[1..] {
            let refused = Err("O primeiro evento da chamada deve ser \"call.new\".".to_owned());
            assert_eq!(judge(None, given), refused);
        }
        assert_eq!(next_of("call.finished"), "call.new");
    }
}
