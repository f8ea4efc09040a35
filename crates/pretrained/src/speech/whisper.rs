//! OpenAI's Whisper on CTranslate2.
//!
//! The rules around the network (timestamps, seeking, when to distrust and
//! when to try again) are those of `whisper/transcribe.py`; where a constant
//! comes from there, its name there is given. Source: Radford et al., "Robust
//! Speech Recognition via Large-Scale Weak Supervision", 2022, section 4.5.

use super::levels::Levels;
use super::mel::{FRAMES, HOP, SAMPLE_RATE, Spectrogram, WINDOW};
use super::{Speech, SpeechRecogniser, lines};
use crate::{Error, Result, clock};
use ct2rs::sys::{self, ComputeType, StorageView, WhisperOptions};
use flate2::{Compression, write::ZlibEncoder};
use std::io::Write;
use std::path::Path;
use std::sync::Once;
use tokenizers::Tokenizer;
use vireo_domain::{Cue, Language, Span};

/// Seconds of a step between timestamp tokens.
const TIMESTAMP_STEP: f64 = 0.02;
/// Text that compresses better than this repeats itself (`compression_ratio_threshold`).
const MAX_COMPRESSION: f32 = 2.4;
/// Mean log probability below which the text is distrusted (`logprob_threshold`).
const MIN_CONFIDENCE: f32 = -1.0;
/// Probability above which distrusted text is taken for silence (`no_speech_threshold`).
const MAX_NO_SPEECH: f32 = 0.6;
/// Temperatures tried until the text is trusted (`temperature`, in bigger steps).
const TEMPERATURES: [f32; 3] = [0.0, 0.4, 0.8];
/// Beams of the search at temperature 0. Against a single beam, on whisper-base:
/// 11 wrong characters of 125 instead of 17 in Mandarin, 13 wrong words of 246
/// instead of 12 in English, for a tenth more time.
const BEAM: usize = 5;
/// Silence that follows the sound, in frames: 5 s. Whisper was trained on
/// windows filled up to 30 s, which its encoder then reads for nothing. By `vireo
/// bench speech` on 24 utterances of 2 to 10 s this halves the time with the same
/// words; with 2 s of silence whisper-base begins to repeat and to miss.
const TAIL: usize = 500;
/// Probability from which a language is heard clearly, whatever was expected.
const CLEARLY: f32 = 0.9;
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

/// Width of the filter over attention before words are aligned (`medfilt_width`).
const MEDIAN_FILTER: i64 = 7;

/// For `map_err`.
fn failed<E: std::fmt::Display>(reason: E) -> Error {
    Error::engine("ctranslate2")(reason)
}

/// A Whisper model of any size, multilingual or English-only.
pub struct Whisper {
    name: String,
    network: sys::Whisper,
    spectrogram: Spectrogram,
    tokenizer: Tokenizer,
    /// Token of 0.00 s; those of later times follow.
    first_timestamp: usize,
    chinese_prompt: Vec<String>,
    /// Said once, not for every window: that words get no times.
    untimed: Once,
}

/// What the network said of one window.
struct Decoded {
    tokens: Vec<usize>,
    /// Mean log probability of a token.
    confidence: f32,
    no_speech: f32,
}

/// One phrase between timestamps, in seconds of its window.
#[derive(Debug, PartialEq)]
struct Phrase {
    span: Span,
    tokens: Vec<usize>,
}

impl Whisper {
    /// Opens a folder with `model.bin`, `config.json`, `tokenizer.json` and a vocabulary.
    pub fn open(dir: &Path, name: &str, threads: usize) -> Result<Self> {
        let config = sys::Config {
            compute_type: ComputeType::INT8,
            num_threads_per_replica: threads,
            ..sys::Config::default()
        };
        let network = sys::Whisper::new(dir, config).map_err(failed)?;
        let tokenizer = Tokenizer::from_file(dir.join("tokenizer.json")).map_err(failed)?;
        let no_timestamps = tokenizer
            .token_to_id("<|notimestamps|>")
            .ok_or_else(|| failed("tokenizer.json is not one of Whisper"))?;
        let prompt = tokenizer.encode_fast(format!(" {CHINESE_PROMPT}"), false).map_err(failed)?;
        // Sampling at temperatures above 0 gives the same text every time.
        sys::set_random_seed(0);
        Ok(Self {
            name: name.to_owned(),
            spectrogram: Spectrogram::new(network.n_mels()),
            network,
            first_timestamp: no_timestamps as usize + 1,
            chinese_prompt: prompt.get_tokens().to_vec(),
            untimed: Once::new(),
            tokenizer,
        })
    }

