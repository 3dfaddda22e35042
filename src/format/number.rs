//! Numbers as decimal text.

use std::io::Write;

/// Parts of a degree that are written: 1e-8 degrees are 1.1 mm.
const PARTS: f64 = 1e8;
/// Beyond, a number of parts has no room in the integer arithmetic below.
const WHOLE_MAX: f64 = 1e15;
/// Adding this to a number below 2^51 and taking it away again rounds it to a whole number.
const ROUNDING: f64 = 6_755_399_441_055_744.0;
/// The longest whole number: 20 digits and a sign.
const LONGEST: usize = 24;

/// `00` to `99`.
const PAIRS: [[u8; 2]; 100] = {
    let mut pairs = [[0; 2]; 100];
    let mut i = 0;
    while i < 100 {
        pairs[i] = [b'0' + (i / 10) as u8, b'0' + (i % 10) as u8];
        i += 1;
    }
    pairs
};

/// Appends a number of degrees, rounded to 1e-8, without zeros at its end: `106.41`, `11`.
pub fn degrees(out: &mut Vec<u8>, degrees: f64) {
    let scaled = degrees * PARTS;
    if scaled.is_nan() || scaled.abs() >= WHOLE_MAX {
        return number(out, degrees);
    }
    let mut whole = (scaled + ROUNDING) - ROUNDING;
    if (scaled - whole).abs() == 0.5 {
        // In the middle it goes away from zero, as `round` has it.
        whole = scaled.round();
    }
    let parts = whole as i64;
    let mut text = [0; LONGEST];
    let mut at = 0;
    if parts < 0 {
        text[0] = b'-';
        at = 1;
    }
    let parts = parts.unsigned_abs();
    let (whole, rest) = (parts / 100_000_000, (parts % 100_000_000) as u32);
    at += digits(&mut text[at..], whole);
    if rest > 0 {
        let (high, low) = (rest / 10_000, rest % 10_000);
        text[at] = b'.';
        for (place, pair) in [(1, high / 100), (3, high % 100), (5, low / 100), (7, low % 100)] {
            text[at + place..at + place + 2].copy_from_slice(&PAIRS[pair as usize]);
        }
        at += 9;
        while text[at - 1] == b'0' {
            at -= 1;
        }
    }
    out.extend_from_slice(&text[..at]);
}

/// Writes a whole number at the start of `text`; returns its length.
fn digits(text: &mut [u8], mut number: u64) -> usize {
    let mut back = [0; LONGEST];
    let mut at = LONGEST;
    while number >= 100 {
        at -= 2;
        back[at..at + 2].copy_from_slice(&PAIRS[(number % 100) as usize]);
        number /= 100;
    }
    if number >= 10 {
        at -= 2;
        back[at..at + 2].copy_from_slice(&PAIRS[number as usize]);
    } else {
        at -= 1;
        back[at] = b'0' + number as u8;
    }
    let length = LONGEST - at;
    text[..length].copy_from_slice(&back[at..]);
    length
}

/// Appends metres to the millimetre.
pub fn millimetres(out: &mut Vec<u8>, metres: f64) {
    // Writing to memory does not fail.
    let _ = write!(out, "{metres:.3}");
}

/// Appends a whole number.
pub fn integer(out: &mut Vec<u8>, number: i64) {
    let mut text = [0; LONGEST];
    text[0] = b'-';
    let length = digits(&mut text[1..], number.unsigned_abs());
    out.extend_from_slice(&text[usize::from(number >= 0)..=length]);
}

/// Appends the shortest text that is read back as this number; `null` if it is none.
pub fn number(out: &mut Vec<u8>, number: f64) {
    // Writing to memory does not fail.
    let _ = serde_json::to_writer(out, &number);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8_lossy(&out).into_owned()
    }

    #[test]
    fn numbers_are_short() {
        for (number, expected) in
            [(106.41, "106.41"), (11.0, "11"), (-0.000_000_01, "-0.00000001"), (0.0, "0"), (1e-9, "0")]
        {
            assert_eq!(text(|out| degrees(out, number)), expected);
        }
        for number in [0, 7, 10, 99, 100, 12_345, -1, i64::MAX, i64::MIN] {
            assert_eq!(text(|out| integer(out, number)), number.to_string());
        }
    }

    proptest! {
        #[test]
        fn degrees_are_the_rounded_number(value in prop_oneof![-180.0..180.0f64, -1e6..1e6f64]) {
            let rounded = (value * PARTS).round() / PARTS + 0.0;
            prop_assert_eq!(text(|out| degrees(out, value)), format!("{rounded}"));
        }
    }
}
