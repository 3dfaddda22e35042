//! Drawings that are not quite right: two texts in an area, outlines that do not close, and rows that come back.

use super::sources::{drawing, of_9210, plots};
use super::*;
use diaban::import::Severity;

const RULE: &str =
    "drawing = { columns = { text = \"code\", layer = \"note\" }, values = { layer = { LUA = \"Lúa\" } } }\n";

async fn ground() -> Ground {
    let plot = LAYERS[1].replacen("attributes = [", &format!("{RULE}attributes = ["), 1);
    Ground::of(Catalog::new(vec![crate::support::layer(&plot)], AgencyRegister::default())).await
}

/// The drawing with more in it.
fn with(more: &str) -> String {
    drawing().replace("0\nENDSEC\n0\nEOF", &format!("{more}0\nENDSEC\n0\nEOF"))
}

fn text(x: u32, y: u32, said: &str) -> String {
    format!("0\nTEXT\n5\n1D\n8\nCHU\n10\n{x}\n20\n{y}\n40\n5\n1\n{said}\n")
}

fn square(x: u32) -> String {
    let (y, e, n) = (1_165_000, x + 100, 1_165_100);
    let corners: String =
        [(x, y), (e, y), (e, n), (x, n)].iter().map(|(x, y)| format!("10\n{x}\n20\n{y}\n")).collect();
    format!("0\nLWPOLYLINE\n5\n2A\n8\nLUA\n62\n3\n100\nAcDbPolyline\n90\n4\n70\n1\n{corners}")
}

#[tokio::test]
async fn an_area_with_two_texts_is_refused_by_itself_and_goes_in_once_one_is_chosen() {
    let ground = ground().await;
    let more = square(590_200) + &text(590_250, 1_165_050, "R-02") + &text(590_260, 1_165_060, "R-03");
    let mut asked = of_9210("plot", &ground.file("ban_ve.dxf", with(&more)));
    asked.max_refused = "1".parse().unwrap();
    asked.refused = Some(RefusedFile::Beside(ground.folder.path().to_owned()));
    let report = ground.run(&asked).await.unwrap();
    assert_eq!((report.loaded.new, report.refused), (1, 1), "{:?}", report.findings);
    let found = report.findings.iter().find(|f| f.reason.en.contains("2 texts")).unwrap();
    for part in ["`R-02` at 590250.000 1165050.000", "`R-03` at 590260.000 1165060.000"] {
        assert!(found.reason.en.contains(part), "{}", found.reason);
    }
    let (lon, lat) = found.place.unwrap();
    assert!((lon - 106.57).abs() < 0.05 && (lat - 10.53).abs() < 0.05, "{lon} {lat}");

    let back = &report.refused_files[0];
    assert_eq!(back.file_name().unwrap(), "ban_ve.refused.gpkg");
    let text = ground.refused(&of_9210("plot", back)).await;
    assert!(text.contains("must have it"), "nothing was chosen yet: {text}");
    let sql = "UPDATE \"ban_ve.refused\" SET text = 'R-03'";
    let done = Command::new("ogrinfo").arg(back).args(["-sql", sql]).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let report = ground.run(&of_9210("plot", back)).await.unwrap();
    assert_eq!((report.loaded.new, report.refused), (1, 0), "{:?}", report.findings);
    let found = plots(&ground).await;
    let told: Vec<_> = found.iter().map(|(code, note, _)| (code.as_str(), note.as_deref())).collect();
    assert_eq!(told, [("R-01", Some("Lúa")), ("R-03", Some("Lúa"))]);
    assert!((found[1].2 / 10_000.0 - 1.0).abs() < 1e-3, "{found:?}");
}

#[tokio::test]
async fn an_outline_around_a_text_that_does_not_close_is_named_with_its_place() {
    let ground = ground().await;
    // The open square of the drawing begins at 590300 and is 50 m wide.
    let open = with(&text(590_325, 1_165_025, "R-09"));
    let report = ground.run(&of_9210("plot", &ground.file("ho.dxf", &open))).await.unwrap();
    assert_eq!((report.loaded.new, report.refused), (1, 0), "{:?}", report.findings);
    let found = &report.findings[0];
    assert_eq!(
        (report.findings.len(), found.severity, found.rule.as_str()),
        (1, Severity::Warning, "geometry_type")
    );
    for part in ["`R-09`", "open by 50.000", "at 590300.000 1165050.000"] {
        assert!(found.reason.en.contains(part), "{}", found.reason);
    }
    assert!(found.place.is_some());
    // Where no line closes, that is what is said.
    let none = open.replace("90\n4\n70\n1", "90\n4\n70\n0");
    let text = ground.refused(&of_9210("plot", &ground.file("khong.dxf", none))).await;
    assert!(
        text.contains("holds no closed line") && text.contains("the outline around the text `R-0"),
        "{text}"
    );
}

/// Found by garbled bytes: GDAL never comes to the end of such a drawing.
#[tokio::test]
async fn a_drawing_whose_lines_end_with_carriage_returns_alone_is_refused_before_it_is_read() {
    let ground = ground().await;
    let endless = "0\nSECTION\n2\nENTITIES\n\n\r\r\r\rE\r\r\r\r\r\r\r\r\r\r".to_owned();
    let text = ground.refused(&of_9210("plot", &ground.file("ve.dxf", endless))).await;
    assert!(text.contains("carriage return alone") && text.contains("save it as DXF again"), "{text}");
}
