//! multilingual-e5-small (Wang et al., "Multilingual E5 Text Embeddings",
//! 2024), 4-bit weights, on llama.cpp: about 100 languages in one space of 384
//! dimensions.
//!
//! [`convert`] makes the files of this folder from the copy that a package
//! carries; [`E5Embedder`] runs them. The text is cut into tokens here
//! (`tokenizer`), because the package has its normalisation as a plain
//! table, which llama.cpp's own unigram tokenizer does not read.

use super::{Purpose, TextEmbedder};
use crate::llama::{self, Session, engine_error};
use crate::{Error, Result, clock};
use llama_cpp_2::context::params::{LlamaContextParams, LlamaPoolingType};
use llama_cpp_2::llama_batch::LlamaBatch;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::token::LlamaToken;
use pool::Pool;
use std::num::NonZeroU32;
use std::path::Path;
use std::sync::Arc;
use tokenizer::Tokenizer;
use vireo_domain::Embedding;

mod conversion;
mod gguf;
mod package;
mod pool;
mod tokenizer;

pub use conversion::convert;

const NAME: &str = "multilingual-e5-small-q4";
const MODEL_FILE: &str = "multilingual-e5-small-q4.gguf";

/// Tokens of one text, the model's limit.
const TOKENS: usize = 512;
/// Tokens of one computation of several texts. llama.cpp keeps a number for
/// every token and every piece of the vocabulary, though nobody asks for them:
/// 1 MB a token (measured: 830 MB for two threads at 512 tokens). And attention is
/// computed between all tokens of a computation, and masked afterwards.
const TOGETHER: usize = 128;
/// Texts of one computation.
const SEQUENCES: usize = 64;
/// A computation is not made smaller than this to give every thread one.
const FEWEST_TOKENS: usize = 64;

/// multilingual-e5-small. Each thread computes for itself: llama.cpp's threads
/// spin while they wait for one another, which on a busy machine costs far more
/// than it gains.
pub struct E5Embedder {
    tokenizer: Tokenizer,
    dimensions: usize,
    threads: usize,
    model: Arc<LlamaModel>,
    sessions: Pool<Session>,
}

impl E5Embedder {
    /// Opens the files that [`convert`] made. `threads` 0: all cores.
    pub fn open(dir: &Path, threads: usize) -> Result<Self> {
        let gguf = dir.join(MODEL_FILE);
        if !gguf.is_file() {
            return Err(Error::Missing {
                name: NAME.to_owned(),
                dir: dir.to_owned(),
                profile: "standard".to_owned(),
            });
        }
        let tokenizer = Tokenizer::open(dir)?;
        let model = llama::load(&gguf)?;
        let threads = llama::threads(threads);
        let sessions = (0..threads).map(|_| session(&model));
        let sessions = Pool::new(sessions.collect::<Result<_>>()?);
        Ok(Self { tokenizer, dimensions: model.n_embd_out() as usize, threads, model, sessions })
    }

    /// Embeds texts that together fit one computation.
    fn compute(&self, texts: &[&[LlamaToken]]) -> Result<Vec<Embedding>> {
        let mut batch = LlamaBatch::new(TOKENS, 1);
        for (sequence, tokens) in (0..).zip(texts) {
            batch.add_sequence(tokens, sequence, true).map_err(engine_error)?;
        }
        self.sessions.lend(|session| {
            let embeddings: Result<Vec<Embedding>> = session.with_dependent_mut(|_, context| {
                context.encode(&mut batch).map_err(engine_error)?;
                (0..texts.len() as i32)
                    .map(|sequence| {
                        let values = context.embeddings_seq_ith(sequence).map_err(engine_error)?;
                        Ok(Embedding::new(values.to_vec()))
                    })
                    .collect()
            });
            if texts.iter().map(|tokens| tokens.len()).sum::<usize>() > TOGETHER {
                // What a long text took is given back.
                *session = self::session(&self.model)?;
            }
            embeddings
        })
    }
}

