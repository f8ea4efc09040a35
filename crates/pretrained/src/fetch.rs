//! How models get here: registry packages through the ordinary client, hub addresses, checksums.
