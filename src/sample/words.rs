//! Names that things bear in the province.

use super::random::Random;

/// Streets.
pub const STREETS: &[&str] = &[
    "Nguyễn Huệ",
    "Lê Lợi",
    "Trần Hưng Đạo",
    "Hùng Vương",
    "Nguyễn Trung Trực",
    "Trương Định",
    "Võ Văn Kiệt",
    "Phan Châu Trinh",
    "Huỳnh Tấn Phát",
    "Nguyễn Đình Chiểu",
    "Thủ Khoa Huân",
    "Lý Thường Kiệt",
    "Hai Bà Trưng",
    "Nguyễn Thị Minh Khai",
    "Cách Mạng Tháng Tám",
    "30 Tháng 4",
    "Lê Duẩn",
    "Phạm Văn Đồng",
    "Nguyễn Văn Linh",
    "Điện Biên Phủ",
    "Võ Thị Sáu",
    "Lạc Long Quân",
    "Nguyễn Chí Thanh",
    "Hoàng Hoa Thám",
    "Phan Đình Phùng",
    "Trần Phú",
    "Nguyễn Thông",
    "Huỳnh Văn Gấm",
    "Châu Thị Kim",
    "Nguyễn An Ninh",
];
/// People whom schools are called after.
pub const SCHOOLS: &[&str] = &[
    "Nguyễn Du",
    "Lê Quý Đôn",
    "Nguyễn Trãi",
    "Chu Văn An",
    "Kim Đồng",
    "Võ Thị Sáu",
    "Lý Tự Trọng",
    "Nguyễn Thái Bình",
    "Trần Quốc Toản",
    "Nguyễn Bỉnh Khiêm",
    "Lê Văn Tám",
    "Phan Bội Châu",
    "Hoa Sen",
    "Bình Minh",
    "Hướng Dương",
    "Sơn Ca",
];
/// First words of companies' names.
pub const COMPANIES: &[&str] = &[
    "Công ty Cổ phần Hạ tầng Phương Nam",
    "Công ty TNHH Đầu tư Sông Vàm",
    "Công ty Cổ phần Phát triển Long Tây",
    "Công ty TNHH Xây dựng Đồng Tháp Mười",
    "Công ty Cổ phần Khu công nghiệp Núi Bà",
    "Công ty TNHH Thành Vinh",
    "Công ty Cổ phần Đầu tư Tân Thành Phát",
    "Công ty TNHH Hạ tầng Minh Hưng",
];
/// What hotels, restaurants, shops are called.
pub const BRANDS: &[&str] = &[
    "Hoàng Gia",
    "Phương Nam",
    "Sông Quê",
    "Hương Sen",
    "Bình An",
    "Thiên Phú",
    "Ánh Dương",
    "Kim Ngân",
    "Minh Tâm",
    "Hồng Phúc",
    "Tân Tiến",
    "Sao Mai",
    "An Khang",
    "Đại Lộc",
    "Vạn Phát",
    "Quê Hương",
];
/// Two-digit classes of the economic activities (VSIC 2018) that parks draw.
pub const VSIC: &[&str] =
    &["10", "11", "13", "14", "15", "16", "17", "20", "22", "23", "25", "26", "27", "29", "31", "52"];

/// A number that stands for a decision of the sample; says that it is none.
pub fn decision(year: i32, random: &mut Random) -> String {
    format!("MẪU-{:04}/QĐ-UBND ({year})", 1 + random.index(4_000))
}

/// Several of a list, no one twice.
pub fn some(of: &[&str], most: usize, random: &mut Random) -> Vec<String> {
    let count = 1 + random.index(most);
    let start = random.index(of.len());
    let step = 1 + random.index(2);
    let mut picked: Vec<String> = (0..count).map(|n| of[(start + n * step) % of.len()].to_owned()).collect();
    picked.sort();
    picked.dedup();
    picked
}

/// Small letters without any marks, as names are searched: `đức hoà` and `Đức Hòa` are `duc hoa`.
pub fn folded(text: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    let plain = text.nfd().filter(|c| !matches!(*c as u32, 0x300..=0x36f));
    plain.map(|c| if matches!(c, 'đ' | 'Đ') { 'd' } else { c }).flat_map(char::to_lowercase).collect()
}
