//! Many rows of a file that says how many it holds, into an empty layer: straight into its table, and otherwise
//! as by the staging table.

use super::*;

/// Rows beyond which they go straight.
const MANY: u32 = 20_500;

/// A table of wells; the row of each number that `other` knows is what it says.
fn wells(other: impl Fn(u32) -> Option<String>) -> String {
    let mut text = String::from("code,name_vi,purpose,depth_m,pumps,active,drilled,tags,lon,lat\n");
    for i in 0..MANY {
        let (lon, lat) = (106.0 + f64::from(i % 200) * 1e-3, 10.6 + f64::from(i / 200) * 1e-3);
        let usual = format!(
            "G{i},Giếng {i},drinking,{}.{:02},{},{},{},a;b {i},{lon:.6},{lat:.6}",
            1 + i % 400,
            i % 100,
            i % 7,
            ["true", "false", ""][(i % 3) as usize],
            ["2024-02-29", "1999-12-31", ""][(i % 3) as usize],
        );
        let _ = writeln!(text, "{}", other(i).unwrap_or(usual));
    }
    text
}

impl Ground {
    /// A file of the table that says how many rows it holds.
    fn counted(&self, name: &str, wells: &str) -> PathBuf {
        let csv = self.file(&format!("{name}.csv"), wells);
        let places =
            ["-oo", "X_POSSIBLE_NAMES=lon", "-oo", "Y_POSSIBLE_NAMES=lat", "-oo", "KEEP_GEOM_COLUMNS=NO"];
        let more = ["-a_srs", "EPSG:4326", "-lco", "SPATIAL_INDEX=NO"];
        self.converted(&csv, &format!("{name}.fgb"), "FlatGeobuf", &[&places[..], &more].concat())
    }

    /// The file that the layer's rows are in, another one once they have come straight.
    async fn place(&self) -> String {
        self.database.text("SELECT pg_relation_filenode('gis.well')::text").await.unwrap()
    }

    /// All that the layer holds and what was delivered of it.
    async fn content(&self) -> String {
        let sql = "SELECT md5(string_agg((to_jsonb(w) - 'id' - 'updated_at')::text || ST_AsEWKB(geom)::text, '|' ORDER BY code)) \
                   || (SELECT coalesce(string_agg(concat_ws(' ', file, row, key, delivered), '|' ORDER BY row), '') \
                   FROM diaban.delivered_value) FROM gis.well w";
        self.database.text(sql).await.unwrap()
    }

    /// The constraints, indexes, triggers and the sequence of the layer's table.
    async fn parts(&self) -> String {
        let sql = "SELECT string_agg(part, '; ' ORDER BY part) FROM (SELECT conname || pg_get_constraintdef(oid) AS part \
                   FROM pg_constraint WHERE conrelid = 'gis.well'::regclass UNION ALL SELECT pg_get_indexdef(indexrelid) \
                   FROM pg_index WHERE indrelid = 'gis.well'::regclass UNION ALL SELECT pg_get_triggerdef(oid) || tgenabled::text \
                   FROM pg_trigger WHERE tgrelid = 'gis.well'::regclass UNION ALL SELECT concat_ws(' ', seqrelid::regclass, \
                   seqstart, seqincrement, seqcache) FROM pg_sequence \
                   WHERE seqrelid = pg_get_serial_sequence('gis.well', 'id')::regclass) parts";
        self.database.text(sql).await.unwrap()
    }

    async fn whole(&self) -> String {
        let sql = "SELECT concat_ws(' ', (SELECT count(*) FROM pg_index WHERE indrelid = 'gis.well'::regclass AND indisvalid), \
                   (SELECT count(*) FROM pg_trigger WHERE tgrelid = 'gis.well'::regclass AND tgenabled IN ('O', 'A')), \
                   (SELECT count(*) FROM gis.well), (SELECT count(*) FROM diaban.change), \
                   (SELECT count(*) FROM diaban.import_run))";
        self.database.text(sql).await.unwrap()
    }
}

