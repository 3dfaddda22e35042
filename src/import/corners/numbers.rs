//! The numbers that a list of corners gives them (`STT đỉnh`, `Số hiệu điểm`), held against the order of its rows.
//!
//! Numbers of the rows of the whole sheet, of features, or of points that neighbours share are none of a
//! feature's own and say nothing; so only a run from 1 on is believed. Must not know files.

use super::{Corner, CornersOf, shape};
use crate::{
    import::{
        columns::{heading, positions::PositionReader},
        doubt::warning,
        read::gdal_geometry,
        report::Rule,
        row::{self, Row, RowFinding},
        values::Cell,
        words::{Words, words},
    },
    layer::fold,
};
use std::collections::HashMap;

/// What a heading of corners' numbers is about, what stands before that, and headings that say less; folded.
const CORNERS: [&str; 10] =
    ["dinh", "diem", "goc", "moc", "dinhthua", "dinhgoc", "diemgoc", "gocranh", "mocranh", "diemgocranh"];
const BEFORE: [&str; 10] = ["", "stt", "tt", "so", "sohieu", "ten", "ma", "kyhieu", "thutu", "sothutu"];
const SAYS_LESS: [&str; 9] =
    ["stt", "tt", "sott", "sothutu", "thutu", "pointno", "vertex", "cornerno", "point"];

/// The column that numbers corners, of those that are `free`.
pub fn column(columns: &[String], free: &[usize]) -> Option<usize> {
    let folded = |c: &usize| fold(&heading::without_brackets(&columns[*c]));
    let of_corners = |name: &str| {
        let mut rests = BEFORE.iter().filter_map(|before| name.strip_prefix(before));
        rests.any(|rest| CORNERS.contains(&rest))
    };
    let one = |is_one: &dyn Fn(&str) -> bool| free.iter().copied().find(|c| is_one(&folded(c)));
    one(&of_corners).or_else(|| one(&|name| SAYS_LESS.contains(&name)))
}

/// What the numbers of a feature's corners say of the order of its rows.
#[derive(Debug, Clone, PartialEq)]
enum Said {
    /// Nothing, or the same.
    Nothing,
    /// The corners in their order, by their positions.
    Order(Vec<usize>),
    /// That something is wrong.
    Wrong(Words),
}

/// Puts a feature's corners in the order of their numbers, where these are a run from 1 on, and notes it; or
/// what contradicts. `column` is the one with the numbers.
pub fn settle(
    row: &mut Row,
    corners: &mut Vec<Corner>,
    of: CornersOf,
    reader: &PositionReader,
    column: &str,
) {
    let order = match said(corners) {
        Said::Nothing => return,
        Said::Wrong(reason) => {
            row.note(warning(Rule::Corners, reason).in_column(Some(column)));
            return;
        }
        Said::Order(order) => order,
    };
    let sorted: Vec<Corner> = order.into_iter().map(|at| corners[at].clone()).collect();
    let (before, after) = (shape(corners, of, reader), shape(&sorted, of, reader));
    let is_valid =
        |shape: &Result<Vec<u8>, Words>| shape.as_ref().is_ok_and(|wkb| gdal_geometry::judge(wkb).is_none());
    // What cannot be placed is refused, in any order.
    if after.is_err() {
        return;
    }
    // Points that neighbours share can happen to be a run, and are in no order then.
    if is_valid(&before) && !is_valid(&after) {
        let reason = words(
            "xếp góc ranh theo số thứ tự thì thành vùng tự cắt; giữ thứ tự các dòng",
            "corners in the order of their numbers would make an area that crosses itself; the order of the rows is \
             kept",
        );
        row.note(warning(Rule::Corners, reason).in_column(Some(column)));
        return;
    }
    let what = words("góc ranh xếp khác với số thứ tự", "corners stand in another order than their numbers");
    let how = words("đã xếp lại theo số thứ tự", "they were put in the order of the numbers");
    let found = RowFinding::repaired(Rule::Corners, what, how);
    row.note(found.in_column(Some(column)));
    if let Ok(wkb) = before {
        row.delivered.push(("geometry".to_owned(), row::hexadecimal(&wkb).into()));
    }
    *corners = sorted;
}

