//! Topics that belong together.

use crate::Matrix;
use crate::clusters::silhouette;
use crate::linkage::Linkage;
use std::cmp::Reverse;
use vireo_domain::Topic;

/// As many topics can be surveyed; of more, those that are alike are put together.
const AT_A_GLANCE: usize = 8;

/// So many parts name their whole.
const FEW: usize = 3;

/// Groups of topics become one while they are at least so much alike, by the
/// mean cosine of their centres: in the centred space what has nothing in
/// common is at 0.
const ALIKE: f32 = 0.1;

/// The places of topics that belong together, two or more each; nothing where
/// there are few. Average linkage, cut where the silhouette is best.
pub(super) fn together(topics: &[Topic]) -> Vec<Vec<usize>> {
    if topics.len() <= AT_A_GLANCE {
        return Vec::new();
    }
    let mut centres = Matrix::new(topics[0].centre.dimensions());
    for topic in topics {
        centres.push(topic.centre.as_slice());
    }
    let linkage = Linkage::new(&centres);
    let cuts = (linkage.left(ALIKE).max(2)..topics.len()).map(|count| {
        let groups = linkage.groups(count);
        (silhouette(&centres, &groups, count), groups, count)
    });
    let best = cuts.reduce(|best, next| if next.0 > best.0 { next } else { best });
    let Some((_, of_topic, count)) = best else { return Vec::new() };
    let mut groups: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (topic, group) in of_topic.into_iter().enumerate() {
        groups[group].push(topic);
    }
    groups.retain(|group| group.len() > 1);
    groups
}

/// The first words of the names of two or three topics are the clearer name for
/// what they are together; of more, what they share is. In English and Chinese.
pub(super) fn name_of_few(parts: &[&Topic]) -> Option<(String, String)> {
    if parts.len() > FEW {
        return None;
    }
    let mut parts = parts.to_vec();
    parts.sort_by_key(|topic| Reverse(topic.size));
    let joined = |reads_chinese: bool, joint: &str| {
        let mut words: Vec<&str> = Vec::new();
        for topic in &parts {
            let first = topic.name_for(reads_chinese).split([',', '、']).next();
            words.extend(first.map(str::trim).filter(|word| !words.contains(word)));
        }
        words.join(joint)
    };
    Some((joined(false, ", "), joined(true, "、")))
}
