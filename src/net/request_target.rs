//! What a request asks for, in the letters of whoever wrote the URL.
//!
//! The URL library reads addresses as browsers do, and writes them anew: `'` in a query becomes `%27`, `%2e%2E` in a path
//! counts as two dots and is folded. To a server that signs its URLs, or routes by their bytes, that is another address.
//! So path and query go out as they were written; only what no request can carry is percent-encoded. Where a connection
//! leads is decided by the library's reading alone, which is the one that the guard has judged.

use std::fmt::Write as _;

use url::Url;

/// Path and query of a URL as `text` writes them; `url` is the library's reading of the same text.
pub(super) fn of(text: &str, url: &Url) -> String {
    match written(text) {
        Some(written) => encoded(written),
        None => match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        },
    }
}

/// From behind the host up to the fragment; `None` for a spelling that only the library knows how to read: without the
/// two slashes, with backslashes for slashes, with line ends that it drops.
fn written(text: &str) -> Option<&str> {
    let text = text.trim();
    let (scheme, rest) = text.split_once("://")?;
    let plain = scheme.bytes().all(|byte| byte.is_ascii_alphabetic());
    if !plain || rest.starts_with('/') || text.contains(['\t', '\r', '\n']) {
        return None;
    }
    let behind_host = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    let written = rest[behind_host..].split('#').next()?;
    let path = written.split('?').next()?;
    (!path.contains('\\')).then_some(written)
}

/// With a slash at the beginning, and without what a request line cannot carry: blanks, control characters, what is not
/// ASCII, and the delimiters that the URL library encodes too.
fn encoded(written: &str) -> String {
    let mut target = String::with_capacity(written.len() + 1);
    if !written.starts_with('/') {
        target.push('/');
    }
    let mut in_query = false;
    for byte in written.bytes() {
        in_query |= byte == b'?';
        let plain = match byte {
            b'"' | b'<' | b'>' => false,
            b'`' | b'{' | b'}' | b'^' => in_query,
            byte => byte.is_ascii_graphic(),
        };
        if plain {
            target.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(target, "%{byte:02X}");
        }
    }
    target
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        of(text, &Url::parse(text.trim()).expect("a URL"))
    }

    #[test]
    fn what_was_written_is_asked_for() {
        for same in [
            "/",
            "/hook?",
            "/o'brien?name=O'Brien",
            "/hook//double/%2e%2E/%7Euser?a=&b&c=1;d=2&&e=~*()!$,:@",
            "/a/../b/./c",
            "/x?sig=EMi5_HhfcjU-ngo4%2B%2f%3D&q=a+b|c[1]\\{}`^?/",
            "/%E2%9C%93;v=1?x=%C3%A7",
            "/%zz?%",
            "/@a:b",
            "/a?next=http://other.example/",
        ] {
            assert_eq!(read(&format!("https://example.com:8443{same}")), same);
        }
    }

    #[test]
    fn what_a_request_cannot_carry_is_encoded() {
        for (written, sent) in [
            ("http://h", "/"),
            ("http://h?a=1", "/?a=1"),
            ("http://h#top", "/"),
            ("http://h/a#b?c", "/a"),
            (" http://h/a b/ç?d=é \"x\"<y> ", "/a%20b/%C3%A7?d=%C3%A9%20%22x%22%3Cy%3E"),
            ("http://h/{a}`^|", "/%7Ba%7D%60%5E|"),
            ("HTTP://h/A", "/A"),
            ("http://[::1]:80/a", "/a"),
        ] {
            assert_eq!(read(written), sent, "{written}");
        }
    }

    /// Spellings that browsers forgive are read as they read them.
    #[test]
    fn odd_spellings_are_left_to_the_library() {
        for (written, sent) in [
            ("http:h/a'?b='", "/a'?b=%27"),
            ("http:///h/a", "/a"),
            ("http://h\\a\\b", "/a/b"),
            ("http://h/a\tb\nc", "/abc"),
        ] {
            assert_eq!(read(written), sent, "{written}");
        }
    }

    proptest::proptest! {
        /// Whatever is pasted, nothing breaks out of the request line.
        #[test]
        fn a_target_has_no_blanks(rest in "\\PC{0,30}[ \t\r\n]?\\PC{0,10}") {
            let text = format!("http://example.com/{rest}");
            if let Ok(url) = Url::parse(text.trim()) {
                let target = of(&text, &url);
                proptest::prop_assert!(target.starts_with('/') && target.bytes().all(|byte| byte.is_ascii_graphic()));
            }
        }
    }
}
