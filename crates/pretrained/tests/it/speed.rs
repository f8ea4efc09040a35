//! Measurements, run by hand:
//! `cargo test -p vireo-pretrained --release -- --ignored --nocapture speed`

use crate::embedders::e5;
use crate::language_models::{GEMMA, SMOLLM2, local};
use serde_json::json;
use std::time::{Duration, Instant};
use vireo_pretrained::embedding::{Purpose, TextEmbedder};
use vireo_pretrained::language_model::{LanguageModel, Question};

fn milliseconds(rounds: u32, mut work: impl FnMut()) -> f64 {
    work();
    let start = Instant::now();
    for _ in 0..rounds {
        work();
    }
    start.elapsed().as_secs_f64() * 1e3 / f64::from(rounds)
}

#[test]
#[ignore = "measures"]
fn speed_of_e5() {
    let Some(embedder) = e5() else { return };
    let short = "How to bake sourdough bread at home";
    let long =
        "The moon pulls the water of the oceans, and the earth turns below it. 月球引起潮汐。"
            .repeat(10);
    for (name, text) in [("short", short), ("long", long.as_str())] {
        let one = milliseconds(20, || {
            embedder.embed(&[text], Purpose::Passage).expect("a vector");
        });
        let many = milliseconds(3, || {
            embedder.embed(&[text; 32], Purpose::Passage).expect("vectors");
        });
        eprintln!("e5, 2 threads, {name} text: {one:.2} ms alone, {:.2} ms in 32", many / 32.0);
    }
}

#[test]
#[ignore = "measures"]
fn speed_of_local_language_models() {
    let examples = "Text: A chef shows how to fry rice with egg and peas.\nCard: {\"words\":\"fried rice with egg\"}\n\n".repeat(20);
    for file in [SMOLLM2, GEMMA] {
        let Some(model) = local(file, 2) else { continue };
        let ask = |text: &str, letters: u32| {
            let question = Question {
                prompt: format!("{examples}Text: {text}\nCard: "),
                schema: json!({"type": "object", "properties": {
                    "words": {"type": "string", "minLength": letters, "maxLength": letters}}}),
                max_tokens: 900,
                timeout: Duration::from_mins(2),
                seed: 1,
            };
            let start = Instant::now();
            let answer = model.answer(&question).expect("an answer");
            (start.elapsed().as_secs_f64(), model.count_tokens(&answer.to_string()))
        };
        let prompt = model.count_tokens(&examples);
        let first = ask("The moon and the tides.", 1).0;
        let again = ask("A game of chess.", 1).0;
        let (long, tokens) = ask("A game of chess.", 600);
        eprintln!(
            "{}, 2 threads: prompt of {prompt} tokens {:.0} tokens/s, the same beginning again {:.0} ms \
             instead of {:.0}, answer of {tokens} tokens {:.0} tokens/s",
            model.name(),
            prompt as f64 / first,
            again * 1e3,
            first * 1e3,
            tokens as f64 / (long - again),
        );
    }
}
