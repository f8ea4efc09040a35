//! A report as one page that asks nothing of the network.

use crate::recommend::FLOORS;
use crate::{Machine, Measured, Report};
use std::fmt::Write;

/// Figures that get a plot, in this order, and what they mean.
const PLOTTED: [(&str, &str); 12] = [
    ("ndcg@10", "how near the top of the first ten the right one is"),
    ("hr@10", "how often the right one is among the first ten"),
    ("mrr@10", "mean of 1 / its place among the first ten"),
    ("recall@20", "share of the right ones among the first twenty"),
    ("coverage@10", "share of all items that are in anybody's first ten"),
    ("novelty@10", "how little known what is listed is, in bits"),
    ("diversity@10", "how unlike one another the first ten are, by who liked them"),
    ("popularity_bias@10", "how many times as popular what is listed is as what was wanted"),
    ("logged", "what was earned"),
    ("ips", "what would be, by inverse propensities"),
    ("snips", "the same, normalised"),
    ("doubly_robust", "the same, by a model of rewards, corrected"),
];

const LABEL: f64 = 150.0;
const BAR: f64 = 400.0;
const LINE: f64 = 22.0;

const STYLE: &str = "\
:root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;max-width:72rem;\
margin:2rem auto;padding:0 1rem}h2{margin-top:2.5rem}.plots{display:grid;gap:1.5rem 2rem;\
grid-template-columns:repeat(auto-fit,minmax(27rem,1fr))}figure{margin:0}figcaption b{display:block}\
svg{width:100%;height:auto}text{font:12px system-ui,sans-serif;fill:currentColor}\
.bar{fill:#2a78d6}.floor{fill:#9a9a96}.whisker{stroke:currentColor;stroke-width:1.5}\
.tables{overflow-x:auto}table{border-collapse:collapse;font-size:13px}\
th,td{padding:.2rem .6rem;text-align:right;border-bottom:1px solid #8884}\
th:first-child,td:first-child{text-align:left}";

/// A page with a plot of each figure, with its intervals, and all figures in a
/// table, split by split. `protocol` says what was measured.
pub fn html(report: &Report, protocol: &str) -> String {
    let bench = escape(&report.bench);
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>vireo: {bench}</title>\
         <style>{STYLE}</style></head><body>\n<h1>{bench}</h1>\n<p>{}</p>\n",
        escape(protocol)
    );
    let mut splits: Vec<&str> = Vec::new();
    for row in &report.results {
        let split = row.split.as_deref().unwrap_or_default();
        if !splits.contains(&split) {
            splits.push(split);
        }
    }
    for split in splits {
        let is_of = |row: &&Measured| row.split.as_deref().unwrap_or_default() == split;
        let rows: Vec<&Measured> = report.results.iter().filter(is_of).collect();
        let most = rows.iter().map(|row| row.count).max().unwrap_or_default();
        // Writing to a string cannot fail.
        let _ = writeln!(out, "<h2>{} ({most} people)</h2>\n<div class=\"plots\">", escape(split));
        for (figure, meaning) in PLOTTED {
            if rows.iter().any(|row| row.metrics.contains_key(figure)) {
                plot(&mut out, figure, meaning, &rows);
            }
        }
        out.push_str("</div>\n");
        table(&mut out, &rows);
    }
    let Machine { cpu, threads, memory_mb } = &report.machine;
    let machine = format!("{cpu}, {threads} threads, {memory_mb} MB");
    let _ = writeln!(
        out,
        "<p>{}. Grey: floors. Lines: 95 % intervals.</p></body></html>",
        escape(&machine)
    );
    out
}

