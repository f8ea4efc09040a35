//! A training that is killed goes on to the bit.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;
use vireo_learn::{
    AdamConfig, Error, Outcome, Question, SequenceModel, Token, Training, TrainingConfig,
    Transformer, TransformerConfig,
};

const CHECKPOINT: &str = "VIREO_TEST_KILLED_TRAINING";
const ITEMS: u32 = 40;

/// Walks around a ring, and what comes next.
fn data() -> (Vec<Vec<Token>>, Vec<Question>) {
    let walk = |start: u32| (0..12).map(|step| Token::from((start * 7 + step) % ITEMS)).collect();
    let histories: Vec<Vec<Token>> = (0..200).map(walk).collect();
    let question = |history: &Vec<Token>| Question {
        history: history.clone(),
        target: (history[11].item + 1) % ITEMS,
    };
    let questions = histories[..30].iter().map(question).collect();
    (histories, questions)
}

fn train(checkpoint: Option<&Path>, say: &mut dyn FnMut(usize)) -> Result<Outcome, Error> {
    let shape =
        TransformerConfig { width: 32, heads: 2, blocks: 2, hidden: 32, length: 10, dropout: 0.2 };
    let model = SequenceModel::new(Transformer::new(shape)?, ITEMS as usize, 0);
    let (histories, questions) = data();
    let adam = AdamConfig::default();
    let config = TrainingConfig {
        without: vireo_learn::Without::NOTHING,
        batch: 60,
        negatives: Some(20),
        epochs: 12,
        patience: 12,
        adam,
        average: 0.9,
        seed: 1,
    };
    let mut training =
        Training::new(&model, &histories, &questions, vireo_learn::Features::none(), config)?;
    if let Some(path) = checkpoint {
        training = training.with_checkpoint(path.to_owned(), 3)?;
    }
    training.run(&mut |epoch| say(epoch.number))
}

/// What the child does: this very test binary, run again.
#[test]
fn child_that_will_be_killed() {
    let Ok(path) = std::env::var(CHECKPOINT) else { return };
    let mut say = |epoch: usize| {
        let mut out = std::io::stdout().lock();
        writeln!(out, "epoch {epoch}").and_then(|()| out.flush()).expect("a parent");
    };
    train(Some(Path::new(&path)), &mut say).expect("trained");
}

/// Kills a child some time after it has done an epoch; is it killed before the end?
fn run_and_kill(path: &Path, wait: Duration) -> bool {
    let mut child = Command::new(std::env::current_exe().expect("this test"))
        .args(["--exact", "child_that_will_be_killed", "--nocapture"])
        .env(CHECKPOINT, path)
        .stdout(Stdio::piped())
        .spawn()
        .expect("started");
    let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
    let mut epochs = lines.map_while(Result::ok).filter(|line| line.contains("epoch "));
    let first = epochs.next();
    std::thread::sleep(wait);
    let is_running = child.try_wait().expect("a child").is_none();
    child.kill().expect("killed");
    child.wait().expect("gone");
    first.is_some() && is_running
}

#[test]
fn a_killed_training_goes_on_to_the_bit() {
    let whole = train(None, &mut |_| {}).expect("trained");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("training.checkpoint");
    let killed = [0, 7].map(|wait| run_and_kill(&path, Duration::from_millis(wait)));
    assert!(killed.contains(&true), "no child was killed in the middle");
    let mut epochs = Vec::new();
    let resumed = train(Some(&path), &mut |epoch| epochs.push(epoch)).expect("trained");
    assert!(epochs.first() > Some(&1), "it went on: {epochs:?}");
    assert!(resumed == whole);
}
