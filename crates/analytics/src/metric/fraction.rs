//! Exact quotients: figures compare and tie without rounding.

use std::cmp::Ordering;

/// The largest part above the line that a cursor may bring. Sums of facts stay below: 64 bits times 60 minutes.
const MAX_NUMERATOR: u128 = 1_000_000_000_000_000_000_000;

/// The largest divisor that a cursor may bring: the product with [`MAX_NUMERATOR`] fits 128 bits. Sums of
/// facts stay below: decades of days of thousands of locations with the largest counts allowed.
const MAX_DENOMINATOR: u128 = 10_000_000_000_000_000;

/// A quotient of whole numbers with a positive divisor.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fraction {
    numerator: i128,
    denominator: i128,
}

impl Fraction {
    /// A quotient, or nothing when the divisor is not positive.
    pub(crate) fn new(numerator: impl Into<i128>, denominator: impl Into<i128>) -> Option<Self> {
        let (numerator, denominator) = (numerator.into(), denominator.into());
        (denominator > 0).then_some(Self { numerator, denominator })
    }

    /// A whole number.
    pub(crate) fn whole(number: i64) -> Self {
        Self { numerator: number.into(), denominator: 1 }
    }

    /// The nearest floating point number.
    #[expect(clippy::cast_precision_loss, reason = "ratios and means leave the service as floating point")]
    pub(crate) fn to_f64(self) -> f64 {
        self.numerator as f64 / self.denominator as f64
    }

    /// The nearest whole number, halves upwards; the largest or smallest 64-bit number beyond those.
    pub(crate) fn rounded(self) -> i64 {
        let rounded = (2 * self.numerator + self.denominator).div_euclid(2 * self.denominator);
        i64::try_from(rounded).unwrap_or(if rounded < 0 { i64::MIN } else { i64::MAX })
    }

    /// The change from a base, relative to the base; nothing when the base is zero.
    pub(crate) fn change_from(self, base: Self) -> Option<f64> {
        (base.numerator != 0).then(|| {
            let (now, before) = (self.numerator * base.denominator, base.numerator * self.denominator);
            Self { numerator: now - before, denominator: 1 }.to_f64()
                / Self { numerator: before, denominator: 1 }.to_f64()
        })
    }

    /// As text that [`Fraction::parse`] reads.
    pub(crate) fn to_text(self) -> String {
        format!("{}/{}", self.numerator, self.denominator)
    }

    /// Reads what [`Fraction::to_text`] wrote, within limits that let it compare without overflow.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (numerator, denominator) = text.split_once('/')?;
        let part =
            |text: &str, most: u128| text.parse::<i128>().ok().filter(|part| part.unsigned_abs() <= most);
        Self::new(part(numerator, MAX_NUMERATOR)?, part(denominator, MAX_DENOMINATOR)?)
    }
}

impl PartialEq for Fraction {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Fraction {}

impl PartialOrd for Fraction {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Fraction {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.numerator * other.denominator).cmp(&(other.numerator * self.denominator))
    }
}

#[cfg(test)]
mod tests {
    use super::Fraction;

    fn fraction(numerator: i64, denominator: i64) -> Fraction {
        Fraction::new(numerator, denominator).unwrap()
    }

    #[test]
    fn nothing_is_divided_by_zero() {
        assert!(Fraction::new(1, 0).is_none());
        assert!(fraction(1, 2).change_from(Fraction::whole(0)).is_none());
    }

    #[test]
    fn equal_quotients_tie_exactly() {
        assert_eq!(fraction(1, 3), fraction(333_333_333_333, 999_999_999_999));
        assert!(fraction(1, 3) < fraction(333_333_333_334, 999_999_999_999));
    }

    #[test]
    fn the_largest_sums_compare_without_overflow() {
        let largest = Fraction::new(i128::from(i64::MAX) * 60, 1).unwrap();
        let smallest = Fraction::new(1, 10_000_000_000_000_000_i64).unwrap();
        assert!(largest > smallest);
        assert_eq!(Fraction::parse(&largest.to_text()), Some(largest));
        assert_eq!(Fraction::parse(&smallest.to_text()), Some(smallest));
    }

    #[test]
    fn halves_round_upwards() {
        for (numerator, expected) in [(5, 3), (4, 2), (-5, -2), (-6, -3), (7, 4)] {
            assert_eq!(fraction(numerator, 2).rounded(), expected, "{numerator}/2");
        }
    }

    #[test]
    fn a_change_is_relative_to_its_base() {
        assert_eq!(Fraction::whole(150).change_from(Fraction::whole(100)), Some(0.5));
        assert_eq!(fraction(1, 4).change_from(fraction(1, 2)), Some(-0.5));
    }

    #[test]
    fn rubbish_is_no_fraction() {
        for text in ["", "1", "1/0", "1/-1", "a/b", "1/2/3", "99999999999999999999999999/1"] {
            assert!(Fraction::parse(text).is_none(), "{text}");
        }
    }
}
