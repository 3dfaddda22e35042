//! Plausible values for every attribute, from its definition: codes of its domain, numbers
//! within its bounds, days in order, Vietnamese names.

use super::{
    land::{Land, Position, square},
    random::Random,
};
use crate::{
    feature::Value,
    layer::{Attribute, AttributeType, LayerDefinition},
};
use time::{Date, Duration, Month, OffsetDateTime, Time, UtcOffset};

/// A feature's geometry, degrees.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// A position.
    Point(Position),
    /// Lines.
    Lines(Vec<Vec<Position>>),
    /// Areas, each of rings, closed, the exterior first.
    Areas(Vec<Vec<Vec<Position>>>),
}

/// One made-up feature.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Geometry.
    pub shape: Shape,
    /// A value for each attribute of the layer, in its order.
    pub values: Vec<Value>,
}

/// What is known of a feature before its values are made up.
pub struct Place<'a> {
    /// The land.
    pub land: &'a Land,
    /// Number of its commune.
    pub commune: usize,
    /// Its number within the layer, from 1.
    pub number: usize,
}

const ROAD: &[&str] = &[
    "QL1", "QL22", "QL22B", "QL62", "QL14C", "QLN2", "ĐT.781", "ĐT.782", "ĐT.784", "ĐT.786", "ĐT.822",
    "ĐT.824", "ĐT.825", "ĐT.826", "ĐT.830", "ĐT.831", "ĐT.833", "ĐT.837", "ĐT.838",
];
const FAMILY: &[&str] = &[
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
    "Châu Văn Giác",
];
const COMPANY: &[&str] = &[
    "Công ty Cổ phần Hạ tầng Phương Nam",
    "Công ty TNHH Đầu tư Sông Vàm",
    "Công ty Cổ phần Phát triển Long Tây",
    "Công ty TNHH Xây dựng Đồng Tháp Mười",
];
const VSIC: &[&str] = &["10", "13", "14", "15", "16", "17", "20", "22", "25", "26", "27", "29", "31", "52"];

/// Values of a row: those of `facts`, the rest made up.
pub fn fill(
    layer: &LayerDefinition,
    place: &Place<'_>,
    facts: &[(&str, Value)],
    random: &mut Random,
) -> Vec<Value> {
    layer
        .attributes
        .iter()
        .map(|a| match facts.iter().find(|(name, _)| *name == a.name) {
            Some((_, value)) => value.clone(),
            None => make(layer, a, place, random),
        })
        .collect()
}

fn make(layer: &LayerDefinition, attribute: &Attribute, place: &Place<'_>, random: &mut Random) -> Value {
    let commune = &place.land.communes[place.commune];
    match attribute.name.as_str() {
        "commune_code" => return Value::Text(commune.code.into()),
        "old_commune_code" | "access_class" | "source_crs" | "valid_to" | "effective_to" => {
            return Value::Null;
        }
        "owner_agency" => return Value::Text(layer.agency.clone()),
        "address_text" => {
            let unit = if commune.unit_type == "phuong" { "Phường" } else { "Xã" };
            return Value::Text(format!("{unit} {}, tỉnh Tây Ninh", commune.name));
        }
        "legal_doc_no" => return Value::Text(format!("MẪU-{:04}/QĐ-UBND", random.index(10_000))),
        "position_accuracy_m" => return Value::Number((random.between(0.2, 5.0) * 10.0).round() / 10.0),
        "status" => {
            return Value::Text(
                random.pick(&["operating", "operating", "operating", "under_construction", "planned"]).into(),
            );
        }
        _ => {}
    }
    match attribute.kind {
        AttributeType::Enum => {
            Value::Text(attribute.values[random.index(attribute.values.len())].code.clone())
        }
        AttributeType::Boolean => Value::Bool(random.chance(0.3)),
        AttributeType::Integer => Value::Int(number(attribute, random).round() as i64),
        AttributeType::Number => {
            let scale = f64::from(10u32.pow(u32::from(attribute.scale.unwrap_or(2).min(4))));
            Value::Number((number(attribute, random) * scale).round() / scale)
        }
        AttributeType::Date => Value::Date(day(&attribute.name, random)),
        AttributeType::Timestamp => {
            let moment =
                Time::from_hms(random.index(24) as u8, random.index(60) as u8, 0).unwrap_or(Time::MIDNIGHT);
            let offset = UtcOffset::from_hms(7, 0, 0).unwrap_or(UtcOffset::UTC);
            Value::Timestamp(OffsetDateTime::new_in_offset(past(2024, 2, random), moment, offset))
        }
        AttributeType::TextList => {
            let count = 1 + random.index(3);
            Value::TextList((0..count).map(|_| word(&attribute.name, random).to_owned()).collect())
        }
        AttributeType::Text => Value::Text(text(layer, attribute, place, random)),
    }
}

