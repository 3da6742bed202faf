//! Events as `text/event-stream` (<https://html.spec.whatwg.org/multipage/server-sent-events.html>), named as
//! <https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md> has it for distinct connections.

use bytes::{BufMut, Bytes, BytesMut};

use super::events::Event;

/// The `content-type`.
pub(super) const CONTENT_TYPE: &str = "text/event-stream";

/// One event, ready to send.
pub(super) fn encode(event: &Event) -> Bytes {
    match event {
        Event::Next(response) => next(response),
        Event::Heartbeat => Bytes::from_static(b":\n\n"),
        // With a `data` line, though empty: without one, browsers would not tell the page.
        Event::Complete => Bytes::from_static(b"event: complete\ndata:\n\n"),
        // Without `complete`: clients that reconnect do so.
        Event::Broken(reason) => next(reason),
    }
}

fn next(response: &Bytes) -> Bytes {
    let mut event = BytesMut::with_capacity(response.len() + 32);
    event.put_slice(b"event: next\n");
    // Values of custom scalars are sent as subgraphs wrote them, perhaps on several lines.
    for line in response.split(|byte| matches!(byte, b'\n' | b'\r')) {
        event.put_slice(b"data: ");
        event.put_slice(line);
        event.put_u8(b'\n');
    }
    event.put_u8(b'\n');
    event.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(event: &Event) -> String {
        String::from_utf8(encode(event).to_vec()).unwrap()
    }

    #[test]
    fn events_are_named_and_have_a_line_of_data_each() {
        let one = Event::Next(Bytes::from_static(br#"{"data":{"a":1}}"#));
        assert_eq!(text(&one), "event: next\ndata: {\"data\":{\"a\":1}}\n\n");
        let lines = Event::Next(Bytes::from_static(b"{\"data\":\n{\"a\":\r\n1}}"));
        assert_eq!(text(&lines), "event: next\ndata: {\"data\":\ndata: {\"a\":\ndata: \ndata: 1}}\n\n");
        assert_eq!(text(&Event::Complete), "event: complete\ndata:\n\n");
        assert_eq!(text(&Event::Heartbeat), ":\n\n");
    }
}
