//! Is what is shown beside a video of its subject, in any language?

use super::{Page, Vireo, ids};
use crate::demo::script::{self, Script};
use anyhow::{Context, Result, bail};
use std::collections::HashMap;
use std::fmt;

/// Videos asked for beside each.
const ROW: usize = 5;

/// What the rows beside the demo's scripts hold. A row is given by titles.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Subjects {
    /// Scripts whose video is in the catalogue.
    asked: usize,
    /// Scripts whose video is not.
    absent: usize,
    /// Rows without anything in them.
    empty: usize,
    /// Rows that begin with a video of the same subject.
    nearest: usize,
    /// Pairs of videos of one subject in two languages, each way.
    pairs: usize,
    /// Pairs of which the second is in the row of the first.
    found: usize,
    /// What is beside a video without being of its subject: its title, the
    /// nearest one's.
    strays: Vec<(String, String)>,
}

/// Asks for the row beside each video of the demo.
pub(super) fn measure(vireo: &Vireo) -> Result<Subjects> {
    let scripts = script::all()?;
    let ids = ids(vireo)?;
    let rows = scripts.iter().map(|script| -> Result<Option<Vec<String>>> {
        let Some(id) = ids.get(&script.title) else { return Ok(None) };
        let row = ROW.to_string();
        let printed = vireo.output(&["related", id, "-n", &row, "--json"])?;
        let page: Page = serde_json::from_slice(&printed).context("vireo related --json")?;
        Ok(Some(page.items.into_iter().map(|item| item.title).collect()))
    });
    let rows: Vec<Option<Vec<String>>> = rows.collect::<Result<_>>()?;
    let subjects = count(&scripts, &rows);
    if subjects.asked == 0 {
        bail!("no video of the demo is in {}", vireo.data_dir.display());
    }
    Ok(subjects)
}

fn count(scripts: &[Script], rows: &[Option<Vec<String>>]) -> Subjects {
    let of_title: HashMap<&str, &Script> =
        scripts.iter().map(|script| (script.title.as_str(), script)).collect();
    let mut counted = Subjects::default();
    for (script, row) in scripts.iter().zip(rows) {
        let Some(row) = row else {
            counted.absent += 1;
            continue;
        };
        counted.asked += 1;
        let is_same = |other: &Script| other.subject == script.subject;
        let is_across = |other: &Script| is_same(other) && other.chinese != script.chinese;
        let known: Vec<Option<&Script>> =
            row.iter().map(|title| of_title.get(title.as_str()).copied()).collect();
        match known.first() {
            None => counted.empty += 1,
            Some(first) if first.is_some_and(is_same) => counted.nearest += 1,
            Some(_) => counted.strays.push((script.title.clone(), row[0].clone())),
        }
        let present = scripts.iter().zip(rows).filter(|(_, row)| row.is_some());
        counted.pairs += present.filter(|(other, _)| is_across(other)).count();
        counted.found += known.into_iter().flatten().filter(|other| is_across(other)).count();
    }
    counted
}

impl fmt::Display for Subjects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.absent > 0 {
            writeln!(f, "{} videos of the demo are not in the catalogue", self.absent)?;
        }
        let Self { asked, empty, nearest, pairs, found, .. } = self;
        writeln!(f, "nearest video of the same subject:           {nearest} of {asked}")?;
        writeln!(f, "the same subject in the other language in 5: {found} of {pairs}")?;
        write!(f, "rows without a video:                        {empty} of {asked}")?;
        for (title, stray) in &self.strays {
            write!(f, "\n  beside “{title}”: “{stray}”")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_counted_by_subject_and_language() {
        let all = script::all().expect("scripts");
        let chess = |chinese: bool| {
            let mut of = all.iter().filter(|s| s.subject == "chess" && s.chinese == chinese);
            of.next().expect("chess in both languages").clone()
        };
        let bread = all.iter().find(|s| s.subject == "cooking").expect("cooking").clone();
        let scripts = [chess(false), chess(true), bread.clone(), bread];
        let titles = |places: &[usize]| {
            Some(places.iter().map(|place| scripts[*place].title.clone()).collect())
        };
        let rows = [titles(&[1, 2]), titles(&[2, 0]), titles(&[]), None];
        let counted = count(&scripts, &rows);
        let strays = vec![(scripts[1].title.clone(), scripts[2].title.clone())];
        let expected =
            Subjects { asked: 3, absent: 1, empty: 1, nearest: 1, pairs: 2, found: 2, strays };
        assert_eq!(counted, expected);
        assert!(counted.to_string().contains("other language in 5: 2 of 2"));
    }
}
