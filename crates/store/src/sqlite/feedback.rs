//! The feedback log.

use super::{ROWS_PER_STATEMENT, SqliteStore, damaged};
use crate::{Appended, FeedbackLog, Result};
use async_trait::async_trait;
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite};
use vireo_domain::{Feedback, FeedbackId, FeedbackKind, Timestamp, UserId, VideoId};

#[async_trait]
impl FeedbackLog for SqliteStore {
    async fn append(&self, batch: &[Feedback]) -> Result<Appended> {
        let mut write = self.write().await?;
        let mut added = 0;
        for chunk in batch.chunks(ROWS_PER_STATEMENT) {
            let mut insert = QueryBuilder::<Sqlite>::new(
                "INSERT INTO feedback (id, user, video, kind, value, at_second, at_nanosecond) ",
            );
            insert.push_values(chunk, |mut row, feedback| {
                row.push_bind(feedback.id.as_str())
                    .push_bind(feedback.user.as_str())
                    .push_bind(feedback.video.as_str())
                    .push_bind(feedback.kind.name())
                    .push_bind(feedback.value)
                    .push_bind(feedback.at.as_second())
                    .push_bind(feedback.at.subsec_nanosecond());
            });
            insert.push(" ON CONFLICT (id) DO NOTHING");
            added += insert.build().persistent(false).execute(&mut *write).await?.rows_affected();
        }
        write.commit().await?;
        Ok(Appended { added, duplicates: batch.len() as u64 - added })
    }

    async fn of_user(&self, user: &UserId, limit: u32) -> Result<Vec<Feedback>> {
        let rows = sqlx::query(
            "SELECT * FROM feedback WHERE user = ?
             ORDER BY at_second DESC, at_nanosecond DESC, position DESC LIMIT ?",
        )
        .bind(user.as_str())
        .bind(limit)
        .fetch_all(&self.reader)
        .await?;
        rows.iter().map(read).collect()
    }

    async fn since(&self, position: i64, limit: u32) -> Result<Vec<(i64, Feedback)>> {
        let rows =
            sqlx::query("SELECT * FROM feedback WHERE position > ? ORDER BY position LIMIT ?")
                .bind(position)
                .bind(limit)
                .fetch_all(&self.reader)
                .await?;
        rows.iter().map(|row| Ok((row.try_get("position")?, read(row)?))).collect()
    }

    async fn feedback_count(&self) -> Result<u64> {
        let count: i64 =
            sqlx::query_scalar("SELECT count(*) FROM feedback").fetch_one(&self.reader).await?;
        Ok(count as u64)
    }
}

fn read(row: &SqliteRow) -> Result<Feedback> {
    let id: &str = row.try_get("id")?;
    let kind: &str = row.try_get("kind")?;
    let harm = |reason: String| damaged("feedback", id, &reason);
    Ok(Feedback {
        id: FeedbackId::new(id).map_err(|error| harm(error.to_string()))?,
        user: UserId::new(row.try_get::<&str, _>("user")?)
            .map_err(|error| harm(error.to_string()))?,
        video: VideoId::new(row.try_get::<&str, _>("video")?)
            .map_err(|error| harm(error.to_string()))?,
        kind: FeedbackKind::from_name(kind)
            .ok_or_else(|| harm(format!("there is no kind {kind:?}")))?,
        value: row.try_get("value")?,
        at: Timestamp::new(row.try_get("at_second")?, row.try_get("at_nanosecond")?)
            .map_err(|error| harm(error.to_string()))?,
    })
}
