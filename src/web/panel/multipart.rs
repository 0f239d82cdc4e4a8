//! Forms with a file, as browsers send them (`multipart/form-data`, RFC 7578). The body is in memory already, and bounded (`safety`).

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};

use super::Pairs;

/// No form of ours has as many parts.
const MOST_PARTS: usize = 100;

/// A form with a file in it.
pub struct SentFile {
    pub pairs: Pairs,
    /// What was chosen; empty where nothing was.
    pub file: Bytes,
}

impl<S: Send + Sync> FromRequest<S> for SentFile {
    type Rejection = StatusCode;

    async fn from_request(request: Request, state: &S) -> Result<Self, StatusCode> {
        let boundary = boundary(request.headers()).ok_or(StatusCode::UNSUPPORTED_MEDIA_TYPE)?;
        let body = Bytes::from_request(request, state).await.map_err(|_| StatusCode::BAD_REQUEST)?;
        let (mut pairs, mut file) = (Pairs::default(), Bytes::new());
        for part in parts(&body, &boundary) {
            if part.is_file {
                file = body.slice_ref(part.value);
            } else {
                pairs = pairs.and(&part.name, &String::from_utf8_lossy(part.value));
            }
        }
        Ok(Self { pairs, file })
    }
}

/// What parts one field from the next, for a form of this kind.
pub fn boundary(headers: &HeaderMap) -> Option<String> {
    let kind = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let (essence, rest) = kind.split_once(';')?;
    if !essence.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let named = rest.split(';').find_map(|parameter| {
        let (name, value) = parameter.trim().split_once('=')?;
        name.eq_ignore_ascii_case("boundary").then(|| value.trim_matches('"').to_owned())
    });
    named.filter(|boundary| !boundary.is_empty())
}

/// A field of a form, in its place in the body.
pub struct Part<'a> {
    pub name: String,
    pub value: &'a [u8],
    is_file: bool,
}

/// The fields in their order. What is not as browsers write it ends the form.
pub fn parts<'a>(body: &'a [u8], boundary: &str) -> Vec<Part<'a>> {
    let (first, between) = (format!("--{boundary}"), format!("\r\n--{boundary}"));
    let mut found = Vec::new();
    let Some(mut rest) = body.strip_prefix(first.as_bytes()) else { return found };
    while let Some(part) = rest.strip_prefix(b"\r\n")
        && found.len() < MOST_PARTS
        && let Some((head, value)) = split(part, b"\r\n\r\n")
        && let Some((value, after)) = split(value, between.as_bytes())
    {
        found.extend(described(head).map(|(name, is_file)| Part { name, value, is_file }));
        rest = after;
    }
    found
}

/// The field's name, and whether it is a file's.
fn described(head: &[u8]) -> Option<(String, bool)> {
    let head = std::str::from_utf8(head).ok()?;
    let line = head.split("\r\n").find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-disposition").then_some(value)
    })?;
    let parameter = |wanted: &str| {
        let (_, rest) = line.split_once(&format!("; {wanted}=\""))?;
        rest.split_once('"').map(|(value, _)| value.to_owned())
    };
    Some((parameter("name")?, parameter("filename").is_some()))
}

fn split<'a>(text: &'a [u8], mark: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = text.windows(mark.len()).position(|window| window == mark)?;
    Some((&text[..at], &text[at + mark.len()..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(body: &[u8]) -> Vec<(String, Vec<u8>, bool)> {
        parts(body, "-x").into_iter().map(|part| (part.name, part.value.to_vec(), part.is_file)).collect()
    }

    #[test]
    fn fields_and_files_are_as_they_were_sent() {
        let body = b"---x\r\nContent-Disposition: form-data; name=\"_csrf\"\r\n\r\nabc\r\n\
            ---x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\nContent-Type: text/csv\r\n\r\n\
            phone\r\n\xff--\r\n\r\n\r\n---x--\r\n";
        let field = ("_csrf".to_owned(), b"abc".to_vec(), false);
        let file = ("file".to_owned(), b"phone\r\n\xff--\r\n\r\n".to_vec(), true);
        assert_eq!(told(body), [field, file]);
    }

    #[test]
    fn what_no_browser_writes_ends_the_form() {
        for odd in [
            &b""[..],
            b"---x",
            b"---x--",
            b"---x\r\n",
            b"---x\r\n\r\n",
            b"---x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nnever ends",
            b"---x\r\nContent-Disposition: form-data\r\n\r\nno name\r\n---x--",
            b"---x\r\n\xff\r\n\r\nno text\r\n---x--",
            b"name=a&_csrf=b",
        ] {
            assert_eq!(told(odd), [], "{}", String::from_utf8_lossy(odd));
        }
        let many = b"\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n---x".repeat(MOST_PARTS + 1);
        assert_eq!(told(&[&b"---x"[..], &many].concat()).len(), MOST_PARTS);
    }

    #[test]
    fn only_a_form_with_parts_has_a_boundary() {
        let of = |kind: &str| {
            boundary(&HeaderMap::from_iter([(header::CONTENT_TYPE, kind.parse().expect("a header"))]))
        };
        assert_eq!(of("multipart/form-data; boundary=----W7").as_deref(), Some("----W7"));
        assert_eq!(of("Multipart/Form-Data; charset=utf-8; Boundary=\"a b\"").as_deref(), Some("a b"));
        for other in ["multipart/form-data", "multipart/form-data; boundary=", "multipart/mixed; boundary=a"]
        {
            assert_eq!(of(other), None, "{other}");
        }
    }
}
