//! Months whose time is over go, and what is left can still be verified.

use super::{Data, answer, put};
use diaban::audit::{Appender, BreakKind, Entry, VerifyError};
use std::fs;

/// Three months: two answers in each of two old ones, and two in this.
fn months() -> Data {
    let data = Data::with(2);
    data.dated("2019-12");
    let mut appender = Appender::new(data.audit());
    (0..2).for_each(|_| put(&mut appender, &answer("soct", "road", "GET /2020")));
    data.dated("2020-01");
    let mut appender = Appender::new(data.audit());
    (0..2).for_each(|_| put(&mut appender, &answer("soct", "road", "GET /now")));
    assert_eq!(data.files().len(), 3);
    data
}

#[test]
fn old_months_go_and_the_chain_says_which() {
    let data = months();
    let noted = data.audit().verify(None).unwrap().head;
    let gone = data.audit().keep_months(12, "an").unwrap();
    let told: Vec<_> = gone.iter().map(|removed| (removed.month.as_str(), removed.last)).collect();
    assert_eq!(told, [("2019-12", 2), ("2020-01", 4)]);
    assert_eq!(data.files().len(), 1);
    let verified = data.audit().verify(Some(noted)).unwrap();
    assert_eq!((verified.first, verified.head.n, verified.noted_met), (5, 8, true));
    let says: Vec<_> = data.records().into_iter().map(|record| record.entry).collect();
    assert_eq!(says[2..], gone.into_iter().map(Entry::Removed).collect::<Vec<_>>());
    assert!(data.audit().keep_months(12, "an").unwrap().is_empty(), "it is done once");
    // A server that writes goes on behind it.
    put(&mut Appender::new(data.audit()), &answer("soct", "road", "GET /after"));
    assert_eq!(data.audit().verify(None).unwrap().head.n, 9);
}

#[test]
fn a_month_that_somebody_else_removed_shows() {
    let data = months();
    fs::remove_file(&data.files()[0]).unwrap();
    match data.audit().verify(None) {
        Err(VerifyError::Broken(at)) => assert_eq!((at.n, at.kind), (3, BreakKind::NoBeginning)),
        other => panic!("{other:?}"),
    }
    let refused = data.audit().keep_months(12, "an");
    assert!(matches!(refused, Err(VerifyError::Broken(_))), "nothing of a broken chain is removed");
    assert_eq!(data.files().len(), 2);
}

#[test]
fn what_was_interrupted_is_done_at_the_next_time() {
    let data = months();
    let kept = fs::read(&data.files()[1]).unwrap();
    let path = data.files()[1].clone();
    data.audit().keep_months(12, "an").unwrap();
    // As if the machine had stopped before the second file went.
    fs::write(&path, kept).unwrap();
    assert_eq!(data.audit().verify(None).unwrap().first, 3);
    assert_eq!(data.audit().keep_months(12, "an").unwrap().len(), 1);
    assert_eq!(data.audit().verify(None).unwrap().first, 5);
}
