//! Words that pictures are compared with.
//!
//! How near a picture lies to the words that fit it differs from model to model
//! and from word to word. So words are compared with others that fit any
//! picture: what shows a thing lies clearly nearer to its name than to those.

use crate::Result;
use crate::text::fold;
use vireo_domain::{Embedding, is_han};
use vireo_pretrained::picture_text::PictureText;

/// What fits any picture.
const PLAIN: [&str; 2] = ["a photo", "照片"];

/// What cosines are multiplied by before they become likelihoods: CLIP's and
/// SigLIP's own factor after their training is 100 and a little more.
const SHARPNESS: f32 = 100.0;

/// How likely a picture that is found by words must show them, rather than
/// nothing in particular.
const LEAST: f32 = 0.9;

/// Names that are looked for, and what fits any picture.
pub(crate) struct Names {
    names: Vec<String>,
    /// Of the names, then of what fits any picture.
    vectors: Vec<Embedding>,
}

impl Names {
    /// Each of the names once, beside what fits any picture ([`plain`]).
    pub(crate) fn new(
        names: &[String],
        plain: &[Embedding],
        embedder: &dyn PictureText,
    ) -> Result<Self> {
        let mut each: Vec<String> = Vec::new();
        for name in names.iter().map(|name| name.trim()).filter(|name| !name.is_empty()) {
            if !each.iter().any(|known| known == name) {
                each.push(name.to_owned());
            }
        }
        let texts: Vec<String> = each.iter().map(|name| sentence(name)).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let mut vectors = embedder.embed_texts(&texts)?;
        vectors.extend_from_slice(plain);
        Ok(Self { vectors, names: each })
    }

    /// The names, in the order of [`Self::likelihoods`].
    pub(crate) fn all(&self) -> &[String] {
        &self.names
    }

    /// How likely a picture shows each of the names; what is left of 1 is that it
    /// shows none of them.
    pub(crate) fn likelihoods(&self, picture: &Embedding) -> Vec<f32> {
        let scores = self.vectors.iter().map(|words| SHARPNESS * words.cosine(picture));
        let mut scores: Vec<f32> = scores.collect();
        let highest = scores.iter().copied().fold(f32::MIN, f32::max);
        for score in &mut scores {
            *score = (*score - highest).exp();
        }
        let whole: f32 = scores.iter().sum();
        scores.truncate(self.names.len());
        scores.iter().map(|score| score / whole).collect()
    }
}

/// A name as the models have met such: they were trained on captions.
fn sentence(name: &str) -> String {
    let name = fold(name);
    if name.chars().any(is_han) { format!("{name}的照片") } else { format!("a photo of {name}") }
}

/// What pictures that show something look like.
#[derive(Debug, Clone, PartialEq)]
pub struct Sought {
    /// The model whose vectors of pictures are compared.
    pub model: String,
    /// The direction from what fits any picture to what is sought.
    pub direction: Embedding,
    /// Cosine from which on a picture shows it rather than nothing in particular.
    pub floor: f32,
}

/// What fits any picture, embedded.
pub(crate) fn plain(embedder: &dyn PictureText) -> Result<Vec<Embedding>> {
    Ok(embedder.embed_texts(&PLAIN)?)
}

/// What to look for, given the vector of the words; `None` if they say nothing.
pub(crate) fn sought(model: &str, words: &Embedding, plain: &[Embedding]) -> Option<Sought> {
    let mut difference = words.as_slice().to_vec();
    for other in plain {
        for (value, other) in difference.iter_mut().zip(other.as_slice()) {
            *value -= other / plain.len() as f32;
        }
    }
    let length = difference.iter().map(|value| value * value).sum::<f32>().sqrt();
    if words.is_zero() || length < f32::EPSILON {
        return None;
    }
    // Of two choices one is so likely when its score is ahead by this.
    let ahead = (LEAST / (1.0 - LEAST)).ln() / SHARPNESS;
    let floor = ahead / length;
    Some(Sought { model: model.to_owned(), direction: Embedding::new(difference), floor })
}

#[cfg(test)]
mod tests {
    use super::*;
    use vireo_pretrained::picture::Picture;

    /// Knows a few words as given vectors.
    struct Known(Vec<(&'static str, [f32; 2])>);

    impl PictureText for Known {
        fn name(&self) -> &'static str {
            "known"
        }
        fn embed_pictures(&self, _: &[Picture<'_>]) -> vireo_pretrained::Result<Vec<Embedding>> {
            Ok(Vec::new())
        }
        fn embed_texts(&self, texts: &[&str]) -> vireo_pretrained::Result<Vec<Embedding>> {
            let vector = |text: &&str| {
                let known = self.0.iter().find(|(words, _)| words == text);
                Embedding::new(known.map_or([0.0; 2], |(_, vector)| *vector).to_vec())
            };
            Ok(texts.iter().map(vector).collect())
        }
    }

    fn known() -> Known {
        Known(vec![
            ("a photo of dog", [1.0, 0.5]),
            ("狗的照片", [1.0, 0.6]),
            ("a photo", [0.0, 1.0]),
            ("照片", [0.0, 1.0]),
        ])
    }

    #[test]
    fn a_name_is_likely_only_where_it_fits_better_than_nothing_in_particular() {
        let names = ["dog", " dog ", "", "狗"].map(str::to_owned);
        let plain = plain(&known()).expect("embedded");
        let names = Names::new(&names, &plain, &known()).expect("embedded");
        assert_eq!(names.all(), ["dog", "狗"]);
        let dog = names.likelihoods(&Embedding::new(vec![1.0, 0.5]));
        assert!(dog.iter().sum::<f32>() > 0.99 && dog[0] > dog[1], "{dog:?}");
        let any = names.likelihoods(&Embedding::new(vec![0.0, 1.0]));
        assert!(any.iter().sum::<f32>() < 0.01, "{any:?}");
    }

    #[test]
    fn the_floor_is_where_the_words_are_as_likely_as_said() {
        let known = known();
        let words = known.embed_texts(&["a photo of dog"]).expect("known").remove(0);
        let plain = plain(&known).expect("known");
        let sought = sought("known", &words, &plain).expect("says something");
        // At the floor, the softmax of the two is LEAST.
        for ahead in [-0.001_f32, 0.001] {
            let cosine = sought.floor + ahead;
            let along = sought.direction.as_slice();
            let across = [-along[1], along[0]];
            let rest = (1.0 - cosine * cosine).sqrt();
            let at = |place: usize| cosine * along[place] + rest * across[place];
            let picture = Embedding::new(vec![at(0), at(1)]);
            let margin = SHARPNESS * (words.cosine(&picture) - plain[0].cosine(&picture));
            let likely = 1.0 / (1.0 + (-margin).exp());
            assert_eq!(likely > LEAST, ahead > 0.0, "{likely} at {ahead}");
        }
        let nothing = Embedding::new(vec![0.0; 2]);
        assert_eq!(super::sought("known", &nothing, &plain), None);
    }
}
