//! Amounts: integer minor units and a currency, never floating point.

use async_graphql::{
    InputObject, InputValueError, InputValueResult, Number, Scalar, ScalarType, SimpleObject, Value,
};

use crate::error::unreadable;
use crate::sdl::directives::cache_control;

/// A 64-bit integer as a JSON number, between -(2^53 - 1) and 2^53 - 1 so that every client reads it exactly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Long(pub i64);

/// The largest integer that a double holds exactly with all its predecessors.
const MAX_SAFE: i64 = (1 << 53) - 1;

/// An integer between -(2^53 - 1) and 2^53 - 1, as a JSON number.
#[Scalar(specified_by_url = "https://www.rfc-editor.org/rfc/rfc8259#section-6")]
impl ScalarType for Long {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::Number(number) => match number.as_i64() {
                Some(integer) if integer.abs() <= MAX_SAFE => Ok(Self(integer)),
                _ => Err(unreadable(InputValueError::custom(
                    "expected an integer between -(2^53 - 1) and 2^53 - 1",
                ))),
            },
            _ => Err(unreadable(InputValueError::expected_type(value))),
        }
    }

    fn to_value(&self) -> Value {
        Value::Number(Number::from(self.0))
    }
}

impl From<i64> for Long {
    fn from(value: i64) -> Self {
        Self(value)
    }
}

/// An amount of money.
#[derive(Clone, Debug, PartialEq, Eq, SimpleObject)]
#[graphql(shareable, directive = cache_control::apply(None, None, Some(true)))]
pub struct Money {
    /// The amount in the currency's minor unit (cents for USD, yen for JPY).
    pub amount_minor: Long,
    /// ISO 4217 code.
    pub currency: String,
}

impl Money {
    /// An amount in minor units.
    pub fn new(amount_minor: i64, currency: impl Into<String>) -> Self {
        Self { amount_minor: Long(amount_minor), currency: currency.into() }
    }
}

/// An amount of money.
#[derive(Clone, Debug, PartialEq, Eq, InputObject)]
pub struct MoneyInput {
    /// The amount in the currency's minor unit (cents for USD, yen for JPY).
    pub amount_minor: Long,
    /// ISO 4217 code, three capital letters.
    pub currency: String,
}

/// The currencies of ISO 4217 in which money is paid: without funds, metals and testing codes.
const CURRENCIES: &str = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD \
    CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP \
    GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD \
    KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN \
    NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP \
    SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES \
    VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG";

/// Whether a text has the form of an ISO 4217 code: also those of currencies that are history.
pub fn is_currency_code(text: &str) -> bool {
    text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// Whether a text is the ISO 4217 code of a currency that is in use.
pub fn is_current_currency(text: &str) -> bool {
    is_currency_code(text) && CURRENCIES.split(' ').any(|code| code == text)
}

#[cfg(test)]
mod tests {
    use super::{CURRENCIES, is_currency_code, is_current_currency};

    #[test]
    fn currencies_in_use_are_known_by_their_code_as_it_is_written() {
        for code in ["AED", "EUR", "JPY", "USD", "ZWG"] {
            assert!(is_current_currency(code), "{code}");
        }
        for text in ["", "usd", "US", "USDX", "XYZ", "HRK", "XXX", "XAU", "AED AFN", " EU", "D AF"] {
            assert!(!is_current_currency(text), "{text}");
        }
    }

    #[test]
    fn the_list_is_sorted_without_repetition() {
        let codes: Vec<&str> = CURRENCIES.split(' ').collect();
        assert!(codes.windows(2).all(|pair| pair[0] < pair[1]), "{codes:?}");
        assert!(codes.iter().all(|code| is_currency_code(code)));
    }
}
