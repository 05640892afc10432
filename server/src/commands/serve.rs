//! `doorward serve`.

use crate::boot::{self, Exit};
use crate::config::Config;
use crate::mail::Mailer;
use crate::outbound::{Guard, Outbound};
use crate::{jobs, web};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// How long requests in flight may take after SIGTERM.
const GRACE: Duration = Duration::from_secs(8);

/// Serves until SIGTERM or Ctrl-C.
pub(super) async fn serve(config: Config) -> Result<(), Exit> {
    let listener = TcpListener::bind(config.listen)
        .await
        .map_err(|error| Exit::usage(format!("DOORWARD_LISTEN: {} cannot be listened on: {error}", config.listen)))?;
    let services = boot::open_to_serve(&config).await?.allowing(config.allow_targets.clone());
    let mailer = Mailer::new(&config.mail, config.base_url.as_str())
        .map_err(|line| Exit::usage(format!("DOORWARD_MAIL: {line}")))?;
    let outbound = Outbound::new(Guard::new(config.allow_targets.clone())).map_err(Exit::failed)?;
    let router = web::router(&services, &config).await?;
    let (stop, stopped) = watch::channel(false);
    let jobs = [
        tokio::spawn(jobs::mail::run(services.clone(), mailer, stopped.clone())),
        tokio::spawn(jobs::listen::run(services.clone(), stopped.clone())),
        tokio::spawn(jobs::clock::run(services.clone(), stopped.clone())),
        tokio::spawn(jobs::provision::run(services.clone(), outbound.clone(), stopped.clone())),
        tokio::spawn(jobs::news::run(services.clone(), outbound, stopped.clone())),
    ];
    println!("Doorward serves {}", config.base_url);
    let mut ending = stopped.clone();
    let served = axum::serve(listener, router.into_make_service_with_connect_info::<std::net::SocketAddr>())
        .with_graceful_shutdown(async move {
            let _ = ending.changed().await;
        });
    let mut served = tokio::spawn(async move { served.await });
    tokio::select! {
        ended = &mut served => return ended.map_err(Exit::failed)?.map_err(Exit::failed),
        () = signalled() => {}
    }
    tracing::info!("ending");
    let _ = stop.send(true);
    let _ = tokio::time::timeout(GRACE, async {
        let _ = served.await;
        for job in jobs {
            let _ = job.await;
        }
    })
    .await;
    services.store().close().await;
    Ok(())
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