#[tokio::test]
async fn the_layer_holds_the_same_as_by_the_staging_table() {
    let padded = |i| (i % 5000 == 7).then(|| format!("G{i},  Giếng {i},tuoi,0.5,,,,,106.2,10.7"));
    let (straight, staged) = (Ground::new().await, Ground::new().await);
    let (place, other) = (straight.place().await, staged.place().await);
    let reader = staged.database.client().await;
    reader.batch_execute("BEGIN; SELECT count(*) FROM gis.well").await.unwrap();
    for ground in [&straight, &staged] {
        let report = ground.import("well", &ground.counted("many", &wells(padded))).await.unwrap();
        assert_eq!(
            (report.loaded.new, report.refused),
            (u64::from(MANY), 0),
            "{:?}",
            report.findings.first()
        );
    }
    reader.batch_execute("COMMIT").await.unwrap();
    assert_ne!(straight.place().await, place, "it did not go straight");
    assert_eq!(staged.place().await, other, "the one who reads was waited for");
    let content = straight.content().await;
    assert_eq!(content, staged.content().await);
    assert!(content.contains("1 8 G7 {\"name_vi\": \"  Giếng 7\"}"), "{content}");
    assert_eq!(straight.whole().await, staged.whole().await);
    assert_eq!(straight.whole().await, format!("3 5 {MANY} 1 1"));
    // Neighbours on the ground lie together on the disk.
    let apart = "SELECT round(avg(ST_Distance(geom, before)::numeric), 4)::text FROM \
                 (SELECT geom, lag(geom) OVER (ORDER BY ctid) AS before FROM gis.well) pairs";
    let apart: f64 = straight.database.text(apart).await.unwrap().parse().unwrap();
    assert!(apart < 0.0012, "{apart} degrees");
    // The run is undone as any other.
    let undone = straight.database.database().undo(&straight.catalog, 1, None, true).await;
    assert_eq!((undone.unwrap().removed, straight.count("well").await), (u64::from(MANY), 0));
}

#[tokio::test]
async fn what_was_taken_away_for_the_rows_is_there_again() {
    let ground = Ground::new().await;
    let (place, parts) = (ground.place().await, ground.parts().await);
    assert_eq!(parts.matches("PRIMARY KEY (id)").count(), 1, "{parts}");
    let file = ground.counted("many", &wells(|_| None));
    assert_eq!(ground.import("well", &file).await.unwrap().loaded.new, u64::from(MANY));
    assert_ne!(ground.place().await, place, "it did not go straight");
    assert_eq!(ground.parts().await, parts);
    // Ids follow each other, and the next one follows them.
    let ids = "SELECT (max(id) - min(id) + 1)::text FROM gis.well";
    assert_eq!(ground.database.text(ids).await.unwrap(), MANY.to_string());
    let next = "INSERT INTO gis.well (code, geom) VALUES ('next', ST_SetSRID(ST_Point(106.2, 10.7), 4326)) \
                RETURNING (id - (SELECT max(id) FROM gis.well))::text";
    assert_eq!(ground.database.text(next).await.unwrap(), "1");
    let noted = "SELECT sum(rows_inserted)::text FROM diaban.change";
    assert_eq!(ground.database.text(noted).await.unwrap(), (MANY + 1).to_string());
}

#[tokio::test]
async fn a_key_that_comes_twice_is_named_and_so_is_what_the_table_refuses() {
    let ground = Ground::new().await;
    let empty = ground.whole().await;
    let twice = |i| (i == 20_000).then(|| "G3,Giếng,drinking,1,1,,,,106.2,10.7".to_owned());
    let file = ground.counted("twice", &wells(twice));
    let report = ground.import("well", &file).await.unwrap();
    let told: Vec<_> = report.findings.iter().map(|f| (f.row, &f.rule, f.reason.en.as_ref())).collect();
    assert_eq!(
        told,
        [(20_001, &Rule::UniqueKey, "the key is not unique: rows 4, 20001 have it; give this one another")]
    );
    assert_eq!(ground.whole().await, empty, "nothing has changed");
    let some = ImportRequest { max_refused: import::MaxRefused::Rows(1), ..request("well", &file) };
    assert_eq!(ground.run(&some).await.unwrap().loaded.new, u64::from(MANY) - 1);

    let ground = Ground::new().await;
    let client = ground.database.client().await;
    client.batch_execute("ALTER TABLE gis.well ADD CONSTRAINT few CHECK (pumps < 6)").await.unwrap();
    let error =
        ground.import("well", &ground.counted("few", &wells(|_| None))).await.unwrap_err().to_string();
    assert!(error.contains("few"), "{error}");
    assert_eq!(ground.whole().await, empty, "nothing has changed");
}

#[tokio::test]
async fn too_many_refused_rows_leave_the_layer_with_all_that_belongs_to_it() {
    let ground = Ground::new().await;
    let (empty, place) = (ground.whole().await, ground.place().await);
    let deep = |i| (i == 20_499).then(|| "G20499,Giếng,drinking,900,1,,,,106.2,10.7".to_owned());
    let report = ground.import("well", &ground.counted("deep", &wells(deep))).await.unwrap();
    assert_eq!(
        (report.refused, report.findings[0].row, &report.findings[0].rule),
        (1, 20_500, &Rule::Domain)
    );
    assert_eq!((ground.whole().await, ground.place().await), (empty, place));
}

