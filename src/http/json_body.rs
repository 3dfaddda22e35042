//! JSON that a client sends, before anything is made of it.
//!
//! Must not know what it is about.

use super::Problem;
use serde_json::Value as Json;

/// Reads JSON of at most `nested_max` arrays and objects. Each takes a hundred times the memory of the two bytes that it
/// is written with, so they are counted before they are read.
pub fn read(body: &[u8], nested_max: usize) -> Result<Json, Problem> {
    if body.iter().filter(|byte| matches!(byte, b'[' | b'{')).take(nested_max + 1).count() > nested_max {
        return Err(Problem::too_large(format!(
            "the body has more than {nested_max} arrays and objects; a geometry is taken with fewer positions"
        )));
    }
    serde_json::from_slice(body)
        .map_err(|error| Problem::bad_request(format!("the body is no JSON: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_of_nothing_but_brackets_is_refused_before_it_takes_memory() {
        assert!(read(b"[[1,2],[3,4]]", 3).is_ok());
        let refused = read(b"[[1,2],[3,4],[5,6]]", 3).err().map(|problem| format!("{problem:?}"));
        assert!(refused.is_some_and(|refused| refused.contains("more than 3 arrays")));
        assert!(read(b"[1", 3).is_err());
    }
}
