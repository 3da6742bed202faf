//! Importing files as spreadsheets write them, good and bad.

use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

use crate::audit::loads;
use crate::program::{Folder, number, text};

/// As a spreadsheet writes it: byte order mark, CRLF, quotes, blank lines.
const LOCATIONS: &str = "\u{feff}Code,Name,Region,Group,Street,City,Postal Code,Country,Time Zone,Currency,Chairs Total,Chairs Active,Opened On\r\n\
    A-1,\"Market, North\",N,N1,\"1 \"\"Old\"\" Street\",Boston,02101,US,America/New_York,USD,6,5,2023-04-01\r\n\
    \r\n\
    A-2,Harbour,N,N2,,Boston,02102,US,America/New_York,USD,4,,\r\n\
    ,,,,,,,,,,,,\r\n\
    B-1,Lakeside,S,S1,,Miami,33101,US,America/New_York,USD,8,8,2024-01-15\r\n";

const PERFORMANCE: &str = "location,date,revenue,transactions,clients_served,clients_new\r\n\
    A-1,2026-01-02,1234.50,31,30,4\r\n\
    A-1,2026-01-03,980,25,25,2\r\n\
    B-1,2026-01-02,0.07,1,1,1\r\n";

fn import(folder: &Folder, options: &[&str]) -> crate::program::Outcome {
    folder.run(&[&["import", "--network", "acme"], options].concat())
}

fn filled() -> Folder {
    let folder = Folder::new();
    let locations = folder.write("locations.csv", LOCATIONS);
    let performance = folder.write("performance.csv", PERFORMANCE);
    import(
        &folder,
        &[
            "--create-network",
            "Acme Cuts",
            "--locations",
            text(&locations),
            "--performance",
            text(&performance),
        ],
    )
    .succeeded();
    folder
}

#[tokio::test]
async fn a_spreadsheets_files_become_units_and_figures() {
    let folder = filled();
    let databases = folder.platform().await.databases();
    assert_eq!(number(&databases.networks, "select count(*) from networks").await, 1);
    assert_eq!(number(&databases.networks, "select count(*) from networks where is_demo").await, 0);
    assert_eq!(number(&databases.networks, "select count(*) from regions").await, 2);
    assert_eq!(number(&databases.networks, "select count(*) from locations").await, 3);
    let chairs = "select chairs_active from locations where code = 'A-2'";
    assert_eq!(number(&databases.networks, chairs).await, 4, "all chairs are active when the cell is empty");
    let revenue = "select sum(revenue) from daily_facts";
    assert_eq!(number(&databases.analytics, revenue).await, 123_450 + 98_000 + 7);
}

#[tokio::test]
async fn importing_again_doubles_nothing_and_takes_over_corrections() {
    let folder = filled();
    let again = folder.write("again.csv", LOCATIONS);
    let figures = folder.write("figures.csv", PERFORMANCE.replace("980,", "990,"));
    let options = ["--locations", text(&again), "--performance", text(&figures)];
    let said = import(&folder, &options).succeeded();
    assert!(said.contains("0 units made, 0 changed"), "{said}");
    let databases = folder.platform().await.databases();
    assert_eq!(number(&databases.networks, "select count(*) from locations").await, 3);
    assert_eq!(number(&databases.analytics, "select count(*) from daily_facts").await, 3);
    let revenue = "select sum(revenue) from daily_facts";
    assert_eq!(number(&databases.analytics, revenue).await, 123_450 + 99_000 + 7);

    let renamed =
        folder.write("renamed.csv", LOCATIONS.replace("Harbour", "Harbor").replace(",N,N2,", ",S,S1,"));
    let said = import(&folder, &["--locations", text(&renamed)]).succeeded();
    assert!(said.contains("0 units made, 1 changed"), "{said}");
    let moved = "select count(*) from directory_units d join locations l on l.id = d.id \
        where l.code = 'A-2' and d.name = 'Harbor' and d.group_id = l.group_id and d.region_id = l.region_id";
    assert_eq!(number(&databases.networks, moved).await, 1, "the directory moves with the location");
}

