//! Values that units are described with: addresses, coordinates, opening hours, fees, how to
//! reach somebody.

mod address;
mod coordinates;
mod fees;
mod hours;
mod reach;

pub use address::Address;
pub(crate) use address::{AddressInput, MAX_POSTAL_CODE};
pub use coordinates::Coordinates;
pub(crate) use coordinates::CoordinatesInput;
pub(crate) use fees::{FeeStructure, FeeStructureInput, StoredFees, percent_from_basis_points};
pub use hours::{OpeningPeriod, Weekday};
pub(crate) use hours::{OpeningPeriodInput, check_hours};
pub(crate) use reach::{email, phone};
