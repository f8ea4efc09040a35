//! Names of moods, categories, sources and the like, in the reader's language.

use super::strings::Strings;
use axum::http::StatusCode;
use std::borrow::Cow;
use vireo_domain::{
    AnnotationKind, InterestOrigin, Language, Mood, Sentiment, Source, TranscriptOrigin,
};
use vireo_pretrained::names::in_chinese;

/// The shipped categories in Chinese; others are shown as they are.
const CATEGORIES: [(&str, &str); 22] = [
    ("animals", "动物"),
    ("arts", "艺术"),
    ("business", "商业"),
    ("comedy", "喜剧"),
    ("cooking", "烹饪"),
    ("education", "教育"),
    ("film", "电影"),
    ("games", "游戏"),
    ("gardening", "园艺"),
    ("health", "健康"),
    ("history", "历史"),
    ("how-to", "教程"),
    ("music", "音乐"),
    ("nature", "自然"),
    ("news", "新闻"),
    ("people", "人物"),
    ("programming", "编程"),
    ("science", "科学"),
    ("sports", "体育"),
    ("technology", "科技"),
    ("travel", "旅行"),
    ("vehicles", "交通工具"),
];

impl Strings {
    /// Name of a language; its code when we have no name for it.
    pub(crate) fn language_name(&self, language: &Language) -> String {
        let (english, chinese) = match language.code() {
            "en" => ("English", "英语"),
            "zh" => ("Chinese", "中文"),
            "de" => ("German", "德语"),
            "fr" => ("French", "法语"),
            "es" => ("Spanish", "西班牙语"),
            "ja" => ("Japanese", "日语"),
            "ko" => ("Korean", "韩语"),
            "ru" => ("Russian", "俄语"),
            "pt" => ("Portuguese", "葡萄牙语"),
            "it" => ("Italian", "意大利语"),
            other => return other.to_owned(),
        };
        if self.is_chinese() { chinese } else { english }.to_owned()
    }

    /// Name of a category.
    pub(crate) fn category_name(&self, category: &str) -> String {
        let chinese = CATEGORIES.iter().find(|(english, _)| *english == category);
        match chinese {
            Some((_, chinese)) if self.is_chinese() => (*chinese).to_owned(),
            _ => category.to_owned(),
        }
    }

