//! Metrics as the protocol of OpenTelemetry has them
//! (<https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/>).

use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value};
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value;
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, Gauge, Histogram, HistogramDataPoint, Metric, NumberDataPoint, Sum, metric,
};

use super::openmetrics::{Family, Sample};

/// When something was counted, in nanoseconds since 1970.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    /// Since when.
    pub(super) start: u64,
    /// Until when.
    pub(super) end: u64,
}

/// A metric; `None` if there is nothing to tell, or it is of a kind that is not known.
pub(super) fn metric(family: &Family<'_>, span: Span) -> Option<Metric> {
    if family.samples.is_empty() {
        return None;
    }
    let data = match family.kind {
        "counter" => metric::Data::Sum(Sum {
            data_points: numbers(family, span),
            aggregation_temporality: AggregationTemporality::Cumulative.into(),
            is_monotonic: true,
        }),
        "gauge" => metric::Data::Gauge(Gauge { data_points: numbers(family, span) }),
        "histogram" => metric::Data::Histogram(Histogram {
            data_points: histograms(family, span),
            aggregation_temporality: AggregationTemporality::Cumulative.into(),
        }),
        _ => return None,
    };
    Some(Metric {
        name: family.name.to_owned(),
        description: family.help.to_owned(),
        // By UCUM, as OpenTelemetry wants it.
        unit: if family.unit == "seconds" { "s" } else { family.unit }.to_owned(),
        metadata: Vec::new(),
        data: Some(data),
    })
}

fn numbers(family: &Family<'_>, span: Span) -> Vec<NumberDataPoint> {
    let point = |sample: &Sample<'_>| {
        let value = match sample.value.parse() {
            Ok(whole) => Value::AsInt(whole),
            Err(_) => Value::AsDouble(sample.value.parse().ok()?),
        };
        Some(NumberDataPoint {
            attributes: attributes(&sample.labels),
            start_time_unix_nano: span.start,
            time_unix_nano: span.end,
            value: Some(value),
            ..NumberDataPoint::default()
        })
    };
    family.samples.iter().filter_map(point).collect()
}

/// One histogram for each set of labels, whose samples stand together: sum, count, then buckets in order, each with all
/// those before it.
fn histograms(family: &Family<'_>, span: Span) -> Vec<HistogramDataPoint> {
    let mut points: Vec<HistogramDataPoint> = Vec::new();
    let mut before = 0;
    for Sample { suffix, labels, value } in &family.samples {
        let bound = labels.iter().find(|(name, _)| *name == "le").map(|(_, bound)| bound.as_str());
        if *suffix == "_sum" {
            points.push(HistogramDataPoint {
                attributes: attributes(labels),
                start_time_unix_nano: span.start,
                time_unix_nano: span.end,
                sum: value.parse().ok(),
                ..HistogramDataPoint::default()
            });
            before = 0;
        }
        let (Some(point), Ok(number)) = (points.last_mut(), value.parse::<u64>()) else { continue };
        match *suffix {
            "_count" => point.count = number,
            "_bucket" => {
                point.bucket_counts.push(number.saturating_sub(before));
                before = number;
                // The last has no bound.
                point.explicit_bounds.extend(
                    bound.and_then(|bound| bound.parse().ok()).filter(|bound: &f64| bound.is_finite()),
                );
            }
            _ => {}
        }
    }
    points
}

fn attributes(labels: &[(&str, String)]) -> Vec<KeyValue> {
    let told = labels.iter().filter(|(name, _)| *name != "le");
    told.map(|(name, value)| attribute(name, any_value::Value::StringValue(value.clone()))).collect()
}

/// What is told of the process itself.
pub(super) fn described(name: &str, value: opentelemetry::Value) -> KeyValue {
    KeyValue { key: name.to_owned(), value: Some(value.into()), ..KeyValue::default() }
}

fn attribute(name: &str, value: any_value::Value) -> KeyValue {
    KeyValue { key: name.to_owned(), value: Some(AnyValue { value: Some(value) }), ..KeyValue::default() }
}

#[cfg(test)]
mod tests {
    use super::super::openmetrics::read;
    use super::*;

    const SPAN: Span = Span { start: 1, end: 2 };

    #[test]
    fn a_counter_is_a_sum_without_its_suffix() {
        let text = "# HELP a A.\n# TYPE a counter\na_total{x=\"1\"} 7\na_total{x=\"2\"} 0.5\n";
        let Metric { name, description, data, .. } = metric(&read(text)[0], SPAN).unwrap();
        assert_eq!((&*name, &*description), ("a", "A"));
        let Some(metric::Data::Sum(sum)) = data else { panic!("{data:?}") };
        assert!(sum.is_monotonic && sum.aggregation_temporality == 2, "{sum:?}");
        let points: Vec<_> = sum.data_points.iter().map(|point| point.value).collect();
        assert_eq!(points, [Some(Value::AsInt(7)), Some(Value::AsDouble(0.5))]);
        let label = attribute("x", any_value::Value::StringValue("1".to_owned()));
        assert_eq!(sum.data_points[0].attributes, [label]);
        assert_eq!((sum.data_points[0].start_time_unix_nano, sum.data_points[0].time_unix_nano), (1, 2));
    }

    #[test]
    fn a_histogram_counts_each_bucket_by_itself() {
        let text = "# HELP a A.\n# TYPE a histogram\n# UNIT a seconds\n\
                    a_sum{x=\"1\"} 0.7\na_count{x=\"1\"} 5\na_bucket{le=\"0.1\",x=\"1\"} 2\n\
                    a_bucket{le=\"0.5\",x=\"1\"} 4\na_bucket{le=\"+Inf\",x=\"1\"} 5\n\
                    a_sum{x=\"2\"} 3.0\na_count{x=\"2\"} 1\na_bucket{le=\"0.1\",x=\"2\"} 0\n\
                    a_bucket{le=\"0.5\",x=\"2\"} 0\na_bucket{le=\"+Inf\",x=\"2\"} 1\n";
        let Metric { unit, data, .. } = metric(&read(text)[0], SPAN).unwrap();
        assert_eq!(unit, "s");
        let Some(metric::Data::Histogram(Histogram { data_points, .. })) = data else { panic!("{data:?}") };
        let told: Vec<_> = data_points
            .iter()
            .map(|point| (point.sum, point.count, &*point.explicit_bounds, &*point.bucket_counts))
            .collect();
        assert_eq!(
            told,
            [
                (Some(0.7), 5, &[0.1, 0.5][..], &[2, 2, 1][..]),
                (Some(3.0), 1, &[0.1, 0.5][..], &[0, 0, 1][..])
            ]
        );
        assert!(data_points.iter().all(|point| point.attributes.len() == 1), "{data_points:?}");
    }

    #[test]
    fn what_has_no_value_yet_is_not_told() {
        assert_eq!(metric(&read("# HELP a A.\n# TYPE a counter\n")[0], SPAN), None);
        assert_eq!(metric(&read("# HELP a A.\n# TYPE a info\na_info 1\n")[0], SPAN), None);
    }
}