#[tokio::test]
async fn a_file_with_one_bad_row_changes_nothing_and_names_every_problem() {
    let folder = filled();
    let file = folder.write(
        "bad.csv",
        "location,date,revenue,clients_served,clients_new\n\
         A-1,2026-02-01,100.00,10,1\n\
         A-9,2026-02-01,100.00,10,1\n\
         A-1,01/02/2026,100.00,10,1\n\
         A-1,2026-02-03,\"1,234.50\",10,1\n\
         A-1,2026-02-04,12.345,10,1\n\
         A-1,2026-02-05,10.00,1,2\n\
         A-1,2026-02-01,10.00,1,1\n\
         A-1,2999-01-01,10.00,1,1\n",
    );
    let said = import(&folder, &["--performance", text(&file)]).failed();
    for expected in [
        "7 problems, nothing was imported",
        "line 3, column `location`: the network has no location with the code `A-9`",
        "line 4, column `date`: `01/02/2026` is not a date: write it as YYYY-MM-DD",
        "line 5, column `revenue`: `1,234.50` has a thousands separator",
        "line 6, column `revenue`: `12.345` has more than 2 decimals",
        "line 7, column `clients_served`",
        "line 8, column `date`: this location's day stands on line 2 already",
        "line 9, column `date`: is in the future",
    ] {
        assert!(said.contains(expected), "no `{expected}` in\n{said}");
    }
    let databases = folder.platform().await.databases();
    assert_eq!(number(&databases.analytics, "select count(*) from daily_facts").await, 3);
}

#[tokio::test]
async fn what_is_wrong_with_a_file_is_told_though_the_trail_cannot_be() {
    let folder = filled();
    let databases = folder.platform().await.databases();
    databases.analytics.execute_unprepared("DROP TABLE load_notices").await.unwrap();
    let bad = folder.write("bad.csv", "location,date,revenue\nA-9,2026-02-01,100.00\n");
    let said = import(&folder, &["--performance", text(&bad)]).failed();
    assert!(
        said.contains("no location with the code `A-9`")
            && said.contains("the audit trail was not told of it"),
        "{said}"
    );
}

#[test]
fn files_in_another_form_are_refused_with_a_hint() {
    let folder = filled();
    for (name, content, expected) in [
        ("semicolons.csv", "location;date;revenue\nA-1;2026-01-02;1\n".as_bytes(), "separated by semicolons"),
        ("latin1.csv", b"location,date,revenue\nCaf\xe9,2026-01-02,1\n".as_slice(), "CSV UTF-8"),
        ("columns.csv", b"location,day,revenue\n", "unknown column `day`"),
        ("empty.csv", b"", "the first line must name the columns"),
        ("cells.csv", b"location,date,revenue\nA-1,2026-01-02,1,234\n", "4 cells where the header has 3"),
    ] {
        let file = folder.write(name, content);
        let said = import(&folder, &["--performance", text(&file)]).failed();
        assert!(said.contains(expected), "{name}: no `{expected}` in\n{said}");
    }
    let missing = import(&folder, &["--performance", "no-such-file.csv"]).failed();
    assert!(missing.contains("no-such-file.csv") && missing.contains("cannot be read"), "{missing}");
}

#[test]
fn an_unknown_network_and_a_code_of_another_network_are_refused() {
    let folder = filled();
    let file = folder.write("locations.csv", LOCATIONS);
    let said = folder.run(&["import", "--network", "acne", "--locations", text(&file)]).failed();
    assert!(said.contains("there is no network `acne`") && said.contains("`acme`"), "{said}");
    let said = folder
        .run(&["import", "--network", "other", "--create-network", "Other", "--locations", text(&file)])
        .failed();
    assert!(said.contains("the code `A-1` belongs to a location of another network"), "{said}");
    let said = folder.run(&["import", "--network", "other", "--locations", text(&file)]).failed();
    assert!(said.contains("there is no network `other`"), "a refused file leaves no network: {said}");
}

/// A location as a line of a file with the columns `code,region,group,status` and what else is needed.
fn standing(code: &str, region: &str, group: &str, status: &str) -> String {
    format!("{code},{region},{group},{status},Shop,US,America/New_York,USD,4\n")
}

fn import_lines(folder: &Folder, name: &str, lines: &[String]) -> crate::program::Outcome {
    let header = "code,region,group,status,name,country,time_zone,currency,chairs_total\n";
    let file = folder.write(name, format!("{header}{}", lines.concat()));
    import(folder, &["--locations", text(&file)])
}

