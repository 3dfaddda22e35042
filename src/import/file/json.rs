//! GeoJSON read once, in passing: is it JSON to the end, and does a text hold a NUL?
//!
//! GDAL takes broken JSON as far as it goes and ends texts at a NUL. Nothing is kept in memory.

use super::{format::not_readable, whole::RowFault};
use crate::import::{
    ImportError,
    values::reasons::nul,
    words::{Words, words},
};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::{fmt, fs::File, io::BufReader, path::Path};

/// Faults that are kept.
const MAX_FAULTS: usize = 1000;

/// Checks a GeoJSON file; gives the features with a NUL in a text.
pub fn check(path: &Path) -> Result<Vec<RowFault>, ImportError> {
    let file = File::open(path).map_err(|e| ImportError::file(path, not_readable(&e)))?;
    let mut reader = BufReader::with_capacity(1 << 18, file);
    skip_byte_order_mark(&mut reader).map_err(|e| ImportError::file(path, not_readable(&e)))?;
    let mut scan = Scan::default();
    let mut json = serde_json::Deserializer::from_reader(reader);
    let outcome = Top(&mut scan).deserialize(&mut json).and_then(|()| json.end());
    match outcome {
        Ok(()) => Ok(scan.faults),
        Err(e) if e.is_eof() => Err(ImportError::cut_short(
            path,
            scan.features,
            words(
                format!("JSON kết thúc giữa chừng, ở dòng {}, cột {}", e.line(), e.column()),
                format!("the JSON ends in the middle, at line {}, column {}", e.line(), e.column()),
            ),
        )),
        Err(e) => {
            let (after_vi, after_en) = match scan.features {
                0 => Default::default(),
                n => (format!(", sau đối tượng {n}"), format!(", after feature {n}")),
            };
            Err(ImportError::file(
                path,
                Words::said_by("bộ đọc JSON", e).led_by(
                    &format!("không phải JSON hợp lệ{after_vi}: "),
                    &format!("is no valid JSON{after_en}: "),
                ),
            ))
        }
    }
}

fn skip_byte_order_mark(reader: &mut BufReader<File>) -> std::io::Result<()> {
    use std::io::BufRead;
    if reader.fill_buf()?.starts_with(b"\xef\xbb\xbf") {
        reader.consume(3);
    }
    Ok(())
}

#[derive(Default)]
struct Scan {
    features: u64,
    faults: Vec<RowFault>,
}

struct Top<'a>(&'a mut Scan);

impl<'de> DeserializeSeed<'de> for Top<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Top<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a GeoJSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            if key == "features" {
                map.next_value_seed(Features(self.0))?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

struct Features<'a>(&'a mut Scan);

impl<'de> DeserializeSeed<'de> for Features<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Features<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of GeoJSON features")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let scan = self.0;
        while let Some(column) = seq.next_element_seed(Feature)? {
            scan.features += 1;
            if let Some(column) = column
                && scan.faults.len() < MAX_FAULTS
            {
                scan.faults.push(RowFault { row: scan.features, column: Some(column), reason: nul() });
            }
        }
        Ok(())
    }
}

/// The first property of a feature that holds a NUL.
struct Feature;

impl<'de> DeserializeSeed<'de> for Feature {
    type Value = Option<String>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Feature {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a GeoJSON feature")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(key) = map.next_key::<String>()? {
            if key == "properties" {
                found = map.next_value_seed(Properties)?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}

struct Properties;

impl<'de> DeserializeSeed<'de> for Properties {
    type Value = Option<String>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Properties {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the properties of a feature")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(key) = map.next_key::<String>()? {
            let nul = map.next_value_seed(HasNul)?;
            if (nul || key.contains('\0')) && found.is_none() {
                found = Some(key.replace('\0', ""));
            }
        }
        Ok(found)
    }
}

/// Whether any text inside holds a NUL.
struct HasNul;

impl<'de> DeserializeSeed<'de> for HasNul {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for HasNul {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_bool<E>(self, _: bool) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_i64<E>(self, _: i64) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_u64<E>(self, _: u64) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_f64<E>(self, _: f64) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_str<E>(self, text: &str) -> Result<bool, E> {
        Ok(text.contains('\0'))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<bool, A::Error> {
        let mut nul = false;
        while let Some(found) = seq.next_element_seed(HasNul)? {
            nul |= found;
        }
        Ok(nul)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<bool, A::Error> {
        let mut nul = false;
        while let Some(key) = map.next_key::<String>()? {
            nul |= key.contains('\0') | map.next_value_seed(HasNul)?;
        }
        Ok(nul)
    }
}
