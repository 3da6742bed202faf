//! Cells to values. Each refusal says what was expected; likely mistakes get a hint of their own.

use chrono::NaiveDate;

/// The longest text a cell may hold, in characters.
const MAX_TEXT: usize = 500;

/// The largest count a cell may hold.
const MAX_COUNT: i64 = 1_000_000_000;

/// A text within the length limit.
pub(super) fn text(cell: &str) -> Result<String, String> {
    match cell.chars().count() {
        0..=MAX_TEXT => Ok(cell.to_owned()),
        length => Err(format!("has {length} characters, at most {MAX_TEXT} are allowed")),
    }
}

/// A code: letters, digits, `-` and `_`.
pub(super) fn code(cell: &str) -> Result<String, String> {
    let fits = cell.len() <= 50 && cell.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if fits {
        Ok(cell.to_owned())
    } else {
        Err(format!("`{cell}` is not a code: use at most 50 letters, digits, `-` and `_`"))
    }
}

/// A non-negative whole number.
pub(super) fn count(cell: &str) -> Result<i64, String> {
    if let Some(hint) = thousands_hint(cell) {
        return Err(hint);
    }
    if cell.contains('.') {
        return Err(format!("`{cell}` is not a whole number"));
    }
    match cell.parse::<i64>() {
        Ok(number) if number < 0 => Err(format!("{number} is negative")),
        Ok(number) if number > MAX_COUNT => Err(format!("{number} is above {MAX_COUNT}")),
        Ok(number) => Ok(number),
        Err(_) => Err(format!("`{cell}` is not a whole number")),
    }
}

/// An amount in the currency's major unit to minor units, exactly.
pub(super) fn amount(cell: &str, decimals: u32) -> Result<i64, String> {
    if let Some(hint) = thousands_hint(cell) {
        return Err(hint);
    }
    let malformed = || {
        format!(
            "`{cell}` is not an amount: write digits with a decimal point and no currency sign, e.g. 1234.50"
        )
    };
    let (whole, fraction) = cell.split_once('.').unwrap_or((cell, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.starts_with('-') && digits(&whole[1..]) {
        return Err(format!("{cell} is negative; refunds lower the revenue of their day"));
    }
    if whole.is_empty() || whole.len() > 12 || !digits(whole) || !digits(fraction) {
        return Err(malformed());
    }
    if fraction.len() > decimals as usize {
        return Err(format!("`{cell}` has more than {decimals} decimals, which the currency does not have"));
    }
    let whole: i64 = whole.parse().map_err(|_| malformed())?;
    let scale = 10_i64.pow(decimals);
    let padded = format!("{fraction:0<width$}", width = decimals as usize);
    let fraction: i64 = if padded.is_empty() { 0 } else { padded.parse().map_err(|_| malformed())? };
    Ok(whole * scale + fraction)
}

/// A date as `YYYY-MM-DD`.
pub(super) fn date(cell: &str) -> Result<NaiveDate, String> {
    let parsed = NaiveDate::parse_from_str(cell, "%Y-%m-%d").ok().filter(|_| cell.len() == 10);
    parsed.ok_or_else(|| {
        if cell.contains(['/', '.']) {
            format!("`{cell}` is not a date: write it as YYYY-MM-DD (day and month cannot be told apart otherwise)")
        } else {
            format!("`{cell}` is not a date: write it as YYYY-MM-DD")
        }
    })
}

/// An IANA time zone.
pub(super) fn time_zone(cell: &str) -> Result<String, String> {
    match cell.parse::<chrono_tz::Tz>() {
        Ok(zone) => Ok(zone.name().to_owned()),
        Err(_) => {
            Err(format!("`{cell}` is not a time zone: use a name such as America/New_York or Europe/Paris"))
        }
    }
}

/// An ISO 4217 code whose minor unit is known.
pub(super) fn currency(cell: &str) -> Result<String, String> {
    if decimals(cell).is_some() {
        Ok(cell.to_owned())
    } else {
        Err(format!("`{cell}` is not a currency code such as USD or EUR"))
    }
}

/// The number of decimals of a currency's minor unit (ISO 4217).
pub(super) fn decimals(currency: &str) -> Option<u32> {
    match currency {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX" | "VND"
        | "VUV" | "XAF" | "XOF" | "XPF" => Some(0),
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => Some(3),
        _ if subgraph::money::is_currency_code(currency) => Some(2),
        _ => None,
    }
}

/// A coordinate in degrees.
pub(super) fn degrees(cell: &str, limit: f64) -> Result<f64, String> {
    match cell.parse::<f64>() {
        Ok(degrees) if degrees.is_finite() && degrees.abs() <= limit => Ok(degrees),
        _ => Err(format!("`{cell}` is not a number between -{limit} and {limit}")),
    }
}

/// `1,234.50`, `1 234`, `1'234` and `1.234,50` are how people read numbers, not how files should hold them.
fn thousands_hint(cell: &str) -> Option<String> {
    let separated =
        cell.contains([',', '\'', ' ', '\u{a0}', '\u{202f}']) && cell.chars().any(|c| c.is_ascii_digit());
    separated.then(|| {
        format!("`{cell}` has a thousands separator or a decimal comma; write plain digits and a decimal point, e.g. 1234.50")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_become_minor_units_exactly() {
        assert_eq!(amount("1234.5", 2), Ok(123_450));
        assert_eq!(amount("0.07", 2), Ok(7));
        assert_eq!(amount("980", 0), Ok(980));
        assert_eq!(amount("1.005", 3), Ok(1_005));
    }

    #[test]
    fn amounts_that_cannot_be_exact_or_clear_are_refused() {
        for (cell, decimals, says) in [
            ("1,234.50", 2, "thousands"),
            ("1.234,50", 2, "thousands"),
            ("1 234", 2, "thousands"),
            ("1.005", 2, "decimals"),
            ("$12", 2, "currency sign"),
            ("-3", 2, "negative"),
            ("", 2, "amount"),
            ("9999999999999", 2, "amount"),
        ] {
            let refusal = amount(cell, decimals).unwrap_err();
            assert!(refusal.contains(says), "{cell}: {refusal}");
        }
    }

    #[test]
    fn dates_have_one_form() {
        assert!(date("2026-02-28").is_ok());
        for cell in ["02/03/2026", "2.3.2026", "2026-2-3", "2026-02-30", "yesterday"] {
            assert!(date(cell).unwrap_err().contains("YYYY-MM-DD"), "{cell}");
        }
    }

    #[test]
    fn counts_are_whole_and_not_negative() {
        assert_eq!(count("12"), Ok(12));
        for cell in ["-1", "1.5", "1,200", "twelve", "99999999999"] {
            assert!(count(cell).is_err(), "{cell}");
        }
    }
}
