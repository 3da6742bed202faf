//! The answer of a page, as far as a table reads it. Cells stay JSON text, so that a number is what its subgraph wrote,
//! however large or precise; everything else is passed over.

use std::fmt;
use std::sync::Arc;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::paging::{HAS_NEXT_PAGE, PAGE_INFO};
use super::unfold::Level;

/// What is read of the objects of one place: their members by response key.
#[derive(Debug, Default)]
pub(super) struct Shape(Vec<(Arc<str>, Member)>);

#[derive(Debug)]
enum Member {
    Cell,
    /// An object, or a list of such objects.
    Objects(Shape),
}

/// A value that was read.
#[derive(Debug)]
pub(super) enum Node<'a> {
    Null,
    /// JSON text that is not `null`.
    Cell(&'a str),
    /// In the order of the shape.
    Object(&'a Shape, Vec<Node<'a>>),
    List(Vec<Node<'a>>),
}

/// An answer.
pub(super) struct Page<'a> {
    pub(super) data: Node<'a>,
    pub(super) has_errors: bool,
}

impl Shape {
    /// What the rows of some lists take, and the cells at the end of other response keys.
    pub(super) fn new(root: &Level, others: &[Vec<Arc<str>>]) -> Self {
        let mut shape = Self::default();
        shape.add(root);
        for keys in others {
            shape.add_cell(keys);
        }
        shape
    }

    fn add(&mut self, level: &Level) {
        for cell in &level.cells {
            self.add_cell(&cell.steps);
        }
        let Some(inner) = &level.inner else { return };
        if let Some(connection) = inner.connection {
            let told = [PAGE_INFO, HAS_NEXT_PAGE].map(Arc::from);
            self.add_cell(&[&inner.steps[..connection], &told].concat());
        }
        if let Some(items) = self.below(&inner.steps) {
            items.add(inner);
        }
    }

    fn add_cell(&mut self, keys: &[Arc<str>]) {
        let Some((key, way)) = keys.split_last() else { return };
        if let Some(object) = self.below(way)
            && object.0.iter().all(|(known, _)| known != key)
        {
            object.0.push((key.clone(), Member::Cell));
        }
    }

    /// The shape at the end of a way; `None` where that leads through a cell, which the schema rules out.
    fn below(&mut self, way: &[Arc<str>]) -> Option<&mut Self> {
        let Some((key, rest)) = way.split_first() else { return Some(self) };
        let place = self.0.iter().position(|(known, _)| known == key).unwrap_or_else(|| {
            self.0.push((key.clone(), Member::Objects(Self::default())));
            self.0.len() - 1
        });
        match &mut self.0[place].1 {
            Member::Objects(shape) => shape.below(rest),
            Member::Cell => None,
        }
    }
}

impl<'a> Node<'a> {
    /// The value at the end of some response keys; null where the way ends before.
    pub(super) fn at(&self, steps: &[Arc<str>]) -> &Self {
        let mut node = self;
        for step in steps {
            let Self::Object(Shape(members), values) = node else { return &Node::Null };
            let place = members.iter().position(|(key, _)| key == step);
            let Some(value) = place.and_then(|place| values.get(place)) else { return &Node::Null };
            node = value;
        }
        node
    }

    /// The JSON text of a cell; `None` if it is null.
    pub(super) fn text(&self) -> Option<&'a str> {
        match self {
            Self::Cell(text) => Some(text),
            _ => None,
        }
    }
}

/// Reads an answer.
///
/// # Errors
/// When it is none, or not of the shape.
pub(super) fn read<'a>(body: &'a [u8], shape: &'a Shape) -> serde_json::Result<Page<'a>> {
    let mut reader = serde_json::Deserializer::from_slice(body);
    let page = reader.deserialize_map(Answer(shape))?;
    reader.end()?;
    Ok(page)
}

struct Answer<'a>(&'a Shape);

impl<'a> Visitor<'a> for Answer<'a> {
    type Value = Page<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a GraphQL response")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut page = Page { data: Node::Null, has_errors: false };
        while let Some(key) = map.next_key::<&str>()? {
            match key {
                "data" => page.data = map.next_value_seed(Objects(self.0))?,
                other => {
                    page.has_errors |= other == "errors";
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(page)
    }
}

struct Objects<'a>(&'a Shape);

