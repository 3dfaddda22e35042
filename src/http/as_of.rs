//! Says for which moment the data stand, where a snapshot answers because there is no database.

use super::Site;
use crate::{layer::LayerView, store::FeatureStore};
use axum::{
    http::{HeaderName, HeaderValue},
    response::{IntoResponseParts, ResponseParts},
};
use std::convert::Infallible;

/// The header: a moment by RFC 3339.
pub const DATA_AS_OF: HeaderName = HeaderName::from_static("diaban-data-as-of");

/// The moment, if there is anything to say.
#[derive(Debug, Clone, Default)]
pub struct DataAsOf(pub Option<String>);

impl DataAsOf {
    /// Of the oldest of the layers.
    pub fn of<'v, S: FeatureStore>(site: &Site<S>, views: impl IntoIterator<Item = &'v LayerView>) -> Self {
        Self(views.into_iter().filter_map(|view| site.store.data_as_of(view)).min())
    }
}

impl IntoResponseParts for DataAsOf {
    type Error = Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Infallible> {
        if let Some(value) = self.0.and_then(|text| HeaderValue::try_from(text).ok()) {
            parts.headers_mut().insert(DATA_AS_OF, value);
        }
        Ok(parts)
    }
}
