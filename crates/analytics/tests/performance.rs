//! Figures over windows, for units of all levels.

use analytics::bulk::FactRow;
use chrono::NaiveDate;
use serde_json::{Value, json};
use subgraph::caller::Role;
use subgraph::directory::unit;

use crate::world::{Tree, before, belongs, both, date, days, generate, quiet_day};

const FIGURES: &str = "
    revenue { amountMinor currency } averageTicket { amountMinor currency }
    revenuePerStaffHour { amountMinor } byCurrency { currency revenue { amountMinor } transactions }
    transactions appointmentsBooked appointmentsCompleted appointmentsCancelled appointmentsNoShow
    noShowRate cancellationRate clientsServed clientsNew clientsReturning returningShare
    chairMinutesAvailable chairMinutesBooked utilization staffMinutes satisfaction satisfactionCount";

/// What the service should say, from plain loops over the rows.
#[expect(clippy::cast_precision_loss, reason = "as in the service's answers")]
fn expected(rows: &[&FactRow]) -> Value {
    if rows.is_empty() {
        return Value::Null;
    }
    let sum = |measure: fn(&FactRow) -> i64| -> i64 {
        let mut sum = 0;
        for row in rows {
            sum += measure(row);
        }
        sum
    };
    let ratio =
        |above: i64, below: i64| if below == 0 { Value::Null } else { json!(above as f64 / below as f64) };
    let rounded = |above: i64, below: i64| (above as f64 / below as f64 + 0.5).floor() as i64;
    let (revenue, transactions) = (sum(|row| row.revenue), sum(|row| row.transactions));
    let booked = sum(|row| row.appointments_booked);
    let (no_show, cancelled) = (sum(|row| row.appointments_no_show), sum(|row| row.appointments_cancelled));
    let (new, returning) = (sum(|row| row.clients_new), sum(|row| row.clients_returning));
    let (available, busy) = (sum(|row| row.chair_minutes_available), sum(|row| row.chair_minutes_booked));
    let staff = sum(|row| row.staff_minutes);
    let (ratings, points) = (sum(|row| row.satisfaction_count), sum(|row| row.satisfaction_sum));
    let money = |amount: i64| json!({ "amountMinor": amount, "currency": "USD" });
    json!({
        "revenue": money(revenue),
        "averageTicket": if transactions == 0 { Value::Null } else { money(rounded(revenue, transactions)) },
        "revenuePerStaffHour":
            if staff == 0 { Value::Null } else { json!({ "amountMinor": rounded(revenue * 60, staff) }) },
        "byCurrency": [
            { "currency": "USD", "revenue": { "amountMinor": revenue }, "transactions": transactions }
        ],
        "transactions": transactions,
        "appointmentsBooked": booked,
        "appointmentsCompleted": sum(|row| row.appointments_completed),
        "appointmentsCancelled": cancelled,
        "appointmentsNoShow": no_show,
        "noShowRate": ratio(no_show, booked),
        "cancellationRate": ratio(cancelled, booked),
        "clientsServed": sum(|row| row.clients_served),
        "clientsNew": new,
        "clientsReturning": returning,
        "returningShare": ratio(returning, new + returning),
        "chairMinutesAvailable": available,
        "chairMinutesBooked": busy,
        "utilization": ratio(busy, available),
        "staffMinutes": staff,
        "satisfaction": ratio(points, ratings * 100),
        "satisfactionCount": ratings,
    })
}

fn rows_of<'a>(
    rows: &'a [FactRow],
    unit: &unit::Model,
    tree: &Tree,
    from: NaiveDate,
    to: NaiveDate,
) -> Vec<&'a FactRow> {
    rows.iter()
        .filter(|row| from <= row.date && row.date <= to && belongs(row.location_id, unit, tree))
        .collect()
}

