//! Units, statistics and what lies at a point, as people ask over HTTP.

use crate::support::TestDatabase;
use crate::support::served::{Served, site};
use diaban::layer::{AccessClass, Catalog};

/// The layer of communes as the program brings it, and fields in them.
pub async fn served() -> Served {
    let built_in = Catalog::built_in().unwrap();
    let layers = ["admin_commune", "school", "land_use_plan", "urban_utility"];
    let layers = layers.map(|id| built_in.definition(id).unwrap().as_ref().clone()).to_vec();
    let catalog = Catalog::new(layers, Default::default());
    let database = TestDatabase::with_catalog(&catalog).await;
    database.execute(ROWS).await;
    let router = site(&database, catalog, AccessClass::Open);
    Served { database, router }
}

/// Squares: the present An Ninh (27943), and of the former communes that became it An Ninh Đông
/// (27943), whose boundary somebody has loaded.
const ROWS: &str = r"
    INSERT INTO gis.admin_commune (code, name_vi, unit_type, valid_from, valid_to, geom) VALUES
      ('27943', 'Xã An Ninh', 'xa', '2025-07-01', NULL, ST_Multi(ST_MakeEnvelope(106.40, 10.90, 106.44, 10.92, 4326))),
      ('27943', 'Xã An Ninh Đông', 'xa', '1990-01-01', '2025-07-01', ST_Multi(ST_MakeEnvelope(106.40, 10.90, 106.42, 10.92, 4326))),
      ('27694', 'Phường Long An', 'phuong', '2025-07-01', NULL, ST_Multi(ST_MakeEnvelope(106.40, 10.50, 106.42, 10.52, 4326))),
      ('27715', 'Phường Khánh Hậu', 'phuong', '2025-07-01', NULL, ST_Multi(ST_MakeEnvelope(106.42, 10.50, 106.44, 10.52, 4326)));
    INSERT INTO gis.land_use_plan (lup_id, land_use_code, area_ha, geom)
      SELECT 'K' || n, CASE WHEN n % 2 = 0 THEN 'LUC' ELSE 'CLN' END, 100,
             ST_Multi(ST_MakeEnvelope(106.41 + n * 0.01, 10.90, 106.42 + n * 0.01, 10.91, 4326))
      FROM generate_series(0, 3) AS n;
    INSERT INTO gis.school (school_code, campus_no, name_vi, level, pupil_count, geom) VALUES
      ('S1', 1, 'Trường Một', 'primary', 300, 'SRID=4326;POINT(106.415 10.905)'),
      ('S2', 1, 'Trường Hai', 'primary', 500, 'SRID=4326;POINT(106.435 10.915)');
";

#[tokio::test]
async fn a_code_without_a_date_may_be_ambiguous() {
    let site = served().await;
    let path = "/collections/school/statistics?area=commune:27943";
    let detail = site.get(path).await.problem(400);
    for part in ["Xã An Ninh Đông", "commune:27943@2025-07-01", "commune:27943@2025-06-30"] {
        assert!(detail.contains(part), "{detail}");
    }
    let count = |answer: serde_json::Value| answer["total"]["count"].as_u64().unwrap();
    assert_eq!(count(site.json(&format!("{path}@2026-01-01")).await), 2);
    assert_eq!(count(site.json(&format!("{path}@2025-03-01")).await), 1);
}

#[tokio::test]
async fn a_unit_has_the_boundary_of_the_day_that_is_asked_for() {
    let site = served().await;
    // Redrawn on 1 January 2026; of the former commune the day after its last is not in it.
    let redrawn = "UPDATE gis.admin_commune SET valid_to = '2026-01-01' WHERE valid_from = '2025-07-01' AND code = '27943';
        INSERT INTO gis.admin_commune (code, name_vi, unit_type, valid_from, geom) VALUES ('27943', 'Xã An Ninh', 'xa',
          '2026-01-01', ST_Multi(ST_MakeEnvelope(106.40, 10.90, 106.41, 10.92, 4326)));
        UPDATE gis.admin_commune SET valid_to = '2025-06-30' WHERE valid_from = '1990-01-01';
        UPDATE gis.admin_commune SET valid_from = '2025-08-01' WHERE code = '27694'";
    site.database.execute(redrawn).await;
    let width = async |asked: &str| {
        let answer = site.json(&format!("/collections/school/statistics?area=commune:{asked}")).await;
        assert_eq!(answer["area"]["notes"].as_array().map_or(0, Vec::len), 0, "{answer}");
        let bbox: Vec<f64> =
            answer["area"]["bbox"].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect();
        ((bbox[2] - bbox[0]) * 1000.0).round()
    };
    assert_eq!(width("27943@2025-12-31").await, 40.0);
    assert_eq!(width("27943@2026-10-01").await, 10.0);
    assert_eq!(width("27943@2025-03-01").await, 20.0);
    assert_eq!(width("27694@2025-08-01").await, 20.0);
}

