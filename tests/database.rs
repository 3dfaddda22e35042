//! Tables from layer definitions: made, widened, and never narrowed behind one's back.

use crate::support::{TestDatabase, layer};
use diaban::{
    layer::{Catalog, LayerDefinition},
    store::postgis::{Database, DatabaseError, DatabaseTarget},
};

const WELL: &str = r#"
    id = "well"
    title = { vi = "Giếng d'Or \\ khoan", en = "Wells" }
    group = "agriculture"
    agency = "sonnmt"
    item = "1.1.1"
    geometry = ["Point"]
    key = ["code"]
    access = "open"
    zoom = { min = 8, max = 16 }
    generalise = { rule = "thin" }
    attributes = [
        { name = "code", type = "text", max_length = 20, title = { vi = "Mã", en = "Code" } },
        { name = "use", type = "enum", title = { vi = "Mục đích", en = "Use" } },
        { name = "depth", type = "number", precision = 6, scale = 2, title = { vi = "Độ sâu", en = "Depth" } },
        { name = "flow", type = "number", title = { vi = "Lưu lượng", en = "Flow" } },
        { name = "users", type = "integer", title = { vi = "Số hộ", en = "Users" } },
        { name = "active", type = "boolean", title = { vi = "Đang dùng", en = "Active" } },
        { name = "drilled_on", type = "date", title = { vi = "Ngày khoan", en = "Drilled on" } },
        { name = "measured_at", type = "timestamp", title = { vi = "Lúc đo", en = "Measured at" } },
        { name = "names", type = "text_list", title = { vi = "Tên khác", en = "Other names" } },
    ]
"#;

fn catalog(layers: Vec<LayerDefinition>) -> Catalog {
    Catalog::new(layers, Default::default())
}

async fn refusal(db: &TestDatabase, changed: LayerDefinition) -> String {
    let before = columns(db).await;
    let error = db.database().prepare(&catalog(vec![changed])).await.unwrap_err();
    assert!(matches!(error, DatabaseError::Destructive(_)), "{error}");
    assert_eq!(columns(db).await, before, "nothing was changed");
    error.to_string()
}

/// Runs the statements that a refusal lists, as its reader would.
async fn obey(db: &TestDatabase, refusal: &str) {
    let statements: Vec<&str> = refusal.lines().skip(1).collect();
    db.execute(&statements.join("\n")).await;
}

