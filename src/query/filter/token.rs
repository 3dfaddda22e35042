//! The words of CQL2 text, each with its place.

use super::Place;

/// A word.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Token<'t> {
    /// What it is.
    pub kind: TokenKind<'t>,
    /// As it stands in the text, quotes and all.
    pub text: &'t str,
    /// Its first character, counted from 1.
    character: usize,
}

/// What a word is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum TokenKind<'t> {
    /// A name or a keyword.
    Word,
    /// A name in double quotes.
    Quoted,
    /// A text in single quotes.
    Text,
    /// A number without a sign.
    Number(f64),
    /// Anything else.
    Symbol(&'t str),
    /// Nothing comes any more.
    End,
}

impl Token<'_> {
    /// Where it stands.
    pub fn place(&self) -> Place {
        Place::Character(self.character, self.text.chars().take(40).collect())
    }

    /// Whether it is this keyword, in any case.
    pub fn is_word(&self, word: &str) -> bool {
        self.kind == TokenKind::Word && self.text.eq_ignore_ascii_case(word)
    }

    /// Whether it begins with a quote that nothing closes.
    pub fn is_open_quote(&self) -> bool {
        matches!(self.kind, TokenKind::Symbol(_)) && self.text.starts_with(['\'', '"'])
    }

    /// What stands between the quotes, a doubled quote taken as one.
    pub fn unquoted(&self, quote: char) -> String {
        let inner = self.text.strip_prefix(quote).and_then(|t| t.strip_suffix(quote)).unwrap_or(self.text);
        let mut doubled = String::from(quote);
        doubled.push(quote);
        inner.replace(&doubled, doubled.get(..quote.len_utf8()).unwrap_or_default())
    }
}

/// The words of a text, one looked at ahead.
pub struct Tokens<'t> {
    rest: &'t str,
    character: usize,
    next: Token<'t>,
}

const END: Token<'static> = Token { kind: TokenKind::End, text: "", character: 0 };

impl<'t> Tokens<'t> {
    /// The words of `text`.
    pub fn new(text: &'t str) -> Self {
        let mut tokens = Self { rest: text, character: 1, next: END };
        tokens.advance();
        tokens
    }

    /// The next word.
    pub const fn peek(&self) -> Token<'t> {
        self.next
    }

    /// Takes the next word.
    pub fn advance(&mut self) -> Token<'t> {
        let taken = self.next;
        self.skip_space();
        self.next = self.read();
        taken
    }

    fn skip_space(&mut self) {
        let trimmed = self.rest.trim_start();
        let space = &self.rest[..self.rest.len() - trimmed.len()];
        self.character += space.chars().count();
        self.rest = trimmed;
    }

    fn read(&mut self) -> Token<'t> {
        let rest = self.rest;
        let Some(first) = rest.chars().next() else {
            return Token { character: self.character, ..END };
        };
        let (kind, length) = match first {
            '\'' => (TokenKind::Text, quoted_length(rest, '\'')),
            '"' => (TokenKind::Quoted, quoted_length(rest, '"')),
            '0'..='9' | '.' => {
                let length = number_length(rest);
                match rest[..length].parse() {
                    Ok(number) => (TokenKind::Number(number), Some(length)),
                    Err(_) => (TokenKind::Symbol(&rest[..1]), Some(1)),
                }
            }
            _ if starts_name(first) => {
                let length = rest.find(|c| !continues_name(c)).unwrap_or(rest.len());
                (TokenKind::Word, Some(length))
            }
            _ => {
                let two = ["<=", ">=", "<>", "!="].into_iter().find(|s| rest.starts_with(s));
                let length = two.map_or(first.len_utf8(), str::len);
                (TokenKind::Symbol(&rest[..length]), Some(length))
            }
        };
        // A quote that nothing closes: the rest of the text is one symbol that stands nowhere.
        let (kind, length) = match length {
            Some(length) => (kind, length),
            None => (TokenKind::Symbol(rest), rest.len()),
        };
        let token = Token { kind, text: &rest[..length], character: self.character };
        self.character += token.text.chars().count();
        self.rest = &rest[length..];
        token
    }
}

/// Bytes of what stands in quotes, with them; `None` if they are not closed.
fn quoted_length(text: &str, quote: char) -> Option<usize> {
    let mut characters = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = characters.next() {
        if c != quote {
            continue;
        }
        match characters.peek() {
            Some((_, next)) if *next == quote => drop(characters.next()),
            _ => return Some(at + quote.len_utf8()),
        }
    }
    None
}

fn number_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let digits = |from: usize| bytes[from..].iter().take_while(|b| b.is_ascii_digit()).count();
    let mut length = digits(0);
    if bytes.get(length) == Some(&b'.') {
        length += 1 + digits(length + 1);
    }
    if matches!(bytes.get(length), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(length + 1), Some(b'+' | b'-')));
        let exponent = bytes.get(length + 1 + sign..).map_or(0, |_| digits(length + 1 + sign));
        if exponent > 0 {
            length += 1 + sign + exponent;
        }
    }
    length
}

/// `identifierStart` of the grammar, a little wider.
fn starts_name(c: char) -> bool {
    c.is_alphabetic() || matches!(c, '_' | ':')
}

fn continues_name(c: char) -> bool {
    starts_name(c) || c.is_numeric() || matches!(c, '.' | '\u{300}'..='\u{36f}' | '\u{203f}'..='\u{2040}')
}
