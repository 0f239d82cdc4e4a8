//! Asked to stop: SIGTERM and Ctrl-C.

use std::io;

use ramal::log::lines;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// A token that is cancelled by the first SIGTERM or SIGINT. A second one ends the process at once, with the exit code
/// that shells give to a killed program: whoever asks twice does not want to wait for the drain.
pub fn stop_token() -> io::Result<CancellationToken> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let stop = CancellationToken::new();
    let asked = stop.clone();
    tokio::spawn(async move {
        let (name, _) = next(&mut terminate, &mut interrupt).await;
        lines::stopping(name);
        asked.cancel();
        let (_, number) = next(&mut terminate, &mut interrupt).await;
        std::process::exit(128 + number);
    });
    Ok(stop)
}

async fn next(terminate: &mut Signal, interrupt: &mut Signal) -> (&'static str, i32) {
    tokio::select! {
        _ = terminate.recv() => ("SIGTERM", SignalKind::terminate().as_raw_value()),
        _ = interrupt.recv() => ("SIGINT", SignalKind::interrupt().as_raw_value()),
    }
}
