//! gzip (RFC 1952) in one go, by ISA-L. One of the places with `unsafe`: the safe crate over it
//! makes and clears its 350 KB of state for each call, which costs as much as a tenth of a tile.
//!
//! On 3 200 parcels level 1 of ISA-L takes 0.4 ms for 116 KB where libdeflate's level 1 takes 1.1 ms
//! for 117 KB, and its level 6 2.7 ms for 104 KB.

use isal_sys::igzip_lib as isal;
use std::{cell::RefCell, mem::MaybeUninit};

/// Bytes of level 1's own tables.
const TABLES: usize = isal::ISAL_DEF_LVL1_DEFAULT as usize;

/// What ISA-L says, where it says no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("ISA-L could not compress: {0}")]
pub struct NotCompressed(i32);

/// What one call after the other uses again.
struct Room {
    stream: Box<MaybeUninit<isal::isal_zstream>>,
    tables: Vec<u8>,
    out: Vec<u8>,
}

thread_local! {
    static ROOM: RefCell<Room> = RefCell::new(Room {
        stream: Box::new(MaybeUninit::zeroed()),
        tables: vec![0; TABLES],
        out: Vec::new(),
    });
}

/// The bytes as one gzip member. Equal bytes give equal members.
pub fn gzip(bytes: &[u8]) -> Result<Vec<u8>, NotCompressed> {
    ROOM.with_borrow_mut(|room| room.gzip(bytes))
}

impl Room {
    #[allow(unsafe_code)]
    fn gzip(&mut self, bytes: &[u8]) -> Result<Vec<u8>, NotCompressed> {
        // What cannot be made smaller is stored, with five bytes for each 64 KB.
        let most = bytes.len() + bytes.len() / 8 + 1024;
        if self.out.len() < most {
            self.out.resize(most, 0);
        }
        let (Ok(from), Ok(room)) = (u32::try_from(bytes.len()), u32::try_from(self.out.len())) else {
            return Err(NotCompressed(0));
        };
        let stream = self.stream.as_mut_ptr();
        // SAFETY: `isal_deflate_stateless_init` sets all of the stream that is read before it is
        // written, and all bytes of it were zero once, so it is a value. The pointers go to memory
        // of the lengths beside them, which outlives the call and which nothing else touches
        // meanwhile; the input is read only.
        let (answer, length) = unsafe {
            isal::isal_deflate_stateless_init(stream);
            let stream = &mut *stream;
            stream.gzip_flag = isal::IGZIP_GZIP as u16;
            stream.end_of_stream = 1;
            stream.level = 1;
            stream.level_buf = self.tables.as_mut_ptr();
            stream.level_buf_size = self.tables.len() as u32;
            stream.next_in = bytes.as_ptr().cast_mut();
            stream.avail_in = from;
            stream.next_out = self.out.as_mut_ptr();
            stream.avail_out = room;
            (isal::isal_deflate_stateless(stream), stream.total_out)
        };
        match self.out.get(..length as usize) {
            Some(member) if answer == isal::COMP_OK as i32 => Ok(member.to_vec()),
            _ => Err(NotCompressed(answer)),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn what_goes_in_comes_out_again_by_another_reader() {
        let mut noise = 1u32;
        for length in [0, 1, 17, 1000, 70_000, 1 << 20] {
            let bytes: Vec<u8> = (0..length)
                .map(|i: usize| {
                    noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    if i.is_multiple_of(3) { (noise >> 24) as u8 } else { (i / 7) as u8 }
                })
                .collect();
            let member = gzip(&bytes).unwrap();
            assert_eq!(member, gzip(&bytes).unwrap());
            let mut out = Vec::new();
            flate2::read::GzDecoder::new(&member[..]).read_to_end(&mut out).unwrap();
            assert_eq!(out, bytes);
        }
    }
}
