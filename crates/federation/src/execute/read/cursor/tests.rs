//! What the cursor takes for JSON, held against a JSON parser.

use super::*;

fn skip(text: &str) -> Result<(), Malformed> {
    let mut cursor = Cursor::new(text.as_bytes());
    cursor.skip().and_then(|()| cursor.end()).map_err(|Broken| cursor.failure)
}

#[test]
fn accepts_what_a_json_parser_accepts() {
    let texts = [
        "0",
        "-0",
        "12.50",
        "1e9",
        "-1.5E-3",
        "01",
        "1.",
        ".5",
        "-",
        "1e",
        "+1",
        "NaN",
        r#""""#,
        r#""a\"b""#,
        r#""\u00e9""#,
        r#""\u00g9""#,
        r#""\x""#,
        "\"a\nb\"",
        "\"abcdefgh\u{1}\"",
        "\"open",
        "\"żółć gęślą jaźń\"",
        r#""0123456\"89""#,
        r#""01234567\\""#,
        "[]",
        "[ ]",
        "[1,2]",
        "[1,]",
        "[,1]",
        "[1 2]",
        "{}",
        r#"{"a":1,"b":[{}]}"#,
        r#"{"a" : null , "b":true}"#,
        r#"{"a":1,}"#,
        r#"{"a"}"#,
        r#"{a:1}"#,
        r#"{"a":1]"#,
        "[1}",
        "nul",
        "truefalse",
        "",
        " ",
        "1 1",
        "\u{FEFF}[]",
    ];
    for text in texts {
        let expected =
            serde_json::from_str::<&serde_json::value::RawValue>(text.trim_start_matches('\u{FEFF}'));
        assert_eq!(skip(text).is_ok(), expected.is_ok(), "{text:?}: {:?}", skip(text));
    }
}

#[test]
fn an_escape_denotes_a_character_or_is_refused() {
    for good in [r#""\ud83d\ude00""#, r#""\uD83D\uDE00x""#, r#""\ud7ff\ue000""#] {
        assert!(skip(good).is_ok(), "{good}");
        assert!(serde_json::from_str::<String>(good).is_ok(), "{good}");
    }
    for half in [
        r#""\ud83d""#,
        r#""\ude00""#,
        r#""\ud83dx""#,
        r#""\ud83d\n""#,
        r#""\ud83d\ud83d""#,
        r#""\ud83d\u00e9""#,
    ] {
        assert!(skip(half).is_err(), "{half}");
    }
}

#[test]
fn knows_what_numbers_fit() {
    let token = |text: &str| Cursor::new(text.as_bytes()).token().unwrap();
    assert_eq!(token("2147483647"), Token::Integer);
    assert_eq!(token("-2147483648"), Token::Integer);
    assert_eq!(token("2147483648"), Token::BigInteger);
    assert_eq!(token("99999999999999999999"), Token::BigInteger);
    assert_eq!(token("1.0"), Token::Decimal);
    assert_eq!(token("1.5e-999"), Token::Decimal);
    assert_eq!(token("-1.7e308"), Token::Decimal);
    assert_eq!(token("1.51e999"), Token::Huge);
    assert_eq!(token(&"9".repeat(308)), Token::BigInteger);
    assert_eq!(token(&"9".repeat(309)), Token::Huge);
}

#[test]
fn digits_end_at_the_first_byte_that_is_none() {
    for at in 0..20 {
        for byte in 0..=u8::MAX {
            let mut text = *b"98765432109876543210";
            text[at] = byte;
            let expected = if byte.is_ascii_digit() { 20 } else { at };
            assert_eq!(Cursor::new(&text).digits(0).unwrap_or(0), expected, "{byte} at {at}");
        }
    }
}

#[test]
fn bounds_the_depth_of_unread_values() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert!(skip(&nested(128)).is_ok());
    assert_eq!(skip(&nested(129)).unwrap_err().what, "nested too deeply");
    assert!(skip(&"[".repeat(1_000_000)).is_err());
    assert!(skip(&r#"{"a":"#.repeat(1_000_000)).is_err());
}
