//! Writes ONNX model files (`onnx.proto3` of its repository, in the wire
//! format of protocol buffers), for networks that come in another form.

/// The operator set, and the version of the format that has it.
const OPERATORS: u64 = 17;
const FORMAT: u64 = 8;
/// ONNX Runtime's own operators (its `docs/ContribOperators.md`), and their set.
const OWN: &str = "com.microsoft";
const OWN_OPERATORS: [&str; 3] = ["Gelu", "MatMulNBits", "MultiHeadAttention"];
/// A side that may have any length, whatever other sides have.
pub(crate) const ANY: usize = usize::MAX;

/// What a tensor is made of; the numbers are those of `TensorProto.DataType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Element {
    Float = 1,
    /// Of 8 bits, from 0.
    Byte = 2,
    /// Of 64 bits.
    Int = 7,
}

/// A setting of a node.
pub(crate) enum Attribute<'a> {
    Int(i64),
    Float(f32),
    Text(&'a str),
    Ints(&'a [i64]),
}

/// A network being written.
#[derive(Default)]
pub(crate) struct Graph {
    /// The fields of `GraphProto`.
    body: Vec<u8>,
    nodes: usize,
}

impl Graph {
    /// A constant: `values` in the order of a C array of this shape.
    pub(crate) fn constant(&mut self, name: &str, shape: &[usize], values: &[f32]) {
        let raw: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.raw_constant(name, shape, Element::Float, &raw);
    }

    /// A constant of whole numbers.
    pub(crate) fn ints(&mut self, name: &str, values: &[i64]) {
        let raw: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.raw_constant(name, &[values.len()], Element::Int, &raw);
    }

    /// A constant of any element: little-endian, in the order of a C array.
    pub(crate) fn raw_constant(
        &mut self,
        name: &str,
        shape: &[usize],
        element: Element,
        raw: &[u8],
    ) {
        let mut tensor = Vec::with_capacity(raw.len() + name.len() + 64);
        for side in shape {
            number(&mut tensor, 1, *side as u64);
        }
        number(&mut tensor, 2, element as u64);
        bytes(&mut tensor, 8, name.as_bytes());
        bytes(&mut tensor, 9, raw);
        bytes(&mut self.body, 5, &tensor);
    }

    /// An operation on `inputs`; gives the name of its output.
    pub(crate) fn node(
        &mut self,
        operator: &str,
        inputs: &[&str],
        attributes: &[(&str, Attribute<'_>)],
    ) -> String {
        let [output] = self.nodes(operator, inputs, attributes);
        output
    }

    /// As [`Self::node`], with several outputs.
    pub(crate) fn nodes<const N: usize>(
        &mut self,
        operator: &str,
        inputs: &[&str],
        attributes: &[(&str, Attribute<'_>)],
    ) -> [String; N] {
        self.nodes += 1;
        let name = |output: usize| format!("{}-{}-{output}", operator.to_lowercase(), self.nodes);
        let outputs = std::array::from_fn(name);
        self.put(operator, inputs, attributes, &outputs.each_ref().map(String::as_str));
        outputs
    }

    /// Gives what comes out of a node a name of its own.
    pub(crate) fn rename(&mut self, from: &str, to: &str) {
        self.put("Identity", &[from], &[], &[to]);
    }

    fn put(
        &mut self,
        operator: &str,
        inputs: &[&str],
        attributes: &[(&str, Attribute<'_>)],
        outputs: &[&str],
    ) {
        let mut node = Vec::new();
        for input in inputs {
            bytes(&mut node, 1, input.as_bytes());
        }
        for output in outputs {
            bytes(&mut node, 2, output.as_bytes());
        }
        bytes(&mut node, 4, operator.as_bytes());
        for (name, attribute) in attributes {
            bytes(&mut node, 5, &attribute.written(name));
        }
        if OWN_OPERATORS.contains(&operator) {
            bytes(&mut node, 7, OWN.as_bytes());
        }
        bytes(&mut self.body, 1, &node);
    }

    /// The whole file of a network that is given numbers. A side of 0 may have
    /// any length.
    pub(crate) fn finish(
        self,
        (input, shape): (&str, &[usize]),
        outputs: &[(&str, &[usize])],
    ) -> Vec<u8> {
        self.finish_of(&[(input, Element::Float, shape)], outputs)
    }

    /// The whole file of a network with several inputs.
    pub(crate) fn finish_of(
        mut self,
        inputs: &[(&str, Element, &[usize])],
        outputs: &[(&str, &[usize])],
    ) -> Vec<u8> {
        bytes(&mut self.body, 2, b"vireo");
        for (name, element, shape) in inputs {
            bytes(&mut self.body, 11, &value((name, shape), *element));
        }
        for output in outputs {
            bytes(&mut self.body, 12, &value(*output, Element::Float));
        }
        let mut model = Vec::with_capacity(self.body.len() + 64);
        number(&mut model, 1, FORMAT);
        bytes(&mut model, 2, b"vireo");
        bytes(&mut model, 7, &self.body);
        for (domain, version) in [("", OPERATORS), (OWN, 1)] {
            let mut operators = Vec::new();
            bytes(&mut operators, 1, domain.as_bytes());
            number(&mut operators, 2, version);
            bytes(&mut model, 8, &operators);
        }
        model
    }
}

impl Attribute<'_> {
    fn written(&self, name: &str) -> Vec<u8> {
        let mut out = Vec::new();
        bytes(&mut out, 1, name.as_bytes());
        // The kinds are those of `AttributeProto.AttributeType`.
        let kind = match self {
            Self::Float(value) => {
                tag(&mut out, 2, 5);
                out.extend(value.to_le_bytes());
                1
            }
            Self::Int(value) => {
                number(&mut out, 3, value.cast_unsigned());
                2
            }
            Self::Text(value) => {
                bytes(&mut out, 4, value.as_bytes());
                3
            }
            Self::Ints(values) => {
                for value in *values {
                    number(&mut out, 8, value.cast_unsigned());
                }
                7
            }
        };
        number(&mut out, 20, kind);
        out
    }
}

/// `ValueInfoProto` of a tensor.
fn value((name, shape): (&str, &[usize]), element: Element) -> Vec<u8> {
    let mut sides = Vec::new();
    for (place, side) in shape.iter().enumerate() {
        let mut dimension = Vec::new();
        if *side == ANY {
            bytes(&mut dimension, 2, format!("{name}-{place}").as_bytes());
        } else if *side > 0 {
            number(&mut dimension, 1, *side as u64);
        } else {
            // Sides of one name are of one length.
            let name = if place == 0 { "n".to_owned() } else { format!("n{place}") };
            bytes(&mut dimension, 2, name.as_bytes());
        }
        bytes(&mut sides, 1, &dimension);
    }
    let (mut tensor, mut kind, mut out) = (Vec::new(), Vec::new(), Vec::new());
    number(&mut tensor, 1, element as u64);
    bytes(&mut tensor, 2, &sides);
    bytes(&mut kind, 1, &tensor);
    bytes(&mut out, 1, name.as_bytes());
    bytes(&mut out, 2, &kind);
    out
}

fn tag(out: &mut Vec<u8>, field: u64, wire: u64) {
    varint(out, (field << 3) | wire);
}

fn number(out: &mut Vec<u8>, field: u64, value: u64) {
    tag(out, field, 0);
    varint(out, value);
}

fn bytes(out: &mut Vec<u8>, field: u64, value: &[u8]) {
    tag(out, field, 2);
    varint(out, value.len() as u64);
    out.extend(value);
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_bytes_are_as_the_format_wants_them() {
        let mut out = Vec::new();
        number(&mut out, 1, 150);
        bytes(&mut out, 2, b"testing");
        // Both are examples of the format's own documentation.
        assert_eq!(out, [&[0x08, 0x96, 0x01, 0x12, 0x07][..], b"testing"].concat());
        assert_eq!(Attribute::Int(-1).written("").len(), 2 + 11 + 3);
    }
}
