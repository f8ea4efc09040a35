//! The 1000 classes of ImageNet-1k (Russakovsky et al., IJCV 2015), in the
//! order in which networks have them, in English and Chinese.
//!
//! `classes.tsv` has a class a line: English, Chinese, and, where there is one,
//! the name of a broader thing that it is; `-` in its place marks what is
//! never said of a picture: patterns, parts, and things that a network which
//! knows no people sees on them. The lines after these 1000 are the broader
//! names.

use std::collections::HashMap;
use std::sync::LazyLock;

/// How many classes there are.
const COUNT: usize = 1000;

/// A class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Class {
    /// What is said of a picture of it; `None`: nothing.
    pub english: Option<&'static str>,
    /// A broader thing that it is.
    pub broader: Option<&'static str>,
}

struct Names {
    classes: Vec<Class>,
    chinese: HashMap<&'static str, &'static str>,
}

static NAMES: LazyLock<Names> = LazyLock::new(|| {
    let mut names = Names { classes: Vec::with_capacity(COUNT), chinese: HashMap::new() };
    for line in include_str!("classes.tsv").lines() {
        let mut parts = line.split('\t');
        let (english, chinese) = (parts.next().unwrap_or_default(), parts.next());
        if names.classes.len() < COUNT {
            let third = parts.next();
            let is_said = third != Some("-");
            names.classes.push(Class {
                english: is_said.then_some(english),
                broader: third.filter(|_| is_said),
            });
        }
        names.chinese.insert(english, chinese.unwrap_or_default());
    }
    names
});

/// The classes, in the order of the likelihoods.
pub fn classes() -> &'static [Class] {
    &NAMES.classes
}

/// The Chinese of an English name, of a class or of a broader thing.
pub(crate) fn in_chinese(english: &str) -> Option<&'static str> {
    NAMES.chinese.get(english).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_have_their_places() {
        assert_eq!(classes().len(), COUNT);
        for (place, english, broader) in [
            (0, "tench", Some("fish")),
            (285, "Egyptian cat", Some("cat")),
            (388, "giant panda", None),
            (457, "bow tie", Some("tie")),
            (468, "cab", Some("car")),
            (834, "suit", None),
            (967, "espresso", Some("coffee")),
            (980, "volcano", Some("mountain")),
        ] {
            assert_eq!(classes()[place], Class { english: Some(english), broader });
        }
        assert_eq!(classes()[999].english, None);
    }

    #[test]
    fn every_name_has_its_chinese() {
        let said = classes().iter().flat_map(|class| [class.english, class.broader]).flatten();
        for english in said {
            let chinese = in_chinese(english).unwrap_or_default();
            assert!(!chinese.is_ascii(), "{english}: {chinese:?}");
        }
        assert_eq!(in_chinese("giant panda"), Some("大熊猫"));
        assert_eq!(in_chinese("nothing of the kind"), None);
    }
}
