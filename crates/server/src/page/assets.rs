//! Style, scripts and pictures, embedded in the binary.

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::sync::LazyLock;

const SCRIPT: &str = "text/javascript; charset=utf-8";
const PICTURE: &str = "image/svg+xml";

const FILES: [(&str, &str, &str); 7] = [
    ("style.css", "text/css; charset=utf-8", include_str!("../../assets/style.css")),
    ("app.js", SCRIPT, include_str!("../../assets/app.js")),
    ("player.js", SCRIPT, include_str!("../../assets/player.js")),
    ("interests.js", SCRIPT, include_str!("../../assets/interests.js")),
    ("statements.js", SCRIPT, include_str!("../../assets/statements.js")),
    ("icons.svg", PICTURE, include_str!("../../assets/icons.svg")),
    ("logo.svg", PICTURE, include_str!("../../assets/logo.svg")),
];

/// Changes when a file does; part of the addresses, so that browsers can keep
/// files for good.
pub(crate) static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut hasher = blake3::Hasher::new();
    for (_, _, text) in FILES {
        hasher.update(text.as_bytes());
    }
    hasher.finalize().to_hex()[..12].to_owned()
});

/// One file.
pub(crate) async fn get(Path(name): Path<String>) -> Response {
    let Some((_, kind, text)) = FILES.iter().find(|(known, _, _)| *known == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, *kind),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    (headers, *text).into_response()
}
