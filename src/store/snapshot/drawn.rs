//! Areas as they are drawn at the zooms at which tiles hold most of them: of each feature the commands of the tile
//! that it lies in, so that such a tile reads, snaps and mends nothing.
//!
//! ```text
//! magic │ features, first zoom, zooms, place of the index │ blocks │ index: where each block begins
//! block: for 256 features and one zoom where each one's commands end │ commands
//! ```
//!
//! Made from the features' own file and of no use without it. A feature that no single tile holds, that is long, or
//! that is no area, has none, and is drawn when it is asked for. Whatever is garbled gives `None`.

use super::{file::FeatureFile, mapping::Mapping};
use crate::{
    feature::{Bbox, FlatPart},
    tile::{AreaDrawer, TileCoord},
};
use std::{
    fs::File,
    io::{self, BufWriter, Seek, SeekFrom, Write},
    ops::Range,
    path::Path,
};

/// Name of the file.
pub const DRAWN: &str = "base.drawn";

const MAGIC: [u8; 8] = *b"dbdrawn1";
const HEADER: usize = 40;
/// Features of a block.
const BLOCK: u64 = 256;
/// Bytes of the ends before a block's commands.
const ENDS: usize = 2 * BLOCK as usize;
/// Longer drawings are made when they are asked for; so the ends of a block fit into 16 bits.
const COMMANDS_MAX: usize = 240;
/// Zooms that are drawn, from the first on at which the features themselves are served: a tile four zooms later holds
/// a 256th of them.
const ZOOMS: u8 = 4;
/// Blocks that a thread draws before they are written.
const TOGETHER: u64 = 64;

/// The drawings, mapped.
#[derive(Debug)]
pub struct Drawn {
    mapping: Mapping,
    index: Range<usize>,
    first: u8,
    zooms: u8,
}

/// The drawings of one tile.
#[derive(Debug, Clone, Copy)]
pub struct DrawnTile<'a> {
    bytes: &'a [u8],
    index: &'a [[u8; 8]],
    tile: TileCoord,
    place: usize,
    zooms: usize,
}

impl Drawn {
    /// Maps the file at `path`, of a file of `features` features; the error says what is wrong.
    pub fn open(path: &Path, features: u64) -> Result<Self, String> {
        let mapping = Mapping::open(path).map_err(|error| error.to_string())?;
        let bytes = mapping.bytes();
        let (eights, _) = bytes.get(..HEADER).ok_or("it is cut short")?.as_chunks::<8>();
        if eights[0] != MAGIC {
            return Err("it holds no drawings".to_owned());
        }
        let [held, first, zooms, index] = [1, 2, 3, 4].map(|i| u64::from_le_bytes(eights[i]));
        let (Ok(first), Ok(zooms)) = (u8::try_from(first), u8::try_from(zooms)) else {
            return Err("it is garbled".to_owned());
        };
        if held != features || zooms > ZOOMS {
            return Err("it does not belong to its file".to_owned());
        }
        let blocks = features.div_ceil(BLOCK).checked_mul(u64::from(zooms) * 8);
        let end =
            blocks.and_then(|length| index.checked_add(length)).filter(|end| *end == bytes.len() as u64);
        let end = end.ok_or("it is cut short")? as usize;
        Ok(Self { index: index as usize..end, first, zooms, mapping })
    }

    /// The file, mapped.
    pub const fn mapping(&self) -> &Mapping {
        &self.mapping
    }

    /// What is drawn for a tile; `None` where nothing is at its zoom.
    pub fn of(&self, tile: TileCoord) -> Option<DrawnTile<'_>> {
        let place = tile.z().checked_sub(self.first).filter(|place| *place < self.zooms)?;
        let bytes = self.mapping.bytes();
        let index = bytes.get(self.index.clone())?.as_chunks::<8>().0;
        Some(DrawnTile { bytes, index, tile, place: place.into(), zooms: self.zooms.into() })
    }
}

