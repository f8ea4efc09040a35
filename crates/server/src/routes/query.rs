//! What several routes ask in the same words.

use crate::error::Problem;
use std::str::FromStr;
use vireo_domain::{InvalidId, Language, VideoId};

/// Most entries a page of anything has.
pub(crate) const PAGE_LIMIT: u32 = 100;

/// The wanted number of entries, checked.
pub(crate) fn limit(wanted: Option<u32>, default: u32) -> Result<u32, Problem> {
    match wanted.unwrap_or(default) {
        limit @ 1..=PAGE_LIMIT => Ok(limit),
        limit => Err(Problem::bad_request(format!("limit is {limit}; use 1 to {PAGE_LIMIT}"))),
    }
}

/// A language that answers can be given in, or that a video can be in.
pub(crate) fn language(tag: Option<&str>) -> Result<Option<Language>, Problem> {
    let Some(tag) = tag.filter(|tag| !tag.is_empty()) else { return Ok(None) };
    let plain = tag.len() <= 35 && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if plain {
        Ok(Some(Language::new(tag)))
    } else {
        Err(Problem::bad_request("a language is a tag such as en or zh-Hans"))
    }
}

/// Video ids separated by commas.
pub(crate) fn ids(list: Option<&str>) -> Result<Vec<VideoId>, Problem> {
    let parts = list.unwrap_or_default().split(',').map(str::trim).filter(|id| !id.is_empty());
    Ok(parts.map(VideoId::new).collect::<Result<_, _>>()?)
}

/// Where a page of ids goes on: after this one.
pub(crate) fn after<T: FromStr<Err = InvalidId>>(
    cursor: Option<&str>,
) -> Result<Option<T>, Problem> {
    Ok(cursor.map(str::parse).transpose()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_words_are_refused() {
        assert!(limit(Some(0), 20).is_err());
        assert!(limit(Some(101), 20).is_err());
        assert_eq!(limit(None, 20).ok(), Some(20));
        assert!(language(Some("en\"><script>")).is_err());
        assert_eq!(language(Some("zh-Hans")).ok().flatten(), Some(Language::chinese()));
        assert_eq!(ids(Some("a, b,")).map(|ids| ids.len()).ok(), Some(2));
        assert!(ids(Some(&"x".repeat(300))).is_err());
    }
}
