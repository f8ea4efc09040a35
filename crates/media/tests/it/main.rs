//! The crate against real ffmpeg and real files.

mod make;

mod audio;
mod clips;
mod frames;
mod loudness;
mod probe;
mod shots;
mod sprite;
mod subtitles;
