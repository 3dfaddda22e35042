//! Growing areas, irrigation, farms.

use super::super::{
    geometry::{Blocks, along, area_m2, beside, blob, length_m, offset_m, walk},
    ground::Cover,
    province::Near,
    sheet::{Shape, Sheet, day, decimal, list, some_day, text, whole, yes},
    words,
};

/// Crop, varieties, tonnes a hectare, markets.
type Crop = (&'static str, &'static [&'static str], (f64, f64), &'static [&'static str]);
const CROPS: &[Crop] = &[
    (
        "rice",
        &["OM 5451", "Đài Thơm 8", "OM 18", "Nàng Hoa 9", "IR 4625"],
        (5.2, 7.4),
        &["nội địa", "Philippines", "Trung Quốc"],
    ),
    ("dragon_fruit", &["Ruột đỏ Long Định 1", "Ruột trắng"], (25.0, 38.0), &["Trung Quốc", "EU", "Hoa Kỳ"]),
    ("lemon", &["Chanh không hạt"], (18.0, 30.0), &["EU", "Trung Đông", "nội địa"]),
    ("durian", &["Ri6", "Dona"], (12.0, 22.0), &["Trung Quốc", "nội địa"]),
    ("sugar_cane", &["KK3", "LK92-11"], (65.0, 95.0), &["nội địa"]),
    ("vegetable", &["Rau ăn lá", "Dưa leo", "Ớt"], (15.0, 28.0), &["nội địa", "Hàn Quốc"]),
    ("other", &["Mãng cầu Bà Đen", "Khoai mì KM94", "Cao su RRIV"], (2.0, 32.0), &["nội địa", "Trung Quốc"]),
];

/// Which crop a place is known for.
fn crop_of([x, y]: [f64; 2], share: f64) -> usize {
    match () {
        () if y > 11.35 => [4, 6, 6, 3][(share * 4.0) as usize % 4],
        () if y > 11.0 => [0, 5, 6, 4][(share * 4.0) as usize % 4],
        () if x > 106.4 && y < 10.56 => [1, 1, 0, 5][(share * 4.0) as usize % 4],
        () if x > 106.28 && y > 10.6 => [2, 2, 0, 5][(share * 4.0) as usize % 4],
        () => 0,
    }
}

/// Fields in blocks, several of a group side by side.
pub fn growing_areas(sheet: &mut Sheet<'_>) {
    let province = sheet.province;
    for group in 0..170_i64 {
        let commune = sheet.random.index(province.land.communes.len());
        let p = province.place(commune, Near::Country, &mut sheet.random);
        let (crop, varieties, (least, most), markets) = CROPS[crop_of(p, sheet.random.unit())];
        let side = if crop == "rice" { 420.0 } else { 240.0 };
        let (columns, rows) = (1 + sheet.random.index(3), 1 + sheet.random.index(2));
        let angle = sheet.random.between(-0.5, 0.5);
        let blocks =
            Blocks { centre: p, angle, columns, rows, block_m: [side * 1.3, side], seed: 4_000 + group };
        let standard = sheet.random.pick(&["none", "none", "VietGAP", "VietGAP", "GlobalGAP", "organic"]);
        for (row, column) in (0..rows).flat_map(|r| (0..columns).map(move |c| (r, c))) {
            let ring = blocks.block(column, row);
            let open = |p: &[f64; 2]| {
                province.land.commune_at(*p) == Some(commune)
                    && matches!(province.ground.at(*p), Cover::Open | Cover::Roadside)
            };
            if !ring.iter().all(open) {
                continue;
            }
            let code = format!("VN-LATNOR-MAU-{:04}", sheet.number());
            let name = sheet.commune_name(commune);
            let random = &mut sheet.random;
            let facts = vec![
                text("growing_area_code", code),
                text("crop", crop),
                text("variety", random.pick(varieties)),
                decimal("area_ha", area_m2(&ring) / 1e4, 3),
                text("season", random.pick(&["dong_xuan", "he_thu", "thu_dong"])),
                day("sowing_date", some_day(2025..=2025, random)),
                decimal("expected_yield_t_ha", random.between(least, most), 1),
                text("standard", standard),
                text("farmer_group", format!("HTX mẫu {name} {}", 1 + group % 3)),
                list("market", words::some(markets, 2, random)),
                text(
                    "irrigation_source",
                    random.pick(&["kênh nội đồng", "giếng khoan", "sông Vàm Cỏ", "kênh Dầu Tiếng"]),
                ),
            ];
            sheet.add(commune, Shape::area(ring), facts);
        }
    }
}

/// Canals of each rural commune, side by side, with a sluice or a pump at their head; dykes along
/// the rivers; the large canals.
pub fn irrigation(sheet: &mut Sheet<'_>) {
    let province = sheet.province;
    for water in province.waterways.iter().filter(|w| w.kind != "river") {
        for piece in &water.pieces {
            add_work(sheet, Shape::line(piece.clone()), ("canal_1", water.name.to_owned()));
        }
    }
    for water in province.waterways.iter().filter(|w| w.kind == "river" && w.width_m > 100.0) {
        for (number, piece) in water.pieces.iter().enumerate() {
            let side = if number % 2 == 0 { 1.0 } else { -1.0 };
            let dyke = beside(piece, side * (water.width_m / 2.0 + 90.0));
            if dyke.iter().all(|p| province.land.commune_at(*p).is_some()) {
                add_work(
                    sheet,
                    Shape::line(dyke),
                    ("dyke", format!("Đê {} đoạn {}", water.name, number + 1)),
                );
            }
        }
    }
    for (commune, unit) in province.land.communes.iter().enumerate().filter(|(_, c)| !c.is_ward()) {
        let angle = sheet.random.between(0.0, std::f64::consts::TAU);
        let west = unit.position[0] < 106.3 && unit.position[1] < 10.9;
        for number in 0..(if west { 5 } else { 2 }) {
            let p = province.place(commune, Near::Country, &mut sheet.random);
            let kind = if number % 2 == 0 { "canal_2" } else { "canal_3" };
            let length = if kind == "canal_2" { 3_200.0 } else { 1_500.0 };
            let line = if west {
                vec![p, offset_m(p, angle.cos() * length, angle.sin() * length)]
            } else {
                walk(p, angle, length, &mut sheet.random)
            };
            if !line.iter().all(|p| province.land.commune_at(*p).is_some()) {
                continue;
            }
            let title = format!("Kênh {} {}", unit.name, number + 1);
            let head = line[0];
            add_work(sheet, Shape::line(line), (kind, title.clone()));
            if number % 2 == 0 {
                add_work(sheet, Shape::Point(head), ("sluice", format!("Cống đầu {title}")));
            } else {
                let site = blob(head, 70.0, &mut sheet.random);
                add_work(sheet, Shape::area(site), ("pump_station", format!("Trạm bơm {title}")));
            }
        }
    }
}

fn add_work(sheet: &mut Sheet<'_>, shape: Shape, (kind, name): (&'static str, String)) {
    let (at, length) = match &shape {
        Shape::Point(p) => (*p, 0.0),
        Shape::Lines(lines) => (along(&lines[0], length_m(&lines[0]) / 2.0), length_m(&lines[0])),
        Shape::Areas(areas) => (areas[0][0][0], 0.0),
    };
    let commune = sheet.province.commune_near(at);
    let code = sheet.code("irrigation_code", "TL");
    let random = &mut sheet.random;
    let mut facts = vec![
        code,
        text("work_type", kind),
        text("name_vi", name),
        decimal("served_area_ha", random.between(40.0, if kind == "canal_1" { 6_000.0 } else { 900.0 }), 0),
        text("manager", if kind == "canal_1" { "Công ty Khai thác thủy lợi (mẫu)" } else { "UBND xã" }),
    ];
    if length > 0.0 {
        facts.push(decimal("length_m", length, 1));
    }
    match kind {
        "dyke" => facts.push(decimal("crest_level_m", random.between(1.8, 3.6), 2)),
        "sluice" => facts.push(yes("salinity_gate", at[1] < 10.65 && at[0] > 106.3)),
        _ => {}
    }
    if kind != "dyke" {
        facts.push(decimal(
            "capacity_m3s",
            random.between(0.4, if kind == "canal_1" { 60.0 } else { 6.0 }),
            2,
        ));
    }
    sheet.add(commune, shape, facts);
}

pub fn farms(sheet: &mut Sheet<'_>) {
    for _ in 0..820 {
        let (commune, p) = sheet.anywhere(Near::Country);
        let brackish = p[1] < 10.6 && p[0] > 106.5;
        let code = sheet.code("farm_code", "TRAI");
        let random = &mut sheet.random;
        let kind = if brackish {
            random.pick(&["shrimp", "shrimp", "shrimp", "fish", "poultry"])
        } else {
            random.pick(&["pig", "pig", "poultry", "poultry", "cattle", "fish"])
        };
        let (scale, size) = random.choose(&[
            ("household", 1.0),
            ("household", 1.2),
            ("small", 4.0),
            ("medium", 15.0),
            ("large", 70.0),
        ]);
        let heads = match kind {
            "pig" => 35.0,
            "cattle" => 8.0,
            "poultry" => 600.0,
            _ => 9_000.0,
        };
        let mut facts = vec![
            code,
            text("farm_type", kind),
            text("scale", scale),
            whole("head_count", (heads * size * random.between(0.6, 1.4)) as i64),
        ];
        if matches!(kind, "shrimp" | "fish") {
            facts.push(decimal("pond_area_ha", size * random.between(0.2, 0.6), 2));
        }
        if matches!(scale, "large" | "medium") {
            facts.push(text("biosecurity_cert", format!("MẪU-ATDB-{:04}", random.index(10_000))));
            facts.push(day("cert_expiry", some_day(2026..=2030, random)));
        }
        if random.chance(0.1) {
            facts.push(day("last_disease_event", some_day(2019..=2024, random)));
        }
        sheet.add(commune, Shape::Point(p), facts);
    }
}
