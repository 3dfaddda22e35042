//! Which system a file is in, told by where its features lie: files made wrong out of the communes are
//! all found, right ones are left alone.

use diaban::{
    area::draw::to_plane,
    crs::{self, SYSTEMS, SystemKind},
    import::{
        Words,
        evidence::{Ground, Hypothesis, Judgement, Sample, SampleRow, judge, weigh},
        words,
    },
    sample::land::Land,
};
use geo::{Coord, CoordsIter, Geometry, LineString, MultiPolygon, Polygon};
use std::{fs, path::Path};

/// Code and boundary, degrees of EPSG:4326.
pub(super) type Communes = Vec<(String, MultiPolygon)>;

pub(super) fn synthetic() -> Communes {
    let ring = |ring: &[[f64; 2]]| LineString::new(ring.iter().map(|p| Coord { x: p[0], y: p[1] }).collect());
    let land = Land::draw();
    let area = |line: &[[f64; 2]]| MultiPolygon::new(vec![Polygon::new(ring(line), Vec::new())]);
    land.communes.iter().map(|c| (c.code.to_owned(), area(&c.ring))).collect()
}

/// The 96 communes as they are, where the data are at hand.
pub(super) fn real() -> Option<Communes> {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/admin/tay_ninh_80_communes_2025.geojson");
    let json: serde_json::Value = serde_json::from_str(&fs::read_to_string(path).ok()?).unwrap();
    let commune = |feature: &serde_json::Value| {
        let code = feature["properties"]["code"].as_str().unwrap().to_owned();
        let text = feature["geometry"].to_string();
        let shape = match geozero::ToGeo::to_geo(&geozero::geojson::GeoJson(&text)).unwrap() {
            Geometry::MultiPolygon(shape) => shape,
            Geometry::Polygon(polygon) => MultiPolygon::new(vec![polygon]),
            other => panic!("{other:?}"),
        };
        (code, shape)
    };
    Some(json["features"].as_array().unwrap().iter().map(commune).collect())
}

pub(super) fn ground(communes: &Communes) -> Ground {
    let plane = |shape: &MultiPolygon| to_plane(&Geometry::MultiPolygon(shape.clone())).unwrap();
    Ground::of_communes(communes.iter().map(|(code, shape)| (code.clone(), plane(shape))).collect())
}

/// A file of features as it would be in `truth`, with the codes of their communes or without.
pub(super) fn file<'a>(
    features: impl Iterator<Item = &'a (String, MultiPolygon)>,
    truth: &Hypothesis,
    with_codes: bool,
) -> Option<Sample> {
    let row = |(code, shape): &(String, MultiPolygon)| {
        let positions: Vec<[f64; 2]> = shape.coords_iter().map(|c| [c.x, c.y]).collect();
        let (x, y): (Vec<f64>, Vec<f64>) =
            truth.from_wgs84(&positions).ok()?.into_iter().map(|[x, y]| (x, y)).unzip();
        SampleRow::new(&x, &y, with_codes.then(|| code.clone()))
    };
    Some(Sample::new(features.map(row).collect::<Option<Vec<_>>>()?))
}

/// Who states it.
pub(super) fn says() -> Words {
    words("theo tệp là", "the file says")
}

/// What a file can state.
pub(super) fn statements() -> impl Iterator<Item = Hypothesis> {
    SYSTEMS.iter().map(|system| Hypothesis::of(system, false))
}

/// What a file can be in truth: each system, x and y swapped, and the mistakes of programs.
fn truths() -> Vec<Hypothesis> {
    let all = Hypothesis::all();
    let (said, odd): (Vec<_>, Vec<_>) = all.into_iter().partition(|h| h.flag().is_some());
    let near = |h: &Hypothesis| [105.0, 105.5, 105.75].contains(&h.system.central_meridian_deg);
    let wanted = |h: &Hypothesis| !h.swapped || [9210, 9209, 4326].contains(&h.system.code);
    said.into_iter().filter(wanted).chain(odd.into_iter().filter(|h| near(h) && !h.swapped)).collect()
}

fn assert_told(communes: &Communes, truth: &Hypothesis, sample: &Sample, ground: &Ground, what: &str) {
    let fits = weigh(sample, ground).unwrap();
    for stated in statements() {
        match (judge(&stated, &says(), &fits, ground), stated == *truth) {
            (Judgement::Agrees(why), true) => {
                assert!(why.en.contains("features lie in the province"), "{why}")
            }
            (Judgement::Contradicted(why), false) => {
                let named = truth.flag().unwrap_or_else(|| truth.to_string());
                assert!(
                    why.en.contains(&named),
                    "{what} of {} in {truth}, stated {stated}: {why}",
                    communes.len()
                );
            }
            (judgement, _) => panic!("{what} in {truth}, stated {stated}: {judgement:?}"),
        }
    }
}