#[tokio::test]
async fn figures_are_the_sums_of_the_facts_of_the_locations_in_a_unit() {
    let tree = Tree::new("n", 2, 2, 3);
    let rows = generate(&tree.locations, days("2024-01-01", "2024-07-31"));
    for (backend, world) in both().await {
        world.publish(&tree.units(), vec![]).await;
        world.record(&rows).await;
        let person = world.person(Role::Analyst, &tree.network).await;
        let units = tree.units();
        let fields = format!(
            "id performance(range: {{ from: \"2024-02-10\", to: \"2024-03-20\" }}) {{
                from to days figures {{ {FIGURES} }}
                preceding {{ from to figures {{ {FIGURES} }} }}
                change {{ ratio missing }} noShows: change(metric: NO_SHOW_RATE) {{ ratio missing }}
                locationsWithFacts locationDays completeness }}"
        );
        let answers = world.units(person, &units.iter().collect::<Vec<_>>(), &fields).await;
        assert_eq!(answers.len(), units.len());
        let (from, to) = (date("2024-02-10"), date("2024-03-20"));
        for (unit, answer) in units.iter().zip(&answers) {
            let label = format!("{backend:?} {}", unit.code);
            let current = rows_of(&rows, unit, &tree, from, to);
            let previous = rows_of(&rows, unit, &tree, before(from, 40), before(from, 1));
            let performance = &answer["performance"];
            assert_eq!(answer["id"], json!(unit.id), "{label}");
            assert_eq!(performance["days"], 40, "29 February included: {label}");
            assert_eq!(performance["figures"], expected(&current), "{label}");
            assert_eq!(performance["preceding"]["from"], "2024-01-01", "{label}");
            assert_eq!(performance["preceding"]["to"], "2024-02-09", "{label}");
            assert_eq!(performance["preceding"]["figures"], expected(&previous), "{label}");
            assert_changes(performance, &label);
            let mut locations: Vec<_> = current.iter().map(|row| row.location_id).collect();
            locations.dedup();
            assert_eq!(performance["locationsWithFacts"], locations.len(), "{label}");
            assert_eq!(performance["locationDays"], current.len(), "{label}");
            #[expect(clippy::cast_precision_loss, reason = "as in the service's answers")]
            let share = current.len() as f64 / (locations.len() * 40) as f64;
            assert_eq!(performance["completeness"], json!(share), "{label}");
        }
    }
}

fn assert_changes(performance: &Value, label: &str) {
    let number = |value: &Value| value.as_f64().unwrap();
    let close = |change: &Value, now: f64, before: f64| {
        let ratio = number(&change["ratio"]);
        assert!((ratio - (now - before) / before).abs() < 1e-9, "{label}: {ratio} from {before} to {now}");
        assert_eq!(change["missing"], Value::Null, "{label}");
    };
    let (now, before) = (&performance["figures"], &performance["preceding"]["figures"]);
    let revenue = |figures: &Value| number(&figures["revenue"]["amountMinor"]);
    close(&performance["change"], revenue(now), revenue(before));
    close(&performance["noShows"], number(&now["noShowRate"]), number(&before["noShowRate"]));
}

#[tokio::test]
async fn one_statement_answers_for_units_of_all_levels() {
    let tree = Tree::new("n", 4, 4, 5);
    for (backend, world) in both().await {
        world.publish(&tree.units(), vec![]).await;
        world.record(&generate(&tree.locations, days("2024-07-01", "2024-07-30"))).await;
        let person = world.person(Role::Analyst, &tree.network).await;
        let units = tree.units();
        assert!(units.len() > 100, "{}", units.len());
        let all: Vec<_> = units.iter().collect();
        let fields = |inner: &str| format!("performance(range: {{ preset: LAST_7_DAYS }}) {{ {inner} }}");
        let cases = [
            (fields("figures { transactions } preceding { figures { transactions } } change { ratio }"), 2),
            (fields("figures { transactions } series(granularity: DAY) { figures { transactions } }"), 3),
            (
                "a: performance(range: { preset: LAST_7_DAYS }) { figures { transactions } }
                 b: performance(range: { preset: YESTERDAY }) { figures { transactions } }
                 c: performance(range: { preset: LAST_7_DAYS }) { locationDays }"
                    .to_owned(),
                3,
            ),
        ];
        world.units(person, &all[..1], "id").await;
        for ((fields, statements), transactions) in cases.into_iter().zip(100..) {
            // Nothing is remembered of a network that has changed.
            let changed = quiet_day(&tree.locations[0], date("2024-07-30"));
            world.record(&[FactRow { transactions, ..changed }]).await;
            let first = world.units(person, &all, &fields).await;
            assert_eq!(world.database.statements.take(), statements, "{backend:?}: {fields}");
            assert_eq!(world.units(person, &all, &fields).await, first, "{backend:?}: {fields}");
            assert_eq!(world.database.statements.take(), 1, "{backend:?}: {fields}");
        }
    }
}
