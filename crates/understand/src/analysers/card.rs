//! The card: by the language model if there is one, by rules if not.

use super::{Analyser, Context};
use crate::card::{Support, by_model, by_rules};
use crate::draft::Draft;
use crate::material::Material;
use crate::{CardWriter, Result};
use vireo_pretrained::embedding::Purpose;

/// See the module.
pub(super) struct Cards;

impl Analyser for Cards {
    fn name(&self) -> &'static str {
        "card"
    }

    fn share(&self) -> f64 {
        0.25
    }

    fn run(&self, context: &Context<'_>, draft: &mut Draft) -> Result<()> {
        let tools = context.tools;
        let material = draft.material();
        if material.is_thin() {
            return Ok(());
        }
        let model = match tools.config.card_writer {
            CardWriter::Rules => None,
            CardWriter::LanguageModel => tools.models.language_model().unwrap_or_else(|error| {
                draft.warn(format!("the card was written by rules: {error}"));
                None
            }),
        };
        let embedder = tools.models.text_embedder()?;
        let gist = gist(&material);
        let gist = embedder.embed(&[&gist], Purpose::Passage)?.pop();
        let gist = gist.unwrap_or(vireo_domain::Embedding::new(Vec::new()));
        let owners = draft.video.category.as_deref();
        let category = tools.categories(&*embedder)?.choose(&material, owners, &gist);
        let mut support = Support::new(&material, &*embedder, tools.baseline(&*embedder)?);
        let written = match model {
            Some(model) => {
                by_model(&*model, &material, category.as_ref(), &tools.config, &mut support)?
            }
            None => by_rules(&material, category.as_ref(), &support),
        };
        draft.analysis.warnings.extend(written.warning);
        draft.analysis.card = Some(written.card);
        draft.claims = written.claims;
        Ok(())
    }
}

/// The title and the most telling sentences: what an embedder's window holds.
fn gist(material: &Material) -> String {
    let mut gist = format!("{} {}", material.title, material.tags.join(", "));
    for sentence in crate::rules::summary::ranked(material).into_iter().take(6) {
        gist.push(' ');
        gist.push_str(&sentence.text);
    }
    gist
}
