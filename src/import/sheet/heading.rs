//! Which rows of a sheet are its heading, by their shape: one row, or two where names stand beneath those of the
//! groups that they belong to, and beneath them a row that numbers the columns, as the forms of agencies have it.
//!
//! Cells that were merged come as one that is filled and blank ones behind or beneath it. Must not know files or
//! what a layer needs.

use crate::import::{
    columns::heading,
    values::number::{self, DecimalSign, ReadNumber},
    words::{Words, words},
};

/// Columns that a row has to number.
const LEAST_NUMBERED: usize = 3;
/// Names that are told of a heading of two rows.
const TOLD: usize = 6;
/// What stands among units where there is none.
const NO_UNIT_1: &str = "-";
const NO_UNIT_2: &str = "–";

/// How the lower of two rows belongs to the upper.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lower {
    /// Columns whose name is the lower one by itself.
    pub alone: Vec<usize>,
    /// Whether it says units.
    pub are_units: bool,
}

/// The rows of a heading.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Heading {
    /// Rows above it.
    pub above: u64,
    /// Whether it is of two rows, groups above names.
    pub is_double: bool,
    /// How its second row belongs to the first.
    pub lower: Lower,
    /// Whether a row beneath it numbers the columns.
    pub is_numbered: bool,
    /// What stands between its cells, in a table of text.
    pub separator: u8,
}

impl Heading {
    /// The heading of `rows`, the first of a sheet, that begins below `above` of them; of two rows if there is a `lower`.
    pub fn at(rows: &[Vec<String>], above: usize, lower: Option<Lower>) -> Self {
        let is_double = lower.is_some();
        let lower = lower.unwrap_or_default();
        let beneath = rows.get(above + 1 + usize::from(is_double));
        let named = rows.get(above).map_or(0, |upper| match rows.get(above + 1).filter(|_| is_double) {
            Some(names) => filled(&joined(upper, names, &lower)),
            None => filled(upper),
        });
        let is_numbered = beneath.is_some_and(|cells| numbers_columns(cells, named));
        Self { above: above as u64, is_double, lower, is_numbered, separator: 0 }
    }

    /// Rows of the file that are not in what is read, of which the first row is the heading.
    pub fn left_out(&self) -> u64 {
        self.above + u64::from(self.is_double) + u64::from(self.is_numbered)
    }

    /// The number of the last row that is no row of data, from 1.
    pub fn last_row(&self) -> u64 {
        self.left_out() + 1
    }

    /// The names of the columns, where they stand in two rows.
    pub fn joined(&self, rows: &[Vec<String>]) -> Option<Vec<String>> {
        let above = self.above as usize;
        let (upper, lower) = (rows.get(above)?, rows.get(above + 1)?);
        self.is_double.then(|| joined(upper, lower, &self.lower))
    }

    /// How it is settled which row holds the names, for those who miss one.
    pub fn hint(&self) -> Words {
        let (row, next) = (self.above + 1, self.above + 2);
        match (self.above, self.is_double) {
            (0, false) => words(
                "Nếu tên cột nằm ở dòng khác, hãy nói rõ dòng nào bằng --header-row N.",
                "If the names stand in another row, say which with --header-row N.",
            ),
            (_, false) => words(
                format!("Dòng {row} được coi là dòng tên cột; nếu là dòng khác, hãy thêm --header-row N."),
                format!("Row {row} is taken for the heading; if another is, say --header-row N."),
            ),
            (_, true) => words(
                format!(
                    "Dòng {row} và {next} được coi là các dòng tên cột; nếu là dòng khác, hãy thêm --header-row N."
                ),
                format!(
                    "Rows {row} and {next} are taken for the heading; if another is, say --header-row N."
                ),
            ),
        }
    }

