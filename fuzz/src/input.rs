//! Inputs are text in sections, so that seeds can be read and written by hand.

/// The line between two sections.
pub const SEPARATOR: &str = "\n---\n";

/// The sections of an input; `None` for what is not text.
pub fn sections(data: &[u8]) -> Option<Vec<&str>> {
    Some(std::str::from_utf8(data).ok()?.split(SEPARATOR).collect())
}

/// Raw sections, for what need not be text.
pub fn raw_sections(data: &[u8]) -> Vec<&[u8]> {
    let mut sections = Vec::new();
    let mut rest = data;
    while let Some(at) = rest.windows(SEPARATOR.len()).position(|window| window == SEPARATOR.as_bytes()) {
        sections.push(&rest[..at]);
        rest = &rest[at + SEPARATOR.len()..];
    }
    sections.push(rest);
    sections
}

/// Numbers at the start of an input that choose the graph, the operation and options: two hexadecimal digits each.
pub fn choices<const N: usize>(data: &[u8]) -> Option<([usize; N], &[u8])> {
    let (head, rest) = data.split_at_checked(2 * N)?;
    let mut choices = [0; N];
    for (index, choice) in choices.iter_mut().enumerate() {
        let digits = std::str::from_utf8(&head[2 * index..2 * index + 2]).ok()?;
        *choice = usize::from_str_radix(digits, 16).ok()?;
    }
    Some((choices, rest))
}
