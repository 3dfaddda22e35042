//! How much there is of each feature, kept beside a snapshot: square metres, metres or positions in
//! the plane of EPSG:9210, one `f64` a feature in the file's order, negative where it is
//! not the sum of the rings.
//!
//! So whoever sums up an area looks at the geometry of those features alone that its border cuts.

use super::{file::FeatureFile, mapping::Mapping};
use crate::area::{Amount, Footprint, Sweep};
use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::Path,
    sync::atomic::AtomicBool,
};

/// Name of the file.
pub const MEASURES: &str = "base.measures";

/// The amounts, mapped.
#[derive(Debug)]
pub struct Measures(Mapping);

impl Measures {
    /// Maps the file at `path`, of a file of `features` features.
    pub fn open(path: &Path, features: u64) -> Result<Self, String> {
        let mapping = Mapping::open(path).map_err(|error| error.to_string())?;
        if mapping.bytes().len() as u64 != features * 8 {
            return Err("it does not belong to its file".to_owned());
        }
        Ok(Self(mapping))
    }

    /// The file, mapped.
    pub const fn mapping(&self) -> &Mapping {
        &self.0
    }

    /// How much there is of the feature of that number.
    pub fn amount(&self, number: u64) -> Option<Amount> {
        let eight = self.0.bytes().as_chunks::<8>().0.get(usize::try_from(number).ok()?)?;
        let amount = f64::from_le_bytes(*eight);
        Some(Amount { of: amount.abs(), crosses: amount.is_sign_negative() })
    }
}

/// Measures each feature of `base` and writes the file at `path`.
pub fn write_measures(path: &Path, base: &FeatureFile) -> io::Result<()> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from) as u64;
    let share = base.len().div_ceil(threads).max(1);
    let pieces = std::thread::scope(|scope| {
        let at_work: Vec<_> = (0..threads)
            .map(|i| (i * share, ((i + 1) * share).min(base.len())))
            .filter(|(from, to)| from < to)
            .map(|(from, to)| scope.spawn(move || measured(base, from, to)))
            .collect();
        at_work.into_iter().map(|thread| thread.join()).collect::<Result<Vec<_>, _>>()
    });
    let pieces = pieces.map_err(|_| io::Error::other("the features could not be measured"))?;
    let file = File::create_new(path)?;
    let mut out = BufWriter::new(&file);
    for piece in &pieces {
        out.write_all(piece)?;
    }
    out.flush()?;
    drop(out);
    file.sync_all()
}

fn measured(base: &FeatureFile, from: u64, to: u64) -> Vec<u8> {
    let (mut footprint, mut sweep, go_on) = (Footprint::of_many(), Sweep::default(), AtomicBool::new(false));
    let mut parts = Vec::new();
    let mut bytes = Vec::with_capacity((to - from) as usize * 8);
    for number in from..to {
        parts.clear();
        let read = base.feature(number).and_then(|hit| hit.row.parts(base.kind(), &mut parts));
        let amount = read.and_then(|()| {
            footprint.read(&parts);
            footprint.amount(&mut sweep, &go_on)
        });
        let Amount { of, crosses } = amount.unwrap_or(Amount { of: 0.0, crosses: false });
        bytes.extend_from_slice(&(if crosses { -of } else { of }).to_le_bytes());
    }
    bytes
}