    /// What of the sheet is no data, in words for those who sent it.
    pub fn notes(&self, rows: &[Vec<String>]) -> Vec<Words> {
        let mut notes = Vec::new();
        let (above, first, second) = (self.above, self.above + 1, self.above + 2);
        match above {
            0 => {}
            above => {
                let Words { vi, en } = match above {
                    1 => words("dòng 1", "row 1 stands"),
                    above => words(format!("các dòng 1-{above}"), format!("rows 1-{above} stand")),
                };
                notes.push(words(
                    format!("{vi} ở trên dòng tên cột, được coi là tiêu đề"),
                    format!("{en} above the heading, taken for titles"),
                ));
            }
        }
        if let Some(names) = self.joined(rows) {
            let lower = rows.get(second as usize - 1).map_or(&[][..], Vec::as_slice);
            let is_told = |(name, below): &(&String, &String)| !is_blank(below) && name != below;
            let told: Vec<String> =
                names.iter().zip(lower).filter(is_told).take(TOLD).map(|(n, _)| format!("`{n}`")).collect();
            let told = told.join(", ");
            let joined = match told.as_str() {
                "" => Words::same(""),
                told => words(format!(", đã ghép lại: {told}"), format!(", joined: {told}")),
            };
            notes.push(words(
                format!("dòng {first} và {second} cùng là dòng tên cột{}", joined.vi),
                format!("rows {first} and {second} are the heading together{}", joined.en),
            ));
            let alone = self.lower.alone.iter().filter_map(|at| names.get(*at)).take(TOLD);
            let alone: Vec<String> = alone.map(|name| format!("`{name}`")).collect();
            if !alone.is_empty() {
                let alone = alone.join(", ");
                notes.push(words(
                    format!("tên nhóm ở trên không rõ, nên tên cột ở dưới được hiểu riêng: {alone}"),
                    format!(
                        "the groups above are not known, so names beneath are taken by themselves: {alone}"
                    ),
                ));
            }
        }
        if self.is_numbered {
            let row = self.last_row();
            notes.push(words(
                format!("dòng {row} chỉ đánh số các cột, được bỏ qua"),
                format!("row {row} only numbers the columns, and is passed over"),
            ));
        }
        notes
    }
}

/// How many cells are not blank.
pub fn filled(cells: &[String]) -> usize {
    cells.iter().filter(|cell| !is_blank(cell)).count()
}

fn is_blank(cell: &str) -> bool {
    cell.trim().is_empty()
}

/// Where the name of each column stands in two rows: the cell of the upper one, and whether that of the lower one
/// belongs to it. A group stands in the first of its columns; it is no part of names that stand `alone`.
pub fn parts(upper: &[String], lower: &[String], alone: &[usize]) -> Vec<(Option<usize>, bool)> {
    let mut group = None;
    let named = |cells: &[String], at: usize| cells.get(at).is_some_and(|cell| !is_blank(cell));
    let part = |at| {
        let (above, below) = (named(upper, at), named(lower, at));
        group = match (above, below) {
            (true, true) => Some(at),
            (false, true) => group,
            (_, false) => None,
        };
        let over = if above { Some(at) } else { group };
        (over.filter(|_| !alone.contains(&at)), below)
    };
    (0..upper.len().max(lower.len())).map(part).collect()
}

/// The names of two rows as one.
pub fn joined(upper: &[String], lower: &[String], how: &Lower) -> Vec<String> {
    let name = |(at, (above, below)): (usize, (Option<usize>, bool))| {
        let unit = below.then(|| how.bracketed(&lower[at]));
        let cells = above.map(|above| upper[above].as_str()).into_iter().chain(unit.as_deref());
        cells.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
    };
    parts(upper, lower, &how.alone).into_iter().enumerate().map(name).collect()
}

impl Lower {
    /// What stands before and behind a cell of the row, so that a unit stands in brackets; `None` for one that says
    /// nothing.
    pub fn brackets(&self, cell: &str) -> Option<(&'static str, &'static str)> {
        match cell.trim() {
            _ if !self.are_units => Some(("", "")),
            NO_UNIT_1 | NO_UNIT_2 => None,
            cell if is_bracketed(cell) => Some(("", "")),
            _ => Some(("(", ")")),
        }
    }

    fn bracketed(&self, cell: &str) -> String {
        self.brackets(cell).map(|(before, behind)| format!("{before}{cell}{behind}")).unwrap_or_default()
    }
}

