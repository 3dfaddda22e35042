//! Nobody is told of a change that does not show in what he sees: not where, not that, not when.

use super::{Office, granted, register};
use crate::support::{
    events::{Events, Next},
    layer,
    served::{CABLE, PARCEL, ROAD, WELL},
};
use diaban::layer::Catalog;
use std::time::Duration;

const SOON: Duration = Duration::from_secs(2);
/// How long nothing is to come, when others have been told.
const SILENCE: Duration = Duration::from_millis(300);
/// An agency that sees wells of one commune, up to the class that `wells` sees everywhere.
const COMMUNE: &str = "[[grants]]\nagency = \"named\"\nlayers = [\"well\"]\nclass = \"restricted\"\ncommunes = [\"25459\"]\n\
    [[grants]]\nagency = \"wells\"\nlayers = [\"well\"]\nclass = \"restricted\"\n\
    [[grants]]\nagency = \"cables\"\nlayers = [\"bimat_cable\"]\nclass = \"restricted\"\n";
const PLACED: &str = "UPDATE gis.well SET commune_code = '25459' WHERE code <= 'W10';
    UPDATE gis.well SET commune_code = '25460' WHERE code > 'W10' OR code = 'bimat-hang'";

fn catalog() -> Catalog {
    let commune = "{ name = \"commune_code\", type = \"text\", title = { vi = \"Xã\", en = \"Commune\" } },\n        { name = \"valid_from\"";
    let well = WELL.replace("{ name = \"valid_from\"", commune);
    Catalog::new([&well, PARCEL, ROAD, CABLE].map(layer).to_vec(), register())
}

/// Streams of all wells and cables: of anyone, of who sees all wells, of one commune's office, of who sees the cables.
struct Listening {
    office: Office,
    anyone: Events,
    wells: Events,
    commune: Events,
    cables: Events,
}

impl Listening {
    async fn begin() -> Self {
        let office = Office::over(catalog(), PLACED).await;
        office.site.callers.grant(granted(COMMUNE, &office.site.catalog).unwrap());
        let anyone = Self::open(&office, None).await;
        let wells = Self::open(&office, Some("wells")).await;
        let commune = Self::open(&office, Some("named")).await;
        let cables = Self::open(&office, Some("cables")).await;
        Self { office, anyone, wells, commune, cables }
    }

    async fn open(office: &Office, agency: Option<&str>) -> Events {
        let key = agency.map(|agency| office.keys[agency].as_str());
        let headers: Vec<(&str, &str)> = key.map(|key| ("x-api-key", key)).into_iter().collect();
        let (events, open) = Events::open(&office.served.router, "/live", &headers).await;
        let layers = open.data["layers"].to_string();
        assert_eq!(layers.contains("bimat_cable"), agency == Some("cables"), "{agency:?}: {layers}");
        events
    }

