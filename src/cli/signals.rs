//! What the signals mean.
//!
//! Must hold here: no signal that has a meaning elsewhere ends the program in the middle of something. SIGTERM, SIGINT
//! (Ctrl-C) and SIGQUIT stop it in order. SIGHUP does so where there is a terminal, because there it says that the terminal was
//! closed; without one it is what service managers and log rotation send: the settings are read again. Signals that would end
//! a program that does not know them are passed over.

use std::io::{self, IsTerminal};
use std::process;

use ramal::log::lines;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::LAST_LINES;

/// Besides SIGUSR1 and SIGUSR2, and by number because tokio knows no names for them: SIGALRM, SIGSTKFLT, SIGXFSZ (writing is
/// answered with an error instead), SIGVTALRM, SIGPROF, SIGIO, SIGPWR.
const PASSED_OVER: [i32; 7] = [14, 16, 25, 26, 27, 29, 30];
/// Signals without a meaning of their own.
const REAL_TIME: std::ops::RangeInclusive<i32> = 34..=64;

/// What the signals ask for.
pub struct Asked {
    /// Cancelled by the first signal that stops.
    pub stop: CancellationToken,
    /// The settings are to be read again.
    pub read_again: mpsc::Receiver<()>,
}

struct Stopping {
    terminate: Signal,
    interrupt: Signal,
    quit: Signal,
    hang_up: Signal,
}

/// A token that is cancelled by the first signal that stops. A second one ends the process at once, with the exit code
/// that shells give to a killed program: whoever asks twice does not want to wait for the drain.
pub fn stop_token() -> io::Result<CancellationToken> {
    Ok(listen(true)?.stop)
}

/// The same for a program that can read its settings again.
pub fn listen_as_service() -> io::Result<Asked> {
    listen(io::stdin().is_terminal() || io::stdout().is_terminal())
}

fn listen(hang_up_stops: bool) -> io::Result<Asked> {
    let mut stopping = Stopping {
        terminate: signal(SignalKind::terminate())?,
        interrupt: signal(SignalKind::interrupt())?,
        quit: signal(SignalKind::quit())?,
        hang_up: signal(SignalKind::hangup())?,
    };
    pass_over();
    let stop = CancellationToken::new();
    let asked = stop.clone();
    // One that waits stands for all that come meanwhile.
    let (again, read_again) = mpsc::channel(1);
    tokio::spawn(async move {
        let name = loop {
            match stopping.next().await {
                ("SIGHUP", _) if !hang_up_stops => drop(again.try_send(())),
                (name, _) => break name,
            }
        };
        lines::stopping(name);
        asked.cancel();
        let number = loop {
            match stopping.next().await {
                // A terminal that is closed says so to its whole session, and its shell once more.
                ("SIGHUP", _) => {}
                (_, number) => break number,
            }
        };
        ramal::log::flush(LAST_LINES);
        process::exit(128 + number);
    });
    Ok(Asked { stop, read_again })
}

/// A handler that does nothing takes the place of the end of the program; it stays when its stream is dropped. Some systems
/// keep a few of these numbers for themselves: nobody can send those then.
fn pass_over() {
    let named = [SignalKind::user_defined1(), SignalKind::user_defined2()];
    let numbered = PASSED_OVER.into_iter().chain(REAL_TIME).map(SignalKind::from_raw);
    for kind in named.into_iter().chain(numbered) {
        drop(signal(kind));
    }
}

impl Stopping {
    async fn next(&mut self) -> (&'static str, i32) {
        tokio::select! {
            _ = self.terminate.recv() => ("SIGTERM", SignalKind::terminate().as_raw_value()),
            _ = self.interrupt.recv() => ("SIGINT", SignalKind::interrupt().as_raw_value()),
            _ = self.quit.recv() => ("SIGQUIT", SignalKind::quit().as_raw_value()),
            _ = self.hang_up.recv() => ("SIGHUP", SignalKind::hangup().as_raw_value()),
        }
    }
}
