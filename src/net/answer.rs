//! The head of an answer, read leniently: what a server has unmistakably said about a request counts, however oddly it
//! frames the rest.
//!
//! What must hold: the status line decides (`HTTP/…`, three digits); a header that cannot be read is passed over; where
//! it is not certain where the body ends, the connection serves no further request. Nothing is read twice: each byte is
//! looked at once for the end of the head, so that one sent byte by byte costs no more than another.

use ::http::header::{CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING};
use ::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::ErrorKind;

/// How large the heads before an answer's body may be, those of interim answers included.
pub(super) const MAX_HEAD_BYTES: usize = 64 * 1024;

/// How the end of a body is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    Length(u64),
    Chunked,
    UntilClose,
    /// By nothing that can be believed.
    Unclear,
}

/// What a server said before the body.
#[derive(Debug)]
pub(super) struct Head {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub framing: Framing,
    /// Whether the connection may serve again once the body is read.
    pub keeps_alive: bool,
    /// It did not end in [`MAX_HEAD_BYTES`]; what came is kept.
    pub cut: bool,
}

/// What the bytes so far are.
#[derive(Debug)]
pub(super) enum Scanned {
    More,
    /// An answer's head, and how many bytes it has with those of the interim answers before it.
    Head(Box<Head>, usize),
    /// No answer in HTTP/1.
    Broken(ErrorKind, String),
}

/// Looks for the end of the head in bytes that grow.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// Where the line under way begins.
    line: usize,
    /// Bytes that have been looked at.
    looked: usize,
    status: Option<StatusLine>,
}

#[derive(Debug, Clone, Copy)]
struct StatusLine {
    status: StatusCode,
    /// HTTP/1.1, where connections are kept unless it is said otherwise.
    is_1_1: bool,
    /// Where the headers begin.
    ends: usize,
}

impl Scan {
    /// `bytes` is everything that came since the request was sent.
    pub fn scan(&mut self, bytes: &[u8]) -> Scanned {
        while let Some(at) = bytes[self.looked..].iter().position(|byte| *byte == b'\n') {
            let end = self.looked + at + 1;
            let line = trimmed_end(&bytes[self.line..end]);
            let begins = std::mem::replace(&mut self.line, end);
            self.looked = end;
            match (self.status, line.is_empty()) {
                (None, false) => match status_line(line) {
                    Some((status, is_1_1)) => self.status = Some(StatusLine { status, is_1_1, ends: end }),
                    None => return not_a_status_line(line),
                },
                (Some(line), true) if is_interim(line.status) => self.status = None,
                (Some(line), true) => {
                    return Scanned::Head(Box::new(head(line, &bytes[line.ends..begins], false)), end);
                }
                // A header; or a line end that a server which counts wrong has left behind the body before.
                (Some(_), false) | (None, true) => {}
            }
        }
        self.looked = bytes.len();
        self.unfinished(bytes)
    }

    /// A head that has not ended: whether it still may.
    fn unfinished(&self, bytes: &[u8]) -> Scanned {
        match self.status {
            None if !may_begin(&bytes[self.line..]) => not_a_status_line(&bytes[self.line..]),
            _ if bytes.len() < MAX_HEAD_BYTES => Scanned::More,
            Some(line) if !is_interim(line.status) => {
                Scanned::Head(Box::new(head(line, &bytes[line.ends..self.line], true)), bytes.len())
            }
            _ => Scanned::Broken(ErrorKind::HeaderTooLarge, format!("no answer in {MAX_HEAD_BYTES} bytes")),
        }
    }
}

/// An answer before the answer (RFC 9110, 15.2). After 101 nothing of HTTP comes, so that it is the last word.
fn is_interim(status: StatusCode) -> bool {
    status.is_informational() && status != StatusCode::SWITCHING_PROTOCOLS
}

fn trimmed_end(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r\n").or_else(|| line.strip_suffix(b"\n")).unwrap_or(line)
}

fn not_a_status_line(line: &[u8]) -> Scanned {
    let shown = line[..line.len().min(60)].escape_ascii();
    Scanned::Broken(ErrorKind::Protocol, format!("not a status line: `{shown}`"))
}

/// Whether bytes without a line end can be the beginning of a status line.
fn may_begin(bytes: &[u8]) -> bool {
    const BEGINS: &[u8] = b"HTTP/";
    let same = bytes.len().min(BEGINS.len());
    // One `\r` may be of an empty line before it.
    bytes == b"\r" || (bytes[..same].eq_ignore_ascii_case(&BEGINS[..same]) && bytes.len() < 4_096)
}

