//! Overviews: a layer's files for the zooms at which its features would be specks, each made out
//! of the next finer one by the layer's rule.

use super::{
    file::FeatureFile,
    hilbert,
    manifest::FileEntry,
    overview_areas, overview_lines, overview_points,
    write::{ColumnSpec, FeatureFileWriter},
};
use crate::{
    feature::Bbox,
    layer::{GeneraliseRule, LayerDefinition},
    tile::coord::HALF_WORLD_M,
};
use flatgeobuf::ColumnType;
use std::{io, ops::Range, path::Path, sync::Mutex};

/// Pixels of a tile, as clients draw it.
const TILE_PX: f64 = 512.0;
/// Features that are worked on together.
const BLOCK_FEATURES: u64 = 40_000;
/// Areas and lines that are smaller need no further overview: it serves all zooms below.
const SMALL_FEATURES: u64 = 1_000;
const SMALL_BYTES: usize = 512 * 1024;
/// Areas narrower than this on average are specks, pixels.
const SPECK_PX: f64 = 4.0;
/// Borders and lines whose edges are shorter than this on average are simplified, pixels.
const EDGE_PX: f64 = 1.0;
/// How far a border may move, pixels.
const TOLERANCE_PX: f64 = 0.5;

/// What a level is made by.
pub struct Level<'a> {
    /// Its zoom.
    pub zoom: u8,
    /// The layer.
    pub layer: &'a LayerDefinition,
    /// What it is made out of.
    pub source: &'a FeatureFile,
    /// Where features go.
    pub writer: &'a Mutex<FeatureFileWriter>,
}

impl Level<'_> {
    /// Metres of a pixel.
    pub fn pixel_m(&self) -> f64 {
        pixel_m(self.zoom)
    }

    /// How far a border may move, centimetres.
    pub fn tolerance_cm(&self) -> f64 {
        TOLERANCE_PX * self.pixel_m() * 100.0
    }

    /// The place of a column.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.source.columns().iter().position(|c| c.0 == name)
    }
}

/// Metres of a pixel, EPSG:3857.
pub fn pixel_m(zoom: u8) -> f64 {
    2.0 * HALF_WORLD_M / f64::from(1u32 << zoom) / TILE_PX
}

/// Builds the overviews of the features in `base` into `folder`.
pub fn build(
    folder: &Path,
    layer: &LayerDefinition,
    base: FeatureFile,
    columns: &[ColumnSpec],
) -> io::Result<Vec<FileEntry>> {
    let mut columns = columns.to_vec();
    columns.push(ColumnSpec {
        name: super::file::COUNT_COLUMN.to_owned(),
        title: "Số đối tượng".to_owned(),
        kind: ColumnType::Long,
    });
    let mut entries = Vec::new();
    let mut source = base;
    let first = first_zoom(layer, &source).min(layer.zoom.max + 1);
    for zoom in (layer.zoom.min..first).rev() {
        let writer = Mutex::new(FeatureFileWriter::new(folder)?);
        let level = Level { zoom, layer, source: &source, writer: &writer };
        match layer.generalise.rule {
            GeneraliseRule::Coverage | GeneraliseRule::Merge => overview_areas::build(&level)?,
            GeneraliseRule::Network => overview_lines::build(&level)?,
            GeneraliseRule::Thin | GeneraliseRule::Cluster => overview_points::build(&level)?,
        }
        let writer = writer.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        let name = format!("z{zoom:02}.fgb");
        let path = folder.join(&name);
        let written = writer.finish(&path, &layer.id, &layer.title.vi, &columns)?;
        written.file.sync_all()?;
        entries.push(FileEntry::of(folder, &name, Some(zoom), written.count)?);
        source = FeatureFile::open(&path).map_err(io::Error::other)?;
        // Few points lie on each other all the same, the more the lower the zoom.
        let small = source.len() < SMALL_FEATURES && source.bytes().len() < SMALL_BYTES;
        if small && !matches!(layer.generalise.rule, GeneraliseRule::Thin | GeneraliseRule::Cluster) {
            break;
        }
    }
    Ok(entries)
}

