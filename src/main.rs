//! The command line.

mod cli;

use std::process::ExitCode;

/// Deliveries allocate and free small pieces on many threads; the system's allocator keeps what each thread freed.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::run()
}
