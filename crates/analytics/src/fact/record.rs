//! Recording facts: a batch is checked whole and written whole, or not at all.

use std::collections::{HashMap, HashSet};

use async_graphql::{Context, Object};
use chrono::NaiveDate;
use subgraph::Result;
use subgraph::caller::{Permission, Scope};
use subgraph::database::begin;
use subgraph::directory::unit;
use subgraph::error::{UserError, UserErrorCode};
use subgraph::mutation::{forbidden, not_found};
use subgraph::sdl::directives::cost;
use subgraph::service::RequestContext;
use uuid::Uuid;

use super::input::{DailyFactsInput, RecordFactsInput, RecordFactsPayload};
use super::{rules, store, writing};
use crate::bulk::FactRow;
use crate::period::clock::Clock;

/// The most facts of a batch.
const MAX_FACTS: usize = 1000;

/// The most errors that are told.
const MAX_ERRORS: usize = 100;

/// The first year facts may be of.
const FIRST_DAY: NaiveDate = NaiveDate::from_ymd_opt(1970, 1, 1).expect("a day of the calendar");

/// Root mutation fields about facts.
#[derive(Debug, Default)]
pub(crate) struct FactMutation;

#[Object]
impl FactMutation {
    /// Records facts of locations, each of one day. Facts that are there already for the location and day are
    /// replaced, so repeating a batch changes nothing. Either all facts are recorded or, when any has an error,
    /// none.
    #[graphql(directive = cost::apply(100))]
    async fn record_facts(
        &self,
        context: &Context<'_>,
        input: RecordFactsInput,
    ) -> Result<RecordFactsPayload> {
        let caller = context.caller()?;
        let writable = caller.require(Permission::WriteFacts)?;
        let facts = input.facts;
        if facts.len() > MAX_FACTS {
            let message = format!("{} facts are too many: send at most {MAX_FACTS} at once", facts.len());
            return Ok(refused(vec![UserError::at(UserErrorCode::Invalid, "facts", message)]));
        }
        let transaction = begin(context.database()?).await?;
        let visible = caller.scope(Permission::ReadUnits);
        let locations = Locations::load(&transaction, &facts, &visible, &writable).await?;
        let rows = match check(&facts, &locations, &Clock::of(context)) {
            Ok(rows) => rows,
            Err(errors) => return Ok(refused(errors)),
        };
        let known = store::find(&transaction, &rows).await?;
        let counts = Counts::of(&rows, &known);
        let changed: Vec<FactRow> =
            rows.into_iter().filter(|row| known.get(&(row.location_id, row.date)) != Some(row)).collect();
        let (recorded, _) = writing::upsert(&transaction, changed).await?;
        transaction.commit().await?;
        context.feed()?.announce(&recorded);
        counts.payload()
    }
}

fn refused(mut errors: Vec<UserError>) -> RecordFactsPayload {
    errors.truncate(MAX_ERRORS);
    RecordFactsPayload { user_errors: errors, ..RecordFactsPayload::default() }
}

/// What becomes of a batch.
#[derive(Default)]
struct Counts {
    inserted: usize,
    updated: usize,
    unchanged: usize,
}

impl Counts {
    fn of(rows: &[FactRow], known: &HashMap<(Uuid, NaiveDate), FactRow>) -> Self {
        let mut counts = Self::default();
        for row in rows {
            match known.get(&(row.location_id, row.date)) {
                None => counts.inserted += 1,
                Some(known) if known == row => counts.unchanged += 1,
                Some(_) => counts.updated += 1,
            }
        }
        counts
    }

    fn payload(self) -> Result<RecordFactsPayload> {
        let count = |count: usize| i32::try_from(count).map_err(subgraph::Error::internal);
        Ok(RecordFactsPayload {
            inserted: count(self.inserted)?,
            updated: count(self.updated)?,
            unchanged: count(self.unchanged)?,
            user_errors: Vec::new(),
        })
    }
}

