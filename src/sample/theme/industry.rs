//! Industrial parks and clusters, trade, sites that call for investment.

use super::super::{
    estates::Estate,
    geometry::{area_m2, blob, offset_m},
    ground::Cover,
    province::Near,
    sheet::{Shape, Sheet, day, decimal, list, some_day, text, whole, yes},
    words,
};

fn estates<'a>(sheet: &Sheet<'a>, clusters: bool) -> impl Iterator<Item = (usize, &'a Estate)> + use<'a> {
    sheet.province.estates.iter().enumerate().filter(move |(_, e)| e.is_cluster == clusters)
}

fn sectors(sheet: &mut Sheet<'_>) -> Vec<String> {
    words::some(words::VSIC, 5, &mut sheet.random)
}

pub fn parks(sheet: &mut Sheet<'_>) {
    for (_, park) in estates(sheet, false) {
        let total = park.area_ha();
        let leased = park.lots_ha(&["leased"]);
        let leasable = park.lots_ha(&["leased", "vacant", "reserved"]);
        let sectors = sectors(sheet);
        let random = &mut sheet.random;
        let since = 1997 + random.index(27) as i64;
        let facts = vec![
            text("kcn_code", park.code.clone()),
            text("name_vi", format!("KCN {}", park.name)),
            text("phase", random.pick(&["1", "1", "2", "mở rộng"])),
            text("investor", random.pick(words::COMPANIES)),
            decimal("area_total_ha", total, 2),
            decimal("area_leasable_ha", leasable, 2),
            decimal("area_leased_ha", leased, 2),
            decimal("occupancy_pct", 100.0 * leased / leasable.max(0.01), 2),
            whole("established_year", since),
            whole("expiry_year", since + 50),
            list("sectors", sectors),
            decimal(
                "wastewater_capacity_m3d",
                (total * random.between(12.0, 30.0) / 500.0).ceil() * 500.0,
                0,
            ),
            decimal("power_capacity_mva", (total / random.between(2.5, 6.0)).ceil(), 0),
            decimal("lease_price_usd_m2", random.between(70.0, 230.0), 0),
            text("status", if random.chance(0.8) { "operating" } else { "under_construction" }),
        ];
        sheet.add(park.commune, Shape::area(park.blocks.outline()), facts);
    }
}

pub fn lots(sheet: &mut Sheet<'_>) {
    for (_, park) in estates(sheet, false) {
        for (number, use_of_lot) in park.lots.iter().enumerate() {
            let ring = park.lot(number);
            let random = &mut sheet.random;
            let mut facts = vec![
                text("lot_code", format!("{}-L{:03}", park.code, number + 1)),
                text("kcn_code", park.code.clone()),
                decimal("area_ha", area_m2(&ring) / 1e4, 4),
                text("lot_status", *use_of_lot),
                text("status", if *use_of_lot == "vacant" { "planned" } else { "operating" }),
            ];
            if *use_of_lot == "leased" {
                facts.extend([
                    text("tenant_tax_code", format!("00000{:05}", random.index(100_000))),
                    text("project_code", format!("DA-KCN-{:05}", random.index(100_000))),
                    text("sector_vsic", random.pick(words::VSIC)),
                    day("contract_end", some_day(2035..=2060, random)),
                ]);
            }
            sheet.add(park.commune, Shape::area(ring), facts);
        }
    }
}

pub fn clusters(sheet: &mut Sheet<'_>) {
    for (_, cluster) in estates(sheet, true) {
        let (total, leased) = (cluster.area_ha(), cluster.lots_ha(&["leased"]));
        let leasable = cluster.lots_ha(&["leased", "vacant", "reserved"]);
        let sectors = sectors(sheet);
        let random = &mut sheet.random;
        let facts = vec![
            text("ccn_code", cluster.code.clone()),
            text("name_vi", format!("CCN {}", cluster.name)),
            text("investor", random.pick(words::COMPANIES)),
            decimal("area_ha", total, 2),
            decimal("area_leased_ha", leased, 2),
            decimal("occupancy_pct", 100.0 * leased / leasable.max(0.01), 2),
            day("established_date", some_day(2008..=2024, random)),
            list("sectors", sectors),
            yes("wastewater_plant", random.chance(0.55)),
            whole("project_count", cluster.lots.iter().filter(|l| **l == "leased").count()),
            text("status", random.pick(&["operating", "operating", "under_construction", "planned"])),
        ];
        sheet.add(cluster.commune, Shape::area(cluster.blocks.outline()), facts);
    }
}

/// Type, what its name begins with, how many of a hundred, where, unit and range of its capacity.
type Trade = (&'static str, &'static str, usize, Near, &'static str, (f64, f64));
const TRADE: &[Trade] = &[
    ("market_1", "Chợ trung tâm", 2, Near::Town, "m2", (8_000.0, 20_000.0)),
    ("market_2", "Chợ", 9, Near::Town, "m2", (3_000.0, 8_000.0)),
    ("market_3", "Chợ", 22, Near::Town, "m2", (600.0, 3_000.0)),
    ("supermarket", "Siêu thị", 5, Near::Town, "m2", (800.0, 6_000.0)),
    ("petrol_station", "Cửa hàng xăng dầu", 42, Near::Road, "m3", (25.0, 120.0)),
    ("lpg_store", "Cửa hàng LPG", 10, Near::Road, "t", (1.0, 12.0)),
    ("substation", "Trạm biến áp", 7, Near::Country, "MVA", (25.0, 250.0)),
    ("chemical_store", "Kho hóa chất", 2, Near::Country, "t", (20.0, 400.0)),
    ("explosive_store", "Kho vật liệu nổ", 1, Near::Country, "t", (2.0, 15.0)),
];

pub fn trade(sheet: &mut Sheet<'_>) {
    for round in 0..7 {
        for &(kind, title, share, near, unit, (least, most)) in TRADE {
            for n in 0..share {
                let (commune, p) = sheet.anywhere(near);
                let name = sheet.commune_name(commune);
                let more = if near == Near::Town && n == 0 { "" } else { sheet.random.pick(words::BRANDS) };
                let code = sheet.code("facility_code", "CT");
                let number = sheet.number();
                let random = &mut sheet.random;
                let facts = vec![
                    code,
                    text("name_vi", format!("{title} {name} {more}").trim_end()),
                    text("facility_type", kind),
                    text("licence_no", format!("MẪU-{round}{number:04}/GCN")),
                    day("licence_expiry", some_day(2026..=2031, random)),
                    decimal("capacity", random.between(least, most), 0),
                    text("capacity_unit", unit),
                    yes("is_hazardous", matches!(kind, "lpg_store" | "chemical_store" | "explosive_store")),
                ];
                sheet.add(commune, Shape::Point(p), facts);
            }
        }
    }
}

/// Sector, what its name begins with, planned land use, hectares.
const INVESTMENT: &[(&str, &str, &str, (f64, f64))] = &[
    ("industry", "Hạ tầng cụm công nghiệp", "SKN", (30.0, 75.0)),
    ("logistics", "Trung tâm logistics", "TMD", (10.0, 60.0)),
    ("housing", "Khu dân cư", "ODT", (8.0, 90.0)),
    ("housing", "Nhà ở xã hội", "ODT", (2.0, 12.0)),
    ("tourism", "Khu du lịch sinh thái", "TMD", (20.0, 150.0)),
    ("agri", "Khu nông nghiệp công nghệ cao", "NKH", (40.0, 200.0)),
    ("energy", "Nhà máy điện mặt trời", "SKC", (40.0, 120.0)),
    ("social", "Trường học liên cấp", "DGD", (1.5, 6.0)),
    ("social", "Bệnh viện đa khoa", "DYT", (2.0, 8.0)),
];

pub fn investment_sites(sheet: &mut Sheet<'_>) {
    for number in 0..90 {
        let (sector, title, planned, (least, most)) = INVESTMENT[number % INVESTMENT.len()];
        let (commune, p) = sheet.anywhere(if sector == "social" { Near::Road } else { Near::Country });
        let across = (sheet.random.between(least, most) * 1e4 * 1.27).sqrt();
        let mut areas = vec![vec![blob(p, across, &mut sheet.random)]];
        if number % 9 == 4 {
            // A part of its own, further east.
            areas.push(vec![blob(offset_m(p, across * 2.5, 0.0), across * 0.5, &mut sheet.random)]);
        }
        let area_m2: f64 = areas.iter().flatten().map(|ring| area_m2(ring)).sum();
        let wooded = !matches!(sheet.province.ground.at(p), Cover::Open | Cover::Roadside | Cover::Road);
        let code = sheet.code("project_code", "KGDT");
        let name = sheet.commune_name(commune);
        let random = &mut sheet.random;
        let facts = vec![
            code,
            text("name_vi", format!("{title} {name}")),
            text("sector", sector),
            decimal("area_ha", area_m2 / 1e4, 2),
            decimal("capital_bil_vnd", (area_m2 / 1e4 * random.between(8.0, 45.0)).round().max(20.0), 0),
            text("land_status", random.pick(&["cleared", "partly_cleared", "not_cleared"])),
            text("current_land_use", if wooded { "RSX" } else { random.pick(&["LUC", "CLN", "HNK"]) }),
            text("planned_land_use", planned),
            text("contact_office", "Trung tâm Xúc tiến đầu tư tỉnh (mẫu)"),
            text("status", "planned"),
        ];
        sheet.add(commune, Shape::Areas(areas), facts);
    }
}