#[tokio::test]
async fn a_merge_of_many_rows_writes_what_differs() {
    let ground = Ground::new().await;
    let first = ground.counted("first", &wells(|_| None));
    assert_eq!(ground.import("well", &first).await.unwrap().loaded.new, u64::from(MANY));
    let other = |i| match i {
        // Another value, another place, a new key in place of one that is gone, a repaired row that is the same.
        10 => Some("G10,Giếng 10,drinking,11.10,4,false,1999-12-31,a;b 10,106.01,10.6".to_owned()),
        400 => Some("G400,Giếng 400,drinking,1.00,1,false,1999-12-31,a;b 400,106.2,10.71".to_owned()),
        20_000 => Some("N1,Giếng,irrigation,5,1,true,,,106.2,10.7".to_owned()),
        0 => Some("G0,  Giếng 0,drinking,1.00,0,true,2024-02-29,a;b 0,106.000000,10.600000".to_owned()),
        _ => None,
    };
    let report = ground.import("well", &ground.counted("second", &wells(other))).await.unwrap();
    let done = report.loaded;
    assert_eq!(
        (done.new, done.changed, done.unchanged, done.gone),
        (1, 2, u64::from(MANY) - 3, 1),
        "{:?}",
        report.findings.first()
    );
    let noted = "SELECT string_agg(concat_ws(' ', rows_inserted, rows_updated, rows_deleted), ', ' ORDER BY id) \
                 FROM diaban.change WHERE import_run = 2";
    assert_eq!(ground.database.text(noted).await.unwrap(), "0 2 0, 1 0 0");
    let delivered =
        "SELECT concat_ws(' ', row, key, delivered) FROM diaban.delivered_value WHERE import_run = 2";
    assert_eq!(ground.database.text(delivered).await.unwrap(), "1 G0 {\"name_vi\": \"  Giếng 0\"}");
    // The same file again, and a key that comes twice, once as it stands and once not.
    let again = ground.import("well", &first).await.unwrap().loaded;
    assert_eq!((again.new, again.changed, again.unchanged, again.gone), (0, 2, u64::from(MANY) - 2, 1));
    let twice = |i| (i == 20_000).then(|| "G3,Giếng,drinking,1,1,,,,106.2,10.7".to_owned());
    let report = ground.import("well", &ground.counted("twice", &wells(twice))).await.unwrap();
    assert_eq!((report.refused, report.findings[0].row), (1, 20_001));
}

#[tokio::test]
async fn what_others_write_while_rows_are_read_is_taken_into_account() {
    let ground = Ground::new().await;
    let file = ground.counted("many", &wells(|_| None));
    ground.import("well", &file).await.unwrap();
    let other = ground.database.client().await;
    other.batch_execute("BEGIN; UPDATE gis.well SET pumps = 99 WHERE code = 'G5'").await.unwrap();
    let commit = ground.commits_when_waited_for(&other);
    let (report, ()) = tokio::join!(ground.import("well", &file), commit);
    let done = report.unwrap().loaded;
    assert_eq!((done.new, done.changed, done.unchanged), (0, 1, u64::from(MANY) - 1));
}

/// Rows that are asked for by number before all are read: each comes in all the same, and once.
#[tokio::test]
async fn a_file_of_many_rows_comes_in_whole_though_some_are_looked_at_first() {
    for (name, driver) in [("many.tab", "MapInfo File"), ("many.shp", "ESRI Shapefile")] {
        let ground = Ground::new().await;
        let csv = ground.file("many.csv", wells(|_| None));
        let places =
            ["-oo", "X_POSSIBLE_NAMES=lon", "-oo", "Y_POSSIBLE_NAMES=lat", "-oo", "KEEP_GEOM_COLUMNS=NO"];
        let file = ground.converted(&csv, name, driver, &[&places[..], &["-a_srs", "EPSG:4326"]].concat());
        let request = ImportRequest { system: Some(crs::system(4326).unwrap()), ..request("well", &file) };
        let report = ground.run(&request).await;
        let report = report.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(
            (report.read, report.refused, report.loaded.new),
            (u64::from(MANY), 0, u64::from(MANY)),
            "{name}: {:?}",
            report.findings.first()
        );
    }
}