/// Bars of one figure, with a line over each interval.
fn plot(out: &mut String, figure: &str, meaning: &str, rows: &[&Measured]) {
    let values: Vec<(&Measured, f64)> =
        rows.iter().filter_map(|row| Some((*row, *row.metrics.get(figure)?))).collect();
    let high = |(row, value): &(&Measured, f64)| row.interval.get(figure).map_or(*value, |it| it.1);
    let most = values.iter().map(high).filter(|value| value.is_finite()).fold(0.0, f64::max);
    let at = |value: f64| {
        let share = if most > 0.0 { (value / most).clamp(0.0, 1.0) } else { 0.0 };
        LABEL + BAR * if share.is_finite() { share } else { 0.0 }
    };
    let (width, height) = (LABEL + BAR + 70.0, LINE * values.len() as f64);
    let _ = writeln!(
        out,
        "<figure><figcaption><b>{}</b>{}</figcaption>\
         <svg viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{0}\">",
        escape(figure),
        escape(meaning)
    );
    for (line, (row, value)) in values.iter().enumerate() {
        let (top, name) = (LINE * line as f64, escape(&row.name));
        let class = if FLOORS.contains(&&*row.name) { "floor" } else { "bar" };
        let (text, end, middle) = (top + 15.0, at(*value), top + LINE / 2.0);
        let _ = write!(
            out,
            "<text x=\"{:.1}\" y=\"{text:.1}\" text-anchor=\"end\">{name}</text>\
             <rect class=\"{class}\" x=\"{LABEL}\" y=\"{:.1}\" width=\"{:.1}\" height=\"14\"/>",
            LABEL - 8.0,
            top + 4.0,
            end - LABEL
        );
        let interval = row.interval.get(figure);
        if let Some((low, high)) = interval {
            let _ = write!(
                out,
                "<line class=\"whisker\" x1=\"{:.1}\" x2=\"{:.1}\" y1=\"{middle:.1}\" y2=\"{middle:.1}\"/>",
                at(*low),
                at(*high)
            );
        }
        let after = interval.map_or(end, |(_, high)| at(*high).max(end)) + 6.0;
        let _ = writeln!(out, "<text x=\"{after:.1}\" y=\"{text:.1}\">{}</text>", short(*value));
    }
    out.push_str("</svg></figure>\n");
}

/// All figures of some rows.
fn table(out: &mut String, rows: &[&Measured]) {
    let mut metrics: Vec<&String> = rows.iter().flat_map(|row| row.metrics.keys()).collect();
    metrics.sort();
    metrics.dedup();
    out.push_str("<div class=\"tables\"><table><tr><th></th>");
    for metric in &metrics {
        let _ = write!(out, "<th>{}</th>", escape(metric));
    }
    out.push_str("</tr>\n");
    for row in rows {
        let _ = write!(out, "<tr><td>{}</td>", escape(&row.name));
        for metric in &metrics {
            let value = row.metrics.get(*metric).map_or(String::new(), |value| short(*value));
            let interval = row.interval.get(*metric).map_or(String::new(), |(low, high)| {
                format!(" ({}–{})", short(*low), short(*high))
            });
            let _ = write!(out, "<td>{value}{interval}</td>");
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</table></div>\n");
}

fn short(value: f64) -> String {
    if value.abs() >= 100.0 { format!("{value:.0}") } else { format!("{value:.4}") }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn row(name: &str, split: &str, value: f64) -> Measured {
        Measured {
            name: name.to_owned(),
            split: Some(split.to_owned()),
            count: 9,
            metrics: BTreeMap::from([("ndcg@10".to_owned(), value)]),
            interval: BTreeMap::from([("ndcg@10".to_owned(), (value / 2.0, value * 2.0))]),
            ..Measured::default()
        }
    }

    #[test]
    fn each_figure_has_a_bar_as_long_as_it_is_and_its_interval() {
        let mut report = Report::new("recommend", Vec::new());
        report.results = vec![row("popular", "time", 0.1), row("a<b", "time", 0.2)];
        report.results.push(row("popular", "time, history 1", f64::NAN));
        let page = html(&report, "what was measured");
        assert_eq!((page.matches("<h2>").count(), page.matches("<svg").count()), (2, 2));
        // The longest interval ends at 0.4, so 0.1 is a quarter of the bar.
        assert!(page.contains("class=\"floor\" x=\"150\" y=\"4.0\" width=\"100.0\""), "{page}");
        assert!(page.contains("class=\"bar\" x=\"150\" y=\"26.0\" width=\"200.0\""), "{page}");
        assert!(page.contains("x1=\"250.0\" x2=\"550.0\""), "{page}");
        assert!(page.contains("a&lt;b") && !page.contains("a<b"));
        for outside in ["http", "src=", "href=", "url(", "<script", "@import"] {
            assert!(!page.contains(outside), "{outside}");
        }
    }
}
