//! Which token comes next.

use crate::Result;
use crate::llama::engine_error;
use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::sampling::LlamaSampler;
use llama_cpp_2::token::LlamaToken;
use llama_cpp_2::token::data_array::LlamaTokenDataArray;
use llama_cpp_2::vocab::LlamaVocab;

/// The grammar is asked about this many of the likeliest tokens, and about the
/// whole vocabulary (262 144 in gemma) only when it refuses them all.
const LIKELIEST: i32 = 64;
/// Divides the logits of words that the value of this property has already.
const REPETITION_PENALTY: f32 = 1.2;
/// How many such words.
const REPETITION_WINDOW: i32 = 128;
const TEMPERATURE: f32 = 0.7;

/// Picks tokens that the grammar allows: the likeliest (seed 0), or by chance.
pub(super) struct Sampler {
    grammar: LlamaSampler,
    penalties: LlamaSampler,
    likeliest: LlamaSampler,
    choice: LlamaSampler,
}

impl Sampler {
    pub(super) fn new(model: &LlamaModel, grammar: &str, seed: u32) -> Result<Self> {
        let choice = match seed {
            0 => LlamaSampler::greedy(),
            seed => LlamaSampler::chain_simple([
                LlamaSampler::top_p(0.95, 1),
                LlamaSampler::temp(TEMPERATURE),
                LlamaSampler::dist(seed),
            ]),
        };
        Ok(Self {
            grammar: LlamaSampler::grammar(model, grammar, "root").map_err(engine_error)?,
            penalties: LlamaSampler::penalties(
                model.n_vocab(),
                REPETITION_WINDOW,
                REPETITION_PENALTY,
                0.0,
                0.0,
            ),
            likeliest: LlamaSampler::top_k(LIKELIEST),
            choice,
        })
    }

    /// The next token; `None` if the grammar allows none.
    pub(super) fn next(
        &mut self,
        context: &LlamaContext<'_>,
        vocabulary: &LlamaVocab<'_>,
    ) -> Option<LlamaToken> {
        let mut candidates = context.token_data_array_ith(-1);
        candidates.apply_sampler(&mut self.penalties);
        candidates.apply_sampler(&mut self.likeliest);
        self.allow(&mut candidates);
        if candidates.data.is_empty() {
            candidates = context.token_data_array_ith(-1);
            self.allow(&mut candidates);
        }
        if candidates.data.is_empty() {
            return None;
        }
        candidates.apply_sampler(&mut self.choice);
        let token = candidates.selected_token()?;
        self.grammar.accept(token);

        let piece = vocabulary.token_to_piece(token, false, None);
        if piece.contains(&b':') {
            // A new property: its words may be those of the one before.
            self.penalties.reset();
        } else if piece.iter().any(|byte| byte.is_ascii_alphanumeric() || !byte.is_ascii()) {
            self.penalties.accept(token);
        }
        Some(token)
    }

    /// Keeps the candidates that the grammar allows. Only such are ever
    /// accepted: on any other llama.cpp throws through the foreign interface.
    fn allow(&mut self, candidates: &mut LlamaTokenDataArray) {
        candidates.apply_sampler(&mut self.grammar);
        candidates.data.retain(|candidate| candidate.logit().is_finite());
        candidates.selected = None;
    }
}
