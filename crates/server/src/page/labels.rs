//! Names of moods, categories, sources and the like, in the reader's language.

use super::strings::Strings;
use axum::http::StatusCode;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::borrow::Cow;
use vireo_domain::{
    AnnotationKind, InterestOrigin, Language, Mood, Sentiment, Source, TranscriptOrigin,
};
use vireo_pretrained::names::in_chinese;
use vireo_understand::rules::warning_in_chinese;

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

/// Those for whom a video may be, by the rules, in Chinese.
const AUDIENCES: [(&str, &str); 7] = [
    ("everyone", "所有人"),
    ("beginners", "初学者"),
    ("children", "儿童"),
    ("parents", "家长"),
    ("students", "学生"),
    ("developers", "开发者"),
    ("players", "玩家"),
];

/// The stages of an analysis in Chinese.
const STAGES: [(&str, &str); 21] = [
    ("annotations", "标注"),
    ("card", "简介卡"),
    ("chapters", "章节"),
    ("cover", "封面"),
    ("embedding", "语义向量"),
    ("facts", "文件信息"),
    ("keyframes", "关键帧"),
    ("loudness", "响度"),
    ("names", "人名地名"),
    ("pictures", "画面内容"),
    ("preview", "预览"),
    ("scenes", "场景"),
    ("screen", "画面文字"),
    ("shots", "镜头"),
    ("silence", "静音"),
    ("sounds", "声音"),
    ("speech", "语音识别"),
    ("sprite", "进度条预览图"),
    ("subtitles", "字幕"),
    ("tone", "情感变化"),
    ("warnings", "内容提示"),
];

/// The Chinese of a word of one of these lists.
fn chinese<'a>(list: &[(&str, &'a str)], word: &str) -> Option<&'a str> {
    list.iter().find(|(english, _)| *english == word).map(|(_, chinese)| *chinese)
}

/// A member of a closed set by its name in JSON.
fn member<T: DeserializeOwned>(name: &str) -> Option<T> {
    serde_json::from_value(Value::String(name.to_owned())).ok()
}

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
        self.word_of(&CATEGORIES, category)
    }

    /// Name of those for whom a video is; a model's own words stay as they are.
    pub(crate) fn audience_name(&self, audience: &str) -> String {
        self.word_of(&AUDIENCES, audience)
    }

    /// Name of a stage of the analysis.
    pub(crate) fn stage_name(&self, stage: &str) -> String {
        self.word_of(&STAGES, stage)
    }

    fn word_of(&self, list: &[(&str, &str)], word: &str) -> String {
        let chinese = chinese(list, word).filter(|_| self.is_chinese());
        chinese.unwrap_or(word).to_owned()
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
            AnnotationKind::ContentWarning => self.kind_content_warning,
            AnnotationKind::Shot => self.kind_shot,
            AnnotationKind::Black => self.kind_black,
            AnnotationKind::Silent => self.kind_silent,
            AnnotationKind::Frozen => self.kind_frozen,
            AnnotationKind::Credits => self.kind_credits,
            AnnotationKind::Sound => self.kind_sound,
            AnnotationKind::Loudness => self.kind_loudness,
            AnnotationKind::Name => self.kind_name,
        }
    }

    /// What a statement says: names that Vireo gives are in the reader's
    /// language, words of others as they are.
    pub(crate) fn stated<'a>(&'a self, kind: AnnotationKind, value: &'a str) -> Cow<'a, str> {
        use AnnotationKind::{Audience, Category, Label, Topic};
        let name: Option<&str> = match kind {
            Label if self.is_chinese() => in_chinese(value),
            AnnotationKind::ContentWarning if self.is_chinese() => warning_in_chinese(value),
            AnnotationKind::People if self.is_chinese() => {
                let number = value.split(' ').next().unwrap_or(value);
                return format!("{number} 人").into();
            }
            Category | Topic => return self.category_name(value).into(),
            Audience => return self.audience_name(value).into(),
            AnnotationKind::Language => return self.language_name(&Language::new(value)).into(),
            AnnotationKind::Mood => member(value).map(|mood| self.mood_name(mood)),
            AnnotationKind::Sentiment => member(value).map(|tone| self.sentiment_name(tone)),
            AnnotationKind::UnsafeContent => Some(self.look_at_it),
            AnnotationKind::Sound if value == "speech" => Some(self.sound_speech),
            AnnotationKind::Sound => Some(self.sound_other),
            AnnotationKind::Black
            | AnnotationKind::Silent
            | AnnotationKind::Frozen
            | AnnotationKind::Credits => Some(self.kind_name(kind)),
            AnnotationKind::Shot => match value {
                "start" => Some(self.shot_start),
                "cut" => Some(self.shot_cut),
                "fade" => Some(self.shot_fade),
                "dissolve" => Some(self.shot_dissolve),
                _ => None,
            },
            _ => None,
        };
        name.unwrap_or(value).into()
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

    /// A boost in words: what was learned is as learned, what was said as said.
    pub(crate) fn level(&self, boost: f64, origin: InterestOrigin) -> &'static str {
        match boost {
            boost if boost <= 0.0 => self.level_muted,
            boost if boost < 1.0 => self.level_less,
            1.0 if origin == InterestOrigin::Said => self.level_said,
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
        assert_eq!([dog(&ENGLISH), dog(&CHINESE)], ["dog", "狗"]);
        for (kind, value, english, chinese) in [
            (AnnotationKind::Mood, "calm", "calm", "平静"),
            (AnnotationKind::Sentiment, "positive", "positive", "积极"),
            (AnnotationKind::Category, "cooking", "cooking", "烹饪"),
            (AnnotationKind::Audience, "beginners", "beginners", "初学者"),
            (AnnotationKind::Shot, "fade", "fade", "淡入"),
            (AnnotationKind::Language, "en", "English", "英语"),
            (AnnotationKind::Silent, "silent", "Silent", "静音"),
            (AnnotationKind::People, "2 people", "2 people", "2 人"),
            (AnnotationKind::ContentWarning, "drugs", "drugs", "毒品"),
        ] {
            let told = [ENGLISH.stated(kind, value), CHINESE.stated(kind, value)];
            assert_eq!(told, [english, chinese], "{kind:?}");
        }
        // A word of the owner stays the owner's.
        assert_eq!(CHINESE.stated(AnnotationKind::Keyword, "dog"), "dog");
        let warning = CHINESE.stated(AnnotationKind::UnsafeContent, "unsafe");
        assert_eq!(warning, "建议查看");
    }

    #[test]
    fn levels_follow_the_slider() {
        let level = |boost| ENGLISH.level(boost, InterestOrigin::Learned);
        let levels = [0.0, 0.5, 1.0, 2.0, 4.0].map(level);
        assert_eq!(levels, ["muted", "less", "as learned", "more", "much more"]);
        assert_eq!(ENGLISH.level(1.0, InterestOrigin::Said), "as you said");
        assert_eq!(ENGLISH.level(2.0, InterestOrigin::Said), "more");
    }
}
