//! What a panic says, as a line like any other: the standard way writes to standard error and waits for who reads it, on
//! the thread that has other tasks to run.

use std::panic::PanicHookInfo;

use tracing::error;

/// From now on.
pub(super) fn into_the_log() {
    std::panic::set_hook(Box::new(say));
}

fn say(info: &PanicHookInfo<'_>) {
    let location = info.location().map(ToString::to_string);
    let thread = std::thread::current().name().unwrap_or_default().to_owned();
    let message = info.payload_as_str().unwrap_or("without a text");
    let backtrace = std::backtrace::Backtrace::capture();
    let backtrace = (backtrace.status() == std::backtrace::BacktraceStatus::Captured).then_some(backtrace);
    error!(location, thread, panic = message, backtrace = backtrace.map(tracing::field::display), "panicked");
}
