//! A cursor over JSON text: checks the grammar (RFC 8259) without building values.
//!
//! The text is valid UTF-8; whoever makes a cursor has checked that once for the whole body.

#[cfg(test)]
mod tests;

/// How deeply arrays and objects may nest in a value that is skipped or kept unread.
pub(crate) const MAX_DEPTH: u32 = 128;

/// The text is no JSON; [`Cursor::failure`] tells why. Without content, so that results fit registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Broken;

/// Why text is no JSON, or no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed {
    /// Bytes before the place where reading stopped.
    pub(crate) at: usize,
    pub(crate) what: &'static str,
}

/// The class of a JSON token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    Null,
    Boolean,
    String,
    /// A string with escapes.
    Escaped,
    /// A number without fraction and exponent that fits 32 bits.
    Integer,
    /// One that does not fit.
    BigInteger,
    /// A number with fraction or exponent.
    Decimal,
    /// A number that no 64-bit floating point number is near.
    Huge,
    /// An array or object.
    Composite,
}

/// Digits that integers of 32 bits have at most.
const SHORT: usize = 10;

/// With no more digits before its point, and no exponent, a number is smaller than the largest of 64-bit floating point.
const MAX_DIGITS: usize = 308;

/// Whether a number is near one of 64-bit floating point.
#[cold]
fn is_finite(number: &[u8]) -> bool {
    let number = std::str::from_utf8(number).ok().and_then(|number| number.parse::<f64>().ok());
    number.is_some_and(f64::is_finite)
}

/// A position in JSON text.
#[derive(Clone, Copy)]
pub(crate) struct Cursor<'a> {
    pub(crate) text: &'a [u8],
    pub(crate) at: usize,
    /// Where and why reading stopped, after [`Broken`].
    pub(crate) failure: Malformed,
}

impl<'a> Cursor<'a> {
    /// A cursor at the start, behind a byte order mark.
    pub(crate) fn new(text: &'a [u8]) -> Self {
        let at = if text.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
        Self { text, at, failure: Malformed { at, what: "" } }
    }

    /// Stops reading here.
    pub(crate) fn malformed<T>(&mut self, what: &'static str) -> Result<T, Broken> {
        self.broken(self.at, what)
    }

    #[cold]
    fn broken<T>(&mut self, at: usize, what: &'static str) -> Result<T, Broken> {
        self.failure = Malformed { at, what };
        Err(Broken)
    }

    /// The next byte that is not white space; the cursor stands on it.
    #[inline]
    pub(crate) fn peek(&mut self) -> Option<u8> {
        loop {
            match self.text.get(self.at) {
                Some(b' ' | b'\n' | b'\r' | b'\t') => self.at += 1,
                other => return other.copied(),
            }
        }
    }

    /// Steps over a byte, if it comes next.
    #[inline]
    pub(crate) fn accept(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    #[inline]
    pub(crate) fn expect(&mut self, byte: u8, what: &'static str) -> Result<(), Broken> {
        if self.accept(byte) { Ok(()) } else { self.malformed(what) }
    }

    /// After an entry or item: whether another follows. Steps over the comma, or over the closing bracket.
    #[inline]
    pub(crate) fn another(&mut self, close: u8) -> Result<bool, Broken> {
        match self.peek() {
            Some(b',') => {
                self.at += 1;
                Ok(true)
            }
            Some(byte) if byte == close => {
                self.at += 1;
                Ok(false)
            }
            _ => self.malformed("expected a comma or a closing bracket"),
        }
    }

    /// Steps over a key and its colon; returns the key between the quotes and whether it has escapes.
    pub(crate) fn key(&mut self) -> Result<(&'a [u8], bool), Broken> {
        if self.peek() != Some(b'"') {
            return self.malformed("expected a key");
        }
        let start = self.at + 1;
        let escaped = self.string()?;
        let key = &self.text[start..self.at - 1];
        self.expect(b':', "expected a colon")?;
        Ok((key, escaped))
    }

    /// Steps over a string that starts here; returns whether it has escapes.
    pub(crate) fn string(&mut self) -> Result<bool, Broken> {
        let mut escaped = false;
        let mut at = self.at + 1;
        loop {
            while let Some(chunk) = self.text.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
                let special = special_bytes(u64::from_le_bytes(*chunk));
                if special != 0 {
                    at += (special.trailing_zeros() / 8) as usize;
                    break;
                }
                at += 8;
            }
            match self.text.get(at) {
                Some(b'"') => {
                    self.at = at + 1;
                    return Ok(escaped);
                }
                Some(b'\\') => {
                    escaped = true;
                    at += match escape_length(self.text, at) {
                        Some(length) => length,
                        None => return self.broken(at, "invalid escape"),
                    };
                }
                Some(0..0x20) => return self.broken(at, "control character in a string"),
                Some(_) => at += 1,
                None => return self.broken(at, "unfinished string"),
            }
        }
    }

