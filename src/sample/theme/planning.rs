//! Plans of the province and of its towns, prices of land, networks below the streets, projects.

use super::super::{
    geometry::{Line, area_m2, beside, blob, dissolve, length_m},
    ground::Cover,
    province::{Near, Province},
    random::Random,
    sheet::{Shape, Sheet, day, decimal, some_day, text, whole},
    words,
};
use time::macros::date;

/// What the province plan makes of a commune.
fn zone_type(province: &Province, number: usize) -> &'static str {
    let commune = &province.land.communes[number];
    let gates = province.gates.iter().filter(|g| g.gate_type != "gate_secondary");
    let has_gate = gates.clone().any(|g| province.commune_near(g.position) == number);
    let estates = province.estates.iter().filter(|e| e.commune == number).count();
    let wooded = (0..120)
        .filter(|&n| {
            let p = province.land.position_in(number, 1.0, &mut Random::at(number as i64, n, 71));
            matches!(province.ground.at(p), Cover::Lake | Cover::SpecialWood | Cover::ProtectionWood)
        })
        .count();
    match commune.code {
        "25480" | "25552" => return "tourism",
        "28207" | "28159" => return "logistics",
        _ => {}
    }
    match () {
        () if has_gate => "border_economy",
        () if commune.is_ward() => "urban",
        () if wooded > 12 => "ecology",
        () if estates >= 2 => "industrial",
        () => "agriculture",
    }
}

/// Neighbouring communes of one type make one zone.
pub fn province_zones(sheet: &mut Sheet<'_>) {
    let province = sheet.province;
    let communes = &province.land.communes;
    let types: Vec<_> = (0..communes.len()).map(|n| zone_type(province, n)).collect();
    let mut zone_of: Vec<Option<usize>> = vec![None; communes.len()];
    for start in 0..communes.len() {
        if zone_of[start].is_some() {
            continue;
        }
        let mut waiting = vec![start];
        while let Some(here) = waiting.pop() {
            if zone_of[here].replace(start).is_some() {
                continue;
            }
            let near = (0..communes.len())
                .filter(|&n| zone_of[n].is_none() && types[n] == types[start] && touch(province, here, n));
            waiting.extend(near);
        }
        let members: Vec<usize> = (0..communes.len()).filter(|n| zone_of[*n] == Some(start)).collect();
        add_zone(sheet, types[start], &members);
    }
}

fn touch(province: &Province, one: usize, other: usize) -> bool {
    let ring = |n: usize| &province.land.communes[n].ring;
    ring(one).windows(2).any(|a| ring(other).windows(2).any(|b| a[0] == b[1] && a[1] == b[0]))
}

fn add_zone(sheet: &mut Sheet<'_>, zone_type: &'static str, members: &[usize]) {
    let province = sheet.province;
    let rings: Vec<&Line> = members.iter().map(|n| &province.land.communes[*n].ring).collect();
    let areas = dissolve(&rings);
    let area: f64 = rings.iter().map(|r| area_m2(r)).sum();
    let (title, symbol) = match zone_type {
        "urban" => ("Vùng đô thị", "DT"),
        "industrial" => ("Vùng công nghiệp", "CN"),
        "ecology" => ("Vùng sinh thái, bảo tồn", "ST"),
        "tourism" => ("Vùng du lịch", "DL"),
        "border_economy" => ("Vùng kinh tế cửa khẩu", "KTCK"),
        "logistics" => ("Vùng cảng và logistics", "LOG"),
        _ => ("Vùng nông nghiệp", "NN"),
    };
    let number = sheet.number();
    let largest = members.iter().max_by(|a, b| {
        let size = |n: usize| area_m2(&province.land.communes[n].ring);
        size(**a).total_cmp(&size(**b))
    });
    let commune = largest.copied().unwrap_or_default();
    let facts = vec![
        text("plan_zone_id", format!("QHT-{number:02}")),
        text("plan_name", format!("{title} {}", sheet.commune_name(commune))),
        text("plan_level", "province"),
        text("zone_code", format!("{symbol}-{number:02}")),
        text("zone_type", zone_type),
        whole("period_from", 2021),
        whole("period_to", 2030),
        text("approval_doc", words::decision(2023, &mut sheet.random)),
        text("plan_status", "approved"),
        whole("scale_denominator", 50_000),
        decimal("area_ha", area / 1e4, 2),
        text("status", "planned"),
    ];
    sheet.add(commune, Shape::Areas(areas), facts);
}

/// Function of a block, floors, density in percent.
const FUNCTIONS: &[(&str, i64, f64)] = &[
    ("OHT", 4, 70.0),
    ("OHT", 5, 65.0),
    ("OM", 7, 50.0),
    ("OM", 9, 45.0),
    ("TMDV", 12, 50.0),
    ("GD", 4, 40.0),
    ("CQ", 6, 40.0),
    ("YT", 7, 40.0),
    ("CX", 1, 5.0),
    ("HTKT", 2, 30.0),
];

