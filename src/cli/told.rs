//! Words on standard output and standard error. Who reads them may have gone (`| head`), or their place may be full:
//! that is no reason to leave work half done, as `println!` would.

use std::{
    fmt::Arguments,
    io::{ErrorKind, Write, stderr, stdout},
    sync::Once,
};

/// One line says it for all that follow.
static ONCE: Once = Once::new();

/// An answer, on standard output, as it is. Where it cannot be written, standard error says so.
pub fn text(words: Arguments<'_>) {
    let mut out = stdout().lock();
    match out.write_fmt(words).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => ONCE.call_once(|| {
            note(format_args!(
                "diaban: what was done stands, but could not be told on standard output: {error}"
            ));
        }),
        _ => {}
    }
}

/// A line of an answer, on standard output.
pub fn line(words: Arguments<'_>) {
    text(format_args!("{words}\n"));
}

/// A line beside the answer, on standard error.
pub fn note(words: Arguments<'_>) {
    aside(format_args!("{words}\n"));
}

/// Words beside the answer, on standard error, as they are.
pub fn aside(words: Arguments<'_>) {
    // There is nobody left to tell.
    let _ = stderr().write_fmt(words);
}
