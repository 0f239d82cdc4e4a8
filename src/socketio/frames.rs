//! Where large WebSocket frames begin in what is read.
//!
//! The WebSocket library reads into one buffer, which it enlarges by a frame's length when it has seen the frame's header:
//! bytes that were read together with the header make the buffer larger than the frame, and what is left over keeps all
//! of it in memory until it is used up, on a quiet line for as long as the line lasts. So a read ends with the header of
//! a large frame; the buffer is then as large as the frame, and is let go with it
//! (`a_large_message_leaves_no_large_buffer_behind`). And what comes next is not read before there is room for all of it
//! (`large_messages_are_read_when_there_is_room_for_them`), be it one frame or the next of many small ones: the library
//! gathers the parts of a message, and those that have come are as much memory as one large frame.

/// From this length on a frame gets a buffer of its own.
pub(super) const LARGE_BYTES: u64 = 64 << 10;
/// Two bytes, a length of eight, a mask of four.
const LONGEST_HEADER: usize = 14;

/// Follows a stream from header to header (RFC 6455, section 5.2). Understands lengths and nothing else: what is wrong
/// with a frame is for the library to say.
#[derive(Debug, Default)]
pub(super) struct Frames {
    header: [u8; LONGEST_HEADER],
    /// Bytes of the present header seen so far.
    seen: usize,
    /// Bytes of the present payload still to come.
    payload: u64,
    /// The parts of the present message, the present one included.
    message: u64,
    /// So much of it has been told of.
    told: u64,
}

impl Frames {
    /// Goes on through `bytes`, up to the end of a header if with that frame a message becomes large, or larger than was
    /// told, else to their end; answers how many those are, and what memory the message may need from there on.
    pub fn up_to_large(&mut self, bytes: &[u8]) -> (usize, Option<usize>) {
        let mut at = 0;
        while at < bytes.len() {
            let rest = bytes.len() - at;
            let of_payload = usize::try_from(self.payload).map_or(rest, |payload| payload.min(rest));
            if of_payload > 0 {
                self.payload -= of_payload as u64;
                at += of_payload;
                continue;
            }
            self.header[self.seen] = bytes[at];
            self.seen += 1;
            at += 1;
            if let Some(length) = self.length() {
                (self.seen, self.payload) = (0, length);
                if let Some(bytes) = self.tell(length) {
                    return (at, Some(usize::try_from(bytes).unwrap_or(usize::MAX)));
                }
            }
        }
        (at, None)
    }

    /// Adds a frame to its message; answers how large that may be from now on, where it has to be told.
    fn tell(&mut self, length: u64) -> Option<u64> {
        let is_last = self.header[0] & 0x80 != 0;
        let is_control = self.header[0] & 0x08 != 0;
        if is_control {
            // They come between the parts of a message, and are small, or none.
            return (length >= LARGE_BYTES).then_some(length);
        }
        self.message = self.message.saturating_add(length);
        // What is gathered part by part is in a buffer that doubles.
        let whole = if is_last { self.message } else { grown(self.message) };
        let is_news = self.message >= LARGE_BYTES && self.message > self.told;
        self.told = if is_news { whole.max(self.told) } else { self.told };
        let told = self.told;
        if is_last {
            (self.message, self.told) = (0, 0);
        }
        // A frame that is large by itself ends the read in any case: see above.
        (is_news || length >= LARGE_BYTES).then_some(told)
    }

