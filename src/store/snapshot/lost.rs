//! Pages of mapped files that are no longer there: somebody cut the file short in place, or the disk cannot
//! read it. The system then sends SIGBUS to whoever reads them, which would end the program.
//!
//! ```text
//! SIGBUS ─▶ in one of our mappings: zeroes from that page on, the mapping is lost, the read goes on
//!        └▶ elsewhere, or sent by somebody: the program ends as it would without this
//! ```
//!
//! One of the places with `unsafe`. What handles the signal takes no lock, allocates nothing and calls nothing
//! but the system. Must not know what is in the files.

use std::{
    io,
    ops::Range,
    ptr,
    sync::{
        Once, OnceLock,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

/// Where a mapping lies. It stays for ever, and is used again: the signal may come at any moment.
#[derive(Debug, Default)]
struct Place {
    taken: AtomicBool,
    start: AtomicUsize,
    end: AtomicUsize,
    lost: AtomicBool,
    next: OnceLock<&'static Self>,
}

static FIRST: OnceLock<&'static Place> = OnceLock::new();
/// How many mappings were ever lost.
static LOSSES: AtomicUsize = AtomicUsize::new(0);
static PAGE: AtomicUsize = AtomicUsize::new(0);
static HANDLED: Once = Once::new();

/// A mapping whose loss is noticed, until this is dropped.
#[derive(Debug)]
pub struct Watched(&'static Place);

impl Watched {
    /// Watches memory that is mapped, and stays so while this lives.
    pub fn over(bytes: &[u8]) -> io::Result<Self> {
        let mut handled = Ok(());
        HANDLED.call_once(|| handled = handle());
        handled?;
        let start = bytes.as_ptr() as usize;
        let page = PAGE.load(Ordering::Relaxed).max(1);
        let place = free_place();
        place.lost.store(false, Ordering::Relaxed);
        place.end.store((start + bytes.len()).next_multiple_of(page), Ordering::Relaxed);
        place.start.store(start, Ordering::Release);
        Ok(Self(place))
    }

    /// Whether some of it was not there when it was read.
    pub fn is_lost(&self) -> bool {
        self.0.lost.load(Ordering::Relaxed)
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        // Nothing lies at and behind the last address.
        self.0.start.store(usize::MAX, Ordering::Release);
        self.0.end.store(0, Ordering::Release);
        self.0.taken.store(false, Ordering::Release);
    }
}

/// Whether any mapping was ever lost: where none was, none need be asked.
pub fn any() -> bool {
    LOSSES.load(Ordering::Relaxed) > 0
}

fn free_place() -> &'static Place {
    let take = |place: &Place| {
        place.taken.compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed).is_ok()
    };
    let mut next = &FIRST;
    loop {
        let place = next.get_or_init(|| Box::leak(Box::default()));
        if take(place) {
            return place;
        }
        next = &place.next;
    }
}

/// The mapping that an address lies in, and from that page on to its end.
fn find(address: usize) -> Option<(&'static Place, Range<usize>)> {
    let page = PAGE.load(Ordering::Relaxed).max(1);
    let mut next = FIRST.get();
    while let Some(place) = next {
        let (start, end) = (place.start.load(Ordering::Acquire), place.end.load(Ordering::Relaxed));
        if (start..end).contains(&address) {
            return Some((place, address / page * page..end));
        }
        next = place.next.get();
    }
    None
}

/// From now on the signal comes here.
#[allow(unsafe_code)]
fn handle() -> io::Result<()> {
    // SAFETY: a question to the system about a number, without memory.
    let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    let page = usize::try_from(page).map_err(|_| io::Error::last_os_error())?;
    PAGE.store(page, Ordering::Relaxed);
    // SAFETY: `sigaction` is plain numbers, for which zeroes are values: no flags, an empty mask.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    let handler: extern "C" fn(libc::c_int, *mut libc::siginfo_t, *mut libc::c_void) = on_bus_error;
    action.sa_sigaction = handler as usize;
    action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
    // SAFETY: the handler has the form that SA_SIGINFO asks for, stays for ever, and does only what may be
    // done in one: it reads atomics and calls mmap, sigaction and raise, none of which changes `errno` where
    // it succeeds. Both structures outlive the call.
    match unsafe { libc::sigaction(libc::SIGBUS, &raw const action, ptr::null_mut()) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

#[allow(unsafe_code)]
extern "C" fn on_bus_error(signal: libc::c_int, info: *mut libc::siginfo_t, _: *mut libc::c_void) {
    // SAFETY: with SA_SIGINFO the system hands over what it knows of the signal; of one that it sent itself
    // (a code above 0) that holds an address.
    let (code, address) = unsafe { ((*info).si_code, (*info).si_addr() as usize) };
    if code > 0 && give_zeroes(address) {
        return;
    }
    // SAFETY: as in `handle`; zeroes are the default action. Where the system sent the signal, what caused it
    // happens again as soon as this returns; where somebody did, it is sent again, and comes then.
    unsafe {
        let default: libc::sigaction = std::mem::zeroed();
        libc::sigaction(signal, &raw const default, ptr::null_mut());
        if code <= 0 {
            libc::raise(signal);
        }
    }
}

/// Puts zeroes where an address of a mapping of ours lies, and behind it; whether it is one.
#[allow(unsafe_code)]
fn give_zeroes(address: usize) -> bool {
    let Some((place, gone)) = find(address) else { return false };
    place.lost.store(true, Ordering::Relaxed);
    LOSSES.fetch_add(1, Ordering::Relaxed);
    let start = ptr::with_exposed_provenance_mut(gone.start);
    let (readable, kind) = (libc::PROT_READ, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED);
    // SAFETY: whole pages of one mapping of ours, which whoever reads there holds, so it is not unmapped
    // meanwhile; only pages that are read. Its own unmapping takes these along. Bytes that change under a
    // reference are undefined, but without this the program ends; its readers check whatever they read, and
    // what they read is thrown away because the mapping is lost.
    let given = unsafe { libc::mmap(start, gone.len(), readable, kind, -1, 0) };
    given != libc::MAP_FAILED
}
