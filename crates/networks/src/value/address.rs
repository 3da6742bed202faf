//! Postal addresses.

use async_graphql::SimpleObject;

/// A postal address.
#[derive(Clone, Debug, PartialEq, Eq, SimpleObject)]
pub struct Address {
    /// Street and number; null when only the place is known.
    pub street: Option<String>,
    /// Suite, floor, building.
    pub street2: Option<String>,
    /// City; null when not recorded.
    pub city: Option<String>,
    /// State, province or county; null where addresses have none.
    pub subdivision: Option<String>,
    /// Postal code; null where there is none.
    pub postal_code: Option<String>,
    /// ISO 3166-1 alpha-2 code.
    pub country: String,
}