    /// Edits, and whether each of the four is told where.
    async fn edit(&mut self, statement: &str, told: [bool; 4]) {
        self.office.served.database.execute(statement).await;
        let all = [&mut self.anyone, &mut self.wells, &mut self.commune, &mut self.cables];
        // Those who are told come first: then it has been told.
        let mut all: Vec<_> = all.into_iter().zip(told).collect();
        all.sort_by_key(|(_, is_told)| !is_told);
        for (events, is_told) in all {
            // That overviews are made anew is told when it is time.
            let next = loop {
                match events.next(if is_told { SOON } else { SILENCE }).await {
                    Next::Event(event) if event.data["below"].is_u64() => {}
                    next => break next,
                }
            };
            match next {
                Next::Event(event) => {
                    assert!(is_told && event.data["tiles"].is_array(), "{statement}: {event:?}")
                }
                other => assert!(!is_told && matches!(other, Next::Nothing), "{statement}: {other:?}"),
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_see_a_row_hears_nothing_of_it() {
    let mut listening = Listening::begin().await;
    for (statement, told) in [
        ("UPDATE gis.well SET depth = 5 WHERE code = 'W01'", [true, true, true, true]),
        ("UPDATE gis.well SET depth = 5 WHERE code = 'W12'", [true, true, false, true]),
        // A row that is closed, from its beginning to its end.
        ("UPDATE gis.well SET depth = 5 WHERE code = 'bimat-hang'", [false, true, false, false]),
        (
            "INSERT INTO gis.well (code, access_class, commune_code, geom) VALUES ('bimat-2', 'restricted', '25459', 'SRID=4326;POINT(106.41 11.01)')",
            [false, true, true, false],
        ),
        (
            "UPDATE gis.well SET geom = 'SRID=4326;POINT(106.6 11.3)' WHERE code = 'bimat-2'",
            [false, true, true, false],
        ),
        ("DELETE FROM gis.well WHERE code = 'bimat-2'", [false, true, true, false]),
        // A value that is closed, of a row that is not.
        ("UPDATE gis.well SET bimat_owner = 'bimat-khac' WHERE code = 'W02'", [false, true, true, false]),
        ("UPDATE gis.well SET bimat_owner = 'bimat-khac' WHERE code = 'W13'", [false, true, false, false]),
        // Over the border of a commune: it is gone from there, and nobody there is told where it went.
        ("UPDATE gis.well SET commune_code = '25460' WHERE code = 'W03'", [true, true, true, true]),
        ("UPDATE gis.well SET depth = 7 WHERE code = 'W03'", [true, true, false, true]),
        (
            "INSERT INTO gis.bimat_cable (code, geom) VALUES ('bimat-lop 2', 'SRID=4326;POINT(106.5 11.1)')",
            [false, false, false, true],
        ),
        // A row that is closed now, and one that is opened.
        ("UPDATE gis.well SET access_class = 'restricted' WHERE code = 'W14'", [true, true, false, true]),
        ("UPDATE gis.well SET depth = 8 WHERE code = 'W14'", [false, true, false, false]),
        ("UPDATE gis.well SET access_class = NULL WHERE code = 'W14'", [true, true, false, true]),
    ] {
        listening.edit(statement, told).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn new_overviews_of_rows_that_somebody_does_not_see_are_not_told_to_him() {
    let mut listening = Listening::begin().await;
    listening
        .edit("UPDATE gis.well SET depth = 5 WHERE code = 'bimat-hang'", [false, true, false, false])
        .await;
    let told = listening.wells.event(Duration::from_secs(60)).await;
    assert!(told.data["below"].is_u64(), "{told:?}");
    for events in [&mut listening.anyone, &mut listening.commune, &mut listening.cables] {
        events.silent(Duration::from_millis(500)).await;
    }
    // A layer that is another one as a whole, and for some the same as before.
    let hidden = "ALTER TABLE gis.well ALTER COLUMN bimat_owner TYPE text USING 'bimat-moi'";
    listening.office.served.database.execute(hidden).await;
    for events in [&mut listening.wells, &mut listening.commune] {
        let told = events.event(Duration::from_secs(60)).await;
        assert_eq!(told.data["all"], true, "{told:?}");
    }
    for events in [&mut listening.anyone, &mut listening.cables] {
        events.silent(Duration::from_millis(700)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_ends_seconds_after_its_key_is_taken_back_or_its_grants_change() {
    let mut listening = Listening::begin().await;
    let database = listening.office.served.database.database();
    let number = "SELECT id FROM diaban.api_key WHERE agency = 'cables'";
    let number = listening.office.served.database.text(number).await.unwrap().parse().unwrap();
    database.revoke_api_key(number).await.unwrap();
    listening.office.look_at_keys().await;
    assert!(matches!(listening.cables.next(Duration::from_secs(7)).await, Next::End));
    listening.anyone.silent(Duration::from_millis(200)).await;

    // An edit that comes before anybody looks at the clock is told to nobody who may not see it any more.
    listening.office.site.callers.grant(granted("", &listening.office.site.catalog).unwrap());
    listening
        .office
        .served
        .database
        .execute("UPDATE gis.well SET bimat_owner = 'x' WHERE code = 'W02'")
        .await;
    for events in [&mut listening.wells, &mut listening.commune] {
        assert!(matches!(events.next(Duration::from_secs(7)).await, Next::End));
    }
    listening.anyone.silent(Duration::from_millis(200)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_listen_for_long_does_not_miss_what_he_may_not_see() {
    let mut listening = Listening::begin().await;
    let mut beside = listening.office.snapshots.changes().listen();
    for n in 0..100 {
        let edit = format!("UPDATE gis.well SET depth = {n} WHERE code = 'bimat-hang'");
        listening.office.served.database.execute(&edit).await;
        tokio::time::timeout(SOON, beside.next()).await.unwrap();
    }
    let told = listening.wells.event(SOON).await;
    assert_eq!(told.name, "anew", "who sees the row missed some");
    for events in [&mut listening.anyone, &mut listening.commune, &mut listening.cables] {
        events.silent(SILENCE).await;
    }
}
