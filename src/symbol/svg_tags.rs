//! The tags of an SVG file: names and attributes, one after the other. Of XML that is read which drawing programs
//! write of plain shapes; what could reach outside the file or grow without end (DOCTYPE, entities) is refused. Must not
//! know what the tags mean.

use super::SvgError;

/// A tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag<'a> {
    /// `path`, `g`.
    pub name: &'a str,
    /// Whether it begins something, ends it, or both at once.
    pub kind: Kind,
    /// Names and values as they stand.
    pub attributes: Vec<(&'a str, &'a str)>,
}

/// What a tag is to what stands behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `<g>`
    Begin,
    /// `</g>`
    End,
    /// `<path/>`
    Whole,
}

/// All tags of a file, in order. Text between them, comments and the XML declaration are passed over.
pub fn tags(file: &str) -> Result<Vec<Tag<'_>>, SvgError> {
    let mut found = Vec::new();
    let mut rest = file;
    while let Some((_, after)) = rest.split_once('<') {
        let unfinished = || SvgError::Xml("a tag has no end");
        if let Some(comment) = after.strip_prefix("!--") {
            rest = comment.split_once("-->").ok_or_else(unfinished)?.1;
        } else if let Some(declaration) = after.strip_prefix("?xml") {
            rest = declaration.split_once("?>").ok_or_else(unfinished)?.1;
        } else if after.starts_with(['!', '?']) {
            return Err(SvgError::Xml("DOCTYPE, CDATA and instructions are not taken"));
        } else {
            let (tag, behind) = tag(after)?;
            found.push(tag);
            rest = behind;
        }
    }
    Ok(found)
}

/// The tag whose `<` has been read, and what stands behind it.
fn tag(text: &str) -> Result<(Tag<'_>, &str), SvgError> {
    let (is_end, text) = text.strip_prefix('/').map_or((false, text), |text| (true, text));
    let (name, mut rest) = word(text);
    if name.is_empty() {
        return Err(SvgError::Xml("a tag has no name"));
    }
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start();
        if let Some(behind) = rest.strip_prefix("/>").filter(|_| !is_end) {
            return Ok((Tag { name, kind: Kind::Whole, attributes }, behind));
        }
        if let Some(behind) = rest.strip_prefix('>') {
            let kind = if is_end { Kind::End } else { Kind::Begin };
            return Ok((Tag { name, kind, attributes }, behind));
        }
        let (name, after) = word(rest);
        let quoted = || SvgError::Xml("an attribute is not written name=\"value\"");
        let after = after.trim_start().strip_prefix('=').ok_or_else(quoted)?.trim_start();
        let quote = after.chars().next().filter(|c| ['"', '\''].contains(c)).ok_or_else(quoted)?;
        let (value, behind) = after[1..].split_once(quote).ok_or_else(quoted)?;
        if name.is_empty() || value.contains(['<', '&']) {
            return Err(quoted());
        }
        attributes.push((name, value));
        rest = behind;
    }
}

/// A name, and what stands behind it.
fn word(text: &str) -> (&str, &str) {
    let ends = |c: char| !(c.is_ascii_alphanumeric() || ['-', '_', ':', '.'].contains(&c));
    text.split_at(text.find(ends).unwrap_or(text.len()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_read_as_drawing_programs_write_them() {
        let file = "<?xml version='1.0'?>\n<!-- <g> -->\n<svg width=\"15\"\n height = '15'><title>Chợ</title><g\tid='a'/></svg>\n";
        let tags = tags(file).unwrap();
        let told: Vec<_> = tags.iter().map(|tag| (tag.name, tag.kind)).collect();
        let title = [("title", Kind::Begin), ("title", Kind::End)];
        assert_eq!(
            told,
            [&[("svg", Kind::Begin)], &title[..], &[("g", Kind::Whole), ("svg", Kind::End)]].concat()
        );
        assert_eq!(tags[0].attributes, [("width", "15"), ("height", "15")]);
    }

    #[test]
    fn what_is_no_plain_xml_is_refused() {
        for file in [
            "<!DOCTYPE svg [<!ENTITY a \"b\">]>",
            "<svg width=15>",
            "<svg width=\"15>",
            "<svg width>",
            "<svg",
            "<",
            "<>",
            "</>",
            "<svg a=\"&lol;\">",
            "<!-- never closed",
            "<?xml",
            "<?php ?>",
            "<path d=\"é\u{301}",
            "<é/>",
        ] {
            assert!(matches!(tags(file), Err(SvgError::Xml(_))), "{file}");
        }
    }
}
