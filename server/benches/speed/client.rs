//! A client with a session: one connection, kept open.
//!
//! Written on the bare socket on purpose: a common HTTP library takes about a millisecond for one of these pages on the cores
//! that the server needs, and would be half of what is measured.

use crate::server::Server;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// A client.
pub(crate) struct Client {
    port: u16,
    cookie: String,
    connection: BufReader<TcpStream>,
}

/// What an answer took.
pub(crate) struct Streamed {
    pub(crate) bytes: usize,
    pub(crate) first: Duration,
    pub(crate) whole: Duration,
}

/// Status and headers of an answer.
struct Head {
    status: u16,
    length: Option<usize>,
    cookies: Vec<String>,
}

impl Client {
    pub(crate) fn new(port: u16) -> std::io::Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_nodelay(true)?;
        Ok(Self { port, cookie: String::new(), connection: BufReader::with_capacity(1 << 18, stream) })
    }

    /// A client behind a session of a demo person.
    pub(crate) fn log_in(server: &Server, email: &str) -> Self {
        let mut client = Self::new(server.port).expect("a connection");
        let form = format!("email={}&password=doorward-demo", email.replace('@', "%40"));
        client.send("POST", "/login", "application/x-www-form-urlencoded", "identity", &form);
        let head = client.head();
        client.body(&head, |_| ());
        let session = head.cookies.into_iter().find(|cookie| !cookie.starts_with("flash"));
        client.cookie = session.expect("the demo's password");
        client
    }

    /// Another connection of the same session.
    pub(crate) fn another(&self) -> Self {
        let mut client = Self::new(self.port).expect("a connection");
        client.cookie.clone_from(&self.cookie);
        client
    }

    fn send(&mut self, method: &str, path: &str, kind: &str, encoding: &str, body: &str) {
        let (port, cookie, length) = (self.port, &self.cookie, body.len());
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\nCookie: {cookie}\r\n\
             Accept-Encoding: {encoding}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        self.connection.get_mut().write_all(request.as_bytes()).expect("sent");
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.connection.read_line(&mut line).expect("a line");
        line.trim_end().to_owned()
    }

    fn head(&mut self) -> Head {
        let first = self.line();
        let status = first.split(' ').nth(1).and_then(|word| word.parse().ok()).expect("a status");
        let mut head = Head { status, length: None, cookies: Vec::new() };
        loop {
            let line = self.line();
            let Some((name, value)) = line.split_once(": ") else { return head };
            match name {
                "content-length" => head.length = value.parse().ok(),
                "set-cookie" => head.cookies.push(value.split(';').next().unwrap_or_default().to_owned()),
                _ => {}
            }
        }
    }

    /// Reads a body of known length, or in chunks.
    fn body(&mut self, head: &Head, mut each: impl FnMut(&[u8])) {
        if let Some(length) = head.length {
            self.piece(length, &mut each);
            return;
        }
        loop {
            let length = usize::from_str_radix(&self.line(), 16).expect("the length of a chunk");
            self.piece(length, &mut each);
            self.line();
            if length == 0 {
                return;
            }
        }
    }

    fn piece(&mut self, mut length: usize, each: &mut impl FnMut(&[u8])) {
        while length > 0 {
            let there = self.connection.fill_buf().expect("more of the answer");
            let take = there.len().min(length);
            assert!(take > 0, "the server hung up");
            each(&there[..take]);
            self.connection.consume(take);
            length -= take;
        }
    }

    fn get(&mut self, path: &str, encoding: &str) -> Vec<u8> {
        self.send("GET", path, "text/plain", encoding, "");
        let head = self.head();
        let mut body = Vec::with_capacity(1 << 18);
        self.body(&head, |piece| body.extend_from_slice(piece));
        assert_eq!(head.status, 200, "{path}");
        body
    }

    pub(crate) fn is_ready(&mut self) -> bool {
        self.send("GET", "/readyz", "text/plain", "identity", "");
        let head = self.head();
        self.body(&head, |_| ());
        head.status == 200
    }

    /// A page, which must be one.
    pub(crate) fn page(&mut self, path: &str) -> String {
        String::from_utf8(self.get(path, "identity")).expect("text")
    }

    /// Bytes of an answer in brotli.
    pub(crate) fn compressed(&mut self, path: &str) -> usize {
        self.get(path, "br").len()
    }

    /// Reads an answer of any length and forgets it.
    pub(crate) fn stream(&mut self, path: &str) -> Streamed {
        let begin = Instant::now();
        self.send("GET", path, "text/plain", "identity", "");
        let head = self.head();
        assert_eq!(head.status, 200, "{path}");
        let (mut bytes, mut first) = (0, None);
        self.body(&head, |piece| {
            bytes += piece.len();
            first.get_or_insert_with(|| begin.elapsed());
        });
        Streamed { bytes, first: first.unwrap_or_default(), whole: begin.elapsed() }
    }

    /// Calls a server function; its status and answer.
    pub(crate) fn call(&mut self, function: &str, arguments: &serde_json::Value) -> (u16, serde_json::Value) {
        self.send("POST", &format!("/fn/{function}"), "application/json", "identity", &arguments.to_string());
        let head = self.head();
        let mut body = Vec::new();
        self.body(&head, |piece| body.extend_from_slice(piece));
        (head.status, serde_json::from_slice(&body).unwrap_or_default())
    }
}

/// The address of the link with this text.
pub(crate) fn link(body: &str, text: &str) -> Option<String> {
    let end = body.find(&format!("\">{text}</a>"))?;
    let begin = body[..end].rfind("href=\"")? + 6;
    Some(body[begin..end].replace("&amp;", "&"))
}