/// A number that its name makes plausible, within the attribute's bounds.
fn number(attribute: &Attribute, random: &mut Random) -> f64 {
    let (low, high) = match attribute.name.as_str() {
        "established_year" | "built_year" | "install_year" => (1998.0, 2025.0),
        "expiry_year" => (2040.0, 2070.0),
        "period_from" => (2021.0, 2021.0),
        "period_to" => (2030.0, 2030.0),
        "plan_year" => (2023.0, 2026.0),
        "scale_denominator" | "source_scale" => return [5_000.0, 10_000.0, 25_000.0][random.index(3)],
        "price_vnd_m2" => (300_000.0, 35_000_000.0),
        "population" => (4_000.0, 60_000.0),
        "households" => (1_000.0, 16_000.0),
        "poverty_pct" => (0.0, 4.0),
        "datasets_declared" => (20.0, 40.0),
        "datasets_live" => (5.0, 20.0),
        "pupil_count" | "head_count" | "annual_capacity" => (80.0, 1_800.0),
        "class_count" => (4.0, 45.0),
        "total_mil_vnd" => (20_000.0, 900_000.0),
        "disbursed_mil_vnd" => (1_000.0, 20_000.0),
        "capital_bil_vnd" => (50.0, 4_000.0),
        "served_population" => (1_000.0, 30_000.0),
        "wastewater_capacity_m3d" => (1_000.0, 20_000.0),
        "power_capacity_mva" => (20.0, 250.0),
        "lease_price_usd_m2" => (60.0, 220.0),
        "max_floors" | "far" => (1.0, 12.0),
        "lanes" | "plan_lanes" => (2.0, 8.0),
        "corridor_width_m" | "red_line_width_m" => (12.0, 60.0),
        "width_m" => (5.0, 24.0),
        "diameter_mm" => (100.0, 1_200.0),
        "depth_m" | "depth_class_m" => (1.0, 4.0),
        "clearance_min_m" => (3.5, 9.5),
        "load_limit_t" => (8.0, 40.0),
        "height_m" => (15.0, 60.0),
        "power_backup_h" => (2.0, 12.0),
        "expected_yield_t_ha" => (4.0, 30.0),
        "bandwidth_mbps" => (20.0, 300.0),
        "crest_level_m" => (1.2, 4.5),
        "beds" => (0.0, 300.0),
        "rooms" => (5.0, 120.0),
        "deaths" => (0.0, 2.4),
        "injured" => (0.0, 4.4),
        "campus_no" | "segment_no" => (1.0, 1.0),
        "land_area_m2" => (1_500.0, 20_000.0),
        _ => (attribute.min.unwrap_or(0.0), attribute.max.unwrap_or(100.0)),
    };
    let low = attribute.min.map_or(low, |min| low.max(min));
    let high = attribute.max.map_or(high, |max| high.min(max));
    // Away from a bound that is itself not allowed.
    random.between(low + (high - low) * 0.02, high.max(low))
}

fn past(first_year: i32, years: u16, random: &mut Random) -> Date {
    let start = Date::from_calendar_date(first_year, Month::January, 1).unwrap_or(Date::MIN);
    start.saturating_add(Duration::days(random.index(usize::from(years) * 365) as i64))
}

fn day(name: &str, random: &mut Random) -> Date {
    let later = ["expiry", "until", "end", "finish"].iter().any(|w| name.contains(w));
    if later { past(2027, 6, random) } else { past(2016, 9, random) }
}

fn word(name: &str, random: &mut Random) -> &'static str {
    match name {
        "sectors" => random.pick(VSIC),
        "vehicle_types" => random.pick(&["xe máy", "ô tô con", "xe tải", "xe khách", "xe đạp"]),
        "market" => random.pick(&["nội địa", "Trung Quốc", "EU", "Hoa Kỳ", "Nhật Bản"]),
        "occupations" => {
            random.pick(&["hàn", "may công nghiệp", "điện công nghiệp", "lái xe", "kế toán", "điều dưỡng"])
        }
        "tech" => random.pick(&["2G", "3G", "4G", "5G"]),
        "services" => random.pick(&["thư", "bưu kiện", "chuyển tiền", "hành chính công"]),
        _ => random.pick(&["một", "hai", "ba"]),
    }
}

