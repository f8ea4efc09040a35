//! How anything is trained here: on the processor, by kernels with their own
//! backward, never padded.
//!
//! A batch is cut into groups of whole sequences that fit a processor's cache.
//! Each group is taken through the network, its loss and all the way back
//! before the next begins ([`SequenceModel::gradient`]), so what lies between
//! is never written to memory. Numbers do not depend on the number of threads.
//!
//! Two things are trained: what comes next in a sequence of items
//! ([`SequenceModel`]) and what a sequence of vectors is ([`Classifier`]). Both
//! have an [`Encoder`] inside. Items may be read by what is known of them, too
//! ([`Features`]).
//!
//! Parameters are one flat list of numbers; an [`Encoder`] knows the places of
//! its own. To add one, write its file in `encoders/`.

mod adam;
mod autoencoder;
mod checkpoint;
mod classifier;
mod encoder;
mod encoders;
mod error;
mod features;
mod fitting;
mod kernels;
mod lanes;
mod noise;
#[cfg(test)]
mod plain;
mod product;
mod questions;
mod ragged;
mod sequence_model;
mod training;
mod validation;
mod windows;

pub use adam::{Adam, AdamConfig};
pub use autoencoder::{Autoencoder, AutoencoderConfig, Liked, Step};
pub use classifier::{Classifier, Example};
pub use encoder::{Encoder, Outline, Pass};
pub use encoders::any::AnyEncoder;
pub use encoders::convolutions::{Convolutions, ConvolutionsConfig};
pub use encoders::recurrent::{Gru, Lstm, Recurrent, RecurrentConfig};
pub use encoders::transformer::{Transformer, TransformerConfig};
pub use error::{Error, Result};
pub use features::{Features, Without};
pub use fitting::{FitConfig, Fitted};
pub use kernels::softmax::Negatives;
pub use noise::{Noise, mix};
pub use questions::{Asked, Target};
pub use ragged::Ragged;
pub use sequence_model::SequenceModel;
pub use training::{Epoch, Outcome, Training, TrainingConfig};
pub use validation::Question;
pub use windows::{Token, Window, windows};
