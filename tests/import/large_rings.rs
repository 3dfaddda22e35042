//! Rings with more positions than any border has: words, within the memory of an import.

use super::{command::layers, hostile::ring, *};

/// Kilobytes of memory that the command may take of its own.
const MEMORY_KB: u64 = 500_000;

async fn imported(ground: &Ground, file: &Path) -> String {
    let mut command = tokio::process::Command::new("sh");
    command.args(["-c", &format!("ulimit -d {MEMORY_KB}; exec \"$@\""), "sh", env!("CARGO_BIN_EXE_diaban")]);
    command.arg("import").arg(file).args(["--layer", "plot", "--crs", "EPSG:4326", "--lang", "en"]);
    command
        .env("DATABASE_URL", ground.database.url())
        .env("DIABAN_LAYERS", layers(ground.folder.path()))
        .current_dir(ground.folder.path())
        .kill_on_drop(true);
    let done = command.output().await.unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert_eq!(done.status.code(), Some(1), "{said}");
    said
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ring_of_five_million_positions_gets_words_in_bounded_memory() {
    let ground = Ground::new().await;
    let file = ring(&ground, 5_000_000);
    let said = imported(&ground, &file).await;
    assert!(said.contains("row 1") && said.contains("76 MB") && said.contains("at most 64 MB"), "{said}");
    let flat = ground.converted(&file, "ring.fgb", "FlatGeobuf", &["-lco", "SPATIAL_INDEX=NO"]);
    let said = imported(&ground, &flat).await;
    assert!(said.contains("row 1") && said.contains("at most 64 MB"), "{said}");
    assert_eq!(ground.count("plot").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ring_of_more_than_is_taken_is_refused_as_a_row_and_one_of_fewer_goes_in() {
    let ground = Ground::new().await;
    let refused = Some(RefusedFile::Beside(ground.folder.path().to_owned()));
    let system = Some(crs::system(4326).unwrap());
    for (count, loaded) in [(1_000_001, 0), (300_000, 1)] {
        let file = ring(&ground, count);
        let asked = ImportRequest { refused: refused.clone(), system, ..request("plot", &file) };
        let report = ground.run(&asked).await.unwrap();
        assert_eq!(report.loaded.new, loaded, "{count}: {:?}", report.findings);
        if loaded == 0 {
            assert!(report.findings[0].reason.en.contains("has 1000001 positions"), "{:?}", report.findings);
            assert!(report.findings[0].reason.vi.contains("có 1000001 điểm"), "{:?}", report.findings);
            assert!(fs::metadata(&report.refused_files[0]).unwrap().len() > 16_000_000);
        }
    }
}