    /// Steps over a number that starts here. Most are short and whole: those are looked at once.
    fn number(&mut self) -> Result<Token, Broken> {
        let start = self.at;
        let negative = self.text[start] == b'-';
        let digits = start + usize::from(negative);
        let (mut end, mut size) = (digits, 0);
        while end - digits < SHORT
            && let Some(digit @ b'0'..=b'9') = self.text.get(end)
        {
            size = size * 10 + u64::from(digit - b'0');
            end += 1;
        }
        if end - digits == SHORT {
            end = self.digits(digits)?;
        } else if end == digits {
            return self.broken(digits, "expected a digit");
        }
        if self.text[digits] == b'0' && end > digits + 1 {
            return self.broken(digits, "leading zero");
        }
        self.at = end;
        if matches!(self.text.get(end), Some(b'.' | b'e' | b'E')) {
            return self.decimal(start, end - digits);
        }
        // What is not short does not fit 32 bits.
        let most = i32::MAX.unsigned_abs() + u32::from(negative);
        if end - digits <= SHORT && size <= u64::from(most) {
            return Ok(Token::Integer);
        }
        let is_huge = end - digits > MAX_DIGITS && !is_finite(&self.text[start..end]);
        Ok(if is_huge { Token::Huge } else { Token::BigInteger })
    }

    /// Steps over the fraction and the exponent of a number with so many digits before them.
    fn decimal(&mut self, start: usize, digits: usize) -> Result<Token, Broken> {
        let mut may_be_huge = digits > MAX_DIGITS;
        if self.text[self.at] == b'.' {
            self.at = self.digits(self.at + 1)?;
        }
        if let Some(b'e' | b'E') = self.text.get(self.at) {
            may_be_huge = true;
            let sign = matches!(self.text.get(self.at + 1), Some(b'+' | b'-'));
            self.at = self.digits(self.at + 1 + usize::from(sign))?;
        }
        let is_huge = may_be_huge && !is_finite(&self.text[start..self.at]);
        Ok(if is_huge { Token::Huge } else { Token::Decimal })
    }

    fn digits(&mut self, start: usize) -> Result<usize, Broken> {
        let mut at = start;
        while let Some(chunk) = self.text.get(at..).and_then(|rest| rest.first_chunk::<8>())
            && are_digits(u64::from_le_bytes(*chunk))
        {
            at += 8;
        }
        while self.text.get(at).is_some_and(u8::is_ascii_digit) {
            at += 1;
        }
        if at == start { self.broken(start, "expected a digit") } else { Ok(at) }
    }

    fn word(&mut self, word: &[u8], token: Token) -> Result<Token, Broken> {
        if !self.text[self.at..].starts_with(word) {
            return self.malformed("expected a value");
        }
        self.at += word.len();
        Ok(token)
    }

    /// Steps over a scalar; at an array or object the cursor stays in front of it.
    #[inline]
    pub(crate) fn token(&mut self) -> Result<Token, Broken> {
        let first = self.peek();
        self.token_of(first)
    }

