//! A tiny HTTP server that answers what a test tells it, in order, and keeps what it was asked.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::remote::Endpoint;

/// What to do with one request.
pub(super) enum Scripted {
    /// Answer with a status line's rest, extra headers (each ending in CRLF) and a body.
    Answer(&'static str, &'static str, String),
    /// Never answer.
    Hang,
}

pub(super) fn ok(body: impl Into<String>) -> Scripted {
    Scripted::Answer("200 OK", "", body.into())
}

/// How a provider reaches it, with little patience.
pub(super) fn endpoint(name: &str, base_url: &str, key: &str) -> Endpoint {
    Endpoint {
        name: name.into(),
        base_url: base_url.into(),
        api_key: Some(key.into()),
        models: vec![],
        call_limit: Duration::from_millis(400),
        connect_limit: Duration::from_millis(400),
        answer_bytes_max: 10_000,
    }
}

/// A chat completion that says this.
pub(super) fn says(content: &str) -> Scripted {
    let message = serde_json::json!({ "role": "assistant", "content": content });
    let usage = serde_json::json!({ "prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10 });
    let choices = serde_json::json!([{ "message": message, "finish_reason": "stop" }]);
    ok(serde_json::json!({ "model": "m-1", "choices": choices, "usage": usage }).to_string())
}

/// The address, and the requests so far.
pub(super) async fn serve(script: Vec<Scripted>) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/v1", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(vec![]));
    let log = Arc::clone(&asked);
    tokio::spawn(async move {
        let mut hanging = vec![];
        for step in script {
            let (mut socket, _) = listener.accept().await.unwrap();
            let request = read_request(&mut socket).await;
            log.lock().unwrap().push(request);
            match step {
                Scripted::Answer(status, headers, body) => {
                    let head = format!(
                        "HTTP/1.1 {status}\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n",
                        body.len()
                    );
                    // The client may hang up on a body that is too large for it.
                    drop(socket.write_all(format!("{head}{body}").as_bytes()).await);
                }
                Scripted::Hang => hanging.push(socket),
            }
        }
        std::future::pending::<()>().await;
    });
    (address, asked)
}

async fn read_request(socket: &mut TcpStream) -> String {
    let mut bytes = vec![];
    let mut buffer = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return text;
            }
        }
        let read = socket.read(&mut buffer).await.unwrap();
        assert!(read > 0, "the client hung up");
        bytes.extend_from_slice(&buffer[..read]);
    }
}
