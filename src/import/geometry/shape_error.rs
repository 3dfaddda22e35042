//! Why a geometry cannot be taken, in words.

use crate::import::words::{Words, words};

/// Why a geometry is refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ShapeError {
    /// There is none.
    #[error("has no geometry")]
    Empty,
    /// The layer holds something else.
    #[error("is a {found}, and the layer holds {}", allowed.join(", "))]
    Type {
        /// What it is.
        found: String,
        /// What the layer holds.
        allowed: Vec<String>,
    },
    /// A coordinate that is no number.
    #[error("has a coordinate that is not a number")]
    NotFinite,
    /// A ring that does not end where it began.
    #[error("has a ring that does not end where it began")]
    OpenRing((f64, f64)),
    /// Fewer positions than it takes.
    #[error("has a {what} of {count} positions; it takes at least {least}")]
    TooFew {
        /// Ring or line.
        what: &'static str,
        /// How many there are.
        count: usize,
        /// How many it takes.
        least: usize,
    },
    /// More positions than are taken.
    #[error(
        "has {count} positions; at most {most} are taken of one feature: cut it into parts, or simplify it"
    )]
    TooMany {
        /// How many there are, or more.
        count: usize,
        /// How many are taken.
        most: usize,
    },
    /// Not WKB.
    #[error("has a geometry that cannot be read")]
    Unreadable,
}

impl ShapeError {
    /// In both languages.
    pub fn words(&self) -> Words {
        let vi = match self {
            Self::Empty => "không có hình học".to_owned(),
            Self::Type { found, allowed } => {
                format!("là hình học kiểu {found}, còn lớp chỉ nhận {}", allowed.join(", "))
            }
            Self::NotFinite => "có tọa độ không phải là số".to_owned(),
            Self::OpenRing(_) => "có vòng ranh giới không khép kín".to_owned(),
            Self::TooFew { what, count, least } => {
                let what = if *what == "ring" { "vòng ranh giới" } else { "đường" };
                format!("có {what} chỉ gồm {count} điểm; cần ít nhất {least} điểm")
            }
            Self::TooMany { count, most } => format!(
                "có {count} điểm; mỗi đối tượng chỉ nhận nhiều nhất {most} điểm: hãy tách thành nhiều phần hoặc giản lược"
            ),
            Self::Unreadable => "có hình học không đọc được".to_owned(),
        };
        words(vi, self.to_string())
    }
}

/// Why a geometry is not valid, and where in the file's system, out of what GEOS says of it:
/// `Self-intersection at or near point 106.2 10.5` or `Self-intersection[106.2 10.5]`.
pub fn explain(text: &str) -> (Words, Option<(f64, f64)>) {
    let start = text.find(['[', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '-']);
    let numbers: Vec<f64> = start
        .map(|at| text[at..].split([' ', '[', ']', ',']).filter_map(|n| n.parse().ok()).collect())
        .unwrap_or_default();
    let place = match numbers.as_slice() {
        [x, y, ..] => Some((*x, *y)),
        _ => None,
    };
    let known = [
        ("Ring Self-intersection", "có vòng ranh giới tự chạm", "has a ring that touches itself"),
        ("Self-intersection", "có vòng ranh giới tự cắt", "has a ring that crosses itself"),
        ("Hole lies outside shell", "có vòng trong nằm ngoài vùng", "has a hole outside of its area"),
        ("Holes are nested", "có vòng trong nằm trong vòng trong khác", "has a hole inside a hole"),
        (
            "Interior is disconnected",
            "có vòng trong cắt vùng thành nhiều mảnh",
            "has holes that cut it into pieces",
        ),
        ("Nested shells", "có phần nằm trong phần khác", "has an area inside another of its areas"),
        ("Duplicate Rings", "có vòng ranh giới trùng nhau", "has the same ring twice"),
        ("Too few points", "có vòng ranh giới quá ít điểm", "has a ring with too few different positions"),
    ];
    let reason = known.iter().find(|(sign, ..)| text.contains(sign)).map(|(_, vi, en)| words(*vi, *en));
    let unknown = || words(format!("có hình học không hợp lệ ({text})"), format!("is not valid ({text})"));
    (reason.unwrap_or_else(unknown), place)
}
