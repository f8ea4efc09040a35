//! OpenAI's Whisper, from CTranslate2's files, on ONNX Runtime.
//!
//! The rules around the network (timestamps, seeking, when to distrust and
//! when to try again) are those of `whisper/transcribe.py`; where a constant
//! comes from there, its name there is given. Source: Radford et al., "Robust
//! Speech Recognition via Large-Scale Weak Supervision", 2022, section 4.5.

mod alignment;
mod graphs;
mod network;
mod phrases;
#[cfg(test)]
mod plain;
mod search;
mod weights;

use super::levels::Levels;
use super::mel::{FRAMES, HOP, SAMPLE_RATE, Spectrogram, WINDOW};
use super::{Listened, SpeechRecogniser, lines};
use crate::{Error, Result, clock};
use flate2::{Compression, write::ZlibEncoder};
use network::{Encoded, Memory, Network};
use phrases::{TIMESTAMP_STEP, phrases};
use search::Rules;
use serde::Deserialize;
use std::io::Write;
use std::ops::Range;
use std::path::Path;
use tokenizers::Tokenizer;
use vireo_domain::{Cue, Language, Span};

/// Text that compresses better than this repeats itself (`compression_ratio_threshold`).
const MAX_COMPRESSION: f32 = 2.4;
/// Mean log probability below which the text is distrusted (`logprob_threshold`).
const MIN_CONFIDENCE: f32 = -1.0;
/// Probability above which distrusted text is taken for silence (`no_speech_threshold`).
const MAX_NO_SPEECH: f32 = 0.6;
/// Temperatures tried until the text is trusted (`temperature`, in bigger steps).
const TEMPERATURES: [f32; 3] = [0.0, 0.4, 0.8];
/// Beams of the search at temperature 0. With 5, as is usual, whisper-base on 8
/// bits gets 13 characters of 125 wrong instead of 11, and .002 to .003 more of two
/// talks, for a fifth less time (docs/decisions/044-sound.md).
const BEAM: usize = 8;
/// Silence that follows the sound, in frames: 5 s. Whisper was trained on
/// windows filled up to 30 s, which its encoder then reads for nothing. By `vireo
/// bench speech` on 24 utterances of 2 to 10 s this halves the time with the same
/// words; with 2 s of silence whisper-base begins to repeat and to miss.
const TAIL: usize = 500;
/// Shorter rests are not decoded: a tenth of a second holds no word.
const MIN_SAMPLES: usize = SAMPLE_RATE / 10;
/// Root mean square below which there is silence: -60 dB of full scale.
const SILENCE: f32 = 1e-3;
/// Passes over one window: the network may stop early and is then asked to go on.
const MAX_PASSES: usize = 4;
/// Sound after the last word, in seconds, from which on the network is asked again:
/// where the voice changes after a pause it often ends its text there, and what is
/// said in the rest of the window would be lost.
const UNHEARD: f64 = 2.0;
/// "The following is in Mandarin": makes Whisper write Simplified script with punctuation.
const CHINESE_PROMPT: &str = "以下是普通话的句子。";

/// The smallest vocabulary of a model that knows languages.
const MULTILINGUAL: usize = 51_865;

/// A Whisper model of any size, multilingual or English-only.
pub struct Whisper {
    name: String,
    network: Network,
    spectrogram: Spectrogram,
    tokenizer: Tokenizer,
    tokens: Tokens,
    rules: Rules,
    /// Layer and head of those by which the decoder follows the sound.
    alignment_heads: Vec<(usize, usize)>,
    chinese_prompt: Vec<u32>,
}

/// The special tokens.
struct Tokens {
    start: u32,
    transcribe: u32,
    previous: u32,
    no_speech: u32,
    no_timestamps: u32,
    end: u32,
    /// Those of languages, with their codes; none in a model of English only.
    languages: Vec<(u32, Language)>,
}

