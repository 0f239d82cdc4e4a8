//! The time zones that an account offers: Brazil's by the names people know them by, with how far each is from UTC just now.

use jiff::tz::TimeZone;

use super::{Choice, Ui};
use crate::domain::Timestamp;

/// All of Brazil's: that of the capital first, then from east to west. The names are the same in every language.
const BRAZIL: [(&str, &str); 16] = [
    ("America/Sao_Paulo", "Brasília"),
    ("America/Noronha", "Fernando de Noronha"),
    ("America/Araguaina", "Araguaína"),
    ("America/Belem", "Belém"),
    ("America/Fortaleza", "Fortaleza"),
    ("America/Maceio", "Maceió"),
    ("America/Recife", "Recife"),
    ("America/Bahia", "Salvador"),
    ("America/Santarem", "Santarém"),
    ("America/Boa_Vista", "Boa Vista"),
    ("America/Campo_Grande", "Campo Grande"),
    ("America/Cuiaba", "Cuiabá"),
    ("America/Manaus", "Manaus"),
    ("America/Porto_Velho", "Porto Velho"),
    ("America/Eirunepe", "Eirunepé"),
    ("America/Rio_Branco", "Rio Branco"),
];
const OTHERS: [&str; 2] = ["Europe/Lisbon", "UTC"];

/// What may be chosen; one that is chosen already is among it, whichever it is.
pub fn choices(ui: &Ui, chosen: &str) -> Vec<Choice> {
    let brazil = BRAZIL.iter().map(|(zone, name)| {
        let label = match offset(zone, ui.now) {
            Some(offset) => format!("{name} · {offset}"),
            None => (*name).to_owned(),
        };
        Choice::new(*zone, &label, *zone == chosen)
    });
    let others = OTHERS.iter().map(|zone| Choice::new(*zone, zone, *zone == chosen));
    let mut all: Vec<_> = brazil.chain(others).collect();
    if !all.iter().any(|choice| choice.chosen) {
        all.push(Choice::new(chosen, &chosen, true));
    }
    all
}

/// The zone as people know it: Brazil's by their names.
pub fn name(zone: &str) -> &str {
    BRAZIL.iter().find(|(word, _)| *word == zone).map_or(zone, |(_, name)| name)
}

/// `UTC−3`, `UTC+5:30`.
fn offset(zone: &str, now: Timestamp) -> Option<String> {
    let at = jiff::Timestamp::from_microsecond(now.0).ok()?;
    let minutes = TimeZone::get(zone).ok()?.to_offset(at).seconds() / 60;
    let (sign, minutes) = (if minutes < 0 { '−' } else { '+' }, minutes.abs());
    Some(match minutes % 60 {
        0 => format!("UTC{sign}{}", minutes / 60),
        rest => format!("UTC{sign}{}:{rest:02}", minutes / 60),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Lang;

    #[test]
    fn brazils_zones_come_first_with_their_names_and_offsets() {
        let ui = Ui::new(Lang::Pt, None, Timestamp(1_800_000_000_000_000));
        let all = choices(&ui, "Asia/Kolkata");
        let labels: Vec<_> = all.iter().map(|choice| choice.label.as_str()).collect();
        assert_eq!(labels[0], "Brasília · UTC−3");
        assert_eq!(labels[1], "Fernando de Noronha · UTC−2");
        assert_eq!(labels[15..], ["Rio Branco · UTC−5", "Europe/Lisbon", "UTC", "Asia/Kolkata"]);
        assert!(labels[..16].iter().all(|label| label.contains(" · UTC−")), "{labels:?}");
        assert_eq!(offset("Asia/Kolkata", ui.now).as_deref(), Some("UTC+5:30"));
        assert_eq!(choices(&ui, "UTC").len(), 18);
        assert_eq!((name("America/Belem"), name("Asia/Kolkata")), ("Belém", "Asia/Kolkata"));
    }
}
