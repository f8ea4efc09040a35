//! Small JSON documents.

use super::{SqliteStore, decode, encode};
use crate::{Documents, Result};
use async_trait::async_trait;
use serde_json::Value;

#[async_trait]
impl Documents for SqliteStore {
    async fn put_document(&self, kind: &str, key: &str, value: &Value) -> Result<()> {
        let value = encode("document", key, value)?;
        let mut write = self.write().await?;
        sqlx::query("INSERT OR REPLACE INTO documents (kind, key, value) VALUES (?, ?, ?)")
            .bind(kind)
            .bind(key)
            .bind(value)
            .execute(&mut *write)
            .await?;
        write.commit().await?;
        Ok(())
    }

    async fn document_or_put(&self, kind: &str, key: &str, value: &Value) -> Result<Value> {
        let value = encode("document", key, value)?;
        let mut write = self.write().await?;
        sqlx::query(
            "INSERT INTO documents (kind, key, value) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        )
        .bind(kind)
        .bind(key)
        .bind(value)
        .execute(&mut *write)
        .await?;
        let stored: String =
            sqlx::query_scalar("SELECT value FROM documents WHERE kind = ? AND key = ?")
                .bind(kind)
                .bind(key)
                .fetch_one(&mut *write)
                .await?;
        write.commit().await?;
        decode("document", key, &stored)
    }

    async fn document(&self, kind: &str, key: &str) -> Result<Option<Value>> {
        let value: Option<String> =
            sqlx::query_scalar("SELECT value FROM documents WHERE kind = ? AND key = ?")
                .bind(kind)
                .bind(key)
                .fetch_optional(&self.reader)
                .await?;
        value.map(|value| decode("document", key, &value)).transpose()
    }

    async fn documents(&self, kind: &str) -> Result<Vec<(String, Value)>> {
        let rows: Vec<(String, String)> =
            sqlx::query_as("SELECT key, value FROM documents WHERE kind = ? ORDER BY key")
                .bind(kind)
                .fetch_all(&self.reader)
                .await?;
        let read = |(key, value): (String, String)| {
            let value = decode("document", &key, &value)?;
            Ok((key, value))
        };
        rows.into_iter().map(read).collect()
    }

    async fn remove_document(&self, kind: &str, key: &str) -> Result<bool> {
        let mut write = self.write().await?;
        let removed = sqlx::query("DELETE FROM documents WHERE kind = ? AND key = ?")
            .bind(kind)
            .bind(key)
            .execute(&mut *write)
            .await?
            .rows_affected();
        write.commit().await?;
        Ok(removed > 0)
    }
}
