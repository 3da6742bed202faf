//! What stands in front of a value in compact JSON: `"key":`.
//!
//! It is compared once for every field that is read, and most are short: words are compared instead of bytes.

const WORD: usize = size_of::<u64>();

/// `"key":`
#[derive(Debug)]
pub(crate) struct Label {
    text: Box<[u8]>,
    /// The first bytes, and which of them count.
    first: u64,
    mask: u64,
    /// The last bytes, if there are more than that.
    last: u64,
}

impl Label {
    pub(crate) fn new(key: &str) -> Self {
        let text = format!("\"{key}\":").into_bytes().into_boxed_slice();
        let mut head = [0; WORD];
        let count = text.len().min(WORD);
        head[..count].copy_from_slice(&text[..count]);
        let mask = if count < WORD { (1 << (8 * count)) - 1 } else { u64::MAX };
        let last = text.last_chunk().map_or(0, |last| u64::from_le_bytes(*last));
        Self { first: u64::from_le_bytes(head), mask, last, text }
    }

    /// The key between the quotes.
    #[inline]
    pub(crate) fn key(&self) -> &[u8] {
        &self.text[1..self.text.len() - 2]
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.text.len()
    }

    /// Whether a text starts with it.
    #[inline]
    pub(crate) fn starts(&self, text: &[u8]) -> bool {
        let Some(head) = text.first_chunk() else { return text.starts_with(&self.text) };
        if u64::from_le_bytes(*head) & self.mask != self.first {
            return false;
        }
        let length = self.text.len();
        if length <= WORD {
            return true;
        }
        let end = text.get(length - WORD..length).and_then(|end| end.first_chunk());
        end.is_some_and(|end| u64::from_le_bytes(*end) == self.last)
            && (length <= 2 * WORD || text.starts_with(&self.text))
    }
}

#[cfg(test)]
mod tests {
    use super::Label;

    #[test]
    fn starts_as_bytes_do() {
        for length in 0..30 {
            let key = &"abcdefghijklmnopqrstuvwxyzabcdefgh"[..length];
            let label = Label::new(key);
            let text = format!("\"{key}\":1,\"other\":2}}").into_bytes();
            assert_eq!(label.key(), key.as_bytes());
            for end in 0..=text.len() {
                assert_eq!(label.starts(&text[..end]), end >= label.len(), "{end} bytes for {key}");
            }
            for changed in 0..text.len() {
                let mut other = text.clone();
                other[changed] ^= 1;
                assert_eq!(label.starts(&other), changed >= label.len(), "byte {changed} for {key}");
            }
        }
    }
}
