//! Asking, in the course of one request.

use std::collections::HashMap;

use async_graphql::Context;
use async_graphql::dataloader::Loader;
use async_graphql::parser::types::OperationType;
use sea_orm::DatabaseConnection;
use uuid::Uuid;

use super::memory::Key;
use super::sight::{MAX_UNITS, Sight, Sights};
use super::{Memory, Question};
use crate::caller::Scope;
use crate::directory::UnitKind;
use crate::error::{Error, Result};
use crate::loader::Loaders;

/// What one request asks about units: request data, beside the [`Memory`] in the schema's.
pub struct Asked {
    database: DatabaseConnection,
    sights: Sights,
    loaders: Loaders,
}

/// The answer for a unit; nothing when the caller may not see the unit or it does not exist.
///
/// # Errors
/// When [`Asked`] or [`Memory`] is missing from the context; database errors.
pub async fn ask<Q: Question>(context: &Context<'_>, question: Q, unit: Uuid) -> Result<Option<Q::Answer>> {
    let memory = context.data::<Memory>().map_err(missing)?;
    match sight(context, unit).await? {
        Some(sight) => asked(context)?.answer(memory, Key { question, sight }).await,
        None => Ok(None),
    }
}

/// What kind of unit it is; nothing when the caller may not see the unit or it does not exist.
///
/// # Errors
/// When [`Asked`] is missing from the context; database errors.
pub async fn kind(context: &Context<'_>, unit: Uuid) -> Result<Option<UnitKind>> {
    Ok(sight(context, unit).await?.map(|sight| sight.kind))
}

async fn sight(context: &Context<'_>, unit: Uuid) -> Result<Option<Sight>> {
    let sights = &asked(context)?.sights;
    // Between the fields of a mutation, this very request changes what it sees.
    match context.query_env.operation.node.ty {
        OperationType::Mutation => sights.look(unit).await,
        OperationType::Query | OperationType::Subscription => sights.recall(unit).await,
    }
}

/// The unit that has a code, if the caller may see it. Only for kinds whose codes are unique on the platform.
///
/// # Errors
/// When [`Asked`] is missing from the context; database errors.
pub async fn find(context: &Context<'_>, kind: UnitKind, code: String) -> Result<Option<Uuid>> {
    Ok(asked(context)?.sights.find(kind, code).await?.map(|sight| sight.unit))
}

/// Tells that an answer about a unit names units of a kind below it: whoever may see the one may see the others,
/// and to ask about these takes no look at the database any more.
///
/// # Errors
/// When [`Asked`] is missing from the context.
pub fn names(
    context: &Context<'_>,
    unit: Uuid,
    kind: UnitKind,
    below: impl Iterator<Item = Uuid>,
) -> Result<()> {
    asked(context)?.sights.infer(unit, kind, below);
    Ok(())
}

fn asked<'a>(context: &Context<'a>) -> Result<&'a Asked> {
    context.data::<Asked>().map_err(missing)
}

fn missing(error: async_graphql::Error) -> Error {
    Error::internal(error.message)
}

impl Asked {
    /// For a caller who may see the units in a scope.
    pub fn new(database: &DatabaseConnection, scope: Scope) -> Self {
        let sights = Sights::new(database.clone(), scope);
        Self { database: database.clone(), sights, loaders: Loaders::default() }
    }

    async fn answer<Q: Question>(&self, memory: &Memory, key: Key<Q>) -> Result<Option<Q::Answer>> {
        if let Some(answer) = memory.kept::<Q>()?.get(&key) {
            return Ok(answer);
        }
        let compute = || Compute { memory: memory.clone(), database: self.database.clone() };
        self.loaders.of::<Key<Q>, Compute>(compute)?.load_one(key).await
    }
}

/// Computes what is not remembered, for all units of a question together.
struct Compute {
    memory: Memory,
    database: DatabaseConnection,
}

impl<Q: Question> Loader<Key<Q>> for Compute {
    type Value = Q::Answer;
    type Error = Error;

    async fn load(&self, keys: &[Key<Q>]) -> Result<HashMap<Key<Q>, Q::Answer>> {
        let kept = self.memory.kept::<Q>()?;
        let mut found = HashMap::with_capacity(keys.len());
        let mut missing: HashMap<&Q, Vec<Sight>> = HashMap::new();
        for key in keys {
            match kept.get(key) {
                Some(answer) => found.extend(answer.map(|answer| (key.clone(), answer))),
                None => missing.entry(&key.question).or_default().push(key.sight),
            }
        }
        for (question, sights) in missing {
            for sights in sights.chunks(MAX_UNITS) {
                let answers = kept.compute(&self.database, question, sights.to_vec()).await?;
                found.extend(sights.iter().filter_map(|sight| {
                    let answer = answers.get(&sight.unit)?.clone();
                    Some((Key { question: question.clone(), sight: *sight }, answer))
                }));
            }
        }
        Ok(found)
    }
}
