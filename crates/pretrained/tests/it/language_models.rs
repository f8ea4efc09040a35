//! What every language model promises, over a local one and an endpoint.

use crate::models_dir;
use crate::stand_in::{StandIn, completion, status};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use vireo_pretrained::language_model::endpoint::{Config, Endpoint};
use vireo_pretrained::language_model::llama::LlamaModel;
use vireo_pretrained::language_model::{LanguageModel, Question};

const GEMMA: &str = "gemma3-270m/gemma-3-270m-q4_k_m.gguf";
const SMOLLM2: &str = "smollm2-135m/SmolLM2-135M-Instruct.Q4_1.gguf";

/// `None`, with a word about it, where the model has not been fetched.
fn local(file: &str, threads: usize) -> Option<LlamaModel> {
    let gguf = models_dir().join(file);
    let name = file.split('/').next().unwrap_or(file);
    match LlamaModel::open(&gguf, name, file == SMOLLM2, threads) {
        Ok(model) => Some(model),
        Err(error) => {
            eprintln!("skipped: {error}");
            None
        }
    }
}

fn question(prompt: &str) -> Question {
    Question {
        prompt: prompt.to_owned(),
        schema: json!({
            "type": "object",
            "required": ["summary", "tags", "mood"],
            "properties": {
                "summary": {"type": "string", "minLength": 1, "maxLength": 60},
                "tags": {"type": "array", "minItems": 1, "maxItems": 3,
                         "items": {"type": "string", "minLength": 1, "maxLength": 16}},
                "mood": {"enum": ["calm", "exciting", "informative"]},
            },
        }),
        max_tokens: 120,
        timeout: Duration::from_mins(1),
        seed: 0,
    }
}

const PROMPT: &str = "Text: A chef shows how to fry rice with egg.\n\
    Card: {\"summary\":\"How to fry rice with egg.\",\"tags\":[\"fried rice\",\"egg\"],\"mood\":\"informative\"}\n\n\
    Text: 这段视频讲解月球怎样引起潮汐。<end_of_turn><|im_end|>\nCard:";

fn conforms(model: &dyn LanguageModel) {
    let question = question(PROMPT);
    let first = model.answer(&question).expect("an answer");
    eprintln!("{}: {first}", model.name());
    let object = first.as_object().expect("an object");
    assert!(object["summary"].as_str().is_some_and(|text| !text.is_empty()));
    assert!(object["tags"].as_array().is_some_and(|tags| (1..=3).contains(&tags.len())));
    assert!(["calm", "exciting", "informative"].iter().any(|mood| object["mood"] == *mood));
    assert_eq!(model.answer(&question).expect("an answer"), first, "seed 0 is greedy");

    let (signed, by) = model.answer_signed(&question).expect("an answer");
    assert_eq!((signed, by.as_str()), (first.clone(), model.name()));
    assert!(model.count_tokens("月球引起潮汐") >= 2);
    assert!(model.count_tokens("The moon pulls the tides.") >= 4);
    assert!(model.context_tokens() > question.max_tokens as usize);

    let hurried = Question { timeout: Duration::ZERO, ..question.clone() };
    assert!(model.answer(&hurried).is_err(), "no time is not enough");
    assert_eq!(model.answer(&question).expect("an answer"), first, "as before the failure");
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| assert_eq!(model.answer(&question).expect("an answer"), first));
        }
    });
}

#[test]
fn a_local_instruct_model_conforms() {
    if let Some(model) = local(SMOLLM2, 1) {
        conforms(&model);
    }
}

#[test]
fn a_local_base_model_conforms() {
    if let Some(model) = local(GEMMA, 1) {
        conforms(&model);
    }
}

#[test]
fn a_local_model_refuses_what_it_cannot_do() {
    let Some(model) = local(SMOLLM2, 1) else { return };
    let error = model.answer(&question(&"tides and moons ".repeat(9000))).expect_err("too long");
    assert!(error.to_string().contains("shorten the text"), "{error}");
    let cut = Question { max_tokens: 5, ..question(PROMPT) };
    let error = model.answer(&cut).expect_err("cut off");
    assert!(error.to_string().contains("max_tokens"), "{error}");
    let odd = Question { schema: json!({"type": "poem"}), ..question(PROMPT) };
    assert!(model.answer(&odd).is_err());
    let slow = Question { timeout: Duration::from_millis(1), ..question(&PROMPT.repeat(5)) };
    let error = model.answer(&slow).expect_err("no time");
    assert!(error.to_string().contains("not done after"), "{error}");
}

#[test]
fn a_broken_file_is_an_error() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let gguf = dir.path().join("model.gguf");
    assert!(LlamaModel::open(&gguf, "none", false, 1).is_err());
    std::fs::write(&gguf, "GGUF and then nothing of use").expect("written");
    assert!(LlamaModel::open(&gguf, "broken", false, 1).is_err());
}