    /// The same for a value that starts here, with this byte.
    #[inline]
    pub(crate) fn token_of(&mut self, first: Option<u8>) -> Result<Token, Broken> {
        match first {
            Some(b'"') => Ok(if self.string()? { Token::Escaped } else { Token::String }),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b'n') => self.word(b"null", Token::Null),
            Some(b't') => self.word(b"true", Token::Boolean),
            Some(b'f') => self.word(b"false", Token::Boolean),
            Some(b'{' | b'[') => Ok(Token::Composite),
            _ => self.malformed("expected a value"),
        }
    }

    /// Steps over a value of any kind, at most [`MAX_DEPTH`] deep. Does not recurse.
    pub(crate) fn skip(&mut self) -> Result<(), Broken> {
        let mut objects: u128 = 0;
        let mut depth = 0;
        loop {
            if self.token()? == Token::Composite {
                if depth == MAX_DEPTH {
                    return self.malformed("nested too deeply");
                }
                let object = self.text[self.at] == b'{';
                self.at += 1;
                objects = objects << 1 | u128::from(object);
                depth += 1;
                if !self.accept(if object { b'}' } else { b']' }) {
                    if object {
                        self.key()?;
                    }
                    continue;
                }
                objects >>= 1;
                depth -= 1;
            }
            loop {
                if depth == 0 {
                    return Ok(());
                }
                let object = objects & 1 == 1;
                if self.another(if object { b'}' } else { b']' })? {
                    if object {
                        self.key()?;
                    }
                    break;
                }
                objects >>= 1;
                depth -= 1;
            }
        }
    }

    /// Only white space may follow.
    pub(crate) fn end(&mut self) -> Result<(), Broken> {
        if self.peek().is_none() { Ok(()) } else { self.malformed("text after the end") }
    }
}

/// Whether all bytes are digits: 0x30 to 0x39 have 3 in their upper half, and still do when 6 is added, which never
/// carries into the next byte.
#[inline]
fn are_digits(word: u64) -> bool {
    const UPPER: u64 = 0xF0F0_F0F0_F0F0_F0F0;
    const THREE: u64 = 0x3030_3030_3030_3030;
    const SIX: u64 = 0x0606_0606_0606_0606;
    word & UPPER == THREE && word.wrapping_add(SIX) & UPPER == THREE
}

/// Marks the lowest byte that is a quote, a backslash or a control character with its high bit. Bits above
/// the lowest one mean nothing.
#[inline]
fn special_bytes(word: u64) -> u64 {
    const LOW: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let zero = |word: u64| word.wrapping_sub(LOW) & !word;
    let quote = zero(word ^ (LOW * b'"' as u64));
    let backslash = zero(word ^ (LOW * b'\\' as u64));
    let control = word.wrapping_sub(LOW * 0x20) & !word;
    (quote | backslash | control) & HIGH
}

/// The length of the escape sequence at a backslash; `None` if it denotes no character (RFC 8259, section 8.2: half of a
/// surrogate pair denotes none, and not every client could read it).
fn escape_length(text: &[u8], at: usize) -> Option<usize> {
    match text.get(at + 1)? {
        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(2),
        b'u' => match code_unit(text, at)? {
            0xD800..0xDC00 => match (text.get(at + 6..at + 8)?, code_unit(text, at + 6)?) {
                (b"\\u", 0xDC00..0xE000) => Some(12),
                _ => None,
            },
            0xDC00..0xE000 => None,
            _ => Some(6),
        },
        _ => None,
    }
}

/// The UTF-16 code unit that an escape at a backslash stands for.
fn code_unit(text: &[u8], at: usize) -> Option<u16> {
    let digits = text.get(at + 2..at + 6).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))?;
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

/// The text of a string token, with or without its quotes; `None` if an escape denotes no character.
pub(crate) fn unescape(inner: &[u8]) -> Option<String> {
    let mut quoted = Vec::with_capacity(inner.len() + 2);
    quoted.push(b'"');
    quoted.extend_from_slice(inner);
    quoted.push(b'"');
    serde_json::from_slice(&quoted).ok()
}
