//! Commands that open the database themselves: they need no running program (and with SQLite bear none).

use std::path::{Path, PathBuf};

use clap::Subcommand;
use ramal::config::{DatabaseKind, Settings};
use ramal::domain::Lang;
use ramal::secrets::MasterKey;
use ramal::store::{MasterSource, Store, StoreOptions, Writer};

use super::failure::Failure;

#[derive(Subcommand)]
pub enum KeyCommand {
    /// Add a data key and seal every secret with it; with a new master key, wrap the data keys with that one
    Rotate {
        /// A file with the new master key: 32 random bytes in base64 or hexadecimal, mode 0600
        #[arg(long, value_name = "FILE")]
        new_master_key_file: Option<PathBuf>,
    },
}

/// How the settings say that the store is opened.
pub fn store_options(settings: &Settings) -> StoreOptions {
    StoreOptions { master: master_source(settings), ..StoreOptions::default() }
}

pub fn master_source(settings: &Settings) -> MasterSource {
    settings.master_key.clone().map_or(MasterSource::BesideDatabase, MasterSource::Given)
}

pub async fn key(command: KeyCommand, settings: &Settings, lang: Lang) -> Result<(), Failure> {
    let KeyCommand::Rotate { new_master_key_file } = command;
    // Read first: a bad file must not leave a rotation half done.
    let new_master = new_master_key_file.as_deref().map(MasterKey::load).transpose()?;
    let (store, mut writer) = Store::open(settings.database.expose(), store_options(settings)).await?;
    let sealed = writer.rotate_keys().await?;
    println!(
        "{}",
        lang.pick(
            format!("nova chave de dados; segredos cifrados de novo: {sealed}"),
            format!("a new data key; secrets sealed again: {sealed}"),
        )
    );
    if let (Some(master), Some(file)) = (new_master, &new_master_key_file) {
        rewrap(&mut writer, &master).await?;
        println!("{}", new_master_text(settings, file, lang));
    }
    store.close().await;
    Ok(())
}

async fn rewrap(writer: &mut Writer, master: &MasterKey) -> Result<(), Failure> {
    let mut tx = writer.begin().await?;
    tx.rewrap_keys(master).await?;
    tx.commit().await?;
    Ok(())
}

fn new_master_text(settings: &Settings, file: &Path, lang: Lang) -> String {
    let file = file.display();
    let beside = match (settings.database.kind(), &settings.master_key, settings.database.file()) {
        (DatabaseKind::Sqlite, None, Some(database)) => Some(database.with_extension("key")),
        _ => None,
    };
    match beside {
        Some(old) => lang.pick(
            format!("chave mestra trocada: ponha {file} no lugar de {}, ou em master_key_file", old.display()),
            format!("the master key is another one now: put {file} in the place of {}, or into master_key_file", old.display()),
        ),
        None => lang.pick(
            format!("chave mestra trocada: ponha o conteúdo de {file} em master_key, ou o arquivo em master_key_file"),
            format!("the master key is another one now: put what {file} holds into master_key, or the file into master_key_file"),
        ),
    }
}
