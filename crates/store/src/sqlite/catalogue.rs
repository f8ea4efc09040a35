//! Videos, analyses, vectors and changes.

use super::{ROWS_PER_STATEMENT, SqliteStore, damaged, decode, encode, vectors};
use crate::{Catalogue, Change, Error, Result};
use async_trait::async_trait;
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};
use vireo_domain::{Analysis, Embedding, Video, VideoId};

#[async_trait]
impl Catalogue for SqliteStore {
    async fn put_videos(&self, videos: &[Video]) -> Result<u64> {
        let mut write = self.write().await?;
        let before = count(&mut write).await?;
        for chunk in videos.chunks(ROWS_PER_STATEMENT) {
            let changed = upsert(&mut write, chunk).await?;
            record_changes(&mut write, &changed).await?;
        }
        let after = count(&mut write).await?;
        write.commit().await?;
        Ok(after - before)
    }

    async fn video(&self, id: &VideoId) -> Result<Option<Video>> {
        let record: Option<String> = sqlx::query_scalar("SELECT record FROM videos WHERE id = ?")
            .bind(id.as_str())
            .fetch_optional(&self.reader)
            .await?;
        record.map(|record| decode("video", id.as_str(), &record)).transpose()
    }

    async fn videos(&self, after: Option<&VideoId>, limit: u32) -> Result<Vec<Video>> {
        let rows: Vec<(String, String)> =
            sqlx::query_as("SELECT id, record FROM videos WHERE id > ? ORDER BY id LIMIT ?")
                .bind(after.map_or("", VideoId::as_str))
                .bind(limit)
                .fetch_all(&self.reader)
                .await?;
        rows.iter().map(|(id, record)| decode("video", id, record)).collect()
    }

    async fn video_at_path(&self, path: &str) -> Result<Option<Video>> {
        // A file that was written over leaves an older video with its path.
        let row: Option<(String, String)> = sqlx::query_as(
            "SELECT id, record FROM videos JOIN changes ON video = id
             WHERE path = ? ORDER BY sequence DESC LIMIT 1",
        )
        .bind(path)
        .fetch_optional(&self.reader)
        .await?;
        row.map(|(id, record)| decode("video", &id, &record)).transpose()
    }

    async fn video_count(&self) -> Result<u64> {
        count(&mut *self.reader.acquire().await?).await
    }

    async fn remove_video(&self, id: &VideoId) -> Result<bool> {
        let mut write = self.write().await?;
        let removed = sqlx::query("DELETE FROM videos WHERE id = ?")
            .bind(id.as_str())
            .execute(&mut *write)
            .await?
            .rows_affected()
            > 0;
        if removed {
            sqlx::query("INSERT OR REPLACE INTO changes (video, removed) VALUES (?, 1)")
                .bind(id.as_str())
                .execute(&mut *write)
                .await?;
        }
        write.commit().await?;
        Ok(removed)
    }

    async fn put_analyses(&self, analyses: &[(&Video, &Analysis)]) -> Result<()> {
        let mut write = self.write().await?;
        for (video, analysis) in analyses {
            put_analysis(&mut write, video, analysis).await?;
        }
        write.commit().await?;
        Ok(())
    }

    async fn analysis(&self, id: &VideoId) -> Result<Option<Analysis>> {
        let row: Option<Stored> = sqlx::query_as(
            "SELECT record, scenes, pictures, vector FROM analyses JOIN embeddings USING (video)
             WHERE video = ?",
        )
        .bind(id.as_str())
        .fetch_optional(&self.reader)
        .await?;
        row.map(|row| read_analysis(id.as_str(), &row)).transpose()
    }

    async fn understood(&self, ids: &[VideoId]) -> Result<Vec<(Video, Option<Analysis>)>> {
        type Blob = Option<Vec<u8>>;
        type Row = (String, String, Option<String>, Blob, Blob, Blob);
        let wanted = encode("list of", "videos", &ids.to_vec())?;
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT videos.id, videos.record, analyses.record, scenes, pictures, vector
             FROM json_each(?) AS wanted JOIN videos ON videos.id = wanted.value
             LEFT JOIN analyses ON analyses.video = videos.id
             LEFT JOIN embeddings ON embeddings.video = videos.id
             ORDER BY wanted.key",
        )
        .bind(wanted)
        .fetch_all(&self.reader)
        .await?;
        let read = |(id, video, record, scenes, pictures, vector): Row| {
            let video = decode("video", &id, &video)?;
            let analysis = match (record, scenes, pictures, vector) {
                (Some(record), Some(scenes), Some(pictures), Some(vector)) => {
                    Some(read_analysis(&id, &(record, scenes, pictures, vector))?)
                }
                _ => None,
            };
            Ok((video, analysis))
        };
        rows.into_iter().map(read).collect()
    }

    async fn embeddings(
        &self,
        after: Option<&VideoId>,
        limit: u32,
    ) -> Result<Vec<(VideoId, String, Embedding)>> {
        let rows: Vec<(String, String, Vec<u8>)> = sqlx::query_as(
            "SELECT video, model, vector FROM embeddings WHERE video > ? ORDER BY video LIMIT ?",
        )
        .bind(after.map_or("", VideoId::as_str))
        .bind(limit)
        .fetch_all(&self.reader)
        .await?;
        let read = |(id, model, vector): (String, String, Vec<u8>)| {
            let vector = vectors::read(&vector).map_err(|why| damaged("embedding", &id, &why))?;
            Ok((video_id(&id)?, model, vector))
        };
        rows.into_iter().map(read).collect()
    }

    async fn changes(&self, sequence: i64, limit: u32) -> Result<Vec<Change>> {
        let rows: Vec<(i64, String, bool)> = sqlx::query_as(
            "SELECT sequence, video, removed FROM changes
             WHERE sequence > ? ORDER BY sequence LIMIT ?",
        )
        .bind(sequence)
        .bind(limit)
        .fetch_all(&self.reader)
        .await?;
        let read = |(sequence, video, removed): (i64, String, bool)| {
            Ok(Change { sequence, video: video_id(&video)?, removed })
        };
        rows.into_iter().map(read).collect()
    }
}