/// `HTTP/1.1 200 OK` and what is as clear: other letters, more blanks, no reason.
fn status_line(line: &[u8]) -> Option<(StatusCode, bool)> {
    let (name, rest) = line.split_at_checked(5)?;
    if !name.eq_ignore_ascii_case(b"HTTP/") {
        return None;
    }
    let version = rest.iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'.').count();
    let (version, rest) = rest.split_at(version);
    let code = rest.trim_ascii_start();
    if version.is_empty() || code.len() == rest.len() {
        return None;
    }
    let (code, reason) = code.split_at_checked(3)?;
    if reason.first().is_some_and(|byte| !byte.is_ascii_whitespace()) {
        return None;
    }
    Some((StatusCode::from_bytes(code).ok()?, version == b"1.1"))
}

fn head(line: StatusLine, lines: &[u8], cut: bool) -> Head {
    let headers = headers(lines);
    let (framing, told) = framing(line.status, &headers);
    let says = |word: &str| {
        let values = headers.get_all(CONNECTION).into_iter().filter_map(|value| value.to_str().ok());
        values.flat_map(|value| value.split(',')).any(|token| token.trim().eq_ignore_ascii_case(word))
    };
    let keeps_alive = told && !cut && !says("close") && (line.is_1_1 || says("keep-alive"));
    let framing = if cut { Framing::Unclear } else { framing };
    Head { status: line.status, headers, framing, keeps_alive, cut }
}

fn headers(lines: &[u8]) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(16);
    for line in lines.split(|byte| *byte == b'\n') {
        // A folded line (RFC 9112, 5.2) belongs to a value that nothing here depends on.
        if line.first().is_none_or(|byte| matches!(byte, b' ' | b'\t')) {
            continue;
        }
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
        let (name, value) = (line[..colon].trim_ascii(), line[colon + 1..].trim_ascii());
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), HeaderValue::from_bytes(value)) {
            // A head within the bound has fewer lines than a map has places.
            let _ = headers.try_append(name, value);
        }
    }
    headers
}

