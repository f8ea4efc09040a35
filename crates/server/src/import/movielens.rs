//! MovieLens: ml-100k (`u.data`, `u.item`, `u.user`) and ml-latest
//! (`ratings.csv`, `movies.csv`, `tags.csv`), <https://grouplens.org/datasets/movielens/>.

use super::lines::TextLines;
use super::{Line, Lines, Object, What, table};
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::path::Path;

/// A file of MovieLens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum File {
    /// `u.data`: user, item, rating, seconds, by tabs.
    Data,
    /// `u.item`: id, title, release, video release, address, 19 flags, by bars, Latin-1.
    Item,
    /// `u.user`: id, age, gender, occupation, zip code, by bars.
    User,
    /// `movies.csv`.
    Movies,
    /// `ratings.csv`.
    Ratings,
    /// `tags.csv`: what people wrote to a film.
    Tags,
}

/// The files of both data sets; videos and people before the feedback on them.
pub(super) const FILES: [(&str, What, File); 6] = [
    ("u.item", What::Videos, File::Item),
    ("movies.csv", What::Videos, File::Movies),
    ("u.user", What::Users, File::User),
    ("u.data", What::Feedback, File::Data),
    ("ratings.csv", What::Feedback, File::Ratings),
    ("tags.csv", What::Feedback, File::Tags),
];

/// `u.genre`, for a `u.item` that stands alone.
const GENRES: [&str; 19] = [
    "unknown",
    "Action",
    "Adventure",
    "Animation",
    "Children's",
    "Comedy",
    "Crime",
    "Documentary",
    "Drama",
    "Fantasy",
    "Film-Noir",
    "Horror",
    "Musical",
    "Mystery",
    "Romance",
    "Sci-Fi",
    "Thriller",
    "War",
    "Western",
];

/// Most of people's own tags that become tags of a film.
const TAGS_OF_A_FILM: usize = 5;

impl File {
    pub(super) fn format(self) -> &'static str {
        match self {
            Self::Data | Self::Item | Self::User => "ml-100k",
            Self::Movies | Self::Ratings | Self::Tags => "ml-latest",
        }
    }

    pub(super) fn what(self) -> What {
        match self {
            Self::Item | Self::Movies => What::Videos,
            Self::User => What::Users,
            Self::Data | Self::Ratings | Self::Tags => What::Feedback,
        }
    }

    /// Which of the files this is, by how it begins.
    pub(super) fn recognise(path: &Path, beginning: &[u8]) -> Option<Self> {
        let first = beginning.split(|byte| *byte == b'\n').next()?.trim_ascii_end();
        let cells = |separator: u8| first.split(|byte| *byte == separator).count();
        let is_digits = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_digit);
        let begins_with_id =
            |separator: u8| first.split(|byte| *byte == separator).next().is_some_and(is_digits);
        match first {
            b"movieId,title,genres" => Some(Self::Movies),
            b"userId,movieId,rating,timestamp" => Some(Self::Ratings),
            b"userId,movieId,tag,timestamp" => Some(Self::Tags),
            _ if cells(b'|') == 24 && begins_with_id(b'|') => Some(Self::Item),
            _ if cells(b'|') == 5 && begins_with_id(b'|') => Some(Self::User),
            _ if cells(b'\t') == 4 && first.split(|byte| *byte == b'\t').all(is_digits) => {
                Some(Self::Data)
            }
            // Its first line may be the damaged one.
            _ => match path.file_name()?.to_str()? {
                "u.data" => Some(Self::Data),
                "u.item" => Some(Self::Item),
                "u.user" => Some(Self::User),
                _ => None,
            },
        }
    }

    pub(super) fn lines(self, path: &Path) -> Result<Lines> {
        match self {
            Self::Data => split(path, '\t', 4, |cells| {
                Ok(object(json!({"user": cells[0], "video": cells[1], "kind": "rating",
                    "value": cells[2], "at": cells[3]})))
            }),
            Self::User => split(path, '|', 5, |cells| {
                let labels = ["age", "gender", "occupation", "zip"];
                let label = |(name, cell): (&str, &&str)| format!("{name}:{cell}");
                let labels: Vec<String> = labels.into_iter().zip(&cells[1..]).map(label).collect();
                Ok(object(json!({"id": cells[0], "labels": labels})))
            }),
            Self::Item => {
                let genres = genres(path);
                split(path, '|', 24, move |cells| item(cells, &genres))
            }
            Self::Movies => {
                let tags = tags_beside(path);
                rows(path, move |row| movie(&row, &tags))
            }
            Self::Ratings => rows(path, |row| {
                object(json!({"user": row.get("userId"), "video": row.get("movieId"),
                    "kind": "rating", "value": row.get("rating"), "at": row.get("timestamp")}))
            }),
            // What people wrote to a film: a comment, at its time.
            Self::Tags => rows(path, |row| {
                object(json!({"user": row.get("userId"), "video": row.get("movieId"),
                    "kind": "comment", "at": row.get("timestamp")}))
            }),
        }
    }
}

fn object(value: Value) -> Object {
    let Value::Object(mut object) = value else { return Object::new() };
    object.retain(|_, value| !value.is_null());
    object
}

/// Lines cut at a separator into exactly `count` cells.
fn split(
    path: &Path,
    separator: char,
    count: usize,
    translate: impl Fn(&[&str]) -> Result<Object, String> + 'static,
) -> Result<Lines> {
    let lines =
        TextLines::open(path, true).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(Box::new(lines.map(move |(number, text)| -> Line {
        let object = text.and_then(|text| {
            let cells: Vec<&str> = text.split(separator).collect();
            if cells.len() == count {
                translate(&cells)
            } else {
                Err(format!("{} columns where there should be {count}", cells.len()))
            }
        });
        (number, object)
    })))
}

