//! Roads, waterways, what was built for them, what happened on them.

use super::super::{
    geometry::{Line, along, beside, crossing, curve, length_m},
    network::Segment,
    province::Near,
    random::Random,
    sheet::{Shape, Sheet, day, decimal, list, some_day, text, whole, yes},
    words,
};
use crate::feature::Value;
use time::{Duration, Time, UtcOffset};

pub fn roads(sheet: &mut Sheet<'_>) {
    for segment in &sheet.province.roads.segments {
        let (surface, load) = match segment.grade {
            "I" | "II" => ("asphalt", 40.0),
            "III" => ("asphalt", 30.0),
            "IV" | "V" => (sheet.random.pick(&["asphalt", "asphalt", "concrete"]), 18.0),
            "A" | "B" => ("concrete", 10.0),
            _ => (sheet.random.pick(&["concrete", "gravel", "gravel", "earth"]), 6.0),
        };
        let manager = match segment.class {
            "expressway" | "national" => "Khu Quản lý đường bộ IV".to_owned(),
            "provincial" => "Sở Xây dựng".to_owned(),
            _ => sheet.province.land.communes[segment.commune].committee(),
        };
        let facts = vec![
            text("road_code", segment.code.clone()),
            whole("segment_no", segment.number),
            text("road_name", segment.name.clone()),
            text("road_class", segment.class),
            text("technical_grade", segment.grade),
            decimal("km_from", segment.km_from, 3),
            decimal("km_to", segment.km_to(), 3),
            whole("lanes", segment.lanes),
            decimal("width_m", segment.width_m, 1),
            text("surface", surface),
            decimal("load_limit_t", load, 0),
            text("manager", manager),
        ];
        sheet.add(segment.commune, Shape::line(segment.line.clone()), facts);
    }
}

