//! The names that are mentioned.

use super::{Analyser, Context};
use crate::Result;
use crate::card::{Claim, Grounds};
use crate::draft::Draft;
use crate::material::Material;
use crate::rules::names::{Named, named};
use vireo_domain::AnnotationKind;

/// Names kept of a video: of a long one only what comes up often.
const MOST: usize = 24;

/// See the module.
pub(super) struct Names;

impl Analyser for Names {
    fn name(&self) -> &'static str {
        "names"
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

/// What is said of names; nothing of a video with hardly a word.
pub(crate) fn claims(material: &Material) -> Vec<Claim> {
    let names = if material.is_thin() { Vec::new() } else { named(material, MOST) };
    names.into_iter().map(stated).collect()
}

fn stated(Named { name, times, sentence, span }: Named) -> Claim {
    // What is mentioned again is less likely a slip of the recogniser.
    let confidence = if times > 1 { 0.8 } else { 0.6 };
    Claim::of_rules(AnnotationKind::Name, name, Grounds::words(&sentence, span, confidence))
}
