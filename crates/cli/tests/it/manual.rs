//! `docs/CLI.md` is what this very program says of itself.

use crate::vireo::Vireo;
use std::path::Path;

#[test]
fn the_manual_is_fresh() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/CLI.md");
    let written = std::fs::read_to_string(file).expect("docs/CLI.md");
    let fresh = Vireo::new().well(&["help-markdown"]).stdout;
    assert!(written == fresh, "docs/CLI.md is stale: cargo xtask tidy --write");
}
