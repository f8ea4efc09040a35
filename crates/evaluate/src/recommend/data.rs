//! Public data sets, as their makers lay them out.

use crate::{Error, Result};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use vireo_domain::FeedbackKind;
use vireo_interest::models::{Event, Interactions};

/// The layout of a data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// MovieLens 100K: `u.data`, user, item, rating, seconds by tabs.
    Ml100k,
    /// MovieLens latest: `ratings.csv`, userId,movieId,rating,timestamp.
    MlLatest,
    /// Last.fm 2K (HetRec 2011): `user_artists.dat`, userID, artistID, weight
    /// by tabs; neither times nor an order.
    Lastfm2k,
    /// SASRec's text: `user item item…` or one `user item` a line, in order.
    Sequences,
    /// `user,item,rating,timestamp` with a header, the last two may be empty.
    InteractionsCsv,
}

impl Format {
    /// Every layout with its name.
    pub const ALL: [(&'static str, Self); 5] = [
        ("ml-100k", Self::Ml100k),
        ("ml-latest", Self::MlLatest),
        ("lastfm-2k", Self::Lastfm2k),
        ("sequences", Self::Sequences),
        ("interactions-csv", Self::InteractionsCsv),
    ];

    /// The layout of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(known, _)| *known == name).map(|(_, format)| format)
    }

    /// The file of interactions in a folder of this layout.
    fn file(self, path: &Path) -> PathBuf {
        let name = match self {
            Self::Ml100k => "u.data",
            Self::MlLatest => "ratings.csv",
            Self::Lastfm2k => "user_artists.dat",
            Self::Sequences => "sequences.txt",
            Self::InteractionsCsv => "interactions.csv",
        };
        if path.is_dir() { path.join(name) } else { path.to_owned() }
    }
}

/// A data set.
#[derive(Debug, Clone, PartialEq)]
pub struct DataSet {
    /// Who did what.
    pub interactions: Interactions,
    /// Whether every event has a time.
    pub has_times: bool,
    /// What each item is called in the file, by its number.
    pub items: Vec<String>,
}

/// Reads a file, or the file that a folder of this layout has.
///
/// Everything counts as one interaction of weight 1, whatever its rating or
/// count, as in the published figures. Histories are in order of time, events
/// of one second in the order of the file; without times in the order of the
/// file. Last.fm's file is sorted by the numbers of artists, which is no order
/// in which anybody listened: there the order is drawn by the seed. People and
/// items are numbered as they occur.
pub fn read(path: &Path, format: Format, seed: u64) -> Result<DataSet> {
    let file = format.file(path);
    let text = fs::read(&file).map_err(|source| Error::Read { path: file.clone(), source })?;
    let wrong = |line: usize, reason: String| Error::Manifest { path: file.clone(), line, reason };
    let drawn = (format == Format::Lastfm2k).then_some(seed);
    let mut log = Log { drawn, ..Log::default() };
    match format {
        Format::Ml100k => read_columns(&text, b'\t', false, [0, 1, 3], &mut log),
        Format::MlLatest | Format::InteractionsCsv => {
            read_columns(&text, b',', true, [0, 1, 3], &mut log)
        }
        Format::Lastfm2k => read_columns(&text, b'\t', true, [0, 1, usize::MAX], &mut log),
        Format::Sequences => read_sequences(&text, &mut log),
    }
    .map_err(|(line, reason)| wrong(line, reason))?;
    if log.histories.is_empty() {
        return Err(Error::Nothing(format!("{} is empty", file.display())));
    }
    Ok(log.finish())
}

/// Line and what is wrong with it.
type Wrong = (usize, String);

fn read_columns(
    text: &[u8],
    delimiter: u8,
    header: bool,
    [user, item, time]: [usize; 3],
    log: &mut Log,
) -> Result<(), Wrong> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(header)
        .flexible(true)
        .quoting(delimiter == b',')
        .from_reader(text);
    let mut record = csv::ByteRecord::new();
    loop {
        let line = reader.position().line() as usize;
        if !reader.read_byte_record(&mut record).map_err(|error| (line, error.to_string()))? {
            return Ok(());
        }
        let field = |place: usize| {
            record.get(place).map(<[u8]>::trim_ascii).filter(|field| !field.is_empty())
        };
        let (Some(user), Some(item)) = (field(user), field(item)) else {
            return Err((line, "a row needs a user and an item".to_owned()));
        };
        let seconds = |field: &[u8]| {
            let text = String::from_utf8_lossy(field);
            let seconds = text.parse::<f64>().ok().filter(|seconds| seconds.is_finite());
            seconds.ok_or_else(|| (line, format!("{text} is no time in seconds")))
        };
        let at = field(time).map(seconds).transpose()?;
        log.add(user, item, at.map(|seconds| seconds as i64));
    }
}

fn read_sequences(text: &[u8], log: &mut Log) -> Result<(), Wrong> {
    for (number, line) in text.split(|byte| *byte == b'\n').enumerate() {
        let mut words =
            line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).peekable();
        let Some(user) = words.next() else { continue };
        if words.peek().is_none() {
            return Err((number + 1, "a line needs a user and an item".to_owned()));
        }
        for item in words {
            log.add(user, item, None);
        }
    }
    Ok(())
}

