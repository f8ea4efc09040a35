//! The job queue.

use super::{SqliteStore, damaged, decode, encode};
use crate::{Job, JobState, Jobs, Result};
use async_trait::async_trait;
use serde_json::Value;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, Sqlite, Transaction};
use vireo_domain::Timestamp;

#[async_trait]
impl Jobs for SqliteStore {
    async fn enqueue(
        &self,
        queue: &str,
        key: &str,
        payload: &Value,
        seen: Option<&Job>,
    ) -> Result<bool> {
        let payload = encode("job", key, payload)?;
        let mut write = self.write().await?;
        let turn = next_turn(&mut write).await?;
        let now = Timestamp::now();
        // No job has turn 0: whoever saw none replaces none.
        let enqueued = sqlx::query(
            "INSERT INTO jobs (queue, key, payload, state, attempts, updated_at, turn)
             VALUES (?1, ?2, ?3, 'waiting', 0, ?4, ?5)
             ON CONFLICT (queue, key) DO UPDATE SET payload = excluded.payload,
                 state = 'waiting', attempts = 0, worker = NULL, lease_until = NULL,
                 error = NULL, updated_at = excluded.updated_at, turn = excluded.turn
             WHERE turn = ?6 AND NOT (state = 'running' AND lease_until > ?7)",
        )
        .bind(queue)
        .bind(key)
        .bind(payload)
        .bind(now.to_string())
        .bind(turn)
        .bind(seen.map_or(0, |job| job.version))
        .bind(now.as_millisecond())
        .execute(&mut *write)
        .await?
        .rows_affected();
        write.commit().await?;
        Ok(enqueued > 0)
    }

    async fn claim(&self, queue: &str, worker: &str, lease_seconds: u32) -> Result<Option<Job>> {
        let mut write = self.write().await?;
        let turn = next_turn(&mut write).await?;
        let now = Timestamp::now();
        let row = sqlx::query(
            "UPDATE jobs SET state = 'running', attempts = attempts + 1, worker = ?1,
                 lease_until = ?2 + ?3, error = NULL, updated_at = ?4, turn = ?5
             WHERE queue = ?6 AND key = (
                 SELECT key FROM jobs WHERE queue = ?6 AND
                     (state = 'waiting' OR (state = 'running' AND lease_until <= ?2))
                 ORDER BY turn, key LIMIT 1)
             RETURNING *",
        )
        .bind(worker)
        .bind(now.as_millisecond())
        .bind(i64::from(lease_seconds) * 1_000)
        .bind(now.to_string())
        .bind(turn)
        .bind(queue)
        .fetch_optional(&mut *write)
        .await?;
        let job = row.as_ref().map(read).transpose()?;
        write.commit().await?;
        Ok(job)
    }

    async fn finish(&self, queue: &str, key: &str, error: Option<&str>) -> Result<()> {
        let mut write = self.write().await?;
        let turn = next_turn(&mut write).await?;
        let state = if error.is_some() { JobState::Failed } else { JobState::Done };
        sqlx::query(
            "UPDATE jobs SET state = ?, error = ?, worker = NULL, lease_until = NULL,
                 updated_at = ?, turn = ?
             WHERE queue = ? AND key = ? AND state = 'running'",
        )
        .bind(name(state))
        .bind(error)
        .bind(Timestamp::now().to_string())
        .bind(turn)
        .bind(queue)
        .bind(key)
        .execute(&mut *write)
        .await?;
        write.commit().await?;
        Ok(())
    }

    async fn release(&self, queue: &str, worker: &str) -> Result<u64> {
        let mut write = self.write().await?;
        let turn = next_turn(&mut write).await?;
        let released = sqlx::query(
            "UPDATE jobs SET state = 'waiting', worker = NULL, lease_until = NULL,
                 updated_at = ?, turn = ?
             WHERE queue = ? AND worker = ? AND state = 'running'",
        )
        .bind(Timestamp::now().to_string())
        .bind(turn)
        .bind(queue)
        .bind(worker)
        .execute(&mut *write)
        .await?
        .rows_affected();
        write.commit().await?;
        Ok(released)
    }

    async fn jobs(&self, queue: &str, state: JobState, limit: u32) -> Result<Vec<Job>> {
        let rows = sqlx::query(
            "SELECT * FROM jobs WHERE queue = ? AND state = ? ORDER BY turn, key LIMIT ?",
        )
        .bind(queue)
        .bind(name(state))
        .bind(limit)
        .fetch_all(&self.reader)
        .await?;
        rows.iter().map(read).collect()
    }

    async fn job(&self, queue: &str, key: &str) -> Result<Option<Job>> {
        let row = sqlx::query("SELECT * FROM jobs WHERE queue = ? AND key = ?")
            .bind(queue)
            .bind(key)
            .fetch_optional(&self.reader)
            .await?;
        row.as_ref().map(read).transpose()
    }

    async fn job_counts(&self, queue: &str) -> Result<Vec<(JobState, u64)>> {
        let counts: Vec<(String, i64)> =
            sqlx::query_as("SELECT state, count(*) FROM jobs WHERE queue = ? GROUP BY state")
                .bind(queue)
                .fetch_all(&self.reader)
                .await?;
        let of = |state: JobState| {
            let found = counts.iter().find(|(found, _)| found == name(state));
            (state, found.map_or(0, |(_, count)| *count as u64))
        };
        Ok(STATES.map(of).to_vec())
    }
}

const STATES: [JobState; 4] =
    [JobState::Waiting, JobState::Running, JobState::Done, JobState::Failed];

/// The state as it stands in the table; the same word as in JSON.
fn name(state: JobState) -> &'static str {
    match state {
        JobState::Waiting => "waiting",
        JobState::Running => "running",
        JobState::Done => "done",
        JobState::Failed => "failed",
    }
}

async fn next_turn(write: &mut Transaction<'_, Sqlite>) -> Result<i64> {
    let last: Option<i64> =
        sqlx::query_scalar("SELECT max(turn) FROM jobs").fetch_one(&mut **write).await?;
    Ok(last.unwrap_or(0) + 1)
}

fn read(row: &SqliteRow) -> Result<Job> {
    let key: String = row.try_get("key")?;
    let state: &str = row.try_get("state")?;
    let updated_at: &str = row.try_get("updated_at")?;
    Ok(Job {
        queue: row.try_get("queue")?,
        payload: decode("job", &key, row.try_get("payload")?)?,
        state: STATES
            .into_iter()
            .find(|candidate| name(*candidate) == state)
            .ok_or_else(|| damaged("job", &key, &format!("there is no state {state:?}")))?,
        attempts: row.try_get("attempts")?,
        error: row.try_get("error")?,
        version: row.try_get("turn")?,
        updated_at: updated_at
            .parse()
            .map_err(|error: jiff::Error| damaged("job", &key, &error))?,
        key,
    })
}
