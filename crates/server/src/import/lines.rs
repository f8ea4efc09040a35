//! Lines of a text file, read one by one so that no file is too large.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

/// Longest line, in bytes.
pub(super) const LONGEST: u64 = 1 << 20;

/// The lines of a file that are not blank, with their numbers from 1.
pub(super) struct TextLines<R = BufReader<File>> {
    reader: R,
    number: u64,
    /// Bytes that are no UTF-8 are Latin-1, as in MovieLens.
    latin: bool,
}

impl TextLines {
    pub(super) fn open(path: &Path, latin: bool) -> std::io::Result<Self> {
        Ok(Self { reader: BufReader::new(File::open(path)?), number: 0, latin })
    }
}

impl<R: BufRead> TextLines<R> {
    fn text(&self, bytes: Vec<u8>) -> Result<String, String> {
        match String::from_utf8(bytes) {
            Ok(text) => Ok(text),
            Err(error) if self.latin => {
                Ok(error.into_bytes().into_iter().map(char::from).collect())
            }
            Err(error) => {
                let place = error.utf8_error().valid_up_to() + 1;
                Err(format!("byte {place} is not UTF-8"))
            }
        }
    }

    /// Passes over the rest of a line that is too long.
    fn skip_line(&mut self) -> std::io::Result<()> {
        loop {
            let buffer = self.reader.fill_buf()?;
            let (used, is_end) = match buffer.iter().position(|byte| *byte == b'\n') {
                Some(place) => (place + 1, true),
                None => (buffer.len(), buffer.is_empty()),
            };
            self.reader.consume(used);
            if is_end {
                return Ok(());
            }
        }
    }
}

impl<R: BufRead> Iterator for TextLines<R> {
    type Item = (u64, Result<String, String>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let mut bytes = Vec::new();
            let read = (&mut self.reader).take(LONGEST).read_until(b'\n', &mut bytes);
            self.number += 1;
            match read {
                Ok(0) => return None,
                Ok(_) => {}
                Err(error) => return Some((self.number, Err(error.to_string()))),
            }
            let is_whole = bytes.last() == Some(&b'\n');
            if !is_whole && bytes.len() as u64 == LONGEST {
                let skipped = self.skip_line().map_err(|error| error.to_string());
                let too_long = || Err("the line is longer than 1 MiB".to_owned());
                return Some((self.number, skipped.and_then(|()| too_long())));
            }
            while matches!(bytes.last(), Some(b'\n' | b'\r')) {
                bytes.pop();
            }
            if self.number == 1 && bytes.starts_with(b"\xef\xbb\xbf") {
                bytes.drain(..3);
            }
            if !bytes.trim_ascii().is_empty() {
                return Some((self.number, self.text(bytes)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(bytes: &[u8], latin: bool) -> Vec<(u64, Result<String, String>)> {
        TextLines { reader: bytes, number: 0, latin }.collect()
    }

    #[test]
    fn marks_ends_and_blank_lines_are_understood() {
        let read = lines("\u{feff}a\r\n\r\n  \n早\nend".as_bytes(), false);
        let good = |number, text: &str| (number, Ok(text.to_owned()));
        assert_eq!(read, [good(1, "a"), good(4, "早"), good(5, "end")]);
    }

    #[test]
    fn bad_bytes_and_endless_lines_cost_one_line() {
        let read = lines(b"ok\nab\xff\nok", false);
        assert_eq!(read[1], (2, Err("byte 3 is not UTF-8".to_owned())));
        assert_eq!(read[2].0, 3);
        assert_eq!(lines(b"caf\xe9", true)[0].1, Ok("café".to_owned()));
        let mut long = vec![b'x'; 3 * LONGEST as usize];
        long.extend(b"\nok\n");
        let read = lines(&long, false);
        assert!(read[0].1.is_err());
        assert_eq!(read[1], (2, Ok("ok".to_owned())));
    }
}
