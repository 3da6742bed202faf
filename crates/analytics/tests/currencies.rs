//! Amounts of different currencies are never added.

use analytics::bulk::FactRow;
use serde_json::{Value, json};
use subgraph::caller::Role;

use crate::world::{Tree, both, date, quiet_day};

#[tokio::test]
async fn figures_of_several_currencies_stay_apart() {
    for (backend, world) in both().await {
        let mut tree = Tree::new("n", 1, 2, 1);
        tree.locations[1].currency = "CAD".to_owned();
        world.publish(&tree.units(), vec![]).await;
        let sale = |location: usize, day: &str, revenue| FactRow {
            revenue,
            transactions: 2,
            staff_minutes: 60,
            ..quiet_day(&tree.locations[location], date(day))
        };
        world
            .record(&[sale(0, "2024-07-02", 1001), sale(1, "2024-07-02", 500), sale(0, "2024-07-01", 2002)])
            .await;
        let person = world.person(Role::Analyst, &tree.network).await;
        let fields = "performance(range: { from: \"2024-07-02\", to: \"2024-07-02\" }) {
                figures { revenue { amountMinor currency } averageTicket { amountMinor } transactions
                    revenuePerStaffHour { amountMinor }
                    byCurrency { currency revenue { amountMinor currency } transactions
                        averageTicket { amountMinor } } }
                change { ratio missing } transactions: change(metric: TRANSACTIONS) { ratio } }
            revenuePerActiveChair(range: { from: \"2024-07-02\", to: \"2024-07-02\" }) {
                amount { amountMinor currency } missing }";
        let network = world.unit(person, &tree.network, fields).await;
        assert_eq!(
            network["performance"]["figures"],
            json!({
                "revenue": null, "averageTicket": null, "transactions": 4, "revenuePerStaffHour": null,
                "byCurrency": [
                    { "currency": "CAD", "revenue": { "amountMinor": 500, "currency": "CAD" },
                      "transactions": 2, "averageTicket": { "amountMinor": 250 } },
                    { "currency": "USD", "revenue": { "amountMinor": 1001, "currency": "USD" },
                      "transactions": 2, "averageTicket": { "amountMinor": 501 } },
                ],
            }),
            "{backend:?}"
        );
        let mixed = json!({ "ratio": null, "missing": "MIXED_CURRENCIES" });
        assert_eq!(network["performance"]["change"], mixed, "{backend:?}");
        assert_eq!(network["performance"]["transactions"]["ratio"], 1.0, "counts compare: {backend:?}");
        let mixed = json!({ "amount": null, "missing": "MIXED_CURRENCIES" });
        assert_eq!(network["revenuePerActiveChair"], mixed, "{backend:?}");
        let location = world.unit(person, &tree.locations[0], fields).await;
        assert_eq!(
            location["revenuePerActiveChair"],
            json!({ "amount": { "amountMinor": 250, "currency": "USD" }, "missing": null }),
            "1001 over 4 chairs: {backend:?}"
        );
        assert_eq!(location["performance"]["change"]["ratio"], -0.5, "{backend:?}");
    }
}

#[tokio::test]
async fn a_new_currency_does_not_relabel_what_was_recorded_before() {
    for (backend, world) in both().await {
        let mut tree = Tree::new("n", 1, 1, 1);
        tree.locations[0].currency = "HRK".to_owned();
        world.publish(&tree.units(), vec![]).await;
        let sale =
            |tree: &Tree, day: &str| FactRow { revenue: 100, ..quiet_day(&tree.locations[0], date(day)) };
        world.record(&[sale(&tree, "2022-12-31")]).await;
        tree.locations[0].currency = "EUR".to_owned();
        world.publish(&tree.units(), vec![]).await;
        world.record(&[sale(&tree, "2023-01-01")]).await;
        let person = world.person(Role::Analyst, &tree.network).await;
        let fields = "performance(range: { from: \"2023-01-01\", to: \"2023-01-01\" }) {
            figures { revenue { currency } } preceding { figures { revenue { currency } } }
            change { ratio missing } }";
        let performance = &world.unit(person, &tree.locations[0], fields).await["performance"];
        assert_eq!(performance["figures"]["revenue"]["currency"], "EUR", "{backend:?}");
        assert_eq!(performance["preceding"]["figures"]["revenue"]["currency"], "HRK", "{backend:?}");
        assert_eq!(
            performance["change"],
            json!({ "ratio": null, "missing": "MIXED_CURRENCIES" }),
            "{backend:?}"
        );
    }
}

