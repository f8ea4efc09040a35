//! Integration tests of the models: fetching against stand-ins, engines with
//! the real models where they were fetched. Tests that need a model skip
//! without it, and say so.
#![allow(missing_docs)]

mod embedders;
mod fetching;
mod hub;
mod language_models;
mod listening;
mod looking;
mod picture_text;
mod reading;
mod real;
mod stand_in;

/// The models folder of this machine: `$VIREO_MODELS_DIR`, else `~/.cache/vireo/models`.
fn models_dir() -> std::path::PathBuf {
    vireo_pretrained::models::Config::default().models_dir()
}