    /// Runs the encoder over up to 30 s of sound.
    fn encode(&self, samples: &[f32]) -> Result<StorageView<'static>> {
        // The encoder's first layers halve the frames.
        let frames = (samples.len() / HOP + TAIL).next_multiple_of(2).min(FRAMES);
        let mut mel = self.spectrogram.compute(samples, frames);
        let shape = [1, self.network.n_mels(), frames];
        let features = StorageView::new(&shape, &mut mel, sys::Device::CPU).map_err(failed)?;
        self.network.encode(&features, false).map_err(failed)
    }

    /// The language that is most likely, and how likely it is.
    fn language_of(&self, encoded: &StorageView<'_>) -> Result<(Language, f32)> {
        if !self.network.is_multilingual() {
            return Ok((Language::english(), 1.0));
        }
        let detected = self.network.detect_language(encoded).map_err(failed)?;
        let best = detected.first().and_then(|all| all.first());
        Ok(best.map_or((Language::unknown(), 0.0), |best| {
            (Language::new(best.language.trim_matches(['<', '|', '>'])), best.probability)
        }))
    }

    /// The tokens that say what to do.
    fn task(&self, language: &Language) -> Vec<String> {
        let mut task = vec!["<|startoftranscript|>".to_owned()];
        if self.network.is_multilingual() {
            task.extend([format!("<|{}|>", language.code()), "<|transcribe|>".to_owned()]);
        }
        task
    }

    /// Decodes until the text can be trusted; the last attempt counts if none can.
    fn decode(&self, encoded: &StorageView<'_>, language: &Language) -> Result<Option<Decoded>> {
        let mut prompt = Vec::new();
        if self.network.is_multilingual() && language.is_chinese() {
            prompt.push("<|startofprev|>");
            prompt.extend(self.chinese_prompt.iter().map(String::as_str));
        }
        let task = self.task(language);
        prompt.extend(task.iter().map(String::as_str));
        let prompts = [prompt];
        let mut best: Option<Decoded> = None;
        for temperature in TEMPERATURES {
            let options = WhisperOptions {
                beam_size: if temperature == 0.0 { BEAM } else { 1 },
                sampling_topk: usize::from(temperature == 0.0),
                sampling_temperature: if temperature == 0.0 { 1.0 } else { temperature },
                return_scores: true,
                return_no_speech_prob: true,
                ..WhisperOptions::default()
            };
            let results = self.network.generate(encoded, &prompts, &options).map_err(failed)?;
            let Some(result) = results.into_iter().next() else { return Ok(None) };
            let no_speech = result.no_speech_prob;
            let Some(tokens) = result.sequences_ids.into_iter().next() else { return Ok(None) };
            let count = tokens.len() as f32;
            let score = result.scores.first().copied().unwrap_or(0.0);
            // The engine's score is a mean over the tokens; Whisper's counts the end token too.
            let decoded = Decoded { confidence: score * count / (count + 1.0), no_speech, tokens };
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
    /// heads to tell it by. Source: `whisper/timing.py`.
    fn starts(
        &self,
        encoded: &StorageView<'_>,
        language: &Language,
        tokens: &[usize],
        samples: usize,
    ) -> Option<Vec<f64>> {
        if tokens.is_empty() {
            return None;
        }
        let id = |token: &String| self.tokenizer.token_to_id(token).map(|id| id as usize);
        let task: Vec<usize> = self.task(language).iter().map(id).collect::<Option<_>>()?;
        let frames = (samples / HOP).min(FRAMES);
        let aligned =
            self.network.align(encoded, &task, &[tokens.to_vec()], &[frames], MEDIAN_FILTER);
        let path = match aligned {
            Ok(aligned) => aligned.into_iter().next()?.alignments,
            Err(reason) => {
                self.untimed.call_once(|| {
                    tracing::warn!(model = self.name, %reason, "words get no times");
                });
                return None;
            }
        };
        // The path goes from token to token; the last is the end of the text.
        let first = |token: usize| path.iter().find(|step| step.token_x == token as i64);
        let seconds = |token: usize| Some(first(token)?.frame_x as f64 * TIMESTAMP_STEP);
        (0..=tokens.len()).map(seconds).collect()
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

    /// The words of some tokens, without the special ones.
    fn text(&self, tokens: &[usize]) -> Result<String> {
        let ids: Vec<u32> =
            tokens.iter().filter(|id| **id < self.first_timestamp).map(|id| *id as u32).collect();
        self.tokenizer.decode(&ids, true).map_err(failed)
    }
}

impl SpeechRecogniser for Whisper {
    fn name(&self) -> &str {
        &self.name
    }

    fn detect_language(&self, samples: &[f32]) -> Result<Language> {
        let _working = clock::working();
        if !self.network.is_multilingual() {
            return Ok(Language::english());
        }
        if is_silent(samples) {
            return Ok(Language::unknown());
        }
        Ok(self.language_of(&self.encode(samples)?)?.0)
    }

    fn transcribe(&self, samples: &[f32], language: Option<&Language>) -> Result<Speech> {
        let _working = clock::working();
        let samples = &samples[..samples.len().min(WINDOW)];
        let known = |language: &&Language| {
            let token = format!("<|{}|>", language.code());
            self.network.is_multilingual() && self.tokenizer.token_to_id(&token).is_some()
        };
        let expected = language.filter(known);
        let mut language: Option<Language> = None;
        let mut cues: Vec<Cue> = Vec::new();
        let mut start = 0;
        for _ in 0..MAX_PASSES {
            let rest = &samples[start..];
            if rest.len() < MIN_SAMPLES || is_silent(rest) {
                break;
            }
            let encoded = self.encode(rest)?;
            let language = match &mut language {
                Some(language) => language,
                none => {
                    let (heard, probability) = self.language_of(&encoded)?;
                    let expected = expected.filter(|_| probability < CLEARLY).cloned();
                    none.insert(expected.unwrap_or(heard))
                }
            };
            let Some(decoded) = self.decode(&encoded, language)? else { break };
            let length = rest.len() as f64 / SAMPLE_RATE as f64;
            let offset = start as f64 / SAMPLE_RATE as f64;
            let (phrases, end) = phrases(&decoded.tokens, self.first_timestamp, length);
            let words: Vec<usize> =
                phrases.iter().flat_map(|phrase| phrase.tokens.clone()).collect();
            let starts = self.starts(&encoded, language, &words, rest.len());
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
            match end.or(unheard) {
                Some(seconds) if seconds > 0.0 => start += (seconds * SAMPLE_RATE as f64) as usize,
                _ => break,
            }
            start = start.min(samples.len());
        }
        let language = language.or(expected.cloned()).unwrap_or_else(Language::unknown);
        Ok(Speech { language, cues })
    }
}

/// Cuts tokens at their timestamps. The second value is where the network
/// stopped, when it says that more follows.
fn phrases(tokens: &[usize], first_timestamp: usize, length: f64) -> (Vec<Phrase>, Option<f64>) {
    let time = |token: usize| {
        (token >= first_timestamp).then(|| (token - first_timestamp) as f64 * TIMESTAMP_STEP)
    };
    let mut phrases = Vec::new();
    let mut start = 0.0;
    let mut words = Vec::new();
    for &token in tokens {
        let Some(seconds) = time(token) else {
            words.push(token);
            continue;
        };
        if !words.is_empty() {
            let span = Span::new(f64::min(start, length), seconds.clamp(start, length.max(start)));
            phrases.push(Phrase { span, tokens: std::mem::take(&mut words) });
        }
        start = seconds;
    }
    // Words without an end: up to the end of the sound.
    if !words.is_empty() {
        phrases.push(Phrase { span: Span::new(f64::min(start, length), length), tokens: words });
    }
    // Two timestamps at the end: a phrase is closed and the next one opened, but cut off.
    let stopped = match tokens {
        [.., before, last] => time(*before).and(time(*last)),
        _ => None,
    };
    (phrases, stopped.filter(|seconds| *seconds < length))
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

    /// Timestamps begin at 100 here.
    #[test]
    fn cuts_at_timestamps() {
        let (found, stopped) = phrases(&[100, 1, 2, 150, 150, 3, 200], 100, 30.0);
        assert_eq!(
            found,
            [
                Phrase { span: Span::new(0.0, 1.0), tokens: vec![1, 2] },
                Phrase { span: Span::new(1.0, 2.0), tokens: vec![3] },
            ]
        );
        assert_eq!(stopped, None);
    }

    #[test]
    fn goes_on_where_the_network_stopped() {
        let (found, stopped) = phrases(&[100, 1, 150, 150], 100, 30.0);
        assert_eq!(found.len(), 1);
        assert_eq!(stopped, Some(1.0));
        // At the end of the sound there is nothing to go on with.
        assert_eq!(phrases(&[100, 1, 150, 150], 100, 0.9).1, None);
    }

    #[test]
    fn times_stay_within_the_sound() {
        let (found, _) = phrases(&[300, 1, 250, 400, 2], 100, 5.0);
        assert!(found.iter().all(|p| p.span.end <= 5.0 && p.span.start <= 5.0), "{found:?}");
        assert!(phrases(&[], 100, 5.0).0.is_empty());
    }

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
