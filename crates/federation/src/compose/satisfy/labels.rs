//! Settings of the override labels that are tried.

use crate::graph::{Graph, LabelId};

/// All settings are tried up to this many labels; beyond, every pair of labels is.
const MAX_EXHAUSTIVE: usize = 5;

/// The settings to try, each as the labels that are set. The first sets none.
pub(super) fn assignments(graph: &Graph) -> Vec<Vec<LabelId>> {
    subsets(graph.labels().len())
        .into_iter()
        .map(|subset| subset.into_iter().map(LabelId::from).collect())
        .collect()
}

fn subsets(count: usize) -> Vec<Vec<usize>> {
    if count <= MAX_EXHAUSTIVE {
        let chosen = |bits: u32| (0..count).filter(|index| bits >> index & 1 == 1).collect();
        return (0..1u32 << count).map(chosen).collect();
    }
    // A field is lost or won by one label; a plan that fails only for three labels at once is not looked for.
    let mut subsets = vec![Vec::new(), (0..count).collect()];
    for first in 0..count {
        subsets.push(vec![first]);
        subsets.push((0..count).filter(|index| *index != first).collect());
        subsets.extend((first + 1..count).map(|second| vec![first, second]));
    }
    subsets
}

#[cfg(test)]
mod tests {
    use super::subsets;

    #[test]
    fn few_labels_are_tried_in_all_settings() {
        assert_eq!(subsets(0), [Vec::<usize>::new()]);
        assert_eq!(subsets(2), [vec![], vec![0], vec![1], vec![0, 1]]);
    }

    #[test]
    fn many_labels_are_tried_in_pairs() {
        assert_eq!(subsets(20).len(), 2 + 20 + 20 + 190);
    }
}
