//! The real program, served from a folder of its own, and raw requests to it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Content type of a form.
pub const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";
/// Content type of a call by a program.
pub const JSON: &str = "Content-Type: application/json\r\n";

/// A server that ends with the test.
pub struct Program {
    child: Child,
    pub port: u16,
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port that is free now.
pub fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").expect("bind").local_addr().expect("address").port()
}

fn configured(command: &mut Command, database: &str, mail: &Path, port: u16) {
    command
        .env("DOORWARD_DATABASE", database)
        .env("DOORWARD_LISTEN", format!("127.0.0.1:{port}"))
        .env("DOORWARD_BASE_URL", format!("http://127.0.0.1:{port}"))
        .env("DOORWARD_MAIL", format!("file:{}", mail.display()))
        .env("DOORWARD_LOG", "error");
}

impl Program {
    /// Fills a demo organisation and serves it.
    pub fn demo(database: &str, mail: &Path, requests: u32) -> Self {
        let mut fill = Command::new(env!("CARGO_BIN_EXE_doorward"));
        configured(fill.args(["demo", "--requests", &requests.to_string()]), database, mail, 3999);
        assert!(fill.stdout(Stdio::null()).status().expect("the program").success(), "demo");
        Self::serve(Command::new(env!("CARGO_BIN_EXE_doorward")).arg("serve"), database, mail)
    }

    /// Serves with a command that becomes the server, and waits until it answers.
    pub fn serve(command: &mut Command, database: &str, mail: &Path) -> Self {
        let port = free_port();
        configured(command, database, mail, port);
        let child = command.stdout(Stdio::null()).spawn().expect("the server");
        let program = Self { child, port };
        for _ in 0..600 {
            if program.try_raw("GET /livez", "", "").is_some_and(|(status, _)| status == 200) {
                return program;
            }
            std::thread::yield_now();
            let _ = TcpStream::connect_timeout(&([127, 0, 0, 1], port).into(), std::time::Duration::from_millis(100));
            std::thread::park_timeout(std::time::Duration::from_millis(50));
        }
        panic!("the server does not answer");
    }

    /// A file as the server sees it, also where it has mounts of its own.
    pub fn sees(&self, path: &Path) -> PathBuf {
        let inside = path.strip_prefix("/").expect("an absolute path");
        Path::new("/proc").join(self.child.id().to_string()).join("root").join(inside)
    }

    /// Origin of a form or a call of this site.
    pub fn origin(&self) -> String {
        format!("Origin: http://127.0.0.1:{}\r\n", self.port)
    }

    /// The head of a request with so long a body.
    pub fn head(&self, head: &str, headers: &str, length: usize) -> String {
        format!(
            "{head} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n",
            self.port
        )
    }

    /// A connection to the server.
    pub fn connect(&self) -> TcpStream {
        TcpStream::connect(("127.0.0.1", self.port)).expect("connect")
    }

    fn try_raw(&self, head: &str, headers: &str, body: &str) -> Option<(u16, String)> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        stream.write_all(self.head(head, headers, body.len()).as_bytes()).ok()?;
        stream.write_all(body.as_bytes()).ok()?;
        answer(&mut stream)
    }

    /// Sends a request; the status and the whole answer.
    pub fn raw(&self, head: &str, headers: &str, body: &str) -> (u16, String) {
        self.try_raw(head, headers, body).expect("an answer")
    }

    /// Headers of a script that acts for somebody of the demo.
    pub fn signed_in(&self, email: &str) -> String {
        let own = self.origin();
        let body = format!("email={}&password=doorward-demo", email.replace('@', "%40"));
        let (_, answer) = self.raw("POST /login", &format!("{own}{FORM}"), &body);
        let cookies = answer.lines().filter_map(|line| line.strip_prefix("set-cookie: "));
        let session = cookies.filter_map(|cookie| cookie.split(';').next()).next().expect("a session");
        format!("{own}{JSON}Cookie: {session}\r\n")
    }
}

/// Reads an answer to its end.
pub fn answer(stream: &mut TcpStream) -> Option<(u16, String)> {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).ok()?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let status = text.split(' ').nth(1)?.parse().ok()?;
    Some((status, text))
}