#[tokio::test]
async fn the_box_of_an_area_far_from_the_meridian_holds_all_of_it() {
    let site = served().await;
    // Its south lies far in the east of the plane's meridian, where that is turned against the degrees.
    let [west, south, east, north] = [106.1, 10.4, 106.9, 10.5];
    let area = format!("POLYGON(({west}%20{north},{east}%20{south},{east}%20{north},{west}%20{north}))");
    let told =
        site.json(&format!("/collections/school/statistics?area={area}")).await["area"]["bbox"].clone();
    let told: Vec<f64> = told.as_array().unwrap().iter().map(|edge| edge.as_f64().unwrap()).collect();
    assert!(told[0] <= west && told[1] <= south && told[2] >= east && told[3] >= north, "{told:?}");
    let wide = [west - told[0], south - told[1], told[2] - east, told[3] - north];
    assert!(wide.iter().all(|by| *by < 0.005), "{wide:?}");
}

#[tokio::test]
async fn figures_are_by_group_and_apportioned() {
    let site = served().await;
    let path =
        "/collections/land_use_plan/statistics?area=commune:27943@2025-07-01&group=land_use_code&sum=area_ha";
    let answer = site.json(path).await;
    let groups = answer["groups"].as_array().unwrap();
    assert_eq!(groups.len(), 2);
    assert_eq!(groups[0]["by"]["land_use_code"]["code"], "CLN");
    assert_eq!(groups[1]["by"]["land_use_code"]["vi"], "Đất chuyên trồng lúa");
    // K0 to K2 lie inside, K3 beside it.
    assert_eq!(answer["total"]["count"], 3);
    // Between two corners a border is straight in the plane, where a parallel bends: 5 dm here.
    let sum = answer["total"]["values"]["area_ha"]["sum"].as_f64().unwrap();
    assert!((sum - 300.0).abs() < 0.1, "{answer}");
    let ha = answer["total"]["area_ha"].as_f64().unwrap();
    assert!((ha - 3.0 * 120.9).abs() < 2.0, "{ha}");
    // Half of K1, and half of its hectares.
    let half = site
        .json("/collections/land_use_plan/statistics?area=bbox:106.42,10.9,106.425,10.91&sum=area_ha")
        .await;
    let sum = half["total"]["values"]["area_ha"]["sum"].as_f64().unwrap();
    assert!((sum - 50.0).abs() < 0.1, "{half}");
    // By communes of either date.
    let by = site.json("/collections/school/statistics?group=commune@2025-03-01&sum=pupil_count").await;
    assert_eq!(by["groups"][0]["by"]["commune"]["name"], "Xã An Ninh Đông");
    assert_eq!(by["groups"][0]["values"]["pupil_count"]["sum"], 300.0);
    let zones = site.json("/collections/school/statistics?group=zone:land_use_plan").await;
    let by = |at: usize| &zones["groups"][at]["by"]["zone:land_use_plan"];
    assert_eq!(zones["groups"].as_array().unwrap().len(), 2);
    assert_eq!(by(0)["label"], "LUC");
    // The other school lies beside them, and is the rest.
    assert!(by(1).is_null() && zones["groups"][1]["by"].as_object().unwrap().len() == 1);
    assert_eq!(zones["groups"][1]["count"], 1);
    let whole =
        site.json("/collections/school/statistics?group=zone:admin_commune&datetime=2026-01-01").await;
    let overlap = |answer: &serde_json::Value| answer["notes"].to_string().contains("zones overlap");
    assert!(overlap(&whole) && !overlap(&zones), "{whole}");
    assert!(!whole["groups"].to_string().contains("null}"), "all lie in a commune: {whole}");
}

