//! What several routes ask in the same words.

use crate::error::Problem;
use serde::Deserialize;
use std::str::FromStr;
use utoipa::IntoParams;
use vireo_domain::{InvalidId, Language, UnknownLanguage, VideoId};

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
    let tag = tag.filter(|tag| !tag.is_empty());
    tag.map(str::parse)
        .transpose()
        .map_err(|error: UnknownLanguage| Problem::bad_request(error.to_string()))
}

/// Video ids separated by commas.
pub(crate) fn ids(list: Option<&str>) -> Result<Vec<VideoId>, Problem> {
    let parts = list.unwrap_or_default().split(',').map(str::trim).filter(|id| !id.is_empty());
    Ok(parts.map(VideoId::new).collect::<Result<_, _>>()?)
}

/// Entries of a page when nobody says how many.
const PAGE_SIZE: u32 = 50;

/// Which page of a list that is in order of id.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Paging {
    /// At most so many, 1 to 100; 50 unless said.
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<String>,
}

impl Paging {
    /// After which id the page begins, and how many to read: one more than
    /// asked for, which tells [`Self::cut`] whether there is a next page.
    pub(crate) fn read<Id: FromStr<Err = InvalidId>>(&self) -> Result<(Option<Id>, u32), Problem> {
        let after = self.cursor.as_deref().map(str::parse).transpose()?;
        Ok((after, limit(self.limit, PAGE_SIZE)? + 1))
    }

    /// Cuts what was read down to the page; returns the cursor of the next one.
    pub(crate) fn cut<T>(&self, read: &mut Vec<T>, id: impl Fn(&T) -> String) -> Option<String> {
        let limit = self.limit.unwrap_or(PAGE_SIZE) as usize;
        let more = read.len() > limit;
        read.truncate(limit);
        read.last().filter(|_| more).map(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_end_where_the_list_does() {
        let paging = Paging { limit: Some(2), cursor: None };
        let mut read = vec![1, 2, 3];
        assert_eq!(paging.cut(&mut read, ToString::to_string), Some("2".to_owned()));
        assert_eq!(read, [1, 2]);
        assert_eq!(paging.cut(&mut read, ToString::to_string), None);
        assert_eq!(paging.cut(&mut Vec::new(), u32::to_string), None);
    }

    #[test]
    fn hostile_words_are_refused() {
        assert!(limit(Some(0), 20).is_err());
        assert!(limit(Some(101), 20).is_err());
        assert_eq!(limit(None, 20).ok(), Some(20));
        assert!(language(Some("en\"><script>")).is_err());
        assert!(language(Some("klingon")).is_err());
        assert_eq!(language(Some("zh-Hans")).ok().flatten(), Some(Language::chinese()));
        let paging = Paging { limit: Some(2), cursor: Some("x".repeat(300)) };
        assert!(paging.read::<VideoId>().is_err());
        assert_eq!(ids(Some("a, b,")).map(|ids| ids.len()).ok(), Some(2));
        assert!(ids(Some(&"x".repeat(300))).is_err());
    }
}