/// `name type` of each column.
async fn columns(db: &TestDatabase) -> Vec<String> {
    let rows = db.client().await.query(
        "SELECT attname || ' ' || format_type(atttypid, atttypmod) || CASE WHEN attnotnull THEN ' NOT NULL' ELSE '' END \
         FROM pg_attribute WHERE attrelid = 'gis.well'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum", &[]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

#[tokio::test]
async fn a_definition_becomes_a_table() {
    let db = TestDatabase::with_layers(vec![layer(WELL)]).await;
    assert_eq!(
        columns(&db).await,
        [
            "id bigint NOT NULL",
            "geom geometry(Point,4326)",
            "code character varying(20) NOT NULL",
            "use text",
            "depth numeric(6,2)",
            "flow double precision",
            "users bigint",
            "active boolean",
            "drilled_on date",
            "measured_at timestamp with time zone",
            "names text[]",
            "updated_at timestamp with time zone",
        ]
    );
    assert_eq!(db.text("SELECT obj_description('gis.well'::regclass)").await.unwrap(), r"Giếng d'Or \ khoan");
    assert_eq!(db.text("SELECT col_description('gis.well'::regclass, 5)").await.unwrap(), "Độ sâu");
    let indexes = db
        .text("SELECT string_agg(indexdef, '; ' ORDER BY indexname) FROM pg_indexes WHERE tablename = 'well'")
        .await
        .unwrap();
    assert!(indexes.contains("UNIQUE INDEX well_code_idx ON gis.well USING btree (code)"), "{indexes}");
    assert!(indexes.contains("USING gist (geom)"), "{indexes}");
}

#[tokio::test]
async fn the_built_in_layers_have_their_tables() {
    let db = TestDatabase::with_built_in_layers().await;
    let layers = Catalog::built_in().unwrap();
    let tables = db.text("SELECT count(*) FROM pg_tables WHERE schemaname = 'gis'").await.unwrap();
    assert_eq!(tables, layers.definitions().count().to_string());
    assert_eq!(db.database().prepare(&layers).await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn a_second_time_there_is_nothing_to_do() {
    let db = TestDatabase::with_layers(vec![layer(WELL)]).await;
    let done = db.database().prepare(&catalog(vec![layer(WELL)])).await.unwrap();
    assert_eq!(done, Vec::<String>::new());
}

#[tokio::test]
async fn the_missing_systems_of_vn2000_are_added_in_the_form_that_is_right() {
    let db = TestDatabase::new().await;
    // domain.md 2.3: the answer of Decision 05/2007 for this point; PROJ's own is 0.8 m away.
    let there = "SELECT abs(ST_X(p) - 106.6752424711351) < 1e-10 AND abs(ST_Y(p) - 10.759093141925717) < 1e-10 \
                 FROM ST_Transform(ST_SetSRID(ST_MakePoint(600997, 1189964), 9210), 4326) p";
    assert_eq!(db.text(there).await.unwrap(), "t");
    let stock = db.text("SELECT auth_name FROM spatial_ref_sys WHERE srid = 3405").await.unwrap();
    assert_eq!(stock, "EPSG", "rows that PostGIS brings stay as they are");
}

#[tokio::test]
async fn what_only_adds_is_done_by_itself_and_loses_nothing() {
    let db = TestDatabase::with_layers(vec![layer(WELL)]).await;
    db.execute("INSERT INTO gis.well (code, depth, geom) VALUES ('A', 12.5, 'SRID=4326;POINT(106 11)')")
        .await;
    let mut wider = layer(WELL);
    wider.attributes[0].max_length = Some(40);
    wider.attributes[2].precision = Some(9);
    wider
        .attributes
        .push(toml::from_str("name = 'owner'\ntype = 'text'\ntitle = { vi = 'Chủ', en = 'Owner' }").unwrap());
    wider.geometry.push(diaban::layer::GeometryType::Polygon);
    let done = db.database().prepare(&catalog(vec![wider.clone()])).await.unwrap().join("\n");
    for part in
        ["added the column owner", "code is now character varying(40)", "geometry may now be POINT, POLYGON"]
    {
        assert!(done.contains(part), "{part} in {done}");
    }
    assert_eq!(
        db.text("SELECT code || depth || ST_AsText(geom) FROM gis.well").await.unwrap(),
        "A12.50POINT(106 11)"
    );
    db.execute("INSERT INTO gis.well (code, geom) VALUES ('B', 'SRID=4326;POLYGON((0 0,1 0,1 1,0 0))')")
        .await;
    let line = "INSERT INTO gis.well (code, geom) VALUES ('C', 'SRID=4326;LINESTRING(0 0,1 1)')";
    assert!(db.client().await.batch_execute(line).await.is_err(), "a line is still refused");
    wider.geometry.push(diaban::layer::GeometryType::LineString);
    db.database().prepare(&catalog(vec![wider.clone()])).await.unwrap();
    db.execute(line).await;
    assert_eq!(db.database().prepare(&catalog(vec![wider])).await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn what_could_lose_data_is_refused_with_the_statement_that_does_it() {
    type Change = fn(&mut LayerDefinition);
    let changes: [(&str, Change); 6] = [
        (r#"ALTER TABLE gis."well" DROP COLUMN "users";"#, |l| l.attributes.retain(|a| a.name != "users")),
        (
            r#"ALTER TABLE gis."well" ALTER COLUMN "code" TYPE character varying(5) USING "code"::character varying(5);"#,
            |l| l.attributes[0].max_length = Some(5),
        ),
        (r#"ALTER COLUMN "flow" TYPE numeric(4,1)"#, |l| {
            l.attributes[3].precision = Some(4);
            l.attributes[3].scale = Some(1);
        }),
        (r#"CREATE UNIQUE INDEX ON gis."well" ("code", "use");"#, |l| l.key.push("use".into())),
        ("ALTER COLUMN geom TYPE geometry(MultiPoint,4326)", |l| {
            l.geometry = vec![diaban::layer::GeometryType::MultiPoint];
        }),
        (r#"ALTER COLUMN "users" TYPE text USING "users"::text;"#, |l| {
            l.attributes[4].kind = diaban::layer::AttributeType::Text;
        }),
    ];
    for (statement, change) in changes {
        let db = TestDatabase::with_layers(vec![layer(WELL)]).await;
        let mut changed = layer(WELL);
        change(&mut changed);
        let message = refusal(&db, changed.clone()).await;
        assert!(message.contains(statement), "{statement} in\n{message}");
        obey(&db, &message).await;
        db.database().prepare(&catalog(vec![changed])).await.unwrap();
    }
}

#[tokio::test]
async fn one_refusal_keeps_every_table_as_it_is() {
    let db = TestDatabase::with_layers(vec![layer(WELL)]).await;
    let mut narrower = layer(WELL);
    narrower.attributes[0].max_length = Some(5);
    let mut other = layer(WELL);
    other.id = "a_new_one".into();
    db.database().prepare(&catalog(vec![other, narrower])).await.unwrap_err();
    assert_eq!(db.text("SELECT to_regclass('gis.a_new_one')").await, None);
}

#[tokio::test]
async fn two_programs_prepare_one_database_at_once() {
    let db = TestDatabase::new().await;
    let (first, second) = (db.database(), db.database());
    let layers = catalog(vec![layer(WELL)]);
    let (a, b) = tokio::join!(first.prepare(&layers), second.prepare(&layers));
    let mut lines = [a.unwrap().len(), b.unwrap().len()];
    lines.sort_unstable();
    assert_eq!(lines, [0, 1], "one made the table, the other found it");
}

const EXISTING: &str = r#"
    id = "old_wells"
    title = { vi = "Giếng cũ", en = "Old wells" }
    group = "agriculture"
    agency = "sonnmt"
    item = "1.1.1"
    geometry = ["Point"]
    key = ["code"]
    access = "open"
    zoom = { min = 8, max = 16 }
    generalise = { rule = "thin" }
    table = { schema = "agency", name = "wells", geometry = "the_geom", id = "gid", srid = 9210 }
    attributes = [{ name = "code", column = "so_hieu", type = "text", title = { vi = "Mã", en = "Code" } }]
"#;

#[tokio::test]
async fn a_table_of_others_is_looked_at_and_left_alone() {
    let db = TestDatabase::new().await;
    let layers = catalog(vec![layer(EXISTING)]);
    for (statements, complaint) in [
        ("SELECT 1", "which is not in the database"),
        ("CREATE SCHEMA agency; CREATE TABLE agency.wells (gid text, the_geom text)", "no column so_hieu"),
        ("ALTER TABLE agency.wells ADD COLUMN so_hieu text", "the id column gid"),
        ("ALTER TABLE agency.wells ALTER COLUMN gid TYPE int USING gid::int", "not a geometry"),
        (
            "ALTER TABLE agency.wells ALTER COLUMN the_geom TYPE geometry(Point,3405) USING the_geom::geometry",
            "SRID 3405",
        ),
    ] {
        db.execute(statements).await;
        let error = db.database().prepare(&layers).await.unwrap_err().to_string();
        assert!(error.contains(complaint), "{complaint} in {error}");
    }
    db.execute("ALTER TABLE agency.wells ALTER COLUMN the_geom TYPE geometry(Point,9210) USING ST_SetSRID(the_geom, 9210)").await;
    assert_eq!(db.database().prepare(&layers).await.unwrap(), Vec::<String>::new());
    // A view whose type does not say the system: its rows must.
    db.execute("ALTER TABLE agency.wells RENAME TO t; CREATE VIEW agency.wells AS SELECT gid, so_hieu, \
                ST_SetSRID(the_geom, 0) AS the_geom FROM agency.t; INSERT INTO agency.t VALUES (1, 'SRID=9210;POINT(1 1)', 'x')").await;
    let error = db.database().prepare(&layers).await.unwrap_err().to_string();
    assert!(error.contains("carry no SRID"), "{error}");
}

#[tokio::test]
async fn a_missing_right_is_named_with_the_statement_that_gives_it() {
    let db = TestDatabase::bare();
    let role = format!("{}_user", db.name());
    db.execute(&format!("CREATE ROLE {role} LOGIN PASSWORD 'x'")).await;
    let target = DatabaseTarget::Url(db.url_as(&role));
    let Err(error) = Database::open(&target).await else { panic!("opened without PostGIS") };
    assert!(
        error.to_string().contains(&format!("psql -d {} -c 'CREATE EXTENSION postgis'", db.name())),
        "{error}"
    );
    db.execute("CREATE EXTENSION postgis").await;

    let database = Database::open(&target).await.unwrap();
    let layers = catalog(vec![layer(WELL)]);
    let mut asked = Vec::new();
    while let Err(error) = database.prepare(&layers).await {
        let DatabaseError::NoRight { statement, .. } = &error else { panic!("{error}") };
        assert!(error.to_string().contains(statement), "{error}");
        db.execute(statement).await;
        asked.push(statement.split(" ON ").next().unwrap().to_owned());
        assert!(asked.len() < 5, "{asked:?}");
    }
    assert_eq!(asked, ["GRANT CREATE", "GRANT SELECT, INSERT"]);

    // One who may only read finds everything in place.
    let reader = format!("{}_reader", db.name());
    db.execute(&format!("CREATE ROLE {reader} LOGIN PASSWORD 'x'")).await;
    let database = Database::open(&DatabaseTarget::Url(db.url_as(&reader))).await.unwrap();
    for action in ["read the schema diaban", "read the tables in the schema gis"] {
        let error = database.prepare(&layers).await.unwrap_err();
        let DatabaseError::NoRight { statement, .. } = &error else { panic!("{error}") };
        assert!(error.to_string().contains(action), "{error}");
        db.execute(statement).await;
    }
    assert_eq!(database.prepare(&layers).await.unwrap(), Vec::<String>::new());
    let mut wider = layer(WELL);
    wider.attributes[0].max_length = Some(40);
    let error = database.prepare(&catalog(vec![wider])).await.unwrap_err().to_string();
    assert!(error.contains(r#"ALTER TABLE gis."well" OWNER TO"#), "{error}");

    drop(database);
    db.execute(&format!(
        "DROP OWNED BY {reader}; DROP ROLE {reader}; DROP OWNED BY {role}; DROP ROLE {role}"
    ))
    .await;
}

#[tokio::test]
async fn postgis_may_stand_in_a_schema_of_its_own() {
    let db = TestDatabase::bare();
    db.execute("CREATE SCHEMA \"my ext\"; CREATE EXTENSION postgis SCHEMA \"my ext\"").await;
    let database = Database::open(&DatabaseTarget::Url(db.url().to_owned())).await.unwrap();
    let layers = catalog(vec![layer(WELL)]);
    database.prepare(&layers).await.unwrap();
    assert_eq!(database.prepare(&layers).await.unwrap(), Vec::<String>::new());
    // A tool that knows nothing of this edits all the same.
    db.execute("INSERT INTO gis.well (code, geom) VALUES ('A', 'SRID=4326;POINT(1 2)'); UPDATE gis.well SET geom = NULL").await;
    assert_eq!(db.text("SELECT count(*) FROM diaban.old_row WHERE geom IS NOT NULL").await.unwrap(), "1");
}

#[tokio::test]
async fn a_newer_programs_database_is_left_alone() {
    let db = TestDatabase::new().await;
    db.execute("INSERT INTO diaban.schema_history SELECT 999, 'later', applied_on, checksum FROM diaban.schema_history LIMIT 1").await;
    let error = db.database().prepare(&catalog(vec![layer(WELL)])).await.unwrap_err();
    assert!(matches!(error, DatabaseError::Newer { found: 999, .. }), "{error}");
}

#[tokio::test]
async fn an_address_that_does_not_work_says_why() {
    let db = TestDatabase::new().await;
    let nowhere = db.url_of("no_such_name");
    for (url, complaint) in [
        ("postgres://u@127.0.0.1:1/x", "cannot be reached"),
        (nowhere.as_str(), "createdb --encoding=UTF8 --template=template0 no_such_name"),
        ("what is this", "is not understood"),
        ("host=/tmp user=x sslmode=require", "sslmode=require"),
    ] {
        let Err(error) = Database::open(&DatabaseTarget::Url(url.into())).await else {
            panic!("{url} opened")
        };
        assert!(error.to_string().contains(complaint), "{complaint} in {error}");
    }
}

#[tokio::test]
async fn a_database_in_another_encoding_is_refused() {
    let db = TestDatabase::bare();
    let name = format!("{}_latin", db.name());
    db.execute(&format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")).await;
    let Err(error) = Database::open(&DatabaseTarget::Url(db.url_of(&name))).await else { panic!("opened") };
    db.execute(&format!("DROP DATABASE {name} WITH (FORCE)")).await;
    assert!(matches!(error, DatabaseError::NotUtf8 { .. }), "{error}");
}

#[tokio::test]
async fn sessions_that_the_server_ended_are_replaced() {
    let db = TestDatabase::new().await;
    let database = db.database();
    let before: i32 =
        database.pool().get().await.unwrap().query_one("SELECT pg_backend_pid()", &[]).await.unwrap().get(0);
    db.execute(&format!("SELECT pg_terminate_backend({before}, 5000)")).await;
    let mut after = before;
    for _ in 0..3 {
        // The first may still be handed out before its end is known here.
        let Ok(client) = database.pool().get().await else { continue };
        if let Ok(row) = client.query_one("SELECT pg_backend_pid()", &[]).await {
            after = row.get(0);
        }
    }
    assert_ne!(after, before);
    let timeout =
        database.pool().get().await.unwrap().query_one("SHOW statement_timeout", &[]).await.unwrap();
    assert_eq!(timeout.get::<_, String>(0), "10s");
}
