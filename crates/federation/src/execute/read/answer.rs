//! An answer as a whole: its envelope, where its data goes, what becomes of its errors.

use std::collections::HashSet;
use std::ops::Range;

use ahash::RandomState;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::cursor::{Cursor, Token};
use super::json::JsonReader;
use super::values::ValueReader;
use super::{Malformed, Sink, Stop};
use crate::execute::locate::locate;
use crate::execute::merge;
use crate::execute::problem::{At, Cause, ErrorCode, Place, Problem};
use crate::execute::represent::Lookup;
use crate::execute::transport::{Answer, AnswerError, PathSegment, TransportError};
use crate::execute::value::Node;
use crate::plan::query_plan::{Fetch, FetchInput, SelectionId, ShapeId};

/// What was asked, to know where the answer goes.
pub(crate) struct Incoming<'a> {
    pub(crate) fetch: &'a Fetch,
    /// Beside the inputs of an entity fetch.
    pub(crate) lookups: &'a [Lookup],
}

/// Reads an answer into rows; what is wrong with it becomes problems.
pub(crate) fn read(sink: &mut Sink<'_>, incoming: &Incoming<'_>, answer: Result<Answer, TransportError>) {
    let (code, message) = match answer {
        Ok(answer) => match read_answer(sink, incoming, answer) {
            Ok(errors) => {
                for error in errors {
                    report(sink, incoming, error);
                }
                return;
            }
            Err(stop) => describe(stop),
        },
        Err(error) => (error.kind.into(), error.message),
    };
    fail(sink, incoming, None);
    let cause = Cause::Engine(code, message);
    sink.problems.push(Problem { fetch: sink.fetch, at: At::Fetch, cause });
}

fn describe(stop: Stop) -> (ErrorCode, String) {
    match stop {
        Stop::Broken => describe(Stop::Malformed(Malformed { at: 0, what: "unreadable" })),
        Stop::Malformed(Malformed { at, what }) => (
            ErrorCode::SubgraphMalformedAnswer,
            format!("the answer of the subgraph is no GraphQL response: {what} at byte {at}"),
        ),
        Stop::Count => (
            ErrorCode::SubgraphMalformedAnswer,
            "the subgraph answered `_entities` with a different number of entities than it was asked for"
                .to_owned(),
        ),
        Stop::Full => (
            ErrorCode::AnswerTooLarge,
            "the answers of subgraphs hold more values than one request may".to_owned(),
        ),
    }
}

fn read_answer(
    sink: &mut Sink<'_>,
    incoming: &Incoming<'_>,
    answer: Answer,
) -> Result<Vec<AnswerError>, Stop> {
    let mark = sink.store.mark();
    let read = match answer.without_notes(drop) {
        // None is left.
        Answer::Noted(..) => Ok(Vec::new()),
        Answer::Json(body) => read_json(sink, incoming, body),
        Answer::Values { data, errors } => read_values(sink, incoming, data.root(), errors),
    };
    if read.is_err() {
        fail(sink, incoming, Some(&mark));
        sink.store.truncate(&mark);
    }
    read
}

fn malformed<T>(what: &'static str) -> Result<T, Stop> {
    Err(Stop::Malformed(Malformed { at: 0, what }))
}

fn read_json(sink: &mut Sink<'_>, incoming: &Incoming<'_>, body: Bytes) -> Result<Vec<AnswerError>, Stop> {
    if u32::try_from(body.len()).is_err() {
        return malformed("4 GiB or more");
    }
    if let Err(error) = std::str::from_utf8(&body) {
        return Err(Stop::Malformed(Malformed { at: error.valid_up_to(), what: "invalid UTF-8" }));
    }
    let number = sink.store.next_body();
    let cursor = Cursor::new(&body);
    let mut reader = JsonReader { sink, cursor, body: number, stack: Vec::new(), conflict: None, wasted: 0 };
    let read = read_envelope(&mut reader, incoming).map_err(|stop| match stop {
        Stop::Broken => Stop::Malformed(reader.cursor.failure),
        stop => stop,
    })?;
    let errors = parse_errors(read.errors.map(|errors| &body[errors]))?;
    if !read.data && errors.is_empty() {
        return malformed("neither `data` nor `errors`");
    }
    sink.store.keep(body, sink.fetch);
    Ok(errors)
}

