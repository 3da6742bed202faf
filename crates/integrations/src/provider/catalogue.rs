//! The 23 providers. Authentication, data and webhook facts are the vendors' own; where a vendor publishes
//! none for a point, the safe value stands (`WebhookKind::None`: ask at intervals).

use super::AuthenticationKind::{
    ApiKey, Basic, InboundOnly, LoginSession, MutualTls, Oauth1, Oauth2AuthorizationCode,
    Oauth2ClientCredentials, Oauth2JwtAssertion,
};
use super::DataDirection::{Both, Pull, Push};
use super::DataKind::{
    Accounts, Campaigns, Contacts, Datasets, Employees, Franchisees, Invoices, Journals, Leads, Locations,
    Payments, Payroll, Reports, Sales, TimeCards,
};
use super::ProviderCategory::{
    BusinessIntelligence, FinancialSoftware, FranchiseManagement, HrPayroll, MarketingAutomation, PosSystem,
};
use super::{AuthenticationKind, DataDirection, DataKind, Provider, ProviderCategory, WebhookKind};

#[expect(clippy::too_many_arguments, reason = "a row of the table below, in its column order")]
const fn row(
    category: ProviderCategory,
    id: &'static str,
    name: &'static str,
    authentication: &'static [AuthenticationKind],
    pulls: &'static [DataKind],
    pushes: &'static [DataKind],
    direction: DataDirection,
    webhook: WebhookKind,
) -> Provider {
    Provider { id, name, category, authentication, pulls, pushes, direction, webhook }
}

const POS: &[DataKind] = &[Sales, Payments, Locations];
const LEDGER: &[DataKind] = &[Accounts, Invoices, Payments, Reports];
const BOOKINGS: &[DataKind] = &[Journals, Invoices];
const STAFF: &[DataKind] = &[Employees, TimeCards, Payroll];
const MARKETING: &[DataKind] = &[Contacts, Campaigns];
const CUSTOMERS: &[DataKind] = &[Contacts, Leads];

/// Every provider, sorted by category and name.
#[rustfmt::skip]
pub const CATALOGUE: [Provider; 23] = [
    row(FranchiseManagement, "franconnect", "FranConnect", &[LoginSession], &[Locations, Franchisees, Leads], &[Sales, Leads], Both, WebhookKind::None),
    row(FranchiseManagement, "franchise_gator", "Franchise Gator", &[InboundOnly], &[Leads], &[], Pull, WebhookKind::HmacSignature),
    row(FranchiseManagement, "fransmart", "Fransmart", &[InboundOnly], &[Leads], &[], Pull, WebhookKind::HmacSignature),
    row(FinancialSoftware, "netsuite", "NetSuite", &[Oauth2JwtAssertion, Oauth1], LEDGER, BOOKINGS, Both, WebhookKind::CustomScript),
    row(FinancialSoftware, "quickbooks_enterprise", "QuickBooks", &[Oauth2AuthorizationCode], LEDGER, BOOKINGS, Both, WebhookKind::HmacSignature),
    row(FinancialSoftware, "sage_intacct", "Sage Intacct", &[Oauth2ClientCredentials, LoginSession], LEDGER, BOOKINGS, Both, WebhookKind::None),
    row(FinancialSoftware, "xero", "Xero", &[Oauth2AuthorizationCode, Oauth2ClientCredentials], LEDGER, BOOKINGS, Both, WebhookKind::HmacSignature),
    row(HrPayroll, "adp_workforce", "ADP Workforce Now", &[Oauth2ClientCredentials, MutualTls], STAFF, &[], Pull, WebhookKind::MutualTlsQueue),
    row(HrPayroll, "bamboo_hr", "BambooHR", &[Oauth2AuthorizationCode, Basic], &[Employees, TimeCards], &[], Pull, WebhookKind::HmacSignature),
    row(HrPayroll, "paychex", "Paychex Flex", &[Oauth2ClientCredentials], STAFF, &[], Pull, WebhookKind::Basic),
    row(HrPayroll, "workday", "Workday", &[Oauth2AuthorizationCode, Basic], &[Employees, Payroll, Reports], &[], Pull, WebhookKind::None),
    row(BusinessIntelligence, "looker", "Looker", &[LoginSession], &[Reports], &[], Pull, WebhookKind::StaticToken),
    row(BusinessIntelligence, "power_bi", "Power BI", &[Oauth2ClientCredentials], &[Reports], &[Datasets], Both, WebhookKind::None),
    row(BusinessIntelligence, "qlik_sense", "Qlik Sense", &[ApiKey, Oauth2ClientCredentials], &[Reports], &[Datasets], Both, WebhookKind::HmacSignature),
    row(BusinessIntelligence, "tableau", "Tableau", &[LoginSession, Oauth2JwtAssertion], &[], &[Datasets], Push, WebhookKind::PathToken),
    row(PosSystem, "lightspeed", "Lightspeed", &[Oauth2AuthorizationCode], POS, &[], Pull, WebhookKind::HmacSignature),
    row(PosSystem, "shopify_pos", "Shopify POS", &[Oauth2AuthorizationCode, Oauth2ClientCredentials], POS, &[], Pull, WebhookKind::HmacSignature),
    row(PosSystem, "square_pos", "Square", &[Oauth2AuthorizationCode, ApiKey], POS, &[], Pull, WebhookKind::HmacSignature),
    row(PosSystem, "toast_pos", "Toast", &[LoginSession], POS, &[], Pull, WebhookKind::HmacSignature),
    row(MarketingAutomation, "hubspot", "HubSpot", &[Oauth2AuthorizationCode, ApiKey], MARKETING, CUSTOMERS, Both, WebhookKind::HmacSignature),
    row(MarketingAutomation, "mailchimp", "Mailchimp", &[Oauth2AuthorizationCode, Basic], MARKETING, CUSTOMERS, Both, WebhookKind::PathToken),
    row(MarketingAutomation, "marketo", "Marketo", &[Oauth2ClientCredentials], MARKETING, CUSTOMERS, Both, WebhookKind::None),
    row(MarketingAutomation, "salesforce", "Salesforce", &[Oauth2AuthorizationCode, Oauth2ClientCredentials, Oauth2JwtAssertion], &[Contacts, Campaigns, Leads], CUSTOMERS, Both, WebhookKind::HmacSignature),
];

#[cfg(test)]
mod tests {
    use super::{CATALOGUE, DataDirection};

    #[test]
    fn ids_are_unique_and_directions_match_the_data() {
        for (index, provider) in CATALOGUE.iter().enumerate() {
            assert!(CATALOGUE[..index].iter().all(|earlier| earlier.id != provider.id), "{}", provider.id);
            let direction = match (provider.pulls.is_empty(), provider.pushes.is_empty()) {
                (false, true) => DataDirection::Pull,
                (true, false) => DataDirection::Push,
                _ => DataDirection::Both,
            };
            assert_eq!(provider.direction, direction, "{}", provider.id);
            assert!(!provider.authentication.is_empty(), "{}", provider.id);
        }
    }
}
