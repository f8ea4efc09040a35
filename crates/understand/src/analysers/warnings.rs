//! What somebody may want to be warned of, by the words that are said.

use super::{Analyser, Context};
use crate::Result;
use crate::card::{Claim, Grounds};
use crate::draft::Draft;
use crate::material::Material;
use crate::rules::warnings::{Warned, warned};
use vireo_domain::AnnotationKind;

/// See the module.
pub(super) struct Warnings;

impl Analyser for Warnings {
    fn name(&self) -> &'static str {
        "warnings"
    }

    fn share(&self) -> f64 {
        0.01
    }

    fn run(&self, _context: &Context<'_>, draft: &mut Draft) -> Result<()> {
        let material = draft.material();
        draft.claims.extend(claims(&material));
        Ok(())
    }
}

/// What may be warned of.
pub(crate) fn claims(material: &Material) -> Vec<Claim> {
    warned(material).into_iter().map(stated).collect()
}

fn stated(Warned { of, span, sentence }: Warned) -> Claim {
    Claim::of_rules(AnnotationKind::ContentWarning, of, Grounds::words(&sentence, span, 0.5))
}
