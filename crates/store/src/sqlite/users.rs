//! People.

use super::{ROWS_PER_STATEMENT, SqliteStore, decode, encode};
use crate::{Result, Users};
use async_trait::async_trait;
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};
use vireo_domain::{User, UserId};

#[async_trait]
impl Users for SqliteStore {
    async fn put_users(&self, users: &[User]) -> Result<u64> {
        let mut write = self.write().await?;
        let before = count(&mut write).await?;
        for chunk in users.chunks(ROWS_PER_STATEMENT) {
            let mut rows = Vec::with_capacity(chunk.len());
            for user in chunk {
                rows.push((user.id.as_str(), encode("user", user.id.as_str(), user)?));
            }
            let mut insert = QueryBuilder::<Sqlite>::new("INSERT INTO users (id, record) ");
            insert.push_values(rows, |mut row, (id, record)| {
                row.push_bind(id).push_bind(record);
            });
            insert.push(" ON CONFLICT (id) DO UPDATE SET record = excluded.record");
            insert.build().persistent(false).execute(&mut *write).await?;
        }
        let after = count(&mut write).await?;
        write.commit().await?;
        Ok(after - before)
    }

    async fn user(&self, id: &UserId) -> Result<Option<User>> {
        let record: Option<String> = sqlx::query_scalar("SELECT record FROM users WHERE id = ?")
            .bind(id.as_str())
            .fetch_optional(&self.reader)
            .await?;
        record.map(|record| decode("user", id.as_str(), &record)).transpose()
    }

    async fn users(&self, after: Option<&UserId>, limit: u32) -> Result<Vec<User>> {
        let rows: Vec<(String, String)> =
            sqlx::query_as("SELECT id, record FROM users WHERE id > ? ORDER BY id LIMIT ?")
                .bind(after.map_or("", UserId::as_str))
                .bind(limit)
                .fetch_all(&self.reader)
                .await?;
        rows.iter().map(|(id, record)| decode("user", id, record)).collect()
    }

    async fn user_count(&self) -> Result<u64> {
        count(&mut *self.reader.acquire().await?).await
    }
}

async fn count(connection: &mut SqliteConnection) -> Result<u64> {
    let count: i64 = sqlx::query_scalar("SELECT count(*) FROM users").fetch_one(connection).await?;
    Ok(count as u64)
}