/// A context for one thread.
fn session(model: &Arc<LlamaModel>) -> Result<Session> {
    let params = LlamaContextParams::default()
        .with_n_ctx(NonZeroU32::new(TOKENS as u32))
        .with_n_batch(TOKENS as u32)
        .with_n_ubatch(TOKENS as u32)
        .with_n_seq_max(SEQUENCES as u32)
        .with_kv_unified(true)
        .with_embeddings(true)
        .with_pooling_type(LlamaPoolingType::Mean);
    llama::session(model, params, 1)
}

impl TextEmbedder for E5Embedder {
    fn name(&self) -> &str {
        NAME
    }

    fn dimensions(&self) -> usize {
        self.dimensions
    }

    fn embed(&self, texts: &[&str], purpose: Purpose) -> Result<Vec<Embedding>> {
        let _working = clock::working();
        let prefix = match purpose {
            Purpose::Query => "query: ",
            Purpose::Passage => "passage: ",
        };
        let tokens: Vec<Vec<LlamaToken>> = texts
            .iter()
            .map(|text| match text.trim() {
                "" => Vec::new(),
                text => self.tokenizer.encode(prefix, text, TOKENS),
            })
            .collect();
        let mut order: Vec<usize> = (0..texts.len()).filter(|i| !tokens[*i].is_empty()).collect();
        order.sort_by_key(|i| tokens[*i].len());
        let groups = group(&order, |i| tokens[i].len(), self.threads);

        let workers = self.threads.min(groups.len());
        let work = |worker: usize| -> Result<Vec<(usize, Embedding)>> {
            let mut done = Vec::new();
            for group in groups.iter().skip(worker).step_by(workers) {
                let texts: Vec<_> = group.iter().map(|i| tokens[*i].as_slice()).collect();
                done.extend(group.iter().copied().zip(self.compute(&texts)?));
            }
            Ok(done)
        };
        let mut embeddings = vec![Embedding::new(vec![0.0; self.dimensions]); texts.len()];
        std::thread::scope(|scope| {
            let work = &work;
            let others: Vec<_> = (1..workers).map(|w| scope.spawn(move || work(w))).collect();
            let own = (0..workers.min(1)).map(work);
            let others = others.into_iter().map(|thread| match thread.join() {
                Ok(done) => done,
                Err(panic) => std::panic::resume_unwind(panic),
            });
            for done in own.chain(others) {
                for (i, embedding) in done? {
                    embeddings[i] = embedding;
                }
            }
            Ok(())
        })?;
        Ok(embeddings)
    }
}

/// Divides texts, shortest first, into computations: texts of like length
/// together, and for each thread at least one if that is worth it.
fn group(order: &[usize], length: impl Fn(usize) -> usize, threads: usize) -> Vec<&[usize]> {
    let all: usize = order.iter().map(|i| length(*i)).sum();
    let most = all.div_ceil(threads).clamp(FEWEST_TOKENS, TOGETHER);
    let mut groups = Vec::new();
    let mut rest = order;
    while !rest.is_empty() {
        let mut total = 0;
        let fitting = rest.iter().take(SEQUENCES).take_while(|i| {
            total += length(**i);
            total <= most
        });
        // A single text may be longer than a thread's share.
        let (group, later) = rest.split_at(fitting.count().max(1));
        groups.push(group);
        rest = later;
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn groups_fit_a_computation(
            mut lengths in prop::collection::vec(1..=TOKENS, 0..200),
            threads in 1_usize..9,
        ) {
            lengths.sort_unstable();
            let order: Vec<usize> = (0..lengths.len()).collect();
            let groups = group(&order, |i| lengths[i], threads);
            prop_assert_eq!(groups.concat(), order.as_slice());
            for group in groups {
                prop_assert!(group.len() <= SEQUENCES);
                let tokens = group.iter().map(|i| lengths[*i]).sum::<usize>();
                prop_assert!(tokens <= TOGETHER || group.len() == 1, "{tokens}");
            }
        }
    }
}
