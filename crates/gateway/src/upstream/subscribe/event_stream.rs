//! `text/event-stream` to events, each of bounded size
//! (<https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation>).
//!
//! Crates for this hold an event of any size; a subgraph must not fill our memory.

use bytes::{Buf, Bytes, BytesMut};

/// Reads events from chunks as they come.
pub(super) struct EventReader {
    /// What has come and is not a whole line.
    rest: BytesMut,
    /// How much of that is known to hold no line end.
    searched: usize,
    /// The last byte was a carriage return, whose line feed is no line of its own.
    after_return: bool,
    /// Nothing was read yet: a byte order mark may come.
    at_start: bool,
    name: String,
    data: Option<BytesMut>,
    max_bytes: usize,
}

/// A named event.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ServerSentEvent {
    /// `message` if the stream names none.
    pub(super) name: String,
    pub(super) data: Bytes,
}

/// An event is larger than allowed.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("an event is larger than {0} bytes")]
pub(super) struct TooLarge(usize);

impl EventReader {
    pub(super) fn new(max_bytes: usize) -> Self {
        Self {
            rest: BytesMut::new(),
            searched: 0,
            after_return: false,
            at_start: true,
            name: String::new(),
            data: None,
            max_bytes,
        }
    }

    /// Takes a chunk in.
    pub(super) fn push(&mut self, chunk: &[u8]) {
        self.rest.extend_from_slice(chunk);
    }

    /// The next event that is complete.
    ///
    /// # Errors
    /// When an event is too large.
    pub(super) fn next(&mut self) -> Result<Option<ServerSentEvent>, TooLarge> {
        while let Some(line) = self.line() {
            if let Some(event) = self.take(&line) {
                return Ok(Some(event));
            }
            if self.data.as_ref().is_some_and(|data| data.len() > self.max_bytes) {
                return Err(TooLarge(self.max_bytes));
            }
        }
        if self.rest.len() > self.max_bytes { Err(TooLarge(self.max_bytes)) } else { Ok(None) }
    }

    /// The next line that is complete, without its end.
    fn line(&mut self) -> Option<Bytes> {
        if self.after_return
            && let Some(first) = self.rest.first()
        {
            if *first == b'\n' {
                self.rest.advance(1);
            }
            self.after_return = false;
        }
        let end = self.rest[self.searched..].iter().position(|byte| matches!(byte, b'\n' | b'\r'));
        let Some(end) = end.map(|end| self.searched + end) else {
            self.searched = self.rest.len();
            return None;
        };
        self.searched = 0;
        let mut line = self.rest.split_to(end + 1).freeze();
        self.after_return = line.ends_with(b"\r");
        line.truncate(end);
        if std::mem::take(&mut self.at_start) && line.starts_with(b"\xEF\xBB\xBF") {
            line.advance(3);
        }
        Some(line)
    }

    /// Takes a line in; an empty one ends an event.
    fn take(&mut self, line: &[u8]) -> Option<ServerSentEvent> {
        if line.is_empty() {
            let name = std::mem::take(&mut self.name);
            // A browser would ignore a name without data; servers end a subscription with it.
            let data = match self.data.take() {
                None if name.is_empty() => return None,
                data => data.unwrap_or_default().freeze(),
            };
            let name = if name.is_empty() { "message".to_owned() } else { name };
            return Some(ServerSentEvent { name, data });
        }
        let colon = line.iter().position(|byte| *byte == b':');
        let (field, value) = line.split_at(colon.unwrap_or(line.len()));
        let value = value.strip_prefix(b":").unwrap_or(value);
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match field {
            b"event" => self.name = String::from_utf8_lossy(value).into_owned(),
            b"data" => match &mut self.data {
                Some(data) => {
                    data.extend_from_slice(b"\n");
                    data.extend_from_slice(value);
                }
                empty => *empty = Some(BytesMut::from(value)),
            },
            // Comments, and what is for clients that come back.
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(chunks: &[&str]) -> Vec<(String, String)> {
        let mut reader = EventReader::new(1000);
        let mut events = Vec::new();
        for chunk in chunks {
            reader.push(chunk.as_bytes());
            while let Some(event) = reader.next().unwrap() {
                events.push((event.name, String::from_utf8(event.data.to_vec()).unwrap()));
            }
        }
        events
    }

    #[test]
    fn events_are_read_whatever_the_line_ends() {
        for end in ["\n", "\r\n", "\r"] {
            let text = [
                "event: next",
                "data: {\"a\":",
                "data:1}",
                "id: 7",
                ": comment",
                "",
                "data",
                "",
                "x",
                "",
                "",
            ];
            let text = text.join(end);
            let expected =
                vec![("next".to_owned(), "{\"a\":\n1}".to_owned()), ("message".to_owned(), String::new())];
            assert_eq!(read(&[&text]), expected, "{end:?}");
            let bytes: Vec<String> = text.chars().map(String::from).collect();
            let bytes: Vec<&str> = bytes.iter().map(String::as_str).collect();
            assert_eq!(read(&bytes), expected, "byte by byte, {end:?}");
        }
    }

    #[test]
    fn a_byte_order_mark_is_left_out_and_a_name_without_data_is_an_event() {
        assert_eq!(read(&["\u{FEFF}data: a\n\n"]), [("message".to_owned(), "a".to_owned())]);
        let events = [("complete".to_owned(), String::new()), ("message".to_owned(), "a".to_owned())];
        assert_eq!(read(&["event: complete\n\ndata: a\n\n"]), events);
        assert!(read(&["data: never completed\n"]).is_empty());
    }

    #[test]
    fn events_are_bounded() {
        for text in ["data: 0123456789", "data: 01234\ndata: 56789\n"] {
            let mut reader = EventReader::new(10);
            reader.push(text.as_bytes());
            assert_eq!(reader.next(), Err(TooLarge(10)), "{text}");
        }
    }
}