/// The blocks of each ward's town and of the larger communes'.
pub fn urban_zones(sheet: &mut Sheet<'_>) {
    let province = sheet.province;
    for (commune, town) in province.towns.iter().enumerate() {
        let ward = province.land.communes[commune].is_ward();
        if !ward && town.columns * town.rows < 9 {
            continue;
        }
        let name = province.land.communes[commune].title_within();
        let decision = words::decision(2024, &mut sheet.random);
        for (row, column) in (0..town.rows).flat_map(|r| (0..town.columns).map(move |c| (r, c))) {
            let ring = town.block(column, row);
            let (function, floors, density) = sheet.random.choose(FUNCTIONS);
            let density = density * sheet.random.between(0.8, 1.1);
            let homes = matches!(function, "OHT" | "OM");
            let area = area_m2(&ring);
            let facts = vec![
                text(
                    "urban_zone_id",
                    format!("PK-{}-{:02}{:02}", province.land.communes[commune].code, row + 1, column + 1),
                ),
                text("plan_name", format!("Quy hoạch phân khu trung tâm {name}")),
                text("plan_scale", if ward { "2000" } else { "5000" }),
                text("function_code", function),
                whole("max_floors", floors),
                decimal("building_density_pct", density, 2),
                decimal("far", density / 100.0 * floors as f64 * 0.8, 2),
                whole("population", if homes { (area / 45.0) as i64 } else { 0 }),
                text("approval_doc", decision.clone()),
                decimal("red_line_width_m", if floors > 6 { 24.0 } else { 16.0 }, 0),
                text("status", "planned"),
            ];
            sheet.add(commune, Shape::area(ring), facts);
        }
    }
}

type Pipe = (&'static str, &'static str, (f64, f64), f64, f64);
/// Network, material, diameter in millimetres, metres beside the street's middle, metres deep.
const NETWORKS: &[Pipe] = &[
    ("water", "HDPE", (63.0, 300.0), 4.0, 1.0),
    ("drainage", "bê tông cốt thép", (600.0, 1_500.0), -4.5, 2.2),
    ("sewer", "HDPE", (200.0, 500.0), -3.0, 2.8),
    ("lighting", "đồng bọc", (20.0, 40.0), 5.5, 0.6),
    ("power", "nhôm bọc XLPE", (30.0, 90.0), 6.5, 0.9),
    ("telecom", "ống PVC", (110.0, 160.0), -6.5, 0.8),
];

pub fn utilities(sheet: &mut Sheet<'_>) {
    let province = sheet.province;
    for segment in province.roads.segments.iter().filter(|s| s.class == "urban") {
        let ward = province.land.communes[segment.commune].is_ward();
        for &(network, material, (least, most), aside, depth) in NETWORKS {
            if !sheet.random.chance(if ward { 0.75 } else { 0.25 }) {
                continue;
            }
            let line = beside(&segment.line, aside);
            let code = sheet.code("utility_id", "HTKT");
            let random = &mut sheet.random;
            let operator = match network {
                "water" => "Công ty Cấp nước (mẫu)",
                "power" | "lighting" => "Công ty Điện lực (mẫu)",
                "telecom" => "Doanh nghiệp viễn thông (mẫu)",
                _ => "Ban Quản lý công trình công cộng",
            };
            let facts = vec![
                code,
                text("network", network),
                text("material", material),
                decimal("diameter_mm", (random.between(least, most) / 10.0).ceil() * 10.0, 0),
                decimal("depth_m", depth * random.between(0.8, 1.3), 2),
                whole("install_year", 1998 + random.index(27)),
                text("operator", operator),
                decimal("length_m", length_m(&line), 2),
            ];
            sheet.add(segment.commune, Shape::line(line), facts);
        }
    }
}

