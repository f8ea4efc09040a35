//! `vireo search`.

use super::{Context, Ending};
use crate::output::{clock, print, print_json};
use anyhow::{Result, bail};
use clap::Args;
use serde_json::json;
use std::fmt::Write;
use std::io::IsTerminal;
use std::str::FromStr;
use vireo_domain::Language;
use vireo_server::app::{Found, SearchBy, SearchRequest};

/// Search videos and scenes by words and by meaning
#[derive(Debug, Args)]
#[command(after_help = "\
  vireo search sourdough bread
  vireo search \"如何做面包\" --lang zh
  vireo search \"a dog on a skateboard\" --json")]
pub(crate) struct Arguments {
    /// The words
    #[arg(required = true)]
    words: Vec<String>,
    /// Only videos of this language, such as en or zh
    #[arg(long, value_parser = Language::from_str)]
    lang: Option<Language>,
    /// How many videos, and how many scenes
    #[arg(short, default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=100))]
    number: u16,
    /// As JSON
    #[arg(long)]
    json: bool,
}

impl Arguments {
    pub(crate) async fn run(self, context: &Context) -> Result<Ending> {
        let text = self.words.join(" ");
        if text.trim().is_empty() {
            bail!("what to look for? give some words, such as: vireo search sourdough bread");
        }
        let app = context.open_catalogue().await?;
        let request = SearchRequest {
            text,
            language: self.lang,
            limit: usize::from(self.number),
            by: SearchBy::Both,
        };
        let found = app.search(&request).await?;
        if self.json {
            print_json(&as_json(&request, &found))?;
        } else {
            print(&as_text(&request, &found))?;
        }
        Ok(Ending::Well)
    }
}

fn as_json(request: &SearchRequest, found: &Found) -> serde_json::Value {
    let videos = found.videos.iter().map(|hit| {
        json!({"video": hit.video.id, "title": hit.video.title, "language": hit.video.language,
            "channel": hit.video.channel, "seconds": hit.video.duration_seconds,
            "snippet": hit.snippet, "matched": hit.matched,
            "word_rank": hit.word_rank, "meaning_rank": hit.meaning_rank,
            "picture_rank": hit.picture_rank, "picture_at": hit.picture_at})
    });
    let scenes = found.scenes.iter().map(|hit| {
        json!({"video": hit.video.id, "title": hit.video.title, "scene": hit.scene.index,
            "language": hit.video.language, "start": hit.span.start, "end": hit.span.end,
            "snippet": hit.snippet, "matched": hit.matched})
    });
    json!({
        "query": request.text,
        "language": request.language,
        "videos": videos.collect::<Vec<_>>(),
        "scenes": scenes.collect::<Vec<_>>(),
    })
}

fn as_text(request: &SearchRequest, found: &Found) -> String {
    if found.videos.is_empty() && found.scenes.is_empty() {
        return nothing(request);
    }
    let mut text = String::new();
    if !found.videos.is_empty() {
        text.push_str("Videos\n");
    }
    for (place, hit) in found.videos.iter().enumerate() {
        let picture = hit.picture_rank.zip(hit.picture_at);
        let by = [
            hit.word_rank.map(|rank| format!("words #{rank}")),
            hit.meaning_rank.map(|rank| format!("meaning #{rank}")),
            picture.map(|(rank, at)| format!("picture #{rank} at {}", clock(at))),
        ];
        let by = by.into_iter().flatten().collect::<Vec<_>>().join(", ");
        let _ = writeln!(text, "{:>3}. {}  [{}]  {by}", place + 1, hit.video.title, hit.video.id);
        if let Some(snippet) = &hit.snippet {
            let _ = writeln!(text, "     {}", plain(snippet));
        }
    }
    if !found.scenes.is_empty() {
        text.push_str("Scenes\n");
    }
    for (place, hit) in found.scenes.iter().enumerate() {
        let (start, end) = (clock(hit.span.start), clock(hit.span.end));
        let (title, id) = (&hit.video.title, &hit.video.id);
        let _ = writeln!(text, "{:>3}. {start}-{end}  {title}  [{id}]", place + 1);
        if let Some(snippet) = &hit.snippet {
            let _ = writeln!(text, "     {}", plain(snippet));
        }
    }
    text
}

/// That nothing was found, and what to try instead.
fn nothing(request: &SearchRequest) -> String {
    let mut hints = Vec::new();
    if let Some(language) = &request.language {
        hints.push(format!("leave out --lang {}", language.code()));
    }
    if request.text.contains(['"', '“', '”', '「', '」', '『', '』']) {
        hints.push("leave out the quotes: what stands in them must be there word by word".into());
    } else if request.text.split_whitespace().nth(1).is_some() {
        hints.push("use fewer words".to_owned());
    }
    hints.push("say it in other words, or in another language".to_owned());
    format!("nothing found for {}\nYou could {}.", request.text, hints.join("; "))
}

/// A snippet without its HTML; what matched is bold on a terminal.
fn plain(snippet: &str) -> String {
    let (bold, normal) =
        if std::io::stdout().is_terminal() { ("\u{1b}[1m", "\u{1b}[0m") } else { ("", "") };
    let text = snippet.split_whitespace().collect::<Vec<_>>().join(" ");
    // `&amp;` last: "&amp;lt;" is the text "&lt;".
    text.replace("<b>", bold)
        .replace("</b>", normal)
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&#x27;", "'")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn snippets_lose_their_markup() {
        assert_eq!(plain("a <b>fish</b> &amp;lt; 3\n&quot;x&quot;"), "a fish &lt; 3 \"x\"");
    }

    #[test]
    fn nothing_found_says_what_to_try() {
        let request = |text: &str, language: Option<&str>| SearchRequest {
            text: text.to_owned(),
            language: language.map(Language::new),
            limit: 10,
            by: SearchBy::Both,
        };
        let said = as_text(&request("黑洞", Some("en")), &Found::default());
        assert!(
            said.starts_with("nothing found for 黑洞\n") && said.contains("--lang en"),
            "{said}"
        );
        assert!(!said.contains("fewer words"), "{said}");
        let said = as_text(&request("qwxz blorp", None), &Found::default());
        assert!(said.contains("fewer words") && !said.contains("--lang"), "{said}");
        let said = as_text(&request("\"kneading dough\"", None), &Found::default());
        assert!(said.contains("quotes"), "{said}");
    }
}
