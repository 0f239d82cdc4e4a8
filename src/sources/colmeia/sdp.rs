//! What an answer has to have before it is passed on, unchanged: what is wrong here is told here, and costs no call.
//!
//! The rules are those of Colmeia's contract and of WhatsApp Business Calling: one description of audio with opus at 48 kHz, a fingerprint of
//! SHA-256, and a part in the handshake that is decided. It is not tried again, so there is no second chance.

use crate::texts::{Message, msg};

/// Bytes of a session's description.
pub const LONGEST: usize = 64 << 10;

/// Judges an answer.
pub fn judge(sdp: &str) -> Result<(), Message> {
    if sdp.len() > LONGEST {
        return Err(msg("colmeia-sdp-long").with("most", LONGEST.to_string()));
    }
    let lines: Vec<&str> = sdp.lines().map(str::trim).collect();
    if lines.first() != Some(&"v=0") {
        return Err(msg("colmeia-sdp-none"));
    }
    let media: Vec<&&str> = lines.iter().filter(|line| line.starts_with("m=")).collect();
    let has = |wanted: &str| lines.iter().any(|line| line.to_ascii_lowercase().starts_with(wanted));
    let is_opus = |line: &&str| {
        let named = line.strip_prefix("a=rtpmap:").and_then(|line| line.split_once(' '));
        named.is_some_and(|(_, codec)| codec.eq_ignore_ascii_case("opus/48000/2"))
    };
    let rules = [
        (media.len() == 1 && media[0].starts_with("m=audio "), msg("colmeia-sdp-media")),
        (!media_is_refused(&media), msg("colmeia-sdp-refused")),
        (lines.iter().any(is_opus), msg("colmeia-sdp-codec")),
        (has("a=fingerprint:sha-256 "), msg("colmeia-sdp-fingerprint")),
        (has("a=setup:active") || has("a=setup:passive"), msg("colmeia-sdp-setup")),
        (has("a=ice-ufrag:") && has("a=ice-pwd:"), msg("colmeia-sdp-ice")),
        (has("a=candidate:"), msg("colmeia-sdp-candidates")),
    ];
    match rules.into_iter().find(|(holds, _)| !holds) {
        Some((_, broken)) => Err(broken),
        None => Ok(()),
    }
}

/// A port of 0 takes no part (RFC 3264, section 6).
fn media_is_refused(media: &[&&str]) -> bool {
    media.iter().any(|line| line.split(' ').nth(1) == Some("0"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Lang;

    const ANSWER: &str = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=fingerprint:sha-256 AA:BB\r\n\
        m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=setup:active\r\na=ice-ufrag:x\r\na=ice-pwd:y\r\n\
        a=rtpmap:111 opus/48000/2\r\na=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\n";

    #[test]
    fn a_whole_answer_is_passed_on() {
        assert_eq!(judge(ANSWER), Ok(()));
        assert_eq!(judge(&ANSWER.replace("setup:active", "setup:passive").replace("opus", "OPUS")), Ok(()));
    }

    #[test]
    fn what_is_not_whole_is_refused_in_words() {
        let wrong = [
            (ANSWER.replace("v=0", "hello"), msg("colmeia-sdp-none")),
            (String::new(), msg("colmeia-sdp-none")),
            (format!("{ANSWER}m=video 9 UDP/TLS/RTP/SAVPF 96\r\n"), msg("colmeia-sdp-media")),
            (ANSWER.replace("m=audio 9", "m=audio 0"), msg("colmeia-sdp-refused")),
            (ANSWER.replace("opus/48000/2", "PCMU/8000"), msg("colmeia-sdp-codec")),
            (ANSWER.replace("sha-256", "sha-1"), msg("colmeia-sdp-fingerprint")),
            (ANSWER.replace("setup:active", "setup:actpass"), msg("colmeia-sdp-setup")),
            (ANSWER.replace("a=ice-pwd:y\r\n", ""), msg("colmeia-sdp-ice")),
            (ANSWER.replace("a=candidate", "a=x"), msg("colmeia-sdp-candidates")),
        ];
        for (sdp, right) in wrong {
            let message = judge(&sdp).expect_err(&sdp);
            assert_eq!(message, right, "{sdp}");
            assert_ne!(message.text(Lang::Pt), message.text(Lang::En));
        }
        assert!(judge(&format!("{ANSWER}{}", "a=x\r\n".repeat(20_000))).is_err(), "it is too long");
    }
}
