//! Tests of the store from outside.

mod kill;
mod sqlite;
