//! The language that the person at the terminal reads.

use vireo_domain::Language;

/// The language of the locale, as POSIX has it; English where it names none.
pub(crate) fn language() -> Language {
    let set = ["LC_ALL", "LC_MESSAGES", "LANG"].map(std::env::var);
    let named = set.into_iter().filter_map(Result::ok).find(|locale| !locale.is_empty());
    of(&named.unwrap_or_default())
}

/// `zh_CN.UTF-8` is Chinese; `C` and `POSIX` name no language.
fn of(locale: &str) -> Language {
    let tag = locale.split(['.', '@']).next().unwrap_or_default();
    match tag {
        "" | "C" | "POSIX" => Language::english(),
        tag => Language::new(tag),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locales_name_languages() {
        for (locale, code) in [
            ("zh_CN.UTF-8", "zh"),
            ("de_DE@euro", "de"),
            ("C.UTF-8", "en"),
            ("POSIX", "en"),
            ("", "en"),
        ] {
            assert_eq!(of(locale).code(), code, "{locale}");
        }
    }
}
