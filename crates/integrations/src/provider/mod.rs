//! The provider catalogue as clients see it.

mod catalogue;

use async_graphql::{Enum, Object, SimpleObject};
use subgraph::sdl::directives::{PUBLIC, cache_control, list_size};

pub use catalogue::CATALOGUE;

/// What a platform is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum)]
pub enum ProviderCategory {
    /// Franchise sales and franchise operations.
    FranchiseManagement,
    /// Accounting and enterprise resource planning.
    FinancialSoftware,
    /// Personnel, time and payroll.
    HrPayroll,
    /// Reporting and dashboards.
    BusinessIntelligence,
    /// Points of sale.
    PosSystem,
    /// Marketing, campaigns and customer relations.
    MarketingAutomation,
}

/// How a connection proves who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum)]
pub enum AuthenticationKind {
    /// OAuth 2.0 authorization code: a person consents, tokens are refreshed.
    Oauth2AuthorizationCode,
    /// OAuth 2.0 client credentials: the application itself.
    Oauth2ClientCredentials,
    /// OAuth 2.0 with a signed JWT assertion.
    Oauth2JwtAssertion,
    /// OAuth 1.0 signed requests.
    Oauth1,
    /// A login that yields a session token.
    LoginSession,
    /// A fixed key in a header.
    ApiKey,
    /// User name and password on every request.
    Basic,
    /// Mutual TLS with a client certificate.
    MutualTls,
    /// The platform sends; it offers nothing to call.
    InboundOnly,
}

/// What is exchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum)]
pub enum DataKind {
    /// Units of the franchise.
    Locations,
    /// Franchise partners.
    Franchisees,
    /// Prospective franchisees or customers.
    Leads,
    /// Sales and orders.
    Sales,
    /// Payments and refunds.
    Payments,
    /// Charts of accounts and ledgers.
    Accounts,
    /// Invoices.
    Invoices,
    /// Journal entries.
    Journals,
    /// Workers and jobs.
    Employees,
    /// Hours worked.
    TimeCards,
    /// Payroll cost.
    Payroll,
    /// Results of reports.
    Reports,
    /// Data sets for reports.
    Datasets,
    /// Customers and contacts.
    Contacts,
    /// Campaigns and engagement.
    Campaigns,
}

/// Which way data flows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum)]
pub enum DataDirection {
    /// From the provider to this platform.
    Pull,
    /// From this platform to the provider.
    Push,
    /// Both ways.
    Both,
}

/// How the provider's webhooks prove where they come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum)]
pub enum WebhookKind {
    /// The provider sends none: it is asked at intervals.
    None,
    /// A keyed hash over the request in a header.
    HmacSignature,
    /// A secret in the path of the receiving URL.
    PathToken,
    /// A fixed token in a header.
    StaticToken,
    /// User name and password or an API key.
    Basic,
    /// An event queue that is emptied over mutual TLS.
    MutualTlsQueue,
    /// Signed by whatever script the customer installs.
    CustomScript,
}

/// A third-party platform that units can be connected to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, SimpleObject)]
#[graphql(directive = cache_control::apply(KEPT, PUBLIC, None))]
pub struct Provider {
    /// A stable name in lower case, e.g. `square_pos`.
    pub id: &'static str,
    /// The product's name.
    pub name: &'static str,
    /// What it is for.
    pub category: ProviderCategory,
    /// The ways a connection can authenticate; the first is preferred.
    pub authentication: &'static [AuthenticationKind],
    /// What is read from it.
    pub pulls: &'static [DataKind],
    /// What is written to it.
    pub pushes: &'static [DataKind],
    /// Which way data flows.
    pub direction: DataDirection,
    /// How its webhooks are authenticated.
    pub webhook: WebhookKind,
}

/// How long the catalogue may be kept, in seconds: it changes with the program.
const KEPT: Option<i32> = Some(3600);

/// The provider with an id.
pub fn find(id: &str) -> Option<&'static Provider> {
    CATALOGUE.iter().find(|provider| provider.id == id)
}

/// Queries of the catalogue.
#[derive(Default)]
pub struct ProviderQuery;

#[Object]
impl ProviderQuery {
    /// All providers, sorted by category and name; the catalogue is the same for every caller.
    #[graphql(directive = list_size::apply(Some(CATALOGUE.len() as i32), None, None, None))]
    async fn providers(
        &self,
        #[graphql(desc = "Only providers of this category.")] category: Option<ProviderCategory>,
    ) -> Vec<Provider> {
        let wanted = |provider: &&Provider| category.is_none_or(|category| provider.category == category);
        CATALOGUE.iter().filter(wanted).copied().collect()
    }

    /// A provider by its id.
    async fn provider(&self, #[graphql(desc = "E.g. `square_pos`.")] id: String) -> Option<Provider> {
        find(&id).copied()
    }

    #[graphql(entity)]
    async fn provider_entity(&self, id: String) -> Option<Provider> {
        find(&id).copied()
    }
}