/// What a model's folder says of it.
#[derive(Debug, Deserialize)]
struct Config {
    alignment_heads: Option<Vec<(usize, usize)>>,
    suppress_ids: Option<Vec<usize>>,
    suppress_ids_begin: Option<Vec<usize>>,
    lang_ids: Option<Vec<u32>>,
}

/// What the network said of one window.
struct Decoded {
    tokens: Vec<usize>,
    /// Mean log probability of a token.
    confidence: f32,
    no_speech: f32,
}

impl Whisper {
    /// Opens a folder with `model.bin`, `config.json` and `tokenizer.json`, to be
    /// run by this ONNX Runtime library.
    pub fn open(library: &Path, dir: &Path, name: &str, threads: usize) -> Result<Self> {
        let unusable = |file: &str, reason: String| {
            Error::file(&dir.join(file))(std::io::Error::other(reason))
        };
        let config = dir.join("config.json");
        let config = std::fs::read(&config).map_err(Error::file(&config))?;
        let config: Config = serde_json::from_slice(&config)
            .map_err(|error| unusable("config.json", error.to_string()))?;
        let tokenizer = Tokenizer::from_file(dir.join("tokenizer.json"))
            .map_err(|error| unusable("tokenizer.json", error.to_string()))?;
        let network = Network::open(library, &dir.join("model.bin"), threads)?;
        let token = |names: &[&str]| {
            let known = names.iter().find_map(|name| tokenizer.token_to_id(name));
            let known = known.filter(|token| (*token as usize) < network.plan.vocabulary);
            known.ok_or_else(|| unusable("tokenizer.json", format!("it lacks {}", names[0])))
        };
        let language = |token: u32| {
            let name = tokenizer.id_to_token(token)?;
            let code = name.strip_prefix("<|")?.strip_suffix("|>")?;
            Some((token, Language::new(code)))
        };
        let is_multilingual = network.plan.vocabulary >= MULTILINGUAL;
        let languages = config.lang_ids.filter(|_| is_multilingual).unwrap_or_default();
        let languages = languages.into_iter().filter_map(language);
        let languages: Vec<(u32, Language)> =
            languages.filter(|(token, _)| (*token as usize) < network.plan.vocabulary).collect();
        if is_multilingual && languages.is_empty() {
            return Err(unusable("config.json", "it lacks lang_ids".to_owned()));
        }
        let tokens = Tokens {
            start: token(&["<|startoftranscript|>"])?,
            transcribe: token(&["<|transcribe|>"])?,
            previous: token(&["<|startofprev|>"])?,
            no_speech: token(&["<|nospeech|>", "<|nocaptions|>"])?,
            no_timestamps: token(&["<|notimestamps|>"])?,
            end: token(&["<|endoftext|>"])?,
            languages,
        };
        let known = |ids: Option<Vec<usize>>| {
            let ids = ids.unwrap_or_default().into_iter();
            ids.filter(|id| *id < network.plan.vocabulary).collect()
        };
        let rules = Rules {
            end: tokens.end as usize,
            first_timestamp: tokens.no_timestamps as usize + 1,
            suppressed: known(config.suppress_ids),
            suppressed_first: known(config.suppress_ids_begin),
        };
        let prompt = tokenizer
            .encode_fast(format!(" {CHINESE_PROMPT}"), false)
            .map_err(|error| unusable("tokenizer.json", error.to_string()))?;
        let mut alignment_heads = config.alignment_heads.unwrap_or_default();
        alignment_heads.retain(|head| network.has(*head));
        if alignment_heads.is_empty() {
            tracing::warn!(
                model = name,
                "config.json names no alignment_heads: words get no times"
            );
        }
        Ok(Self {
            name: name.to_owned(),
            spectrogram: Spectrogram::new(network.plan.bands),
            network,
            tokens,
            rules,
            alignment_heads,
            chinese_prompt: prompt.get_ids().to_vec(),
            tokenizer,
        })
    }

    fn is_multilingual(&self) -> bool {
        !self.tokens.languages.is_empty()
    }

