//! Patterns of LIKE: `%` stands for any text, `_` for one character, `\` takes the meaning from
//! what follows (OGC 21-065r2, 7.2).

/// Characters of a pattern at most.
const LENGTH_MAX: usize = 1_000;

/// A pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    text: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Any,
    One,
    Character(char),
}

impl Pattern {
    /// Reads a pattern; the error says what is wrong with it.
    pub fn new(text: &str) -> Result<Self, &'static str> {
        let mut parts = Vec::new();
        let mut characters = text.chars();
        while let Some(c) = characters.next() {
            let part = match c {
                '%' if parts.last() == Some(&Part::Any) => continue,
                '%' => Part::Any,
                '_' => Part::One,
                '\\' => match characters.next() {
                    Some(meant) => Part::Character(meant),
                    None => return Err("a pattern must not end with `\\`; write `\\\\` for one"),
                },
                c => Part::Character(c),
            };
            parts.push(part);
        }
        match parts.len() > LENGTH_MAX {
            true => Err("a pattern has at most 1000 characters"),
            false => Ok(Self { text: text.to_owned(), parts }),
        }
    }

    /// The pattern as SQL's LIKE takes it, with `\` as its escape.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the whole text is of this pattern.
    pub fn matches(&self, text: &str) -> bool {
        let mut rest = text.chars();
        let mut part = 0;
        // Where to go on when what follows the last `%` does not fit: one character later.
        let mut again: Option<(usize, std::str::Chars<'_>)> = None;
        loop {
            let mut ahead = rest.clone();
            let fits = match self.parts.get(part) {
                Some(Part::Any) => {
                    part += 1;
                    again = Some((part, rest.clone()));
                    continue;
                }
                Some(Part::One) => ahead.next().is_some(),
                Some(Part::Character(c)) => ahead.next() == Some(*c),
                None if rest.as_str().is_empty() => return true,
                None => false,
            };
            if fits {
                (rest, part) = (ahead, part + 1);
                continue;
            }
            let Some((behind, from)) = &mut again else { return false };
            if from.next().is_none() {
                return false;
            }
            (part, rest) = (*behind, from.clone());
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_whole_texts() {
        let cases = [
            ("Smith%", "Smithson", true),
            ("Smith%", "A Smith", false),
            ("%a%b%", "xxaxxbxx", true),
            ("%ab", "aab", true),
            ("%ab", "aba", false),
            ("_ức", "Đức", true),
            ("__", "Đ", false),
            ("100\\%", "100%", true),
            ("100\\%", "1000", false),
            ("a\\\\b", "a\\b", true),
            ("", "", true),
            ("%", "", true),
            ("", "x", false),
            ("a%%%c", "abc", true),
        ];
        for (pattern, text, expected) in cases {
            assert_eq!(Pattern::new(pattern).unwrap().matches(text), expected, "{pattern} {text}");
        }
        assert!(Pattern::new("a\\").is_err());
    }
}
