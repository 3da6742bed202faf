//! Points on the globe.

use async_graphql::{InputObject, SimpleObject};
use serde::{Deserialize, Serialize};

/// A point on the globe (WGS 84).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, SimpleObject)]
pub struct Coordinates {
    /// Degrees north, -90 to 90.
    pub latitude: f64,
    /// Degrees east, -180 to 180.
    pub longitude: f64,
}

/// A point on the globe (WGS 84).
#[derive(Clone, Copy, Debug, PartialEq, InputObject)]
pub(crate) struct CoordinatesInput {
    /// Degrees north, -90 to 90.
    pub latitude: f64,
    /// Degrees east, -180 to 180.
    pub longitude: f64,
}

impl From<CoordinatesInput> for Coordinates {
    fn from(input: CoordinatesInput) -> Self {
        Self { latitude: input.latitude, longitude: input.longitude }
    }
}
