//! A model's server that says what a test tells it: each request is answered by looking at it.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use serde_json::json;

/// What becomes of a request.
pub(crate) enum Reply {
    /// The model says this.
    Says(String),
    /// The server answers with this status line and body, and asks to come back after a second.
    Status(&'static str, String),
    /// Nothing, ever.
    Silence,
}

/// The answer of a model that has no objections.
pub(crate) fn harmless() -> Reply {
    Reply::Says(analysis("0.9"))
}

/// The analysis in JSON, so sure of itself.
pub(crate) fn analysis(confidence: &str) -> String {
    format!(
        r#"{{"summary":"A text.","sentiment":"neutral","complexity":0.1,"confidence":{confidence},"proposed_decision":"auto","flags":[],"language":"en"}}"#
    )
}

pub(crate) struct ModelServer {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
    stopped: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl ModelServer {
    pub(crate) fn start(reply: impl Fn(&str) -> Reply + Send + Sync + 'static) -> Self {
        Self::at(nowhere(), reply)
    }

    /// The same at this address, where nobody was before.
    pub(crate) fn at(address: SocketAddr, reply: impl Fn(&str) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(address).unwrap();
        let (requests, stopped) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let (log, stop, reply) = (Arc::clone(&requests), Arc::clone(&stopped), Arc::new(reply));
        let thread = std::thread::spawn(move || {
            // Connections nobody answers stay open until the server goes.
            let silent = Arc::new(Mutex::new(Vec::new()));
            for stream in listener.incoming().map_while(Result::ok) {
                if stop.load(Ordering::SeqCst) {
                    return;
                }
                let (log, reply, silent) = (Arc::clone(&log), Arc::clone(&reply), Arc::clone(&silent));
                std::thread::spawn(move || converse(stream, &log, &*reply, &silent));
            }
        });
        Self { address, requests, stopped, thread: Some(thread) }
    }

    pub(crate) fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// The requests so far, heads and bodies.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

impl Drop for ModelServer {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        // One more visitor, so that it looks whether it is to stop.
        drop(TcpStream::connect(self.address));
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

/// An address of this machine at which nobody listens.
pub(crate) fn nowhere() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

fn converse(
    mut stream: TcpStream,
    log: &Mutex<Vec<String>>,
    reply: &dyn Fn(&str) -> Reply,
    silent: &Mutex<Vec<TcpStream>>,
) {
    let Some(request) = read(&mut stream) else { return };
    log.lock().unwrap().push(request.clone());
    let (status, body) = match reply(&request) {
        Reply::Says(content) => ("200 OK", completion(&content)),
        Reply::Status(status, body) => (status, body),
        Reply::Silence => return silent.lock().unwrap().push(stream),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nretry-after: 1\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    // Whoever asked may have gone.
    drop(stream.write_all(format!("{head}{body}").as_bytes()));
}

fn completion(content: &str) -> String {
    let message = json!({"role": "assistant", "content": content});
    let usage = json!({"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10});
    json!({"model": "m-1", "choices": [{"message": message, "finish_reason": "stop"}], "usage": usage})
        .to_string()
}

fn read(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return Some(text);
            }
        }
        let count = stream.read(&mut buffer).ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(&buffer[..count]);
    }
}