/// Prices along streets and numbered roads by position, and over the rest of each commune.
pub fn land_prices(sheet: &mut Sheet<'_>) {
    let province = sheet.province;
    let decision = format!("MẪU-0071/QĐ-UBND ({})", 2025);
    for segment in province.roads.segments.iter().filter(|s| s.class != "commune") {
        let commune = &province.land.communes[segment.commune];
        let ward = commune.is_ward();
        let code = if ward { "ODT" } else { "ONT" };
        let near_city = ((106.75 - commune.position[0]) * 1.6).clamp(0.15, 1.4);
        let base =
            if segment.class == "urban" { 9.5e6 } else { 5.0e6 } * if ward { 2.2 } else { 1.0 } / near_city;
        let positions = if segment.class == "urban" { 2 } else { 1 };
        for position in 1..=positions {
            let id = sheet.code("price_segment_id", "GD");
            let price = base * sheet.random.between(0.6, 1.5) / f64::from(position * position);
            let crossed = sheet.random.index(words::STREETS.len());
            let (from, to) = (words::STREETS[crossed], words::STREETS[(crossed + 7) % words::STREETS.len()]);
            let facts = vec![
                id,
                text("segment_name", segment.name.clone()),
                text("from_point", format!("Giao đường {from}")),
                text("to_point", format!("Giao đường {to}")),
                whole("position_no", position),
                text("land_use_code", code),
                decimal("price_vnd_m2", (price / 1e4).round().max(20.0) * 1e4, 0),
                text("decision_no", decision.clone()),
                day("effective_from", date!(2026 - 01 - 01)),
                decimal("depth_m", if position == 1 { 50.0 } else { 100.0 }, 0),
            ];
            let line = beside(&segment.line, if position == 1 { 0.0 } else { 60.0 });
            sheet.add(segment.commune, Shape::line(line), facts);
        }
    }
    for (number, commune) in province.land.communes.iter().enumerate() {
        let id = sheet.code("price_segment_id", "GD");
        let price = sheet.random.between(1.1e5, 3.2e5);
        let facts = vec![
            id,
            text("segment_name", format!("Đất nông nghiệp {}", commune.title_within())),
            text("from_point", "Toàn xã"),
            text("to_point", "Toàn xã"),
            whole("position_no", 4),
            text("land_use_code", "LUC"),
            decimal("price_vnd_m2", (price / 1e3).round() * 1e3, 0),
            text("decision_no", decision.clone()),
            day("effective_from", date!(2026 - 01 - 01)),
            day("effective_to", date!(2026 - 12 - 31)),
        ];
        sheet.add(number, Shape::area(commune.ring.clone()), facts);
    }
}

/// What is built, agency, million dong.
const PROJECTS: &[(&str, &str, (f64, f64))] = &[
    ("Nâng cấp, mở rộng", "Ban QLDA giao thông tỉnh (mẫu)", (80_000.0, 1_900_000.0)),
    ("Xây dựng Trường THPT", "Ban QLDA dân dụng và công nghiệp (mẫu)", (40_000.0, 160_000.0)),
    ("Xây dựng Trạm Y tế", "Ban QLDA dân dụng và công nghiệp (mẫu)", (6_000.0, 25_000.0)),
    ("Hệ thống thủy lợi", "Ban QLDA nông nghiệp (mẫu)", (30_000.0, 420_000.0)),
    ("Trụ sở làm việc", "UBND xã", (12_000.0, 60_000.0)),
    ("Công viên trung tâm", "UBND xã", (8_000.0, 45_000.0)),
];

pub fn public_projects(sheet: &mut Sheet<'_>) {
    let province = sheet.province;
    let roads: Vec<_> = province.roads.segments.iter().filter(|s| !s.is_local()).collect();
    for number in 0..150 {
        let (title, agency, (least, most)) = PROJECTS[number % PROJECTS.len()];
        let road = roads[sheet.random.index(roads.len())];
        let (commune, p) = sheet.anywhere(if number % 6 == 3 { Near::Country } else { Near::Town });
        let name = sheet.commune_name(commune);
        let (commune, shape, name) = match number % 6 {
            0 => (
                road.commune,
                Shape::line(road.line.clone()),
                format!("{title} {} ({})", road.name, road.code),
            ),
            3 => {
                let line = super::super::geometry::walk(
                    p,
                    sheet.random.between(0.0, 6.2),
                    3_500.0,
                    &mut sheet.random,
                );
                (commune, Shape::line(line), format!("{title} {name}"))
            }
            5 => (commune, Shape::area(blob(p, 160.0, &mut sheet.random)), format!("{title} {name}")),
            _ => (commune, Shape::Point(p), format!("{title} {name}")),
        };
        let code = sheet.code("project_code", "DTC");
        let random = &mut sheet.random;
        let total = (random.between(least, most) / 100.0).round() * 100.0;
        let progress = random.between(0.0, 100.0);
        let fund = match number % 6 {
            0 => random.pick(&["central", "province", "province", "oda"]),
            4 | 5 => random.pick(&["commune", "district_legacy"]),
            _ => "province",
        };
        let facts = vec![
            code,
            text("name_vi", name),
            text("investor_agency", agency),
            text("fund_source", fund),
            decimal("total_mil_vnd", total, 0),
            decimal("disbursed_mil_vnd", total * progress / 100.0 * random.between(0.7, 1.0), 0),
            day("start_date", some_day(2022..=2024, random)),
            day("planned_finish", some_day(2026..=2028, random)),
            decimal("progress_pct", progress, 2),
            text("status", if progress < 4.0 { "planned" } else { "under_construction" }),
        ];
        sheet.add(commune, shape, facts);
    }
}
