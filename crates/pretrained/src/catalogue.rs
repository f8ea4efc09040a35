//! Which models there are: `catalogue.toml`, read once.