    /// Runs the encoder over up to 30 s of sound.
    fn encode(&self, samples: &[f32]) -> Result<Encoded> {
        // The encoder's first layers halve the frames.
        let frames = (samples.len() / HOP + TAIL).next_multiple_of(2).min(FRAMES);
        self.network.encode(&self.spectrogram.compute(samples, frames))
    }

    /// The language that is most likely, and how likely it is among all.
    fn language_of(&self, encoded: &Encoded) -> Result<(Language, f32)> {
        if !self.is_multilingual() {
            return Ok((Language::english(), 1.0));
        }
        let step = self.network.decode(encoded, &Memory::default(), &[0], &[self.tokens.start])?;
        let languages = self.tokens.languages.iter();
        let likely =
            languages.map(|(token, language)| (language, step.next[*token as usize].exp()));
        let all: f32 = likely.clone().map(|(_, likely)| likely).sum();
        let best = likely.max_by(|a, b| a.1.total_cmp(&b.1));
        Ok(best.map_or((Language::unknown(), 0.0), |(language, likely)| {
            (language.clone(), likely / all)
        }))
    }

    /// The tokens that say what to do, after the one that begins.
    fn task(&self, language: &Language) -> Vec<u32> {
        let mut languages = self.tokens.languages.iter();
        let language = languages.find(|(_, known)| known == language);
        language.map_or(Vec::new(), |(token, _)| vec![*token, self.tokens.transcribe])
    }

    /// Decodes until the text can be trusted. If it never can, the attempt counts of
    /// which the network is surest among those that don't run in circles.
    fn decode(&self, encoded: &Encoded, language: &Language) -> Result<Option<Decoded>> {
        let mut prompt = Vec::new();
        if self.is_multilingual() && language.is_chinese() {
            prompt.push(self.tokens.previous);
            prompt.extend(&self.chinese_prompt);
        }
        prompt.push(self.tokens.start);
        let task = self.task(language);
        let longest = self.network.plan.longest;
        let longest = (longest / 2).min(longest.saturating_sub(prompt.len() + task.len()));
        let mut begun = self.network.decode(encoded, &Memory::default(), &[0], &prompt)?;
        let no_speech = begun.next[self.tokens.no_speech as usize].exp();
        if !task.is_empty() {
            begun = self.network.decode(encoded, &begun.memory, &[0], &task)?;
        }
        // Sampling at temperatures above 0 gives the same text every time.
        let mut random = fastrand::Rng::with_seed(0);
        let mut best: Option<Decoded> = None;
        for temperature in TEMPERATURES {
            let mut memory: Option<Memory> = None;
            let mut next = |rows: &[usize], tokens: &[u32]| {
                let before = memory.as_ref().unwrap_or(&begun.memory);
                let step = self.network.decode(encoded, before, rows, tokens)?;
                memory = Some(step.memory);
                Ok(step.next)
            };
            let first = begun.next.clone();
            let said = if temperature == 0.0 {
                search::beams(&self.rules, first, BEAM, longest, &mut next)?
            } else {
                search::drawn(&self.rules, first, temperature, longest, &mut random, &mut next)?
            };
            let decoded = Decoded {
                confidence: said.score / (said.tokens.len() as f32 + 1.0),
                no_speech,
                tokens: said.tokens.into_iter().map(|token| token as usize).collect(),
            };
            let is_unsure = decoded.confidence < MIN_CONFIDENCE;
            if is_unsure && decoded.no_speech > MAX_NO_SPEECH {
                return Ok(None);
            }
            let repeats = compression(&self.text(&decoded.tokens)?) > MAX_COMPRESSION;
            if !is_unsure && !repeats {
                return Ok(Some(decoded));
            }
            // Text that runs in circles is no text, however sure the network is of it.
            if !repeats && best.as_ref().is_none_or(|best| best.confidence < decoded.confidence) {
                best = Some(decoded);
            }
        }
        Ok(best)
    }

