//! Postal addresses.

use async_graphql::{InputObject, SimpleObject};

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

/// A postal address.
#[derive(Clone, Debug, PartialEq, Eq, InputObject)]
pub(crate) struct AddressInput {
    /// Street and number, up to 200 characters.
    pub street: Option<String>,
    /// Suite, floor, building, up to 200 characters.
    pub street2: Option<String>,
    /// City, up to 100 characters.
    pub city: Option<String>,
    /// State, province or county, up to 100 characters.
    pub subdivision: Option<String>,
    /// Postal code, up to 16 characters.
    pub postal_code: Option<String>,
    /// ISO 3166-1 alpha-2 code: two capital letters.
    pub country: String,
}
