//! The running process: everything wired together.
//!
//! [`App`] is one installation (a data folder, its models and its settings)
//! with what can be done with it; the command line and the HTTP routes are
//! thin layers over it.

pub mod app;
pub mod config;
pub mod doctor;
pub mod environment;
mod error;
pub mod export;
pub mod import;
pub mod jobs;
mod metrics;
mod page;
mod routes;
pub mod serve;

pub use app::App;
pub use config::Config;
