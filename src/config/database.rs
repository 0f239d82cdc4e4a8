//! Which database, and how it is reached.

use std::fmt;
use std::path::PathBuf;

use url::Url;

use crate::secrets::Secret;
use crate::texts::{Message, msg};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DatabaseKind {
    Sqlite,
    Postgres,
}

/// A database URL. It may hold a password, so that only [`DatabaseUrl::expose`] gives it whole.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl {
    kind: DatabaseKind,
    text: Secret,
    /// SQLite's file.
    file: Option<PathBuf>,
}

impl Default for DatabaseUrl {
    fn default() -> Self {
        Self::sqlite("data/ramal.db")
    }
}

impl DatabaseUrl {
    /// The URL of an SQLite file.
    pub fn sqlite(file: impl Into<PathBuf>) -> Self {
        let file = file.into();
        let text = Secret::new(format!("sqlite://{}", file.display()));
        Self { kind: DatabaseKind::Sqlite, text, file: Some(file) }
    }

    pub(super) fn parse(text: &str) -> Result<Self, Message> {
        let wanted = || msg("setting-database");
        let text = text.trim();
        if let Some(rest) = text.strip_prefix("sqlite:") {
            let path = rest.strip_prefix("//").unwrap_or(rest);
            let path = path.split('?').next().unwrap_or_default();
            // A database in memory would accept events that are on no disk.
            if path.is_empty() || path == ":memory:" || path.ends_with('/') {
                return Err(wanted());
            }
            let (text, file) = (Secret::new(text), Some(PathBuf::from(path)));
            return Ok(Self { kind: DatabaseKind::Sqlite, text, file });
        }
        let url = Url::parse(text).map_err(|_| wanted())?;
        // The driver reads `host` from the query too (a socket's folder).
        let has_host = url.host_str().is_some_and(|host| !host.is_empty()) || url.query().is_some();
        if !matches!(url.scheme(), "postgres" | "postgresql") || !has_host || url.path().len() < 2 {
            return Err(wanted());
        }
        Ok(Self { kind: DatabaseKind::Postgres, text: Secret::new(text), file: None })
    }

    pub fn kind(&self) -> DatabaseKind {
        self.kind
    }

    /// The URL with its password, for the driver.
    pub fn expose(&self) -> &str {
        self.text.expose()
    }

    /// SQLite's file; `None` with PostgreSQL.
    pub fn file(&self) -> Option<&std::path::Path> {
        self.file.as_deref()
    }
}

/// The URL without user, password and options.
impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.file, Url::parse(self.text.expose())) {
            (Some(file), _) => write!(f, "sqlite://{}", file.display()),
            (None, Ok(url)) => {
                let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
                write!(f, "postgres://{}{port}{}", url.host_str().unwrap_or_default(), url.path())
            }
            (None, Err(_)) => f.write_str("postgres://…"),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_not_shown() {
        let url =
            DatabaseUrl::parse("postgres://ramal:segredo@db:5433/ramal?sslmode=require").expect("a URL");
        assert_eq!(
            format!("{url} {url:?}"),
            "postgres://db:5433/ramal DatabaseUrl(postgres://db:5433/ramal)"
        );
        assert_eq!(url.kind(), DatabaseKind::Postgres);
        assert!(url.expose().contains("segredo"));
    }

    #[test]
    fn an_sqlite_url_names_a_file() {
        for (text, file) in [
            ("sqlite://data/ramal.db", "data/ramal.db"),
            ("sqlite:///var/lib/ramal/ramal.db", "/var/lib/ramal/ramal.db"),
            ("sqlite:ramal.db?cache=private", "ramal.db"),
        ] {
            let url = DatabaseUrl::parse(text).expect("a URL");
            assert_eq!(url.file(), Some(std::path::Path::new(file)));
        }
        for bad in [
            "",
            "sqlite:",
            "sqlite://",
            "sqlite::memory:",
            "sqlite://data/",
            "mysql://db/x",
            "postgres:///",
            "data.db",
        ] {
            assert!(DatabaseUrl::parse(bad).is_err(), "{bad:?} was accepted");
        }
    }
}
