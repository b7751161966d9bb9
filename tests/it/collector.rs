//! A collector of traces: takes what is sent to it in OTLP, and keeps it for a test to look at.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;

pub(crate) struct Collector {
    address: SocketAddr,
    received: Arc<Mutex<Vec<Received>>>,
    stopped: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// One request.
#[derive(Clone)]
struct Received {
    head: String,
    body: Vec<u8>,
}

impl Collector {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (received, stopped) = (Arc::<Mutex<Vec<_>>>::default(), Arc::new(AtomicBool::new(false)));
        let (kept, stop) = (Arc::clone(&received), Arc::clone(&stopped));
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if stop.load(Ordering::SeqCst) {
                    return;
                }
                let kept = Arc::clone(&kept);
                std::thread::spawn(move || take(stream, &kept));
            }
        });
        Self { address, received, stopped, thread: Some(thread) }
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Every span that has come.
    pub(crate) fn spans(&self) -> Vec<Span> {
        let decoded = |received: &Received| {
            assert!(received.head.starts_with("POST /v1/traces "), "{}", received.head);
            ExportTraceServiceRequest::decode(received.body.as_slice()).expect("OTLP")
        };
        let requests: Vec<_> = self.received.lock().unwrap().iter().map(decoded).collect();
        let scopes = requests.into_iter().flat_map(|request| request.resource_spans);
        scopes.flat_map(|resource| resource.scope_spans).flat_map(|scope| scope.spans).collect()
    }

    /// The headers that came, in small letters.
    pub(crate) fn headers(&self) -> String {
        let received = self.received.lock().unwrap();
        received.iter().map(|one| one.head.to_lowercase()).collect()
    }

    /// Whether this stands anywhere in what was sent, headers aside.
    pub(crate) fn was_told(&self, words: &str) -> bool {
        let received = self.received.lock().unwrap();
        received.iter().any(|one| one.body.windows(words.len()).any(|part| part == words.as_bytes()))
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        // Wakes the thread that waits for somebody to come.
        drop(TcpStream::connect(self.address));
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

/// Takes requests until whoever sends them hangs up.
fn take(stream: TcpStream, kept: &Mutex<Vec<Received>>) {
    let mut reader = BufReader::new(stream);
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head).unwrap_or(0) == 0 {
                return;
            }
        }
        let length = head
            .lines()
            .find_map(|line| {
                line.to_lowercase().strip_prefix("content-length:").map(|length| length.trim().to_owned())
            })
            .expect("a length");
        let mut body = vec![0; length.parse().unwrap()];
        reader.read_exact(&mut body).expect("the body");
        kept.lock().unwrap().push(Received { head, body });
        let answer = b"HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n";
        if reader.get_mut().write_all(answer).is_err() {
            return;
        }
    }
}
