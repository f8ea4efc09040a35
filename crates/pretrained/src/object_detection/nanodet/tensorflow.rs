//! Graphs of TensorFlow.js: the operations as JSON, the constants in a file of
//! their own, one after the other.

use half::f16;
use serde::Deserialize;
use std::collections::HashMap;

/// An operation.
#[derive(Debug, Deserialize)]
pub(super) struct Node {
    pub(super) name: String,
    pub(super) op: String,
    /// Names of nodes; `:1` behind one is its second output.
    #[serde(default)]
    pub(super) input: Vec<String>,
    #[serde(default)]
    attr: HashMap<String, Setting>,
}

#[derive(Debug, Deserialize)]
struct Setting {
    /// In base64.
    s: Option<String>,
    f: Option<f32>,
    b: Option<bool>,
    list: Option<Numbers>,
    shape: Option<Shape>,
}

/// Numbers are texts.
#[derive(Debug, Deserialize)]
struct Numbers {
    #[serde(default)]
    i: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Shape {
    #[serde(default)]
    dim: Vec<Side>,
}

#[derive(Debug, Deserialize)]
struct Side {
    size: String,
}

/// A constant.
#[derive(Debug, PartialEq)]
pub(super) enum Constant {
    Floats { shape: Vec<usize>, values: Vec<f32> },
    Integers(Vec<i32>),
}

/// A whole graph.
pub(super) struct Graph {
    pub(super) nodes: HashMap<String, Node>,
    pub(super) constants: HashMap<String, Constant>,
}

#[derive(Deserialize)]
struct File {
    #[serde(rename = "modelTopology")]
    topology: Topology,
    #[serde(rename = "weightsManifest")]
    groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Topology {
    node: Vec<Node>,
}

#[derive(Deserialize)]
struct Group {
    weights: Vec<Weight>,
}

#[derive(Deserialize)]
struct Weight {
    name: String,
    shape: Vec<usize>,
    dtype: String,
    quantization: Option<Quantization>,
}

#[derive(Deserialize)]
struct Quantization {
    dtype: String,
}

impl Graph {
    /// Reads the JSON and the file of constants.
    pub(super) fn read(json: &str, constants: &[u8]) -> Result<Self, String> {
        let file: File = serde_json::from_str(json).map_err(|error| error.to_string())?;
        let nodes = file.topology.node.into_iter().map(|node| (node.name.clone(), node)).collect();
        let mut graph = Self { nodes, constants: HashMap::new() };
        let mut rest = constants;
        for weight in file.groups.into_iter().flat_map(|group| group.weights) {
            let Weight { name, shape, dtype, quantization } = weight;
            let stored = quantization.map_or(dtype, |it| it.dtype);
            let size = if stored == "float16" { 2 } else { 4 };
            let bytes = shape.iter().try_fold(size, |bytes: usize, side| bytes.checked_mul(*side));
            let bytes = bytes.filter(|bytes| *bytes <= rest.len());
            let bytes = bytes.ok_or_else(|| format!("the file ends within {name}"))?;
            let (own, after) = rest.split_at(bytes);
            rest = after;
            let constant = match &*stored {
                "float16" => {
                    let value = |it: &[u8; 2]| f16::from_le_bytes(*it).to_f32();
                    let values = own.as_chunks().0.iter().map(value).collect();
                    Constant::Floats { shape, values }
                }
                "float32" => {
                    let value = |it: &[u8; 4]| f32::from_le_bytes(*it);
                    let values = own.as_chunks().0.iter().map(value).collect();
                    Constant::Floats { shape, values }
                }
                "int32" => {
                    let value = |it: &[u8; 4]| i32::from_le_bytes(*it);
                    Constant::Integers(own.as_chunks().0.iter().map(value).collect())
                }
                other => return Err(format!("{name} is stored as {other}")),
            };
            graph.constants.insert(name, constant);
        }
        if rest.is_empty() { Ok(graph) } else { Err(format!("{} bytes too many", rest.len())) }
    }

    /// The node of this name, without the number of an output.
    pub(super) fn node(&self, name: &str) -> Result<&Node, String> {
        let name = name.split(':').next().unwrap_or(name);
        self.nodes.get(name).ok_or_else(|| format!("{name} is missing"))
    }