fn endpoint(server: &StandIn, daily_tokens: u64) -> Endpoint {
    let config = json!({"url": server.url(), "model": "stand-in", "daily_tokens": daily_tokens});
    let config: Config = serde_json::from_value(config).expect("a configuration");
    Endpoint::new(config).expect("an endpoint")
}

fn card() -> String {
    r#"{"summary":"月球引起潮汐。","tags":["月球","潮汐"],"mood":"informative"}"#.to_owned()
}

#[test]
fn an_endpoint_conforms() {
    let server = StandIn::new(|_, _| completion(&card()));
    conforms(&endpoint(&server, 0));
    let request = &server.requests()[0];
    assert_eq!(request["model"], "stand-in");
    assert_eq!(request["response_format"]["type"], "json_schema");
    assert_eq!(request["messages"][0]["content"], PROMPT);
}

#[test]
fn an_endpoint_is_asked_again_when_overloaded() {
    let server = StandIn::new(|number, _| match number {
        0 => status(503, "overloaded"),
        1 => status(429, "slow down"),
        _ => completion(&card()),
    });
    assert!(endpoint(&server, 0).answer(&question(PROMPT)).is_ok());
    assert_eq!(server.requests().len(), 3);

    let down = StandIn::new(|_, _| status(500, "broken"));
    let question = Question { timeout: Duration::from_secs(2), ..question(PROMPT) };
    let error = endpoint(&down, 0).answer(&question).expect_err("no answer");
    assert!(error.to_string().contains("500: broken"), "{error}");
}

#[test]
fn an_endpoint_that_refuses_schemas_is_asked_in_words() {
    let server = StandIn::new(|_, request| match request["response_format"]["type"].as_str() {
        Some(format) => status(400, &format!("unknown response_format {format}")),
        None => completion(&format!("Sure:\n```json\n{}\n```", card())),
    });
    let endpoint = endpoint(&server, 0);
    assert!(endpoint.answer(&question(PROMPT)).is_ok());
    assert!(endpoint.answer(&question(PROMPT)).is_ok());
    let requests = server.requests();
    assert_eq!(requests.len(), 4, "the refused formats are not tried again");
    let words = requests[3]["messages"][0]["content"].as_str().expect("words");
    assert!(words.contains("JSON schema") && words.contains("\"maxItems\""));
}

#[test]
fn an_endpoint_that_answers_garbage_is_an_error() {
    for garbage in [
        completion("I would rather not."),
        completion(r#"{"summary":"no tags","mood":"calm"}"#),
        status(200, "<html>proxy</html>"),
        status(200, r#"{"choices":[]}"#),
        status(401, "no key"),
        "HTTP/1.1 nonsense".to_owned(),
        String::new(),
    ] {
        let server = StandIn::new(move |_, _| garbage.clone());
        let question = Question { timeout: Duration::from_secs(1), ..question(PROMPT) };
        assert!(endpoint(&server, 0).answer(&question).is_err());
    }
}

#[test]
fn a_slow_endpoint_is_given_up() {
    let server = StandIn::new(|_, _| {
        std::thread::sleep(Duration::from_secs(3));
        completion(&card())
    });
    let question = Question { timeout: Duration::from_millis(300), ..question(PROMPT) };
    let start = Instant::now();
    assert!(endpoint(&server, 0).answer(&question).is_err());
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
}

#[test]
fn an_endpoint_keeps_to_its_daily_tokens() {
    // The stand-in says that 100 tokens were spent.
    let server = StandIn::new(|_, _| completion(&card()));
    let endpoint = endpoint(&server, 500);
    let answers: Vec<bool> = (0..6).map(|_| endpoint.answer(&question(PROMPT)).is_ok()).collect();
    assert!(answers[0] && !answers[5], "{answers:?}");
    assert_eq!(server.requests().len(), answers.iter().filter(|ok| **ok).count());
    let error = endpoint.answer(&question(PROMPT)).expect_err("spent");
    assert!(error.to_string().contains("daily_tokens"), "{error}");
}

#[test]
fn an_endpoint_needs_its_key_and_an_address() {
    let new =
        |config: Value| Endpoint::new(serde_json::from_value(config).expect("a configuration"));
    let keyless = new(json!({"url": "http://127.0.0.1:1", "model": "m",
                             "key_variable": "VIREO_TEST_KEY_THAT_NOBODY_SETS"}));
    let error = keyless.err().expect("no key").to_string();
    assert!(error.contains("VIREO_TEST_KEY_THAT_NOBODY_SETS"), "{error}");
    assert!(new(json!({"url": "ftp://127.0.0.1", "model": "m"})).is_err());
}
