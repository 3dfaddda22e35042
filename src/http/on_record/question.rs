//! The words of a question that go on record: its address and its body, in short, without what looks like a key.
//!
//! Where not all of it is kept there stand beside it how long it was and the hash of it, so that who shows the question
//! can show that it was this one. White space says nothing and could push what does beyond what is kept: of a run of it
//! one is left.

use crate::audit::{Hashed, QuestionBody};
use axum::{
    body::{Body, Bytes, HttpBody},
    extract::Request,
    http::Method,
};
use futures_util::TryStreamExt;
use percent_encoding::percent_decode_str;
use sha2::{Digest, Sha256};
use std::{
    borrow::Cow,
    fmt::Write,
    sync::{Arc, Mutex, PoisonError},
};

/// Bytes of a question, or of its body, that are kept.
const QUESTION_MAX: usize = 2000;
/// What stands for a word that is left out.
const LEFT_OUT: &str = "[left out]";
/// Digits of a key.
const KEY_DIGITS: usize = 64;
/// Letters from which on a word may be a token.
const TOKEN_MIN: usize = 40;
/// White space, as addresses write it.
const SPACES: [&str; 6] = ["+", "%20", "%09", "%0a", "%0d", "%c2%a0"];

/// A question by its address.
#[derive(Debug)]
pub struct Question {
    /// Method, path and query, as far as they are kept.
    pub text: String,
    /// The whole address, where that is not all of it.
    pub address: Option<Hashed>,
}

impl Question {
    /// Of a method and an address.
    pub fn new(method: &Method, address: &str) -> Self {
        let short = without_runs(address);
        let text = without_secrets(&format!("{method} {short}")).into_owned();
        let is_whole = short.len() == address.len() && text.len() <= QUESTION_MAX;
        let whole = (!is_whole).then(|| Hashed {
            bytes: address.len() as u64,
            sha256: hexadecimal(Sha256::new_with_prefix(address.as_bytes())),
        });
        Self { text: cut(&text).to_owned(), address: whole }
    }
}

/// An address with one white space of each run of them.
fn without_runs(address: &str) -> String {
    let space_at = |rest: &str| {
        let is_at = |space: &&&str| {
            rest.as_bytes().get(..space.len()).is_some_and(|own| own.eq_ignore_ascii_case(space.as_bytes()))
        };
        SPACES.iter().find(is_at).map(|space| space.len())
    };
    let mut kept = String::with_capacity(address.len());
    let (mut rest, mut is_run) = (address, false);
    while let Some(first) = rest.chars().next() {
        let space = space_at(rest);
        let (now, then) = rest.split_at(space.unwrap_or(first.len_utf8()));
        if space.is_none() || !is_run {
            kept.push_str(now);
        }
        (rest, is_run) = (then, space.is_some());
    }
    kept
}

fn hexadecimal(hash: Sha256) -> String {
    let mut text = String::new();
    for byte in hash.finalize() {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// The body of a question as it goes by.
#[derive(Debug, Default)]
pub struct Heard {
    /// Bytes that are kept at most: somewhat more than is told, so that a key at its end is seen to be one.
    room: usize,
    bytes: u64,
    kept: Vec<u8>,
    hash: Sha256,
}

impl Heard {
    fn take(&mut self, piece: &Bytes) {
        self.bytes += piece.len() as u64;
        self.hash.update(piece);
        for byte in piece {
            if self.kept.len() == self.room {
                break;
            }
            let is_run = byte.is_ascii_whitespace() && self.kept.last().is_some_and(u8::is_ascii_whitespace);
            if !is_run {
                self.kept.push(*byte);
            }
        }
    }

    /// What goes on record of it; nothing of none.
    pub fn told(&self) -> Option<QuestionBody> {
        let text = match std::str::from_utf8(&self.kept) {
            Ok(text) => Some(text),
            // Cut within a letter.
            Err(error) if error.error_len().is_none() => {
                self.kept.get(..error.valid_up_to()).and_then(|kept| std::str::from_utf8(kept).ok())
            }
            Err(_) => None,
        };
        let text = text
            .filter(|text| self.room > 0 && !text.contains('\0'))
            .map(|text| cut(&without_secrets(text)).to_owned());
        let sha256 = || hexadecimal(self.hash.clone());
        (self.bytes > 0).then(|| QuestionBody { bytes: self.bytes, sha256: sha256(), text })
    }
}

/// The request with its body listened to, whatever its method, if it has one; `keeps_text` says whether of it more than
/// its hash is kept.
pub fn heard(request: Request, keeps_text: bool) -> (Request, Option<Arc<Mutex<Heard>>>) {
    if request.body().is_end_stream() {
        return (request, None);
    }
    let room = if keeps_text { 2 * QUESTION_MAX } else { 0 };
    let heard = Arc::new(Mutex::new(Heard { room, ..Heard::default() }));
    let ear = heard.clone();
    let listen = move |piece: &Bytes| ear.lock().unwrap_or_else(PoisonError::into_inner).take(piece);
    let request = request.map(|body| Body::from_stream(body.into_data_stream().inspect_ok(listen)));
    (request, Some(heard))
}

/// At most so much of a text as is kept.
fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(QUESTION_MAX)]
}