fn text(layer: &LayerDefinition, attribute: &Attribute, place: &Place<'_>, random: &mut Random) -> String {
    let commune = place.land.communes[place.commune].name;
    let text = match attribute.name.as_str() {
        name if layer.key.iter().any(|k| k == name) => format!("{}-{:06}", prefix(&layer.id), place.number),
        "name_vi" | "plan_name" | "segment_name" => return name(layer, place, random),
        "road_name" => random.pick(FAMILY).to_owned(),
        "name_en" => format!("{commune} place {}", place.number),
        "investor" | "contractor" | "owner" | "provider" | "operator" => random.pick(COMPANY).to_owned(),
        "kcn_code" => format!("KCN-{:06}", 1 + random.index(40)),
        "road_code" => random.pick(ROAD).to_owned(),
        "project_code" => format!("DA-{:06}", 1 + random.index(120)),
        "website" => format!("https://mau-{}.example.vn", place.number),
        "opening_hours" | "hours" => "07:00-17:00".to_owned(),
        "postal_code" => format!("{:05}", 80_000 + random.index(4_000)),
        "tenant_tax_code" => format!("11{:08}", random.index(100_000_000)),
        "sector_vsic" => random.pick(VSIC).to_owned(),
        "marker_from" | "marker_to" => format!("{}", 100 + random.index(110)),
        "from_point" | "to_point" => format!("Ranh xã {commune}"),
        "material" => random.pick(&["HDPE", "gang", "bê tông", "PVC"]).to_owned(),
        "variety" => random.pick(&["OM 5451", "Đài Thơm 8", "ruột đỏ", "Ri6", "IR 4625"]).to_owned(),
        "ssid" => "TayNinh-Free-Wifi".to_owned(),
        "function_code" => random.pick(&["OM", "OTM", "CC", "CX", "TMDV", "CN", "HTKT", "GD"]).to_owned(),
        "zone_code" => format!("V{:02}", place.number),
        "approval_doc" | "decision_no" | "rank_decision" | "licence_no" | "permit_no" => {
            format!("MẪU-{:04}", random.index(10_000))
        }
        _ => format!("mẫu {}", place.number),
    };
    let longest = attribute.max_length.map_or(usize::MAX, |n| n as usize);
    text.chars().take(longest).collect()
}

/// Letters of a layer's codes.
pub fn prefix(layer: &str) -> &'static str {
    match layer {
        "industrial_park" => "KCN",
        "industrial_park_lot" => "LO",
        "industrial_cluster" => "CCN",
        "trade_facility" => "CT",
        "investment_site" => "KG",
        "public_investment_project" => "DTC",
        "province_plan_zone" => "QHT",
        "land_use_plan" => "KD",
        "land_price_zone" => "GD",
        "urban_zone" => "DT",
        "urban_utility" => "HT",
        "road_plan" => "QHGT",
        "waterway_segment" => "DTND",
        "transport_work" => "CTGT",
        "traffic_accident" => "TN",
        "crop_zone" => "VT",
        "irrigation_work" => "TL",
        "livestock_aquaculture_farm" => "CN",
        "school" => "TH",
        "health_facility" => "YT",
        "job_training_centre" => "DN",
        "telecom_station" => "BTS",
        "telecom_cable" => "CAP",
        "post_office" => "BC",
        "public_wifi" => "WF",
        "heritage_site" => "DTLS",
        "tourism_place" => "DL",
        "science_facility" => "KH",
        "border_line" => "BG",
        "border_marker" => "M",
        _ => "X",
    }
}

fn name(layer: &LayerDefinition, place: &Place<'_>, random: &mut Random) -> String {
    let commune = place.land.communes[place.commune].name;
    let kind = match layer.id.as_str() {
        "industrial_park" => "Khu công nghiệp",
        "industrial_cluster" => "Cụm công nghiệp",
        "trade_facility" => random.pick(&["Chợ", "Cửa hàng xăng dầu", "Siêu thị", "Trạm biến áp"]),
        "investment_site" => "Dự án",
        "province_plan_zone" => "Quy hoạch tỉnh, vùng",
        "urban_zone" => "Quy hoạch phân khu",
        "land_price_zone" => return format!("Đường {}", random.pick(FAMILY)),
        "waterway_segment" => "Rạch",
        "transport_work" => random.pick(&["Cầu", "Cống", "Bến phà", "Bến xe"]),
        "irrigation_work" => random.pick(&["Kênh", "Cống", "Trạm bơm", "Bờ bao"]),
        "school" => random.pick(&["Trường Mầm non", "Trường Tiểu học", "Trường THCS", "Trường THPT"]),
        "health_facility" => random.pick(&["Trạm Y tế", "Phòng khám", "Nhà thuốc", "Bệnh viện"]),
        "job_training_centre" => "Trung tâm Giáo dục nghề nghiệp",
        "post_office" => "Bưu cục",
        "public_wifi" => "Điểm wifi",
        "heritage_site" => random.pick(&["Đình", "Chùa", "Di tích", "Đền"]),
        "tourism_place" => random.pick(&["Khu du lịch", "Khách sạn", "Nhà nghỉ", "Nhà hàng"]),
        "science_facility" => "Trạm",
        "border_marker" => "Mốc",
        _ => "Đối tượng",
    };
    format!("{kind} {commune} {}", place.number)
}

/// Metres of a degree of longitude and of latitude at the province's middle (11° N).
pub const METRES: Position = [109_300.0, 110_600.0];

/// Rough length, metres.
pub fn length_m(line: &[Position]) -> f64 {
    let metres = |p: Position| [p[0] * METRES[0], p[1] * METRES[1]];
    line.windows(2).map(|pair| square(metres(pair[0]), metres(pair[1])).sqrt()).sum()
}

/// Rough area of a closed ring, square metres.
pub fn area_m2(ring: &[Position]) -> f64 {
    let twice: f64 = ring.windows(2).map(|pair| pair[0][0] * pair[1][1] - pair[1][0] * pair[0][1]).sum();
    (twice / 2.0).abs() * METRES[0] * METRES[1]
}