impl<'a> DeserializeSeed<'a> for Objects<'a> {
    type Value = Node<'a>;

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<Node<'a>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'a> Visitor<'a> for Objects<'a> {
    type Value = Node<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object, a list of objects or null")
    }

    fn visit_unit<E>(self) -> Result<Node<'a>, E> {
        Ok(Node::Null)
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut items: A) -> Result<Node<'a>, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(Objects(self.0))? {
            list.push(item);
        }
        Ok(Node::List(list))
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<Node<'a>, A::Error> {
        let Shape(members) = self.0;
        let mut values: Vec<_> = members.iter().map(|_| Node::Null).collect();
        while let Some(key) = map.next_key::<&str>()? {
            match members.iter().position(|(known, _)| **known == *key) {
                Some(place) => {
                    values[place] = match &members[place].1 {
                        Member::Objects(shape) => map.next_value_seed(Objects(shape))?,
                        Member::Cell => match map.next_value::<&RawValue>()?.get() {
                            "null" => Node::Null,
                            text => Node::Cell(text),
                        },
                    };
                }
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(Node::Object(self.0, values))
    }
}

#[cfg(test)]
mod tests {
    use super::super::unfold::Cell;
    use super::*;

    fn keys(path: &str) -> Vec<Arc<str>> {
        path.split('.').map(Arc::from).collect()
    }

    fn level(steps: &str, cells: &[&str], connection: Option<usize>, inner: Option<Level>) -> Level {
        let cells = cells.iter().enumerate();
        Level {
            steps: keys(steps),
            connection,
            cells: cells.map(|(column, path)| Cell { column, steps: keys(path) }).collect(),
            inner: inner.map(Box::new),
        }
    }

    #[test]
    fn cells_are_the_text_that_came_and_the_rest_is_passed_over() {
        let inner = level("all.nodes", &["a", "b.c"], Some(1), None);
        let root = level("", &["top"], None, Some(inner));
        let others = [keys("all.tablePageInfo.endCursor")];
        let shape = Shape::new(&root, &others);
        let body = r#"{"data":{"no":{"a":[1e999]},"top":"x\ny","all":{"nodes":[
            {"a":1e999,"b":{"c":[1, 2]},"z":{}},null,{"b":null,"a":0.12345678901234567890}
        ],"tablePageInfo":{"endCursor":null,"hasNextPage":true}}},"extensions":{"x":1}}"#;
        let page = read(body.as_bytes(), &shape).unwrap();
        assert!(!page.has_errors);
        let text = |path: &str| page.data.at(&keys(path)).text();
        assert_eq!(text("top"), Some(r#""x\ny""#));
        assert_eq!(
            (text("all.tablePageInfo.hasNextPage"), text("all.tablePageInfo.endCursor")),
            (Some("true"), None)
        );
        assert_eq!((text("no"), text("top.more"), text("all.gone.gone")), (None, None, None));
        let Node::List(items) = page.data.at(&keys("all.nodes")) else { panic!("no list") };
        let cells =
            |item: &Node<'_>| format!("{:?} {:?}", item.at(&keys("a")).text(), item.at(&keys("b.c")).text());
        assert_eq!(
            items.iter().map(cells).collect::<Vec<_>>(),
            [r#"Some("1e999") Some("[1, 2]")"#, "None None", r#"Some("0.12345678901234567890") None"#,]
        );
    }

    #[test]
    fn errors_are_noticed_and_what_is_no_answer_is_refused() {
        let shape = Shape::new(&level("", &["a"], None, None), &[]);
        let page = read(br#"{"errors":[{"message":"no"}],"data":null}"#, &shape).unwrap();
        assert!(page.has_errors && matches!(page.data, Node::Null));
        for bad in ["", "[]", r#"{"data":7}"#, r#"{"data":{"a":1}"#, r#"{"data":{"a":1}} x"#] {
            assert!(read(bad.as_bytes(), &shape).is_err(), "{bad}");
        }
    }
}