fn assert_all_told(communes: &Communes) {
    let ground = ground(communes);
    let mut told = 0;
    for truth in truths() {
        let Some(sample) = file(communes.iter(), &truth, true) else { continue };
        assert_told(communes, &truth, &sample, &ground, "communes");
        told += 1;
    }
    assert!(told > 30, "{told}");
}

#[test]
fn synthetic_communes_in_a_wrong_system_are_found_and_in_the_right_one_left_alone() {
    assert_all_told(&synthetic());
}

#[test]
fn real_communes_in_a_wrong_system_are_found_and_in_the_right_one_left_alone() {
    if let Some(communes) = real() {
        assert_all_told(&communes);
    }
}

#[test]
fn one_commune_without_a_code_is_told_by_its_border() {
    for communes in [Some(synthetic()), real()].into_iter().flatten() {
        let ground = ground(&communes);
        let truths =
            truths().into_iter().filter(|t| [9210, 9209, 3405, 32648, 4756, 0].contains(&t.system.code));
        for (at, truth) in truths.enumerate() {
            let one = communes.iter().skip(at * 7 % communes.len()).take(1);
            let Some(sample) = file(one, &truth, false) else { continue };
            assert_told(&communes, &truth, &sample, &ground, "a commune");
        }
    }
}

/// A point within each commune, some of them several.
fn points(communes: &Communes) -> Communes {
    use geo::InteriorPoint;
    let speck = |p: geo::Point| {
        let at = |dx: f64, dy: f64| Coord { x: p.x() + dx, y: p.y() + dy };
        let ring = LineString::new(vec![at(0.0, 0.0), at(1e-5, 0.0), at(1e-5, 1e-5), at(0.0, 0.0)]);
        MultiPolygon::new(vec![Polygon::new(ring, Vec::new())])
    };
    communes.iter().filter_map(|(code, shape)| Some((code.clone(), speck(shape.interior_point()?)))).collect()
}

