//! A training under way as a file: a line of JSON, the numbers, and a hash over
//! both. It is written beside and renamed, so what has the name is whole.

use crate::adam::Adam;
use crate::training::{Outcome, State};
use crate::{Error, Result};
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::Path;

const HASH: usize = 32;

/// Lists of numbers, each as long as the parameters.
const LISTS: usize = 5;

#[derive(Debug, Serialize, Deserialize)]
struct Header {
    /// Of the training's settings and data.
    training: String,
    epochs: usize,
    batches: usize,
    steps: u64,
    best_epoch: usize,
    /// Bits of numbers that must come back exactly.
    loss: u64,
    best_ndcg: u64,
    parameters: usize,
}

/// Writes; what is there of an earlier one is replaced at once.
pub(crate) fn write(path: &Path, training: &str, state: &State) -> Result<()> {
    let header = Header {
        training: training.to_owned(),
        epochs: state.epochs,
        batches: state.batches,
        steps: state.adam.steps,
        best_epoch: state.best.epoch,
        loss: state.loss.to_bits(),
        best_ndcg: state.best.ndcg.to_bits(),
        parameters: state.parameters.len(),
    };
    let mut bytes = serde_json::to_vec(&header).unwrap_or_default();
    bytes.push(b'\n');
    let State { parameters, adam, average, best, .. } = state;
    for list in [parameters, &adam.means, &adam.squares, average, &best.parameters] {
        bytes.extend(list.iter().flat_map(|value| value.to_le_bytes()));
    }
    let hash = blake3::hash(&bytes);
    bytes.extend_from_slice(hash.as_bytes());
    let beside = path.with_added_extension("new");
    let written = File::create(&beside)
        .and_then(|mut file| file.write_all(&bytes).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&beside, path));
    written.map_err(|source| Error::Io { path: path.to_owned(), source })
}

/// Reads; `None` if there is none yet.
pub(crate) fn read(path: &Path, training: &str) -> Result<Option<State>> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(Error::Io { path: path.to_owned(), source }),
    };
    let refused =
        |reason: &str| Error::Checkpoint { path: path.to_owned(), reason: reason.to_owned() };
    let damaged = || refused("it is damaged");
    let (bytes, hash) = bytes.split_last_chunk::<HASH>().ok_or_else(damaged)?;
    if blake3::hash(bytes).as_bytes() != hash {
        return Err(damaged());
    }
    let end = bytes.iter().position(|byte| *byte == b'\n').ok_or_else(damaged)?;
    let header: Header = serde_json::from_slice(&bytes[..end]).map_err(|_| damaged())?;
    if header.training != training {
        return Err(refused("it is of another training: its settings or its data differ"));
    }
    let (numbers, _) = bytes[end + 1..].as_chunks::<4>();
    if numbers.len() != LISTS * header.parameters || header.parameters == 0 {
        return Err(damaged());
    }
    let mut lists = numbers.chunks_exact(header.parameters).map(|list| -> Vec<f32> {
        list.iter().map(|number| f32::from_le_bytes(*number)).collect()
    });
    let mut next = || lists.next().ok_or_else(damaged);
    let (parameters, means, squares) = (next()?, next()?, next()?);
    let (average, best) = (next()?, next()?);
    Ok(Some(State {
        epochs: header.epochs,
        batches: header.batches,
        loss: f64::from_bits(header.loss),
        parameters,
        adam: Adam { steps: header.steps, means, squares },
        average,
        best: Outcome {
            parameters: best,
            epoch: header.best_epoch,
            ndcg: f64::from_bits(header.best_ndcg),
        },
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state() -> State {
        let adam = Adam { steps: 7, means: vec![0.1, -0.0], squares: vec![1e-30, 2.0] };
        let best = Outcome { parameters: vec![0.5, 0.25], epoch: 2, ndcg: 0.1 + 0.2 };
        let parameters = vec![1.0 / 3.0, f32::MIN_POSITIVE];
        let average = vec![0.3, 1e-20];
        State { epochs: 3, batches: 4, loss: 0.7, parameters, adam, average, best }
    }

    #[test]
    fn what_was_written_comes_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.checkpoint");
        assert!(read(&path, "mine").expect("none yet").is_none());
        write(&path, "mine", &state()).expect("written");
        assert!(read(&path, "mine").expect("read") == Some(state()));
        let names = fs::read_dir(folder.path()).expect("a folder").count();
        assert_eq!(names, 1, "nothing is left beside it");
        let error = read(&path, "yours").expect_err("another").to_string();
        assert!(error.contains("of another training") && error.contains("remove it"), "{error}");
    }

    #[test]
    fn a_damaged_one_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.checkpoint");
        write(&path, "mine", &state()).expect("written");
        let whole = fs::read(&path).expect("read");
        for damage in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[damage] ^= 4;
            for bytes in [&bytes[..], &whole[..damage]] {
                fs::write(&path, bytes).expect("written");
                let error = read(&path, "mine").expect_err("damaged").to_string();
                assert!(error.contains("damaged"), "{error}");
            }
        }
        let missing = folder.path().join("no/folder");
        assert!(matches!(write(&missing, "mine", &state()), Err(Error::Io { .. })));
    }
}
