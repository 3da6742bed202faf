//! A borrowed view of an in-process server's values, so that they are read without JSON text.

/// A value of an in-process answer.
#[derive(Clone, Copy)]
pub enum Node<'a> {
    /// `null`
    Null,
    /// A boolean.
    Boolean(bool),
    /// A signed integer.
    Int(i64),
    /// An unsigned integer beyond `i64`.
    UInt(u64),
    /// A finite number.
    Float(f64),
    /// A string or an enum value, unescaped.
    String(&'a str),
    /// A list.
    List(&'a dyn List),
    /// An object, or a custom scalar that is one.
    Object(&'a dyn Object),
}

/// A list of an in-process answer.
pub trait List {
    /// The number of items.
    fn len(&self) -> usize;

    /// Whether there are no items.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The item at a position below [`List::len`].
    fn item(&self, index: usize) -> Node<'_>;
}

/// An object of an in-process answer.
pub trait Object {
    /// The number of entries.
    fn len(&self) -> usize;

    /// Whether there are no entries.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The entry at a position below [`Object::len`], in the server's order.
    fn entry(&self, index: usize) -> (&str, Node<'_>);

    /// The value of a key.
    fn get(&self, key: &str) -> Option<Node<'_>>;
}
