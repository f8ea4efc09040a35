//! Words that say nothing about what is looked for. They are indexed, so that
//! phrases match; a query leaves them out, or if it has no others is a phrase.

const ENGLISH: &str = "a about after all also am an and any anybody anyone anything are as at be been but by can could \
    did do does every everybody everyone everything for from had has have he her here his how i i'm if in into is it it's its just \
    let like me more my no nobody not nothing of on or our please she should show so some somebody someone something such than that the \
    their them then there these they this those to us was we were what what's when where which \
    while who why will with would you your";

const CHINESE: &str = "的 了 和 是 在 我 我们 你 你们 您 他 她 它 他们 有 也 就 都 而 及 与 或 着 \
    把 被 让 给 对 从 到 向 于 以 为 吗 呢 吧 啊 呀 哪 哪个 哪些 哪里 怎么 怎样 怎么样 如何 什么 \
    为什么 多少 谁 这 这个 这些 那 那个 那些 有人 某人 大家 一个 一些 一下 请 想 要 能 可以 会 很 还 又 再 关于";

/// Every stop word, lower-case.
pub(super) fn all() -> impl Iterator<Item = String> {
    ENGLISH.split_whitespace().chain(CHINESE.split_whitespace()).map(str::to_owned)
}
