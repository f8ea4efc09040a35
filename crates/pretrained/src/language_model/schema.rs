//! The part of JSON Schema that questions may use, as a grammar for the local
//! engine and as a check of answers from elsewhere.
//!
//! Read are `type` (also a list of types), `properties`, `items`, `minItems`,
//! `maxItems`, `minLength`, `maxLength`, `enum`, `const` and `anyOf`. `required`
//! counts for the check only: the grammar writes every property, in the order
//! of the schema, on one line. Other keywords are passed over.

use serde_json::{Map, Value};
use std::fmt::Write as _;

/// Schemas nested deeper than this are refused.
const DEEPEST: usize = 16;

/// A grammar in GBNF (llama.cpp's notation), whose root rule is `root`.
pub(super) fn grammar(schema: &Value) -> Result<String, String> {
    let mut rules = Rules::default();
    let root = rules.expression(schema, 0)?;
    let mut grammar = format!("root ::= space {root}\n{}", rules.text);
    grammar.push_str(concat!(
        // Examples in a prompt may have spaces after colons and commas, or none.
        r#"space ::= " "?"#,
        "\n",
        r#"char ::= [^"\\\x00-\x1F\x7F] | "\\" ["\\]"#,
        "\n",
        r#"integer ::= "-"? ("0" | [1-9] [0-9]{0,15})"#,
        "\n",
        r#"number ::= integer ("." [0-9]{1,6})?"#,
        "\n",
    ));
    Ok(grammar)
}

#[derive(Default)]
struct Rules {
    text: String,
    count: usize,
}

impl Rules {
    /// Adds a rule and returns its name.
    fn add(&mut self, expression: &str) -> String {
        self.count += 1;
        _ = writeln!(self.text, "r{} ::= {expression}", self.count);
        format!("r{}", self.count)
    }

    fn expression(&mut self, schema: &Value, depth: usize) -> Result<String, String> {
        if depth > DEEPEST {
            return Err(format!("nested deeper than {DEEPEST}"));
        }
        if let Some(value) = schema.get("const") {
            return Ok(literal(&value.to_string()));
        }
        if let Some(values) = schema.get("enum").and_then(Value::as_array) {
            let values: Vec<String> = values.iter().map(|v| literal(&v.to_string())).collect();
            return Ok(format!("({})", values.join(" | ")));
        }
        if let Some(schemas) = schema.get("anyOf").and_then(Value::as_array) {
            let choices = schemas.iter().map(|schema| self.expression(schema, depth + 1));
            return Ok(format!("({})", choices.collect::<Result<Vec<_>, _>>()?.join(" | ")));
        }
        let choices = types(schema)
            .into_iter()
            .map(|kind| self.of_type(kind, schema, depth))
            .collect::<Result<Vec<_>, _>>()?;
        match choices.as_slice() {
            [] => Err(format!("{schema} names no type")),
            [one] => Ok(one.clone()),
            several => Ok(format!("({})", several.join(" | "))),
        }
    }