/// How the lower row belongs to that at `above`, if it does: a group goes over several of its names, or it says units.
pub fn belong(rows: &[Vec<String>], above: usize) -> Option<Lower> {
    let (upper, lower) = (rows.get(above)?, rows.get(above + 1)?);
    if filled(lower) == 0 || numbers_columns(lower, filled(upper).max(filled(lower))) {
        return None;
    }
    let parts = parts(upper, lower, &[]);
    let shares = |two: &[(Option<usize>, bool)]| match two {
        [(Some(first), true), (Some(second), true)] => first == second || upper[*first] == upper[*second],
        _ => false,
    };
    if parts.windows(2).any(shares) {
        return Some(Lower::default());
    }
    says_units(rows, above).then(|| Lower { are_units: true, ..Lower::default() })
}

/// Whether the row beneath that at `above` says units: each cell is a known one over numbers, or stands in brackets
/// and the cells beneath do not; and one at least is known, or stands over numbers. A row of data, of which all cells
/// stand in brackets, is followed by others like it, or by words.
fn says_units(rows: &[Vec<String>], above: usize) -> bool {
    let (Some(upper), Some(lower)) = (rows.get(above), rows.get(above + 1)) else { return false };
    let mut data = rows.get(above + 2..).unwrap_or_default();
    if let [first, rest @ ..] = data
        && numbers_columns(first, filled(upper))
    {
        data = rest;
    }
    let mut is_certain = false;
    for (at, cell) in lower.iter().enumerate().map(|(at, cell)| (at, cell.trim())) {
        if matches!(cell, "" | NO_UNIT_1 | NO_UNIT_2) {
            continue;
        }
        let beneath = data.iter().filter_map(|row| row.get(at)).filter(|cell| !is_blank(cell));
        let is_over_numbers = beneath.clone().next().is_some() && beneath.clone().all(|cell| is_number(cell));
        let is_unit = match (is_bracketed(cell), heading::is_unit(cell)) {
            (true, true) => true,
            (true, false) => !beneath.clone().any(|cell| is_bracketed(cell.trim())),
            (false, is_known) => is_known && is_over_numbers,
        };
        if !is_unit || upper.get(at).is_none_or(|name| is_blank(name)) {
            return false;
        }
        is_certain |= is_over_numbers || heading::is_unit(cell);
    }
    is_certain
}

fn is_bracketed(cell: &str) -> bool {
    cell.starts_with('(') && cell.ends_with(')')
}

fn is_number(cell: &str) -> bool {
    number::read(cell.trim(), DecimalSign::Unknown) != ReadNumber::None
}

/// Whether a row numbers the `named` columns above it: `1`, `2`, `3`, or `(1)`, `(2)`, `(3)=(1)+(2)`; columns of words
/// come first, as `A`, `B`.
fn numbers_columns(cells: &[String], named: usize) -> bool {
    let marks: Vec<&str> = cells.iter().map(|cell| cell.trim()).filter(|cell| !cell.is_empty()).collect();
    if marks.len() < LEAST_NUMBERED || marks.len() * 3 < named * 2 {
        return false;
    }
    let (mut letters, mut number) = (b'A'.., 0_u32);
    marks.into_iter().all(|mark| {
        let mark = mark.split('=').next().unwrap_or_default().trim();
        let mark = mark.trim_matches(['(', ')', '[', ']']).trim();
        match mark.parse::<u32>() {
            Ok(counted) => {
                number += 1;
                counted == number
            }
            Err(_) => number == 0 && letters.next().is_some_and(|letter| mark.as_bytes() == [letter]),
        }
    })
}

#[cfg(test)]
#[allow(clippy::panic)]
mod tests {
    use super::*;

    fn row(cells: &str) -> Vec<String> {
        cells.split('|').map(str::to_owned).collect()
    }

