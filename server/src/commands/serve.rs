//! `doorward serve`.

use crate::boot::{self, Exit};
use crate::config::Config;
use crate::jobs::{self, Stop, kept};
use crate::listener::{self, Limits};
use crate::mail::Mailer;
use crate::outbound::{Guard, Outbound};
use crate::web;
use services::Services;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};

/// From SIGTERM to the end of jobs: the listener has ended requests before ([`Limits::grace`]).
const GRACE: Duration = Duration::from_secs(8);
/// Then to the end of transactions that were begun.
const CLOSING: Duration = Duration::from_millis(1000);
/// Whatever hangs, the process has ended by then.
const LAST: Duration = Duration::from_millis(9700);

/// Serves until SIGTERM or Ctrl-C.
pub(super) async fn serve(config: Config) -> Result<(), Exit> {
    let listener = TcpListener::bind(config.listen)
        .await
        .map_err(|error| Exit::usage(format!("DOORWARD_LISTEN: {} cannot be listened on: {error}", config.listen)))?;
    let limits = Limits::under(boot::raise_file_limit());
    let services = boot::open_to_serve(&config).await?.allowing(config.allow_targets.clone());
    let mailer = Mailer::new(&config.mail, config.base_url.as_str())
        .map_err(|line| Exit::usage(format!("DOORWARD_MAIL: {line}")))?;
    let outbound = Outbound::new(Guard::new(config.allow_targets.clone())).map_err(Exit::failed)?;
    let router = web::router(&services, &config).await?;
    if let Some(said) = boot::mail_in_files(&services, &config).await? {
        tracing::warn!("{said}");
    }
    let presence = services::presence::enter(&services).await?;
    let (stop, stopped) = watch::channel(false);
    let mut jobs = start(&services, mailer, outbound, &stopped);
    jobs.push(tokio::spawn(jobs::presence::run(presence, stopped.clone())));
    println!("Doorward serves {}", config.base_url);
    let serving = listener::serve(listener, router, limits, config.trusted_proxies.clone(), stopped);
    let mut served = tokio::spawn(serving);
    tokio::select! {
        ended = &mut served => return ended.map_err(Exit::failed),
        () = signalled() => {}
    }
    tracing::info!("ending");
    let begin = Instant::now();
    last_resort();
    let _ = stop.send(true);
    let ended = timeout_at(begin + GRACE, async {
        let _ = served.await;
        for job in jobs {
            let _ = job.await;
        }
    });
    if ended.await.is_err() {
        tracing::warn!("what did not end in time is broken off; what was begun in the database is not half done");
    }
    let closed = timeout_at(begin + GRACE + CLOSING, async {
        if let Err(error) = services::write_notes(&services, true).await {
            tracing::warn!(%error, "failed log-ins of the last minute are not in the record");
        }
        services.store().close().await;
    });
    if closed.await.is_err() {
        tracing::warn!("the database was not closed in time; it will be sound");
    }
    Ok(())
}

/// Starts the jobs, each of which is started again when it fails.
fn start(services: &Services, mailer: Mailer, outbound: Outbound, stop: &Stop) -> Vec<JoinHandle<()>> {
    fn keep<F, Fut>(name: &'static str, services: &Services, stop: &Stop, job: F) -> JoinHandle<()>
    where
        F: Fn(Services, Stop) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        tokio::spawn(kept(name, services.clone(), stop.clone(), job))
    }
    let to_channels = outbound.clone();
    vec![
        keep("mail", services, stop, move |services, stop| jobs::mail::run(services, mailer.clone(), stop)),
        keep("listen", services, stop, jobs::listen::run),
        keep("clock", services, stop, jobs::clock::run),
        keep("targets", services, stop, move |services, stop| jobs::provision::run(services, outbound.clone(), stop)),
        keep("channels", services, stop, move |services, stop| jobs::news::run(services, to_channels.clone(), stop)),
        keep("notes", services, stop, jobs::notes::run),
    ]
}

/// Ends the process when nothing else does: a thread of its own, because whatever hangs may hold the others.
fn last_resort() {
    std::thread::spawn(|| {
        std::thread::sleep(LAST);
        eprintln!("doorward: ended although something still ran");
        std::process::exit(1);
    });
}

async fn signalled() {
    let interrupt = tokio::signal::ctrl_c();
    match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
        }
        Err(_) => {
            let _ = interrupt.await;
        }
    }
}