/// An analysis as it is stored: its record, and the vectors of its scenes, of its
/// pictures and of the whole.
type Stored = (String, Vec<u8>, Vec<u8>, Vec<u8>);

fn read_analysis(id: &str, (record, scenes, pictures, vector): &Stored) -> Result<Analysis> {
    let harm = |reason: String| damaged("analysis", id, &reason);
    let mut analysis: Analysis = decode("analysis", id, record)?;
    analysis.embedding = vectors::read(vector).map_err(harm)?;
    let of_scenes = analysis.scenes.iter_mut().map(|scene| &mut scene.embedding);
    vectors::unpack(scenes, of_scenes).map_err(harm)?;
    let of_pictures = analysis.pictures.iter_mut().map(|picture| &mut picture.embedding);
    vectors::unpack(pictures, of_pictures).map_err(harm)?;
    Ok(analysis)
}

fn video_id(id: &str) -> Result<VideoId> {
    VideoId::new(id).map_err(|error| damaged("video", id, &error))
}

async fn count(connection: &mut SqliteConnection) -> Result<u64> {
    let count: i64 =
        sqlx::query_scalar("SELECT count(*) FROM videos").fetch_one(connection).await?;
    Ok(count as u64)
}

/// Puts the records and returns the ids of those that were new or differed.
async fn upsert(connection: &mut SqliteConnection, videos: &[Video]) -> Result<Vec<String>> {
    let mut rows = Vec::with_capacity(videos.len());
    for video in videos {
        let path = video.media.as_ref().map(|media| media.path.as_str());
        rows.push((video.id.as_str(), path, encode("video", video.id.as_str(), video)?));
    }
    let mut insert = QueryBuilder::<Sqlite>::new("INSERT INTO videos (id, path, record) ");
    insert.push_values(rows, |mut row, (id, path, record)| {
        row.push_bind(id).push_bind(path).push_bind(record);
    });
    insert.push(
        " ON CONFLICT (id) DO UPDATE SET path = excluded.path, record = excluded.record
          WHERE record <> excluded.record RETURNING id",
    );
    Ok(insert.build_query_scalar().persistent(false).fetch_all(connection).await?)
}

async fn put_analysis(
    connection: &mut SqliteConnection,
    video: &Video,
    analysis: &Analysis,
) -> Result<()> {
    let id = video.id.as_str();
    if analysis.video != video.id {
        let reason = format!("an analysis of {} was put for {id}", analysis.video);
        return Err(Error::Engine(reason));
    }
    let record = encode("analysis", id, &without_vectors(analysis))?;
    upsert(connection, std::slice::from_ref(video)).await?;
    let insert =
        "INSERT OR REPLACE INTO analyses (video, scenes, pictures, record) VALUES (?, ?, ?, ?)";
    sqlx::query(insert)
        .bind(id)
        .bind(vectors::pack(analysis.scenes.iter().map(|scene| &scene.embedding)))
        .bind(vectors::pack(analysis.pictures.iter().map(|picture| &picture.embedding)))
        .bind(record)
        .execute(&mut *connection)
        .await?;
    sqlx::query("INSERT OR REPLACE INTO embeddings (video, model, vector) VALUES (?, ?, ?)")
        .bind(id)
        .bind(&analysis.embedding_model)
        .bind(analysis.embedding.to_bytes())
        .execute(&mut *connection)
        .await?;
    record_changes(connection, &[id.to_owned()]).await
}

/// Gives each video a new change number; its old one goes.
async fn record_changes(connection: &mut SqliteConnection, videos: &[String]) -> Result<()> {
    if videos.is_empty() {
        return Ok(());
    }
    let mut insert =
        QueryBuilder::<Sqlite>::new("INSERT OR REPLACE INTO changes (video, removed) ");
    insert.push_values(videos, |mut row, video| {
        row.push_bind(video).push_bind(false);
    });
    insert.build().persistent(false).execute(connection).await?;
    Ok(())
}

/// The analysis as it goes into JSON: its vectors have their own columns.
fn without_vectors(analysis: &Analysis) -> Analysis {
    let mut bare = analysis.clone();
    bare.embedding = Embedding::new(Vec::new());
    for scene in &mut bare.scenes {
        scene.embedding = Embedding::new(Vec::new());
    }
    for picture in &mut bare.pictures {
        picture.embedding = Embedding::new(Vec::new());
    }
    bare
}
