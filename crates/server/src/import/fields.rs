//! The fields of records, and what may stand in them.

use super::Object;
use serde_json::Value;
use vireo_domain::Timestamp;

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// An id; numbers are taken for their digits.
    Id,
    /// Words.
    Text,
    /// A list of words; in CSV separated by `|` or `;`.
    Texts,
    /// A number that is finite.
    Number,
    /// Yes or no.
    Flag,
    /// RFC 3339, a date, or seconds (or milliseconds) since 1970.
    Moment,
    /// Taken as it is: written by `vireo export`.
    Whole,
}

/// Fields by name; the first ones are needed.
pub(super) struct Fields {
    pub(super) needed: usize,
    pub(super) all: &'static [(&'static str, Kind)],
}

pub(super) const VIDEO: Fields = Fields {
    needed: 2,
    all: &[
        ("id", Kind::Id),
        ("title", Kind::Text),
        ("description", Kind::Text),
        ("tags", Kind::Texts),
        ("category", Kind::Text),
        ("channel", Kind::Text),
        ("language", Kind::Text),
        ("duration_seconds", Kind::Number),
        ("published_at", Kind::Moment),
        ("added_at", Kind::Moment),
        ("hidden", Kind::Flag),
        ("url", Kind::Text),
        ("media", Kind::Whole),
    ],
};

pub(super) const USER: Fields = Fields {
    needed: 1,
    all: &[
        ("id", Kind::Id),
        ("name", Kind::Text),
        ("language", Kind::Text),
        ("labels", Kind::Texts),
        ("simulated", Kind::Flag),
    ],
};

pub(super) const FEEDBACK: Fields = Fields {
    needed: 3,
    all: &[
        ("user", Kind::Id),
        ("video", Kind::Id),
        ("kind", Kind::Text),
        ("at", Kind::Moment),
        ("value", Kind::Number),
        ("id", Kind::Id),
    ],
};

impl Fields {
    /// Checks an object and brings its fields into the form they are stored in.
    /// A field that does not exist is an error: it would be lost in silence.
    pub(super) fn check(&self, object: Object) -> Result<Object, String> {
        let mut checked = Object::new();
        for (name, value) in object {
            let Some((name, kind)) = self.all.iter().find(|(known, _)| *known == name) else {
                let names: Vec<&str> = self.all.iter().map(|(name, _)| *name).collect();
                let short: String = name.chars().take(40).collect();
                return Err(format!("there is no field `{short}`; there are {}", names.join(", ")));
            };
            if !value.is_null() {
                checked.insert((*name).to_owned(), kind.read(name, value)?);
            }
        }
        match self.all[..self.needed].iter().find(|(name, _)| !checked.contains_key(*name)) {
            Some((name, _)) => Err(format!("`{name}` is missing")),
            None => Ok(checked),
        }
    }
}

impl Kind {
    fn read(self, name: &str, value: Value) -> Result<Value, String> {
        let wrong = |expected: &str| format!("`{name}` must be {expected}");
        match (self, value) {
            (Self::Id, Value::Number(number)) if number.is_i64() || number.is_u64() => {
                Ok(number.to_string().into())
            }
            (Self::Id | Self::Text, Value::String(text)) => Ok(text.trim().into()),
            (Self::Id, _) => Err(wrong("text or a whole number")),
            (Self::Text, _) => Err(wrong("text")),
            (Self::Texts, Value::String(text)) => {
                let words = text.split(['|', ';']).map(str::trim).filter(|word| !word.is_empty());
                Ok(words.collect())
            }
            (Self::Texts, Value::Array(words)) if words.iter().all(Value::is_string) => {
                Ok(words.into())
            }
            (Self::Texts, _) => Err(wrong("a list of words")),
            (Self::Number, value) => {
                number(&value).map(Value::from).ok_or_else(|| wrong("a number"))
            }
            (Self::Flag, Value::Bool(flag)) => Ok(flag.into()),
            (Self::Flag, Value::String(text)) => match text.to_ascii_lowercase().as_str() {
                "true" | "yes" | "1" => Ok(true.into()),
                "false" | "no" | "0" => Ok(false.into()),
                _ => Err(wrong("true or false")),
            },
            (Self::Flag, _) => Err(wrong("true or false")),
            (Self::Moment, value) => {
                let moment = moment(&value);
                let expected = "a time such as 2026-01-31T12:00:00Z, or seconds since 1970";
                moment.map(|moment| moment.to_string().into()).ok_or_else(|| wrong(expected))
            }
            (Self::Whole, value) => Ok(value),
        }
    }
}

fn number(value: &Value) -> Option<f64> {
    let number = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    number.is_finite().then_some(number)
}

fn moment(value: &Value) -> Option<Timestamp> {
    if let Some(number) = number(value) {
        // Nobody means the year 5138: such numbers are milliseconds.
        let seconds = if number.abs() >= 1e11 { number / 1e3 } else { number };
        return Timestamp::from_millisecond((seconds * 1e3).round() as i64).ok();
    }
    let text = value.as_str()?.trim();
    let utc = jiff::tz::TimeZone::UTC;
    text.parse().ok().or_else(|| {
        let civil: jiff::civil::DateTime = text.parse().ok()?;
        Some(civil.to_zoned(utc).ok()?.timestamp())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(fields: &Fields, object: Value) -> Result<Value, String> {
        let Value::Object(object) = object else { panic!("give an object") };
        fields.check(object).map(Value::Object)
    }

    #[test]
    fn the_same_record_from_json_and_from_csv() {
        let expected = json!({"id": "7", "title": "Bread 面包", "tags": ["a", "b"],
            "duration_seconds": 90.0, "published_at": "2026-01-31T00:00:00Z", "hidden": false});
        let from_json = json!({"id": 7, "title": " Bread 面包", "tags": ["a", "b"],
            "duration_seconds": 90, "published_at": 1_769_817_600, "hidden": false});
        let from_csv = json!({"id": "7", "title": "Bread 面包", "tags": "a| b;",
            "duration_seconds": "90", "published_at": "2026-01-31", "hidden": "no"});
        assert_eq!(check(&VIDEO, from_json), Ok(expected.clone()));
        assert_eq!(check(&VIDEO, from_csv), Ok(expected));
    }

    #[test]
    fn hostile_values_are_refused_by_name() {
        for (field, value) in [
            ("duration_seconds", json!("NaN")),
            ("duration_seconds", json!("1e999")),
            ("published_at", json!("yesterday")),
            ("published_at", json!(1e300)),
            ("tags", json!([1])),
            ("hidden", json!("perhaps")),
            ("title", json!({})),
            ("titel", json!("x")),
        ] {
            let mut object = json!({"id": "1", "title": "t"});
            object[field] = value.clone();
            let reason = check(&VIDEO, object).expect_err("refused");
            assert!(reason.contains(&format!("`{field}`")), "{value}: {reason}");
        }
        assert_eq!(check(&VIDEO, json!({"id": "1"})), Err("`title` is missing".to_owned()));
    }
}
