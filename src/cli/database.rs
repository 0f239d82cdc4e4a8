//! Commands that open the database themselves: they need no running program (and with SQLite bear none).

use std::path::{Path, PathBuf};

use clap::Subcommand;
use ramal::admin::{Actor, ApiKeyInput, Role, create_administrator, create_api_key};
use ramal::config::{DatabaseKind, Settings};
use ramal::domain::{CompanyId, Lang};
use ramal::secrets::{MasterKey, Secret};
use ramal::store::{MasterSource, Store, StoreOptions, Writer};
use ramal::texts::say;

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

#[derive(Subcommand)]
pub enum ApiKeyCommand {
    /// Make a key; it is shown once
    Create {
        /// What the key is for, at most 120 characters
        #[arg(long, default_value = "command line")]
        name: String,
        /// reader, operator or administrator
        #[arg(long, default_value = "administrator", value_parser = role)]
        role: Role,
        /// Only these companies, for example `company_1`; may be repeated
        #[arg(long, value_name = "COMPANY")]
        company: Vec<CompanyId>,
    },
}

fn role(text: &str) -> Result<Role, String> {
    Role::parse(text).ok_or_else(|| "expected reader, operator or administrator".to_owned())
}

/// Makes an API key and prints it, alone on its line.
pub async fn api_key(command: ApiKeyCommand, settings: &Settings, lang: Lang) -> Result<(), Failure> {
    let ApiKeyCommand::Create { name, role, company } = command;
    let companies = (!company.is_empty()).then(|| company.iter().map(ToString::to_string).collect());
    let role = Some(role.as_str().to_owned());
    let input = ApiKeyInput { name: Some(name), role, companies, expires_at: None };
    let key = make_api_key(settings, &input).await?;
    eprintln!("{}", say(lang, "key-shown"));
    println!("{}", key.expose());
    Ok(())
}

/// Makes an API key in the database of the settings.
pub async fn make_api_key(settings: &Settings, input: &ApiKeyInput) -> Result<Secret, Failure> {
    // One row beside a running program, which reads keys at every request.
    let options = StoreOptions { exclusive: false, ..store_options(settings) };
    let (store, mut writer) = Store::open(settings.database.expose(), options).await?;
    let mut tx = writer.begin().await?;
    let made = create_api_key(&mut tx, &Actor::command_line(), input).await.map_err(Failure::ApiKey)?;
    tx.commit().await?;
    store.close().await;
    Ok(made)
}

/// Makes an administrator of the panel in the database of the settings, which no program has open.
pub async fn make_administrator(settings: &Settings, login: &str, name: &str) -> Result<Secret, Failure> {
    let (store, mut writer) = Store::open(settings.database.expose(), store_options(settings)).await?;
    let mut tx = writer.begin().await?;
    let made = create_administrator(&mut tx, login, name).await.map_err(Failure::Input)?;
    tx.commit().await?;
    store.close().await;
    Ok(made)
}

/// How the settings say that the store is opened.
pub fn store_options(settings: &Settings) -> StoreOptions {
    // Beside a running program only PostgreSQL may be written to.
    let exclusive = settings.database.kind() == DatabaseKind::Sqlite;
    StoreOptions { master: master_source(settings), exclusive, ..StoreOptions::default() }
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
    println!("{}", say(lang, "key-rotated").with("sealed", sealed.to_string()));
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
    let file = file.display().to_string();
    let beside = match (settings.database.kind(), &settings.master_key, settings.database.file()) {
        (DatabaseKind::Sqlite, None, Some(database)) => Some(database.with_extension("key")),
        _ => None,
    };
    let text = match beside {
        Some(old) => say(lang, "master-beside").with("file", file).with("old", old.display().to_string()),
        None => say(lang, "master-elsewhere").with("file", file),
    };
    text.text()
}
