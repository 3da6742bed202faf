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
    let missing = |error: async_graphql::Error| Error::internal(error.message);
    let memory = context.data::<Memory>().map_err(missing)?;
    let asked = context.data::<Asked>().map_err(missing)?;
    // Between the fields of a mutation, this very request changes what it sees.
    let sight = match context.query_env.operation.node.ty {
        OperationType::Mutation => asked.sights.look(unit).await?,
        OperationType::Query | OperationType::Subscription => asked.sights.recall(unit).await?,
    };
    match sight {
        Some(sight) => asked.answer(memory, Key { question, sight }).await,
        None => Ok(None),
    }
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
