//! Other people's models: which there are ([`catalogue`]), how they get here
//! ([`fetch`]), and how they run: speech, voice activity, what is in pictures
//! (text, things and how many, what is not for everybody), text embeddings, pictures
//! and texts in one space, language models.
//!
//! Only this room names the inference engines (ONNX Runtime, llama.cpp).

pub mod catalogue;
pub mod clock;
pub mod embedding;
pub mod error;
pub mod fetch;
pub mod language_model;
mod llama;
pub mod models;
pub mod names;
pub mod object_detection;
mod onnx;
pub mod picture;
pub mod picture_labelling;
pub mod picture_text;
pub mod speech;
pub mod text_reading;
pub mod unsafe_content;
pub mod voice;

pub use error::{Error, Result};
pub use models::Models;
