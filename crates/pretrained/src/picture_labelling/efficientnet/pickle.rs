//! Reads the tensors of a file that PyTorch wrote before version 1.6: five
//! pickles (a magic number, a version, the machine, the tensors by name, the
//! names of their storages), then the storages' bytes.
//!
//! A pickle is a program for a stack machine (`Lib/pickletools.py` of Python
//! has its instructions). Nothing of it is run here: what it would call and
//! build stays on the stack as lists.

use std::collections::HashMap;

/// A tensor, rows one after another.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tensor {
    pub(super) shape: Vec<usize>,
    pub(super) values: Vec<f32>,
}

/// The tensors of a file by their names, without those that are no floats.
/// Errors are words: what was wrong, and where.
pub(super) fn tensors(file: &[u8]) -> Result<HashMap<String, Tensor>, String> {
    let mut reader = Reader { file, at: 0 };
    for _ in 0..3 {
        reader.pickle()?;
    }
    let (Item::List(named), Item::List(keys)) = (reader.pickle()?, reader.pickle()?) else {
        return Err("the pickles are not those of a PyTorch file".to_owned());
    };
    let references = references(&named)?;
    let mut storages: HashMap<&str, &[u8]> = HashMap::new();
    for key in &keys {
        let key = key.text()?;
        let of_key = references.iter().find(|it| it.storage == key);
        let width = of_key.ok_or_else(|| format!("storage {key} belongs to nothing"))?.width;
        let count = u64::from_le_bytes(reader.number()?) as usize;
        storages.insert(key, reader.take(count.saturating_mul(width))?);
    }
    let floats = references.iter().filter(|it| it.width == size_of::<f32>());
    floats
        .map(|it| {
            let storage =
                storages.get(it.storage).ok_or_else(|| format!("{}: no data", it.name))?;
            let values = gathered(storage.as_chunks().0, it.offset, &it.shape, &it.strides);
            let values = values.ok_or_else(|| format!("{}: beyond its storage", it.name))?;
            Ok((it.name.to_owned(), Tensor { shape: it.shape.clone(), values }))
        })
        .collect()
}

/// A tensor as the pickle speaks of it.
struct Reference<'a> {
    name: &'a str,
    storage: &'a str,
    /// Bytes of an element: 4 for floats, 8 for the counters beside them.
    width: usize,
    offset: usize,
    shape: Vec<usize>,
    strides: Vec<usize>,
}

fn references(named: &[Item]) -> Result<Vec<Reference<'_>>, String> {
    named
        .iter()
        .map(|pair| {
            let [name, Item::List(tensor)] = pair.list()? else {
                return Err("a name without a tensor".to_owned());
            };
            let name = name.text()?;
            let [Item::List(storage), offset, shape, strides, ..] = tensor.as_slice() else {
                return Err(format!("{name} is no tensor"));
            };
            let [_, kind, storage, ..] = storage.as_slice() else {
                return Err(format!("{name} has no storage"));
            };
            let width = match kind.text()? {
                "torch FloatStorage" => 4,
                "torch LongStorage" => 8,
                other => return Err(format!("{name}: unknown storage {other}")),
            };
            let sides = |item: &Item| item.list()?.iter().map(Item::size).collect::<Result<_, _>>();
            Ok(Reference {
                name,
                storage: storage.text()?,
                width,
                offset: offset.size()?,
                shape: sides(shape)?,
                strides: sides(strides)?,
            })
        })
        .collect()
}

/// The elements in the order of a C array, whatever order they are stored in.
fn gathered(
    storage: &[[u8; 4]],
    offset: usize,
    shape: &[usize],
    strides: &[usize],
) -> Option<Vec<f32>> {
    let mut places = vec![offset];
    for (side, stride) in shape.iter().zip(strides) {
        let count = places.len().checked_mul(*side).filter(|count| *count <= storage.len())?;
        let mut next = Vec::with_capacity(count);
        for place in places {
            next.extend((0..*side).map(|step| place.saturating_add(step.saturating_mul(*stride))));
        }
        places = next;
    }
    places.into_iter().map(|place| storage.get(place).map(|it| f32::from_le_bytes(*it))).collect()
}

