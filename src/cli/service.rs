//! `ramal serve`: runs until it is asked to stop, and reads its settings again when it is asked to.

use ramal::config::Settings;
use ramal::domain::Lang;
use ramal::log::lines;
use ramal::serve::{Running, start};

use super::SettingsArguments;
use super::failure::{Failure, provision_text};
use super::signals;

pub async fn run(arguments: &SettingsArguments, settings: Settings, lang: Lang) -> Result<(), Failure> {
    let mut asked = signals::listen_as_service().map_err(Failure::Runtime)?;
    // A start may wait for its database, and need not be waited for.
    let Some(started) = asked.stop.run_until_cancelled(start(&settings)).await else { return Ok(()) };
    let running = started.map_err(Failure::Serve)?;
    loop {
        tokio::select! {
            () = asked.stop.cancelled() => break,
            Some(()) = asked.read_again.recv() => {}
        }
        // Whoever wants it to stop meanwhile does not wait for the database.
        tokio::select! {
            () = asked.stop.cancelled() => break,
            () = read_again(arguments, &settings, &running, lang) => {}
        }
    }
    running.stop().await;
    Ok(())
}

/// Companies of the settings file are brought up to date, as at the start. Everything else counts from the next start.
async fn read_again(arguments: &SettingsArguments, before: &Settings, running: &Running, lang: Lang) {
    let now = match arguments.read() {
        Ok(loaded) => loaded.settings,
        Err(errors) => return lines::settings_refused(errors.text(lang)),
    };
    match running.update(&now).await {
        Ok(()) => lines::settings_read(now.companies.len(), differ(before, &now)),
        Err(error) => lines::settings_refused(provision_text(&error, lang)),
    }
}

/// Whether settings other than companies differ, as far as their text shows: secrets do not print themselves.
fn differ(before: &Settings, now: &Settings) -> bool {
    let text = |settings: &Settings| format!("{:?}", Settings { companies: Vec::new(), ..settings.clone() });
    text(before) != text(now)
}