    /// Name of a mood.
    pub(crate) fn mood_name(&self, mood: Mood) -> &'static str {
        match mood {
            Mood::Calm => self.mood_calm,
            Mood::Cheerful => self.mood_cheerful,
            Mood::Exciting => self.mood_exciting,
            Mood::Informative => self.mood_informative,
            Mood::Serious => self.mood_serious,
            Mood::Sad => self.mood_sad,
            Mood::Tense => self.mood_tense,
        }
    }

    /// Name of a tone.
    pub(crate) fn sentiment_name(&self, sentiment: Sentiment) -> &'static str {
        match sentiment {
            Sentiment::Positive => self.tone_positive,
            Sentiment::Neutral => self.tone_neutral,
            Sentiment::Negative => self.tone_negative,
        }
    }

    /// Name of a kind of statement.
    pub(crate) fn kind_name(&self, kind: AnnotationKind) -> &'static str {
        match kind {
            AnnotationKind::Language => self.kind_language,
            AnnotationKind::Keyword => self.kind_keyword,
            AnnotationKind::Topic => self.kind_topic,
            AnnotationKind::Summary => self.kind_summary,
            AnnotationKind::Category => self.kind_category,
            AnnotationKind::Mood => self.kind_mood,
            AnnotationKind::Sentiment => self.kind_sentiment,
            AnnotationKind::Audience => self.kind_audience,
            AnnotationKind::Chapter => self.kind_chapter,
            AnnotationKind::OnScreenText => self.kind_on_screen_text,
            AnnotationKind::Label => self.kind_label,
            AnnotationKind::People => self.kind_people,
            AnnotationKind::UnsafeContent => self.kind_unsafe_content,
            AnnotationKind::Shot => self.kind_shot,
            AnnotationKind::Black => self.kind_black,
            AnnotationKind::Silent => self.kind_silent,
            AnnotationKind::Frozen => self.kind_frozen,
            AnnotationKind::Loudness => self.kind_loudness,
        }
    }

    /// What a statement says: names that Vireo gives are in the reader's
    /// language, words of others as they are.
    pub(crate) fn stated<'a>(&'a self, kind: AnnotationKind, value: &'a str) -> Cow<'a, str> {
        let stated = match kind {
            AnnotationKind::Label if self.is_chinese() => in_chinese(value).unwrap_or(value),
            AnnotationKind::People if self.is_chinese() => {
                let number = value.split(' ').next().unwrap_or(value);
                return Cow::Owned(format!("{number} 人"));
            }
            AnnotationKind::UnsafeContent => self.look_at_it,
            _ => value,
        };
        Cow::Borrowed(stated)
    }

    /// Name of what a statement was read from.
    pub(crate) fn source_name(&self, source: Source) -> &'static str {
        match source {
            Source::Metadata => self.source_metadata,
            Source::Transcript => self.source_transcript,
            Source::Audio => self.source_audio,
            Source::Pictures => self.source_pictures,
            Source::Combined => self.source_combined,
        }
    }

    /// Name of a source of recommendations.
    pub(crate) fn finder_name<'a>(&'a self, source: &'a str) -> &'a str {
        match source {
            "related" => self.found_related,
            "interest" => self.found_interest,
            "also_watched" => self.found_also_watched,
            "popular" => self.found_popular,
            "fresh" => self.found_fresh,
            "exploration" => self.found_exploration,
            other => other,
        }
    }

    /// Why a filter takes videos out.
    pub(crate) fn filter_name<'a>(&'a self, filter: &'a str) -> &'a str {
        match filter {
            "seen" => self.out_seen,
            "hidden" => self.out_hidden,
            "muted" => self.out_muted,
            "late" => self.out_late,
            "excluded" => self.out_excluded,
            "blocked" => self.out_blocked,
            "vetoed" => self.out_vetoed,
            "missing" => self.out_missing,
            other => other,
        }
    }

    /// Why a request was refused, for readers of another language than that of
    /// the details, which are English.
    pub(crate) fn refusal(&self, status: StatusCode) -> Option<&'static str> {
        self.is_chinese().then_some(match status.as_u16() {
            400 | 422 => self.refused_words,
            401 => self.refused_key,
            403 => self.refused_forbidden,
            404 => self.refused_missing,
            405 => self.refused_method,
            413 => self.refused_long,
            507 => self.refused_full,
            503 => self.refused_busy,
            _ => self.refused_other,
        })
    }

    /// Name of where a transcript comes from.
    pub(crate) fn transcript_origin(&self, origin: TranscriptOrigin) -> &'static str {
        match origin {
            TranscriptOrigin::Embedded => self.origin_embedded,
            TranscriptOrigin::Sidecar => self.origin_sidecar,
            TranscriptOrigin::Speech => self.origin_speech,
            TranscriptOrigin::BurntIn => self.origin_burnt_in,
        }
    }

    /// Why an interest is in the map.
    pub(crate) fn interest_origin(&self, origin: InterestOrigin) -> &'static str {
        match origin {
            InterestOrigin::Learned => self.origin_learned,
            InterestOrigin::Said => self.origin_said,
        }
    }

    /// A boost in words.
    pub(crate) fn level(&self, boost: f64) -> &'static str {
        match boost {
            boost if boost <= 0.0 => self.level_muted,
            boost if boost < 1.0 => self.level_less,
            1.0 => self.level_learned,
            boost if boost <= 2.0 => self.level_more,
            _ => self.level_most,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::strings::{CHINESE, ENGLISH};
    use super::*;

    #[test]
    fn shipped_categories_have_chinese_names() {
        for category in vireo_understand::Config::default().categories {
            assert_ne!(CHINESE.category_name(&category), category, "{category}");
        }
    }

    #[test]
    fn names_that_we_give_are_in_the_language_of_the_reader() {
        let dog = |t: &'static Strings| t.stated(AnnotationKind::Label, "dog");
        assert_eq!((&*dog(&ENGLISH), &*dog(&CHINESE)), ("dog", "狗"));
        let people = |t: &'static Strings| t.stated(AnnotationKind::People, "2 people");
        assert_eq!((&*people(&ENGLISH), &*people(&CHINESE)), ("2 people", "2 人"));
        // A word of the owner stays the owner's.
        assert_eq!(CHINESE.stated(AnnotationKind::Keyword, "dog"), "dog");
        let warning = CHINESE.stated(AnnotationKind::UnsafeContent, "unsafe");
        assert_eq!(warning, "建议查看");
    }

    #[test]
    fn levels_follow_the_slider() {
        let levels: Vec<_> = [0.0, 0.5, 1.0, 2.0, 4.0].map(|boost| ENGLISH.level(boost)).into();
        assert_eq!(levels, ["muted", "less", "as learned", "more", "much more"]);
    }
}
