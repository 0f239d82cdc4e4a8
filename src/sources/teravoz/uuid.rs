//! The id that an event has beside its number. It is made of what is stored anyway, so it is the same whenever it is told.

use sha2::{Digest, Sha256};

use crate::domain::{CompanyId, Seq, Timestamp};

/// Hundreds of nanoseconds from the beginning of the Gregorian calendar, 15 October 1582, to 1970 (RFC 9562, section 5.1).
const BEFORE_1970: u64 = 0x01B2_1DD2_1381_4000;

/// A UUID of version 1: the time is the event's; what tells events of one time apart (the sequence, the node, and the tenth of a
/// microsecond) is drawn from its place. The node is marked as no card's address, as the RFC asks of one that is made up.
pub fn uuid(received_at: Timestamp, company: CompanyId, seq: Seq) -> String {
    let place = Sha256::digest([company.0.to_be_bytes(), seq.0.to_be_bytes()].concat());
    let micros = u64::try_from(received_at.0).unwrap_or_default();
    let ticks = micros.wrapping_mul(10).wrapping_add(u64::from(place[0] % 10)).wrapping_add(BEFORE_1970);
    let (low, middle, high) = (ticks & 0xFFFF_FFFF, ticks >> 32 & 0xFFFF, ticks >> 48 & 0x0FFF);
    let sequence = u16::from_be_bytes([place[1] & 0x3F | 0x80, place[2]]);
    let node = hex::encode([place[3] | 1, place[4], place[5], place[6], place[7], place[8]]);
    format!("{low:08x}-{middle:04x}-1{high:03x}-{sequence:04x}-{node}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_is_of_version_1_and_tells_the_time_of_its_event() {
        let at = Timestamp(1_571_099_426_123_456);
        let made = uuid(at, CompanyId(1), Seq(7));
        assert_eq!(made, uuid(at, CompanyId(1), Seq(7)), "whenever it is told");
        let parts: Vec<&str> = made.split('-').collect();
        assert_eq!(parts.iter().map(|part| part.len()).collect::<Vec<_>>(), [8, 4, 4, 4, 12], "{made}");
        assert!(parts[2].starts_with('1') && ["8", "9", "a", "b"].contains(&&parts[3][..1]), "{made}");
        let ticks = format!("{}{}{}", &parts[2][1..], parts[1], parts[0]);
        let ticks = u64::from_str_radix(&ticks, 16).expect("hexadecimal") - BEFORE_1970;
        assert_eq!(ticks / 10, 1_571_099_426_123_456);
    }

    #[test]
    fn events_of_one_instant_have_uuids_of_their_own() {
        let at = Timestamp(1_571_099_426_123_456);
        let places = (1..30).flat_map(|company| (1..300).map(move |seq| (CompanyId(company), Seq(seq))));
        let made: std::collections::HashSet<_> =
            places.map(|(company, seq)| uuid(at, company, seq)).collect();
        assert_eq!(made.len(), 29 * 299);
    }
}
