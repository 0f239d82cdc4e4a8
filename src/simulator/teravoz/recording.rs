//! A recording: a second of silence, as a telephone hears it.

/// Samples a second, of 16 bits each.
const RATE: u32 = 8_000;

pub(super) fn wav() -> Vec<u8> {
    let bytes = RATE * 2;
    let mut wav = Vec::with_capacity(44 + bytes as usize);
    let chunk = |wav: &mut Vec<u8>, name: &[u8; 4], size: u32| {
        wav.extend_from_slice(name);
        wav.extend_from_slice(&size.to_le_bytes());
    };
    chunk(&mut wav, b"RIFF", 36 + bytes);
    wav.extend_from_slice(b"WAVE");
    chunk(&mut wav, b"fmt ", 16);
    // PCM, one channel; then the rates, the size of a sample, its bits.
    for half in [1u16, 1] {
        wav.extend_from_slice(&half.to_le_bytes());
    }
    for word in [RATE, RATE * 2] {
        wav.extend_from_slice(&word.to_le_bytes());
    }
    for half in [2u16, 16] {
        wav.extend_from_slice(&half.to_le_bytes());
    }
    chunk(&mut wav, b"data", bytes);
    wav.resize(44 + bytes as usize, 0);
    wav
}
