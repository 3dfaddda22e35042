//! Schools, health, work, culture, science.

use super::super::{
    facts,
    geometry::{area_m2, blob},
    province::Near,
    sheet::{Shape, Sheet, day, decimal, list, some_day, text, whole, yes},
    words,
};

type School = (&'static str, &'static str, usize, usize, (f64, f64));
/// Level, title, how many in each commune, one more in so many, pupils.
const SCHOOLS: &[School] = &[
    ("kindergarten", "Trường Mầm non", 2, 2, (140.0, 480.0)),
    ("primary", "Trường Tiểu học", 3, 2, (280.0, 1_100.0)),
    ("lower_secondary", "Trường THCS", 1, 2, (350.0, 1_400.0)),
    ("upper_secondary", "Trường THPT", 0, 2, (700.0, 1_900.0)),
    ("multi", "Trường TH-THCS", 0, 4, (300.0, 900.0)),
    ("continuing", "Trung tâm GDNN-GDTX", 0, 8, (150.0, 600.0)),
    ("centre", "Trung tâm ngoại ngữ", 0, 3, (60.0, 300.0)),
];

pub fn schools(sheet: &mut Sheet<'_>) {
    for commune in 0..sheet.province.land.communes.len() {
        let ward = sheet.province.land.communes[commune].is_ward();
        for &(level, title, always, one_in, (least, most)) in SCHOOLS {
            let more = usize::from(commune % one_in == 0) + usize::from(ward);
            for n in 0..always + more {
                let near = if n == 0 { Near::Town } else { Near::Road };
                let p = sheet.province.place(commune, near, &mut sheet.random);
                let name = sheet.commune_name(commune);
                let code = sheet.code("school_code", "80TH");
                let random = &mut sheet.random;
                let called = if n == 0 { name } else { random.pick(words::SCHOOLS) };
                let pupils = random.between(least, most);
                let private = matches!(level, "centre") || random.chance(0.08);
                let facts = vec![
                    code,
                    text("name_vi", format!("{title} {called}")),
                    text("level", level),
                    text("ownership", if private { "private" } else { "public" }),
                    whole("pupil_count", pupils as i64),
                    whole("class_count", (pupils / random.between(28.0, 40.0)).ceil() as i64),
                    text("national_standard", random.pick(&["none", "none", "1", "1", "2"])),
                    decimal("land_area_m2", pupils * random.between(8.0, 20.0), 0),
                    whole("campus_no", 1),
                ];
                sheet.add(commune, Shape::Point(p), facts);
            }
        }
    }
}

