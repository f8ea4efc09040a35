//! What is kept of a training, so that one that was killed goes on.

use super::Training;
use crate::{Encoder, Error, Result, Token, checkpoint};
use std::path::{Path, PathBuf};

/// Where and how often a training is kept.
#[derive(Debug)]
pub(super) struct Checkpoint {
    path: PathBuf,
    pub(super) steps: u64,
    /// Of the settings and the data.
    fingerprint: String,
}

impl<E: Encoder> Training<'_, E> {
    /// Keeps a checkpoint in a file, written after every so many steps and
    /// after every epoch; if there is one, the training goes on from it, to the
    /// same numbers as if it had never stopped.
    pub fn with_checkpoint(mut self, path: PathBuf, steps: u64) -> Result<Self> {
        self.keep(path, steps)?;
        Ok(self)
    }

    fn keep(&mut self, path: PathBuf, steps: u64) -> Result<()> {
        let fingerprint = self.fingerprint();
        let found = checkpoint::read(&path, &fingerprint);
        self.checkpoint = Some(Checkpoint { path: path.clone(), steps, fingerprint });
        if let Some(state) = found? {
            if state.parameters.len() != self.state.parameters.len() {
                let reason = "its network has another size".to_owned();
                return Err(Error::Checkpoint { path, reason });
            }
            self.state = state;
        }
        Ok(())
    }

    /// Keeps a checkpoint in a folder of trainings, as [`Training::with_checkpoint`]
    /// does, in a file of its own, so that it never meets that of another. After
    /// an error the training is new, and what is there will be replaced.
    pub fn keep_in(&mut self, folder: &Path, steps: u64) -> Result<()> {
        let name = self.fingerprint();
        self.keep(folder.join(&name[..32]).with_extension("checkpoint"), steps)
    }

    /// Writes no checkpoint any more.
    pub fn forget_checkpoint(&mut self) {
        self.checkpoint = None;
    }

    pub(super) fn save(&self) -> Result<()> {
        match &self.checkpoint {
            Some(Checkpoint { path, fingerprint, .. }) => {
                checkpoint::write(path, fingerprint, &self.state)
            }
            None => Ok(()),
        }
    }

    /// Tells a checkpoint of this training from all others.
    fn fingerprint(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        hasher.update(format!("{:?} {:?}", self.config, self.model).as_bytes());
        self.state.parameters.iter().for_each(|value| {
            hasher.update(&value.to_le_bytes());
        });
        self.features.fingerprint(&mut hasher);
        let questions = self.questions.iter().map(|q| (&q.history, Some(q.target)));
        for (history, target) in self.histories.iter().map(|h| (h, None)).chain(questions) {
            hasher.update(&(history.len() as u64).to_le_bytes());
            let target = target.map(Token::from);
            for Token { item, mark } in history.iter().chain(&target) {
                hasher.update(&item.to_le_bytes());
                hasher.update(&mark.to_le_bytes());
            }
        }
        hasher.finalize().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{config, ring, transformer};
    use super::super::{TrainingConfig, split, windows};
    use super::*;
    use crate::Features;

    #[test]
    fn a_seed_repeats_and_a_checkpoint_goes_on_to_the_bit() {
        let (histories, questions) = ring();
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("checkpoint");
        let model = transformer();
        let config = TrainingConfig { epochs: 4, negatives: Some(5), ..config() };
        let new = || {
            Training::new(&model, &histories, &questions, Features::none(), config).expect("valid")
        };
        let whole = new().run(&mut |_| {}).expect("trained");
        assert!(new().run(&mut |_| {}).expect("trained") == whole);
        let other = TrainingConfig { seed: 2, ..config };
        let mut other =
            Training::new(&model, &histories, &questions, Features::none(), other).expect("valid");
        assert!(other.run(&mut |_| {}).expect("trained") != whole);

        // Ends in the middle of an epoch, as if it were killed.
        let mut first = new().with_checkpoint(path.clone(), 2).expect("new");
        first.epoch().expect("an epoch");
        let mut random = first.random(b'e', 1);
        let mut windows = windows(&histories, model.opening(), 8, &mut random);
        random.shuffle(&mut windows);
        for batch in split(&windows, config.batch).into_iter().take(3) {
            first.step(batch).expect("a step");
        }
        first.save().expect("saved");
        drop(first);
        let mut second = new().with_checkpoint(path.clone(), 2).expect("read");
        assert_eq!((second.state.epochs, second.state.batches), (1, 3));
        assert!(second.run(&mut |_| {}).expect("trained") == whole);

        let changed = TrainingConfig { seed: 3, ..config };
        let changed = Training::new(&model, &histories, &questions, Features::none(), changed)
            .expect("valid");
        let error = changed.with_checkpoint(path, 2).expect_err("of another").to_string();
        assert!(error.contains("another training"), "{error}");
    }

    #[test]
    fn a_full_disk_is_said_and_the_training_can_go_on() {
        let (histories, questions) = ring();
        let model = transformer();
        let config = TrainingConfig { epochs: 3, ..config() };
        let new = || {
            Training::new(&model, &histories, &questions, Features::none(), config).expect("valid")
        };
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("checkpoint");
        std::os::unix::fs::symlink("/dev/full", folder.path().join("checkpoint.new"))
            .expect("linked");
        let mut training = new().with_checkpoint(path.clone(), 2).expect("new");
        let error = training.run(&mut |_| {}).expect_err("full").to_string();
        assert!(error.contains("checkpoint: No space left"), "{error}");
        assert!(!path.exists(), "half a checkpoint is none");
        training.forget_checkpoint();
        let whole = new().run(&mut |_| {}).expect("trained");
        assert!(training.run(&mut |_| {}).expect("trained") == whole);
    }

    #[test]
    fn a_checkpoint_is_of_what_is_known_of_items() {
        let (histories, questions) = ring();
        let model = transformer();
        let named = |other: u32| (0..10).map(|item| vec![((item + other) % 10, 1.0)]).collect();
        let [features, others] = [0, 1].map(|other| Features {
            name_count: 10,
            names: named(other),
            ..Features::default()
        });
        let new = |features| {
            Training::new(&model, &histories, &questions, features, config()).expect("valid")
        };
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("one");
        let whole = new(&features).run(&mut |_| {}).expect("trains");
        let mut half = new(&features).with_checkpoint(path.clone(), 3).expect("kept");
        for _ in 0..4 {
            half.epoch().expect("trains");
        }
        let mut rest = new(&features).with_checkpoint(path.clone(), 3).expect("kept");
        assert!(rest.run(&mut |_| {}).expect("trains") == whole);
        assert!(new(&others).with_checkpoint(path, 3).is_err(), "of other features");
    }
}
