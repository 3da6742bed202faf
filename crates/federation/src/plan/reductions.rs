//! Requests for entities that lack values which some of the fields require, without those fields.
//!
//! Which values are missing together only answers show, and there may be very many ways: such a request is put
//! together from prepared pieces when it is needed first.

use std::sync::{Arc, Mutex, PoisonError};

use super::entities::{self, ContextType, Names, Variants};
use super::query_plan::Fetch;
use crate::graph::SubgraphId;

/// The selection set asked of entities, in pieces.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Pieces {
    pub(super) fields: Vec<Piece>,
    pub(super) fragments: Vec<Fragment>,
}

/// A field as it is sent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Piece {
    /// The response key.
    pub(super) key: Box<str>,
    /// The requirements it has, as bits.
    pub(super) requires: u64,
    pub(super) text: String,
    /// The client's variables in it.
    pub(super) variables: Vec<Arc<str>>,
    /// The arguments in it that enclosing objects give, by their place among the fetch's.
    pub(super) contexts: Vec<usize>,
}

/// What is asked of entities that the subgraph knows by one type.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Fragment {
    pub(super) ty: Arc<str>,
    pub(super) typename: bool,
    /// Fields by their numbers, in the open or in fragments on further types.
    pub(super) parts: Vec<(Option<Arc<str>>, Vec<usize>)>,
}

impl Pieces {
    /// How many bytes of text there are.
    pub(super) fn size(&self) -> usize {
        self.fields.iter().map(|field| field.text.len()).sum()
    }
}

/// How entities are looked up that lack values which some fields require, of their own or from enclosing objects.
#[derive(Debug)]
pub struct Reductions {
    subgraph: SubgraphId,
    names: Names,
    /// The client's variables with their definitions, in order of declaration.
    variables: Vec<(Arc<str>, String)>,
    contexts: Vec<ContextType>,
    pieces: Pieces,
    made: Mutex<Vec<(u64, Arc<Reduced>)>>,
}

/// How entities are looked up that lack certain values.
#[derive(Debug)]
pub struct Reduced {
    /// The request without the fields that require the values; with a single input like the one it stands for, but
    /// without anchors, and with [`Variants`] if that one has them. `None` when nothing is left to ask.
    pub fetch: Option<Box<Fetch>>,
    /// The response keys of the fields left out.
    pub left_out: Vec<Box<str>>,
}

impl Reductions {
    /// So many are kept. What is missing in yet another way is put together each time.
    const MOST_KEPT: usize = 64;

    pub(super) fn new(
        subgraph: SubgraphId,
        names: Names,
        variables: Vec<(Arc<str>, String)>,
        contexts: Vec<ContextType>,
        pieces: Pieces,
    ) -> Self {
        Self { subgraph, names, variables, contexts, pieces, made: Mutex::default() }
    }

    /// What is asked of entities that lack some requirements, given as the bits of
    /// [`Necessity::For`](super::query_plan::Necessity::For).
    pub fn without(&self, requirements: u64) -> Arc<Reduced> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, known)) = made.iter().find(|(known, _)| *known == requirements) {
            return known.clone();
        }
        let reduced = Arc::new(self.make(requirements));
        if made.len() < Self::MOST_KEPT {
            made.push((requirements, reduced.clone()));
        }
        reduced
    }

    fn make(&self, missing: u64) -> Reduced {
        let fields = &self.pieces.fields;
        let (kept, left_out): (Vec<&Piece>, Vec<&Piece>) =
            fields.iter().partition(|field| field.requires & missing == 0);
        let left_out = left_out.into_iter().map(|field| field.key.clone()).collect();
        let fetch = (!kept.is_empty()).then(|| Box::new(self.fetch(&kept, self.body(missing))));
        Reduced { fetch, left_out }
    }

    fn body(&self, missing: u64) -> String {
        let mut text = String::new();
        for fragment in &self.pieces.fragments {
            let kept = |(condition, fields): &(Option<Arc<str>>, Vec<usize>)| {
                let fields = fields.iter().map(|field| &self.pieces.fields[*field]);
                let kept = fields.filter(|field| field.requires & missing == 0);
                (condition.clone(), kept.map(|field| field.text.as_str()).collect::<Vec<_>>())
            };
            let parts = fragment.parts.iter().map(kept).filter(|(_, fields)| !fields.is_empty());
            text.push_str("...on ");
            text.push_str(&fragment.ty);
            text.push('{');
            entities::write_selections(fragment.typename, parts, &mut text);
            text.push('}');
        }
        text
    }

    fn fetch(&self, kept: &[&Piece], body: String) -> Fetch {
        let is_used = |name: &Arc<str>| kept.iter().any(|field| field.variables.contains(name));
        let used = self.variables.iter().filter(|(name, _)| is_used(name));
        let (names, definitions): (Vec<Arc<str>>, Vec<String>) = used.cloned().unzip();
        let client = (definitions.join(","), names);
        let is_given = |place: usize| kept.iter().any(|field| field.contexts.contains(&place));
        let contexts = self.contexts.iter().filter(|context| is_given(context.place)).cloned();
        let contexts: Vec<ContextType> = contexts.collect();
        let bodies = std::slice::from_ref(&body);
        let mut fetch = entities::lookup(self.subgraph, &self.names, client.clone(), &contexts, bodies);
        if !self.contexts.is_empty() {
            let variants = Variants::new(self.subgraph, client, body, self.names.clone(), contexts);
            fetch.variants = Some(Box::new(variants));
        }
        fetch
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A field for each requirement, `f0` for the first, and one that has none.
    fn reductions(requirements: usize) -> Reductions {
        let piece = |key: String, requires| Piece {
            text: key.clone(),
            key: key.into(),
            requires,
            variables: Vec::new(),
            contexts: Vec::new(),
        };
        let mut fields: Vec<Piece> =
            (0..requirements).map(|number| piece(format!("f{number}"), 1 << number)).collect();
        fields.push(piece("free".to_owned(), 0));
        let parts = vec![(None, (0..fields.len()).collect())];
        let fragments = vec![Fragment { ty: "T".into(), typename: false, parts }];
        let names = Names { representations: "r".to_owned(), context: "c".to_owned() };
        let pieces = Pieces { fields, fragments };
        Reductions::new(SubgraphId::from(0), names, Vec::new(), Vec::new(), pieces)
    }

    #[test]
    fn every_combination_leaves_out_what_requires_it_and_nothing_else() {
        let reductions = reductions(7);
        for missing in 1..1 << 7 {
            let reduced = reductions.without(missing);
            let (left_out, mut kept): (Vec<_>, Vec<_>) =
                (0..7).map(|number| format!("f{number}")).partition(|field| {
                    let number: u32 = field[1..].parse().unwrap();
                    missing >> number & 1 == 1
                });
            kept.push("free".to_owned());
            assert_eq!(reduced.left_out.iter().map(|key| key.to_string()).collect::<Vec<_>>(), left_out);
            let text = &reduced.fetch.as_ref().unwrap().operation.text;
            let expected = format!(
                "query($r:[_Any!]!){{_entities(representations:$r){{...on T{{{}}}}}}}",
                kept.join(" ")
            );
            assert_eq!(**text, *expected, "without {missing:b}");
        }
    }

    #[test]
    fn requests_are_kept_up_to_a_number() {
        let reductions = reductions(7);
        assert!(Arc::ptr_eq(&reductions.without(1), &reductions.without(1)));
        (1..1 << 7).for_each(|missing| _ = reductions.without(missing));
        assert_eq!(reductions.made.lock().unwrap().len(), Reductions::MOST_KEPT);
    }
}