/// What was read so far.
#[derive(Default)]
struct Log {
    users: HashMap<Vec<u8>, usize>,
    items: HashMap<Vec<u8>, u32>,
    histories: Vec<Vec<Event>>,
    timeless: bool,
    /// Seed of the order, where there is none.
    drawn: Option<u64>,
}

impl Log {
    fn add(&mut self, user: &[u8], item: &[u8], at: Option<i64>) {
        self.timeless |= at.is_none();
        let at = self.drawn.map_or(at.unwrap_or(0), |seed| lot(seed, user, item));
        let user = number(&mut self.users, user, |count| count);
        let item = number(&mut self.items, item, |count| count as u32);
        if user == self.histories.len() {
            self.histories.push(Vec::new());
        }
        let kind = FeedbackKind::Watch;
        self.histories[user].push(Event { item, kind, weight: 1.0, at, first: at });
    }

    fn finish(mut self) -> DataSet {
        for history in &mut self.histories {
            if self.drawn.is_some() || !self.timeless {
                history.sort_by_key(|event| event.at);
            }
            if self.timeless {
                for event in history {
                    event.at = 0;
                }
            }
        }
        let mut items = vec![String::new(); self.items.len()];
        for (name, number) in self.items {
            items[number as usize] = String::from_utf8_lossy(&name).into_owned();
        }
        let histories = self.histories;
        let interactions =
            Interactions { histories, items: items.len(), ..Interactions::default() };
        DataSet { interactions, has_times: !self.timeless, items }
    }
}

/// A number drawn for one interaction, the same in every language that has SHA-256.
fn lot(seed: u64, user: &[u8], item: &[u8]) -> i64 {
    let seed = seed.to_string();
    let digest = Sha256::digest([seed.as_bytes(), user, item].join(&b' '));
    i64::from_be_bytes(*digest.first_chunk().expect("a digest has 32 bytes"))
}

fn number<N: Copy>(numbers: &mut HashMap<Vec<u8>, N>, id: &[u8], new: impl Fn(usize) -> N) -> N {
    if let Some(known) = numbers.get(id) {
        return *known;
    }
    let next = new(numbers.len());
    numbers.insert(id.to_owned(), next);
    next
}

#[cfg(test)]
mod tests {
    use super::*;

    fn histories(format: Format, text: &str) -> Result<(Vec<Vec<u32>>, bool)> {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(format.file(folder.path()), text).expect("written");
        let data = read(folder.path(), format, 1)?;
        let items = |history: &Vec<Event>| history.iter().map(|event| event.item).collect();
        Ok((data.interactions.histories.iter().map(items).collect(), data.has_times))
    }

    #[test]
    fn every_layout_is_read() {
        let by_time = (vec![vec![1, 0, 2], vec![0]], true);
        let by_file = (vec![vec![0, 1, 2], vec![0]], false);
        let cases = [
            (Format::Ml100k, "7\ta\t3\t20\n7\tb\t3\t10\n7\tc\t5\t20\n8\ta\t1\t1\n", &by_time),
            (
                Format::MlLatest,
                "userId,movieId,rating,timestamp\n7,a,3,20\n7,b,3,10\n7,c,5,20\n8,a,1,1\n",
                &by_time,
            ),
            (
                Format::InteractionsCsv,
                "user,item,rating,timestamp\n7,\"a\",,\n7,b,3,10\n7,c,,\n8,a,,\n",
                &by_file,
            ),
            (Format::Sequences, "7 a b c\n8 a\n", &by_file),
            (Format::Sequences, "7 a\n7 b\n\n8 a\n7 c\n", &by_file),
        ];
        for (format, text, wanted) in cases {
            assert_eq!(&histories(format, text).expect("read"), wanted, "{format:?}");
        }
    }

    #[test]
    fn an_order_that_is_none_is_drawn() {
        let folder = tempfile::tempdir().expect("a folder");
        let rows: Vec<String> = (0..40).map(|artist| format!("7\t{artist}\t3\r\n")).collect();
        let rows = rows.concat();
        let file = folder.path().join("user_artists.dat");
        fs::write(file, format!("userID\tartistID\tweight\r\n{rows}8\t3\t1\r\n")).expect("written");
        let items = |seed: u64| -> Vec<u32> {
            let data = read(folder.path(), Format::Lastfm2k, seed).expect("read");
            assert!(!data.has_times && data.interactions.histories.len() == 2);
            assert_eq!(data.items[data.interactions.histories[1][0].item as usize], "3");
            data.interactions.histories[0].iter().map(|event| event.item).collect()
        };
        let (one, other) = (items(1), items(2));
        assert_ne!(one, other);
        assert_eq!(one, items(1));
        let mut sorted = one.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, (0..40).collect::<Vec<u32>>());
        assert_ne!(one, sorted);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        let said = |format, text| histories(format, text).expect_err("refused").to_string();
        assert!(
            said(Format::Ml100k, "1\t2\t3\t4\n5\t6\t7\tnoon\n").contains(":2: noon is no time")
        );
        assert!(said(Format::Sequences, "1 2\n3\n").contains(":2: a line needs"));
        assert!(said(Format::InteractionsCsv, "user,item\n").contains("is empty"));
        assert!(read(Path::new("/nowhere"), Format::Sequences, 1).is_err());
    }
}
