//! The panel in the browser of whoever starts the demonstration.

use std::process::{Command, Stdio};

use tracing::warn;

/// Whether there is somebody to show it to: at a terminal, where windows can be opened.
pub fn is_wanted(at_terminal: bool, variable: impl Fn(&str) -> Option<String>) -> bool {
    let displays = ["DISPLAY", "WAYLAND_DISPLAY"];
    let has_windows = cfg!(any(target_os = "macos", windows))
        || displays.iter().any(|name| variable(name).is_some_and(|value| !value.is_empty()));
    at_terminal && has_windows
}

/// What opens an address here.
fn opener(address: &str) -> Command {
    let (program, before): (_, &[&str]) = if cfg!(target_os = "macos") {
        ("open", &[])
    } else if cfg!(windows) {
        ("cmd", &["/C", "start", ""])
    } else {
        ("xdg-open", &[])
    };
    let mut command = Command::new(program);
    command.args(before).arg(address).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// Opens the address; what keeps it from that the log says, and nothing else comes of it.
pub fn open(address: String) {
    // It may wait for the browser's end.
    let opening = std::thread::Builder::new().spawn(move || match opener(&address).status() {
        Ok(status) if status.success() => {}
        Ok(status) => warn!(%address, %status, "no browser could be opened"),
        Err(error) => warn!(%address, %error, "no browser could be opened"),
    });
    if let Err(error) = opening {
        warn!(%error, "no browser could be opened");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(not(any(target_os = "macos", windows)))]
    #[test]
    fn a_browser_is_opened_at_a_terminal_with_a_display_only() {
        let with = |name: &'static str, value: &'static str| {
            move |asked: &str| (asked == name).then(|| value.to_owned())
        };
        assert!(
            is_wanted(true, with("DISPLAY", ":0")) && is_wanted(true, with("WAYLAND_DISPLAY", "wayland-0"))
        );
        assert!(!is_wanted(false, with("DISPLAY", ":0")));
        assert!(!is_wanted(true, with("DISPLAY", "")) && !is_wanted(true, with("TERM", "xterm")));
    }
}