    /// When each of some words' tokens begins, and when the last one ends, in
    /// seconds of the sound of `samples` samples; `None` where the model has no
    /// heads to tell it by.
    fn starts(
        &self,
        encoded: &Encoded,
        language: &Language,
        tokens: &[usize],
        samples: usize,
    ) -> Result<Option<Vec<f64>>> {
        if tokens.is_empty() || self.alignment_heads.is_empty() {
            return Ok(None);
        }
        let mut all = vec![self.tokens.start];
        all.extend(self.task(language));
        let first = all.len();
        all.push(self.tokens.no_timestamps);
        all.extend(tokens.iter().map(|token| *token as u32));
        all.push(self.tokens.end);
        // What a token listens to is asked by the one before it.
        let rows = first..all.len() - 1;
        let step = self.network.decode(encoded, &Memory::default(), &[0], &all)?;
        let frames = (samples / HOP / 2).min(encoded.frames);
        let heads = self.alignment_heads.iter();
        let heads = heads.map(|head| self.network.attention(encoded, &step, *head, frames));
        let starts = alignment::starts(heads, frames, rows.clone())?;
        let starts: Vec<f64> = starts.iter().map(|frame| *frame as f64 * TIMESTAMP_STEP).collect();
        Ok(Some(starts).filter(|starts| starts.len() == rows.len()))
    }

    /// When each letter and digit of some tokens is said; `starts` as of
    /// [`Self::starts`]. Those of one token share the part of its time that is
    /// not silent.
    fn letters(&self, tokens: &[usize], starts: &[f64], levels: &Levels) -> Result<Vec<Span>> {
        let mut letters = Vec::new();
        let mut from = 0;
        for end in 1..=tokens.len() {
            let piece = self.text(&tokens[from..end])?;
            // A character of several tokens is whole with the last of them.
            if piece.ends_with(char::REPLACEMENT_CHARACTER) && end < tokens.len() {
                continue;
            }
            let count = piece.chars().filter(|c| c.is_alphanumeric()).count();
            let span = levels.audible(Span::new(starts[from], starts[end]));
            let length = span.seconds() / count.max(1) as f64;
            let at = |letter: usize| span.start + length * letter as f64;
            letters.extend((0..count).map(|letter| Span::new(at(letter), at(letter + 1))));
            from = end;
        }
        Ok(letters)
    }

    /// Writes down `rest`, which begins at the sample `start`, and says how many
    /// samples of it to leave out the next time; `None` where all of it was heard.
    fn pass(
        &self,
        encoded: &Encoded,
        language: &Language,
        rest: &[f32],
        start: usize,
        cues: &mut Vec<Cue>,
    ) -> Result<Option<usize>> {
        let Some(decoded) = self.decode(encoded, language)? else { return Ok(None) };
        let length = rest.len() as f64 / SAMPLE_RATE as f64;
        let offset = start as f64 / SAMPLE_RATE as f64;
        let (phrases, end) = phrases(&decoded.tokens, self.rules.first_timestamp, length);
        let words: Vec<usize> = phrases.iter().flat_map(|phrase| phrase.tokens.clone()).collect();
        let starts = self.starts(encoded, language, &words, rest.len())?;
        let levels = Levels::new(rest);
        let mut before = 0;
        for phrase in phrases {
            let text = lines::clean(&self.text(&phrase.tokens)?, language);
            let letters = match &starts {
                Some(starts) => self.letters(&phrase.tokens, &starts[before..], &levels)?,
                None => Vec::new(),
            };
            before += phrase.tokens.len();
            if !lines::is_invented(&text, decoded.no_speech) {
                let place = |span: Span| Span::new(span.start + offset, span.end + offset);
                let split = lines::split(phrase.span, &text, language, &letters);
                cues.extend(split.into_iter().map(|cue| cue.placed(place)));
            }
        }
        let last = starts.and_then(|starts| starts.last().copied());
        let unheard = last.filter(|last| length - last > UNHEARD);
        let next = end.or(unheard).filter(|seconds| *seconds > 0.0);
        Ok(next.map(|seconds| ((seconds * SAMPLE_RATE as f64) as usize).min(rest.len())))
    }

