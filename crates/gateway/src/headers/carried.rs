//! Whether the rules for headers can hold: a transport of an embedder may take no headers along.

use federation::Engine;
use federation::execute::Carries;

use crate::config::{HeadersConfig, Problem, UpstreamConfig};

/// The way that headers go.
#[derive(Clone, Copy)]
enum Way {
    ToSubgraphs,
    FromSubgraphs,
}

impl Way {
    fn is_open(self, carries: Carries) -> bool {
        match self {
            Self::ToSubgraphs => carries.request_headers,
            Self::FromSubgraphs => carries.answer_headers,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::ToSubgraphs => "to",
            Self::FromSubgraphs => "from",
        }
    }
}

/// The keys of rules that hold for subgraphs whose transport does not take their headers along.
pub(crate) fn not_carried(engine: &Engine, config: &UpstreamConfig) -> Vec<Problem> {
    let all: Vec<&str> = engine.graph().subgraphs().iter().map(|subgraph| &*subgraph.name).collect();
    let forwarded = (!config.forward_headers.is_empty()).then_some(("forward_headers", Way::ToSubgraphs));
    let mut rules: Vec<(String, Way, &[&str])> =
        forwarded.into_iter().map(|(key, way)| (format!("upstream.{key}"), way, &all[..])).collect();
    rules.extend(ways(&config.headers).map(|(key, way)| (format!("upstream.headers.{key}"), way, &all[..])));
    for name in &all {
        let own = config.subgraphs.get(*name).into_iter().flat_map(|own| ways(&own.headers));
        rules.extend(own.map(|(key, way)| {
            (format!("upstream.subgraphs.{name}.headers.{key}"), way, std::slice::from_ref(name))
        }));
    }
    rules.into_iter().filter_map(|(key, way, subgraphs)| problem(engine, key, way, subgraphs)).collect()
}

/// The rules of a section that take headers somewhere.
fn ways(config: &HeadersConfig) -> impl Iterator<Item = (&'static str, Way)> {
    let rules = [
        ("propagate", Way::ToSubgraphs, config.propagate.is_empty()),
        ("insert", Way::ToSubgraphs, config.insert.is_empty()),
        ("answers", Way::FromSubgraphs, config.answers.is_empty()),
    ];
    rules.into_iter().filter(|(_, _, is_empty)| !is_empty).map(|(key, way, _)| (key, way))
}

fn problem(engine: &Engine, key: String, way: Way, subgraphs: &[&str]) -> Option<Problem> {
    let lacking = subgraphs.iter().filter(|name| !way.is_open(engine.carries(name)));
    let lacking: Vec<_> = lacking.map(|name| format!("`{name}`")).collect();
    (!lacking.is_empty()).then(|| {
        let message = format!(
            "the transport takes no headers along {} {}; leave them out, write them for other subgraphs only \
             (`upstream.subgraphs.NAME.headers`), or let the transport apply them and say so (`Transport::carries`)",
            way.word(),
            lacking.join(", "),
        );
        Problem::of_key(key, message)
    })
}
