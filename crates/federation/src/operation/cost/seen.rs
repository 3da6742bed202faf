//! Which parts of an answer were counted already: payloads may tell an object again to hang more on it.

/// What was seen at a place of an answer.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    kind: Kind,
    /// The fields of an object by their places, or the items of a list.
    below: Vec<Seen>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Kind {
    #[default]
    Nothing,
    /// A leaf, or null.
    Value,
    Object,
    List,
}

impl Seen {
    pub(super) fn is_nothing(&self) -> bool {
        self.kind == Kind::Nothing
    }

    pub(super) fn is_object(&self) -> bool {
        self.kind == Kind::Object
    }

    /// Notes a leaf, or null; whether nothing was seen here before.
    pub(super) fn note_value(&mut self) -> bool {
        let is_new = self.is_nothing();
        if is_new {
            self.kind = Kind::Value;
        }
        is_new
    }

    /// The fields of an object that is here.
    pub(super) fn object(&mut self, fields: usize) -> &mut [Self] {
        self.kind = Kind::Object;
        self.below.resize(fields, Self::default());
        &mut self.below
    }

    /// The items of a list that is here.
    pub(super) fn list(&mut self) -> &mut Vec<Self> {
        self.kind = Kind::List;
        &mut self.below
    }

    /// An item of a list.
    pub(super) fn item(list: &mut Vec<Self>, index: usize) -> &mut Self {
        if list.len() <= index {
            list.resize(index + 1, Self::default());
        }
        &mut list[index]
    }
}
