//! One category of a fixed list: by the words of each and by meaning.

use crate::Result;
use crate::material::Material;
use crate::text::lexicon::{Hits, Lexicon};
use crate::text::{lists, words};
use std::sync::LazyLock;
use vireo_domain::{Embedding, Language};
use vireo_pretrained::embedding::{Purpose, TextEmbedder};

static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| Lexicon::new(&lists::CATEGORIES));

/// The categories that may be chosen, with a vector for each.
pub(crate) struct Categories {
    names: Vec<String>,
    /// Place in the word lists; `None` for a category of the admin's own.
    listed: Vec<Option<usize>>,
    /// What each is about, in English and in Chinese.
    vectors: Vec<[Embedding; 2]>,
}

/// A chosen category.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Choice {
    /// Its name.
    pub(crate) name: String,
    /// 0 to 1.
    pub(crate) confidence: f32,
}

impl Choice {
    /// Its name in a language: the first of its Chinese words, or the English name.
    pub(crate) fn label(&self, language: &Language) -> &str {
        let entry = lists::CATEGORIES.iter().find(|entry| entry.name == self.name);
        match entry.and_then(|entry| entry.chinese.first()) {
            Some(label) if language.is_chinese() => label,
            _ => &self.name,
        }
    }
}

impl Categories {
    /// Embeds what each category is about.
    pub(crate) fn new(names: &[String], embedder: &dyn TextEmbedder) -> Result<Self> {
        let entry = |name: &String| lists::CATEGORIES.iter().position(|entry| entry.name == *name);
        let listed: Vec<Option<usize>> = names.iter().map(entry).collect();
        let mut texts: Vec<String> = Vec::with_capacity(names.len() * 2);
        for (name, listed) in names.iter().zip(&listed) {
            let about = |words: &[&str], joint: &str| {
                words.iter().take(10).copied().collect::<Vec<_>>().join(joint)
            };
            match listed.map(|at| &lists::CATEGORIES[at]) {
                Some(entry) => {
                    texts.push(format!("{name}: {}", about(&entry.english, ", ")));
                    texts.push(about(&entry.chinese, "、"));
                }
                None => texts.extend([name.clone(), name.clone()]),
            }
        }
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let vectors = embedder.embed(&texts, Purpose::Passage)?;
        let vectors =
            vectors.chunks_exact(2).map(|pair| [pair[0].clone(), pair[1].clone()]).collect();
        Ok(Self { names: names.to_vec(), listed, vectors })
    }

    /// The category of a text whose meaning is `gist`; `None` when unsure.
    /// The owner's word counts most.
    pub(crate) fn choose(
        &self,
        material: &Material,
        owners: Option<&str>,
        gist: &Embedding,
    ) -> Option<Choice> {
        if let Some(name) = owners.and_then(|owners| self.named(owners)) {
            return Some(Choice { name, confidence: 0.95 });
        }
        let text = material.text();
        let length = words::words(&text, &material.language).len();
        let hits = LEXICON.hits(&text, &material.language);
        let chinese = usize::from(material.language.is_chinese());
        let near: Vec<f64> =
            self.vectors.iter().map(|pair| f64::from(gist.cosine(&pair[chinese]))).collect();
        let near = standardised(&near);
        let mut scored: Vec<(f64, usize)> = (0..self.names.len())
            .map(|i| {
                let hits = self.listed[i].map(|at| hits[at]).unwrap_or_default();
                (WORDS * density(hits, length) + MEANING * near[i], i)
            })
            .filter(|(_, i)| {
                let hits = self.listed[*i].map(|at| hits[at]).unwrap_or_default();
                // One word may be there by chance, and something is always the nearest.
                hits.distinct >= 2
                    || near[*i] >= STANDING_OUT
                    || hits.distinct == 1 && near[*i] >= 1.0
            })
            .collect();
        scored.sort_by(|(a, i), (b, j)| b.total_cmp(a).then(i.cmp(j)));
        let &(best, index) = scored.first()?;
        let lead = best - scored.get(1).map_or(0.0, |(score, _)| *score);
        (best >= LEAST && lead >= LEAST_LEAD).then(|| Choice {
            name: self.names[index].clone(),
            confidence: (0.4 + 0.15 * lead).clamp(0.0, 0.9) as f32,
        })
    }

    /// The category of the list that an owner's category means.
    fn named(&self, owners: &str) -> Option<String> {
        let owners = owners.to_lowercase();
        let same = |name: &&String| name.to_lowercase() == owners;
        let translated = || {
            // YouTube's own names, as yt-dlp writes them.
            let name = match owners.as_str() {
                "pets & animals" => "animals",
                "howto & style" => "how-to",
                "science & technology" => "science",
                "news & politics" => "news",
                "autos & vehicles" => "vehicles",
                "travel & events" => "travel",
                "film & animation" => "film",
                "gaming" => "games",
                _ => return None,
            };
            self.names.iter().find(|n| *n == name)
        };
        self.names.iter().find(same).or_else(translated).cloned()
    }
}

/// Weight of a category's words against its meaning, the least score and the
/// least lead over the next: set by hand, see
/// `docs/decisions/020-cards.md`.
const WORDS: f64 = 1.0;
const MEANING: f64 = 0.8;
const LEAST: f64 = 1.6;
/// So many standard deviations nearer than the other categories needs no word.
const STANDING_OUT: f64 = 2.6;
const LEAST_LEAD: f64 = 0.3;

/// How much of the text consists of a category's words: long texts meet
/// words of every category by chance.
fn density(hits: Hits, length: usize) -> f64 {
    let expected = 1.0 + length as f64 / 150.0;
    (1.0 + (hits.distinct as f64 + 0.3 * hits.total as f64) / expected).ln() * 1.5
}

/// In standard deviations from the mean.
fn standardised(values: &[f64]) -> Vec<f64> {
    let count = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / count;
    let deviation = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / count).sqrt();
    values.iter().map(|v| if deviation > 1e-6 { (v - mean) / deviation } else { 0.0 }).collect()
}