    /// A constant that is a list of integers.
    pub(super) fn integers(&self, name: &str) -> Result<&[i32], String> {
        match self.constants.get(name) {
            Some(Constant::Integers(values)) => Ok(values),
            _ => Err(format!("{name} is no constant of integers")),
        }
    }

    /// Shape and values of a constant.
    pub(super) fn floats(&self, name: &str) -> Option<(&[usize], &[f32])> {
        match self.constants.get(name) {
            Some(Constant::Floats { shape, values }) => Some((shape, values)),
            _ => None,
        }
    }
}

impl Node {
    pub(super) fn input(&self, place: usize) -> Result<&str, String> {
        let input = self.input.get(place).map(String::as_str);
        input.ok_or_else(|| format!("{} lacks its input {place}", self.name))
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.attr.get(name)?.s.as_deref()
    }

    pub(super) fn float(&self, name: &str) -> Result<f32, String> {
        let value = self.attr.get(name).and_then(|it| it.f);
        value.ok_or_else(|| format!("{} lacks {name}", self.name))
    }

    pub(super) fn is_on(&self, name: &str) -> bool {
        self.attr.get(name).and_then(|it| it.b).unwrap_or(false)
    }

    pub(super) fn numbers(&self, name: &str) -> Result<Vec<usize>, String> {
        let list = self.attr.get(name).and_then(|it| it.list.as_ref());
        let list = list.ok_or_else(|| format!("{} lacks {name}", self.name))?;
        parsed(list.i.iter()).ok_or_else(|| format!("{}: {name} are no numbers", self.name))
    }

    pub(super) fn shape(&self) -> Result<Vec<usize>, String> {
        let shape = self.attr.get("shape").and_then(|it| it.shape.as_ref());
        let sides = shape.and_then(|shape| parsed(shape.dim.iter().map(|side| &side.size)));
        sides.ok_or_else(|| format!("{} has no shape", self.name))
    }
}

fn parsed<'a>(texts: impl Iterator<Item = &'a String>) -> Option<Vec<usize>> {
    texts.map(|text| text.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &str = r#"{
        "modelTopology": {"node": [
            {"name": "x", "op": "Placeholder", "attr": {"shape": {"shape": {"dim": [{"size": "2"}]}}}},
            {"name": "y", "op": "MaxPool", "input": ["x"], "attr": {"strides": {"list": {"i": ["1", "2"]}}}}
        ]},
        "weightsManifest": [{"paths": ["w.bin"], "weights": [
            {"name": "a", "shape": [2], "dtype": "float32", "quantization": {"dtype": "float16"}},
            {"name": "b", "shape": [], "dtype": "int32"},
            {"name": "c", "shape": [1, 1], "dtype": "float32"}
        ]}]
    }"#;

    fn weights() -> Vec<u8> {
        let half = [0x00, 0x3c, 0x00, 0xc1]; // 1 and -2.5
        [&half[..], &(-7_i32).to_le_bytes(), &0.25_f32.to_le_bytes()].concat()
    }

    #[test]
    fn constants_lie_one_after_the_other() {
        let graph = Graph::read(JSON, &weights()).expect("sound");
        assert_eq!(graph.floats("a"), Some((&[2][..], &[1.0, -2.5][..])));
        assert_eq!(graph.integers("b"), Ok(&[-7][..]));
        assert_eq!(graph.floats("c"), Some((&[1, 1][..], &[0.25][..])));
        assert!(graph.floats("b").is_none() && graph.integers("a").is_err());
        assert_eq!(graph.node("x:1").expect("there").shape(), Ok(vec![2]));
        assert_eq!(graph.node("y").expect("there").numbers("strides"), Ok(vec![1, 2]));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let mut long = weights();
        long.push(0);
        for (json, weights, words) in [
            (JSON.to_owned(), long, "1 bytes too many"),
            (JSON.to_owned(), weights()[..9].to_vec(), "ends within c"),
            (JSON.replace("\"int32\"", "\"bool\""), weights(), "stored as bool"),
            (JSON.replace("[1, 1]", "[9999999999, 9999999999, 99]"), weights(), "ends within c"),
            ("{}".to_owned(), weights(), "modelTopology"),
        ] {
            let error = Graph::read(&json, &weights).err().expect("refused");
            assert!(error.contains(words), "{error}");
        }
    }
}