/// What lies on the stack.
#[derive(Debug, Clone, PartialEq)]
enum Item {
    /// What we need nothing of.
    Other,
    Size(usize),
    Text(String),
    /// A tuple, a list, a dictionary's pairs, or the arguments of a call.
    List(Vec<Item>),
}

impl Item {
    fn text(&self) -> Result<&str, String> {
        if let Self::Text(text) = self { Ok(text) } else { Err(format!("{self:?} is no text")) }
    }

    fn size(&self) -> Result<usize, String> {
        if let Self::Size(size) = self { Ok(*size) } else { Err(format!("{self:?} is no size")) }
    }

    fn list(&self) -> Result<&[Item], String> {
        if let Self::List(items) = self { Ok(items) } else { Err(format!("{self:?} is no list")) }
    }
}

/// Little-endian numbers, one after another.
struct Reader<'a> {
    file: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    /// Reads one pickle to its end.
    fn pickle(&mut self) -> Result<Item, String> {
        let mut stack = Stack::default();
        let mut memory: HashMap<usize, Item> = HashMap::new();
        loop {
            let [instruction] = self.number()?;
            match instruction {
                b'.' => return stack.pop(),
                0x80 => {
                    self.take(1)?;
                }
                b'(' => stack.marks.push(stack.items.len()),
                b'N' | 0x88 | 0x89 => stack.items.push(Item::Other),
                0x8a => {
                    let [length] = self.number()?;
                    self.take(usize::from(length))?;
                    stack.items.push(Item::Other);
                }
                b'K' => stack.items.push(Item::Size(self.size::<1>()?)),
                b'M' => stack.items.push(Item::Size(self.size::<2>()?)),
                b'J' => stack.items.push(Item::Size(self.size::<4>()?)),
                b'X' => {
                    let length = self.size::<4>()?;
                    let text = str::from_utf8(self.take(length)?).map_err(|_| "broken text")?;
                    stack.items.push(Item::Text(text.to_owned()));
                }
                b'c' => {
                    let name = format!("{} {}", self.line()?, self.line()?);
                    stack.items.push(Item::Text(name));
                }
                b'q' => drop(memory.insert(self.size::<1>()?, stack.top()?.clone())),
                b'r' => drop(memory.insert(self.size::<4>()?, stack.top()?.clone())),
                b'h' | b'j' => {
                    let name =
                        if instruction == b'h' { self.size::<1>() } else { self.size::<4>() };
                    let item = memory.get(&name?).ok_or("nothing of that name")?;
                    stack.items.push(item.clone());
                }
                b')' | b'}' | b']' => stack.items.push(Item::List(Vec::new())),
                0x85..=0x87 => stack.gather(usize::from(instruction - 0x84))?,
                b't' => {
                    let count = stack.since_mark()?;
                    stack.gather(count)?;
                }
                // A call becomes its arguments.
                b'R' => {
                    let arguments = stack.pop()?;
                    stack.pop()?;
                    stack.items.push(arguments);
                }
                b's' => stack.put_pairs(2)?,
                b'u' => {
                    let count = stack.since_mark()?;
                    stack.put_pairs(count)?;
                }
                b'e' => {
                    let count = stack.since_mark()?;
                    let items = stack.split(count)?;
                    stack.top_list()?.extend(items);
                }
                // An outside object stays the words it is known by; an
                // object's state is not wanted.
                b'Q' => {}
                b'b' => drop(stack.pop()?),
                other => {
                    return Err(format!("unknown instruction {other:#04x} at byte {}", self.at));
                }
            }
        }
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], String> {
        let taken = self.at.checked_add(length).and_then(|end| self.file.get(self.at..end));
        let taken = taken.ok_or_else(|| format!("ends early, at byte {}", self.at))?;
        self.at += length;
        Ok(taken)
    }

    fn number<const N: usize>(&mut self) -> Result<[u8; N], String> {
        Ok(self.take(N)?.as_chunks().0[0])
    }

    fn size<const N: usize>(&mut self) -> Result<usize, String> {
        let bytes: [u8; N] = self.number()?;
        Ok(bytes.iter().rev().fold(0, |size, byte| (size << 8) | usize::from(*byte)))
    }

    fn line(&mut self) -> Result<&'a str, String> {
        let rest = &self.file[self.at..];
        let length = rest.iter().position(|byte| *byte == b'\n').ok_or("a line without an end")?;
        let line = str::from_utf8(self.take(length)?).map_err(|_| "broken text")?;
        self.at += 1;
        Ok(line)
    }
}

