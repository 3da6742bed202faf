//! Points on the globe.

use async_graphql::{InputObject, SimpleObject};
use serde::{Deserialize, Serialize};
use subgraph::mutation::Checks;
use subgraph::sdl::directives::cache_control;

/// A point on the globe (WGS 84).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, SimpleObject)]
#[graphql(directive = cache_control::apply(None, None, Some(true)))]
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

impl CoordinatesInput {
    /// The point, checked as the input's field.
    pub(crate) fn check(&self, checks: &mut Checks, field: &str) -> Coordinates {
        for (name, degrees, limit) in
            [("latitude", self.latitude, 90.0), ("longitude", self.longitude, 180.0)]
        {
            if !(-limit..=limit).contains(&degrees) {
                let message = format!("must be between -{limit} and {limit} degrees, not {degrees}");
                checks.refuse(&format!("{field}.{name}"), message);
            }
        }
        Coordinates { latitude: self.latitude, longitude: self.longitude }
    }
}