type Health = (&'static str, &'static str, usize, usize, Near, &'static str);
/// Type, title, how many in each commune, one more in so many, near, licensed for.
const HEALTH: &[Health] = &[
    ("commune_station", "Trạm Y tế", 1, 96, Near::Town, "Khám chữa bệnh ban đầu"),
    ("hospital", "Bệnh viện Đa khoa", 0, 7, Near::Road, "Khám chữa bệnh nội trú"),
    ("clinic", "Phòng khám Đa khoa", 0, 2, Near::Town, "Khám chữa bệnh ngoại trú"),
    ("vaccination", "Điểm tiêm chủng", 0, 3, Near::Town, "Tiêm chủng"),
    ("laboratory", "Phòng xét nghiệm", 0, 6, Near::Town, "Xét nghiệm sinh hóa"),
    ("pharmacy", "Nhà thuốc", 2, 2, Near::Town, "Bán lẻ thuốc"),
    ("food_business", "Cơ sở chế biến thực phẩm", 1, 3, Near::Road, "Sản xuất thực phẩm"),
    ("cosmetics", "Cơ sở mỹ phẩm", 0, 9, Near::Town, "Sản xuất mỹ phẩm"),
    ("insecticide", "Cơ sở chế phẩm diệt côn trùng", 0, 16, Near::Road, "Sản xuất chế phẩm"),
];

pub fn health_facilities(sheet: &mut Sheet<'_>) {
    for commune in 0..sheet.province.land.communes.len() {
        let ward = sheet.province.land.communes[commune].is_ward();
        for &(kind, title, always, one_in, near, scope) in HEALTH {
            let more = usize::from(commune % one_in == 1) + if ward && kind == "pharmacy" { 4 } else { 0 };
            for n in 0..always + more {
                let p = sheet.province.place(commune, near, &mut sheet.random);
                let name = sheet.commune_name(commune);
                let code = sheet.code("facility_code", "80YT");
                let random = &mut sheet.random;
                let shop = !matches!(kind, "commune_station" | "hospital" | "vaccination");
                let called = if shop { random.pick(words::BRANDS) } else { name };
                let beds = match kind {
                    "hospital" => 60 + random.index(55) * 10,
                    "commune_station" => 5,
                    "clinic" => random.index(15),
                    _ => 0,
                };
                let mut facts = vec![
                    code,
                    text(
                        "name_vi",
                        if n == 0 || shop {
                            format!("{title} {called}")
                        } else {
                            format!("{title} {called} {}", n + 1)
                        },
                    ),
                    text("facility_type", kind),
                    text("licence_no", format!("MẪU-{:05}/GPHĐ", random.index(100_000))),
                    day("licence_date", some_day(2016..=2024, random)),
                    text("scope", scope),
                    whole("beds", beds),
                    text("opening_hours", if kind == "hospital" { "24/7" } else { "07:00-17:00" }),
                ];
                if shop {
                    facts.push(day("licence_expiry", some_day(2026..=2030, random)));
                }
                sheet.add(commune, Shape::Point(p), facts);
            }
        }
    }
}

pub fn training_centres(sheet: &mut Sheet<'_>) {
    let trades = [
        "hàn",
        "may công nghiệp",
        "điện công nghiệp",
        "cơ khí",
        "lái xe",
        "kế toán",
        "điều dưỡng",
        "chế biến thực phẩm",
    ];
    for _ in 0..46 {
        let (commune, p) = sheet.anywhere(Near::Town);
        let name = sheet.commune_name(commune);
        let code = sheet.code("centre_code", "DN");
        let number = sheet.number();
        let random = &mut sheet.random;
        let (kind, title) = random.choose(&[
            ("job_service", "Điểm giao dịch việc làm"),
            ("college", "Trường Cao đẳng nghề"),
            ("vocational", "Trung tâm GDNN"),
            ("vocational", "Trường Trung cấp"),
        ]);
        let facts = vec![
            code,
            text("name_vi", format!("{title} {name}")),
            text("centre_type", kind),
            list("occupations", words::some(&trades, 4, random)),
            whole("annual_capacity", 80 + random.index(30) * 20),
            text("licence_no", format!("MẪU-{:04}/GCN-ĐKHĐ", random.index(10_000))),
            day("licence_expiry", some_day(2027..=2032, random)),
            text("website", format!("https://dn{number}.example.vn")),
        ];
        sheet.add(commune, Shape::Point(p), facts);
    }
}

pub fn heritage(sheet: &mut Sheet<'_>) {
    for [name, kind, rank, code] in facts::rows(facts::HERITAGE) {
        if let Some(commune) = sheet.province.land.commune_of(code) {
            add_site(sheet, commune, (name.to_owned(), kind, rank));
        }
    }
    let kinds = [
        ("Đình", "architecture"),
        ("Chùa", "architecture"),
        ("Miếu", "architecture"),
        ("Căn cứ kháng chiến", "history"),
        ("Di chỉ khảo cổ gò", "archaeology"),
        ("Bia chiến thắng", "history"),
    ];
    for number in 0..115 {
        let commune = sheet.random.index(sheet.province.land.communes.len());
        let (title, kind) = kinds[number % kinds.len()];
        let name = format!("{title} {}", sheet.commune_name(commune));
        let rank = sheet.random.pick(&["provincial", "provincial", "inventory", "inventory", "inventory"]);
        add_site(sheet, commune, (name, kind, rank));
    }
}

/// The site and, around it, what must not be built up.
fn add_site(sheet: &mut Sheet<'_>, commune: usize, (name, kind, rank): (String, &str, &str)) {
    let p = sheet.province.place(commune, Near::Road, &mut sheet.random);
    let across = if kind == "scenic" { 1_500.0 } else { sheet.random.between(60.0, 260.0) };
    let ring = blob(p, across, &mut sheet.random);
    let zone = if kind == "scenic" || sheet.random.chance(0.7) { "I" } else { "II" };
    let code = sheet.code("heritage_code", "DTLS");
    let random = &mut sheet.random;
    let mut facts = vec![
        code,
        text("name_vi", name),
        text("heritage_type", kind),
        text("rank", rank),
        text("zone", zone),
        decimal("area_m2", area_m2(&ring), 1),
        text("condition", random.pick(&["good", "good", "good", "degraded", "critical"])),
        text("manager", random.pick(&["UBND xã", "Ban Quản lý di tích (mẫu)"])),
    ];
    if rank != "inventory" {
        facts.push(text("rank_decision", format!("MẪU-{:04}/QĐ", random.index(10_000))));
        facts.push(day("rank_date", some_day(1989..=2024, random)));
    }
    sheet.add(commune, Shape::area(ring), facts);
}

/// Type, Vietnamese and English title, near.
const PLACES: &[(&str, &str, &str, Near)] = &[
    ("attraction", "Khu du lịch", "Park", Near::Country),
    ("hotel", "Khách sạn", "Hotel", Near::Town),
    ("hotel", "Nhà nghỉ", "Guest house", Near::Road),
    ("homestay", "Homestay", "Homestay", Near::Country),
    ("restaurant", "Nhà hàng", "Restaurant", Near::Road),
    ("restaurant", "Quán", "Eatery", Near::Town),
    ("museum", "Bảo tàng", "Museum", Near::Town),
    ("library", "Thư viện", "Library", Near::Town),
    ("stadium", "Sân vận động", "Stadium", Near::Town),
    ("theatre", "Nhà văn hóa", "Culture house", Near::Town),
    ("festival", "Điểm lễ hội", "Festival ground", Near::Town),
];

pub fn tourism(sheet: &mut Sheet<'_>) {
    for number in 0..330 {
        let (kind, title, english, near) = PLACES[number % PLACES.len()];
        let (commune, p) = sheet.anywhere(near);
        let name = sheet.commune_name(commune);
        let code = sheet.code("place_code", "DL");
        let number = sheet.number();
        let random = &mut sheet.random;
        let brand = random.pick(words::BRANDS);
        let public = matches!(kind, "museum" | "library" | "stadium" | "theatre" | "festival");
        let called = if public { name } else { brand };
        let stays = matches!(kind, "hotel" | "homestay");
        let rooms = if kind == "hotel" { 12 + random.index(110) } else { 2 + random.index(8) };
        let mut facts = vec![
            code,
            text("name_vi", format!("{title} {called}")),
            text(
                "name_en",
                format!(
                    "{} {english}",
                    words::folded(called).split(' ').map(capital).collect::<Vec<_>>().join(" ")
                ),
            ),
            text("place_type", kind),
            text("opening_hours", if stays { "24/7" } else { "08:00-21:00" }),
            text("website", format!("https://dl{number}.example.vn")),
        ];
        if stays {
            facts.push(whole("rooms", rooms));
            facts.push(whole("stars", if kind == "hotel" { (rooms / 25).min(5) } else { 0 }));
        }
        if !public {
            facts.push(text("licence_no", format!("MẪU-{:05}/GP", random.index(100_000))));
        }
        sheet.add(commune, Shape::Point(p), facts);
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

pub fn science(sheet: &mut Sheet<'_>) {
    let kinds = [
        ("organisation", "Trung tâm Ứng dụng KH&CN", "Công nghệ sinh học"),
        ("lab", "Phòng thí nghiệm", "Kiểm nghiệm"),
        ("radiation_source", "Cơ sở X-quang", "Bức xạ y tế"),
        ("startup", "Doanh nghiệp khởi nghiệp", "Công nghệ thông tin"),
        ("measuring_station", "Trạm quan trắc", "Môi trường nước"),
        ("gi_area", "Vùng chỉ dẫn địa lý", "Sở hữu trí tuệ"),
    ];
    for number in 0..72 {
        let (kind, title, field) = kinds[number % kinds.len()];
        let (commune, p) = sheet.anywhere(if matches!(kind, "gi_area" | "measuring_station") {
            Near::Country
        } else {
            Near::Town
        });
        let shape = if kind == "gi_area" {
            Shape::area(blob(p, 2_600.0, &mut sheet.random))
        } else {
            Shape::Point(p)
        };
        let name = sheet.commune_name(commune);
        let code = sheet.code("science_code", "KH");
        let random = &mut sheet.random;
        let mut facts = vec![
            code,
            text("name_vi", format!("{title} {name}")),
            text("object_type", kind),
            text("field", field),
            yes("is_sensitive", kind == "radiation_source"),
        ];
        if let Shape::Areas(areas) = &shape {
            facts.push(decimal("area_ha", area_m2(&areas[0][0]) / 1e4, 2));
        }
        if matches!(kind, "lab" | "radiation_source" | "organisation") {
            facts.push(text("licence_no", format!("MẪU-{:04}/GP-KHCN", random.index(10_000))));
            facts.push(day("licence_expiry", some_day(2026..=2030, random)));
        }
        sheet.add(commune, shape, facts);
    }
}