/// What an answer has.
struct Envelope {
    data: bool,
    /// Where its errors are.
    errors: Option<Range<usize>>,
}

fn read_envelope(reader: &mut JsonReader<'_, '_, '_>, incoming: &Incoming<'_>) -> Result<Envelope, Stop> {
    let (mut data, mut errors) = (None, None);
    reader.cursor.expect(b'{', "expected an object")?;
    let mut more = !reader.cursor.accept(b'}');
    while more {
        match reader.cursor.key()? {
            (b"data", false) if data.is_none() => data = Some(read_data(reader, incoming)?),
            (b"errors", false) if errors.is_none() => {
                reader.cursor.peek();
                let start = reader.cursor.at;
                reader.cursor.skip()?;
                errors = Some(start..reader.cursor.at);
            }
            _ => reader.cursor.skip()?,
        }
        more = reader.cursor.another(b'}')?;
    }
    reader.cursor.end()?;
    Ok(Envelope { data: data == Some(true), errors })
}

/// Reads `data`; whether there is any.
fn read_data(reader: &mut JsonReader<'_, '_, '_>, incoming: &Incoming<'_>) -> Result<bool, Stop> {
    let start = reader.cursor;
    match reader.cursor.token()? {
        Token::Null => return Ok(false),
        Token::Composite if reader.cursor.accept(b'{') => {}
        _ => return Err(reader.malformed("`data` is no object")),
    }
    match &incoming.fetch.input {
        FetchInput::Root { shape, selection } => {
            let rows = reader.sink.store.rows(*shape);
            reader.cursor = start;
            if rows == 0 {
                reader.cursor.skip()?;
                return Ok(true);
            }
            reader.object_into(*selection, 0)?;
            for row in 1..rows {
                merge::copy(reader.sink.program, reader.sink.store, *selection, 0, row)?;
            }
        }
        FetchInput::Entities(inputs) => {
            let mut missing: usize = incoming.lookups.iter().filter(|lookup| lookup.count > 0).count();
            let mut more = !reader.cursor.accept(b'}');
            while more {
                let (key, _) = reader.cursor.key()?;
                let found =
                    inputs.iter().zip(incoming.lookups).find(|(input, _)| input.key.as_bytes() == key);
                match found {
                    Some((_, lookup)) if lookup.count > 0 => {
                        reader.entities(&lookup.targets, lookup.count)?;
                        missing = missing.saturating_sub(1);
                    }
                    _ => reader.cursor.skip()?,
                }
                more = reader.cursor.another(b'}')?;
            }
            if missing > 0 {
                return Err(reader.malformed("`_entities` is missing"));
            }
        }
    }
    Ok(true)
}

fn read_values(
    sink: &mut Sink<'_>,
    incoming: &Incoming<'_>,
    data: Node<'_>,
    errors: Vec<AnswerError>,
) -> Result<Vec<AnswerError>, Stop> {
    let mut reader = ValueReader::new(sink);
    match data {
        Node::Object(object) => match &incoming.fetch.input {
            FetchInput::Root { shape, selection } => {
                let rows = reader.sink.store.rows(*shape);
                if rows > 0 {
                    reader.object_into(*selection, 0, data)?;
                }
                for row in 1..rows {
                    merge::copy(reader.sink.program, reader.sink.store, *selection, 0, row)?;
                }
            }
            FetchInput::Entities(inputs) => {
                for (input, lookup) in
                    inputs.iter().zip(incoming.lookups).filter(|(_, lookup)| lookup.count > 0)
                {
                    match object.get(&input.key) {
                        Some(list) => reader.entities(&lookup.targets, lookup.count, list)?,
                        None => return malformed("`_entities` is missing"),
                    }
                }
            }
        },
        Node::Null if !errors.is_empty() => {}
        _ => return malformed("neither `data` nor `errors`"),
    }
    let text = reader.finish()?;
    sink.store.keep(text, sink.fetch);
    Ok(errors)
}

