//! A server on this machine that answers like an OpenAI-compatible one, or unlike it.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

type Requests = Arc<Mutex<Vec<Value>>>;

pub(crate) struct StandIn {
    address: SocketAddr,
    requests: Requests,
}

impl StandIn {
    /// `reply` gets the number of the request and its JSON, and gives the whole answer.
    pub(crate) fn new(reply: impl Fn(usize, &Value) -> String + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let address = listener.local_addr().expect("an address");
        let requests = Requests::default();
        let (log, reply) = (Arc::clone(&requests), Arc::new(reply));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (log, reply) = (Arc::clone(&log), Arc::clone(&reply));
                std::thread::spawn(move || serve(&stream, &log, &*reply));
            }
        });
        Self { address, requests }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/v1/", self.address)
    }

    pub(crate) fn requests(&self) -> Vec<Value> {
        self.requests.lock().expect("no thread panicked").clone()
    }
}

fn serve(mut stream: &TcpStream, log: &Requests, reply: &dyn Fn(usize, &Value) -> String) {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().expect("a length");
        }
        if line == "\r\n" {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("the body");
    let request: Value = serde_json::from_slice(&body).expect("JSON");
    let number = {
        let mut log = log.lock().expect("no thread panicked");
        log.push(request.clone());
        log.len() - 1
    };
    // The client may have gone away.
    _ = stream.write_all(reply(number, &request).as_bytes());
}

/// A whole HTTP answer.
pub(crate) fn status(code: u16, body: &str) -> String {
    format!(
        "HTTP/1.1 {code} X\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// The answer of a model that says `content`.
pub(crate) fn completion(content: &str) -> String {
    let body = json!({
        "choices": [{"message": {"role": "assistant", "content": content}, "finish_reason": "stop"}],
        "usage": {"total_tokens": 100},
    });
    status(200, &body.to_string())
}
