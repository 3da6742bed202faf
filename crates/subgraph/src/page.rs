//! Relay connections over keyset cursors.
//!
//! A cursor holds the sort key and the id of its row, so a page stays stable while rows come and go.
//! See the Relay cursor connections specification.

use async_graphql::connection::{Connection, CursorType, Edge, EmptyFields};
use async_graphql::{InputObject, OutputType};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use crate::error::{Error, Result};

/// The most items of a page.
pub const MAX_PAGE: usize = 100;

/// The items of a page when the client does not say.
pub const DEFAULT_PAGE: usize = 20;

/// The longest cursor that is read, in bytes.
const MAX_CURSOR_BYTES: usize = 1024;

/// Which part of a list is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, InputObject)]
pub struct PageInput {
    /// The number of items from the start of the list, or after `after`.
    pub first: Option<i32>,
    /// Only items after this cursor.
    pub after: Option<String>,
    /// The number of items from the end of the list, or before `before`.
    pub last: Option<i32>,
    /// Only items before this cursor.
    pub before: Option<String>,
}

/// The place of a row in a sorted list: its sort key as text and its id.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Cursor {
    /// The value the list is sorted by, in a form the store can compare; empty when sorted by id alone.
    pub key: String,
    /// The row.
    pub id: Uuid,
}

impl CursorType for Cursor {
    type Error = Error;

    fn decode_cursor(text: &str) -> Result<Self> {
        let bad = || {
            Error::BadInput("the cursor is not one this list gave out: use `endCursor` of a page".to_owned())
        };
        if text.len() > MAX_CURSOR_BYTES {
            return Err(bad());
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| bad())?;
        let (id, key) = bytes.split_at_checked(16).ok_or_else(bad)?;
        let id = Uuid::from_slice(id).map_err(|_| bad())?;
        Ok(Self { key: String::from_utf8(key.to_vec()).map_err(|_| bad())?, id })
    }

    fn encode_cursor(&self) -> String {
        let mut bytes = self.id.as_bytes().to_vec();
        bytes.extend_from_slice(self.key.as_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }
}

/// A checked page request, in terms of what a store does: read `limit + 1` rows from one end.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Page {
    /// Only rows after this one, in list order.
    pub after: Option<Cursor>,
    /// Only rows before this one, in list order.
    pub before: Option<Cursor>,
    /// Items wanted.
    pub limit: usize,
    /// Whether to read from the end of the list.
    pub backwards: bool,
}

impl Page {
    /// Checks the four Relay arguments.
    ///
    /// # Errors
    /// [`Error::BadInput`] when both ends are asked for, a number is negative or above [`MAX_PAGE`], or a
    /// cursor is not one.
    pub fn new(
        first: Option<i32>,
        after: Option<&str>,
        last: Option<i32>,
        before: Option<&str>,
    ) -> Result<Self> {
        let (asked, backwards) = match (first, last) {
            (Some(_), Some(_)) => {
                return Err(Error::BadInput("give either `first` or `last`, not both".to_owned()));
            }
            (first, None) => (first, false),
            (None, last) => (last, true),
        };
        let limit = match asked {
            None => DEFAULT_PAGE,
            Some(count) => {
                usize::try_from(count).ok().filter(|&count| count <= MAX_PAGE).ok_or_else(|| {
                    let name = if backwards { "last" } else { "first" };
                    Error::BadInput(format!("`{name}` must be between 0 and {MAX_PAGE}, not {count}"))
                })?
            }
        };
        let cursor = |text: Option<&str>| text.map(Cursor::decode_cursor).transpose();
        Ok(Self { after: cursor(after)?, before: cursor(before)?, limit, backwards })
    }

    /// How many rows a store should read: one more than asked tells whether the list goes on.
    pub fn rows(&self) -> u64 {
        self.limit as u64 + 1
    }

    /// Makes the connection from what the store read (up to [`Page::rows`] rows, from the end the page starts
    /// at; reversed here when read backwards).
    pub fn connection<T: OutputType>(
        &self,
        mut rows: Vec<T>,
        cursor: impl Fn(&T) -> Cursor,
    ) -> Connection<Cursor, T, EmptyFields, EmptyFields> {
        let more = rows.len() > self.limit;
        rows.truncate(self.limit);
        if self.backwards {
            rows.reverse();
        }
        let (previous, next) =
            if self.backwards { (more, self.before.is_some()) } else { (self.after.is_some(), more) };
        let mut connection = Connection::new(previous, next);
        connection.edges.extend(rows.into_iter().map(|row| Edge::new(cursor(&row), row)));
        connection
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_the_way_to_the_client_and_back() {
        let cursor = Cursor { key: "Ünï-42".to_owned(), id: Uuid::now_v7() };
        assert_eq!(Cursor::decode_cursor(&cursor.encode_cursor()).unwrap(), cursor);
    }

    #[test]
    fn rubbish_is_refused_with_a_hint() {
        for text in ["", "x", "????", &"A".repeat(MAX_CURSOR_BYTES + 1)] {
            assert!(matches!(Cursor::decode_cursor(text), Err(Error::BadInput(_))), "{text}");
        }
    }

    #[test]
    fn sizes_are_bounded() {
        assert!(Page::new(Some(101), None, None, None).is_err());
        assert!(Page::new(Some(-1), None, None, None).is_err());
        assert!(Page::new(Some(1), None, Some(1), None).is_err());
        assert_eq!(Page::new(None, None, None, None).unwrap().limit, DEFAULT_PAGE);
    }
}
