//! How near a video is to what a person likes: one rule for what they said,
//! picked and did.

/// Cosine (in the centred space) up to which a video has nothing to do with an
/// interest. There "unlike" is about 0, give or take this much.
const FLOOR: f32 = 0.1;

/// A video belongs to the interest it is nearest to, and to those that are at
/// least this share as near. Of one halfway to something else we say nothing.
const SHARE: f32 = 0.6;

/// Turns the cosines of one video to the interests of a person (in the centred
/// space) into its nearness to each, 0 to 1: the cosine above a floor of 0.1,
/// and 0 for interests that are less than 0.6 as near as the nearest.
///
/// ```
/// let mut near = [0.55, 0.05, 0.28, 0.46];
/// vireo_interest::nearness(&mut near);
/// assert_eq!(near.map(|near| (near * 100.0).round()), [50.0, 0.0, 0.0, 40.0]);
/// ```
pub fn nearness(cosines: &mut [f32]) {
    let mut nearest = 0.0_f32;
    for value in cosines.iter_mut() {
        *value = ((*value - FLOOR) / (1.0 - FLOOR)).clamp(0.0, 1.0);
        nearest = nearest.max(*value);
    }
    for value in cosines.iter_mut().filter(|value| **value < SHARE * nearest) {
        *value = 0.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_nearest_stays_nearest_and_the_unlike_is_nothing(
            cosines in prop::collection::vec(-1.0f32..=1.0, 1..9),
        ) {
            let mut near = cosines.clone();
            nearness(&mut near);
            let most = |values: &[f32]| values.iter().copied().fold(f32::MIN, f32::max);
            for (cosine, near_to) in cosines.iter().zip(&near) {
                prop_assert!((0.0..=1.0).contains(near_to));
                prop_assert!(*cosine > FLOOR || *near_to == 0.0);
                prop_assert!(*near_to == 0.0 || *near_to >= SHARE * most(&near));
                prop_assert!(*cosine < most(&cosines) || *near_to == most(&near));
            }
        }
    }
}
