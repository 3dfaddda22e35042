//! Content codings of tiles (RFC 9110, 8.4.1).

use super::{
    super::{Problem, address::weights},
    gzip::gzip,
};
use axum::http::{HeaderMap, HeaderValue, header};

const ZSTD_LEVEL: i32 = 1;
const BROTLI_QUALITY: i32 = 4;

/// How a tile is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// As it is.
    Identity,
    /// gzip (RFC 1952).
    Gzip,
    /// Zstandard (RFC 8878).
    Zstd,
    /// Brotli (RFC 7932).
    Brotli,
}

impl Encoding {
    /// What the client likes best; where it likes several equally, what costs least.
    pub fn of(headers: &HeaderMap) -> Self {
        let Some(asked) = headers.get(header::ACCEPT_ENCODING) else { return Self::Identity };
        // What nearly all ask for.
        if asked.as_bytes() == b"gzip" {
            return Self::Gzip;
        }
        let asked = weights(headers, header::ACCEPT_ENCODING);
        let weight = |name: &str| {
            let named = asked.iter().find(|(n, _)| n.strip_prefix("x-").unwrap_or(n) == name);
            named.or_else(|| asked.iter().find(|(n, _)| n == "*")).map(|(_, weight)| *weight)
        };
        // Without a word on it, no encoding is always allowed, but liked least.
        let mut best = (
            Self::Identity,
            weight("identity").filter(|_| asked.iter().any(|a| a.0 == "identity")).unwrap_or(0.0),
        );
        for (encoding, name) in [(Self::Zstd, "zstd"), (Self::Gzip, "gzip"), (Self::Brotli, "br")] {
            if weight(name)
                .is_some_and(|w| w > best.1 || (w == best.1 && w > 0.0 && best.0 == Self::Identity))
            {
                best = (encoding, weight(name).unwrap_or(0.0));
            }
        }
        best.0
    }

    /// As `Content-Encoding` has it.
    pub const fn header(self) -> Option<HeaderValue> {
        match self {
            Self::Identity => None,
            Self::Gzip => Some(HeaderValue::from_static("gzip")),
            Self::Zstd => Some(HeaderValue::from_static("zstd")),
            Self::Brotli => Some(HeaderValue::from_static("br")),
        }
    }

    /// A letter for tags.
    pub const fn letter(self) -> char {
        match self {
            Self::Identity => 'i',
            Self::Gzip => 'g',
            Self::Zstd => 'z',
            Self::Brotli => 'b',
        }
    }

    /// The bytes, encoded.
    pub fn encode(self, bytes: Vec<u8>) -> Result<Vec<u8>, Problem> {
        match self {
            _ if bytes.is_empty() => Ok(bytes),
            Self::Identity => Ok(bytes),
            Self::Gzip => gzip(&bytes).map_err(Problem::internal),
            Self::Zstd => zstd::bulk::compress(&bytes, ZSTD_LEVEL).map_err(Problem::internal),
            Self::Brotli => {
                let mut out = Vec::with_capacity(bytes.len() / 2);
                let params =
                    brotli::enc::BrotliEncoderParams { quality: BROTLI_QUALITY, ..Default::default() };
                brotli::BrotliCompress(&mut bytes.as_slice(), &mut out, &params)
                    .map_err(Problem::internal)?;
                Ok(out)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(accept: &str) -> Encoding {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_ENCODING, accept.parse().unwrap_or_else(|_| unreachable!()));
        Encoding::of(&headers)
    }

    #[test]
    fn the_client_chooses() {
        assert_eq!(of("gzip"), Encoding::Gzip);
        assert_eq!(of("gzip, deflate, br"), Encoding::Gzip);
        assert_eq!(of("gzip, deflate, br, zstd"), Encoding::Zstd);
        assert_eq!(of("br"), Encoding::Brotli);
        assert_eq!(of("br;q=1.0, gzip;q=0.2"), Encoding::Brotli);
        assert_eq!(of("*"), Encoding::Zstd);
        assert_eq!(of("gzip;q=0, *;q=0"), Encoding::Identity);
        assert_eq!(of("identity, gzip;q=0.5"), Encoding::Identity);
        assert_eq!(of("deflate"), Encoding::Identity);
        assert_eq!(Encoding::of(&HeaderMap::new()), Encoding::Identity);
    }
}
