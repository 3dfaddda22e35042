//! Tiles that have been made, as they are sent. Bounded in bytes; one maker for simultaneous
//! askers.
//!
//! Beside a tile stands the version of what it shows: one of another version takes its place when
//! it is asked for. Must not know what a tile is made of.

use bytes::Bytes;
use quick_cache::{
    Weighter,
    sync::{Cache, EntryAction, EntryResult},
};
use std::{future::Future, sync::Arc};

/// Bytes that a tile takes beside its own.
const OVERHEAD: usize = 300;
/// Bytes of a tile on average, a guess for the number of tiles.
const TYPICAL: usize = 16 * 1024;

/// Which tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TileKey {
    /// Which layers and attributes, as who sees them.
    pub view: u64,
    /// Zoom, column, row.
    pub place: (u8, u32, u32),
    /// In which form and encoding.
    pub form: u8,
}

/// A tile as it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tile {
    /// Encoded; empty if there is nothing in it.
    pub body: Bytes,
    /// Strong tag, quoted.
    pub etag: Bytes,
    /// Features that had to go for its size, by layer: `parcels=12/3229`; empty if none.
    pub dropped: String,
}

/// The tiles.
#[derive(Debug)]
pub struct TileCache {
    tiles: Option<Cache<TileKey, (u64, Arc<Tile>), ByBytes>>,
}

#[derive(Debug, Clone)]
struct ByBytes;

impl Weighter<TileKey, (u64, Arc<Tile>)> for ByBytes {
    fn weight(&self, _: &TileKey, (_, tile): &(u64, Arc<Tile>)) -> u64 {
        (tile.body.len() + tile.dropped.len() + OVERHEAD) as u64
    }
}

impl TileCache {
    /// Of at most so many bytes; 0 keeps nothing.
    pub fn new(bytes: u64) -> Self {
        let items = (bytes as usize / TYPICAL).max(16);
        Self { tiles: (bytes > 0).then(|| Cache::with_weighter(items, bytes, ByBytes)) }
    }

    /// The tile of that version, if it is there.
    pub fn get(&self, key: &TileKey, version: u64) -> Option<Arc<Tile>> {
        self.tiles.as_ref()?.get(key).filter(|found| found.0 == version).map(|found| found.1)
    }

    /// The tile of that version, made by `make` if it is not there; who asks meanwhile waits for it. An error
    /// goes to the one asker, and the next one makes it again.
    pub async fn get_or_make<E>(
        &self,
        key: &TileKey,
        version: u64,
        make: impl Future<Output = Result<Arc<Tile>, E>>,
    ) -> Result<Arc<Tile>, E> {
        let Some(tiles) = &self.tiles else { return make.await };
        let found = tiles.entry_async(key, |_, (its, tile)| {
            if *its == version { EntryAction::Retain(tile.clone()) } else { EntryAction::ReplaceWithGuard }
        });
        match found.await {
            EntryResult::Retained(tile) => Ok(tile),
            EntryResult::Vacant(guard) | EntryResult::Replaced(guard, _) => {
                let tile = make.await?;
                // Were the key's place taken meanwhile, the tile is right all the same.
                let _ = guard.insert((version, tile.clone()));
                Ok(tile)
            }
            EntryResult::Removed(..) | EntryResult::Timeout => make.await,
        }
    }

    /// Bytes that are kept.
    pub fn bytes(&self) -> u64 {
        self.tiles.as_ref().map_or(0, Cache::weight)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(column: u32) -> TileKey {
        TileKey { view: 1, place: (9, column, 1), form: 0 }
    }

    fn tile(size: usize) -> Arc<Tile> {
        Arc::new(Tile { body: vec![7; size].into(), etag: Bytes::new(), dropped: String::new() })
    }

    #[tokio::test]
    async fn simultaneous_askers_share_one_maker() {
        let cache = TileCache::new(1 << 20);
        let made = std::sync::atomic::AtomicU32::new(0);
        let key = key(1);
        let make = || async {
            made.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            tokio::task::yield_now().await;
            Ok::<_, ()>(tile(10))
        };
        let ask = || cache.get_or_make(&key, 1, make());
        let (a, b, c) = tokio::join!(ask(), ask(), ask());
        assert_eq!((a, b), (c.clone(), c));
        assert_eq!(made.into_inner(), 1);
    }

    #[tokio::test]
    async fn it_stays_within_its_bytes_and_an_error_is_not_kept() {
        let cache = TileCache::new(100_000);
        for column in 0..100 {
            let made = cache.get_or_make(&key(column), 1, async { Ok::<_, ()>(tile(10_000)) }).await;
            assert_eq!(made.map(|t| t.body.len()), Ok(10_000));
            assert!(cache.bytes() <= 100_000);
        }
        assert_eq!(cache.get_or_make(&key(1000), 1, async { Err("no") }).await, Err("no"));
        assert!(cache.get(&key(1000), 1).is_none());
    }

    #[tokio::test]
    async fn another_version_takes_the_place_of_the_one_before() {
        let cache = TileCache::new(100_000);
        for version in 0..100 {
            let size = 100 + version as usize;
            let made = cache.get_or_make(&key(1), version, async { Ok::<_, ()>(tile(size)) }).await;
            assert_eq!(made.map(|t| t.body.len()), Ok(size));
            assert_eq!(cache.get(&key(1), version).map(|t| t.body.len()), Some(size));
            assert!(cache.get(&key(1), version + 1).is_none());
        }
        assert!(cache.bytes() < 1000, "one of them is kept");
    }
}
