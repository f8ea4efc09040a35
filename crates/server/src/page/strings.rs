//! Every word of the page, in English and Chinese.

use vireo_domain::Language;

macro_rules! strings {
    ($($key:ident: $english:literal, $chinese:literal;)*) => {
        /// The words of the page in one language.
        #[derive(Debug, PartialEq, Eq)]
        pub(crate) struct Strings { $(pub(crate) $key: &'static str),* }

        /// In English.
        pub(crate) static ENGLISH: Strings = Strings { $($key: $english),* };
        /// In Chinese.
        pub(crate) static CHINESE: Strings = Strings { $($key: $chinese),* };

        #[cfg(test)]
        const ALL: &[(&str, &str, &str)] = &[$((stringify!($key), $english, $chinese)),*];
    };
}

strings! {
    tag: "en", "zh-Hans";
    code: "en", "zh";
    other_code: "zh", "en";
    other_name: "中文", "English";
    switch_language: "Switch to Chinese", "切换到英文";
    skip: "Skip to the content", "跳到正文";
    navigation: "Main", "主导航";

    colon: ": ", "：";
    comma: ", ", "、";
    semicolon: "; ", "；";
    stop: ". ", "。";
    open: " (", "（";
    close: ")", "）";

    feed: "For you", "为你推荐";
    interests: "My interests", "我的兴趣";
    search: "Search", "搜索";
    search_label: "Search videos and what is said in them", "搜索视频和视频里说的话";
    search_hint: "Search videos and moments", "搜索视频和片段";

    viewer: "Viewer", "观众";
    guest: "New viewer", "新观众";
    simulated_viewer: "simulated viewer", "模拟观众";
    simulated_viewers: "Simulated viewers", "模拟观众";
    simulated_note: "Made up for the demo: their tastes and actions were generated.", "为演示而生成的观众，口味和行为都不是真人的。";
    become_new: "Start as a new viewer", "以新观众身份开始";
    viewer_id: "Or any viewer by id", "或输入任意观众编号";
    switch: "Switch", "切换";
    your_id: "Your id", "你的编号";

    like: "Like", "喜欢";
    dislike: "Dislike", "不喜欢";
    not_interested: "Not interested", "不感兴趣";
    share: "Share", "分享";
    why_this: "Why this", "推荐理由";
    more: "Show more", "显示更多";
    loading: "Loading…", "加载中…";
    saved: "Saved", "已保存";
    liked: "Liked. Your feed takes it into account at once.", "已喜欢，推荐会立即随之调整。";
    disliked: "Noted. You will see less like this.", "已记下，会少推荐这类视频。";
    undo: "Undo", "撤销";
    shown_again: "Back in your list.", "已恢复，会继续出现。";
    hidden_now: "Hidden. You will not see it again.", "已隐藏，不会再出现。";
    copied: "Link copied", "链接已复制";
    failed: "That did not work:", "操作失败：";

    start_title: "What do you like to watch?", "你喜欢看什么？";
    start_lead: "Nothing is known of you yet. Say it in a sentence, or pick three videos.", "我们还不了解你。用一句话告诉我们，或者挑三个视频。";
    start_say: "In one sentence", "用一句话说";
    start_example: "baking bread, and chess endgames", "做面包，还有国际象棋残局";
    start_go: "Start", "开始";
    start_pick: "Or pick three that you would watch", "或者挑三个你想看的";
    start_pick_go: "These three", "就看这些";
    start_nothing: "Nothing is marked yet. Mark a video or more, or say in a sentence what you like.", "还没有选择。请至少勾选一个视频，或者用一句话说说你喜欢看什么。";
    empty_title: "The catalogue is empty", "片库还是空的";
    empty_lead: "Add videos with this command, and they appear here one by one:", "用下面的命令添加视频，它们会逐个出现在这里：";
    feed_end: "You have reached the end.", "已经到底了。";
    feed_nothing: "Nothing is left that you have not seen or hidden.", "没有更多你没看过或没隐藏的视频了。";
    degraded: "Part of the recommendation is failing; the rest answered:", "部分推荐来源出错，其余正常：";
    current_interests: "Your interests", "你的兴趣";

    player: "Player", "播放器";
    transcript: "Transcript", "字幕全文";
    transcript_hint: "Choose a line to jump to it.", "点击一行即可跳转。";
    transcript_words_hint: "Choose a line, or a word in it, to jump there; ← and → go from word to word.", "点击一行或其中一个词即可跳转；← 和 → 逐词移动。";
    ask: "Ask this video", "问这个视频";
    ask_hint: "Where does it say …", "哪里讲到……";
    asking: "Looking through what is said…", "正在查找……";
    ask_none: "Nothing is said of it here.", "这里没有讲到。";
    no_transcript: "Nothing is said in this video, or it was not listened to yet.", "这个视频没有对白，或者还没有被听写。";
    subtitles: "Subtitles", "字幕";
    summary: "Summary by Vireo", "Vireo 写的简介";
    keywords: "Keywords", "关键词";
    topics: "Topics", "主题";
    topics_none: "Nobody looked for the topics of the catalogue yet. This does:", "还没有划分片库的主题。用下面的命令来划分：";
    topic_empty: "Nothing of it can be watched at the moment.", "目前没有可以观看的视频。";
    other_topics: "Other topics", "其他主题";
    mood: "Mood", "气氛";
    sentiment: "Tone", "情感";
    category: "Category", "分类";
    audience: "For whom", "适合谁看";
    description: "Description", "作者的描述";
    whole_description: "The whole description", "完整描述";
    by_model: "Written by a language model from what is said and shown; checked against the text.", "由语言模型根据视频内容写成，并与原文核对过。";
    by_rules: "Put together by rules, without a language model.", "由规则整理而成，未使用语言模型。";
    not_understood: "This video was not analysed yet.", "这个视频还没有被分析。";
    related: "Up next", "接下来看";
    related_none: "No related videos yet.", "还没有相关视频。";
    watch_elsewhere: "Watch it where it lives", "到原网站观看";
    no_file: "Vireo knows this video but holds no file of it.", "Vireo 了解这个视频，但没有它的文件。";
    missing_video: "The file of this video is gone. It is in no list until the file is back.", "这个视频的文件不见了。文件恢复之前，它不会出现在任何列表里。";
    missing_files: "Videos left out because their file is gone (vireo doctor names them):", "因文件丢失而暂不显示的视频数（用 vireo doctor 查看）：";
    cannot_play: "Your browser cannot play this format. The file itself:", "浏览器无法播放这种格式。文件本身：";
    everything: "Everything known about it", "关于它的全部信息";
    hidden_video: "The admin hid this video: it is never recommended.", "管理员已隐藏此视频，不会被推荐。";

    search_title: "Search", "搜索";
    moments: "Moments", "片段";
    videos: "Videos", "视频";
    found_nothing: "Nothing was found. Try fewer or other words.", "没有找到，换几个词试试。";
    search_lead: "Type what the video is about, or words that are said in it.", "输入视频的内容，或者视频里说的话。";
    any_language: "Any language", "任何语言";
    language: "Language", "语言";
    by_words: "word match", "词语匹配";
    by_meaning: "similar meaning", "语义相近";
    by_picture: "picture", "画面";

    interests_lead: "This is what your feed is made from. Turn up what you want more of, turn down or mute the rest.", "你的推荐由此而来。想多看就调高，不想看就调低或静音。";
    interests_none: "Nothing is known yet. Watch or like something, or say what you like:", "还没有了解。看点什么、点个喜欢，或者直接告诉我们：";
    learned_from: "Actions it was learned from:", "据以学习的行为数：";
    share_of: "Weight among your interests", "在你的兴趣中的占比";
    how_much: "How much", "多少";
    level_muted: "muted", "静音";
    level_less: "less", "少一些";
    level_learned: "as learned", "按学到的";
    level_said: "as you said", "按你说的";
    level_more: "more", "多一些";
    level_most: "much more", "多很多";
    because_of: "Because of", "依据";
    origin_learned: "learned from what you did", "从你的行为学到";
    origin_said: "said by you", "你自己说的";
    remove: "Remove", "删除";
    say_title: "Add an interest", "添加兴趣";
    say_label: "Say in a sentence what you like to watch", "用一句话说说你喜欢看什么";
    add: "Add", "添加";

    timeline: "What happens when", "时间线";
    timeline_hint: "Choose a mark to jump to it; the arrow keys go from mark to mark.", "点击标记即可跳转，方向键可在标记之间移动。";
    timeline_check: "Check the statements", "核对这些判断";
    lane_speech: "Speech", "对白";
    verdict: "Right?", "对吗？";
    verdict_hint: "What you reject is left out of lists and search, also after the next analysis.", "被否定的判断不会用于推荐和搜索，重新分析之后也一样。";
    approve: "Right", "正确";
    reject: "Wrong", "错误";

    about_title: "Everything known about it", "关于它的全部信息";
    back_to_video: "Back to the video", "返回视频";
    in_your_feed: "In your feed", "在你的推荐里";
    place: "Place", "位置";
    not_proposed: "No source proposed it for you at present.", "目前没有任何来源向你推荐它。";
    taken_out: "Taken out:", "被移除：";
    found_by: "Found by", "来自";
    statements: "Statements and their evidence", "各项判断及其依据";
    what: "What", "项目";
    value: "Value", "内容";
    when: "When", "时间";
    source: "Source", "来源";
    evidence: "Evidence", "依据";
    confidence: "Confidence", "置信度";
    model: "Model", "模型";
    whole: "whole video", "整个视频";
    transcripts: "Transcripts", "字幕";
    scenes: "Scenes", "场景";
    file: "File", "文件";
    size: "Size", "大小";
    length: "Length", "时长";
    picture: "Picture", "画面";
    sound: "Sound", "声音";
    no_sound: "none", "无";
    content_id: "Content (BLAKE3)", "内容哈希 (BLAKE3)";
    warnings: "Warnings", "警告";
    time_spent: "Seconds spent on understanding it", "分析所用秒数";
    published: "Published", "发布时间";
    added: "Added", "加入时间";
    channel: "Channel", "频道";
    tags: "Tags", "标签";
    dropped: "Claims dropped because the text does not support them:", "因缺乏依据而被丢弃的判断数：";

    not_found_title: "There is nothing here", "这里什么也没有";
    refused_title: "That cannot be done", "无法完成";
    broken_title: "Something failed", "出错了";
    not_found_lead: "The address leads nowhere, or the video was removed.", "地址有误，或者视频已被移除。";
    refused_lead: "The server did not accept this request.", "服务器没有接受这个请求。";
    broken_lead: "It is our fault. Try again in a moment; the server's log says more.", "这是我们的问题。请稍后再试，服务器日志里有详情。";
    refused_words: "Something in the request cannot be understood.", "请求里有无法理解的内容。";
    refused_key: "This needs the key of this installation.", "这需要本站的密钥。";
    refused_forbidden: "This is not allowed here.", "这里不允许这样做。";
    refused_missing: "There is no such page or video.", "没有这个页面或视频。";
    refused_method: "This address does not take such requests.", "这个地址不接受这种请求。";
    refused_long: "What was sent is too long.", "发送的内容太长了。";
    refused_full: "The disk of the server is full; nothing was stored.", "服务器磁盘已满，没有保存任何内容。";
    refused_busy: "The server is busy. Try again in a moment.", "服务器正忙，请稍后再试。";
    refused_other: "The request failed.", "请求失败了。";
    technical: "Technical detail", "技术细节";
    go_home: "Go to your feed", "回到推荐";

    kind_language: "Language", "语言";
    kind_keyword: "Keyword", "关键词";
    kind_topic: "Topic", "主题";
    kind_name: "Name", "名称";
    kind_summary: "Summary", "简介";
    kind_category: "Category", "分类";
    kind_mood: "Mood", "气氛";
    kind_sentiment: "Tone", "情感";
    kind_audience: "Audience", "受众";
    kind_chapter: "Chapter", "章节";
    kind_on_screen_text: "Text on screen", "画面文字";
    kind_label: "Seen", "画面内容";
    kind_people: "People", "人数";
    kind_unsafe_content: "Perhaps unsafe", "可能不宜";
    look_at_it: "please look at it", "建议查看";
    kind_content_warning: "Content warning", "内容提示";
    kind_shot: "Shot", "镜头";
    kind_black: "Black", "黑场";
    kind_silent: "Silent", "静音";
    kind_frozen: "Still", "静止";
    kind_credits: "Credits", "片头片尾字幕";
    kind_sound: "Heard", "声音内容";
    sound_speech: "speech", "说话声";
    sound_other: "another sound", "其他声音";
    kind_loudness: "Loudness", "响度";
    source_metadata: "metadata", "元数据";
    source_transcript: "speech or subtitles", "对白或字幕";
    source_audio: "sound", "声音";
    source_pictures: "pictures", "画面";
    source_combined: "combined", "综合";
    origin_embedded: "inside the file", "文件内嵌";
    origin_sidecar: "file beside it", "外挂文件";
    origin_speech: "speech recognition", "语音识别";
    origin_burnt_in: "read from the picture", "从画面读出";
    found_related: "like something you watched", "与你看过的相似";
    found_interest: "one of your interests", "你的兴趣";
    found_also_watched: "watched together", "常被一起看";
    found_popular: "popular", "热门";
    found_fresh: "new", "新上架";
    found_exploration: "exploration", "探索";
    out_seen: "you have seen it", "你已经看过";
    out_hidden: "you hid or disliked it", "你隐藏过它或不喜欢它";
    out_muted: "you muted this interest", "你静音了这个兴趣";
    out_late: "it came after this list was opened", "打开列表之后才加入";
    out_excluded: "it was not wanted now", "此次被排除";
    out_blocked: "the settings block it", "被设置屏蔽";
    out_missing: "its file is gone", "它的文件不见了";
    out_vetoed: "the admin hid it from everybody", "管理员对所有人隐藏了它";
    mood_calm: "calm", "平静";
    mood_cheerful: "cheerful", "欢快";
    mood_exciting: "exciting", "激动";
    mood_informative: "informative", "知识性";
    mood_serious: "serious", "严肃";
    mood_sad: "sad", "悲伤";
    mood_tense: "tense", "紧张";
    shot_start: "start", "开头";
    shot_cut: "cut", "硬切";
    shot_fade: "fade", "淡入";
    shot_dissolve: "dissolve", "叠化";
    tone_positive: "positive", "积极";
    tone_neutral: "neutral", "中性";
    tone_negative: "negative", "消极";
}

impl Strings {
    /// The words of a language, if we have them.
    pub(crate) fn of(tag: &str) -> Option<&'static Self> {
        let language = Language::new(tag);
        match language.code() {
            "en" => Some(&ENGLISH),
            "zh" => Some(&CHINESE),
            _ => None,
        }
    }

    /// The language of these words.
    pub(crate) fn language(&self) -> Language {
        Language::new(self.code)
    }

    pub(super) fn is_chinese(&self) -> bool {
        self.code == "zh"
    }
}

/// The language of a reader: their choice, else what their browser prefers
/// (RFC 9110, 12.5.4), else English.
pub(crate) fn choose(cookie: Option<&str>, accept_language: Option<&str>) -> &'static Strings {
    if let Some(chosen) = cookie.and_then(Strings::of) {
        return chosen;
    }
    let quality = |part: &str| {
        part.split(';')
            .skip(1)
            .find_map(|parameter| parameter.trim().strip_prefix("q=")?.parse::<f32>().ok())
            .unwrap_or(1.0)
    };
    let mut best: Option<(f32, &'static Strings)> = None;
    for part in accept_language.unwrap_or_default().split(',') {
        let tag = part.split(';').next().unwrap_or_default().trim();
        let quality = quality(part);
        if let Some(strings) = Strings::of(tag).filter(|_| quality > 0.0)
            && best.is_none_or(|(so_far, _)| quality > so_far)
        {
            best = Some((quality, strings));
        }
    }
    best.map_or(&ENGLISH, |(_, strings)| strings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_has_both_languages() {
        let han = |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
        for (key, english, chinese) in ALL {
            assert!(!english.trim().is_empty() && !chinese.trim().is_empty(), "{key}");
            let is_mark = chinese.chars().all(|c| !c.is_alphanumeric());
            if !is_mark && !matches!(*key, "tag" | "code" | "other_code" | "other_name") {
                assert!(han(chinese), "{key} is not Chinese: {chinese}");
                assert!(!han(english), "{key} is not English: {english}");
            }
        }
    }

    #[test]
    fn the_reader_gets_their_language() {
        let code = |cookie, accept| choose(cookie, accept).code;
        assert_eq!(code(None, None), "en");
        assert_eq!(code(Some("zh"), Some("en")), "zh");
        assert_eq!(code(Some("klingon"), Some("zh-CN,zh;q=0.9,en;q=0.8")), "zh");
        assert_eq!(code(None, Some("fr, en;q=0.3, zh-TW;q=0.7")), "zh");
        assert_eq!(code(None, Some("zh;q=0, en;q=0.1")), "en");
    }
}
