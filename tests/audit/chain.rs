//! A record that is changed, taken out or moved is named; what a crash leaves is healed.

use super::{Data, answer, put};
use diaban::audit::{Appender, AuditError, BreakKind, Entry, Head, Record, VerifyError};
use std::{fs, io::Write};
use time::OffsetDateTime;

/// The number of the first broken record, and how it is broken.
fn broken(data: &Data, noted: Option<Head>) -> (u64, BreakKind) {
    match data.audit().verify(noted) {
        Err(VerifyError::Broken(at)) => (at.n, at.kind),
        other => panic!("{other:?}"),
    }
}

fn head(line: &str) -> Head {
    Record::read(line.as_bytes()).unwrap().head()
}

#[test]
fn a_record_is_a_line_of_json_that_names_the_one_before() {
    let data = Data::with(3);
    let lines = data.lines();
    let verified = data.audit().verify(None).unwrap();
    assert_eq!((verified.first, verified.head, verified.torn), (1, head(&lines[2]), 0));
    for (i, line) in lines.iter().enumerate() {
        let json: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!((json["n"].as_u64(), json["kind"].as_str()), (Some(i as u64 + 1), Some("answer")));
        assert!(json["at"].as_str().unwrap().ends_with("+07:00"), "{line}");
        let before = if i == 0 { "0".repeat(64) } else { head(&lines[i - 1]).hash.to_string() };
        assert_eq!(json["prev"], before);
        // As anyone would check it who has no more than sha256sum.
        let content = line.split(",\"hash\":").next().unwrap();
        let digest = <sha2::Sha256 as sha2::Digest>::digest(content.as_bytes());
        let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(json["hash"], digest);
    }
    use std::os::unix::fs::PermissionsExt;
    for (path, mode) in [(data.file(), 0o600), (data.audit().path().to_owned(), 0o700)] {
        assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, mode);
    }
}

#[test]
fn a_record_that_is_changed_missing_or_moved_is_named() {
    let data = Data::with(6);
    let whole = data.lines();
    let edited = |edit: &dyn Fn(&mut Vec<String>)| {
        let mut lines = whole.clone();
        edit(&mut lines);
        data.put_lines(&lines);
        broken(&data, None)
    };
    let change = |lines: &mut Vec<String>| lines[2] = lines[2].replace("limit=3", "limit=9");
    assert_eq!(edited(&change), (3, BreakKind::Changed));
    let change = |lines: &mut Vec<String>| lines[2] = lines[2].replace("\"n\":3", "\"n\":9");
    assert_eq!(edited(&change), (3, BreakKind::Changed));
    assert_eq!(edited(&|lines| drop(lines.remove(2))), (3, BreakKind::OutOfPlace(4)));
    assert_eq!(edited(&|lines| lines.swap(2, 3)), (3, BreakKind::OutOfPlace(4)));
    assert_eq!(edited(&|lines| lines.insert(3, lines[2].clone())), (4, BreakKind::OutOfPlace(3)));
    assert_eq!(edited(&|lines| drop(lines.remove(0))), (2, BreakKind::NoBeginning));
    assert_eq!(edited(&|lines| lines.insert(3, "{}".to_owned())), (4, BreakKind::NoRecord));
    assert_eq!(edited(&|lines| lines.insert(3, String::new())), (4, BreakKind::NoRecord));
    // One who knows how hashes are made shows at the next record.
    let forged = |lines: &mut Vec<String>| {
        let entry = answer("soct", "well", "GET /nothing");
        let (line, _) = head(&lines[1]).followed_by(OffsetDateTime::now_utc(), &entry).unwrap();
        lines[2] = String::from_utf8(line).unwrap().trim_end().to_owned();
    };
    assert_eq!(edited(&forged), (4, BreakKind::Unlinked));
    data.put_lines(&whole);
    assert!(data.audit().verify(None).is_ok());
}

