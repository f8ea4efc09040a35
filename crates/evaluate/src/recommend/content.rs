//! What the items of a data set are about, from a file.

use crate::{Error, Result};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use vireo_interest::models::Description;
use vireo_pretrained::embedding::{Purpose, TextEmbedder};

/// Columns that name an item.
const IDS: [&str; 5] = ["id", "item", "item_id", "movie_id", "movieid"];

/// Columns that say what it is about; all that are there are joined. What
/// people did with an item (ratings, tags of viewers, popularity) is not in it.
const TEXTS: [&str; 9] = [
    "title",
    "text",
    "overview",
    "description",
    "genres",
    "keywords",
    "director",
    "cast",
    "cast_top3",
];

/// Those of them that are lists of names.
const NAMES: [&str; 5] = ["genres", "keywords", "director", "cast", "cast_top3"];

/// Texts that are embedded at once.
const TOGETHER: usize = 64;

/// What one item is about.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct About {
    /// In words.
    pub text: String,
    /// Its genres.
    pub genres: Vec<String>,
    /// What it may share with others by name, its genres among them.
    pub names: Vec<String>,
    /// Whether the file tells more than its title and its genres.
    pub is_described: bool,
}

/// Reads a CSV file with a header: a column that names the item (`id`, `item`,
/// `movie_id`) and columns that say what it is about (`title`, `text`,
/// `overview`, `genres`…). A file with two columns needs only the first to be
/// an id.
pub fn read(path: &Path) -> Result<BTreeMap<String, About>> {
    let bytes = fs::read(path).map_err(|source| Error::Read { path: path.to_owned(), source })?;
    let text = String::from_utf8(bytes).map_err(|_| Error::Manifest {
        path: path.to_owned(),
        line: 1,
        reason: "it is no UTF-8 text; a packed file must be unpacked first".to_owned(),
    })?;
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let wrong =
        |line: usize, reason: String| Error::Manifest { path: path.to_owned(), line, reason };
    let header = reader.headers().map_err(|error| wrong(1, error.to_string()))?.clone();
    let place = |name: &&str| header.iter().position(|cell| cell.trim().eq_ignore_ascii_case(name));
    let id = IDS.iter().find_map(place);
    let id =
        id.ok_or_else(|| wrong(1, format!("none of these columns is there: {}", IDS.join(", "))))?;
    let mut texts: Vec<usize> = TEXTS.iter().filter_map(place).collect();
    if texts.is_empty() && header.len() == 2 {
        texts.push(1 - id);
    }
    if texts.is_empty() {
        return Err(wrong(1, format!("none of these columns is there: {}", TEXTS.join(", "))));
    }
    let genres = place(&"genres");
    let names: Vec<usize> = NAMES.iter().filter_map(place).collect();
    let short = [place(&"title"), genres];
    let mut found = BTreeMap::new();
    for record in reader.records() {
        let record = record.map_err(|error| {
            wrong(error.position().map_or(0, |at| at.line() as usize), error.to_string())
        })?;
        let cell = |place: usize| record.get(place).unwrap_or_default().trim();
        let name = cell(id);
        if name.is_empty() {
            let line = record.position().map_or(0, |at| at.line() as usize);
            return Err(wrong(line, "a row needs the name of an item".to_owned()));
        }
        let told = texts.iter().copied().filter(|place| !cell(*place).is_empty());
        let told: Vec<usize> = told.collect();
        let words: Vec<String> = told.iter().map(|place| plain(cell(*place))).collect();
        let about = About {
            text: words.join(". "),
            genres: genres.map_or_else(Vec::new, |place| parts(cell(place))),
            names: names.iter().flat_map(|place| parts(cell(*place))).collect(),
            is_described: told.iter().any(|place| !short.contains(&Some(*place))),
        };
        found.insert(name.to_owned(), about);
    }
    Ok(found)
}

/// A list that was written as one (`['Drama', 'War']`, `Drama|War`), in words.
fn plain(cell: &str) -> String {
    if cell.contains('|') || cell.starts_with('[') {
        parts(cell).join(", ")
    } else {
        cell.to_owned()
    }
}

