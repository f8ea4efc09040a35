//! What every backend must do; each function takes a fresh, empty store.