/// Stretches that are not a road yet: code, grade, lanes, corridor in metres, horizon, way.
type Plan = (&'static str, &'static str, i64, f64, i64, &'static [[f64; 2]]);
const PLANS: &[Plan] = &[
    ("CT.31", "I", 6, 75.0, 2030, &[[106.46, 11.02], [106.36, 11.00], [106.27, 11.04], [106.19, 11.07]]),
    (
        "CT.32",
        "I",
        4,
        75.0,
        2030,
        &[[106.24, 11.08], [106.20, 11.18], [106.14, 11.24], [106.05, 11.42], [106.00, 11.62]],
    ),
    (
        "CT.02",
        "I",
        6,
        75.0,
        2030,
        &[[106.43, 10.99], [106.38, 10.88], [106.30, 10.72], [106.22, 10.60], [106.05, 10.55]],
    ),
    (
        "VĐ4",
        "I",
        8,
        120.0,
        2030,
        &[[106.45, 10.95], [106.46, 10.82], [106.50, 10.69], [106.60, 10.60], [106.70, 10.55]],
    ),
    ("ĐT.827E", "II", 6, 60.0, 2030, &[[106.67, 10.66], [106.62, 10.57], [106.56, 10.50], [106.52, 10.43]]),
    ("ĐT.822B", "III", 4, 40.0, 2030, &[[106.51, 10.92], [106.40, 10.90], [106.31, 10.87], [106.22, 10.90]]),
    ("ĐT.830E", "II", 6, 60.0, 2030, &[[106.44, 10.63], [106.48, 10.72], [106.44, 10.82]]),
    ("ĐT.781B", "III", 4, 40.0, 2050, &[[106.25, 11.40], [106.18, 11.46], [106.06, 11.47], [105.95, 11.48]]),
    (
        "QLN1",
        "IV",
        2,
        40.0,
        2050,
        &[[105.58, 10.93], [105.75, 10.94], [105.92, 10.84], [106.10, 10.83], [106.25, 10.95]],
    ),
];

pub fn road_plans(sheet: &mut Sheet<'_>) {
    for (code, grade, lanes, corridor, horizon, way) in PLANS {
        for pair in way.windows(2) {
            let mut line = vec![pair[0]];
            curve(pair[0], pair[1], 0.04, &mut sheet.random, &mut line);
            line.push(pair[1]);
            add_plan(sheet, line, (code, grade, *lanes, *corridor, *horizon));
        }
    }
    // Provincial roads that are to be widened.
    for segment in sheet.province.roads.segments.iter().filter(|s| s.class == "provincial").step_by(2) {
        let horizon = if segment.number % 2 == 0 { 2030 } else { 2050 };
        add_plan(sheet, segment.line.clone(), (&segment.code, "III", 4, 42.0, horizon));
    }
}

fn add_plan(
    sheet: &mut Sheet<'_>,
    line: Line,
    (code, grade, lanes, corridor, horizon): (&str, &str, i64, f64, i64),
) {
    let commune = sheet.province.commune_near(line[line.len() / 2]);
    let plan_code = sheet.code("plan_road_id", "QHGT");
    let facts = vec![
        plan_code,
        text("road_code", code),
        text("plan_grade", grade),
        whole("plan_lanes", lanes),
        decimal("corridor_width_m", corridor, 0),
        whole("horizon", horizon),
        text("plan_status", if horizon == 2030 { "approved" } else { "draft" }),
        text("approval_doc", words::decision(2024, &mut sheet.random)),
        text("status", "planned"),
    ];
    sheet.add(commune, Shape::line(line), facts);
}

pub fn waterways(sheet: &mut Sheet<'_>) {
    for (number, water) in sheet.province.waterways.iter().enumerate().filter(|(_, w)| w.kind != "main_canal")
    {
        for (piece, line) in water.pieces.iter().enumerate() {
            let commune = sheet.province.commune_near(line[line.len() / 2]);
            let (depth, clearance) = match water.grade {
                "I" => (4.0, 11.0),
                "II" | "III" => (2.8, 7.0),
                "IV" => (2.3, 5.0),
                _ => (1.5, 3.5),
            };
            let facts = vec![
                text("waterway_code", format!("DTND-{:02}-{:02}", number + 1, piece + 1)),
                text("name_vi", water.name),
                text("grade", water.grade),
                decimal("depth_class_m", depth, 1),
                decimal("width_m", (water.width_m * sheet.random.between(0.85, 1.15)).round(), 0),
                decimal("clearance_min_m", clearance, 1),
                text("manager", water.manager),
                decimal("length_km", length_m(line) / 1e3, 3),
            ];
            sheet.add(commune, Shape::line(line.clone()), facts);
        }
    }
}

/// Bridges where roads meet water, culverts, and landings, ports and stations beside them.
pub fn works(sheet: &mut Sheet<'_>) {
    let province = sheet.province;
    for segment in province.roads.segments.iter().filter(|s| s.class != "urban") {
        for water in &province.waterways {
            for piece in &water.pieces {
                let Some((metre, at)) = meeting(&segment.line, piece) else { continue };
                let name = format!(
                    "Cầu {} ({})",
                    water.name.split_once(' ').map_or(water.name, |w| w.1),
                    segment.code
                );
                let length = water.width_m * sheet.random.between(1.1, 2.2);
                add_work(sheet, segment, ("bridge", name, metre, at, length));
            }
        }
    }
    for (number, segment) in province.roads.segments.iter().filter(|s| !s.is_local()).enumerate() {
        let metre = length_m(&segment.line) * sheet.random.between(0.2, 0.8);
        let name = format!("Cống số {} {}", number + 1, segment.code);
        let length = sheet.random.between(4.0, 18.0);
        add_work(sheet, segment, ("culvert", name, metre, along(&segment.line, metre), length));
    }
    let stations: Vec<_> = (0..province.land.communes.len())
        .filter_map(|c| {
            province.roads.of_commune[c]
                .iter()
                .map(|s| &province.roads.segments[*s])
                .find(|s| !s.is_local())
                .map(|s| (c, s))
        })
        .collect();
    for (commune, segment) in stations {
        let title = sheet.commune_name(commune);
        if province.land.communes[commune].is_ward() || commune % 4 == 0 {
            let at = province.place(commune, Near::Town, &mut sheet.random);
            add_work(sheet, segment, ("bus_station", format!("Bến xe {title}"), 0.0, at, 120.0));
        }
    }
    for water in province.waterways.iter().filter(|w| matches!(w.grade, "I" | "III") && w.kind == "river") {
        for (number, piece) in water.pieces.iter().enumerate().step_by(2) {
            let bank = beside(piece, water.width_m / 2.0 + 20.0);
            let at = along(&bank, length_m(&bank) * 0.6);
            let commune = province.commune_near(at);
            let near = province.roads.of_commune[commune].first().map(|s| &province.roads.segments[*s]);
            let (kind, title) =
                if number % 4 == 0 { ("port", "Cảng, bến thủy") } else { ("ferry", "Bến phà") };
            if let (Some(segment), true) = (near, province.land.commune_at(at).is_some()) {
                let name = format!("{title} {}", sheet.commune_name(commune));
                add_work(sheet, segment, (kind, name, 0.0, at, 80.0));
            }
        }
    }
}

type Work = (&'static str, String, f64, [f64; 2], f64);

fn add_work(sheet: &mut Sheet<'_>, road: &Segment, (kind, name, metre, at, length): Work) {
    let commune = sheet.province.commune_near(at);
    let code = sheet.code("work_code", "CTGT");
    let random = &mut sheet.random;
    let built = 1985 + random.index(40) as i64;
    let condition =
        if built > 2012 { random.pick(&["A", "A", "B"]) } else { random.pick(&["B", "C", "C", "D"]) };
    let mut facts = vec![
        code,
        text("work_type", kind),
        text("name_vi", name),
        text("road_code", road.code.clone()),
        decimal("km_post", road.km_from + metre / 1e3, 3),
        decimal("length_m", length, 1),
        whole("built_year", built),
        text("condition", condition),
        day("last_inspection", some_day(2023..=2025, random)),
        text("contractor", random.pick(words::COMPANIES)),
    ];
    if matches!(kind, "bridge" | "culvert") {
        facts.push(decimal("load_limit_t", [8.0, 13.0, 18.0, 30.0][random.index(4)], 0));
    }
    if built > 2021 {
        facts.push(day("warranty_until", some_day(2026..=2028, random)));
    }
    sheet.add(commune, Shape::Point(at), facts);
}

/// Where a line first meets another, and how many metres along.
fn meeting(line: &Line, other: &Line) -> Option<(f64, [f64; 2])> {
    line.windows(2).enumerate().find_map(|(i, p)| {
        let at = other.windows(2).find_map(|q| crossing(p[0], p[1], q[0], q[1]))?;
        Some((length_m(&line[..=i]) + length_m(&[line[i], at]), at))
    })
}

pub fn accidents(sheet: &mut Sheet<'_>) {
    let main: Vec<&Segment> = sheet.province.roads.segments.iter().filter(|s| s.class != "commune").collect();
    for _ in 0..620 {
        let segment = main[sheet.random.index(main.len())];
        // Often in the same places, now and then anywhere.
        let share = if sheet.random.chance(0.4) { 0.37 } else { sheet.random.unit() };
        let metre = length_m(&segment.line) * share;
        let at = along(&segment.line, metre);
        let commune = sheet.province.commune_near(at);
        let code = sheet.code("accident_id", "TNGT");
        let random = &mut sheet.random;
        let severity = random.pick(&["minor", "minor", "minor", "serious", "serious", "very_serious"]);
        let severity = if random.chance(0.01) { "extremely_serious" } else { severity };
        let (deaths, injured) = match severity {
            "minor" => (0, random.index(3)),
            "serious" => (random.index(2), 1 + random.index(2)),
            "very_serious" => (1 + random.index(2), random.index(4)),
            _ => (3 + random.index(2), 2 + random.index(5)),
        };
        let black_spot = share == 0.37;
        let vehicles = ["xe máy", "ô tô con", "xe tải", "xe khách", "xe đạp", "xe container"];
        let mut facts = vec![
            code,
            ("occurred_at", moment(random)),
            text("road_code", segment.code.clone()),
            decimal("km_post", segment.km_from + metre / 1e3, 3),
            text("severity", severity),
            whole("deaths", deaths),
            whole("injured", injured),
            list("vehicle_types", words::some(&vehicles, 2, random)),
            text(
                "cause",
                random.pick(&[
                    "speeding",
                    "alcohol",
                    "wrong_lane",
                    "right_of_way",
                    "right_of_way",
                    "vehicle",
                    "road",
                    "other",
                ]),
            ),
            text("weather", random.pick(&["dry", "dry", "dry", "rain", "rain", "fog", "flood"])),
            yes("is_black_spot", black_spot),
        ];
        if black_spot {
            facts.push(text("black_spot_status", random.pick(&["open", "treated"])));
        }
        sheet.add(commune, Shape::Point(at), facts);
    }
}

fn moment(random: &mut Random) -> Value {
    let day = some_day(2023..=2025, random);
    let offset = UtcOffset::from_hms(7, 0, 0).unwrap_or(UtcOffset::UTC);
    let at =
        day.with_time(Time::MIDNIGHT).assume_offset(offset) + Duration::minutes(random.index(24 * 60) as i64);
    Value::Timestamp(at)
}