#[test]
fn right_points_raise_no_alarm_and_a_wrong_meridian_is_told_by_their_codes() {
    for communes in [Some(synthetic()), real()].into_iter().flatten() {
        let ground = ground(&communes);
        let points = points(&communes);
        let few: Communes = points.iter().take(10).cloned().collect();
        for truth in statements() {
            for (features, codes) in [(&points, true), (&points, false), (&few, true), (&few, false)] {
                let Some(sample) = file(features.iter(), &truth, codes) else { continue };
                let fits = weigh(&sample, &ground).unwrap();
                let right = judge(&truth, &says(), &fits, &ground);
                assert!(matches!(right, Judgement::Agrees(_)), "{truth} codes {codes}: {right:?}");
                // Without codes a meridian 27 km off may put ten points into the province as well.
                for stated in statements().filter(|s| codes && s.system.kind == SystemKind::Vn2000Plane) {
                    let far = stated.system.central_meridian_deg != truth.system.central_meridian_deg;
                    let told = judge(&stated, &says(), &fits, &ground);
                    if far && !truth.system.is_geographic() {
                        assert!(
                            matches!(told, Judgement::Contradicted(_)),
                            "{truth} stated {stated}: {told:?}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn what_the_data_cannot_tell_is_said_and_not_guessed() {
    let communes = synthetic();
    let truth = *Hypothesis::all().first().unwrap();
    let points = points(&communes);
    let middle = |(_, shape): &&(String, MultiPolygon)| {
        shape.coords_iter().all(|c| (106.1..106.25).contains(&c.x) && (10.5..10.8).contains(&c.y))
    };
    let sample = file(points.iter().filter(middle).take(5), &truth, false).unwrap();
    // A lost datum moves a point by 225 m, and nothing says where it belongs.
    let ground = ground(&communes);
    let fits = weigh(&sample, &ground).unwrap();
    let Judgement::Agrees(why) = judge(&truth, &says(), &fits, &ground) else { panic!("an alarm") };
    assert!(why.en.contains("would fit as well with") && why.en.contains("--crs EPSG:"), "{why}");
    let shifted = "it cannot be told whether the data lie 225 m off, which is what happens when the shift between WGS 84";
    assert!(why.en.contains(shifted) && why.en.contains("repeat with --reference LAYER"), "{why}");
    assert!(
        why.vi.contains("dữ liệu nằm lệch 225 m, điều xảy ra khi phép chuyển giữa WGS 84 và VN-2000 bị"),
        "{why:?}"
    );
    // Without communes there is less to hold it against.
    let nothing = Ground::default();
    let fits = weigh(&sample, &nothing).unwrap();
    let Judgement::Agrees(why) = judge(&truth, &says(), &fits, &nothing) else { panic!("an alarm") };
    assert!(why.en.contains("diaban import FILE --layer admin_commune) it could be told"), "{why}");
    // Borders tell 225 m, and nothing below 5 m.
    let sample = file(communes.iter(), &truth, true).unwrap();
    let fits = weigh(&sample, &ground).unwrap();
    let Judgement::Agrees(why) = judge(&truth, &says(), &fits, &ground) else { panic!("an alarm") };
    assert!(
        why.en.contains("shifts below 5 m, like the 0.8 m") && !why.en.contains("would fit as well"),
        "{why}"
    );
}

/// Which meridian is stated, which fits, how far it is from there, and what to type.
fn assert_meridians_are_told(en: &str, vi: &str) {
    for (text, part) in [
        (
            en,
            "the file says EPSG:9209 (VN-2000 / TM-3 105-30), central meridian 105°30', and the data fit EPSG:9210",
        ),
        (en, "central meridian 105°45'"),
        (en, "as stated: the data lie 27."),
        (
            vi,
            "theo tệp là EPSG:9209 (VN-2000 / TM-3 105-30), kinh tuyến trục 105°30', nhưng dữ liệu khớp với EPSG:9210",
        ),
        (vi, "96 trên 96 (100 %) nằm đúng xã theo mã"),
        (vi, "như đã ghi: dữ liệu nằm cách đó 27."),
        (vi, "chạy lại với --crs EPSG:9210"),
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[tokio::test]
async fn a_file_in_a_wrong_system_stops_and_the_flag_settles_it() {
    let ground = super::Ground::of(diaban::layer::Catalog::built_in().unwrap()).await;
    let communes = synthetic();
    let written = |system: u32| {
        let truth = Hypothesis::of(crs::system(system).unwrap(), false);
        let row = |(code, shape): &(String, MultiPolygon)| {
            let ring: Vec<[f64; 2]> = shape.0[0].exterior().coords().map(|c| [c.x, c.y]).collect();
            let ring = truth.from_wgs84(&ring).unwrap();
            let properties = format!(r#"{{"code":"{code}","name_vi":"Xã {code}","unit_type":"xa"}}"#);
            super::feature(&format!(r#"{{"type":"Polygon","coordinates":[{ring:?}]}}"#), &properties)
        };
        super::collection(&communes.iter().map(row).collect::<Vec<_>>())
    };
    let right = ground.file("xa.geojson", written(4326));
    let mut asked = super::request("admin_commune", &right);
    asked.constants = vec!["valid_from=2025-07-01".parse().unwrap()];
    let report = ground.run(&asked).await.unwrap();
    assert_eq!(report.loaded.new, 96, "{:?}", report.findings);
    // In the province's meridian, called that of old Tây Ninh, 27 km beside.
    let json = ground.file("metres.geojson", written(9210));
    let wrong = ground.converted(
        &json,
        "xa.shp",
        "ESRI Shapefile",
        &["-a_srs", "EPSG:9209", "-lco", "ENCODING=UTF-8"],
    );
    asked.files = vec![wrong.clone()];
    let text = ground.refused(&asked).await;
    assert!(
        text.contains("the file says EPSG:9209") && text.contains("repeat with --crs EPSG:9210"),
        "{text}"
    );
    assert!(text.contains("96 of 96 (100 %) in the commune of their code"), "{text}");
    assert_meridians_are_told(&text, &ground.run(&asked).await.unwrap_err().words().vi);
    asked.system = Some(crs::system(9210).unwrap());
    let report = ground.run(&asked).await.unwrap();
    assert!(
        matches!(&report.files[0].judgement, Judgement::Agrees(why) if !why.en.contains("fit as well")),
        "{report:?}"
    );
    // What is asked for is done, and the contradiction told.
    asked.system = Some(crs::system(9209).unwrap());
    asked.dry_run = true;
    let report = ground.run(&asked).await.unwrap();
    assert!(
        matches!(&report.files[0].judgement, Judgement::Contradicted(why) if why.en.contains("EPSG:9210"))
    );
    // Held against a layer that is named instead of the communes.
    asked.system = None;
    asked.reference = Some("admin_commune".to_owned());
    let text = ground.refused(&asked).await;
    assert!(text.contains("corners within 5 m of features of layer admin_commune"), "{text}");
    asked.reference = Some("school".to_owned());
    assert!(ground.refused(&asked).await.contains("the layer is empty"));
}
