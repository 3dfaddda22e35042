//! The one that writes: many at once, a disk that takes nothing for a while, tiles that are counted.

use super::{Data, answer};
use diaban::audit::{Appender, Entry, Ledger, Tiles, Unwritable};
use std::{
    fs,
    os::unix::fs::symlink,
    time::{Duration, Instant},
};
use time::OffsetDateTime;

/// Waits until records can be written.
async fn until_writable(ledger: &Ledger) {
    let started = Instant::now();
    while !ledger.is_writable() {
        assert!(started.elapsed() < Duration::from_secs(5), "it is not whole again");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_of_two_servers_at_once_make_one_chain() {
    let data = Data::new();
    let ledgers = [Ledger::open(data.audit()).unwrap(), Ledger::open(data.audit()).unwrap()];
    let asked = (0..200).map(|number| {
        let ledger = ledgers[number % 2].clone();
        tokio::spawn(async move { ledger.append(answer("sonnmt", "well", &format!("GET /{number}"))).await })
    });
    for written in asked.collect::<Vec<_>>() {
        assert_eq!(written.await.unwrap(), Ok(()));
    }
    assert_eq!(data.audit().verify(None).unwrap().head.n, 202, "and two that began");
    let text = data.lines().concat();
    assert!((0..200).all(|number| text.contains(&format!("\"GET /{number}\""))));
}

#[test]
fn several_processes_do_not_write_into_each_others_lines() {
    let data = Data::new();
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let folder = data.audit();
            scope.spawn(move || {
                let mut appender = Appender::new(folder);
                for number in 0..25 {
                    let entry = answer("sonnmt", "well", &format!("GET /{writer}/{number}"));
                    appender.append(&[(OffsetDateTime::now_utc(), &entry); 2]).unwrap();
                }
            });
        }
    });
    assert_eq!(data.audit().verify(None).unwrap().head.n, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_in_the_place_of_the_folder_is_known_at_once_and_gone_it_is_whole_again() {
    let data = Data::new();
    fs::write(data.audit().path(), "").unwrap();
    let ledger = Ledger::open(data.audit()).unwrap();
    assert!(!ledger.is_writable(), "nothing is served before it is known");
    let started = Instant::now();
    assert_eq!(ledger.append(answer("sonnmt", "well", "GET /no")).await, Err(Unwritable));
    assert!(started.elapsed() < Duration::from_millis(100), "whoever asks is told at once");
    fs::remove_file(data.audit().path()).unwrap();
    until_writable(&ledger).await;
    assert_eq!(ledger.append(answer("sonnmt", "well", "GET /yes")).await, Ok(()));
    let kinds: Vec<Entry> = data.records().into_iter().map(|record| record.entry).collect();
    assert!(matches!(&kinds[0], Entry::Began { .. }), "{kinds:?}");
    assert!(matches!(&kinds[1], Entry::Resumed { reason, .. } if reason.contains("audit")), "{kinds:?}");
    assert_eq!(kinds[2], answer("sonnmt", "well", "GET /yes"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_full_disk_does_not_take_is_not_said_to_be_written() {
    let data = Data::new();
    let ledger = Ledger::open(data.audit()).unwrap();
    assert_eq!(ledger.append(answer("sonnmt", "well", "GET /1")).await, Ok(()));
    let (file, aside) = (data.file(), data.path().join("aside"));
    fs::rename(&file, &aside).unwrap();
    symlink("/dev/full", &file).unwrap();
    assert_eq!(ledger.append(answer("sonnmt", "well", "GET /2")).await, Err(Unwritable));
    assert!(!ledger.is_writable());
    let tiles = ledger.count_tile(1, (None, "key 3"), || unreachable!("it is not counted"));
    assert_eq!(tiles, Err(Unwritable));
    // Files may be looked at meanwhile, and the disk is full for longer than one attempt.
    tokio::time::sleep(Duration::from_millis(2500)).await;
    assert!(!ledger.is_writable());
    fs::remove_file(&file).unwrap();
    fs::rename(&aside, &file).unwrap();
    until_writable(&ledger).await;
    assert_eq!(ledger.append(answer("sonnmt", "well", "GET /3")).await, Ok(()));
    assert_eq!(data.audit().verify(None).unwrap().head.n, 4);
    let text = data.lines().concat();
    assert!(text.contains("GET /1") && !text.contains("GET /2") && text.contains("GET /3"), "{text}");
    assert!(text.contains("\"kind\":\"resumed\"") && text.contains("No space left"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn tiles_are_counted_by_who_asks_and_what_they_hold() {
    let data = Data::new();
    let ledger = Ledger::open(data.audit()).unwrap();
    let count = |sight: u64, (agency, who): (&str, &str), layers: &[&str]| {
        let of = || Tiles {
            agency: Some(agency.to_owned()),
            who: who.to_owned(),
            layers: layers.iter().map(|layer| (*layer).to_owned()).collect(),
            class: "restricted".to_owned(),
            minute: String::new(),
            tiles: 0,
        };
        ledger.count_tile(sight, (Some(agency), who), of).unwrap();
    };
    for _ in 0..1000 {
        count(1, ("sonnmt", "key 3"), &["well"]);
    }
    count(1, ("sonnmt", "key 4"), &["well"]);
    count(2, ("sonnmt", "key 3"), &["well", "road"]);
    // Another of that name, of another agency.
    count(1, ("soxd", "key 3"), &["well"]);
    // The same layers, filtered and the other way round.
    count(3, ("sonnmt", "key 3"), &["road", "well"]);
    ledger.flush().await;
    let told = |data: &Data| {
        let records = data.records().into_iter().map(|record| record.entry);
        let tiles =
            records.filter_map(|entry| if let Entry::Tiles(tiles) = entry { Some(tiles) } else { None });
        let by = |tiles: &Tiles| format!("{} {}", tiles.agency.as_deref().unwrap_or_default(), tiles.who);
        tiles.map(|tiles| (by(&tiles), tiles.layers.join(","), tiles.tiles)).collect::<Vec<_>>()
    };
    let mut counted = told(&data);
    counted.sort();
    let expected = [
        ("sonnmt key 3", "road,well", 2),
        ("sonnmt key 3", "well", 1000),
        ("sonnmt key 4", "well", 1),
        ("soxd key 3", "well", 1),
    ];
    assert_eq!(counted, expected.map(|(who, layers, tiles)| (who.to_owned(), layers.to_owned(), tiles)));
    count(1, ("sonnmt", "key 3"), &["well"]);
    // Whoever stops takes nothing with him.
    drop(ledger);
    let started = Instant::now();
    while told(&data).len() < 5 {
        assert!(started.elapsed() < Duration::from_secs(5), "the last count is lost");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
