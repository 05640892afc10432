//! A job that is kept running: when it fails it is started again after a pause, and `/readyz` says so meanwhile.

use super::Stop;
use services::Services;
use std::time::Duration;
use tokio::time::Instant;

/// The pause after the first failure; it doubles with each that follows.
const PAUSE: Duration = Duration::from_secs(1);
/// The longest pause.
const LONGEST: Duration = Duration::from_secs(60);
/// A job that ran for so long without a failure runs as it should again.
const WELL: Duration = Duration::from_secs(300);

/// Runs a job until told to stop, whatever becomes of it. What panics in it ends the job alone; its cause is in the log.
pub async fn kept<F, Fut>(name: &'static str, services: Services, mut stop: Stop, job: F)
where
    F: Fn(Services, Stop) -> Fut,
    Fut: Future<Output = ()> + Send + 'static,
{
    let mut pause = PAUSE;
    loop {
        let begun = Instant::now();
        let mut running = tokio::spawn(job(services.clone(), stop.clone()));
        let ended = tokio::select! {
            ended = &mut running => ended,
            () = tokio::time::sleep(WELL) => {
                services.note_job(name, true);
                pause = PAUSE;
                running.await
            }
        };
        if *stop.borrow() {
            return;
        }
        if begun.elapsed() >= WELL {
            pause = PAUSE;
        }
        services.note_job(name, false);
        let cause = ended.err().map_or_else(|| "it ended".to_owned(), |error| error.to_string());
        tracing::error!(job = name, %cause, seconds = pause.as_secs(), "a background job failed and is started again");
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
        pause = (pause * 2).min(LONGEST);
    }
}
