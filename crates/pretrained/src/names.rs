//! The names that are given to what is seen in pictures.

use crate::{object_detection, picture_labelling};

/// The Chinese of an English name of a thing.
pub fn in_chinese(english: &str) -> Option<&'static str> {
    picture_labelling::in_chinese(english).or_else(|| object_detection::in_chinese(english))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_agree_on_the_chinese_of_a_name() {
        for (english, chinese) in object_detection::CLASSES {
            assert_eq!(in_chinese(english), Some(chinese), "{english}");
        }
        assert_eq!(in_chinese("giant panda"), Some("大熊猫"));
    }
}