#[test]
fn an_end_that_was_cut_off_and_a_chain_that_was_made_anew_show_against_a_note() {
    let data = Data::with(4);
    let whole = data.lines();
    let noted = head(&whole[3]);
    assert!(data.audit().verify(Some(noted)).unwrap().noted_met);
    assert_eq!(noted.to_string().parse::<Head>(), Ok(noted));
    data.put_lines(&whole[..3]);
    assert!(data.audit().verify(None).is_ok());
    assert_eq!(broken(&data, Some(noted)), (4, BreakKind::CutOff));
    fs::remove_dir_all(data.audit().path()).unwrap();
    assert_eq!(broken(&data, Some(noted)), (4, BreakKind::CutOff));
    let mut appender = Appender::new(data.audit());
    (0..5).for_each(|_| put(&mut appender, &answer("soct", "well", "GET /other")));
    assert!(data.audit().verify(None).is_ok());
    assert_eq!(broken(&data, Some(noted)), (4, BreakKind::NotAsNoted));
}

#[test]
fn records_that_are_taken_away_while_a_server_writes_show() {
    let data = Data::new();
    let mut appender = Appender::new(data.audit());
    (1..=3).for_each(|_| put(&mut appender, &answer("sonnmt", "well", "GET /")));
    fs::remove_dir_all(data.audit().path()).unwrap();
    put(&mut appender, &answer("sonnmt", "well", "GET /"));
    assert_eq!(broken(&data, None), (4, BreakKind::NoBeginning));
}

#[test]
fn half_a_line_that_a_crash_left_is_removed_and_a_record_says_so() {
    for kept in [0, 2] {
        let data = Data::with(3);
        let whole = data.lines();
        data.put_lines(&whole[..kept]);
        let torn = &whole[kept].as_bytes()[..100];
        fs::OpenOptions::new().append(true).open(data.file()).unwrap().write_all(torn).unwrap();
        assert_eq!(data.audit().verify(None).unwrap().torn, 100);
        put(&mut Appender::new(data.audit()), &answer("sonnmt", "well", "GET /after"));
        assert_eq!(data.audit().verify(None).unwrap().torn, 0);
        let records = data.records();
        assert_eq!(records.len(), kept + 2);
        assert_eq!(records[kept].entry, Entry::Healed { bytes: 100 });
        assert_eq!(records[kept + 1].entry, answer("sonnmt", "well", "GET /after"));
    }
}

#[test]
fn nothing_is_chained_to_a_record_that_no_crash_left_so() {
    let data = Data::with(3);
    let mut lines = data.lines();
    lines[2] = lines[2].replace("limit=3", "limit=9");
    data.put_lines(&lines);
    let entry = answer("sonnmt", "well", "GET /");
    let refused = Appender::new(data.audit()).append(&[(OffsetDateTime::now_utc(), &entry)]);
    assert!(matches!(refused, Err(AuditError::Damaged(_))), "{refused:?}");
    assert_eq!(data.lines(), lines, "the evidence stays");
    assert_eq!(broken(&data, None), (3, BreakKind::Changed));
}

#[test]
fn a_month_follows_another_and_a_clock_that_was_put_back_begins_none() {
    let data = Data::with(2);
    data.dated("2020-01");
    put(&mut Appender::new(data.audit()), &answer("sonnmt", "well", "GET /now"));
    assert_eq!(data.files().len(), 2);
    assert_eq!(data.records()[2].n, 3);
    data.dated("2999-12");
    put(&mut Appender::new(data.audit()), &answer("sonnmt", "well", "GET /before"));
    assert_eq!(data.files().len(), 2);
    assert_eq!(data.audit().verify(None).unwrap().head.n, 4);
}

#[test]
fn a_month_that_root_begins_belongs_to_whoever_has_the_folder() {
    use std::os::unix::fs::{MetadataExt, chown};
    const SOMEBODY: u32 = 65_534;
    let data = Data::with(1);
    // Nobody but root can try it.
    if fs::metadata(data.file()).unwrap().uid() != 0 {
        return;
    }
    chown(data.audit().path(), Some(SOMEBODY), Some(SOMEBODY)).unwrap();
    data.dated("2020-01");
    put(&mut Appender::new(data.audit()), &answer("sonnmt", "well", "GET /"));
    assert_eq!(data.files().len(), 2);
    assert_eq!(fs::metadata(data.file()).unwrap().uid(), SOMEBODY);
}
