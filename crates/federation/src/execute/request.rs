//! A request to a subgraph: the prepared operation with the variable values of one call.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde::ser::{Error as _, SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};

use crate::plan::query_plan::SubgraphOperation;

/// One request to one subgraph.
#[derive(Clone, Copy)]
pub struct SubgraphRequest<'a> {
    /// The subgraph's name as composed.
    pub subgraph: &'a str,
    /// The routing URL of the supergraph; empty for in-process subgraphs.
    pub url: &'a str,
    /// The prepared operation. A transport keeps its own form of it in [`SubgraphOperation::prepared`].
    pub operation: &'a SubgraphOperation,
    /// Variable values, representations included.
    pub variables: Variables<'a>,
    /// The value of the request's [`Audience`](super::Audience) if the transport gives it one, else what the
    /// embedder handed over with the client's request (caller, headers).
    pub context: &'a (dyn Any + Send + Sync),
}

/// Variable values of one subgraph request, kept as JSON text.
///
/// An HTTP transport sends [`SubgraphRequest::body`]; an in-process transport turns this into its own
/// values through [`serde::Serialize`].
#[derive(Clone, Copy, Debug)]
pub struct Variables<'a> {
    /// Client variables the operation uses: name and JSON text, already coerced.
    pub client: &'a [Variable],
    /// `_entities` inputs: variable name and the JSON text of the list.
    pub representations: &'a [Variable],
}

/// A variable's name, without `$`, and the JSON text of its value.
pub type Variable = (Arc<str>, String);

impl<'a> Variables<'a> {
    /// Names and JSON texts of all variables.
    pub fn iter(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        self.client.iter().chain(self.representations).map(|(name, json)| (&**name, &**json))
    }
}

impl SubgraphRequest<'_> {
    /// The request body as JSON (GraphQL over HTTP, section 5.4). Equal requests have equal bodies.
    pub fn body(&self) -> Bytes {
        let head = self.operation.head();
        let values: usize = self.variables.iter().map(|(name, json)| name.len() + json.len() + 4).sum();
        let mut body = Vec::with_capacity(head.len() + values + 2);
        body.extend_from_slice(head.as_bytes());
        for (index, (name, json)) in self.variables.iter().enumerate() {
            // Variable names are GraphQL names: nothing in them needs escaping.
            body.extend_from_slice(if index == 0 { b"\"" } else { b",\"" });
            body.extend_from_slice(name.as_bytes());
            body.extend_from_slice(b"\":");
            body.extend_from_slice(json.as_bytes());
        }
        body.extend_from_slice(b"}}");
        body.into()
    }
}

impl Serialize for Variables<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.client.len() + self.representations.len()))?;
        for (name, json) in self.iter() {
            map.serialize_entry(name, &JsonText(json))?;
        }
        map.end()
    }
}

/// JSON text that serialises as the value it denotes, into any format.
struct JsonText<'a>(&'a str);

impl Serialize for JsonText<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut text = serde_json::Deserializer::from_str(self.0);
        text.deserialize_any(Transcode(serializer)).map_err(S::Error::custom)
    }
}

/// Hands every value it is shown to a serializer.
struct Transcode<S>(S);

macro_rules! transcode {
    ($($visit:ident: $ty:ty => $serialize:ident),* $(,)?) => {$(
        fn $visit<E: serde::de::Error>(self, value: $ty) -> Result<S::Ok, E> {
            self.0.$serialize(value).map_err(E::custom)
        }
    )*};
}

impl<'de, S: Serializer> Visitor<'de> for Transcode<S> {
    type Value = S::Ok;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    transcode! {
        visit_bool: bool => serialize_bool,
        visit_i64: i64 => serialize_i64,
        visit_u64: u64 => serialize_u64,
        visit_f64: f64 => serialize_f64,
        visit_str: &str => serialize_str,
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<S::Ok, E> {
        self.0.serialize_unit().map_err(E::custom)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<S::Ok, A::Error> {
        let mut seq = self.0.serialize_seq(None).map_err(A::Error::custom)?;
        while items.next_element_seed(Item(&mut seq))?.is_some() {}
        seq.end().map_err(A::Error::custom)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<S::Ok, A::Error> {
        let mut map = self.0.serialize_map(None).map_err(A::Error::custom)?;
        while let Some(key) = entries.next_key::<std::borrow::Cow<'de, str>>()? {
            map.serialize_key(key.as_ref()).map_err(A::Error::custom)?;
            entries.next_value_seed(Entry(&mut map))?;
        }
        map.end().map_err(A::Error::custom)
    }
}

/// The next item of a sequence being copied.
struct Item<'a, S>(&'a mut S);

impl<'de, S: SerializeSeq> DeserializeSeed<'de> for Item<'_, S> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.0.serialize_element(&Pending::new(deserializer)).map_err(D::Error::custom)
    }
}

/// The next value of a map being copied.
struct Entry<'a, M>(&'a mut M);

impl<'de, M: SerializeMap> DeserializeSeed<'de> for Entry<'_, M> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.0.serialize_value(&Pending::new(deserializer)).map_err(D::Error::custom)
    }
}

/// A value not yet read, for serializers that take values by reference.
struct Pending<D>(std::cell::Cell<Option<D>>);

impl<D> Pending<D> {
    fn new(deserializer: D) -> Self {
        Self(std::cell::Cell::new(Some(deserializer)))
    }
}

impl<'de, D: Deserializer<'de>> Serialize for Pending<D> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let value = self.0.take().ok_or_else(|| S::Error::custom("a value was read twice"))?;
        value.deserialize_any(Transcode(serializer)).map_err(S::Error::custom)
    }
}