/// The locations that a batch names and the caller may see.
struct Locations {
    /// Each with whether the caller may record its facts.
    found: Vec<(unit::Model, bool)>,
}

impl Locations {
    async fn load<C: sea_orm::ConnectionTrait>(
        connection: &C,
        facts: &[DailyFactsInput],
        visible: &Scope,
        writable: &Scope,
    ) -> Result<Self> {
        let ids: HashSet<Uuid> = facts.iter().filter_map(DailyFactsInput::id).collect();
        let codes: HashSet<&str> = facts.iter().filter_map(|fact| fact.location_code.as_deref()).collect();
        let found = store::locations(connection, ids, codes, visible, writable).await?;
        Ok(Self { found })
    }

    fn named_by(&self, fact: &DailyFactsInput) -> std::result::Result<&unit::Model, UserError> {
        let (name, candidates): (_, Vec<_>) = match (&fact.location_id, &fact.location_code) {
            (Some(_), None) => {
                let id = fact.id();
                ("locationId", self.found.iter().filter(|(unit, _)| Some(unit.id) == id).collect())
            }
            (None, Some(code)) => {
                ("locationCode", self.found.iter().filter(|(unit, _)| unit.code == *code).collect())
            }
            _ => {
                let message = "give either `locationId` or `locationCode`";
                return Err(UserError::at(UserErrorCode::Invalid, "locationId", message));
            }
        };
        match candidates.as_slice() {
            [] => Err(not_found(name, "location")),
            [(location, true)] => Ok(location),
            [(_, false)] => Err(forbidden(name, Permission::WriteFacts)),
            _ => {
                let message = "you see several locations with this code: give `locationId`";
                Err(UserError::at(UserErrorCode::Invalid, name, message))
            }
        }
    }
}

/// The rows of a batch, or everything that is wrong with it.
fn check(
    facts: &[DailyFactsInput],
    locations: &Locations,
    clock: &Clock,
) -> std::result::Result<Vec<FactRow>, Vec<UserError>> {
    let (mut rows, mut errors) = (Vec::with_capacity(facts.len()), Vec::new());
    let mut first: HashMap<(Uuid, NaiveDate), usize> = HashMap::new();
    for (index, fact) in facts.iter().enumerate() {
        let mut problems = Vec::new();
        match locations.named_by(fact) {
            Err(problem) => problems.push(problem),
            Ok(location) => {
                let row = fact.row(location);
                problems.extend(problems_of(&row, location, clock));
                if let Some(earlier) = first.insert((row.location_id, row.date), index) {
                    let message =
                        format!("`facts[{earlier}]` is of the same location and day: send one of them");
                    problems.push(UserError::at(UserErrorCode::Invalid, "date", message));
                }
                rows.push(row);
            }
        }
        for mut problem in problems {
            problem.field.splice(0..0, ["facts".to_owned(), index.to_string()]);
            errors.push(problem);
        }
    }
    if errors.is_empty() { Ok(rows) } else { Err(errors) }
}

fn problems_of(row: &FactRow, location: &unit::Model, clock: &Clock) -> Vec<UserError> {
    let mut problems = Vec::new();
    match clock.today(&location.time_zone) {
        Err(error) => problems.push(UserError::at(UserErrorCode::Invalid, "date", error.to_string())),
        Ok(today) if row.date > today => {
            let message = format!(
                "is in the future: in the location's time zone `{}` it is {today}",
                location.time_zone
            );
            problems.push(UserError::at(UserErrorCode::Invalid, "date", message));
        }
        Ok(_) if row.date < FIRST_DAY => {
            let message = format!("is before {FIRST_DAY}, the first day that facts are kept of");
            problems.push(UserError::at(UserErrorCode::Invalid, "date", message));
        }
        Ok(_) => {}
    }
    let broken = rules::broken(row).into_iter();
    problems.extend(broken.map(|rule| UserError::at(UserErrorCode::Invalid, rule.field, rule.problem)));
    problems
}