#[tokio::test]
async fn a_former_unit_without_a_boundary_is_never_all_of_a_present_one() {
    let site = served().await;
    // Phường 5 went whole to Phường Long An, with others.
    let answer = site.json("/collections/school/statistics?area=commune:27685@2025-03-01").await;
    assert_eq!(answer["area"]["boundary"], "unknown");
    let stands = answer["area"]["stands_for_it"].as_array().unwrap();
    assert_eq!(stands.len(), 1);
    assert_eq!(stands[0]["unit"]["name"], "Phường Long An");
    assert_eq!(stands[0]["lies_in_the_area_asked_for"], "part of it, share unknown");
    let told = "Chỉ một phần thuộc Phường 5, tỷ lệ chưa rõ: Phường Long An.";
    assert!(answer["notes"][0]["vi"].as_str().unwrap().ends_with(told), "{answer}");
    // The pages say it in words: no member of the JSON, no list in brackets, each in its language.
    for path in ["/collections/school/statistics", "/report"] {
        let page = async |language| {
            let asked = format!("{path}?area=commune:27685@2025-03-01&f=html&lang={language}");
            site.get(&asked).await.text()
        };
        let (vi, en) = (page("vi").await, page("en").await);
        assert!(
            vi.contains(told) && !vi.contains("whole of it") && !vi.contains("part of it"),
            "{path}: {vi}"
        );
        assert!(
            en.contains("Only a part in Phường 5, how much is not known: Phường Long An."),
            "{path}: {en}"
        );
        assert!(!vi.contains(": [") && !en.contains(": ["), "{path}: {vi}");
        assert!(!en.contains("lies_in_the_area_asked_for"), "{path}: {en}");
    }
    let page =
        site.get("/collections/school/statistics?area=commune:27685@2025-03-01&f=html&lang=vi").await.text();
    assert!(page.contains("<li>Phường Long An (27694): một phần, tỷ lệ chưa rõ</li>"), "{page}");
}

