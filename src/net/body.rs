//! The body of an answer, taken out of its framing.

use bytes::{Buf, BytesMut};

use super::answer::Framing;

/// How much of an answer is read.
pub(super) const MAX_ANSWER_BYTES: usize = 64 * 1024;
/// And of what stands around it: sizes of chunks, with whatever is written beside them, and trailers.
const MAX_FRAMING_BYTES: usize = 64 * 1024;
/// The longest line of it.
const MAX_LINE_BYTES: usize = 8 * 1024;

/// Where the reading of a body stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// More bytes are needed.
    More,
    Done,
    /// There is more of the body, or of what frames it, than is read.
    Full,
}

/// The framing cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Broken(pub &'static str);

/// Collects a body of at most [`MAX_ANSWER_BYTES`], out of framing of at most [`MAX_FRAMING_BYTES`].
#[derive(Debug)]
pub(super) struct Reader {
    place: Place,
    /// Bytes of lines so far.
    framing: usize,
    pub body: Vec<u8>,
}

#[derive(Debug, Clone, Copy)]
enum Place {
    /// So many bytes to come.
    Length(u64),
    ChunkSize,
    Chunk(u64),
    /// The line end behind a chunk.
    ChunkEnd,
    Trailers,
    UntilClose,
    Done,
}

impl Reader {
    /// `None` where there is no telling what belongs to the body.
    pub fn new(framing: Framing) -> Option<Self> {
        let place = match framing {
            Framing::Length(length) => Place::Length(length),
            Framing::Chunked => Place::ChunkSize,
            Framing::UntilClose => Place::UntilClose,
            Framing::Unclear => return None,
        };
        Some(Self { place, framing: 0, body: Vec::new() })
    }

    /// Whether the connection's end is the body's.
    pub fn ends_with_connection(&self) -> bool {
        matches!(self.place, Place::UntilClose)
    }

    /// Takes what belongs to the body out of `bytes`.
    pub fn take(&mut self, bytes: &mut BytesMut) -> Result<Step, Broken> {
        loop {
            match self.place {
                Place::Done | Place::Length(0) => return Ok(Step::Done),
                _ if self.framing > MAX_FRAMING_BYTES => return Ok(Step::Full),
                Place::Chunk(0) => self.place = Place::ChunkEnd,
                Place::Length(_) | Place::Chunk(_) | Place::UntilClose if bytes.is_empty() => {
                    return Ok(Step::More);
                }
                Place::Length(left) => {
                    let Some(taken) = self.keep(bytes, left) else { return Ok(Step::Full) };
                    self.place = Place::Length(left - taken);
                }
                Place::Chunk(left) => {
                    let Some(taken) = self.keep(bytes, left) else { return Ok(Step::Full) };
                    self.place = Place::Chunk(left - taken);
                }
                Place::UntilClose => {
                    if self.keep(bytes, u64::MAX).is_none() {
                        return Ok(Step::Full);
                    }
                }
                Place::ChunkSize => {
                    let Some(line) = self.line(bytes)? else { return Ok(Step::More) };
                    self.place = match chunk_size(&line)? {
                        0 => Place::Trailers,
                        size => Place::Chunk(size),
                    };
                }
                Place::ChunkEnd => {
                    let Some(line) = self.line(bytes)? else { return Ok(Step::More) };
                    if !line.is_empty() {
                        return Err(Broken("a chunk is longer than it says"));
                    }
                    self.place = Place::ChunkSize;
                }
                Place::Trailers => {
                    let Some(line) = self.line(bytes)? else { return Ok(Step::More) };
                    if line.is_empty() {
                        self.place = Place::Done;
                    }
                }
            }
        }
    }

    /// Keeps up to `left` bytes; `None` when not all of them found room.
    fn keep(&mut self, bytes: &mut BytesMut, left: u64) -> Option<u64> {
        let here = bytes.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let room = MAX_ANSWER_BYTES - self.body.len();
        self.body.extend_from_slice(&bytes[..here.min(room)]);
        bytes.advance(here);
        (here <= room).then_some(here as u64)
    }