/// The first zoom at which the features themselves are served.
pub fn first_zoom(layer: &LayerDefinition, base: &FeatureFile) -> u8 {
    if base.placed() == 0 {
        return 0;
    }
    let large_enough = |wanted_px: f64, typical_m: f64| {
        (layer.zoom.min..=layer.zoom.max).find(|zoom| typical_m / pixel_m(*zoom) >= wanted_px)
    };
    let found = match layer.generalise.rule {
        GeneraliseRule::Merge => {
            // The larger of both, so that no tile has more specks or more corners than it shows.
            let by_size = large_enough(SPECK_PX, overview_areas::typical_width(base));
            let by_edge = large_enough(EDGE_PX, overview_lines::typical_edge(base));
            by_size.max(by_edge)
        }
        GeneraliseRule::Coverage | GeneraliseRule::Network => {
            large_enough(EDGE_PX, overview_lines::typical_edge(base))
        }
        GeneraliseRule::Thin | GeneraliseRule::Cluster => {
            (layer.zoom.min..=layer.zoom.max).find(|zoom| overview_points::has_room(layer, base, *zoom))
        }
    };
    found.unwrap_or(layer.zoom.max + 1)
}

/// The first zoom at which a new feature of the box `bbox` stands by itself, where the features
/// themselves are served from `base_zoom` on.
pub fn alone_from(layer: &LayerDefinition, bbox: Bbox, base_zoom: u8) -> u8 {
    match layer.generalise.rule {
        GeneraliseRule::Coverage | GeneraliseRule::Network => 0,
        GeneraliseRule::Thin | GeneraliseRule::Cluster => base_zoom,
        GeneraliseRule::Merge => {
            let area = (bbox.max_x - bbox.min_x) * (bbox.max_y - bbox.min_y);
            let large = |zoom: &u8| area >= overview_areas::cell_m(*zoom).powi(2);
            (0..base_zoom).find(large).unwrap_or(base_zoom)
        }
    }
}

/// Stretches of a file that lie in one tile each, none with more features than are worked on
/// together unless they lie in one place. The whole file is one stretch if it is small.
pub fn blocks(file: &FeatureFile, finest: u8) -> Vec<Range<u64>> {
    let all = 0..file.placed();
    let mut waiting = vec![(all, 0u8)];
    let mut found = Vec::new();
    let key = |number: u64| file.bbox(number).map_or(0, hilbert::key);
    while let Some((range, zoom)) = waiting.pop() {
        if range.end - range.start <= BLOCK_FEATURES || zoom >= finest {
            found.push(range);
            continue;
        }
        // The features of a tile follow each other, so its four quarters are found by halving.
        let mut start = range.start;
        let mut quarters = Vec::new();
        while start < range.end {
            let tile = hilbert::tile_of(key(start), zoom + 1);
            let (mut low, mut high) = (start + 1, range.end);
            while low < high {
                let middle = low + (high - low) / 2;
                if hilbert::tile_of(key(middle), zoom + 1) == tile { low = middle + 1 } else { high = middle }
            }
            quarters.push((start..low, zoom + 1));
            start = low;
        }
        waiting.extend(quarters.into_iter().rev());
    }
    found
}

/// Works on blocks side by side.
pub fn each_block<E: Send>(
    blocks: &[Range<u64>],
    work: impl Fn(Range<u64>) -> Result<(), E> + Sync,
) -> Result<(), E> {
    let next = std::sync::atomic::AtomicUsize::new(0);
    let workers = std::thread::available_parallelism().map_or(1, usize::from).min(blocks.len());
    let run = || -> Result<(), E> {
        while let Some(block) = blocks.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed)) {
            work(block.clone())?;
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..workers).map(|_| scope.spawn(run)).collect();
        let own = run();
        for other in others {
            // A worker that panicked is passed on as a panic: it is a defect.
            match other.join() {
                Ok(outcome) => outcome?,
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        own
    })
}

/// The cell of a grid of 2^bits cells across the square that a box's middle lies in.
pub fn cell(bbox: Bbox, bits: u8) -> (i32, i32) {
    let across = |low: f64, high: f64| {
        let cells = f64::from(1u32 << bits.min(30));
        ((0.5 * (low + high) + HALF_WORLD_M) / (2.0 * HALF_WORLD_M) * cells).clamp(0.0, cells - 1.0) as i32
    };
    (across(bbox.min_x, bbox.max_x), across(bbox.min_y, bbox.max_y))
}
