//! What tells one unit's records from those of others: ids, codes, names of units and addresses of people.

use std::collections::BTreeSet;

use crate::harness::{Filled, rows};

/// Texts that occur in answers about some units and in no others.
pub(super) type Names = BTreeSet<String>;

/// The names of everything in the units that a condition on `u` (id, network_id, region_id, group_id) selects.
pub(super) async fn names_of(databases: &Filled, condition: &str) -> Names {
    let units = format!(
        "select id, code, name from (
            select id, code, name, network_id, cast(null as uuid) as region_id, cast(null as uuid) as group_id from networks
            union all select id, code, name, network_id, id, null from regions
            union all select id, code, name, network_id, region_id, id from location_groups
            union all select id, code, name, network_id, region_id, group_id from locations
        ) u where {condition}"
    );
    let people = format!(
        "select p.id::text, p.email from persons p join memberships m on m.person_id = p.id
        where m.unit_id in (select id from ({units}) as units)"
    );
    let networks = &databases.networks.connection;
    let found = rows::<3>(networks, &units.replace("select id, code", "select id::text as id, code")).await;
    let mut names: Names = rows::<2>(networks, &people).await.into_iter().flatten().collect();
    let ids: Vec<String> = found.iter().map(|[id, ..]| format!("'{id}'")).collect();
    for [id, code, name] in found {
        // Codes of regions are as short as `W`, and occur in other texts.
        names.extend([id, code, name].into_iter().filter(|text| text.len() > 6));
    }
    let of_units = format!("where unit_id in ({})", ids.join(", "));
    let requirements = format!("select id::text from requirements {of_units}");
    let integrations = format!("select id::text from integrations {of_units}");
    for (database, sql) in
        [(&databases.compliance.connection, requirements), (&databases.integrations.connection, integrations)]
    {
        names.extend(rows::<1>(database, &sql).await.into_iter().flatten());
    }
    assert!(names.len() > 10, "{condition}: {names:?}");
    names
}
