//! Options whose value cannot be used.

use crate::program::Folder;

#[test]
fn metrics_are_not_sent_more_often_than_once_a_second() {
    let collector = ["serve", "--otlp-endpoint", "http://127.0.0.1:9"];
    for (interval, reason) in [("10ms", "must be at least 1s"), ("often", "duration")] {
        let said =
            Folder::new().run(&[&collector[..], &["--otlp-metrics-interval", interval]].concat()).failed();
        assert!(said.contains(reason) && said.contains("--otlp-metrics-interval"), "{said}");
    }
}