    fn of_type(&mut self, kind: &str, schema: &Value, depth: usize) -> Result<String, String> {
        Ok(match kind {
            "object" => {
                let empty = Map::new();
                let properties =
                    schema.get("properties").and_then(Value::as_object).unwrap_or(&empty);
                let mut members = Vec::new();
                for (name, schema) in properties {
                    let key = literal(&format!("{}:", Value::from(name.as_str())));
                    members.push(format!("{key} space {}", self.expression(schema, depth + 1)?));
                }
                self.add(&format!(r#""{{" {} "}}""#, members.join(r#" "," space "#)))
            }
            "array" => {
                let item = schema.get("items").ok_or("an array without `items`")?;
                let item = self.expression(item, depth + 1)?;
                let (least, most) = bounds(schema, "minItems", "maxItems");
                let more = repeat(least.saturating_sub(1), most.map(|most| most.saturating_sub(1)));
                let items = match (least, most) {
                    (_, Some(0)) => String::new(),
                    (0, _) => format!(r#"({item} ("," space {item}){more})?"#),
                    _ => format!(r#"{item} ("," space {item}){more}"#),
                };
                self.add(&format!(r#""[" {items} "]""#))
            }
            "string" => {
                let (least, most) = bounds(schema, "minLength", "maxLength");
                format!(r#""\"" char{} "\"""#, repeat(least, most))
            }
            "integer" | "number" => kind.to_owned(),
            "boolean" => r#"("true" | "false")"#.to_owned(),
            "null" => r#""null""#.to_owned(),
            other => return Err(format!("unknown type {other}")),
        })
    }
}

fn types(schema: &Value) -> Vec<&str> {
    match schema.get("type") {
        Some(Value::String(kind)) => vec![kind],
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn bounds(schema: &Value, least: &str, most: &str) -> (u64, Option<u64>) {
    (
        schema.get(least).and_then(Value::as_u64).unwrap_or(0),
        schema.get(most).and_then(Value::as_u64),
    )
}

fn repeat(least: u64, most: Option<u64>) -> String {
    most.map_or_else(|| format!("{{{least},}}"), |most| format!("{{{least},{most}}}"))
}

/// A terminal of GBNF.
fn literal(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', r"\\").replace('"', r#"\""#))
}

/// Says what of an answer does not fit: types, required properties, choices.
/// Lengths are wishes; an answer is not refused for them.
pub(super) fn check(value: &Value, schema: &Value) -> Result<(), String> {
    if let Some(only) = schema.get("const") {
        return if value == only { Ok(()) } else { Err(format!("{value} is not {only}")) };
    }
    if let Some(choices) = schema.get("enum").and_then(Value::as_array) {
        return if choices.contains(value) {
            Ok(())
        } else {
            Err(format!("{value} is none of {}", Value::from(choices.clone())))
        };
    }
    if let Some(schemas) = schema.get("anyOf").and_then(Value::as_array) {
        let mut refusals = schemas.iter().filter_map(|schema| check(value, schema).err());
        return match refusals.by_ref().count() {
            refused if refused < schemas.len() => Ok(()),
            _ => Err(format!("{value} fits no alternative")),
        };
    }
    let kinds = types(schema);
    let fits = |kind: &&str| match *kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        _ => false,
    };
    if !kinds.is_empty() && !kinds.iter().any(fits) {
        return Err(format!("{value} is no {}", kinds.join(" or ")));
    }
    if let Some(object) = value.as_object() {
        let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
        for name in required.filter_map(Value::as_str) {
            if !object.contains_key(name) {
                return Err(format!("`{name}` is missing"));
            }
        }
        for (name, schema) in
            schema.get("properties").and_then(Value::as_object).into_iter().flatten()
        {
            if let Some(member) = object.get(name) {
                check(member, schema).map_err(|reason| format!("`{name}`: {reason}"))?;
            }
        }
    }
    if let (Some(items), Some(schema)) = (value.as_array(), schema.get("items")) {
        for item in items {
            check(item, schema)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn grammar_of_a_card() {
        let schema = json!({
            "type": "object",
            "properties": {
                "summary": {"type": "string", "maxLength": 200},
                "tags": {"type": "array", "items": {"type": "string", "minLength": 1, "maxLength": 20},
                         "minItems": 1, "maxItems": 5},
                "mood": {"enum": ["calm", "say \"so\""]},
                "year": {"type": ["integer", "null"]},
            },
        });
        let grammar = grammar(&schema).expect("a grammar");
        let lines: Vec<&str> = grammar.lines().collect();
        assert_eq!(
            lines[..3],
            [
                "root ::= space r2",
                r#"r1 ::= "[" "\"" char{1,20} "\"" ("," space "\"" char{1,20} "\""){0,4} "]""#,
                concat!(
                    r#"r2 ::= "{" "\"summary\":" space "\"" char{0,200} "\"" "," space "\"tags\":" space r1 "#,
                    r#""," space "\"mood\":" space ("\"calm\"" | "\"say \\\"so\\\"\"") "#,
                    r#""," space "\"year\":" space (integer | "null") "}""#,
                ),
            ]
        );
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        assert!(grammar(&json!({"$ref": "#/x"})).is_err());
        assert!(grammar(&json!({"type": "date"})).is_err());
        let mut deep = json!({"type": "string"});
        for _ in 0..40 {
            deep = json!({"type": "array", "items": deep});
        }
        assert!(grammar(&deep).is_err());
    }

    #[test]
    fn checks_answers() {
        let schema = json!({
            "type": "object",
            "required": ["tags"],
            "properties": {
                "tags": {"type": "array", "items": {"type": "string"}},
                "mood": {"enum": ["calm", "sad"]},
                "year": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
            },
        });
        assert_eq!(check(&json!({"tags": ["月"], "mood": "sad", "year": null}), &schema), Ok(()));
        assert_eq!(check(&json!({}), &schema), Err("`tags` is missing".to_owned()));
        for wrong in [
            json!([]),
            json!({"tags": "moon"}),
            json!({"tags": [1]}),
            json!({"tags": [], "mood": "merry"}),
            json!({"tags": [], "year": "1969"}),
        ] {
            assert!(check(&wrong, &schema).is_err(), "{wrong}");
        }
    }
}