impl<'a> DrawnTile<'a> {
    /// The commands of the feature of that number, whose box is `bbox`; `None` where it has to be drawn.
    #[inline]
    pub fn commands(&self, number: u64, bbox: Bbox) -> Option<&'a [u8]> {
        if TileCoord::of_middle(bbox, self.tile.z()) != Some(self.tile) {
            return None;
        }
        let block = usize::try_from(number / BLOCK).ok()?;
        let start = self.index.get(block.checked_mul(self.zooms)?.checked_add(self.place)?)?;
        let block = self.bytes.get(usize::try_from(u64::from_le_bytes(*start)).ok()?..)?;
        let (ends, commands) = block.split_at_checked(ENDS)?;
        let (ends, at) = (ends.as_chunks::<2>().0, (number % BLOCK) as usize);
        let end = |at: usize| ends.get(at).map_or(0, |two| usize::from(u16::from_le_bytes(*two)));
        let from = at.checked_sub(1).map_or(0, end);
        commands.get(from..end(at)).filter(|own| !own.is_empty())
    }
}

/// Draws the features of `base`, which are served from zoom `first` on, up to zoom `last`, and writes the file at
/// `path`.
pub fn write(path: &Path, base: &FeatureFile, first: u8, last: u8) -> io::Result<()> {
    let zooms = if base.has_areas() { (last + 1).saturating_sub(first).min(ZOOMS) } else { 0 };
    let file = File::create_new(path)?;
    let mut out = BufWriter::new(&file);
    out.write_all(&[0; HEADER])?;
    let (mut at, mut index) = (HEADER as u64, Vec::new());
    let threads = std::thread::available_parallelism().map_or(1, usize::from) as u64;
    let blocks = if zooms == 0 { 0 } else { base.len().div_ceil(BLOCK) };
    for start in (0..blocks).step_by((threads * TOGETHER) as usize) {
        let pieces = std::thread::scope(|scope| {
            let at_work: Vec<_> = (0..threads)
                .map(|thread| start + thread * TOGETHER)
                .map(|from| from..(from + TOGETHER).min(blocks))
                .filter(|share| !share.is_empty())
                .map(|share| scope.spawn(move || drawn(base, share, first..first + zooms)))
                .collect();
            at_work.into_iter().map(|thread| thread.join()).collect::<Result<Vec<_>, _>>()
        });
        for (bytes, lengths) in pieces.map_err(|_| io::Error::other("the features could not be drawn"))? {
            out.write_all(&bytes)?;
            for length in lengths {
                index.push(at);
                at += length;
            }
        }
    }
    for start in &index {
        out.write_all(&start.to_le_bytes())?;
    }
    out.seek(SeekFrom::Start(0))?;
    out.write_all(&MAGIC)?;
    for number in [base.len(), first.into(), zooms.into(), at] {
        out.write_all(&number.to_le_bytes())?;
    }
    out.flush()?;
    drop(out);
    file.sync_all()
}

/// Blocks one behind the other, for each all zooms; and the length of each.
fn drawn(base: &FeatureFile, blocks: Range<u64>, zooms: Range<u8>) -> (Vec<u8>, Vec<u64>) {
    let (mut drawer, mut parts) = (AreaDrawer::default(), Vec::new());
    let (mut bytes, mut lengths) = (Vec::new(), Vec::new());
    let count = zooms.len();
    for block in blocks {
        let numbers = block * BLOCK..((block + 1) * BLOCK).min(base.len());
        let mut ends = vec![Vec::with_capacity(ENDS); count];
        let mut commands = vec![Vec::<u8>::new(); count];
        for number in numbers {
            parts.clear();
            let hit = base.feature(number);
            let read = hit.and_then(|hit| hit.row.parts(base.kind(), &mut parts).map(|()| hit.bbox));
            for (place, zoom) in zooms.clone().enumerate() {
                let own = read.and_then(|bbox| own_drawing(&mut drawer, &parts, bbox, zoom));
                commands[place].extend_from_slice(own.unwrap_or_default());
                let end = u16::try_from(commands[place].len()).unwrap_or(u16::MAX);
                ends[place].extend_from_slice(&end.to_le_bytes());
            }
        }
        for (mut ends, commands) in ends.into_iter().zip(commands) {
            ends.resize(ENDS, 0);
            bytes.extend_from_slice(&ends);
            bytes.extend_from_slice(&commands);
            lengths.push((ENDS + commands.len()) as u64);
        }
    }
    (bytes, lengths)
}

fn own_drawing<'d>(
    drawer: &'d mut AreaDrawer,
    parts: &[FlatPart<'_>],
    bbox: Bbox,
    zoom: u8,
) -> Option<&'d [u8]> {
    let tile = TileCoord::of_middle(bbox, zoom)?;
    drawer.draw(parts, bbox, tile).filter(|own| own.len() <= COMMANDS_MAX)
}
