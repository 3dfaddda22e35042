//! Which encoding the text columns of a file are in, by evidence.
//!
//! Each column is decided by itself. Text that is valid as UTF-8, once or several times on top of
//! each other, is that: no word of a legacy encoding happens to be. Below that, each encoding is
//! held against Vietnamese spelling. A column that tells too little follows the columns of its
//! file that tell enough, then what the file states; if neither fits, it has to be asked.
//! Must not know files.

use super::{
    Cells, Encoding, Reading,
    words::{Word, are_syllables, judge, words},
};
use unicode_normalization::is_nfc;

/// Share of syllables among the telling words from which an encoding is believed.
const LEAST_SCORE: f64 = 0.5;
/// By how much it has to be ahead of any other that gives other text.
const LEAST_LEAD: f64 = 0.2;
/// By how much it has to be ahead of Unicode as it stands.
const LEAST_LEAD_OVER_UNICODE: f64 = 0.3;
/// Share of words that may be cut within a letter where a text is still UTF-8.
const CUT_SHARE: f64 = 0.05;
/// Share of words that only another reading makes right, from which a column holds both.
const MIXED_SHARE: f64 = 0.1;
/// Samples that are shown of a column.
const SAMPLES: usize = 3;

/// What was found of a column of text.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnText {
    /// How it is read.
    pub reading: Reading,
    /// Why it is read so.
    pub basis: Basis,
    /// Share of Vietnamese syllables among `words`, 0 to 1; 0 where no word tells.
    pub score: f64,
    /// Different words with letters outside ASCII that were looked at.
    pub words: usize,
    /// Cells as they came, and as they are read; only those that differ.
    pub samples: Vec<(String, String)>,
    /// Whether letters come apart from their marks (decomposed Unicode) in some cells.
    pub decomposed: bool,
    /// Words that look as if their font showed capitals, if there are any.
    pub capitals: Option<Capitals>,
}

/// Why a column is read as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// Its own words.
    Words,
    /// It tells too little by itself, and the other columns of the file are so.
    OtherColumns,
    /// It tells too little by itself, and the file states it.
    Stated,
    /// Whoever asked for the import said so.
    Asked,
}

/// Capitals that an `H` font showed are stored as small letters: `Xã ĐứC HòA Hạ`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capitals {
    /// Different words that mix capitals with small toned letters.
    pub words: usize,
    /// A cell as it is read, and in capitals, which are proposed and not made.
    pub sample: (String, String),
}

/// What is known of a column.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// Plain ASCII, or nothing: any encoding reads it alike.
    Plain,
    /// Decided.
    Found(ColumnText),
    /// Not to be told; a cell, and what it could be, the likeliest first.
    Ambiguous(Vec<(Encoding, String)>),
}

/// A column as it is asked about.
#[derive(Debug, Clone, Default)]
pub struct Column<'a> {
    /// Cells, as many as are worth looking at.
    pub cells: Vec<&'a str>,
    /// What it is in, where whoever asked for the import says so.
    pub asked: Option<Encoding>,
}

/// Decides the columns of a file. `stated` is what the file says of itself.
pub fn decide(cells: Cells, columns: &[Column<'_>], stated: Option<Encoding>) -> Vec<Verdict> {
    let evidence: Vec<Evidence<'_>> = columns.iter().map(|c| Evidence::gather(cells, &c.cells)).collect();
    let own: Vec<Option<Result<Reading, Doubt>>> = columns
        .iter()
        .zip(&evidence)
        .map(|(column, evidence)| match (column.asked, evidence.words.is_empty()) {
            (Some(encoding), _) => Some(evidence.asked(encoding).ok_or(Doubt::Mixed)),
            (None, true) => None,
            (None, false) => Some(evidence.own()),
        })
        .collect();
    let most = most_common(own.iter().flatten().filter_map(|r| r.as_ref().ok()).copied());
    let all = columns.iter().zip(&evidence).zip(own);
    all.map(|((column, evidence), own)| match (own, column.asked) {
        (None, _) => Verdict::Plain,
        (Some(Ok(reading)), Some(_)) => evidence.found(column, reading, Basis::Asked),
        (Some(Ok(reading)), None) => evidence.found(column, reading, Basis::Words),
        (Some(Err(doubt)), _) => match evidence.followed(doubt, most, stated) {
            Some((reading, basis)) => evidence.found(column, reading, basis),
            None => evidence.ambiguous(column),
        },
    })
    .collect()
}

fn most_common(readings: impl Iterator<Item = Reading>) -> Option<Reading> {
    let mut counts: Vec<(Reading, usize)> = Vec::new();
    for reading in readings {
        match counts.iter_mut().find(|(known, _)| *known == reading) {
            Some((_, count)) => *count += 1,
            None => counts.push((reading, 1)),
        }
    }
    counts.into_iter().reduce(|best, next| if next.1 > best.1 { next } else { best }).map(|(r, _)| r)
}

/// Why a column does not tell by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Doubt {
    /// Too few words, or words that are right in several encodings.
    Weak,
    /// Likewise, and as Unicode they can hardly be right: `ÑT` for `ĐT`.
    Strange,
    /// Words of several encodings.
    Mixed,
}