    #[test]
    fn names_are_joined_to_those_of_their_groups() {
        for (upper, lower, expected) in [
            ("STT|Mã|Toạ độ||Ghi chú", "||X|Y|", "STT|Mã|Toạ độ X|Toạ độ Y|Ghi chú"),
            ("Mã|Giếng||Toạ độ|", "|Tên|Sâu|X|Y", "Mã|Giếng Tên|Giếng Sâu|Toạ độ X|Toạ độ Y"),
            ("Mã||Toạ độ|Toạ độ", "|Tên|X|Y", "Mã|Tên|Toạ độ X|Toạ độ Y"),
            ("Mã|Độ sâu", "|(m)", "Mã|Độ sâu (m)"),
            ("Mã|Toạ độ", "|X|Y", "Mã|Toạ độ X|Toạ độ Y"),
        ] {
            let how = belong(&[row(upper), row(lower)], 0).unwrap_or_else(|| panic!("{upper}"));
            assert_eq!(joined(&row(upper), &row(lower), &how), row(expected), "{upper}");
        }
        for (upper, lower) in [
            ("Mã|Tên|X|Y", "G1|Một|1165000|554000"),
            ("Mã|Tên|X|Y", "|||"),
            ("Mã|Tên|X|", "(1)|(2)|(3)|(4)"),
            ("Mã|X|Y||", "G1|1|2||"),
        ] {
            assert_eq!(belong(&[row(upper), row(lower)], 0), None, "{upper}");
        }
        let how = Lower { alone: vec![1, 2], ..Lower::default() };
        let (upper, lower) = (row("Mã|Giếng||Toạ độ|"), row("|Tên|Sâu|X|Y"));
        assert_eq!(joined(&upper, &lower, &how), row("Mã|Tên|Sâu|Toạ độ X|Toạ độ Y"));
    }

    #[test]
    fn units_are_told_from_data_by_what_stands_beneath() {
        let names = "Mã|Tên|Sâu|Kinh độ";
        let joined_by = |rows: &[&str]| {
            let rows: Vec<_> = std::iter::once(names).chain(rows.iter().copied()).map(row).collect();
            belong(&rows, 0).map(|how| joined(&rows[0], &rows[1], &how).join("|"))
        };
        let expected = Some("Mã|Tên|Sâu (m)|Kinh độ (độ)".to_owned());
        assert_eq!(joined_by(&["||(m)|(độ)", "G1|Một|1.5|106.4"]), expected);
        assert_eq!(joined_by(&["||m|độ", "G1|Một|1,5|106.4"]), expected);
        assert_eq!(joined_by(&["-|–|m|độ", "(1)|(2)|(3)|(4)", "G1|Một|1.5|106.4"]), expected);
        // What nobody knows is a unit over numbers.
        let strange = Some("Mã (chữ)|Tên|Sâu (sải)|Kinh độ".to_owned());
        assert_eq!(joined_by(&["(chữ)||(sải)|", "G1|Một|1.5|106.4"]), strange);
        // Rows of data: names in brackets as others have them, or of which none is a unit; words among words.
        for rows in [
            ["(S0)|(A)||", "(S1)|(B)|1|106.4"],
            ["(S0)|(A)||", "S1|B|1|106.4"],
            ["(S0)|(A)|(m)|", "(S1)|B|1|106.4"],
            ["|m||", "G1|km|1|106.4"],
            ["G0|(A)|m|106.4", "G1|B|1|106.4"],
        ] {
            assert_eq!(joined_by(&rows), None, "{rows:?}");
        }
    }

    #[test]
    fn a_row_that_numbers_the_columns_is_told_from_one_of_data() {
        for cells in ["1|2|3|4", "(1)|(2)|(3)|(4)", "A|B|1|2", "|(1)|(2)|(3)=(1)+(2)", "[1]|[2]|3=1+2|"] {
            assert!(numbers_columns(&row(cells), 4), "{cells}");
        }
        for cells in
            ["1|2|4|5", "1|G1|106.4|10.5", "|||", "1|2||", "1|1|2|3", "1|A|2|3", "0|1|2|3", "B|C|1|2"]
        {
            assert!(!numbers_columns(&row(cells), 4), "{cells}");
        }
    }

    #[test]
    fn rows_that_are_left_out_are_counted_and_told() {
        let rows = ["DANH SÁCH||", "Mã|Toạ độ|", "|X|Y", "(1)|(2)|(3)", "G1|1|2"].map(row);
        let heading = Heading::at(&rows, 1, Some(Lower::default()));
        assert_eq!((heading.is_numbered, heading.left_out(), heading.last_row()), (true, 3, 4));
        let notes: Vec<_> = heading.notes(&rows).into_iter().map(|note| note.en).collect();
        assert_eq!(
            notes,
            [
                "row 1 stands above the heading, taken for titles",
                "rows 2 and 3 are the heading together, joined: `Toạ độ X`, `Toạ độ Y`",
                "row 4 only numbers the columns, and is passed over",
            ]
        );
    }
}
