//! The demo data that platforms under test hold: small, and the same for all that are made on the same day.

use chrono::Utc;
use franchise::demo::{Demo, Scale};

const SEED: u64 = 7;

/// Sixty locations with figures of four months.
pub(crate) const SMALL: Scale = Scale { groups_per_region: 2, locations_per_group: 3, days: 120 };

/// Four times as many locations as [`SMALL`], with figures of two months.
pub(crate) const MANY: Scale = Scale { groups_per_region: 5, locations_per_group: 5, days: 60 };

/// The demo as made today: presets such as `LAST_30_DAYS` are about the days before today.
pub(crate) fn demo(scale: Scale) -> Demo {
    Demo { seed: SEED, made_on: Utc::now().date_naive(), scale }
}