fn said(corners: &[Corner]) -> Said {
    // A row above the corners, as their heading, is none.
    let is_heading = |corner: &Corner| corner.number == Cell::Empty && corner.cells.iter().all(is_blank);
    let from = usize::from(corners.first().is_some_and(is_heading));
    let counted = &corners[from..];
    let Some(numbers) = numbers(counted) else { return Said::Nothing };
    let filled: Vec<(usize, u64)> =
        numbers.iter().enumerate().filter_map(|(at, n)| Some((at, (*n)?))).collect();
    let [(_, first), (_, second), ..] = filled[..] else { return Said::Nothing };
    // The number of the feature, or of its plot.
    if filled.iter().all(|(_, n)| *n == first) && first == second {
        return Said::Nothing;
    }
    if let Some(at) = numbers.iter().position(Option::is_none) {
        let row = counted[at].row;
        return Said::Wrong(words(
            format!("dòng {row} không có số thứ tự, các dòng khác thì có"),
            format!("row {row} has no number, and others do"),
        ));
    }
    // The last corner may be the first once more.
    let (begin, end) = (&counted[0], &counted[counted.len() - 1]);
    let closed = filled[filled.len() - 1].1 == first && begin.cells == end.cells;
    let own = &filled[..filled.len() - usize::from(closed)];
    let mut seen = HashMap::new();
    for (at, number) in own {
        if let Some(other) = seen.insert(*number, *at) {
            let (a, b) = (counted[other].row, counted[*at].row);
            return Said::Wrong(words(
                format!("số {number} có ở cả dòng {a} và dòng {b}"),
                format!("the number {number} stands in rows {a} and {b}"),
            ));
        }
    }
    let (count, most) = (own.len() as u64, own.iter().map(|(_, n)| *n).max().unwrap_or_default());
    let absent: Vec<u64> = (1..=most.min(2 * count)).filter(|n| !seen.contains_key(n)).collect();
    match absent.as_slice() {
        [] if most == count && own.is_sorted_by_key(|(_, n)| *n) => Said::Nothing,
        [] if most == count => {
            let mut sorted: Vec<(usize, u64)> = own.to_vec();
            sorted.sort_by_key(|(_, n)| *n);
            let mut order: Vec<usize> = (0..from).chain(sorted.iter().map(|(at, _)| at + from)).collect();
            order.extend(closed.then_some(sorted[0].0 + from));
            Said::Order(order)
        }
        [] | [1, ..] => Said::Nothing,
        absent if most < 2 * count => {
            let told: Vec<String> = absent.iter().take(5).map(u64::to_string).collect();
            let (first, last, told) = (counted[0].row, end.row, told.join(", "));
            Said::Wrong(words(
                format!("từ dòng {first} đến dòng {last} không có góc ranh số {told}"),
                format!("no corner in rows {first} to {last} is number {told}"),
            ))
        }
        _ => Said::Nothing,
    }
}

fn is_blank(cell: &Cell) -> bool {
    match cell {
        Cell::Empty => true,
        Cell::Text(text) => text.trim().is_empty(),
        _ => false,
    }
}

/// The corners' numbers, `None` where a cell is blank: digits, all behind the same letters (`M1`, `M2`); `None`
/// where they are something else.
fn numbers(corners: &[Corner]) -> Option<Vec<Option<u64>>> {
    let mut letters: Option<String> = None;
    let one = |corner: &Corner| {
        let (before, number) = match &corner.number {
            cell if is_blank(cell) => return Some(None),
            Cell::Int(n) => (String::new(), u64::try_from(*n).ok()?),
            Cell::Real(n) if n.fract() == 0.0 && (0.0..1e9).contains(n) => (String::new(), *n as u64),
            Cell::Text(text) => {
                let text = text.trim();
                let digits = text.len() - text.trim_end_matches(|c: char| c.is_ascii_digit()).len();
                let (before, number) = text.split_at(text.len() - digits);
                (before.to_owned(), number.parse().ok()?)
            }
            _ => return None,
        };
        let same = *letters.get_or_insert_with(|| before.clone()) == before;
        same.then_some(Some(number))
    };
    corners.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(numbers: &[&str]) -> Vec<Corner> {
        // The cells say the place, by the number.
        let corner = |(row, number): (u64, &&str)| Corner {
            row,
            number: if number.is_empty() { Cell::Empty } else { Cell::Text((*number).to_owned()) },
            cells: vec![Cell::Text(format!("at {number}")), Cell::Int(1)],
        };
        (2..).zip(numbers).map(corner).collect()
    }

    #[test]
    fn a_run_of_numbers_says_the_order() {
        assert_eq!(said(&list(&["1", "3", "2", "4"])), Said::Order(vec![0, 2, 1, 3]));
        assert_eq!(said(&list(&["M2", "M3", "M1", "M2"])), Said::Order(vec![2, 0, 1, 2]));
        for nothing in [
            &["1", "2", "3", "4"][..],
            &["1", "2", "3", "1"],
            &["7", "7", "7"],
            &["7", "", ""],
            &["5", "6", "7", "8"],
            &["12", "3", "48"],
            &["A", "B", "C"],
            &["A1", "B2", "C3"],
            &["1", "5", "902"],
        ] {
            assert_eq!(said(&list(nothing)), Said::Nothing, "{nothing:?}");
        }
    }

    #[test]
    fn what_contradicts_is_told_with_its_rows() {
        for (numbers, expected) in [
            (&["1", "2", "2", "3"][..], "the number 2 stands in rows 3 and 4"),
            (&["1", "2", "4", "5"], "no corner in rows 2 to 5 is number 3"),
            (&["1", "2", "", "4"], "row 4 has no number, and others do"),
        ] {
            let mut corners = list(numbers);
            // Two corners of one number are two places.
            corners.iter_mut().for_each(|c| c.cells[1] = Cell::Int(c.row as i64));
            assert!(matches!(said(&corners), Said::Wrong(why) if why.en == expected), "{expected}");
        }
    }

    #[test]
    fn a_column_about_corners_comes_before_one_that_says_less() {
        let columns = ["STT", "Mã", "Số hiệu điểm", "Tên đỉnh"].map(str::to_owned);
        assert_eq!(column(&columns, &[0, 2, 3]), Some(2));
        assert_eq!(column(&columns, &[0]), Some(0));
        assert_eq!(column(&columns, &[1]), None);
        for heading in ["STT đỉnh", "Điểm", "Số hiệu đỉnh (mốc)", "Tên mốc", "Thứ tự điểm"]
        {
            assert_eq!(column(&[heading.to_owned()], &[0]), Some(0), "{heading}");
        }
    }
}