/// A text without the words that look like keys or tokens, also where they are percent-encoded.
pub fn without_secrets(text: &str) -> Cow<'_, str> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let is_secret = |word: &str| {
        let digits = |c: char| !c.is_ascii_hexdigit();
        word.split(digits).any(|digits| digits.len() >= KEY_DIGITS)
            || (word.starts_with("eyJ") && word.len() >= TOKEN_MIN)
    };
    let has_secret = |text: &str| text.split(|c| !is_word(c)).any(is_secret);
    let mut out = Cow::from(text);
    if has_secret(text) {
        let mut kept = String::with_capacity(text.len());
        for part in text.split_inclusive(|c| !is_word(c)) {
            let word = part.trim_end_matches(|c| !is_word(c));
            match is_secret(word) {
                true => kept.extend([LEFT_OUT, &part[word.len()..]]),
                false => kept.push_str(part),
            }
        }
        out = kept.into();
    }
    // What is hidden in percents is not told apart from the rest.
    if has_secret(&percent_decode_str(&out).decode_utf8_lossy()) {
        let path = out.split('?').next().unwrap_or_default();
        let is_in_path = has_secret(&percent_decode_str(path).decode_utf8_lossy());
        out = if is_in_path { LEFT_OUT.into() } else { format!("{path}?{LEFT_OUT}").into() };
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_or_token_in_a_question_is_left_out_and_the_rest_stays() {
        let key = format!("diaban_{}", "0a".repeat(32));
        let token = format!("eyJhbGciOiJSUzI1NiJ9.{}.x", "ab".repeat(20));
        for secret in [&key, &key[7..], &key.to_uppercase(), &token] {
            let question = format!("GET /collections/well/items?key={secret}&limit=3");
            assert_eq!(without_secrets(&question), "GET /collections/well/items?key=[left out]&limit=3");
        }
        let encoded = format!("GET /at?point=1,2&x=%64{}", key[1..].replace("0a", "%30a"));
        assert_eq!(without_secrets(&encoded), "GET /at?[left out]");
        let in_path = format!("GET /collections/{}", key.replace("0a", "%30a"));
        assert_eq!(without_secrets(&in_path), "[left out]");
        let plain = "GET /collections/well/items?filter=depth%3E10&bbox=106.1,10.2,106.3,10.4";
        assert_eq!(without_secrets(plain), plain);
    }

    #[test]
    fn a_long_question_is_cut_between_letters() {
        let long = "đ".repeat(3000);
        assert!(cut(&long).len() <= QUESTION_MAX && cut(&long).len() > QUESTION_MAX - 2);
    }

    #[test]
    fn white_space_pushes_nothing_out_of_what_is_kept() {
        let padding = "%20+%0A%09".repeat(500);
        let padded = format!("/at?point=106,{padding}11&within={padding}5");
        let told = Question::new(&Method::GET, &padded);
        assert_eq!(told.text, "GET /at?point=106,%2011&within=%205");
        assert_eq!(told.address.map(|whole| whole.bytes), Some(padded.len() as u64));
        let plain = Question::new(&Method::GET, "/search?q=ho%C3%A0+b%C3%ACnh%20x");
        assert_eq!((plain.text.as_str(), plain.address), ("GET /search?q=ho%C3%A0+b%C3%ACnh%20x", None));
        let long = Question::new(&Method::GET, &format!("/search?q={}", "a%2e".repeat(900)));
        assert_eq!((long.text.len(), long.address.map(|whole| whole.sha256.len())), (QUESTION_MAX, Some(64)));
        let mut heard = Heard { room: 40, ..Heard::default() };
        for piece in ["{ \n", &" ".repeat(5000), "\"area\":  1", "}"] {
            heard.take(&Bytes::copy_from_slice(piece.as_bytes()));
        }
        let told = heard.told();
        assert_eq!(told.as_ref().and_then(|body| body.text.as_deref()), Some("{ \"area\": 1}"));
        assert_eq!(told.map(|body| body.bytes), Some(5014));
    }
}
