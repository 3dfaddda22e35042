//! Masts, cables, post, public wifi.

use super::super::{
    geometry::{beside, length_m},
    province::Near,
    sheet::{Shape, Sheet, day, decimal, list, some_day, text, whole, yes},
    words,
};

const OPERATORS: &[&str] = &[
    "viettel",
    "viettel",
    "viettel",
    "viettel",
    "vnpt",
    "vnpt",
    "vnpt",
    "mobifone",
    "mobifone",
    "mobifone",
    "vietnamobile",
    "vietnamobile",
    "gmobile",
];

pub fn stations(sheet: &mut Sheet<'_>) {
    let province = sheet.province;
    let count = province.land.communes.len();
    for number in 0..1_500 {
        // Each commune has some; wards more.
        let commune =
            if number < count * 8 { number % count } else { province.any_commune(&mut sheet.random) };
        let near = sheet.random.choose(&[Near::Town, Near::Road, Near::Road, Near::Country]);
        let p = province.place(commune, near, &mut sheet.random);
        let random = &mut sheet.random;
        let operator = random.pick(OPERATORS);
        let tech: &[&str] = match operator {
            "gmobile" => &["2G"],
            "vietnamobile" => &["3G", "4G"],
            _ if near == Near::Town => &["2G", "4G", "5G"],
            _ => &["2G", "3G", "4G"],
        };
        let kind = if near == Near::Town { random.pick(&["A2a", "A2b", "A1"]) } else { "A1" };
        let height = if kind == "A1" { random.between(28.0, 60.0) } else { random.between(9.0, 24.0) };
        let code = format!(
            "{}-{}-{:04}",
            operator[..2].to_uppercase(),
            province.land.communes[commune].code,
            number + 1
        );
        let facts = vec![
            text("bts_code", code),
            text("operator", operator),
            list("tech", tech.iter().map(|t| (*t).to_owned()).collect()),
            decimal("height_m", height, 1),
            text("station_type", kind),
            yes("shared_use", random.chance(0.32)),
            text("owner", random.pick(words::COMPANIES)),
            text("permit_no", format!("MẪU-{:05}/GPXD", random.index(100_000))),
            day("permit_expiry", some_day(2026..=2035, random)),
            decimal("power_backup_h", random.between(2.0, 12.0), 1),
        ];
        sheet.add(commune, Shape::Point(p), facts);
    }
}

/// Cables beside roads of every kind.
pub fn cables(sheet: &mut Sheet<'_>) {
    for segment in &sheet.province.roads.segments {
        let share = match segment.class {
            "commune" => 0.25,
            "urban" => 0.4,
            _ => 0.95,
        };
        if !sheet.random.chance(share) {
            continue;
        }
        let kind = if segment.class == "urban" {
            "duct"
        } else {
            sheet.random.pick(&["aerial", "aerial", "buried"])
        };
        let line = beside(&segment.line, segment.width_m / 2.0 + 3.0);
        let code = sheet.code("cable_code", "CAP");
        let random = &mut sheet.random;
        let mut facts = vec![
            code,
            text("cable_type", kind),
            text("operator", random.pick(&["Viettel", "VNPT", "MobiFone", "FPT Telecom"])),
            decimal("length_m", length_m(&line), 2),
            whole("built_year", 2003 + random.index(22)),
            yes("shared_use", random.chance(0.45)),
            text("road_code", segment.code.clone()),
        ];
        if kind == "duct" {
            facts.push(whole("duct_count", 2 + random.index(10)));
        }
        sheet.add(segment.commune, Shape::line(line), facts);
    }
}

pub fn post_offices(sheet: &mut Sheet<'_>) {
    let province = sheet.province;
    for (commune, unit) in province.land.communes.iter().enumerate() {
        for n in 0..(if unit.is_ward() { 4 } else { 3 }) {
            let p = province.place(commune, if n == 0 { Near::Town } else { Near::Road }, &mut sheet.random);
            let (kind, title) = match (n, unit.is_ward()) {
                (0, true) if commune % 5 == 0 => ("level1", "Bưu cục trung tâm"),
                (0, true) => ("level2", "Bưu cục"),
                (0, false) => ("level3", "Bưu cục"),
                (1, false) => ("bdvhx", "Điểm Bưu điện - Văn hóa xã"),
                _ => ("agent", "Đại lý bưu chính"),
            };
            let code = sheet.code("post_code", "BC");
            let random = &mut sheet.random;
            let operator = if n == 0 || kind == "bdvhx" {
                "VNPost"
            } else {
                random.pick(&["Viettel Post", "VNPost", "J&T Express"])
            };
            let services = ["thư", "bưu kiện", "chuyển tiền", "chi trả lương hưu", "hành chính công"];
            let more = if n > 1 { format!(" {n}") } else { String::new() };
            let facts = vec![
                code,
                text("name_vi", format!("{title} {}{more}", unit.name)),
                text("point_type", kind),
                text("operator", operator),
                text("postal_code", format!("{}", 80_000 + commune * 40 + n)),
                text("opening_hours", random.pick(&["07:00-11:30, 13:00-17:00", "07:00-18:00"])),
                list("services", words::some(&services, 4, random)),
                whole("served_population", 1_500 + random.index(180) * 100),
            ];
            sheet.add(commune, Shape::Point(p), facts);
        }
    }
}

pub fn wifi(sheet: &mut Sheet<'_>) {
    let venues = [
        ("park", "Công viên"),
        ("market", "Chợ"),
        ("bus_station", "Bến xe"),
        ("hospital", "Cơ sở y tế"),
        ("office", "Trụ sở UBND"),
        ("tourism", "Điểm du lịch"),
        ("school", "Trường học"),
    ];
    let count = sheet.province.land.communes.len();
    for number in 0..360 {
        // Each commune's office has one.
        let ((venue, title), commune) = if number < count {
            (venues[4], number)
        } else {
            (venues[number % venues.len()], sheet.province.any_commune(&mut sheet.random))
        };
        let p = sheet.province.place(commune, Near::Town, &mut sheet.random);
        let name = sheet.commune_name(commune);
        let code = sheet.code("wifi_code", "WF");
        let random = &mut sheet.random;
        let speed = [20.0, 50.0, 100.0, 150.0, 300.0][random.index(5)];
        let facts = vec![
            code,
            text("name_vi", format!("Wifi {title} {name}")),
            text("ssid", "TayNinh-FreeWifi"),
            text("provider", random.pick(&["VNPT", "Viettel", "FPT Telecom"])),
            text("venue_type", venue),
            decimal("bandwidth_mbps", speed, 0),
            whole("max_users", speed as i64),
            yes("free", true),
            text("hours", if venue == "office" { "07:00-17:00" } else { "05:00-22:00" }),
        ];
        sheet.add(commune, Shape::Point(p), facts);
    }
}