    /// The next line without its end, when it is there; it is counted.
    fn line(&mut self, bytes: &mut BytesMut) -> Result<Option<BytesMut>, Broken> {
        let Some(end) = bytes.iter().take(MAX_LINE_BYTES).position(|byte| *byte == b'\n') else {
            return if bytes.len() < MAX_LINE_BYTES {
                Ok(None)
            } else {
                Err(Broken("an endless line in the body"))
            };
        };
        self.framing += end + 1;
        let mut line = bytes.split_to(end + 1);
        line.truncate(end);
        if line.last() == Some(&b'\r') {
            line.truncate(end - 1);
        }
        Ok(Some(line))
    }
}

/// Hexadecimal, with or without an extension behind a semicolon.
fn chunk_size(line: &[u8]) -> Result<u64, Broken> {
    let size = line.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    let size =
        std::str::from_utf8(size).ok().filter(|size| size.bytes().all(|byte| byte.is_ascii_hexdigit()));
    size.and_then(|size| u64::from_str_radix(size, 16).ok()).ok_or(Broken("not the size of a chunk"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(framing: Framing, wire: &[u8], piece: usize) -> (Result<Step, Broken>, Vec<u8>, usize) {
        let mut reader = Reader::new(framing).expect("framed");
        let mut bytes = BytesMut::new();
        let mut step = reader.take(&mut bytes);
        for piece in wire.chunks(piece) {
            bytes.extend_from_slice(piece);
            if step == Ok(Step::More) {
                step = reader.take(&mut bytes);
            }
        }
        (step, reader.body, bytes.len())
    }

    #[test]
    fn bodies_are_taken_out_of_their_framing_in_any_pieces() {
        let chunked = b"3;x=y\r\nabc\r\n0A\nd\r\nefghijk\n000\r\nX-T: 1\r\n\r\nrest";
        for piece in 1..chunked.len() {
            assert_eq!(
                read(Framing::Chunked, chunked, piece),
                (Ok(Step::Done), b"abcd\r\nefghijk".to_vec(), 4)
            );
            assert_eq!(read(Framing::Length(3), b"abcrest", piece), (Ok(Step::Done), b"abc".to_vec(), 4));
            assert_eq!(read(Framing::UntilClose, b"abc", piece), (Ok(Step::More), b"abc".to_vec(), 0));
        }
        assert_eq!(read(Framing::Length(0), b"rest", 1), (Ok(Step::Done), vec![], 4));
        assert!(Reader::new(Framing::Unclear).is_none());
    }

    #[test]
    fn what_is_no_framing_is_told() {
        for wire in
            [&b"zz\r\n"[..], b"\r\n", b"+1\r\n", b"3\r\nabcd\r\n", b"11111111111111111\r\n", &[b'1'; 9_000]]
        {
            assert!(matches!(read(Framing::Chunked, wire, 7).0, Err(Broken(_))), "{}", wire.escape_ascii());
        }
    }

    #[test]
    fn what_frames_a_body_is_read_to_a_bound_too() {
        let extension = [&b"1;x="[..], &[b'x'; 4_000], b"\r\na\r\n"].concat();
        let trailers = [&b"0\r\n"[..], &b"X-T: 0123456789\r\n".repeat(9_000)].concat();
        for wire in [extension.repeat(10_000), trailers] {
            let (step, body, left) = read(Framing::Chunked, &wire, 1_000);
            assert_eq!(step, Ok(Step::Full));
            let taken = wire.len() - left - body.len();
            assert!(taken <= MAX_FRAMING_BYTES + MAX_LINE_BYTES, "{taken} bytes were taken");
        }
        let small = [b"1\r\na\r\n".repeat(10_000), b"0\r\n\r\n".to_vec()].concat();
        assert_eq!(read(Framing::Chunked, &small, 999).0, Ok(Step::Done), "an odd server's pieces");
    }

    #[test]
    fn an_answer_is_taken_to_the_cap() {
        let exact = vec![b'x'; MAX_ANSWER_BYTES];
        assert_eq!(read(Framing::Length(exact.len() as u64), &exact, 999).0, Ok(Step::Done));
        let (step, body, _) = read(Framing::UntilClose, &vec![b'x'; MAX_ANSWER_BYTES + 1], 999);
        assert_eq!((step, body.len()), (Ok(Step::Full), MAX_ANSWER_BYTES));
    }
}