#[tokio::test]
async fn an_area_may_come_as_json() {
    let site = served().await;
    let body = r#"{"area":{"type":"Polygon","coordinates":[[[106.41,10.9],[106.42,10.91],[106.42,10.9],[106.41,10.91],[106.41,10.9]]]}}"#;
    let answer = post(&site, "/collections/land_use_plan/statistics", body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let answer = answer.json();
    assert!(answer["notes"][0]["en"].as_str().unwrap().contains("repaired"), "{answer}");
    let far = post(&site, "/collections/land_use_plan/statistics", r#"{"area":"circle:2.35,48.85,1000"}"#)
        .await
        .json();
    assert_eq!(far["total"]["count"], 0);
    assert!(far["notes"][0]["en"].as_str().unwrap().contains("outside"), "{far}");
}

#[tokio::test]
async fn a_filter_leaves_some_of_it() {
    let site = served().await;
    let path = "/collections/school/statistics";
    let count = |answer: serde_json::Value| answer["total"]["count"].as_u64().unwrap();
    let whole = site.json(path).await;
    assert_eq!(count(whole), 2);
    let filtered = site.json(&format!("{path}?sum=pupil_count&filter=pupil_count%3E400")).await;
    assert_eq!(filtered["total"]["values"]["pupil_count"]["sum"], 500.0);
    let northing_first = "filter-crs=http://www.opengis.net/def/crs/EPSG/0/4326";
    let place = "filter=S_WITHIN(geometry,BBOX(10.9,106.41,10.91,106.42))";
    assert_eq!(count(site.json(&format!("{path}?{place}&{northing_first}")).await), 1);
    // The same in a document, as text and as it is; what stands there goes before the address.
    for body in [
        r#"{"filter":"pupil_count > 400"}"#,
        r#"{"filter":{"op":">","args":[{"property":"pupil_count"},400]}}"#,
        r#"{"filter":"S_WITHIN(geometry,BBOX(10.9,106.41,10.91,106.42))","filter-crs":"http://www.opengis.net/def/crs/EPSG/0/4326"}"#,
    ] {
        let answer = post(&site, path, body).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(count(answer.json()), 1, "{body}");
    }
    let filtered = format!("{path}?filter=pupil_count%3E400");
    assert_eq!(count(post(&site, &filtered, r#"{"filter":"pupil_count > 900"}"#).await.json()), 0);
    assert_eq!(count(post(&site, &filtered, r#"{"sum":"pupil_count"}"#).await.json()), 1);
    for (query, part) in [
        ("filter=pupils%3E400", "character 1 (`pupils`)"),
        ("filter=pupil_count%3E", "at its end"),
        ("filter-lang=sql&filter=pupil_count%3E1", "cql2-text, cql2-json"),
    ] {
        let detail = site.get(&format!("{path}?{query}")).await.problem(400);
        assert!(detail.contains(part), "{query}: {detail}");
    }
    for body in [r#"{"filter":1}"#, r#"{"filter":"pupil_count","filter-crs":4326}"#] {
        post(&site, path, body).await.problem(400);
    }
}

#[tokio::test]
async fn bad_questions_are_told_what_would_do() {
    let site = served().await;
    for (query, part) in [
        ("area=commune:99999", "/units?q="),
        ("area=district:794@2025-08-01", "district 794"),
        ("area=here", "commune:CODE"),
        ("area=LINESTRING(106.4 10.9,106.5 10.9)", "buffer"),
        ("area=feature:urban_utility/1", "no layer"),
        ("area=feature:school/999", "no feature"),
        ("group=colour", "level"),
        ("sum=name_vi", "pupil_count"),
        ("group=zone:school", "no areas"),
        ("group=commune@today", "no day"),
        ("group=level,level", "stands twice"),
        ("sum=pupil_count,pupil_count", "stands twice"),
        ("aera=province:80", "no parameter"),
    ] {
        let path = format!("/collections/school/statistics?{}", query.replace(' ', "%20"));
        let detail = site.get(&path).await.problem(400);
        assert!(detail.contains(part), "{query}: {detail}");
    }
    site.get("/collections/urban_utility/statistics").await.problem(404);
    for body in ["[", "[]", r#"{"aera":1}"#, r#"{"area":{"type":"Circle"}}"#] {
        post(&site, "/collections/school/statistics", body).await.problem(400);
    }
    let long = format!(r#"{{"area":"{}"}}"#, "x".repeat(9 << 20));
    post(&site, "/collections/school/statistics", &long).await.problem(413);
}

#[tokio::test]
async fn an_area_of_too_many_positions_is_too_large() {
    let site = served().await;
    let degrees = "106.4 10.9,106.5 10.9,106.5 11,".repeat(70_000);
    let wkt = format!("POLYGON(({degrees}106.4 10.9))");
    let corners = format!("corners:9210:{}", "1200000 560000;".repeat(200_001));
    for area in [wkt, corners] {
        let body = serde_json::json!({ "area": area }).to_string();
        for path in ["/collections/school/statistics", "/report"] {
            let detail = post(&site, path, &body).await.problem(413);
            assert!(detail.contains("200000 are allowed"), "{path}: {detail}");
        }
    }
    let two = r#"{"area":"corners:9210:1200000 560000;1200000 560100"}"#;
    let detail = post(&site, "/collections/school/statistics", two).await.problem(400);
    assert!(detail.contains("from 3 to"), "{detail}");
}

#[tokio::test]
async fn units_are_found_by_name_and_code() {
    let site = served().await;
    let answer = site.json("/units?q=an%20ninh%20dong").await;
    assert_eq!(answer["units"][0]["name"], "Xã An Ninh Đông");
    assert_eq!(answer["units"][0]["successors"][0]["name"], "Xã An Ninh");
    assert_eq!(answer["units"][0]["parent"]["name"], "Huyện Đức Hòa");
    let new = site.json("/units?q=27943&date=2026-01-01").await;
    assert_eq!(new["units"][0]["id"], "commune:27943@2025-07-01");
    assert!(new["units"][0]["predecessors"].as_array().unwrap().len() > 1);
    assert_eq!(site.json("/units?level=commune&date=2025-03-01").await["numberMatched"], 280);
    site.get("/units?date=soon").await.problem(400);
    site.get("/units?level=village").await.problem(400);
}

#[tokio::test]
async fn each_layer_says_what_is_at_a_point() {
    let site = served().await;
    let answer = site.json("/at?point=106.4151,10.9051&within=50").await;
    let layers: Vec<&str> =
        answer["layers"].as_array().unwrap().iter().map(|l| l["layer"].as_str().unwrap()).collect();
    assert_eq!(layers, ["admin_commune", "land_use_plan", "school"]);
    let school = &answer["layers"][2]["features"][0];
    assert_eq!(school["properties"]["name_vi"], "Trường Một");
    assert!((school["distance_m"].as_f64().unwrap() - 15.6).abs() < 1.0, "{school}");
    assert_eq!(answer["left_out"], serde_json::json!([]));
    // Of the two An Ninh that hold it, the one of that day.
    let then = site.json("/at?point=106.4151,10.9051&datetime=2025-03-01&layers=admin_commune").await;
    assert_eq!(then["layers"][0]["features"][0]["properties"]["name_vi"], "Xã An Ninh Đông");
    for query in
        ["", "?point=106", "?point=10.9,206.4", "?point=106.4,10.9&within=x", "?point=106.4,10.9&layers=no"]
    {
        let status = site.get(&format!("/at{query}")).await.status;
        assert!([400, 404].contains(&status), "{query}: {status}");
    }
}

pub async fn post(site: &Served, path: &str, body: &str) -> crate::support::served::Answer {
    site.send("POST", path, &[("content-type", "application/json")], body.to_owned().into_bytes()).await
}

#[tokio::test]
async fn an_area_far_away_lies_outside_the_province_and_nowhere() {
    let site = served().await;
    for area in [
        "bbox:2.2,48.8,2.4,48.9",
        "circle:2.3,48.85,500",
        "POLYGON((-70%20-30,-69%20-30,-69%20-29,-70%20-30))",
    ] {
        let answer = site.json(&format!("/collections/school/statistics?area={area}")).await;
        assert_eq!(answer["total"]["count"], 0, "{area}");
        assert!(answer["area"]["bbox"].is_null(), "{area}: {answer}");
        let outside = answer["notes"][0]["en"].as_str().unwrap();
        assert!(outside.contains("outside the province"), "{area}: {outside}");
        let page = site.get(&format!("/report?area={area}&f=html")).await;
        assert!(page.status == 200 && page.text().contains("ngoài tỉnh"), "{area}");
    }
}

#[tokio::test]
async fn an_area_that_is_cut_and_one_that_has_no_area_say_so() {
    let site = served().await;
    let told = async |area: &str| {
        let answer = site.json(&format!("/collections/school/statistics?area={area}")).await;
        let notes = answer["notes"].as_array().unwrap().iter();
        let texts: Vec<String> = notes.map(|n| n["en"].as_str().unwrap().to_owned()).collect();
        (answer["total"]["count"].as_u64().unwrap(), texts.join(" "))
    };
    let wide = [
        "bbox:90,0,120,30",
        "POLYGON((90%200,120%200,120%2030,90%2030,90%200))",
        "buffer:100:LINESTRING(80%2010.905,106.4%2010.905,120%2010.905)",
    ];
    for area in wide {
        let (count, notes) = told(area).await;
        assert!(notes.contains("longitude 98 to 114") && !notes.contains("outside"), "{area}: {notes}");
        assert!(count > 0, "{area}: {count}");
        let page = site.get(&format!("/report?area={area}&f=html")).await.text();
        assert!(page.contains("kinh độ 98 đến 114"), "{area}: {page}");
    }
    for area in ["bbox:106,10,107,11.5", "commune:27943@2025-07-01", "circle:106.41,10.905,5000"] {
        assert_eq!(told(area).await.1, "", "{area}");
    }
    for area in ["POLYGON((106.41%2010.9,106.42%2010.91,106.41%2010.9,106.41%2010.9))"] {
        let (_, notes) = told(area).await;
        assert!(notes.contains("no area") && notes.contains("buffer:METRES:"), "{area}: {notes}");
        assert!(!notes.contains("outside"), "{area}: {notes}");
    }
    for area in ["POINT(106.41%2010.9)", "LINESTRING(106.4%2010.9,106.5%2010.9)", "POINT(2%2048)"] {
        let detail = site.get(&format!("/collections/school/statistics?area={area}")).await.problem(400);
        assert!(detail.contains("no area") && detail.contains("buffer:METRES:"), "{area}: {detail}");
    }
    let (_, notes) = told("buffer:-9000:commune:27943@2025-07-01").await;
    assert!(notes.contains("Nothing is left"), "{notes}");
}

/// Rings on which an overlay has fallen over, brought to where people draw.
#[tokio::test]
async fn a_tangled_drawing_is_answered_or_told_to_be_drawn_anew() {
    use geozero::{ToGeo, wkb::Wkb};
    let site = served().await;
    let wkb = &include_bytes!("../wkb/hole_without_exterior.bin")[1..];
    let Ok(geo::Geometry::Polygon(shape)) = Wkb(wkb).to_geo() else { panic!("the file holds a polygon") };
    for (width, low) in [(360.0, [-180.0, -90.0]), (0.02, [106.41, 10.9])] {
        let place = |c: &geo::Coord| {
            let [x, y] = [c.x, c.y].map(|v| (v.clamp(-60.0, 60.0) + 60.0) / 120.0);
            [low[0] + x * width, low[1] + y * width / 2.0]
        };
        let rings = std::iter::once(shape.exterior()).chain(shape.interiors());
        let rings: Vec<Vec<[f64; 2]>> = rings.map(|ring| ring.0.iter().map(place).collect()).collect();
        let drawn = serde_json::json!({ "type": "Polygon", "coordinates": rings });
        for metres in [-20.0, 0.5, 300.0] {
            let area = serde_json::json!({ "area": { "buffer_m": metres, "of": drawn } }).to_string();
            let answer = site.post("/collections/school/statistics", "application/json", area).await;
            assert!([200, 400].contains(&answer.status), "{metres}: {}", answer.text());
        }
        let answer = site
            .post(
                "/collections/school/statistics",
                "application/json",
                serde_json::json!({ "area": drawn }).to_string(),
            )
            .await;
        assert!([200, 400].contains(&answer.status), "{}", answer.text());
    }
}

/// What takes long to follow is told at once, or has nothing to follow.
#[tokio::test]
async fn drawings_that_would_be_followed_without_end_are_cut_short() {
    let site = served().await;
    let path = "/collections/school/statistics";
    // Turned inside out, nothing is left.
    let answer = site.json(&format!("{path}?area=buffer:-1500:circle:106.41,10.9,1000")).await;
    assert_eq!(answer["total"]["count"], 0, "{answer}");
    let left = site.json(&format!("{path}?area=buffer:-200:circle:106.41,10.9,1000")).await;
    let hectares = left["area"]["area_ha"].as_f64().unwrap();
    assert!((hectares / (std::f64::consts::PI * 64.0) - 1.0).abs() < 1e-3, "{left}");
    // The two halves of a bow tie go round in turn, and each is an area.
    let bow = "POLYGON((106.40%2010.89,106.42%2010.91,106.42%2010.89,106.40%2010.91,106.40%2010.89))";
    let left = site.json(&format!("{path}?area=buffer:-50:{bow}")).await;
    assert!(left["area"]["area_ha"].as_f64().unwrap() > 150.0, "{left}");
    // A star of n corners crosses itself some n² times.
    let star = |corners: u32| {
        let place = |i: u32| {
            let angle =
                f64::from(i * (corners / 2 - 1) % corners) / f64::from(corners) * std::f64::consts::TAU;
            [106.41 + angle.cos() * 0.01, 10.9 + angle.sin() * 0.01]
        };
        let ring: Vec<[f64; 2]> = (0..=corners).map(place).collect();
        serde_json::json!({ "area": { "type": "Polygon", "coordinates": [ring] } }).to_string()
    };
    let detail = post(&site, path, &star(1_500)).await.problem(400);
    assert!(detail.contains("more than 2000 times"), "{detail}");
    assert_eq!(post(&site, path, &star(14)).await.status, 200);
    let twice = format!("{path}?area=province:80");
    let detail = post(&site, &twice, r#"{"area":"circle:106.41,10.9,500"}"#).await.problem(400);
    assert!(detail.contains("in the address and in the body"), "{detail}");
}
