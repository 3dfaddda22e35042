//! Whatever is done to the lines of a chain shows, at the record that it was done to.

use super::{Data, answer};
use diaban::audit::{Appender, BreakKind, Entry, VerifyError};
use proptest::{collection::vec, prelude::*};
use std::fs;
use time::OffsetDateTime;

/// What somebody does to the file.
#[derive(Debug, Clone)]
enum Edit {
    /// Another byte at a place.
    Byte(usize, u8),
    /// A line goes.
    Remove(usize),
    /// Two lines in each other's place.
    Swap(usize, usize),
    /// A line again, at another place.
    Copy(usize, usize),
    /// The file ends there.
    Cut(usize),
}

fn edit() -> impl Strategy<Value = Edit> {
    let place = any::<usize>;
    prop_oneof![
        (place(), 1..=u8::MAX).prop_map(|(place, by)| Edit::Byte(place, by)),
        place().prop_map(Edit::Remove),
        (place(), place()).prop_map(|(one, other)| Edit::Swap(one, other)),
        (place(), place()).prop_map(|(from, to)| Edit::Copy(from, to)),
        place().prop_map(Edit::Cut),
    ]
}

/// The file after it, and the number of the first record that it concerns.
fn done(edit: &Edit, bytes: &[u8]) -> (Vec<u8>, u64) {
    let mut lines: Vec<&[u8]> = bytes.split_inclusive(|b| *b == b'\n').collect();
    let count = lines.len();
    let at = |byte: usize| bytes[..byte].iter().filter(|b| **b == b'\n').count() as u64 + 1;
    match *edit {
        Edit::Byte(place, by) => {
            let place = place % bytes.len();
            let mut other = bytes.to_vec();
            other[place] ^= by;
            (other, at(place))
        }
        Edit::Remove(place) => {
            lines.remove(place % count);
            (lines.concat(), (place % count) as u64 + 1)
        }
        Edit::Swap(one, other) => {
            lines.swap(one % count, other % count);
            (lines.concat(), (one % count).min(other % count) as u64 + 1)
        }
        Edit::Copy(from, to) => {
            lines.insert(to % (count + 1), lines[from % count]);
            // A line behind itself is the same as before itself.
            let to = to % (count + 1);
            (lines.concat(), if to == from % count { to as u64 + 2 } else { to as u64 + 1 })
        }
        Edit::Cut(place) => {
            let place = place % bytes.len();
            (bytes[..place].to_vec(), at(place))
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_edit_goes_unseen(questions in vec(any::<String>(), 1..8), edit in edit()) {
        let data = Data::new();
        let entries: Vec<Entry> = questions.iter().map(|question| answer("sonnmt", "well", question)).collect();
        let now = OffsetDateTime::now_utc();
        let timed: Vec<_> = entries.iter().map(|entry| (now, entry)).collect();
        let mut appender = Appender::new(data.audit());
        appender.append(&timed).unwrap();
        let noted = Some(appender.head());
        prop_assert_eq!(data.audit().verify(noted).unwrap().head, appender.head());
        let read: Vec<Entry> = data.records().into_iter().map(|record| record.entry).collect();
        prop_assert_eq!(read, entries, "what was written is read");
        let bytes = fs::read(data.file()).unwrap();
        let (edited, concerned) = done(&edit, &bytes);
        fs::write(data.file(), &edited).unwrap();
        match data.audit().verify(noted) {
            Ok(_) => prop_assert_eq!(edited, bytes),
            Err(VerifyError::Broken(at)) => {
                prop_assert!(edited != bytes, "{:?}", at);
                // An end that is gone is known by the note alone, and a beginning by the first that is left.
                let count = questions.len() as u64;
                let is_beginning = concerned == 1 && at.kind == BreakKind::NoBeginning;
                prop_assert!(at.n == concerned || at.n == count || is_beginning, "{:?}: {:?}", edit, at);
            }
            Err(error) => prop_assert!(false, "{}", error),
        }
    }
}