/// RFC 9112, 6.3, and whether it is certain.
fn framing(status: StatusCode, headers: &HeaderMap) -> (Framing, bool) {
    if matches!(status.as_u16(), 101 | 204 | 304) {
        return (Framing::Length(0), status != StatusCode::SWITCHING_PROTOCOLS);
    }
    if let Some(coding) = headers.get_all(TRANSFER_ENCODING).into_iter().next_back() {
        let last = coding.to_str().ok().and_then(|codings| codings.rsplit(',').next());
        if !last.is_some_and(|coding| coding.trim().eq_ignore_ascii_case("chunked")) {
            return (Framing::UntilClose, false);
        }
        // A length beside it means that somebody between has counted otherwise.
        return (Framing::Chunked, !headers.contains_key(CONTENT_LENGTH));
    }
    let mut lengths = headers.get_all(CONTENT_LENGTH).into_iter().flat_map(|value| {
        value.to_str().unwrap_or("?").split(',').map(|length| length.trim().parse::<u64>().ok())
    });
    match lengths.next() {
        None => (Framing::UntilClose, false),
        Some(Some(length)) if lengths.all(|other| other == Some(length)) => (Framing::Length(length), true),
        Some(_) => (Framing::Unclear, false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(wire: &str) -> Option<(u16, Framing, bool)> {
        match Scan::default().scan(wire.as_bytes()) {
            Scanned::Head(head, _) => Some((head.status.as_u16(), head.framing, head.keeps_alive)),
            Scanned::More | Scanned::Broken(..) => None,
        }
    }

    #[test]
    fn what_is_unmistakable_is_a_status_line() {
        let read = |line: &str| status_line(line.as_bytes()).map(|(status, _)| status.as_u16());
        for good in [
            "HTTP/1.1 200 OK",
            "HTTP/1.1 200",
            "HTTP/1.1 200 ",
            "http/1.1  200 ok",
            "HTTP/1.0 200 Tudo bem é",
            "HTTP/2 200",
            "HTTP/1.1\t200\tOK",
            "HTTP/1.1 200 Internal Server Error",
        ] {
            assert_eq!(read(good), Some(200), "{good}");
        }
        for bad in [
            "",
            "HTTP/1.1",
            "HTTP/1.1 20",
            "HTTP/1.1 2000",
            "HTTP/1.1 2x0",
            "HTTP/1.1200 OK",
            "HTTP/ 200 OK",
            "200 OK",
            "220 mail.test ESMTP",
            "HTTP/1.1 banana",
            " HTTP/1.1 200 OK",
            "HTTP/1.1 099 OK",
            "XHTTP/1.1 200",
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_end_of_a_body_is_told_by_the_rules() {
        for (headers, framing, keeps_alive) in [
            ("Content-Length: 5\r\n", Framing::Length(5), true),
            ("content-length:5\n", Framing::Length(5), true),
            ("Content-Length: 5\r\nContent-Length: 5\r\n", Framing::Length(5), true),
            ("Content-Length: 5, 5\r\n", Framing::Length(5), true),
            ("Content-Length: 5\r\nContent-Length: 6\r\n", Framing::Unclear, false),
            ("Content-Length: -1\r\n", Framing::Unclear, false),
            ("Content-Length: 5\r\nConnection: x, Close\r\n", Framing::Length(5), false),
            ("Transfer-Encoding: gzip, Chunked\r\n", Framing::Chunked, true),
            ("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", Framing::Chunked, false),
            ("Transfer-Encoding: gzip\r\n", Framing::UntilClose, false),
            (
                "X-A: b\r\n folded: Content-Length: 7\r\nno colon\r\nb@d: 1\r\nContent-Length : 2\r\n",
                Framing::Length(2),
                true,
            ),
            ("", Framing::UntilClose, false),
        ] {
            let wire = format!("HTTP/1.1 200 OK\r\n{headers}\r\n");
            assert_eq!(read(&wire), Some((200, framing, keeps_alive)), "{headers:?}");
        }
        assert_eq!(
            read("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\n"),
            Some((200, Framing::Length(1), false))
        );
        let kept = "HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 1\r\n\r\n";
        assert_eq!(read(kept), Some((200, Framing::Length(1), true)));
        assert_eq!(
            read("HTTP/1.1 204 No\r\nContent-Length: 9\r\n\r\n"),
            Some((204, Framing::Length(0), true))
        );
        assert_eq!(read("HTTP/1.1 101 Up\r\n\r\n"), Some((101, Framing::Length(0), false)));
    }

    #[test]
    fn interim_answers_are_passed_over() {
        let wire = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n\r\nHTTP/1.1 202 Ok\n\nrest";
        let Scanned::Head(head, length) = Scan::default().scan(wire.as_bytes()) else { panic!("a head") };
        assert_eq!((head.status.as_u16(), length), (202, wire.len() - 4));
    }

    #[test]
    fn a_head_without_end_is_an_answer_with_its_status() {
        let long = format!("HTTP/1.1 200 OK\r\nX-A: 1\r\n{}", "X-Filler: 0123456789\r\n".repeat(4_000));
        let Scanned::Head(head, _) = Scan::default().scan(long.as_bytes()) else { panic!("a head") };
        assert!(head.cut && !head.keeps_alive && head.headers["x-a"] == "1");
        assert!(
            matches!(Scan::default().scan(b"220 mail.test ESMTP"), Scanned::Broken(..)),
            "without its line end"
        );
        assert!(matches!(Scan::default().scan(b"HTTP/1.1 200 OK\r\nX-Sl"), Scanned::More));
    }

    proptest::proptest! {
        /// However the bytes are cut into pieces, the answer is the same; and no bytes are a panic.
        #[test]
        fn pieces_make_no_difference(
            wire in "(HTTP/1.1 [12]0[0-4] ?O?K?\r?\n(Content-Length: [0-9]\r?\n)?\r?\n){0,3}[ -~\r\n]{0,20}",
            cuts in proptest::collection::vec(0_usize..60, 0..6),
        ) {
            let whole = format!("{:?}", Scan::default().scan(wire.as_bytes()));
            let mut scan = Scan::default();
            let mut cuts: Vec<usize> = cuts.into_iter().filter(|cut| *cut < wire.len()).collect();
            cuts.sort_unstable();
            cuts.push(wire.len());
            for cut in cuts {
                match scan.scan(&wire.as_bytes()[..cut]) {
                    Scanned::More => {}
                    Scanned::Broken(..) => {
                        proptest::prop_assert!(whole.starts_with("Broken"), "{}", whole);
                        return Ok(());
                    }
                    found @ Scanned::Head(..) => {
                        proptest::prop_assert_eq!(format!("{found:?}"), whole);
                        return Ok(());
                    }
                }
            }
            proptest::prop_assert_eq!(whole, "More");
        }
    }
}