    /// The length of the payload, once the header is whole.
    fn length(&self) -> Option<u64> {
        let (short, masked) = (self.header[1] & 0x7f, self.header[1] & 0x80 != 0);
        let more = match short {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        let whole = 2 + more + if masked { 4 } else { 0 };
        if self.seen < whole {
            return None;
        }
        let long = self.header[2..2 + more].iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
        Some(if more == 0 { u64::from(short) } else { long })
    }
}

/// What a buffer has that doubles until so many bytes are in it.
pub(super) fn grown(bytes: u64) -> u64 {
    bytes.checked_next_power_of_two().unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A frame's header and the length of its payload.
    fn header(length: u64, masked: bool) -> Vec<u8> {
        let mask = if masked { 0x80 } else { 0 };
        let mut header = vec![0x81];
        match length {
            0..126 => header.push(mask | u8::try_from(length).unwrap()),
            126..0x1_0000 => {
                header.push(mask | 0x7e);
                header.extend(u16::try_from(length).unwrap().to_be_bytes());
            }
            _ => {
                header.push(mask | 0x7f);
                header.extend(length.to_be_bytes());
            }
        }
        header.extend(std::iter::repeat_n(7, if masked { 4 } else { 0 }));
        header
    }

    proptest! {
        /// However a stream is cut into reads, a read ends after the header of every large frame and nowhere else.
        #[test]
        fn reads_end_after_the_headers_of_large_frames(
            frames in proptest::collection::vec((prop_oneof![0u64..300, 65_000u64..66_500], any::<bool>()), 1..8),
            reads in proptest::collection::vec(1usize..9_000, 1..40),
        ) {
            let (mut stream, mut wanted) = (Vec::new(), Vec::new());
            for (length, masked) in frames {
                stream.extend(header(length, masked));
                if length >= LARGE_BYTES {
                    wanted.push(stream.len());
                }
                stream.resize(stream.len() + usize::try_from(length).unwrap(), 0xff);
            }
            let (mut at, mut cuts, mut parser) = (0, Vec::new(), Frames::default());
            // In turn, so that a stream of any length is read to its end.
            for read in reads.into_iter().cycle() {
                let bytes = &stream[at..(at + read).min(stream.len())];
                if bytes.is_empty() {
                    break;
                }
                let (taken, large) = parser.up_to_large(bytes);
                prop_assert!(taken == bytes.len() || large.is_some() && taken > 0);
                at += taken;
                cuts.extend(large.map(|_| at));
            }
            prop_assert_eq!(cuts, wanted);
            prop_assert_eq!((at, parser.payload, parser.seen), (stream.len(), 0, 0));
        }
    }

    #[test]
    fn what_came_with_a_large_header_waits_for_the_next_read() {
        let mut bytes = [header(5, false), vec![0; 5], header(1 << 20, false)].concat();
        let end = bytes.len();
        bytes.extend([0; 100]);
        let mut frames = Frames::default();
        assert_eq!(frames.up_to_large(&bytes), (end, Some(1 << 20)));
        assert_eq!(frames.up_to_large(&bytes[end..]), (100, None));
        assert_eq!(frames.payload, (1 << 20) - 100);
    }

    /// Whatever the parts are, what has come of a message is never more than was told before, and what was told never
    /// more than a buffer that doubles; control frames in between change nothing.
    #[test]
    fn the_parts_of_a_message_are_told_together() {
        let parts: [u64; 7] = [60_000, 300, 60_000, 200_000, 10, 60_000, 1];
        let (mut frames, mut all, mut told) = (Frames::default(), 0, 0);
        for (n, length) in (1..).zip(parts) {
            let mut part = header(length, false);
            part[0] = if n == parts.len() { 0x80 } else { 0x01 };
            let ping = [0x89, 0x02, 0, 0];
            assert_eq!(frames.up_to_large(&ping), (4, None));
            let (taken, large) = frames.up_to_large(&part);
            assert_eq!(taken, part.len());
            all += length;
            told = large.map_or(told, |large| large as u64);
            assert!(all < LARGE_BYTES && told == 0 || all <= told && told <= 2 * all, "{all}: {told}");
            let payload = vec![0; usize::try_from(length).unwrap()];
            assert_eq!(frames.up_to_large(&payload), (payload.len(), None));
        }
        assert_eq!((frames.message, frames.told, told), (0, 0, 1 << 19));
        assert_eq!(frames.up_to_large(&header(60_000, false)).1, None, "the next one begins anew");
    }

    #[test]
    fn a_length_beyond_everything_is_no_accident() {
        let mut frames = Frames::default();
        let bytes = [header(u64::MAX, true), vec![0; 3]].concat();
        assert_eq!(frames.up_to_large(&bytes), (14, Some(usize::MAX)));
        assert_eq!(frames.up_to_large(&bytes[14..]), (3, None));
    }
}
