//! Amounts: integer minor units and a currency, never floating point.

use async_graphql::{
    InputObject, InputValueError, InputValueResult, Number, Scalar, ScalarType, SimpleObject, Value,
};

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
                _ => Err(InputValueError::custom("expected an integer between -(2^53 - 1) and 2^53 - 1")),
            },
            _ => Err(InputValueError::expected_type(value)),
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
#[graphql(shareable)]
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

/// Whether a text has the form of an ISO 4217 code.
pub fn is_currency_code(text: &str) -> bool {
    text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase())
}
