//! What the page's scripts say, by the names that they have for it. They put what they know in the places of `#a` and `#b`.

use std::collections::BTreeMap;

use super::super::Ui;

pub fn words(ui: &Ui) -> BTreeMap<&'static str, String> {
    let all = [
        ("ringing", ui.say("answer-say-ringing")),
        ("ringing-many", ui.say("answer-say-ringing-many").with("a", "#a")),
        ("waiting", ui.say("answer-say-waiting")),
        ("talking", ui.say("answer-say-talking")),
        ("unheard", ui.say("answer-say-unheard")),
        ("left", ui.say("answer-say-left").with("a", "#a")),
        ("late", ui.say("answer-say-late").with("a", "#a")),
        ("for", ui.say("answer-say-for").with("a", "#a")),
        ("no-number", ui.say("calls-no-number")),
        ("no-offer", ui.say("answer-no-offer")),
        ("held", ui.say("answer-say-held").with("a", "#a")),
        ("elsewhere", ui.say("answer-say-elsewhere")),
        ("answering", ui.say("answer-say-answering")),
        ("microphone-denied", ui.say("answer-say-microphone-denied")),
        ("microphone-none", ui.say("answer-say-microphone-none")),
        ("microphone-insecure", ui.say("answer-say-microphone-insecure")),
        ("microphone-usual", ui.say("answer-say-microphone-usual")),
        ("session", ui.say("answer-say-session").with("a", "#a")),
        ("over", ui.say("answer-say-over").with("a", "#a")),
        ("over-missed", ui.say("answer-say-over-missed").with("a", "#a")),
        ("over-answered", ui.say("answer-say-over-answered").with("a", "#a").with("b", "#b")),
        ("over-rejected", ui.say("answer-say-over-rejected").with("a", "#a")),
        ("talked", ui.say("answer-say-talked").with("a", "#a").with("b", "#b")),
        ("answered", ui.say("answer-say-answered").with("a", "#a").with("b", "#b")),
        ("mute", ui.say("answer-say-mute")),
        ("muted", ui.say("answer-say-muted")),
        ("voices", ui.say("answer-say-voices")),
        ("voices-none", ui.say("answer-say-voices-none")),
        ("connecting", ui.say("answer-say-connecting")),
        ("broken", ui.say("answer-say-broken")),
        ("unsignalled", ui.say("answer-say-unsignalled")),
        ("lost", ui.say("answer-say-lost").with("a", "#a").with("b", "#b")),
        ("direct", ui.say("answer-say-direct").with("a", "#a")),
        ("relayed", ui.say("answer-say-relayed").with("a", "#a")),
        ("log-offer", ui.say("answer-say-log-offer").with("a", "#a")),
        ("log-answer", ui.say("answer-say-log-answer").with("a", "#a")),
        ("log-act", ui.say("answer-say-log-act").with("a", "#a")),
        ("log-done", ui.say("answer-say-log-done").with("a", "#a")),
        ("log-state", ui.say("answer-say-log-state").with("a", "#a")),
        ("log-socket", ui.say("answer-say-log-socket").with("a", "#a")),
    ];
    all.into_iter().map(|(name, said)| (name, said.text())).collect()
}
