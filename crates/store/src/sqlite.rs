//! SQLite in WAL mode: one file, `vireo.db`, in the data folder.
//!
//! A process holds one connection that writes and a few that read. Other
//! processes may have the same folder open (a server and an ingest): every
//! write takes the write lock at its beginning and waits for it, so nobody
//! meets "database is locked" half way. `synchronous=FULL` makes a commit
//! durable before it returns.

mod catalogue;
mod documents;
mod feedback;
mod jobs;
mod users;
mod vectors;

use crate::{Error, Result};
use serde::{Serialize, de::DeserializeOwned};
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Sqlite, Transaction};
use std::fs::File;
use std::path::Path;
use std::time::Duration;

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// Name of the data base in the data folder.
const FILE: &str = "vireo.db";

/// How long a write waits for another process's write.
const PATIENCE: Duration = Duration::from_mins(1);

/// Connections that read, in each process.
const READERS: u32 = 4;

/// Rows in one statement: the widest has 7 columns, SQLite takes 32,766 values.
const ROWS_PER_STATEMENT: usize = 2_000;

/// The embedded backend. Clones share their connections.
#[derive(Debug, Clone)]
pub struct SqliteStore {
    writer: SqlitePool,
    reader: SqlitePool,
}

impl SqliteStore {
    /// Opens or makes the data base in `data_dir` and brings its schema up to date.
    ///
    /// [`Error::Open`] when the folder cannot be used, holds something else,
    /// or was written by a newer Vireo.
    pub async fn open(data_dir: &Path) -> Result<Self> {
        let refuse = |reason: String| Error::Open { path: data_dir.display().to_string(), reason };
        let _turn = lock(data_dir).await.map_err(|error| refuse(error.to_string()))?;
        let options = SqliteConnectOptions::new()
            .filename(data_dir.join(FILE))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(PATIENCE)
            .pragma("journal_size_limit", "67108864");
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .acquire_timeout(PATIENCE)
            .connect_with(options.clone())
            .await
            .map_err(|error| refuse(explain(error)))?;
        MIGRATIONS.run(&writer).await.map_err(|error| match error {
            MigrateError::VersionMissing(version) => refuse(format!(
                "it was written by a newer Vireo (schema {version}); use that version or a later one"
            )),
            MigrateError::Execute(error) => refuse(explain(error)),
            other => refuse(other.to_string()),
        })?;
        let reader = SqlitePoolOptions::new()
            .max_connections(READERS)
            .acquire_timeout(PATIENCE)
            .connect_lazy_with(options.create_if_missing(false).pragma("query_only", "1"));
        Ok(Self { writer, reader })
    }

    /// Whether `data_dir` holds a data base.
    pub fn is_in(data_dir: &Path) -> bool {
        data_dir.join(FILE).is_file()
    }

    /// A write: takes the write lock now; undone unless it is committed.
    async fn write(&self) -> Result<Transaction<'static, Sqlite>> {
        Ok(self.writer.begin_with("BEGIN IMMEDIATE").await?)
    }
}

/// Processes open a data folder one after another, because two that migrate a
/// new one at once would both make the tables. Dropping the file unlocks it.
async fn lock(data_dir: &Path) -> std::io::Result<File> {
    let data_dir = data_dir.to_owned();
    let lock = move || {
        std::fs::create_dir_all(&data_dir)?;
        let file = File::create(data_dir.join("opening.lock"))?;
        file.lock()?;
        Ok(file)
    };
    tokio::task::spawn_blocking(lock).await.map_err(std::io::Error::other)?
}

/// Why the data base cannot be opened, and what to do.
fn explain(error: sqlx::Error) -> String {
    match Error::from(error) {
        Error::Damaged { reason, .. } => format!(
            "{FILE} is damaged or no SQLite file ({reason}); move it away or put a backup in its place"
        ),
        other => other.to_string(),
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        let code = error
            .as_database_error()
            .and_then(sqlx::error::DatabaseError::code)
            .and_then(|code| code.parse::<u32>().ok());
        let disk_full = match &error {
            sqlx::Error::Io(io) => io.kind() == std::io::ErrorKind::StorageFull,
            _ => false,
        };
        // SQLite's result codes (https://www.sqlite.org/rescode.html): the low
        // byte is the kind, the rest says more.
        match code {
            _ if disk_full => Self::DiskFull,
            // SQLITE_IOERR_SHMSIZE: the file that readers share cannot grow.
            Some(4874) => Self::DiskFull,
            Some(code) if code & 0xff == 13 => Self::DiskFull,
            Some(code) if matches!(code & 0xff, 11 | 26) => {
                Self::Damaged { what: "data base", key: FILE.to_owned(), reason: error.to_string() }
            }
            _ => match error {
                sqlx::Error::ColumnDecode { index, source } => {
                    Self::Damaged { what: "column", key: index, reason: source.to_string() }
                }
                other => Self::Engine(other.to_string()),
            },
        }
    }
}

/// The record as JSON. Refuses what could not be read back (JSON has no NaN),
/// because a record that can't be read is lost.
fn encode<T: Serialize + DeserializeOwned>(
    what: &'static str,
    key: &str,
    record: &T,
) -> Result<String> {
    let refuse = |error: serde_json::Error| {
        Error::Engine(format!(
            "{what} {key} cannot be stored: {error} (a number that is not finite?)"
        ))
    };
    let json = serde_json::to_string(record).map_err(refuse)?;
    serde_json::from_str::<T>(&json).map_err(refuse)?;
    Ok(json)
}

fn decode<T: DeserializeOwned>(what: &'static str, key: &str, json: &str) -> Result<T> {
    serde_json::from_str(json).map_err(|error| damaged(what, key, &error))
}

fn damaged(what: &'static str, key: &str, reason: &impl ToString) -> Error {
    Error::Damaged { what, key: key.to_owned(), reason: reason.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Documents, FeedbackLog};
    use serde_json::json;
    use vireo_domain::{Feedback, FeedbackId, FeedbackKind, Timestamp, UserId, VideoId};

    /// SQLite's own limit of the file gives the error that a full disk gives.
    #[tokio::test]
    async fn a_full_disk_is_said_and_keeps_nothing() {
        let dir = tempfile::tempdir().expect("a folder");
        let store = SqliteStore::open(dir.path()).await.expect("opens");
        sqlx::query("PRAGMA max_page_count = 60").execute(&store.writer).await.expect("pragma");
        let batch: Vec<Feedback> = (0..5_000)
            .map(|n| Feedback {
                id: FeedbackId::new(format!("id-{n}")).expect("id"),
                user: UserId::new("ann").expect("id"),
                video: VideoId::new("v").expect("id"),
                kind: FeedbackKind::Like,
                value: None,
                at: Timestamp::UNIX_EPOCH,
            })
            .collect();
        assert!(matches!(store.append(&batch).await, Err(Error::DiskFull)));
        assert_eq!(store.feedback_count().await.expect("still answers"), 0);
        assert_eq!(store.append(&batch[..3]).await.expect("a small one fits").added, 3);
    }

    #[tokio::test]
    async fn readers_cannot_write() {
        let dir = tempfile::tempdir().expect("a folder");
        let store = SqliteStore::open(dir.path()).await.expect("opens");
        store.put_document("k", "a", &json!(1)).await.expect("writes");
        assert!(sqlx::query("DELETE FROM documents").execute(&store.reader).await.is_err());
    }
}