#[derive(Deserialize)]
struct RawError<'a> {
    #[serde(default)]
    message: serde_json::Value,
    #[serde(default)]
    path: serde_json::Value,
    #[serde(borrow, default)]
    extensions: Option<&'a RawValue>,
}

fn parse_errors(text: Option<&[u8]>) -> Result<Vec<AnswerError>, Stop> {
    let Some(text) = text else { return Ok(Vec::new()) };
    let parsed: Option<Vec<RawError<'_>>> = match serde_json::from_slice(text) {
        Ok(parsed) => parsed,
        Err(_) => return malformed("`errors` is no list of errors"),
    };
    Ok(parsed.unwrap_or_default().into_iter().map(error).collect())
}

fn error(raw: RawError<'_>) -> AnswerError {
    let message = match raw.message {
        serde_json::Value::String(message) => message,
        _ => "the subgraph reported an error without a message".to_owned(),
    };
    let segment = |value: &serde_json::Value| match value {
        serde_json::Value::String(key) => Some(PathSegment::Key(key.clone())),
        value => value.as_u64().and_then(|index| usize::try_from(index).ok()).map(PathSegment::Index),
    };
    // A path with a step that is neither key nor index is good up to there.
    let path = raw.path.as_array().map(|path| path.iter().map_while(segment).collect()).unwrap_or_default();
    let extensions = raw.extensions.map(|raw| raw.get().to_owned()).unwrap_or_default();
    AnswerError { message, path, extensions }
}

/// Notes for everything the fetch was to bring, and did not, that an error tells why.
fn fail(sink: &mut Sink<'_>, incoming: &Incoming<'_>, since: Option<&crate::execute::store::Mark>) {
    for (_, row, selection) in targets(sink, incoming, None) {
        merge::fail(sink.program, sink.store, selection, row, since);
    }
}

/// The rows the answer goes to, or only those of one entity of it.
fn targets(
    sink: &Sink<'_>,
    incoming: &Incoming<'_>,
    entity: Option<(&str, usize)>,
) -> Vec<(ShapeId, u32, SelectionId)> {
    match &incoming.fetch.input {
        FetchInput::Root { shape, selection } => {
            (0..sink.store.rows(*shape)).map(|row| (*shape, row, *selection)).collect()
        }
        FetchInput::Entities(inputs) => {
            let lookups = inputs.iter().zip(incoming.lookups);
            let lookups = lookups.filter(|(input, _)| entity.is_none_or(|(key, _)| *input.key == *key));
            let rows = lookups.flat_map(|(_, lookup)| match entity {
                Some((_, ordinal)) => lookup.of(ordinal),
                None => &lookup.targets,
            });
            rows.map(|target| (target.shape, target.row, target.selection)).collect()
        }
    }
}

/// Turns an error of an answer into a problem at the places it is about.
fn report(sink: &mut Sink<'_>, incoming: &Incoming<'_>, error: AnswerError) {
    let AnswerError { message, path, extensions } = error;
    let (entity, rest) = match (&incoming.fetch.input, path.as_slice()) {
        (FetchInput::Root { .. }, []) => (None, None),
        (FetchInput::Root { .. }, rest) => (None, Some(rest)),
        (FetchInput::Entities(_), [PathSegment::Key(key), PathSegment::Index(index), rest @ ..]) => {
            (Some((key.as_str(), *index)), Some(rest))
        }
        (FetchInput::Entities(_), _) => (None, None),
    };
    let rows = targets(sink, incoming, entity);
    let mut places = Vec::new();
    let mut seen = HashSet::<Place, RandomState>::default();
    for &(shape, row, selection) in &rows {
        match rest {
            Some(rest) => {
                let found = locate(sink.program, sink.store, shape, row, selection, rest);
                places.extend(found.into_iter().filter(|place| seen.insert(place.clone())));
            }
            None => merge::explain_nulls(sink.program, sink.store, selection, row),
        }
        merge::fail(sink.program, sink.store, selection, row, None);
    }
    let at = if places.is_empty() { At::Fetch } else { At::Places(places) };
    let cause = Cause::Subgraph { message, extensions };
    sink.problems.push(Problem { fetch: sink.fetch, at, cause });
}
