//! Language models in GGUF files, on llama.cpp.

use super::{LanguageModel, Question, schema};
use crate::llama::{self, Session, engine_error};
use crate::{Error, Result, clock};
use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::context::params::LlamaContextParams;
use llama_cpp_2::llama_batch::LlamaBatch;
use llama_cpp_2::model::{LlamaChatMessage, LlamaModel as Engine};
use llama_cpp_2::token::LlamaToken;
use sampler::Sampler;
use serde_json::Value;
use std::cmp::Reverse;
use std::num::NonZeroU32;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

mod sampler;

/// Longest prompt and answer, unless the model was trained with less. It costs
/// memory (gemma3-270m: 18 kB a token).
const CONTEXT_TOKENS: u32 = 4096;
/// Beginnings of prompts that are kept: one a language.
const SLOTS: u32 = 2;
/// Tokens of a prompt that are read in one go; the timeout is looked at between.
/// Only whole chunks are shared with the next prompt: the same tokens in other
/// chunks are rounded otherwise, and seed 0 would not always say the same.
const CHUNK_TOKENS: usize = 128;

/// A local language model. It answers one question at a time; other threads
/// wait (the wait does not count for their timeout).
///
/// What a prompt has in common with an earlier one is not read again: begin
/// prompts with what stays the same (instructions, examples) and end them with
/// what differs. Two such beginnings are remembered.
pub struct LlamaModel {
    name: String,
    is_instruct: bool,
    context_tokens: usize,
    model: Arc<Engine>,
    template: Option<Template>,
    state: Mutex<State>,
}

/// What the model's chat template writes before and after a prompt.
struct Template {
    before: Vec<LlamaToken>,
    after: Vec<LlamaToken>,
}

struct State {
    session: Session,
    slots: [Slot; SLOTS as usize],
    questions: u64,
}

/// A sequence of the context.
#[derive(Default)]
struct Slot {
    /// Its number in the context.
    id: u32,
    /// The tokens that the context has read.
    read: Vec<LlamaToken>,
    /// The number of the last question that used it.
    last_used: u64,
}

impl LlamaModel {
    /// Opens a GGUF file. `threads` 0: all cores. Give it no more than are idle:
    /// llama.cpp's threads spin while they wait for one another, so that on a
    /// busy machine two of them can be slower than one.
    pub fn open(gguf: &Path, name: &str, is_instruct: bool, threads: usize) -> Result<Self> {
        let model = llama::load(gguf)?;
        let context_tokens = CONTEXT_TOKENS.min(model.n_ctx_train());
        let params = LlamaContextParams::default()
            .with_n_ctx(NonZeroU32::new(context_tokens * SLOTS))
            .with_n_seq_max(SLOTS)
            .with_kv_unified(false)
            .with_n_batch(CHUNK_TOKENS as u32)
            .with_n_ubatch(CHUNK_TOKENS as u32)
            // Otherwise sliding windows (gemma) would forget the beginning that is to be shared.
            .with_swa_full(true);
        let session = llama::session(&model, params, llama::threads(threads))?;
        let slots = std::array::from_fn(|id| Slot { id: id as u32, ..Slot::default() });
        let template = if is_instruct { Template::of(&model) } else { None };
        if is_instruct && template.is_none() {
            tracing::warn!(
                model = name,
                "no chat template that llama.cpp knows; prompts go in bare"
            );
        }
        Ok(Self {
            name: name.to_owned(),
            is_instruct,
            context_tokens: context_tokens as usize,
            model,
            template,
            state: Mutex::new(State { session, slots, questions: 0 }),
        })
    }

    /// The prompt inside the chat template. Names of special tokens within the
    /// prompt are plain text: a subtitle cannot end the user's turn.
    fn prompt_tokens(&self, prompt: &str) -> Vec<LlamaToken> {
        let vocabulary = self.model.vocab();
        match &self.template {
            None => vocabulary.tokenize(prompt.as_bytes(), true, false),
            Some(Template { before, after }) => {
                let prompt = vocabulary.tokenize(prompt.as_bytes(), false, false);
                [before.as_slice(), &prompt, after].concat()
            }
        }
    }

    fn failure(&self, reason: String) -> Error {
        Error::Answer { model: self.name.clone(), reason }
    }

