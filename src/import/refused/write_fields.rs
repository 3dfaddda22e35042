//! The columns of a file in the file of its refused rows, and what stands in them.
//!
//! Columns are told apart by their places, never by their names: a file may have two of one name, or of names that
//! differ in capitals alone. Must not know layers or the database.

use crate::import::{
    file::format::Format,
    read::{self, OpenFile},
};
use gdal::{
    errors::GdalError,
    vector::{Feature, FieldDefn, FieldValue, Layer, LayerAccess, OGRFieldType},
};
use std::collections::HashSet;

/// The column that says why, and its name where the file has one of the first that holds values of the layer. A file
/// that is sent again may have it; it is not read.
pub const REASONS: [&str; 2] = ["ly_do", "ly_do_2"];
/// Longest text of a DBF table, bytes.
pub const DBF_TEXT_BYTES: usize = 254;
/// The made-up column of a KML that holds words of people.
const DESCRIPTION: &str = "description";
/// Columns that a GeoPackage has of its own: the table's key, and geometries.
const GEOPACKAGE_OWN: [(&str, &str); 2] = [("FID", "fid"), ("GEOMETRY_NAME", "geom")];

/// Whether a column is one that says why a row was refused.
pub fn is_reason(column: &str) -> bool {
    REASONS.iter().any(|reason| column.eq_ignore_ascii_case(reason))
}

/// The name of the column that says why, beside columns of these names.
pub fn reason_beside<'a>(names: impl Iterator<Item = &'a str> + Clone) -> &'static str {
    let is_free = |reason: &&str| !names.clone().any(|name| name.eq_ignore_ascii_case(reason));
    REASONS.into_iter().find(is_free).unwrap_or(REASONS[1])
}

/// The columns of a file that go into its copy.
pub struct Columns {
    all: Vec<Column>,
    /// The column that says why.
    reason: &'static str,
}

/// A column of the file.
struct Column {
    index: usize,
    name: String,
    kind: OGRFieldType::Type,
    width: i32,
    precision: i32,
}

/// Where the columns stand in the copy.
pub struct Places {
    all: Vec<usize>,
    /// The column that says why.
    pub reason: usize,
}

impl Columns {
    /// The columns of `rows` under names that `driver` takes. `used` are those that the import reads: they keep their
    /// names, so that the copy is understood as the file was. `is_unicode` where names that were bytes become Unicode.
    pub fn of(file: &OpenFile, rows: &Layer<'_>, driver: &str, used: &[usize], is_unicode: bool) -> Self {
        let all = rows.defn().fields().enumerate().map(|(index, field)| Column {
            index,
            name: file.columns.get(index).filter(|_| is_unicode).cloned().unwrap_or_else(|| field.name()),
            kind: field.field_type(),
            width: field.width(),
            precision: field.precision(),
        });
        // What people write of a place on a map of theirs stands in the description of a KML.
        let is_made_up = |name: &str| read::is_made_up(file.format, name) && name != DESCRIPTION;
        let stays = |c: &Column| used.contains(&c.index) || !(is_reason(&c.name) || is_made_up(&c.name));
        let mut all: Vec<Column> = all.filter(stays).collect();
        let reason = reason_beside(all.iter().map(|column| column.name.as_str()));
        let mut order: Vec<usize> = (0..all.len()).collect();
        order.sort_by_key(|at| !used.contains(&all[*at].index));
        let names: Vec<&str> = order.iter().map(|at| all[*at].name.as_str()).collect();
        for (at, name) in order.iter().zip(told_apart(&names, longest_name(driver), reason)) {
            all[*at].name = name;
        }
        Self { all, reason }
    }

    /// How a GeoPackage is to name its own columns, so that those of the file keep their names.
    pub fn geopackage_options(&self) -> Vec<String> {
        let held = |name: &str| self.all.iter().any(|c| c.name.eq_ignore_ascii_case(name));
        let free = |own: &str| {
            let mut numbered = (2_u32..).map(|n| format!("{own}_{n}"));
            numbered.find(|name| !held(name)).unwrap_or_default()
        };
        let taken = GEOPACKAGE_OWN.iter().filter(|(_, own)| held(own));
        taken.map(|(option, own)| format!("{option}={}", free(own))).collect()
    }

