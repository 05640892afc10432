//! The server under measure: the real binary, in a process of its own, ended at the end.

use crate::client::Client;
use std::io::Read as _;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// A running server.
pub(crate) struct Server {
    child: Child,
    pub(crate) port: u16,
    /// From the start of the process to the first answer of `/readyz`.
    pub(crate) started: Duration,
    mail: tempfile::TempDir,
}

impl Server {
    /// Starts the server and waits until it is ready.
    pub(crate) fn start(binary: &str, url: &str) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port();
        let mail = tempfile::tempdir().expect("a directory for mail");
        let begin = Instant::now();
        let child = Command::new(binary)
            .arg("serve")
            .env("DOORWARD_DATABASE", url)
            .env("DOORWARD_LISTEN", format!("127.0.0.1:{port}"))
            .env("DOORWARD_BASE_URL", format!("http://127.0.0.1:{port}"))
            .env("DOORWARD_MAIL", format!("file:{}", mail.path().display()))
            .env("DOORWARD_LOG", "warn")
            .stdout(Stdio::null())
            .spawn()
            .expect("the server starts");
        let mut server = Self { child, port, started: Duration::ZERO, mail };
        while !Client::new(server.port).is_ok_and(|mut client| client.is_ready()) {
            assert!(begin.elapsed() < Duration::from_secs(60), "the server is not ready after a minute");
            std::thread::sleep(Duration::from_millis(2));
        }
        server.started = begin.elapsed();
        server
    }

    /// Anonymous memory in MiB.
    pub(crate) fn anonymous(&self) -> f64 {
        let mut rollup = String::new();
        std::fs::File::open(format!("/proc/{}/smaps_rollup", self.child.id()))
            .and_then(|mut file| file.read_to_string(&mut rollup))
            .expect("smaps_rollup");
        let line = rollup.lines().find(|line| line.starts_with("Anonymous:")).expect("a line Anonymous");
        let kib = line.split_whitespace().nth(1).and_then(|word| word.parse::<f64>().ok());
        kib.expect("a number of KiB") / 1024.0
    }

    /// Runs something, and says how high anonymous memory went meanwhile.
    pub(crate) fn peak_while<T>(&self, run: impl FnOnce() -> T) -> (T, f64) {
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let watch = scope.spawn(|| {
                let mut peak = self.anonymous();
                while !done.load(Ordering::Relaxed) {
                    peak = peak.max(self.anonymous());
                    std::thread::sleep(Duration::from_millis(50));
                }
                peak
            });
            let out = run();
            done.store(true, Ordering::Relaxed);
            (out, watch.join().expect("the watch"))
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = self.mail.path();
    }
}