#[derive(Default)]
struct Stack {
    items: Vec<Item>,
    marks: Vec<usize>,
}

impl Stack {
    fn pop(&mut self) -> Result<Item, String> {
        self.items.pop().ok_or_else(|| "the stack is empty".to_owned())
    }

    fn top(&self) -> Result<&Item, String> {
        self.items.last().ok_or_else(|| "the stack is empty".to_owned())
    }

    fn top_list(&mut self) -> Result<&mut Vec<Item>, String> {
        match self.items.last_mut() {
            Some(Item::List(items)) => Ok(items),
            other => Err(format!("{other:?} is no list")),
        }
    }

    /// How many items lie above the last mark, which is taken away.
    fn since_mark(&mut self) -> Result<usize, String> {
        let mark = self.marks.pop().ok_or("there is no mark")?;
        self.items.len().checked_sub(mark).ok_or_else(|| "the mark is above the stack".to_owned())
    }

    fn split(&mut self, count: usize) -> Result<Vec<Item>, String> {
        let first = self.items.len().checked_sub(count).ok_or("the stack is too low")?;
        Ok(self.items.split_off(first))
    }

    /// Makes one list of the topmost items.
    fn gather(&mut self, count: usize) -> Result<(), String> {
        let items = self.split(count)?;
        self.items.push(Item::List(items));
        Ok(())
    }

    /// Puts the topmost items into the list below them, two by two.
    fn put_pairs(&mut self, count: usize) -> Result<(), String> {
        let items = self.split(count)?;
        let pairs = items.chunks_exact(2).map(|pair| Item::List(pair.to_vec()));
        self.top_list()?.extend(pairs);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file with the tensor `w` of `storage`, as `torch.save` writes it.
    fn file(storage: &[f32], shape: &str, strides: &str) -> Vec<u8> {
        let mut file = b"\x80\x02\x8a\x01\x07.\x80\x02M\xe9\x03.\x80\x02}q\x00.".to_vec();
        file.extend(b"\x80\x02ccollections\nOrderedDict\nq\x00)Rq\x01(X\x01\x00\x00\x00w");
        file.extend(b"ctorch._utils\n_rebuild_tensor_v2\n((X\x07\x00\x00\x00storage");
        file.extend(b"ctorch\nFloatStorage\nX\x01\x00\x00\x007X\x03\x00\x00\x00cpuK\x04NtQK\x00");
        file.extend(format!("({shape}t({strides}t").bytes());
        file.extend(b"\x89h\x00)RtRu}X\x01\x00\x00\x00vK\x01sb.");
        file.extend(b"\x80\x02]q\x00(X\x01\x00\x00\x007e.");
        file.extend((storage.len() as u64).to_le_bytes());
        file.extend(storage.iter().flat_map(|value| value.to_le_bytes()));
        file
    }

    #[test]
    fn a_turned_tensor_is_put_in_order() {
        // Two rows of two; stored column by column.
        let file = file(&[1.0, 3.0, 2.0, 4.0], "K\u{2}K\u{2}", "K\u{1}K\u{2}");
        let tensors = tensors(&file).expect("whole");
        assert_eq!(tensors["w"], Tensor { shape: vec![2, 2], values: vec![1.0, 2.0, 3.0, 4.0] });
        for end in 0..file.len() {
            assert!(super::tensors(&file[..end]).is_err(), "cut off at {end}");
        }
    }

    #[test]
    fn a_tensor_beyond_its_storage_is_refused() {
        for (shape, strides) in [("K\u{3}K\u{2}", "K\u{2}K\u{1}"), ("K\u{2}K\u{2}", "K\u{1}K\u{9}")]
        {
            assert!(tensors(&file(&[0.0; 4], shape, strides)).is_err());
        }
        assert!(tensors(b"PK\x03\x04").is_err());
    }
}
