//! `keys`: the data keys, wrapped; and the secrets that are sealed with them.
//!
//! A secret is sealed where it is written and opened where it is read, bound to its table, row and column; no other
//! room sees a ciphertext. The row's id is known only after its insert, so a secret follows in an update of the same
//! transaction.

use std::path::PathBuf;

use zeroize::Zeroizing;

use super::engine::{Conn, on};
use super::open::MasterSource;
use super::writer::Connected;
use super::{Store, StoreError, Tx, Writer, schema};
use crate::secrets::{Binding, Found, KeyId, KeyRing, MasterKey, SealError, WrappedKey};

/// Every column that holds a ciphertext: what a rotation seals again.
const SEALED: [(&str, &str); 4] = [
    ("sources", "secret"),
    ("sources", "secrets"),
    ("webhooks", "credentials"),
    ("contact_points", "credentials"),
];

/// How many ciphertexts a rotation seals again in one transaction.
const RESEAL_ROWS: i64 = 256;

pub(super) struct Opened {
    pub(super) ring: KeyRing,
    /// The master key's file, when it was made just now.
    pub(super) made: Option<PathBuf>,
}

/// Opens the keys of the database; makes the first ones when it has none.
pub(super) async fn open_ring(
    conn: &mut Connected,
    master: &MasterSource,
    beside: Option<PathBuf>,
) -> Result<Opened, StoreError> {
    let mut conn = conn.conn();
    let mut tx = schema::begin(&mut conn).await?;
    let rows = load(tx.conn()).await?;
    let (master, made) = match (master, beside) {
        (MasterSource::Given(key), _) => (key.clone(), None),
        (MasterSource::BesideDatabase, Some(path)) => {
            let (key, found) = MasterKey::load_or_make(&path, !rows.is_empty())?;
            (key, (found == Found::Made).then_some(path))
        }
        (MasterSource::BesideDatabase, None) => return Err(StoreError::NoMasterKey),
    };
    if !rows.is_empty() {
        return Ok(Opened { ring: KeyRing::load(master, &rows)?, made });
    }
    let (ring, rows) = KeyRing::create(master);
    for row in &rows {
        insert(tx.conn(), row).await?;
    }
    tx.commit().await?;
    Ok(Opened { ring, made })
}

pub(super) async fn load(conn: Conn<'_>) -> Result<Vec<WrappedKey>, StoreError> {
    let rows: Vec<(i64, Vec<u8>)> = on!(conn, db => sqlx::query_as("SELECT id, wrapped FROM keys ORDER BY id").fetch_all(&mut *db).await?);
    rows.into_iter()
        .map(|(id, wrapped)| {
            let id = u32::try_from(id).map_err(|error| StoreError::unreadable("keys", "id", &error))?;
            Ok(WrappedKey { id: KeyId(id), wrapped })
        })
        .collect()
}

async fn insert(conn: Conn<'_>, key: &WrappedKey) -> Result<(), StoreError> {
    on!(conn, db => sqlx::query("INSERT INTO keys (id, wrapped) VALUES ($1, $2)")
        .bind(i64::from(key.id.0))
        .bind(&key.wrapped[..])
        .execute(&mut *db)
        .await
        .map(drop))?;
    Ok(())
}

/// The ciphertext at a place, opened. A key that was added since by another node is loaded first.
pub(super) async fn open_sealed(
    ring: &KeyRing,
    conn: Conn<'_>,
    sealed: &[u8],
    place: &Binding<'_>,
) -> Result<Zeroizing<Vec<u8>>, StoreError> {
    match ring.open(sealed, place) {
        Err(SealError::UnknownKey(_)) => {
            ring.adopt(&load(conn).await?)?;
            Ok(ring.open(sealed, place)?)
        }
        opened => Ok(opened?),
    }
}

impl Store {
    /// What a request's secret is looked up by: see [`KeyRing::lookup`].
    pub fn lookup_hash(&self, kind: &str, header: &str, secret: &crate::secrets::Secret) -> [u8; 32] {
        self.keys().lookup(kind, header, secret)
    }
}

impl Tx<'_> {
    /// Adds a data key. It seals from [`Writer::rotate_keys`] on, after its commit: nothing
    /// may be sealed with a key that could be lost.
    pub async fn add_key(&mut self) -> Result<WrappedKey, StoreError> {
        let key = self.keys.next_key();
        insert(self.conn(), &key).await?;
        Ok(key)
    }

    /// Seals up to 256 ciphertexts of older keys again with the newest; returns how many there were.
    pub async fn reseal(&mut self) -> Result<usize, StoreError> {
        let mut resealed = 0;
        for (table, column) in SEALED {
            resealed += self.reseal_column(table, column).await?;
        }
        Ok(resealed)
    }

    async fn reseal_column(
        &mut self,
        table: &'static str,
        column: &'static str,
    ) -> Result<usize, StoreError> {
        // What is sealed begins with its version and its key's id: those of the newest key are not looked at.
        let newest = [&[1], &self.keys.newest().0.to_be_bytes()[..]].concat();
        // Names of our own tables; `substr` cuts bytes in both engines.
        let select = sqlx::AssertSqlSafe(format!(
            "SELECT id, {column} FROM {table} WHERE {column} IS NOT NULL AND substr({column}, 1, 5) <> $1 \
             ORDER BY id LIMIT $2"
        ));
        let rows: Vec<(i64, Vec<u8>)> = on!(self.conn(), db => sqlx::query_as(select)
            .bind(&newest[..])
            .bind(RESEAL_ROWS)
            .fetch_all(&mut *db)
            .await?);
        for (id, sealed) in &rows {
            let place = Binding { table, id: *id, column };
            let keys = self.keys;
            let secret = open_sealed(keys, self.conn(), sealed, &place).await?;
            put_sealed(self, &place, &secret).await?;
        }
        Ok(rows.len())
    }

    /// Replaces every wrapped key by itself wrapped with another master key. The program must be started with that
    /// one from then on.
    pub async fn rewrap_keys(&mut self, master: &MasterKey) -> Result<(), StoreError> {
        for key in self.keys.rewrap(master) {
            on!(self.conn(), db => sqlx::query("UPDATE keys SET wrapped = $2 WHERE id = $1")
                .bind(i64::from(key.id.0))
                .bind(&key.wrapped[..])
                .execute(&mut *db)
                .await
                .map(drop))?;
        }
        Ok(())
    }
}

/// Seals a secret into its row.
pub(super) async fn put_sealed(
    tx: &mut Tx<'_>,
    place: &Binding<'static>,
    secret: &[u8],
) -> Result<(), StoreError> {
    let sealed = tx.keys.seal(secret, place);
    let update =
        sqlx::AssertSqlSafe(format!("UPDATE {} SET {} = $2 WHERE id = $1", place.table, place.column));
    on!(tx.conn(), db => sqlx::query(update).bind(place.id).bind(&sealed[..]).execute(&mut *db).await.map(drop))?;
    Ok(())
}

impl Writer {
    /// Adds a data key and seals every secret with it, a few hundred a transaction; may be stopped and repeated at any
    /// point. Returns how many secrets were sealed again.
    pub async fn rotate_keys(&mut self) -> Result<usize, StoreError> {
        let mut tx = self.begin().await?;
        let key = tx.add_key().await?;
        tx.commit().await?;
        self.keys.adopt(&[key])?;
        let mut total = 0;
        loop {
            let mut tx = self.begin().await?;
            let resealed = tx.reseal().await?;
            tx.commit().await?;
            total += resealed;
            if resealed == 0 {
                return Ok(total);
            }
        }
    }
}
