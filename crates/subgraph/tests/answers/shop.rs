//! A small service over a table of sales, which counts how often it computes.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use async_graphql::{Context, EmptyMutation, EmptySubscription, Object, Request, Schema};
use sea_orm::{ConnectionTrait, DatabaseConnection, EntityTrait, Set};
use sea_orm_migration::prelude::*;
use subgraph::answers::{Asked, Memory, Question, ask};
use subgraph::caller::Scope;
use subgraph::database::{DatabaseConfig, begin, open};
use subgraph::directory::{UnitKind, publish, unit};
use subgraph::revision;
use subgraph::testing::{Backend, Statements, TestDatabase};
use subgraph::{Error, Result};
use tokio::sync::Semaphore;
use uuid::Uuid;

/// The table `sales`.
pub(crate) mod sale {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "sales")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) network_id: Uuid,
        pub(crate) unit_id: Uuid,
        pub(crate) amount: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

struct Sales;

impl MigrationName for Sales {
    fn name(&self) -> &str {
        "m0002_sales"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Sales {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table(sale::Entity)
            .col(ColumnDef::new(sale::Column::Id).uuid().not_null().primary_key())
            .col(ColumnDef::new(sale::Column::NetworkId).uuid().not_null())
            .col(ColumnDef::new(sale::Column::UnitId).uuid().not_null())
            .col(ColumnDef::new(sale::Column::Amount).big_integer().not_null())
            .to_owned();
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(sale::Entity).to_owned()).await
    }
}

pub(crate) struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(subgraph::directory::Migration),
            Box::new(Sales),
            Box::new(revision::Migration(&["sales"])),
            Box::new(revision::TruncateMigration),
        ]
    }
}

/// Counts computations, holds them up between reading and answering, and makes them fail.
pub(crate) struct Till {
    pub(crate) computed: AtomicUsize,
    /// A permit for each computation that has read.
    pub(crate) has_read: Semaphore,
    /// Whether computations wait for a permit to go on.
    pub(crate) holds: AtomicBool,
    pub(crate) go_on: Semaphore,
    /// How many of the next computations fail.
    pub(crate) failures: AtomicUsize,
}

/// The sum of a unit's sales, by a till of its own.
#[derive(Clone)]
pub(crate) struct TakingsOf(pub(crate) Arc<Till>);

impl PartialEq for TakingsOf {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for TakingsOf {}

impl std::hash::Hash for TakingsOf {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.0).hash(state);
    }
}

impl Question for TakingsOf {
    type Answer = i64;

    async fn answer(
        &self,
        database: &DatabaseConnection,
        scope: &Scope,
        units: &[Uuid],
    ) -> Result<HashMap<Uuid, i64>> {
        self.0.computed.fetch_add(1, Ordering::SeqCst);
        let mut sums = HashMap::new();
        let (top, below) = (Alias::new("top"), unit::Entity);
        let at_or_below =
            [unit::Column::NetworkId, unit::Column::RegionId, unit::Column::GroupId, unit::Column::Id]
                .into_iter()
                .fold(Condition::any(), |any, column| {
                    any.add(Expr::col((below, column)).equals((top.clone(), unit::Column::Id)))
                });
        let statement = Query::select()
            .column((top.clone(), unit::Column::Id))
            .expr(Expr::col((sale::Entity, sale::Column::Amount)).sum().cast_as(Alias::new("bigint")))
            .from(below)
            .join_as(JoinType::InnerJoin, unit::Entity, top.clone(), at_or_below)
            .join(
                JoinType::LeftJoin,
                sale::Entity,
                Expr::col((sale::Entity, sale::Column::UnitId)).equals((below, unit::Column::Id)),
            )
            .and_where(Expr::col((top.clone(), unit::Column::Id)).is_in(units.iter().copied()))
            .cond_where(scope.units())
            .group_by_col((top, unit::Column::Id))
            .to_owned();
        for row in database.query_all(&statement).await? {
            sums.insert(
                row.try_get_by_index(0)?,
                row.try_get_by_index::<Option<i64>>(1)?.unwrap_or_default(),
            );
        }
        self.0.has_read.add_permits(1);
        if self.0.holds.load(Ordering::SeqCst) {
            self.0.go_on.acquire().await.map_err(Error::internal)?.forget();
        }
        let fails =
            self.0.failures.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        if fails.is_ok() {
            return Err(Error::internal("the till is jammed"));
        }
        Ok(sums)
    }

    fn size(_: &i64) -> usize {
        size_of::<i64>()
    }
}

pub(crate) struct Root;

#[Object(name = "Query")]
impl Root {
    async fn takings(&self, context: &Context<'_>, unit: Uuid) -> Result<Option<i64>> {
        let till = context.data::<Arc<Till>>().map_err(|error| Error::internal(error.message))?;
        ask(context, TakingsOf(till.clone()), unit).await
    }
}

/// A process of the service, with a memory and a connection pool of its own.
pub(crate) struct Process {
    pub(crate) database: DatabaseConnection,
    pub(crate) statements: Statements,
    pub(crate) till: Arc<Till>,
    pub(crate) memory: Memory,
    schema: Schema<Root, EmptyMutation, EmptySubscription>,
}

