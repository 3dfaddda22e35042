//! Why a cell is refused, in words.
//!
//! Must not know how it was read.

use crate::import::words::{Words, words};

/// Nothing, in an attribute that each feature must have.
pub fn empty() -> Words {
    words("để trống, mà đây là giá trị bắt buộc", "is empty, and each feature must have it")
}

/// A spelling that several codes share.
pub fn several_codes(text: &str) -> Words {
    words(
        format!("`{text}` có thể là nhiều mã khác nhau; hãy ghi chính mã đó"),
        format!("`{text}` can mean several codes; write the code itself"),
    )
}

/// None of an attribute's `codes`. `meant` is the one that is probably meant, with its title, and `see` what shows all
/// of them.
pub fn no_code(text: &str, attribute: &str, codes: &[&str], meant: Option<&Words>, see: &str) -> Words {
    const SHOWN: usize = 12;
    let mut said = words(
        format!("`{text}` không có trong các mã của `{attribute}`"),
        format!("`{text}` is none of the codes of `{attribute}`"),
    );
    said.add(&did_you_mean(meant));
    let (count, all) = (codes.len(), codes.join(", "));
    said.add(&match count {
        0 => Words::same(""),
        1..=SHOWN => words(format!("; các mã được dùng: {all}"), format!("; allowed are {all}")),
        _ => words(format!("; xem đủ {count} mã: {see}"), format!("; see all {count} codes: {see}")),
    });
    said
}

fn did_you_mean(meant: Option<&Words>) -> Words {
    let meant =
        meant.map(|Words { vi, en }| words(format!("; có phải ý là {vi}?"), format!("; did you mean {en}?")));
    meant.unwrap_or_else(|| Words::same(""))
}

/// None of the agencies; `meant` and `see` as of a code.
pub fn no_agency(text: &str, attribute: &str, meant: Option<&Words>, see: &str) -> Words {
    let mut said = words(
        format!("`{text}` không có trong sổ đăng ký cơ quan, cho `{attribute}`"),
        format!("`{text}` is no agency of the register, for `{attribute}`"),
    );
    said.add(&did_you_mean(meant));
    said.add(&words(format!("; xem đủ các cơ quan: {see}"), format!("; see all agencies: {see}")));
    said
}

/// More characters than `max`.
pub fn too_long(text: &str, length: usize, max: u32) -> Words {
    words(
        format!("`{text}` có {length} ký tự; được nhiều nhất {max} ký tự"),
        format!("`{text}` has {length} characters; at most {max} are allowed"),
    )
}

/// No whole number.
pub fn no_integer(text: &str) -> Words {
    words(format!("`{text}` không phải là số nguyên"), format!("`{text}` is no whole number"))
}

/// No number.
pub fn no_number(text: &str) -> Words {
    words(format!("`{text}` không phải là số"), format!("`{text}` is no number"))
}

/// A number without an end, or beyond all measure.
pub fn no_number_to_keep(number: f64) -> Words {
    words(format!("{number} không phải là số lưu được"), format!("{number} is no number that can be kept"))
}

/// A number whose sign may stand before its fraction or between its thousands.
pub fn two_numbers(text: &str, as_fraction: &str, as_thousands: &str) -> Words {
    words(
        format!(
            "`{text}` có thể là {as_fraction} hoặc {as_thousands}, và không giá trị nào khác trong cột cho biết là số \
             nào; hãy ghi không có dấu phân cách hàng nghìn, hoặc thêm một chữ số 0"
        ),
        format!(
            "`{text}` can be {as_fraction} or {as_thousands}, and no other value of the column tells which; write it \
             without a sign between thousands, or with one more 0"
        ),
    )
}

/// More than `whole` digits before the point.
pub fn too_many_digits(digits: &str, whole: i32) -> Words {
    words(
        format!("{digits} có hơn {whole} chữ số ở phần nguyên"),
        format!("{digits} has more than {whole} digits before the point"),
    )
}

/// A number that is out of range.
pub fn out_of_range(shown: &dyn std::fmt::Display, bound: Bound, unit: &str) -> Words {
    let Words { vi, en } = match bound {
        Bound::Above(min) => {
            words(format!("phải lớn hơn {min}{unit}"), format!("it must be above {min}{unit}"))
        }
        Bound::Least(min) => words(
            format!("giá trị nhỏ nhất được phép là {min}{unit}"),
            format!("the smallest value allowed is {min}{unit}"),
        ),
        Bound::Most(max) => words(
            format!("giá trị lớn nhất được phép là {max}{unit}"),
            format!("the largest value allowed is {max}{unit}"),
        ),
        Bound::Number => words("không phải là số", "it is no number"),
    };
    words(format!("{shown} nằm ngoài khoảng cho phép: {vi}"), format!("{shown} is out of range: {en}"))
}

/// What a number that is out of range breaks.
#[derive(Debug, Clone, Copy)]
pub enum Bound {
    /// It must be above this.
    Above(f64),
    /// It must not be below this.
    Least(f64),
    /// It must not be above this.
    Most(f64),
    /// It must be one.
    Number,
}

/// A letter that stands for nothing.
pub fn unreadable(text: &str) -> Words {
    words(
        format!("`{text}` không đọc được theo bảng mã mà tệp ghi"),
        format!("`{text}` is not readable in the encoding that the file states"),
    )
}

/// A NUL character.
pub fn nul() -> Words {
    words("có ký tự NUL; hãy xóa đi", "holds a NUL character; remove it")
}

/// Another control character.
pub fn control_character(character: char) -> Words {
    let number = character as u32;
    words(
        format!("có ký tự điều khiển U+{number:04X}; hãy xóa đi"),
        format!("holds the control character U+{number:04X}; remove it"),
    )
}

/// Neither yes nor no.
pub fn no_boolean(text: &str) -> Words {
    words(
        format!("`{text}` không rõ là có hay không; hãy ghi có hoặc không, true hoặc false, 1 hoặc 0"),
        format!("`{text}` is neither yes nor no; write true or false, có or không, 1 or 0"),
    )
}

/// No day.
pub fn no_day(text: &str) -> Words {
    words(
        format!("`{text}` không phải là ngày; hãy ghi như 2025-07-01 hoặc 01/07/2025"),
        format!("`{text}` is no day; write it as 2025-07-01 or 01/07/2025"),
    )
}

/// No moment.
pub fn no_moment(text: &str) -> Words {
    words(
        format!("`{text}` không phải là thời điểm; hãy ghi như 2025-07-01T08:30:00+07:00"),
        format!("`{text}` is no moment; write it as 2025-07-01T08:30:00+07:00"),
    )
}
