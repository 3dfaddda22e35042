//! Which rows of a sheet are its heading, by their shape: one row, or two where names stand beneath those of the
//! groups that they belong to, and beneath them a row that numbers the columns, as the forms of agencies have it.
//!
//! Cells that were merged come as one that is filled and blank ones behind or beneath it. Must not know files or
//! what a layer needs.

use super::words::{Words, words};

/// Columns that a row has to number.
const LEAST_NUMBERED: usize = 3;
/// Names that are told of a heading of two rows.
const TOLD: usize = 6;

/// The rows of a heading.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Heading {
    /// Rows above it.
    pub above: u64,
    /// Whether it is of two rows, groups above names.
    pub is_double: bool,
    /// Whether a row beneath it numbers the columns.
    pub is_numbered: bool,
    /// What stands between its cells, in a table of text.
    pub separator: u8,
}

impl Heading {
    /// The heading of `rows`, the first of a sheet, that begins below `above` of them.
    pub fn at(rows: &[Vec<String>], above: usize, is_double: bool) -> Self {
        let beneath = rows.get(above + 1 + usize::from(is_double));
        let named = rows.get(above).map_or(0, |upper| match rows.get(above + 1).filter(|_| is_double) {
            Some(lower) => filled(&joined(upper, lower)),
            None => filled(upper),
        });
        let is_numbered = beneath.is_some_and(|cells| numbers_columns(cells, named));
        Self { above: above as u64, is_double, is_numbered, separator: 0 }
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
        self.is_double.then(|| joined(upper, lower))
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
            notes.push(words(
                format!("dòng {first} và {second} cùng là dòng tên cột, đã ghép lại: {told}"),
                format!("rows {first} and {second} are the heading together, joined: {told}"),
            ));
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
/// belongs to it. A group stands in the first of its columns.
pub fn parts(upper: &[String], lower: &[String]) -> Vec<(Option<usize>, bool)> {
    let mut group = None;
    let named = |cells: &[String], at: usize| cells.get(at).is_some_and(|cell| !is_blank(cell));
    let part = |at| {
        let (above, below) = (named(upper, at), named(lower, at));
        group = match (above, below) {
            (true, true) => Some(at),
            (false, true) => group,
            (_, false) => None,
        };
        (if above { Some(at) } else { group }, below)
    };
    (0..upper.len().max(lower.len())).map(part).collect()
}

/// The names of two rows as one.
pub fn joined(upper: &[String], lower: &[String]) -> Vec<String> {
    let name = |(at, (above, below)): (usize, (Option<usize>, bool))| {
        let cells = above.map(|above| &upper[above]).into_iter().chain(below.then(|| &lower[at]));
        cells.flat_map(|cell| cell.split_whitespace()).collect::<Vec<_>>().join(" ")
    };
    parts(upper, lower).into_iter().enumerate().map(name).collect()
}

/// Whether the lower row can hold names that belong to those above: a group goes over several of them, or all say
/// a unit.
pub fn belong(upper: &[String], lower: &[String]) -> bool {
    if filled(lower) == 0 || numbers_columns(lower, filled(upper).max(filled(lower))) {
        return false;
    }
    let parts = parts(upper, lower);
    let shares = |two: &[(Option<usize>, bool)]| match two {
        [(Some(first), true), (Some(second), true)] => first == second || upper[*first] == upper[*second],
        _ => false,
    };
    let is_unit = |cell: &String| cell.trim().starts_with('(') && cell.trim().ends_with(')');
    let are_units = || lower.iter().filter(|cell| !is_blank(cell)).all(is_unit);
    parts.windows(2).any(shares) || are_units()
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
            assert_eq!(joined(&row(upper), &row(lower)), row(expected), "{upper}");
            assert!(belong(&row(upper), &row(lower)), "{upper}");
        }
        for (upper, lower) in [
            ("Mã|Tên|X|Y", "G1|Một|1165000|554000"),
            ("Mã|Tên|X|Y", "|||"),
            ("Mã|Tên|X|", "(1)|(2)|(3)|(4)"),
            ("Mã|X|Y||", "G1|1|2||"),
        ] {
            assert!(!belong(&row(upper), &row(lower)), "{upper}");
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
        let heading = Heading::at(&rows, 1, true);
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