    fn generate(
        &self,
        state: &mut State,
        prompt: &[LlamaToken],
        question: &Question,
        mut sampler: Sampler,
    ) -> Result<Value> {
        let deadline = Deadline { start: Instant::now(), timeout: question.timeout };
        state.questions += 1;
        let questions = state.questions;
        let slot = best_slot(&mut state.slots, prompt);
        slot.last_used = questions;
        state.session.with_dependent_mut(|_, context| {
            // The last token is read again, for what follows it.
            let shared = slot.shares(prompt).min(prompt.len() - 1);
            let shared = shared / CHUNK_TOKENS * CHUNK_TOKENS;
            slot.forget(context, shared)?;
            for chunk in prompt[shared..].chunks(CHUNK_TOKENS) {
                self.in_time(deadline)?;
                slot.advance(context, chunk)?;
            }
            let vocabulary = self.model.vocab();
            let mut answer = Vec::new();
            for _ in 0..question.max_tokens {
                self.in_time(deadline)?;
                let token = sampler
                    .next(context, &vocabulary)
                    .ok_or_else(|| self.failure("no token fits the schema".to_owned()))?;
                if vocabulary.is_eog(token) {
                    break;
                }
                vocabulary.token_to_piece_into(token, &mut answer, false, None);
                // Complete before the model says so, most often.
                if answer.ends_with(b"}")
                    && let Ok(value) = serde_json::from_slice(&answer)
                {
                    return Ok(value);
                }
                slot.advance(context, &[token])?;
            }
            serde_json::from_slice(&answer).map_err(|error| {
                self.failure(format!("{error} (max_tokens is {})", question.max_tokens))
            })
        })
    }

    fn in_time(&self, deadline: Deadline) -> Result<()> {
        if deadline.start.elapsed() < deadline.timeout {
            return Ok(());
        }
        Err(self.failure(format!("not done after {:.1} s", deadline.timeout.as_secs_f32())))
    }
}

impl LanguageModel for LlamaModel {
    fn name(&self) -> &str {
        &self.name
    }

    fn is_instruct(&self) -> bool {
        self.is_instruct
    }

    fn context_tokens(&self) -> usize {
        self.context_tokens
    }

    fn count_tokens(&self, text: &str) -> usize {
        self.model.vocab().tokenize(text.as_bytes(), false, false).len()
    }

    fn answer(&self, question: &Question) -> Result<Value> {
        let _working = clock::working();
        let grammar = schema::grammar(&question.schema)
            .map_err(|reason| self.failure(format!("the schema cannot be used: {reason}")))?;
        let sampler = Sampler::new(&self.model, &grammar, question.seed)?;
        let prompt = self.prompt_tokens(&question.prompt);
        let needed = prompt.len() + question.max_tokens as usize;
        if prompt.is_empty() || needed > self.context_tokens {
            return Err(self.failure(format!(
                "the prompt has {} tokens and the answer may have {}; both must fit into {}: shorten the text",
                prompt.len(),
                question.max_tokens,
                self.context_tokens
            )));
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        self.generate(&mut state, &prompt, question, sampler)
    }
}

#[derive(Clone, Copy)]
struct Deadline {
    start: Instant,
    timeout: Duration,
}

impl Template {
    /// `None` if the model has none, or one that llama.cpp does not know.
    fn of(model: &Engine) -> Option<Self> {
        const PLACE: &str = "{prompt}";
        let template = model.chat_template(None).ok()?;
        let message = LlamaChatMessage::new("user".to_owned(), PLACE.to_owned()).ok()?;
        let text = model.apply_chat_template(&template, &[message], true).ok()?;
        let (before, after) = text.split_once(PLACE)?;
        Some(Self {
            before: model.vocab().tokenize(before.as_bytes(), true, true),
            after: model.vocab().tokenize(after.as_bytes(), false, true),
        })
    }
}

/// The slot that has most of the prompt; among those that have next to nothing
/// of it, the one that was not used for longest.
fn best_slot<'a>(slots: &'a mut [Slot], prompt: &[LlamaToken]) -> &'a mut Slot {
    /// Any two prompts begin with the same token or two.
    const NEXT_TO_NOTHING: usize = 16;
    let worth = |slot: &Slot| match slot.shares(prompt) {
        0..NEXT_TO_NOTHING => 0,
        shared => shared,
    };
    let best = (0..slots.len()).max_by_key(|i| (worth(&slots[*i]), Reverse(slots[*i].last_used)));
    &mut slots[best.unwrap_or(0)]
}

impl Slot {
    /// How many tokens of the prompt have been read already.
    fn shares(&self, prompt: &[LlamaToken]) -> usize {
        prompt.iter().zip(&self.read).take_while(|(a, b)| a == b).count()
    }

    /// Goes back to the first tokens; to none, if the model cannot go back.
    fn forget(&mut self, context: &mut LlamaContext<'_>, keep: usize) -> Result<()> {
        self.read.truncate(keep);
        let mut clear = |keep: usize| {
            context.clear_kv_cache_seq(Some(self.id), Some(keep as u32), None).map_err(engine_error)
        };
        if !clear(keep)? {
            self.read.clear();
            clear(0)?;
        }
        Ok(())
    }

    /// Reads further tokens.
    fn advance(&mut self, context: &mut LlamaContext<'_>, tokens: &[LlamaToken]) -> Result<()> {
        let mut batch = LlamaBatch::new(tokens.len(), 1);
        for (i, token) in tokens.iter().enumerate() {
            let (position, last) = (self.read.len() + i, i + 1 == tokens.len());
            batch.add(*token, position as i32, &[self.id as i32], last).map_err(engine_error)?;
        }
        if let Err(error) = context.decode(&mut batch) {
            // What it has read now is uncertain.
            self.forget(context, 0)?;
            return Err(engine_error(error));
        }
        self.read.extend(tokens);
        Ok(())
    }
}