    /// Adds the columns to an empty layer, that with the reason last.
    pub fn add(&self, out: &Layer<'_>, format: Format) -> Result<Places, GdalError> {
        // Some formats put columns of their own before ours, and take ours of the same name for them.
        let own: Vec<String> = out.defn().fields().map(|f| f.name().to_lowercase()).collect();
        let has_widths = matches!(format, Format::Shapefile | Format::MapInfoMif);
        let added = |name: &str, field: &FieldDefn| {
            let before = out.defn().fields().count();
            field.add_to_layer(out)?;
            let is_new = out.defn().fields().count() > before && !own.contains(&name.to_lowercase());
            if is_new { Ok(before) } else { out.defn().field_index(name) }
        };
        let place = |column: &Column| {
            let field = FieldDefn::new(&column.name, column.kind)?;
            if has_widths {
                field.set_width(column.width);
                field.set_precision(column.precision);
            }
            added(&column.name, &field)
        };
        let all = self.all.iter().map(place).collect::<Result<Vec<_>, GdalError>>()?;
        let why = FieldDefn::new(self.reason, OGRFieldType::OFTString)?;
        if has_widths {
            why.set_width(DBF_TEXT_BYTES as i32);
        }
        Ok(Places { all, reason: added(self.reason, &why)? })
    }

    /// Puts the values of a row into its copy; `text` makes the text of a column what it becomes there.
    pub fn copy(
        &self,
        row: &Feature<'_>,
        copy: &mut Feature<'_>,
        places: &Places,
        text: &dyn Fn(usize, String) -> String,
    ) -> Result<(), GdalError> {
        self.all.iter().zip(&places.all).try_for_each(|(column, place)| column.copy(row, copy, *place, text))
    }
}

/// Letters of the longest name of a column, where `driver` takes no two of one name.
fn longest_name(driver: &str) -> Option<usize> {
    match driver {
        "ESRI Shapefile" => Some(10),
        "MapInfo File" => Some(31),
        "GPKG" => Some(usize::MAX),
        _ => None,
    }
}

/// The names, of which the later of two that are one but for capitals has a number; none is `reason`. Nothing is done
/// where names may be as they are.
fn told_apart(names: &[&str], longest: Option<usize>, reason: &str) -> Vec<String> {
    let Some(longest) = longest else { return names.iter().map(|name| (*name).to_owned()).collect() };
    let mut taken = HashSet::from([reason.to_lowercase()]);
    let free = |name: &&str| {
        if taken.insert(name.to_lowercase()) {
            return (*name).to_owned();
        }
        let numbered = |n: u32| {
            let number = format!("_{n}");
            let kept = longest.saturating_sub(number.len());
            name.chars().take(kept).collect::<String>() + &number
        };
        let mut all = (2..).map(numbered);
        all.find(|name| taken.insert(name.to_lowercase())).unwrap_or_default()
    };
    names.iter().map(free).collect()
}

impl Column {
    fn copy(
        &self,
        row: &Feature<'_>,
        copy: &mut Feature<'_>,
        place: usize,
        text: &dyn Fn(usize, String) -> String,
    ) -> Result<(), GdalError> {
        // A field that is unset (not null) answers with an empty text.
        let Some(value) = row.field_as_string(self.index)?.filter(|text| !text.is_empty()) else {
            return Ok(());
        };
        match self.kind {
            OGRFieldType::OFTInteger | OGRFieldType::OFTInteger64 => {
                if let Some(value) = row.field_as_integer64(self.index)? {
                    copy.set_field_integer64(place, value)?;
                }
            }
            OGRFieldType::OFTReal => {
                if let Some(value) = row.field_as_double(self.index)? {
                    copy.set_field_double(place, value)?;
                }
            }
            OGRFieldType::OFTStringList => {
                if let Some(FieldValue::StringListValue(items)) = row.field(self.index)? {
                    let items: Vec<String> = items.into_iter().map(|item| text(self.index, item)).collect();
                    copy.set_field_string_list(place, &items.iter().map(String::as_str).collect::<Vec<_>>())?;
                }
            }
            OGRFieldType::OFTIntegerList | OGRFieldType::OFTInteger64List | OGRFieldType::OFTRealList => {
                // An empty one is not asked for: the binding reads through a null pointer.
                if !value.starts_with("(0:")
                    && let Some(value) = row.field(self.index)?
                {
                    copy.set_field(place, &value)?;
                }
            }
            _ => copy.set_field_string(place, &text(self.index, value))?,
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_a_format_takes_once_are_told_apart() {
        let apart = |names: &[&str], longest| told_apart(names, longest, "ly_do");
        assert_eq!(apart(&["TEN", "ten", "TEN"], None), ["TEN", "ten", "TEN"]);
        assert_eq!(
            apart(&["TEN", "ten", "ten_2", "LY_DO"], Some(99)),
            ["TEN", "ten_2", "ten_2_2", "LY_DO_2"]
        );
        assert_eq!(apart(&["dien_tich_", "DIEN_TICH_"], Some(10)), ["dien_tich_", "DIEN_TIC_2"]);
    }
}