    /// The words of some tokens, without the special ones.
    fn text(&self, tokens: &[usize]) -> Result<String> {
        let ids: Vec<u32> = tokens
            .iter()
            .filter(|id| **id < self.rules.first_timestamp)
            .map(|id| *id as u32)
            .collect();
        self.tokenizer.decode(&ids, true).map_err(Error::engine("tokenizers"))
    }
}

impl SpeechRecogniser for Whisper {
    fn name(&self) -> &str {
        &self.name
    }

    fn listen(&self, samples: &[f32]) -> Result<Box<dyn Listened + '_>> {
        let _working = clock::working();
        let samples = samples[..samples.len().min(WINDOW)].to_vec();
        let is_heard = samples.len() >= MIN_SAMPLES && !is_silent(&samples);
        let encoded = is_heard.then(|| self.encode(&samples)).transpose()?;
        Ok(Box::new(Sound { whisper: self, samples, encoded }))
    }
}

/// Up to 30 s of sound.
struct Sound<'a> {
    whisper: &'a Whisper,
    samples: Vec<f32>,
    /// `None` where there is nothing to be heard.
    encoded: Option<Encoded>,
}

impl Listened for Sound<'_> {
    fn language(&self, samples: Range<usize>) -> Result<(Language, f32)> {
        let _working = clock::working();
        let Some(encoded) = &self.encoded else { return Ok((Language::unknown(), 0.0)) };
        if samples.start == 0 && samples.end >= self.samples.len() {
            return self.whisper.language_of(encoded);
        }
        let frame = |sample: usize| sample / HOP / 2;
        let part = encoded.part(frame(samples.start)..frame(samples.end))?;
        if part.frames == 0 {
            return Ok((Language::unknown(), 0.0));
        }
        self.whisper.language_of(&part)
    }

    fn transcribe(&self, language: &Language) -> Result<Vec<Cue>> {
        let _working = clock::working();
        let mut cues = Vec::new();
        let Some(encoded) = &self.encoded else { return Ok(cues) };
        // Where it knows no such language, it writes the one that it hears.
        let is_known = !self.whisper.task(language).is_empty();
        let heard = if is_known { None } else { Some(self.whisper.language_of(encoded)?.0) };
        let language = heard.as_ref().unwrap_or(language);
        let mut rest = &self.samples[..];
        for pass in 0..MAX_PASSES {
            if rest.len() < MIN_SAMPLES || is_silent(rest) {
                break;
            }
            let again = (pass > 0).then(|| self.whisper.encode(rest)).transpose()?;
            let encoded = again.as_ref().unwrap_or(encoded);
            let start = self.samples.len() - rest.len();
            let Some(next) = self.whisper.pass(encoded, language, rest, start, &mut cues)? else {
                break;
            };
            rest = &rest[next..];
        }
        Ok(cues)
    }
}

/// How many times smaller zlib makes the text.
fn compression(text: &str) -> f32 {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    let written = encoder.write_all(text.as_bytes()).and_then(|()| encoder.finish());
    written.map_or(0.0, |bytes| text.len() as f32 / bytes.len() as f32)
}

fn is_silent(samples: &[f32]) -> bool {
    let power: f32 = samples.iter().map(|s| s * s).sum::<f32>() / samples.len().max(1) as f32;
    power.sqrt() < SILENCE || !power.is_finite()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn circles_are_seen() {
        assert!(compression(&"thank you ".repeat(20)) > MAX_COMPRESSION);
        assert!(compression("我们今天来做一道家常菜，先把土豆切成丝。") < MAX_COMPRESSION);
        assert!(compression("The invention of movable metal letters.") < MAX_COMPRESSION);
    }

    #[test]
    fn silence_is_silent() {
        assert!(is_silent(&[]));
        assert!(is_silent(&[0.0005; 100]));
        assert!(is_silent(&[f32::NAN; 100]));
        assert!(!is_silent(&[0.01; 100]));
    }
}
