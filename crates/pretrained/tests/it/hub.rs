//! A stand-in for a hub: serves files over HTTP with ranges, and can be told
//! to break off.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What the server does and what it saw.
#[derive(Default)]
pub(crate) struct Behaviour {
    /// Bodies by path.
    pub(crate) files: Vec<(String, Vec<u8>)>,
    /// Closes the connection after so many bytes of a body.
    pub(crate) break_after: Option<usize>,
    /// Answers everything with this status.
    pub(crate) status: Option<u16>,
    /// Answers a range with the whole file.
    pub(crate) ignores_ranges: bool,
    /// The ranges that were asked for (`None`: the whole file), in order.
    pub(crate) asked: Vec<(String, Option<u64>)>,
}

pub(crate) struct Hub {
    pub(crate) address: String,
    pub(crate) behaviour: Arc<Mutex<Behaviour>>,
}

impl Hub {
    pub(crate) fn start(files: &[(&str, &[u8])]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = format!("http://{}", listener.local_addr().expect("bound"));
        let files = files.iter().map(|(path, body)| ((*path).to_owned(), body.to_vec())).collect();
        let behaviour = Arc::new(Mutex::new(Behaviour { files, ..Behaviour::default() }));
        let shared = Arc::clone(&behaviour);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A client that goes away is part of the game.
                let _ = answer(stream, &shared);
            }
        });
        Self { address, behaviour }
    }

    pub(crate) fn set(&self, change: impl FnOnce(&mut Behaviour)) {
        change(&mut self.behaviour.lock().expect("not poisoned"));
    }

    pub(crate) fn asked(&self) -> Vec<(String, Option<u64>)> {
        std::mem::take(&mut self.behaviour.lock().expect("not poisoned").asked)
    }
}

fn answer(mut stream: TcpStream, behaviour: &Mutex<Behaviour>) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut range = None;
    for line in lines {
        let line = line?.to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(bytes) = line.strip_prefix("range: bytes=") {
            range = bytes.trim_end_matches('-').parse().ok();
        }
    }
    let mut behaviour = behaviour.lock().expect("not poisoned");
    behaviour.asked.push((path.clone(), range));
    let body = behaviour.files.iter().find(|(name, _)| *name == path).map(|(_, body)| body);
    let status = behaviour.status.or(body.is_none().then_some(404));
    if let Some(status) = status {
        return write!(
            stream,
            "HTTP/1.1 {status} No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        );
    }
    let body = body.expect("checked above");
    let start = if behaviour.ignores_ranges { None } else { range };
    let (status, rest) = match start {
        Some(start) => ("206 Partial Content", &body[(start as usize).min(body.len())..]),
        None => ("200 OK", &body[..]),
    };
    write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n", rest.len())?;
    if let Some(start) = start {
        write!(stream, "Content-Range: bytes {start}-{}/{}\r\n", body.len() - 1, body.len())?;
    }
    stream.write_all(b"\r\n")?;
    stream.write_all(&rest[..behaviour.break_after.unwrap_or(rest.len()).min(rest.len())])
}