impl Process {
    fn new(database: DatabaseConnection, statements: Statements, memory: Memory) -> Self {
        let till = Arc::new(Till {
            computed: AtomicUsize::new(0),
            has_read: Semaphore::new(0),
            holds: AtomicBool::new(false),
            go_on: Semaphore::new(0),
            failures: AtomicUsize::new(0),
        });
        let schema = Schema::build(Root, EmptyMutation, EmptySubscription)
            .data(memory.clone())
            .data(till.clone())
            .finish();
        Self { database, statements, till, memory, schema }
    }

    /// Takings of units as somebody with a scope is told; an error's text where there is one.
    pub(crate) async fn ask(
        &self,
        scope: &Scope,
        units: &[&unit::Model],
    ) -> Result<Vec<Option<i64>>, String> {
        let fields: String =
            (0..units.len()).map(|at| format!("a{at}: takings(unit: \"{}\") ", units[at].id)).collect();
        let request = Request::new(format!("{{ {fields} }}")).data(Asked::new(&self.database, scope.clone()));
        let response = self.schema.execute(request).await;
        if let Some(error) = response.errors.first() {
            return Err(error.message.clone());
        }
        let data = serde_json::to_value(response.data).unwrap();
        Ok((0..units.len()).map(|at| data[format!("a{at}")].as_i64()).collect())
    }

    /// Takings of one unit that somebody with a scope may see.
    pub(crate) async fn takings(&self, scope: &Scope, unit: &unit::Model) -> i64 {
        self.ask(scope, &[unit]).await.unwrap()[0].unwrap()
    }

    /// Completes when a computation has read and waits.
    pub(crate) async fn has_read(&self) {
        self.till.has_read.acquire().await.unwrap().forget();
    }

    /// Lets computations that wait go on, and others not wait.
    pub(crate) fn let_go_on(&self) {
        self.till.holds.store(false, Ordering::SeqCst);
        self.till.go_on.add_permits(1);
    }

    /// How many computations since the last call.
    pub(crate) fn computed(&self) -> usize {
        self.till.computed.swap(0, Ordering::SeqCst)
    }

    /// Makes a sale, in a transaction of its own.
    pub(crate) async fn sell(&self, unit: &unit::Model, amount: i64) -> Uuid {
        let id = Uuid::now_v7();
        let sale = sale::ActiveModel {
            id: Set(id),
            network_id: Set(unit.network_id),
            unit_id: Set(unit.id),
            amount: Set(amount),
        };
        let transaction = begin(&self.database).await.unwrap();
        sale::Entity::insert(sale).exec_without_returning(&transaction).await.unwrap();
        transaction.commit().await.unwrap();
        id
    }

    pub(crate) async fn publish(&self, units: Vec<unit::Model>) {
        let transaction = begin(&self.database).await.unwrap();
        publish(&transaction, units, vec![]).await.unwrap();
        transaction.commit().await.unwrap();
    }
}

/// A database of the service.
pub(crate) struct Shop {
    database: TestDatabase,
}

impl Shop {
    pub(crate) async fn new(backend: Backend) -> Self {
        Self { database: TestDatabase::new::<Migrator>(backend).await }
    }

    /// Starts a process, with a memory of so many bytes.
    pub(crate) async fn process_with(&self, memory: Memory) -> Process {
        let mut connection = open::<Migrator>(&DatabaseConfig::new(&self.database.url)).await.unwrap();
        let statements = Statements::count(&mut connection);
        Process::new(connection, statements, memory)
    }

    /// Starts a process.
    pub(crate) async fn process(&self) -> Process {
        self.process_with(Memory::default()).await
    }
}

/// A network with two groups in one region, and two locations in each.
pub(crate) struct Chain {
    pub(crate) network: unit::Model,
    pub(crate) groups: Vec<unit::Model>,
    pub(crate) locations: Vec<unit::Model>,
}

impl Chain {
    pub(crate) fn new(code: &str) -> Self {
        let network = unit(UnitKind::Network, code, None);
        let region = unit(UnitKind::Region, &format!("{code}-r"), Some(&network));
        let groups: Vec<_> =
            (0..2).map(|g| unit(UnitKind::Group, &format!("{code}-{g}"), Some(&region))).collect();
        let locations = groups
            .iter()
            .flat_map(|group| {
                (0..2).map(|l| unit(UnitKind::Location, &format!("{}-{l}", group.code), Some(group)))
            })
            .collect();
        Self { network, groups, locations }
    }

    pub(crate) fn units(&self) -> Vec<unit::Model> {
        [std::slice::from_ref(&self.network), &self.groups, &self.locations].concat()
    }
}

fn unit(kind: UnitKind, code: &str, above: Option<&unit::Model>) -> unit::Model {
    let id = Uuid::now_v7();
    let own = |own: UnitKind, above: Option<Uuid>| if kind == own { Some(id) } else { above };
    unit::Model {
        id,
        kind,
        network_id: above.map_or(id, |above| above.network_id),
        region_id: own(UnitKind::Region, above.and_then(|above| above.region_id)),
        group_id: own(UnitKind::Group, above.and_then(|above| above.group_id)),
        name: code.to_owned(),
        code: code.to_owned(),
        status: "ACTIVE".to_owned(),
        time_zone: "UTC".to_owned(),
        currency: "USD".to_owned(),
        opened_on: None,
        change: 0,
    }
}

/// The scope of units and everything below them.
pub(crate) fn scope(units: &[&unit::Model]) -> Scope {
    let mut scope = Scope::default();
    units.iter().for_each(|unit| scope.add(unit.kind, unit.id));
    scope
}
