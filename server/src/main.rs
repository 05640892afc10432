//! The binary.

#![recursion_limit = "1024"]

use clap::Parser;
use server::commands::{Cli, run};
use std::process::ExitCode;
use std::time::Duration;

/// Rendering a page takes thousands of small allocations on several threads (`docs/performance.md`).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // Two TLS providers in one program panic at run time; ring is chosen once, first thing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("doorward: {error}");
            return ExitCode::FAILURE;
        }
    };
    let ended = runtime.block_on(run(cli));
    // A thread that asks a name server which does not answer would be waited for otherwise.
    runtime.shutdown_timeout(Duration::from_millis(300));
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(exit) => {
            eprintln!("doorward: {}", exit.line);
            ExitCode::from(exit.code)
        }
    }
}
