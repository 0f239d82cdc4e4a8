//! What every channel says, and what is left of it when there is little room.

use super::super::message::tests::{line, message};
use super::*;

fn whole(message: &Message, lang: Lang) -> Written {
    Written::of(message, lang, ROOMS[0])
}

#[test]
fn the_head_counts_and_names_the_worst() {
    let mut two = message(What::Opened, 2);
    two.lines[1].cost = Cost::Losing;
    two.lines[1].title = "Token recusado".into();
    assert_eq!(whole(&two, Lang::Pt).head, "2 incidentes: Token recusado");
    assert_eq!(whole(&two, Lang::En).head, "2 incidents: Token recusado");
    two.lines.remove(0);
    two.total = 1;
    assert_eq!(whole(&two, Lang::Pt).head, "Token recusado");
    let resolved = whole(&message(What::Resolved, 1), Lang::Pt);
    assert!(resolved.head.starts_with("Resolvido: "), "{}", resolved.head);
    assert_eq!(whole(&message(What::Summary, 0), Lang::Pt).head, "Nenhum incidente aberto");
}

#[test]
fn a_storm_is_ten_lines_and_a_number() {
    let storm = Message { total: 200, ..message(What::Opened, 25) };
    let written = whole(&storm, Lang::Pt);
    assert_eq!((written.lines.len(), written.more.as_deref()), (10, Some("e mais 190")));
    let few = whole(&message(What::Opened, 10), Lang::Pt);
    assert_eq!((few.lines.len(), few.more), (10, None));
}

#[test]
fn a_line_says_what_it_costs_whose_it_is_and_since_when() {
    let written = whole(&message(What::Opened, 1), Lang::Pt);
    assert_eq!(written.lines[0].detail, "atrasado, sem perda · Grupo Pitanga · desde 27/11 13:32 (Brasília)");
    let mut closed = message(What::Resolved, 1);
    closed.lines[0].closed_at = Some(Timestamp(closed.lines[0].since.0 + 60_000_000));
    let written = whole(&closed, Lang::Pt);
    assert_eq!(written.lines[0].detail, "Grupo Pitanga · de 27/11 13:32 a 27/11 13:33 (Brasília)");
    assert_eq!(written.lines[0].mark(), '✓');
}

#[test]
fn what_is_cut_says_so_and_shorter_rooms_hold_less() {
    assert_eq!((cut("abc", 3), cut("abcd", 3), cut("ab cd", 4)), ("abc".into(), "ab…".into(), "ab…".into()));
    assert_eq!(cut("a\r\nb", 9), "a  b");
    let mut long = message(What::Opened, 10);
    for line in &mut long.lines {
        (line.title, line.sentence) = ("t".repeat(5_000), "s".repeat(5_000));
    }
    let sizes: Vec<_> = ROOMS.iter().map(|room| Written::of(&long, Lang::Pt, *room).plain().len()).collect();
    assert!(sizes.is_sorted_by(|a, b| a > b), "{sizes:?}");
    let small = fitted(&long, Lang::Pt, Written::plain, |text| text.len() < 400);
    assert!(small.len() < 400 && small.contains("e mais 9"), "{small}");
}

#[test]
fn names_mention_and_link_nothing() {
    for (name, inert_name) in [
        ("@channel", "@\u{2060}channel"),
        ("ana@b.co", "ana@\u{2060}b.\u{2060}co"),
        ("http://x.io/a", "http:\u{2060}/\u{2060}/\u{2060}x.\u{2060}io/\u{2060}a"),
        ("#geral", "#\u{2060}geral"),
        ("/start", "/\u{2060}start"),
        ("2.113 em 10.0.0.1", "2.113 em 10.0.0.1"),
        ("Fim. Outra", "Fim. Outra"),
    ] {
        assert_eq!(inert(name), inert_name);
    }
    let mut hostile = message(What::Opened, 1);
    hostile.lines[0].company = Some("<!channel> @everyone www.evil.example".into());
    let written = whole(&hostile, Lang::Pt);
    assert!(
        !written.plain().contains("@everyone") && !written.plain().contains("evil.example"),
        "{written:?}"
    );
}

#[test]
fn a_link_of_ours_stays_whole() {
    let linked = line(1);
    assert_eq!(written(&linked, Lang::Pt, ROOMS[0]).link.map(|link| link.url), linked.link);
}
