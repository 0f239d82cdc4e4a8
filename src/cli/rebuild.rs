//! `ramal rebuild`: has a consumer's rows made anew, and shows how far that is.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use ramal::admin::{Actor, may_be_rebuilt, rebuild_rows};
use ramal::config::Settings;
use ramal::domain::Lang;
use ramal::journal::{Kind, RebuildStatus};
use ramal::runtime::consumers;
use ramal::store::{Store, StoreError, StoreOptions};
use ramal::texts::{decimal, say};

use super::database::store_options;
use super::failure::Failure;

/// Between two looks at how much is left.
const LOOK: Duration = Duration::from_millis(500);
/// A program that runs begins before this.
const NOBODY_BEGINS: Duration = Duration::from_secs(10);
const BAR: usize = 40;

#[derive(Args)]
pub struct RebuildArguments {
    /// Whose rows are made anew
    #[arg(value_parser = kinds())]
    name: Kind,
    /// Do not wait until they are made
    #[arg(long)]
    detach: bool,
}

/// Every consumer by its name. Those whose rows cannot be made anew are not offered, and say why when they are asked for.
fn kinds() -> impl TypedValueParser<Value = Kind> {
    let all = consumers();
    let names = all.iter().map(|kind| PossibleValue::new(kind.name).hide(!kind.rebuilds));
    PossibleValuesParser::new(names).map(move |name| {
        let found = all.iter().find(|kind| kind.name == name);
        *found.expect("only names of consumers are let through")
    })
}

/// Asks for it in the database of the settings; the program that runs there does it, or the next that starts.
pub async fn rebuild(given: RebuildArguments, settings: &Settings, lang: Lang) -> Result<(), Failure> {
    may_be_rebuilt(&given.name).map_err(Failure::Input)?;
    if let Some(file) = settings.database.file().filter(|file| !file.exists()) {
        return Err(Failure::NoDatabase { file: file.to_owned() });
    }
    // A few rows beside a running program, which looks for them.
    let options = StoreOptions { exclusive: false, ..store_options(settings) };
    let (store, mut writer) = Store::open(settings.database.expose(), options).await?;
    let mut tx = writer.begin().await?;
    rebuild_rows(&mut tx, &Actor::command_line(), &given.name).await?;
    tx.commit().await?;
    writer.close().await?;
    println!("{}", say(lang, "rebuild-asked").with("name", given.name.name));
    if !given.detach {
        watch(&store, &given.name, lang).await?;
    }
    store.close().await;
    Ok(())
}

/// Until nothing is left; on a terminal with a bar that moves, else with a line for every tenth.
async fn watch(store: &Store, kind: &Kind, lang: Lang) -> Result<(), StoreError> {
    let (mut all, mut tenth) = (0, 0);
    let (began, mut stands) = (Instant::now(), true);
    let moves = std::io::stdout().is_terminal();
    while let Some(left) = kind.status(store).await?.rebuild {
        all = all.max(left.events);
        let done = all - left.events;
        stands &= done == 0;
        if stands && began.elapsed() >= NOBODY_BEGINS {
            stands = false;
            eprintln!("{}", say(lang, "rebuild-waits"));
        }
        if moves {
            print!("\r{}", line(done, all, left, lang));
            // A bar that nobody sees is no reason to end.
            let _ = std::io::stdout().flush();
        } else if done * 10 / all.max(1) > tenth {
            tenth = done * 10 / all.max(1);
            println!("{}", line(done, all, left, lang));
        }
        tokio::time::sleep(LOOK).await;
    }
    if moves {
        println!();
    }
    println!("{}", say(lang, "rebuild-done").with("name", kind.name));
    Ok(())
}

fn line(done: u64, all: u64, left: RebuildStatus, lang: Lang) -> String {
    let full = usize::try_from(done * BAR as u64 / all.max(1)).unwrap_or(BAR).min(BAR);
    #[expect(clippy::cast_precision_loss, reason = "a percentage for people")]
    let share = decimal(lang, done as f64 * 100.0 / all.max(1) as f64, 1);
    let left = say(lang, "rebuild-left").with("events", left.events).with("companies", left.companies);
    format!("[{}{}] {share} % {left}", "#".repeat(full), ".".repeat(BAR - full))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_says_what_is_done_and_what_is_left() {
        let left = RebuildStatus { companies: 1, events: 1_500 };
        let pt = line(500, 2_000, left, Lang::Pt);
        assert_eq!(
            pt,
            format!("[{}{}] 25,0 % faltam 1.500 eventos de 1 empresa", "#".repeat(10), ".".repeat(30))
        );
        let nothing = line(0, 0, RebuildStatus { companies: 2, events: 0 }, Lang::En);
        assert_eq!(nothing, format!("[{}] 0.0 % 0 events of 2 companies left", ".".repeat(40)));
    }
}
