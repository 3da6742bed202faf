//! The embedded and the distributed platform answer every stored operation with the same bytes.

use serde_json::{Value, json};

use crate::harness::{
    Bearer, Client, Distributed, Embedded, Operation, SMALL, Setup, Units, demo, operations, within_an_hour,
};

/// What is asked: an operation with variables, on behalf of a person.
struct Question {
    operation: String,
    variables: Value,
    person: String,
}

#[tokio::test(flavor = "multi_thread")]
async fn both_topologies_give_equal_bytes() {
    let demo = demo(SMALL);
    let setup = Setup { dev: true, ..Setup::default() };
    let embedded = Embedded::start(demo).await;
    let distributed = Distributed::start(demo, setup).await;
    let units = Units::of_networks(&distributed.services.databases.networks.connection).await;
    let listed = distributed.client.bearing(Bearer::of(&units[0]["person"]).text());
    let questions = questions(&Operation::list(&listed.get("/graphql/operations").await), &units);
    for operation in operations() {
        assert!(
            questions.iter().any(|question| question.operation == operation),
            "`{operation}` is not asked"
        );
    }
    let mut differing = Vec::new();
    for question in &questions {
        if let Some(difference) = difference(&embedded.client, &distributed.client, question).await {
            differing.push(difference);
        }
    }
    for question in questions.iter().filter(|question| question.operation == "network-dashboard") {
        let [left, right] = [&embedded.client, &distributed.client]
            .map(|client| client.bearing(Bearer::of(&question.person).text()));
        let costs = (cost(&left, question).await, cost(&right, question).await);
        assert!(costs.0.is_object() && costs.0 == costs.1, "costs are told alike: {costs:#?}");
    }
    let (count, all) = (differing.len(), questions.len());
    assert!(differing.is_empty(), "{count} of {all} answers differ ({demo:?})\n{}", differing.join("\n"));
}

/// Every operation for the units of both networks; those about any unit, for units of every level.
fn questions(operations: &[Operation], networks: &[Units]) -> Vec<Question> {
    let mut questions = Vec::new();
    for operation in operations {
        for units in networks {
            for level in ["network", "region", "group", "location"] {
                let variables = operation.variables(&units.at(level));
                if level == "network" || variables.get("unit").is_some() {
                    let (operation, person) = (operation.id.clone(), units["person"].clone());
                    questions.push(Question { operation, variables, person });
                }
            }
        }
    }
    questions
}

/// Both answers where they are not the same bytes without an error.
async fn difference(embedded: &Client, distributed: &Client, question: &Question) -> Option<String> {
    let token = Bearer::of(&question.person).text();
    let ask = async |client: &Client| {
        client.bearing(&token).operation(&question.operation, &question.variables).await
    };
    let (left, right) = within_an_hour(async || (ask(embedded).await, ask(distributed).await)).await;
    if left.body == right.body && left.status == 200 && left.errors().is_empty() {
        return None;
    }
    let plan = plan(&distributed.bearing(&token), question).await;
    Some(format!("=== embedded\n{left}\n=== distributed\n{right}\n=== plan\n{plan}"))
}

/// The query plan, as a gateway in development mode shows it.
async fn plan(client: &Client, question: &Question) -> String {
    let told = beside(client, question, "x-include-query-plan").await;
    told["queryPlan"].as_str().unwrap_or_default().to_owned()
}

/// What a question costs, as a gateway in development mode tells it.
async fn cost(client: &Client, question: &Question) -> Value {
    beside(client, question, "x-include-cost").await["cost"].take()
}

/// What is told beside an answer to who asks for it.
async fn beside(client: &Client, question: &Question, wish: &str) -> Value {
    let headers = [("content-type", "application/json"), (wish, "true")];
    let path = format!("/graphql/operations/{}", question.operation);
    let body = json!({ "variables": question.variables }).to_string();
    client.send(http::Method::POST, &path, &headers, body).await.json()["extensions"].take()
}