fn parts(cell: &str) -> Vec<String> {
    let cell = cell.trim_start_matches('[').trim_end_matches(']');
    let words = cell.split(['|', ',']).map(|word| word.trim().trim_matches(['\'', '"']));
    words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// What each item is about, by its name.
pub fn embed(
    embedder: &dyn TextEmbedder,
    items: &[String],
    about: &BTreeMap<String, About>,
    progress: &dyn Fn(usize, usize),
) -> Result<Vec<Description>> {
    let text = |name: &String| about.get(name).map(|about| about.text.as_str());
    let texts: Vec<(usize, &str)> = items
        .iter()
        .enumerate()
        .filter_map(|(number, name)| Some((number, text(name)?)))
        .filter(|(_, text)| !text.is_empty())
        .collect();
    if texts.is_empty() {
        let example = items.first().map_or("", String::as_str);
        return Err(Error::Nothing(format!(
            "the content names none of the items, which are called like {example:?}"
        )));
    }
    let names = |name: &String| about.get(name).map_or_else(Vec::new, |about| about.names.clone());
    let described = |name| Description { meaning: None, names: names(name) };
    let mut described: Vec<Description> = items.iter().map(described).collect();
    for (done, some) in texts.chunks(TOGETHER).enumerate() {
        progress(done * TOGETHER, texts.len());
        let words: Vec<&str> = some.iter().map(|(_, text)| *text).collect();
        let found = embedder.embed(&words, Purpose::Passage)?;
        for ((number, _), embedding) in some.iter().zip(found) {
            described[*number].meaning = Some(embedding.as_slice().to_vec());
        }
    }
    Ok(described)
}

#[cfg(test)]
mod tests {
    use super::*;
    use vireo_pretrained::embedding::hashing::HashingEmbedder;

    fn read_text(text: &str) -> Result<BTreeMap<String, About>> {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("content.csv");
        fs::write(&file, text).expect("written");
        read(&file)
    }

    #[test]
    fn films_and_plain_texts_are_read() {
        let films = read_text(
            "\u{feff}movie_id,title,genres,rating_count,overview\n\
             1,Heat,\"['Crime', 'Action']\",999,\"A thief, a cop.\"\n2,Up,Drama|War,1,\n",
        );
        let films = films.expect("read");
        assert_eq!(films["1"].text, "Heat. A thief, a cop.. Crime, Action");
        assert_eq!(films["1"].genres, ["Crime", "Action"]);
        assert_eq!(films["2"].genres, ["Drama", "War"]);
        assert_eq!(films["2"].names, films["2"].genres);
        assert_eq!([&films["1"], &films["2"]].map(|film| film.is_described), [true, false]);
        let texts = read_text("id,text\n甲,烤面包\n").expect("read");
        assert_eq!((&*texts["甲"].text, texts["甲"].is_described), ("烤面包", true));
        assert_eq!(read_text("id,words\n7,bread\n").expect("read")["7"].text, "bread");
    }

    #[test]
    fn what_is_wrong_is_said() {
        let said = |text| read_text(text).expect_err("refused").to_string();
        assert!(said("name,text\n").contains("none of these columns is there: id, item"));
        assert!(said("id,a,b\n").contains("none of these columns is there: title, text"));
        assert!(said("id,text\n1,a\n,b\n").contains(":3: a row needs the name"));
        let about = read_text("id,text\n1,bread\n").expect("read");
        let none = embed(&HashingEmbedder, &["9".to_owned()], &about, &|_, _| {});
        assert!(none.expect_err("refused").to_string().contains("called like \"9\""));
    }

    #[test]
    fn items_get_the_vector_of_their_text() {
        let about = read_text("id,text\n1,bread\n2,trains\n3,\n").expect("read");
        let names = ["3", "2", "1", "0"].map(str::to_owned);
        let described = embed(&HashingEmbedder, &names, &about, &|_, _| {}).expect("embedded");
        let known: Vec<bool> = described.iter().map(|item| item.meaning.is_some()).collect();
        assert_eq!(known, [false, true, true, false]);
    }
}
