//! ffprobe's JSON, and which of its streams count.

use crate::chapters::Chapter;
use serde::Deserialize;
use std::collections::BTreeMap;
use vireo_domain::Span;

/// `ffprobe -of json -show_format -show_streams -show_chapters`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Report {
    pub(super) streams: Vec<StreamReport>,
    pub(super) format: FormatReport,
    chapters: Vec<ChapterReport>,
}

/// The container.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct FormatReport {
    pub(super) format_name: String,
    duration: Option<String>,
    tags: BTreeMap<String, String>,
}

/// One chapter; times in seconds, as text.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ChapterReport {
    start_time: Option<String>,
    end_time: Option<String>,
    tags: BTreeMap<String, String>,
}

/// One stream. Numbers that ffprobe quotes can be `N/A`, `0/0` or missing.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct StreamReport {
    pub(super) index: u32,
    pub(super) codec_name: String,
    pub(super) codec_type: String,
    width: u32,
    height: u32,
    channels: u32,
    avg_frame_rate: String,
    r_frame_rate: String,
    duration: Option<String>,
    disposition: BTreeMap<String, i64>,
    tags: BTreeMap<String, String>,
    side_data_list: Vec<SideData>,
}

/// Of the side data only the turn matters.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct SideData {
    rotation: f64,
}

impl Report {
    /// The best picture stream; a picture attached as a cover is none.
    pub(super) fn picture(&self) -> Option<&StreamReport> {
        self.best("video", |stream| {
            let pixels = u64::from(stream.width) * u64::from(stream.height);
            (pixels > 0 && !stream.is("attached_pic")).then_some(pixels)
        })
    }

    /// The chapters that have a title and a length.
    pub(super) fn chapters(&self) -> Vec<Chapter> {
        let time = |text: &Option<String>| text.as_deref()?.parse::<f64>().ok();
        let mut chapters: Vec<Chapter> = self
            .chapters
            .iter()
            .filter_map(|chapter| {
                let span = Span::new(time(&chapter.start_time)?, time(&chapter.end_time)?);
                let title = tag(&chapter.tags, "title")?;
                (span.seconds() > 0.0).then_some(Chapter { span, title })
            })
            .collect();
        chapters.sort_by(|a, b| a.span.start.total_cmp(&b.span.start));
        chapters
    }

    /// The best sound stream.
    pub(super) fn sound(&self) -> Option<&StreamReport> {
        self.best("audio", |stream| (stream.channels > 0).then_some(u64::from(stream.channels)))
    }

    /// The first of the streams with the most of `worth`, default ones before others.
    fn best(
        &self,
        kind: &str,
        worth: impl Fn(&StreamReport) -> Option<u64>,
    ) -> Option<&StreamReport> {
        self.streams
            .iter()
            .filter(|stream| stream.codec_type == kind && stream.codec_name != "none")
            .filter_map(|stream| Some((stream, (stream.is("default"), worth(stream)?))))
            // `max_by_key` takes the last of equals, the first is wanted.
            .rev()
            .max_by_key(|(_, worth)| *worth)
            .map(|(stream, _)| stream)
    }
}

impl FormatReport {
    /// Running time, if it is declared and makes sense.
    pub(super) fn seconds(&self) -> Option<f64> {
        seconds(self.duration.as_deref())
    }

    /// A tag that says something.
    pub(super) fn tag(&self, key: &str) -> Option<String> {
        tag(&self.tags, key)
    }
}

impl StreamReport {
    fn is(&self, disposition: &str) -> bool {
        self.disposition.get(disposition) == Some(&1)
    }

    /// A tag that says something.
    pub(super) fn tag(&self, key: &str) -> Option<String> {
        tag(&self.tags, key)
    }

    /// Running time; Matroska keeps it in a tag (`00:00:10.500000000`).
    pub(super) fn seconds(&self) -> Option<f64> {
        let from_tag = || {
            let text = self.tag("duration")?;
            let mut total = 0.0;
            for part in text.split(':') {
                total = total * 60.0 + part.parse::<f64>().ok()?;
            }
            sensible(total)
        };
        seconds(self.duration.as_deref()).or_else(from_tag)
    }

    /// Pictures a second; `None` for a still, or when the declared rate is absurd.
    pub(super) fn fps(&self) -> Option<f64> {
        [&self.avg_frame_rate, &self.r_frame_rate].into_iter().find_map(|rate| {
            let (over, under) = rate.split_once('/')?;
            let fps = over.parse::<f64>().ok()? / under.parse::<f64>().ok()?;
            (fps > 0.0 && fps <= 1000.0).then_some(fps)
        })
    }

    /// Width and height as shown, that is after turning a film taken with a phone held upright.
    pub(super) fn shown_size(&self) -> (u32, u32) {
        let turned = |data: &SideData| (data.rotation.abs() % 180.0 - 90.0).abs() < 45.0;
        if self.side_data_list.iter().any(turned) {
            (self.height, self.width)
        } else {
            (self.width, self.height)
        }
    }
}

fn tag(tags: &BTreeMap<String, String>, key: &str) -> Option<String> {
    let value = tags.iter().find(|(name, _)| name.eq_ignore_ascii_case(key))?.1.trim();
    (!value.is_empty()).then(|| value.to_owned())
}

fn seconds(text: Option<&str>) -> Option<f64> {
    sensible(text?.parse().ok()?)
}

fn sensible(seconds: f64) -> Option<f64> {
    (seconds.is_finite() && seconds > 0.0).then_some(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(json: &str) -> Report {
        serde_json::from_str(json).expect("a report")
    }

    #[test]
    fn chooses_the_default_then_the_largest_stream() {
        let report = report(
            r#"{"streams":[
            {"index":0,"codec_type":"video","width":900,"height":900,"disposition":{"attached_pic":1,"default":1}},
            {"index":1,"codec_type":"video","width":320,"height":180},
            {"index":2,"codec_type":"video","width":640,"height":360},
            {"index":3,"codec_type":"video","width":640,"height":360},
            {"index":4,"codec_type":"audio","channels":6},
            {"index":5,"codec_type":"audio","channels":2,"disposition":{"default":1}}]}"#,
        );
        assert_eq!(report.picture().map(|stream| stream.index), Some(2));
        assert_eq!(report.sound().map(|stream| stream.index), Some(5));
    }

    #[test]
    fn odd_numbers_are_none() {
        let report = report(
            r#"{"format":{"duration":"N/A"},"streams":[
            {"avg_frame_rate":"0/0","r_frame_rate":"90000/1","duration":"N/A"},
            {"avg_frame_rate":"0/0","r_frame_rate":"25/1","tags":{"DURATION":"00:01:10.500000000"}},
            {"width":640,"height":360,"side_data_list":[{"rotation":-90}]}]}"#,
        );
        assert_eq!(report.format.seconds(), None);
        assert_eq!((report.streams[0].fps(), report.streams[0].seconds()), (None, None));
        assert_eq!(
            (report.streams[1].fps(), report.streams[1].seconds()),
            (Some(25.0), Some(70.5))
        );
        assert_eq!(report.streams[2].shown_size(), (360, 640));
    }
}
