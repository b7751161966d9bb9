//! A NATS connection by hand, line by line: to see what a server lets a user do.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::time::Duration;

/// A connection of one user.
#[derive(Debug)]
pub struct NatsLine {
    socket: TcpStream,
    lines: BufReader<TcpStream>,
}

impl NatsLine {
    /// Connects; what the server says when it does not want to.
    pub fn connect(url: &str, user: &str, password: &str) -> Result<Self, String> {
        let socket =
            TcpStream::connect(url.strip_prefix("nats://").unwrap_or(url)).expect("the server answers");
        socket.set_read_timeout(Some(Duration::from_secs(10))).expect("a time-out");
        socket.set_nodelay(true).expect("a socket");
        let lines = BufReader::new(socket.try_clone().expect("a second handle"));
        let mut line = Self { socket, lines };
        line.say(&format!(
            r#"CONNECT {{"user":"{user}","pass":"{password}","verbose":false,"pedantic":false,"headers":true}}"#
        ));
        let errors = line.errors();
        if errors.is_empty() { Ok(line) } else { Err(errors.join("; ")) }
    }

    /// Whether it lets this user publish there. Something is published if it does.
    pub fn may_publish(&mut self, subject: &str) -> bool {
        self.say(&format!("PUB {subject} 0\r\n"));
        self.errors().is_empty()
    }

    /// Whether it lets this user listen there, in this queue group if one is named.
    pub fn may_subscribe(&mut self, subject: &str, queue: &str) -> bool {
        self.say(&format!("SUB {subject} {queue} 1"));
        let lets = self.errors().is_empty();
        self.say("UNSUB 1");
        lets
    }

    fn say(&mut self, line: &str) {
        // A server that lets nobody in hangs up at once; what it said before is still to be read.
        drop(write!(self.socket, "{line}\r\n"));
    }

    /// What it has against all that was said so far.
    fn errors(&mut self) -> Vec<String> {
        self.say("PING");
        let mut errors = Vec::new();
        loop {
            let mut line = String::new();
            let read = self.lines.read_line(&mut line);
            let read = read.unwrap_or_else(|error| if errors.is_empty() { panic!("{error}") } else { 0 });
            if let Some(error) = line.strip_prefix("-ERR ") {
                errors.push(error.trim().to_owned());
            }
            if read == 0 || line.starts_with("PONG") {
                return errors;
            }
        }
    }
}