struct Evidence<'a> {
    cells: Cells,
    words: Vec<&'a str>,
    /// Whether the words of plain ASCII are Vietnamese syllables too.
    among_syllables: bool,
    /// The likeliest first, by score.
    scores: Vec<Score>,
}

/// What a reading makes of the words of a column.
struct Score {
    reading: Reading,
    judged: Vec<Word>,
    texts: Vec<String>,
}

impl Score {
    fn new(reading: Reading, cells: Cells, words: &[&str]) -> Self {
        let (judged, texts) =
            words.iter().map(|w| judge(reading, cells, w)).map(|(j, t)| (j, t.into_owned())).unzip();
        Self { reading, judged, texts }
    }

    fn count(&self, word: Word) -> usize {
        self.judged.iter().filter(|w| **w == word).count()
    }

    fn right(&self) -> usize {
        self.count(Word::Syllable) + self.count(Word::Capitals)
    }

    fn wrong(&self) -> usize {
        self.count(Word::Failed) + self.count(Word::Broken)
    }

    fn telling(&self) -> usize {
        self.judged.iter().filter(|word| tells(word)).count()
    }

    fn value(&self) -> f64 {
        share(self.judged.iter())
    }

    /// By how much the words speak for it and not for `other`. What one of the two takes for an abbreviation
    /// says nothing between them: `ĐT830` of VNI is `ẹT830` of TCVN3, and `ẹt` happens to be a syllable.
    fn lead_over(&self, other: &Self) -> f64 {
        let is_code = |word: &Word| *word == Word::Abbreviation;
        let pairs = || self.judged.iter().zip(&other.judged).filter(|(a, b)| !is_code(a) && !is_code(b));
        share(pairs().map(|(own, _)| own)) - share(pairs().map(|(_, other)| other))
    }
}

fn tells(word: &Word) -> bool {
    !matches!(word, Word::Silent | Word::Abbreviation)
}

/// Share of syllables among the words that tell, less what cannot be right.
fn share<'w>(words: impl Iterator<Item = &'w Word>) -> f64 {
    let (mut sum, mut telling) = (0.0, 0_u32);
    for word in words.filter(|word| tells(word)) {
        telling += 1;
        sum += match word {
            Word::Syllable | Word::Capitals => 1.0,
            Word::Failed => -1.0,
            Word::Broken => -0.5,
            _ => 0.0,
        };
    }
    sum / f64::from(telling.max(1))
}

