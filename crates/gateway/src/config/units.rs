//! Quantities with their units: durations, byte sizes, secrets.

use std::fmt;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize, Serializer};

/// A duration, written `250ms`, `30s`, `5m` or `1h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time(pub Duration);

impl Time {
    /// A number of milliseconds.
    #[must_use]
    pub const fn milliseconds(milliseconds: u64) -> Self {
        Self(Duration::from_millis(milliseconds))
    }

    /// A number of seconds.
    #[must_use]
    pub const fn seconds(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds))
    }
}

impl std::str::FromStr for Time {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (number, unit) = split(text);
        let amount = number.parse::<u64>().ok();
        let milliseconds = match unit {
            "ms" => amount,
            "s" => amount.and_then(|amount| amount.checked_mul(1000)),
            "m" => amount.and_then(|amount| amount.checked_mul(60_000)),
            "h" => amount.and_then(|amount| amount.checked_mul(3_600_000)),
            _ => None,
        };
        match milliseconds {
            Some(0) => Err("a duration must be longer than 0".to_owned()),
            Some(milliseconds) => Ok(Self(Duration::from_millis(milliseconds))),
            None => Err("expected a duration with its unit, such as `250ms`, `30s`, `5m` or `1h`".to_owned()),
        }
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        written(f, self.0.as_millis(), &[(3_600_000, "h"), (60_000, "m"), (1000, "s"), (1, "ms")])
    }
}

/// A number of bytes, written `512B`, `64KiB`, `10MiB` or `1GiB`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByteSize(pub u64);

impl ByteSize {
    /// A number of MiB.
    #[must_use]
    pub const fn mebibytes(amount: u64) -> Self {
        Self(amount * 1024 * 1024)
    }

    /// The number as a length in memory.
    #[must_use]
    pub fn as_usize(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

impl std::str::FromStr for ByteSize {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (number, unit) = split(text);
        let factor = match unit {
            "B" => Some(1),
            "KiB" => Some(1024),
            "MiB" => Some(1024 * 1024),
            "GiB" => Some(1024 * 1024 * 1024),
            _ => None,
        };
        match factor.and_then(|factor: u64| number.parse::<u64>().ok()?.checked_mul(factor)) {
            Some(0) => Err("a size must be larger than 0".to_owned()),
            Some(bytes) => Ok(Self(bytes)),
            None => Err("expected a size with its unit, such as `512B`, `64KiB` or `10MiB`".to_owned()),
        }
    }
}

impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        written(f, self.0.into(), &[(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"), (1, "B")])
    }
}

/// An amount in the largest unit that makes it a whole number.
fn written(f: &mut fmt::Formatter<'_>, amount: u128, units: &[(u128, &str)]) -> fmt::Result {
    let fits = |(size, _): &&(u128, &str)| amount.is_multiple_of(*size);
    let (size, name) = units.iter().find(fits).copied().unwrap_or((1, ""));
    write!(f, "{}{name}", amount / size)
}

fn split(text: &str) -> (&str, &str) {
    let text = text.trim();
    let end = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    (&text[..end], text[end..].trim_start())
}

/// A value that is never printed.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Wraps a value.
    #[must_use]
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The value, for use as key material only.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("[redacted]")
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

struct FromText<T> {
    expecting: &'static str,
    parse: fn(&str) -> Result<T, String>,
}

impl<T> Visitor<'_> for FromText<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expecting)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        (self.parse)(text).map_err(E::custom)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let expecting = "a duration with its unit, such as `250ms` or `30s`";
        deserializer.deserialize_str(FromText { expecting, parse: str::parse })
    }
}

impl<'de> Deserialize<'de> for ByteSize {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let expecting = "a size with its unit, such as `64KiB` or `10MiB`";
        deserializer.deserialize_str(FromText { expecting, parse: str::parse })
    }
}

macro_rules! text {
    ($($ty:ident, $pattern:literal, $title:literal;)*) => {$(
        impl Serialize for $ty {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl JsonSchema for $ty {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                $title.into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "pattern": $pattern, "title": $title })
            }
        }
    )*};
}

text! {
    Time, "^[0-9]+ *(ms|s|m|h)$", "duration";
    ByteSize, "^[0-9]+ *(B|KiB|MiB|GiB)$", "size";
}

impl JsonSchema for Secret {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "secret".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "title": "secret" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_written_as_they_are_read() {
        for text in ["250ms", "1500ms", "30s", "90s", "5m", "2h"] {
            assert_eq!(text.parse::<Time>().unwrap().to_string(), text);
        }
        for text in ["1B", "1025B", "64KiB", "10MiB", "3GiB"] {
            assert_eq!(text.parse::<ByteSize>().unwrap().to_string(), text);
        }
    }
}
