//! What clients may say about a unit of any kind, and its limits.

use std::ops::RangeInclusive;

use async_graphql::MaybeUndefined;
use chrono::NaiveDate;
use subgraph::date::Date;
use subgraph::money::is_current_currency;
use subgraph::mutation::Checks;

use super::UnitStatus;

/// The longest name, in characters.
pub(crate) const MAX_NAME: usize = 255;

/// The longest code or slug, in characters.
const MAX_CODE: usize = 50;

/// The shortest slug, in characters.
const MIN_SLUG: usize = 2;

/// The largest number of locations that may be wanted.
const MAX_TARGET: i64 = 1_000_000;

/// The years in which a unit may have been opened or established, or plan to.
const YEARS: RangeInclusive<i32> = 1800..=2199;

/// What a field that null removes becomes: what it was, nothing, or what is given.
pub(crate) fn replaced<T, V>(
    given: &MaybeUndefined<T>,
    stored: Option<V>,
    checked: impl FnOnce(&T) -> V,
) -> Option<V> {
    match given {
        MaybeUndefined::Undefined => stored,
        MaybeUndefined::Null => None,
        MaybeUndefined::Value(value) => Some(checked(value)),
    }
}

pub(crate) fn name(checks: &mut Checks, text: &str) -> String {
    checks.text("input.name", text, MAX_NAME)
}

/// A code: letters, digits, `-` and `_`.
pub(crate) fn code(checks: &mut Checks, text: &str) -> String {
    let fits = (1..=MAX_CODE).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if !fits {
        checks.refuse(
            "input.code",
            format!("must be 1 to {MAX_CODE} letters, digits, `-` and `_`, like `CA-ON`"),
        );
    }
    text.to_owned()
}

/// A slug: small letters, digits and hyphens between them.
pub(crate) fn slug(checks: &mut Checks, text: &str) -> String {
    let fits = (MIN_SLUG..=MAX_CODE).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-');
    if !fits {
        checks.refuse(
            "input.slug",
            format!(
                "must be {MIN_SLUG} to {MAX_CODE} small letters, digits and hyphens between them, like `copper-comb`"
            ),
        );
    }
    text.to_owned()
}

/// An IANA time zone.
pub(crate) fn time_zone(checks: &mut Checks, text: &str) -> String {
    match text.parse::<chrono_tz::Tz>() {
        Ok(zone) => zone.name().to_owned(),
        Err(_) => {
            checks.refuse("input.timeZone", "must be an IANA time zone such as `America/New_York`");
            text.to_owned()
        }
    }
}

/// A currency in use.
pub(crate) fn currency(checks: &mut Checks, text: &str) -> String {
    if !is_current_currency(text) {
        checks.refuse("input.currency", "must be the ISO 4217 code of a currency in use, such as `USD`");
    }
    text.to_owned()
}

/// A first day.
pub(crate) fn first_day(checks: &mut Checks, field: &str, date: Date) -> NaiveDate {
    checks.date(field, date, YEARS)
}

/// A number of locations wanted.
pub(crate) fn location_target(checks: &mut Checks, target: i32) -> i32 {
    checks.number("input.locationTarget", target.into(), 0..=MAX_TARGET);
    target
}

/// The status that a unit begins with: of one that is out of business or has ended, the beginning is over.
pub(crate) fn first_status(checks: &mut Checks, status: UnitStatus) -> UnitStatus {
    if !matches!(status, UnitStatus::Pending | UnitStatus::Development | UnitStatus::Active) {
        checks.refuse("input.status", "a unit begins as PENDING, DEVELOPMENT or ACTIVE");
    }
    status
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts(check: impl FnOnce(&mut Checks)) -> bool {
        let mut checks = Checks::default();
        check(&mut checks);
        checks.finish().is_ok()
    }

    #[test]
    fn codes_are_letters_digits_hyphens_and_underscores() {
        for text in ["A", "CA-ON", "shop_7", &"X".repeat(50)] {
            assert!(accepts(|checks| drop(code(checks, text))), "{text}");
        }
        for text in ["", " ", "A B", "Ä", "A/B", &"X".repeat(51)] {
            assert!(!accepts(|checks| drop(code(checks, text))), "{text}");
        }
    }

    #[test]
    fn slugs_are_small_and_have_no_hyphen_at_an_end() {
        for text in ["ab", "copper-comb", "7up"] {
            assert!(accepts(|checks| drop(slug(checks, text))), "{text}");
        }
        for text in ["", "a", "-ab", "ab-", "Ab", "a_b", "ä1"] {
            assert!(!accepts(|checks| drop(slug(checks, text))), "{text}");
        }
    }

    #[test]
    fn time_zones_are_those_of_the_database() {
        assert!(accepts(|checks| drop(time_zone(checks, "Europe/Berlin"))));
        for text in ["", "Berlin", "CEST", "+01:00", "Europe/Atlantis"] {
            assert!(!accepts(|checks| drop(time_zone(checks, text))), "{text}");
        }
    }
}