#[tokio::test]
async fn an_import_takes_the_steps_of_the_life_cycle_and_no_others() {
    let folder = filled();
    let steps = [standing("A-1", "N", "N1", "SUSPENDED"), standing("B-1", "S", "S1", "TERMINATED")];
    import_lines(&folder, "steps.csv", &steps).succeeded();
    import_lines(&folder, "again.csv", &steps).succeeded();
    let databases = folder.platform().await.databases();
    let ended = "update directory_units set status = 'TERMINATED' where code in ('S1', 'S')";
    databases.networks.execute_unprepared(ended).await.unwrap();
    drop(databases);

    let lines = [
        standing("A-1", "N", "N1", "PENDING"),
        standing("A-2", "N", "N2", "INACTIVE"),
        standing("B-1", "N", "N1", "ACTIVE"),
        standing("A-3", "S", "S1", "ACTIVE"),
        standing("A-4", "S", "S9", "ACTIVE"),
    ];
    let said = import_lines(&folder, "refused.csv", &lines).failed();
    for expected in [
        "5 problems, nothing was imported",
        "line 2, column `status`: the unit is SUSPENDED and cannot become PENDING: next may be DEVELOPMENT, ACTIVE",
        "line 4, column `status`: the unit is TERMINATED, which is final",
        "line 4, column `group`: the location is TERMINATED: it stays where it was",
        "line 5, column `group`: the group is TERMINATED: nothing can be below it any more",
        "line 6, column `group`: the region is TERMINATED: nothing can be below it any more",
    ] {
        assert!(said.contains(expected), "no `{expected}` in\n{said}");
    }
    let databases = folder.platform().await.databases();
    let count = async |condition: &str| {
        number(&databases.networks, &format!("select count(*) from locations where {condition}")).await
    };
    assert_eq!(count("code = 'A-2' and status = 'ACTIVE'").await, 1, "the good row is not taken over either");
    assert_eq!(count("code = 'A-1' and status = 'SUSPENDED'").await, 1);
    assert_eq!(count("code = 'B-1' and status = 'TERMINATED'").await, 1);
    assert_eq!(count("true").await, 3);
}

#[tokio::test]
async fn each_file_is_one_entry_of_the_audit_trail_and_none_when_it_changes_nothing() {
    let folder = filled();
    let corrected = folder.write("figures.csv", PERFORMANCE.replace("980,", "990,"));
    import(&folder, &["--by", "Ann", "--performance", text(&corrected)]).succeeded();
    // Nothing is different.
    import(&folder, &["--by", "Ann", "--performance", text(&corrected)]).succeeded();
    let bad = folder.write("bad.csv", "location,date,revenue\nA-1,2026-02-01,1\nA-9,2026-02-01,1\nA-9,x,1\n");
    import(&folder, &["--by", "Ann", "--performance", text(&bad)]).failed();
    import(&folder, &["--by", "Ann", "--performance", "nowhere.csv"]).failed();

    let mut entries = loads(&folder).await;
    let digests = entries.iter_mut().map(|entry| entry["load"]["sourceDigest"].take());
    let digests: Vec<String> = digests.map(|digest| serde_json::from_value(digest).unwrap()).collect();
    assert!(digests.iter().all(|digest| digest.len() == 64), "{digests:?}");
    let entry = |action: &str, source: &str, by: &Value, records: Value, refused: i64| {
        json!({ "action": action, "load": { "source": source, "sourceDigest": null, "loadedBy": by,
            "records": records, "refusedRows": refused } })
    };
    let of_figures =
        |made: i64, changed: i64| json!([{ "kind": "DAILY_FIGURES", "made": made, "changed": changed }]);
    let made = |kind: &str, made: i64| json!({ "kind": kind, "made": made, "changed": 0 });
    let units = json!([
        made("NETWORK", 1),
        made("REGION", 2),
        made("GROUP", 3),
        made("LOCATION", 3),
        made("PERSON", 1),
        made("MEMBERSHIP", 1)
    ]);
    let (ann, user) = (json!("Ann"), entries[3]["load"]["loadedBy"].clone());
    assert!(user.as_str().is_some_and(|user| !user.is_empty()), "{user}");
    let expected = [
        entry("REFUSE_LOAD", "bad.csv", &ann, json!([]), 2),
        entry("LOAD_RECORDS", "figures.csv", &ann, of_figures(0, 1), 0),
        entry("LOAD_RECORDS", "performance.csv", &user, of_figures(3, 0), 0),
        entry("LOAD_RECORDS", "locations.csv", &user, units, 0),
    ];
    assert_eq!(entries, expected);
}

#[test]
fn a_name_that_does_not_fit_the_audit_trail_is_refused() {
    let folder = filled();
    for name in ["", " ", "two\nlines", &"n".repeat(201)] {
        let said = import(&folder, &["--by", name, "--performance", "figures.csv"]).failed();
        assert!(said.contains("a name has 1 to 200 characters in one line"), "{name}: {said}");
    }
}
