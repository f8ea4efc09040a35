//! llama.cpp: the one backend of the process, shared by the text embedder and
//! the language models.

use crate::{Error, Result};
use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::context::params::LlamaContextParams;
use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::model::params::LlamaModelParams;
use llama_cpp_2::{LogOptions, send_logs_to_tracing};
use std::fmt::Display;
use std::path::Path;
use std::sync::{Arc, LazyLock};

self_cell::self_cell!(
    /// A model and the context that computes with it.
    pub(crate) struct Session {
        owner: Arc<LlamaModel>,
        #[covariant]
        dependent: LlamaContext,
    }
);

/// The backend may be started once a process. Its chatter goes to `tracing`
/// (target `llama-cpp-2`).
static BACKEND: LazyLock<llama_cpp_2::Result<LlamaBackend>> = LazyLock::new(|| {
    send_logs_to_tracing(LogOptions::default());
    LlamaBackend::init()
});

fn backend() -> Result<&'static LlamaBackend> {
    BACKEND.as_ref().map_err(engine_error)
}

/// How many threads: 0 stands for all cores.
pub(crate) fn threads(wanted: usize) -> usize {
    match wanted {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        wanted => wanted,
    }
}

/// Maps a GGUF file into memory.
pub(crate) fn load(gguf: &Path) -> Result<Arc<LlamaModel>> {
    std::fs::File::open(gguf).map_err(Error::file(gguf))?;
    let model = LlamaModel::load_from_file(backend()?, gguf, &LlamaModelParams::default())
        .map_err(|error| engine_error(format!("cannot load {}: {error}", gguf.display())))?;
    Ok(Arc::new(model))
}

/// A context of a model.
pub(crate) fn session(
    model: &Arc<LlamaModel>,
    params: LlamaContextParams,
    threads: usize,
) -> Result<Session> {
    let threads = threads as i32;
    let params = params.with_n_threads(threads).with_n_threads_batch(threads);
    Session::try_new(Arc::clone(model), |model| {
        model.new_context(backend()?, params).map_err(engine_error)
    })
}

/// An error of llama.cpp.
pub(crate) fn engine_error(reason: impl Display) -> Error {
    Error::Engine { engine: "llama.cpp".to_owned(), reason: reason.to_string() }
}