#[tokio::test]
async fn a_location_that_changes_currency_within_a_window_counts_once_and_stays_apart() {
    for (backend, world) in both().await {
        let mut tree = Tree::new("n", 1, 1, 2);
        world.publish(&tree.units(), vec![]).await;
        tree.locations[0].currency = "EUR".to_owned();
        let euro =
            FactRow { revenue: 7, transactions: 1, ..quiet_day(&tree.locations[0], date("2024-07-03")) };
        tree.locations[0].currency = "USD".to_owned();
        let dollar = |location: usize, day: &str| FactRow {
            revenue: 100,
            transactions: 1,
            ..quiet_day(&tree.locations[location], date(day))
        };
        world
            .record(&[euro, dollar(0, "2024-07-04"), dollar(1, "2024-07-04"), dollar(1, "2024-07-01")])
            .await;
        let person = world.person(Role::Analyst, &tree.network).await;
        let range = "range: { from: \"2024-07-03\", to: \"2024-07-04\" }";
        let fields = format!(
            "performance({range}) {{ locationsWithFacts locationDays
                figures {{ revenue {{ amountMinor }} transactions byCurrency {{ revenue {{ amountMinor currency }} }} }}
                preceding {{ figures {{ revenue {{ amountMinor currency }} }} }} }}
            money: ranking(metric: REVENUE, {range}) {{ totalCount unranked }}
            sales: ranking(metric: TRANSACTIONS, {range}) {{ nodes {{ rank value {{ number }} }} }}"
        );
        let network = world.unit(person, &tree.network, &fields).await;
        assert_eq!(
            network["performance"],
            json!({
                "locationsWithFacts": 2, "locationDays": 3,
                "figures": {
                    "revenue": null, "transactions": 3,
                    "byCurrency": [
                        { "revenue": { "amountMinor": 7, "currency": "EUR" } },
                        { "revenue": { "amountMinor": 200, "currency": "USD" } },
                    ],
                },
                "preceding": { "figures": { "revenue": { "amountMinor": 100, "currency": "USD" } } },
            }),
            "{backend:?}"
        );
        assert_eq!(network["money"], json!({ "totalCount": 1, "unranked": 1 }), "{backend:?}");
        let sales =
            json!([{ "rank": 1, "value": { "number": 2.0 } }, { "rank": 2, "value": { "number": 1.0 } }]);
        assert_eq!(network["sales"]["nodes"], sales, "{backend:?}");
    }
}

#[tokio::test]
async fn a_missing_amount_for_each_chair_says_why() {
    for (backend, world) in both().await {
        let tree = Tree::new("n", 1, 1, 1);
        world.publish(&tree.units(), vec![]).await;
        let person = world.person(Role::Analyst, &tree.network).await;
        let query = crate::world::units_query(
            "revenuePerActiveChair(range: { from: \"2024-07-02\", to: \"2024-07-02\" }) {
                amount { amountMinor } missing }",
        );
        let missing = async |chairs: Value| {
            let unit = json!({
                "__typename": "FranchiseUnit", "id": tree.network.id, "timeZone": "UTC",
                "activeChairs": chairs,
            });
            let units = json!({ "units": [unit] });
            let data = world.data(person, &query, units).await;
            data["_entities"][0]["revenuePerActiveChair"]["missing"].clone()
        };
        assert_eq!(missing(json!(3)).await, "NO_FACTS", "{backend:?}");
        world.record(&[quiet_day(&tree.locations[0], date("2024-07-02"))]).await;
        assert_eq!(missing(json!(0)).await, "NO_ACTIVE_CHAIRS", "{backend:?}");
    }
}
