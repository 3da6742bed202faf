//! Metrics of spans on their way to a collector, looked at when they are read.

use std::fmt::Error;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;

/// The counters of the traces that this process exports.
#[derive(Debug)]
pub(super) struct Exported;

impl Collector for Exported {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), Error> {
        let traces::Counts { exported, no_room, not_taken } = traces::counts();
        let help = "Spans that the collector took";
        let counter =
            encoder.encode_descriptor("gateway_traces_exported", help, None, MetricType::Counter)?;
        ConstCounter::new(exported).encode(counter)?;
        let help = "Spans that did not reach the collector";
        let mut family =
            encoder.encode_descriptor("gateway_traces_dropped", help, None, MetricType::Counter)?;
        for (reason, count) in [("no_room", no_room), ("not_taken", not_taken)] {
            let labels = [("reason", reason)];
            ConstCounter::new(count).encode(family.encode_family(&labels)?)?;
        }
        Ok(())
    }
}
