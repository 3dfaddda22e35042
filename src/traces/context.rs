//! The header `traceparent`, by which programs that answer one question together say so (W3C Trace Context, 3.2). Pure.
//!
//! Taken in are the trace, the span above and whether it is sampled. What else such headers can carry (`tracestate`,
//! `baggage`) is somebody else's and is neither read nor handed on.

use std::fmt;

const VERSION_NOW: &str = "00";
const SAMPLED: u8 = 1;

/// What a `traceparent` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Context {
    /// The trace; never 0.
    pub trace: u128,
    /// The span that asks; never 0.
    pub span: u64,
    /// Whether whoever asks keeps the trace.
    pub sampled: bool,
}

/// Where the spans of one request begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Root {
    /// The trace.
    pub trace: u128,
    /// The span above, of whoever asks; 0 if there is none.
    pub parent: u64,
    /// Its own number.
    pub span: u64,
}

impl Context {
    /// Out of a header; `None` if it is none, which begins a trace anew (3.2.2.3, 3.3).
    pub fn read(header: &str) -> Option<Self> {
        let mut parts = header.split('-');
        let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        // Later versions may add parts behind these, this one has none; ff is none ever.
        let has_no_more = version != VERSION_NOW || parts.next().is_none();
        let is_written = [(version, 2), (trace, 32), (span, 16), (flags, 2)].iter().all(|(part, length)| {
            part.len() == *length && part.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
        });
        if !is_written || !has_no_more || version == "ff" {
            return None;
        }
        let trace = u128::from_str_radix(trace, 16).ok().filter(|trace| *trace > 0)?;
        let span = u64::from_str_radix(span, 16).ok().filter(|span| *span > 0)?;
        let flags = u8::from_str_radix(flags, 16).ok()?;
        Some(Self { trace, span, sampled: flags & SAMPLED > 0 })
    }
}

impl Root {
    /// What whoever is told of the trace gets: the trace, and this span.
    pub const fn context(&self) -> Context {
        Context { trace: self.trace, span: self.span, sampled: true }
    }
}

impl fmt::Display for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{VERSION_NOW}-{:032x}-{:016x}-{:02x}", self.trace, self.span, u8::from(self.sampled))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_traceparent_is_read_as_it_is_written_and_what_is_none_begins_anew() {
        let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let read = Context::read(text).unwrap();
        assert_eq!((read.span, read.sampled, read.to_string().as_str()), (0x00f0_67aa_0ba9_02b7, true, text));
        assert!(!Context::read(&text.replace("-01", "-00")).unwrap().sampled);
        // A later version, with more behind it.
        assert!(Context::read(&format!("{}-more", text.replacen("00", "cc", 1))).unwrap().sampled);
        for wrong in [
            "",
            "00",
            &text[..54],
            &format!("{text}-more"),
            &text.to_uppercase(),
            &text.replacen("00", "ff", 1),
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473\u{e9}-00f067aa0ba902b7-01",
        ] {
            assert_eq!(Context::read(wrong), None, "{wrong}");
        }
    }
}
