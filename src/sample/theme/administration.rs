//! Communes and what is counted of them, the border.

use super::super::{
    geometry::{Line, Position, area_m2, distance_m, length_m},
    province::Province,
    sheet::{Shape, Sheet, day, decimal, list, some_day, text, whole, yes},
    words,
};
use time::macros::date;

pub fn communes(sheet: &mut Sheet<'_>) {
    let province = sheet.province;
    for (number, commune) in province.land.communes.iter().enumerate() {
        let former = |(code, name, whole): &(&str, &str, bool)| {
            format!("{name} ({code}{})", if *whole { "" } else { ", một phần" })
        };
        let facts = vec![
            text("code", commune.code),
            text("name_vi", commune.name),
            text("name_search", words::folded(commune.name)),
            text("unit_type", commune.unit_type),
            decimal("area_km2", area_m2(&commune.ring) / 1e6, 2),
            list("predecessors", commune.former.iter().map(former).collect()),
            text("decision_no", "1682/NQ-UBTVQH15"),
            text("legal_doc_no", "MẪU: ranh giới vẽ, không phải ranh giới thật"),
        ];
        sheet.add(number, Shape::area(commune.ring.clone()), facts);
    }
}

pub fn commune_figures(sheet: &mut Sheet<'_>) {
    let province = sheet.province;
    for (number, commune) in province.land.communes.iter().enumerate() {
        let area_km2 = area_m2(&commune.ring) / 1e6;
        let random = &mut sheet.random;
        let density =
            if commune.is_ward() { random.between(900.0, 2_400.0) } else { random.between(140.0, 650.0) };
        let population = (area_km2 * density).clamp(8_000.0, 120_000.0);
        let declared = 24 + random.index(14);
        let facts = vec![
            text("commune_code", commune.code),
            text("period", "2026-H1"),
            whole("population", population as i64),
            whole("households", (population / random.between(3.3, 4.1)) as i64),
            decimal("area_km2", area_km2, 2),
            decimal("poverty_pct", random.between(0.1, 3.2), 2),
            whole("datasets_declared", declared),
            whole("datasets_live", random.index(declared + 1)),
        ];
        sheet.add(number, Shape::area(commune.ring.clone()), facts);
    }
}

/// The state border: the boundary of the province from its north-eastern to its western end.
fn frontier(province: &Province) -> Line {
    const EASTERN_END: Position = [106.45, 11.66];
    const WESTERN_END: Position = [105.50, 10.95];
    let outline = &province.land.outline;
    let ring = &outline[..outline.len().saturating_sub(1)];
    let nearest = |p: Position| {
        let nearer = |a: &usize, b: &usize| distance_m(ring[*a], p).total_cmp(&distance_m(ring[*b], p));
        (0..ring.len()).min_by(nearer).unwrap_or_default()
    };
    let (start, end) = (nearest(EASTERN_END), nearest(WESTERN_END));
    // Counterclockwise: from the east over the north to the west.
    let count = (end + ring.len() - start) % ring.len().max(1);
    (0..=count).map(|i| ring[(start + i) % ring.len()]).collect()
}

const FIRST_MARKER: usize = 69;
const SECTION_M: f64 = 3_600.0;

/// The border between one main marker and the next.
fn sections(province: &Province) -> Vec<Line> {
    let mut sections: Vec<Line> = Vec::new();
    let mut section: Line = Vec::new();
    for p in frontier(province) {
        section.push(p);
        if length_m(&section) > SECTION_M {
            sections.push(std::mem::replace(&mut section, vec![p]));
        }
    }
    match sections.last_mut() {
        Some(last) => last.extend(section.iter().skip(1)),
        None => sections.push(section),
    }
    sections
}

fn commune_of(province: &Province, line: &[Position]) -> usize {
    // Just beside the middle: the line itself lies in no commune.
    let middle = line[line.len() / 2];
    let near = |a: &usize, b: &usize| {
        let ring_distance = |n: &usize| {
            let ring = &province.land.communes[*n].ring;
            ring.iter().map(|p| distance_m(*p, middle)).fold(f64::INFINITY, f64::min)
        };
        ring_distance(a).total_cmp(&ring_distance(b))
    };
    (0..province.land.communes.len()).min_by(near).unwrap_or_default()
}

pub fn border(sheet: &mut Sheet<'_>) {
    for (number, section) in sections(sheet.province).into_iter().enumerate() {
        let marker = FIRST_MARKER + number;
        let commune = commune_of(sheet.province, &section);
        let demarcated = sheet.random.chance(0.84);
        let facts = vec![
            text("border_id", format!("BG-{marker}-{}", marker + 1)),
            text("marker_from", marker.to_string()),
            text("marker_to", (marker + 1).to_string()),
            text("legal_status", if demarcated { "demarcated" } else { "not_demarcated" }),
            text("treaty_doc", "Dữ liệu mẫu, không phải văn kiện"),
            decimal("length_km", length_m(&section) / 1e3, 3),
            text("border_post", format!("Đồn Biên phòng mẫu {}", sheet.commune_name(commune))),
            yes("publishable", false),
        ];
        sheet.add(commune, Shape::line(section), facts);
    }
}

pub fn border_markers(sheet: &mut Sheet<'_>) {
    let province = sheet.province;
    for (number, section) in sections(province).into_iter().enumerate() {
        let marker = FIRST_MARKER + number;
        let commune = commune_of(province, &section);
        add_marker(sheet, commune, section[0], (marker.to_string(), "main", format!("Mốc {marker}")));
        if number % 3 == 1 {
            let name = format!("{marker}/1");
            let title = format!("Mốc phụ {name}");
            add_marker(sheet, commune, section[section.len() / 2], (name, "auxiliary", title));
        }
        if number % 17 == 9 {
            let title = format!("Lối mở {}", sheet.commune_name(commune));
            add_marker(
                sheet,
                commune,
                section[section.len() / 3],
                (format!("LM-{marker}"), "crossing", title),
            );
        }
    }
    for (number, gate) in province.gates.iter().enumerate() {
        let commune = commune_of(province, &[gate.position]);
        let title = format!("Cửa khẩu {}", gate.name);
        add_marker(sheet, commune, gate.position, (format!("CK-{:02}", number + 1), gate.gate_type, title));
    }
}

fn add_marker(sheet: &mut Sheet<'_>, commune: usize, at: Position, (no, kind, name): (String, &str, String)) {
    let hours = match kind {
        "gate_international" => Some("06:00-22:00"),
        "gate_main" => Some("07:00-18:00"),
        "gate_secondary" | "crossing" => Some("07:00-17:00"),
        _ => None,
    };
    let condition = sheet.random.pick(&["good", "good", "good", "good", "good", "damaged", "lost"]);
    let mut facts = vec![
        text("photo_ref", format!("anh/moc-{}.jpg", no.replace('/', "-").to_lowercase())),
        text("marker_no", no),
        text("marker_type", kind),
        text("name_vi", name),
        text("condition", condition),
        day("last_inspection", some_day(2024..=2025, &mut sheet.random)),
        yes("commune_border", true),
        day("valid_from", date!(2012 - 06 - 24)),
    ];
    facts.extend(hours.map(|h| text("opening_hours", h)));
    sheet.add(commune, Shape::Point(at), facts);
}