impl<'a> Evidence<'a> {
    fn gather(cells: Cells, values: &[&'a str]) -> Self {
        let words = words(values.iter().copied());
        let depth = depth(cells, &words);
        let readings = Reading::all(cells).filter(|r| r.depth == depth);
        let mut scores: Vec<Score> = readings.map(|r| Score::new(r, cells, &words)).collect();
        let codes = |score: &Score| score.count(Word::Abbreviation);
        scores.sort_by(|a, b| b.value().total_cmp(&a.value()).then(codes(b).cmp(&codes(a))));
        let among_syllables = are_syllables(values.iter().copied());
        Self { cells, words, among_syllables, scores }
    }

    // What its own words say.
    fn own(&self) -> Result<Reading, Doubt> {
        let unicode = self.scores.iter().find(|s| s.reading.letters == Encoding::Utf8);
        let mut others = self.scores.iter().filter(|s| s.reading.letters != Encoding::Utf8);
        let Some(best) = others.next() else {
            return unicode.map(|s| s.reading).ok_or(Doubt::Weak);
        };
        let rivals = others.filter(|s| s.texts != best.texts);
        let lead = rivals.map(|rival| best.lead_over(rival)).fold(f64::INFINITY, f64::min);
        let clear = best.right() > 0 && best.value() >= LEAST_SCORE && lead >= LEAST_LEAD;
        let Some(unicode) = unicode else {
            return if clear { Ok(best.reading) } else { Err(Doubt::Weak) };
        };
        // One word of a name from elsewhere can happen to be a syllable of TCVN3.
        let enough = best.right() > 1
            || unicode.wrong() > 0
            || best.reading.letters == Encoding::Vni
            || self.among_syllables;
        let (only_unicode, only_best) = only(unicode, best);
        let ahead = best.value() - unicode.value() >= LEAST_LEAD_OVER_UNICODE || only_unicode == 0;
        if only_best > 0 && ahead && enough {
            return match (clear, only_unicode) {
                (true, _) => Ok(best.reading),
                (false, 0) => Err(Doubt::Strange),
                (false, _) => Err(Doubt::Mixed),
            };
        }
        let least = (self.words.len() as f64 * MIXED_SHARE).max(2.0);
        match only_unicode as f64 >= least && only_best as f64 >= least {
            true => Err(Doubt::Mixed),
            // Words like `§T` say nothing by themselves and cannot be right as they stand.
            false if self.are_codes_elsewhere(unicode) => Err(Doubt::Strange),
            false if unicode.right() == 0 && unicode.wrong() > 0 => Err(Doubt::Weak),
            false => Ok(unicode.reading),
        }
    }

    // Whether the words, none of which is Vietnamese as Unicode, are all codes in another encoding: `Ñ2`, `Ñ3`.
    fn are_codes_elsewhere(&self, unicode: &Score) -> bool {
        let is_code = |score: &Score| {
            let fits = |w: &Word| *w >= Word::Abbreviation;
            score.count(Word::Abbreviation) > 0 && score.judged.iter().all(fits)
        };
        let is_strange = unicode.right() == 0 && unicode.count(Word::Abbreviation) == 0;
        is_strange && self.scores.iter().any(is_code)
    }

    // The best of the readings that whoever asked means.
    fn asked(&self, encoding: Encoding) -> Option<Reading> {
        let value = |reading: &Reading| Score::new(*reading, self.cells, &self.words).value();
        Some(match encoding {
            Encoding::Utf8 => Reading::UNICODE,
            Encoding::Utf8Twice => Reading { depth: 2, letters: Encoding::Utf8 },
            Encoding::Utf8Thrice => Reading { depth: 3, letters: Encoding::Utf8 },
            Encoding::Tcvn3Capitals => Reading { letters: encoding, ..self.asked(Encoding::Tcvn3)? },
            // The lowest of equal ones.
            letters => Reading::all(self.cells)
                .filter(|r| r.letters == letters)
                .reduce(|best, next| if value(&next) > value(&best) { next } else { best })?,
        })
    }

    // What settles a doubt from outside the column.
    fn followed(
        &self,
        doubt: Doubt,
        most: Option<Reading>,
        stated: Option<Encoding>,
    ) -> Option<(Reading, Basis)> {
        if doubt == Doubt::Mixed {
            return None;
        }
        let fits = |reading: &Reading| {
            let score = self.scores.iter().find(|s| s.reading == *reading);
            score.is_some_and(|s| s.wrong() == 0)
        };
        let stated = stated.and_then(|encoding| self.asked(encoding)).filter(fits);
        let is_unicode = |reading: &Reading| reading.letters == Encoding::Utf8;
        if doubt == Doubt::Strange {
            let other = most.filter(|most| !is_unicode(most)).filter(fits);
            return other.map(|reading| (reading, Basis::OtherColumns));
        }
        let unicode = self.scores.iter().map(|s| s.reading).find(is_unicode);
        most.filter(fits)
            .map(|reading| (reading, Basis::OtherColumns))
            .or(stated.map(|reading| (reading, Basis::Stated)))
            // Unicode that stands alone is left as it is.
            .or(unicode.map(|reading| (reading, Basis::Words)))
    }

    fn found(&self, column: &Column<'_>, reading: Reading, basis: Basis) -> Verdict {
        let score = Score::new(reading, self.cells, &self.words);
        let read = |cell: &str| reading.decode(self.cells, cell).ok().map(std::borrow::Cow::into_owned);
        let outside = || column.cells.iter().filter(|c| !c.is_ascii());
        let shown = |cell: &str| match (self.cells, reading) {
            // Bytes of UTF-8 were never seen as Latin-1 by anybody.
            (Cells::Bytes, Reading::UNICODE) => read(cell).unwrap_or_default(),
            _ => cell.to_owned(),
        };
        let mut samples: Vec<(String, String)> = Vec::new();
        for cell in outside() {
            let Some(after) = read(cell).filter(|after| *after != shown(cell)) else { continue };
            if samples.len() < SAMPLES && samples.iter().all(|(_, known)| *known != after) {
                samples.push((shown(cell), after));
            }
        }
        let capitals = self.capitals(&score, outside()).and_then(|cell| {
            let text = read(cell)?;
            let sample = (text.clone(), text.to_uppercase());
            Some(Capitals { words: score.count(Word::Capitals), sample })
        });
        let decomposed = self.cells == Cells::Unicode && outside().any(|cell| !is_nfc(cell));
        let value = score.right() as f64 / score.telling().max(1) as f64;
        let words = score.telling();
        Verdict::Found(ColumnText { reading, basis, score: value, words, samples, decomposed, capitals })
    }

    // The first cell that shows capitals kept as small letters.
    fn capitals<'c>(&self, score: &Score, mut cells: impl Iterator<Item = &'c &'c str>) -> Option<&'c str> {
        let all = self.words.iter().zip(&score.judged);
        let words: Vec<&str> = all.filter(|(_, w)| **w == Word::Capitals).map(|(word, _)| *word).collect();
        if words.is_empty() { None } else { cells.find(|c| words.iter().any(|w| c.contains(w))).copied() }
    }

    fn ambiguous(&self, column: &Column<'_>) -> Verdict {
        let cell = self.words.first().and_then(|w| column.cells.iter().find(|c| c.contains(w)));
        let mut could = Vec::new();
        for score in self.scores.iter().filter(|s| s.count(Word::Failed) < s.judged.len()) {
            let sample = cell.and_then(|cell| score.reading.decode(self.cells, cell).ok());
            if could.iter().all(|(known, _)| *known != score.reading.encoding()) {
                could.push((score.reading.encoding(), sample.map(|s| s.into_owned()).unwrap_or_default()));
            }
        }
        Verdict::Ambiguous(could)
    }
}

// How often the words are UTF-8 on top of each other.
fn depth(cells: Cells, words: &[&str]) -> u8 {
    let mut depth = u8::from(cells == Cells::Unicode);
    while depth < 3 && !words.is_empty() {
        let reading = Reading { depth: depth + 1, letters: Encoding::Utf8 };
        let failed = words.iter().filter(|w| reading.decode(cells, w).is_err()).count();
        if failed as f64 > words.len() as f64 * CUT_SHARE {
            break;
        }
        depth += 1;
    }
    depth
}

// How many words are right only as Unicode, and only as `other`.
fn only(unicode: &Score, other: &Score) -> (usize, usize) {
    let is_right = |w: &Word| matches!(w, Word::Syllable | Word::Capitals);
    let is_code = |w: &Word| *w == Word::Abbreviation;
    let pairs = || unicode.judged.iter().zip(&other.judged).filter(|(u, _)| !is_code(u));
    (
        pairs().filter(|(u, o)| is_right(u) && !is_right(o)).count(),
        pairs().filter(|(u, o)| !is_right(u) && is_right(o)).count(),
    )
}