fn rows(path: &Path, translate: impl Fn(Object) -> Object + 'static) -> Result<Lines> {
    let table = table::open(path)?;
    Ok(Box::new(table.map(move |(line, row)| (line, row.map(&translate)))))
}

/// The names in the `u.genre` beside the file, else those of 1998.
fn genres(item: &Path) -> Vec<String> {
    let named = std::fs::read_to_string(item.with_file_name("u.genre")).unwrap_or_default();
    let named: Vec<String> =
        named.lines().filter_map(|line| Some(line.split_once('|')?.0.trim().to_owned())).collect();
    if named.len() == GENRES.len() { named } else { GENRES.map(str::to_owned).to_vec() }
}

fn item(cells: &[&str], genres: &[String]) -> Result<Object, String> {
    let flags = &cells[5..];
    if let Some(odd) = flags.iter().find(|flag| !matches!(**flag, "0" | "1")) {
        return Err(format!("a genre's flag is {odd:?}, not 0 or 1"));
    }
    let marked = genres.iter().zip(flags).filter(|(_, flag)| **flag == "1");
    let tags: Vec<&String> =
        marked.map(|(genre, _)| genre).filter(|genre| *genre != "unknown").collect();
    let released = jiff::civil::Date::strptime("%d-%b-%Y", cells[2]).ok();
    let published = released.map(|date| date.to_string()).or_else(|| year(cells[1]));
    let address = Some(cells[4]).filter(|address| !address.is_empty());
    Ok(object(json!({"id": cells[0], "title": cells[1], "tags": tags,
        "published_at": published, "url": address})))
}

fn movie(row: &Object, tags_of: &HashMap<String, Vec<String>>) -> Object {
    let genres = row.get("genres").and_then(Value::as_str).unwrap_or_default();
    let mut tags: Vec<String> = genres
        .split('|')
        .filter(|genre| !genre.is_empty() && *genre != "(no genres listed)")
        .map(str::to_owned)
        .collect();
    let id = row.get("movieId").and_then(Value::as_str).unwrap_or_default();
    for tag in tags_of.get(id).into_iter().flatten() {
        if !tags.iter().any(|known| known.eq_ignore_ascii_case(tag)) {
            tags.push(tag.clone());
        }
    }
    let title = row.get("title").and_then(Value::as_str).map(str::trim);
    object(json!({"id": id, "title": title, "tags": tags, "published_at": title.and_then(year)}))
}

/// The first day of the year at the end of a title: `Toy Story (1995)`.
fn year(title: &str) -> Option<String> {
    let (_, year) = title.trim_end().strip_suffix(')')?.rsplit_once('(')?;
    let year: i16 = year.parse().ok()?;
    (1870..=2100).contains(&year).then(|| format!("{year}-01-01"))
}

/// People's most frequent tags of each film, from the `tags.csv` beside `movies.csv`.
fn tags_beside(movies: &Path) -> HashMap<String, Vec<String>> {
    let Ok(table) = table::open(&movies.with_file_name("tags.csv")) else { return HashMap::new() };
    let mut counts: HashMap<String, HashMap<String, u32>> = HashMap::new();
    for row in table.filter_map(|(_, row)| row.ok()) {
        let cell = |name| row.get(name).and_then(Value::as_str).map(str::trim);
        if let (Some(film), Some(tag)) = (cell("movieId"), cell("tag")) {
            let tag = tag.to_lowercase();
            *counts.entry(film.to_owned()).or_default().entry(tag).or_default() += 1;
        }
    }
    let most_frequent = |tags: HashMap<String, u32>| {
        let mut tags: Vec<(String, u32)> = tags.into_iter().collect();
        tags.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        tags.into_iter().take(TAGS_OF_A_FILM).map(|(tag, _)| tag).collect()
    };
    counts.into_iter().map(|(film, tags)| (film, most_frequent(tags))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_told_by_how_they_begin() {
        let tell = |first: &str| File::recognise(Path::new("x"), first.as_bytes());
        assert_eq!(tell("196\t242\t3\t881250949\r\n186"), Some(File::Data));
        assert_eq!(tell("1|24|M|technician|85711\n"), Some(File::User));
        assert_eq!(tell("userId,movieId,rating,timestamp\r\n1"), Some(File::Ratings));
        assert_eq!(tell("user,video,kind,value,at"), None);
        assert_eq!(File::recognise(Path::new("a/u.data"), b"oops"), Some(File::Data));
    }

    #[test]
    fn years_come_from_titles() {
        assert_eq!(year("Toy Story (1995)"), Some("1995-01-01".to_owned()));
        assert_eq!(year("Léon (The Professional) (1994) "), Some("1994-01-01".to_owned()));
        assert_eq!(year("Babylon 5"), None);
        assert_eq!(year("Odd (0000)"), None);
    }

    #[test]
    fn an_item_of_the_hundred_thousand() {
        let line =
            "1|Toy Story (1995)|01-Jan-1995||http://x/|0|0|0|1|1|1|0|0|0|0|0|0|0|0|0|0|0|0|0";
        let cells: Vec<&str> = line.split('|').collect();
        let item = item(&cells, &GENRES.map(str::to_owned)).expect("good");
        assert_eq!(item["tags"], json!(["Animation", "Children's", "Comedy"]));
        assert_eq!(item["published_at"], "1995-01-01");
    }
}
