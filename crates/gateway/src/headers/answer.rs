//! Which headers of subgraphs' answers clients receive: the rules of one generation, read once.

use std::sync::Arc;

use federation::execute::{Answer, Note};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::config::{Merge, UpstreamConfig};

/// Which headers of one subgraph's answers clients receive.
///
/// The gateway's own transport applies the rules; a transport of an embedder does the same with what its subgraphs say,
/// and finds what they are to receive in [`RequestContext::forwarded_to`](crate::RequestContext::forwarded_to), which has
/// to be its [audience](federation::execute::Transport::audience) then. It says so by
/// [carries](federation::execute::Transport::carries), or rules for it are refused.
#[derive(Debug)]
pub struct AnswerHeaders(Vec<Rule>);

#[derive(Debug)]
struct Rule {
    name: HeaderName,
    received_as: HeaderName,
    merge: Merge,
}

/// Values of one header of an answer.
struct Kept {
    name: HeaderName,
    values: Vec<HeaderValue>,
    merge: Merge,
}

/// What is kept of an answer's headers, as the engine hands it on.
struct KeptHeaders(Vec<Kept>);

impl AnswerHeaders {
    /// The rules of a configuration that was checked: those for all, then the subgraph's own.
    #[must_use]
    pub fn of(subgraph: &str, config: &UpstreamConfig) -> Self {
        let own = config.subgraphs.get(subgraph).map(|own| &own.headers);
        let rules = config.headers.answers.iter().chain(own.into_iter().flat_map(|own| &own.answers));
        let mut kept: Vec<Rule> = Vec::new();
        for rule in rules {
            let names = (HeaderName::try_from(&rule.name), HeaderName::try_from(rule.received_as()));
            if let (Ok(name), Ok(received_as)) = names {
                kept.retain(|known| known.name != name);
                kept.push(Rule { name, received_as, merge: rule.merge() });
            }
        }
        Self(kept)
    }

    /// The answer with what clients receive of its headers.
    #[must_use]
    pub fn add_to(&self, answer: Answer, headers: &HeaderMap) -> Answer {
        let kept = self.0.iter().filter(|rule| headers.contains_key(&rule.name)).map(|rule| Kept {
            name: rule.received_as.clone(),
            values: headers.get_all(&rule.name).iter().cloned().collect(),
            merge: rule.merge,
        });
        let kept: Vec<Kept> = kept.collect();
        if kept.is_empty() { answer } else { Answer::Noted(Box::new(answer), Arc::new(KeptHeaders(kept))) }
    }
}

/// The headers of all answers to one request.
pub(crate) fn merged(notes: &[Note]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let kept = notes.iter().filter_map(|note| note.downcast_ref::<KeptHeaders>());
    for Kept { name, values, merge } in kept.flat_map(|kept| &kept.0) {
        match merge {
            Merge::First if headers.contains_key(name) => continue,
            Merge::Last => drop(headers.remove(name)),
            Merge::First | Merge::Append => {}
        }
        for value in values {
            headers.append(name, value.clone());
        }
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_several_answers_are_merged() {
        let answers = [["a: 1", "a: 2", "set-cookie: x"], ["a: 3", "b: 4", "set-cookie: y"]];
        let cases = [
            ("first", vec!["a: 1", "a: 2"]),
            ("last", vec!["a: 3"]),
            ("append", vec!["a: 1", "a: 2", "a: 3"]),
        ];
        for (merge, expected) in cases {
            let rules = format!(
                r#"{{"answers":[{{"name":"A","merge":"{merge}"}},{{"name":"b","rename":"c"}},{{"name":"set-cookie"}}]}}"#
            );
            let config = UpstreamConfig {
                headers: serde_json::from_str(&rules).unwrap(),
                ..UpstreamConfig::default()
            };
            let rules = AnswerHeaders::of("any", &config);
            let notes = answers.map(|lines| {
                let mut headers = HeaderMap::new();
                for (name, value) in lines.iter().map(|line| line.split_once(": ").unwrap()) {
                    headers.append(name, value.parse().unwrap());
                }
                match rules.add_to(Answer::Json("{}".into()), &headers) {
                    Answer::Noted(_, note) => note,
                    _ => panic!("nothing is kept"),
                }
            });
            let headers = merged(&notes);
            let shown = |name: &str| -> Vec<String> {
                let values = headers.get_all(name).iter();
                values.map(|value| format!("{name}: {}", value.to_str().unwrap())).collect()
            };
            assert_eq!(shown("a"), expected, "{merge}");
            assert_eq!(shown("c"), ["c: 4"]);
            assert_eq!(shown("set-cookie"), ["set-cookie: x", "set-cookie: y"]);
        }
    }
}
