//! Values that units are described with: addresses, coordinates, opening hours, fees.

mod address;
mod coordinates;
mod fees;
mod hours;

pub use address::Address;
pub use coordinates::Coordinates;
pub(crate) use fees::{FeeStructure, percent_from_basis_points};
pub use hours::{OpeningPeriod, Weekday};
