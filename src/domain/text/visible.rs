//! What people see of a text: what in it is invisible, and when two texts look the same.

use icu_properties::props::{
    DefaultIgnorableCodePoint, Emoji, ExtendedPictographic, GeneralCategory, Ideographic, Script,
};
use icu_properties::{CodePointMapData, CodePointSetData};
use unicode_normalization::UnicodeNormalization;

const NON_JOINER: char = '\u{200C}';
const JOINER: char = '\u{200D}';
/// Begins the flags that are spelt with tags, like that of Scotland.
const BLACK_FLAG: char = '\u{1F3F4}';
const LAST_TAG: char = '\u{E007F}';
const KEYCAP: char = '\u{20E3}';
/// Dash punctuation (category Pd) and what looks like it.
const MINUS: char = '\u{2212}';

/// In whose writing the joiners make a difference that one sees (Unicode 17, 9.2, 12 and 23.2).
const JOINED: [Script; 22] = [
    Script::Arabic,
    Script::Syriac,
    Script::Nko,
    Script::Mandaic,
    Script::Mongolian,
    Script::PhagsPa,
    Script::Adlam,
    Script::HanifiRohingya,
    Script::Devanagari,
    Script::Bengali,
    Script::Gurmukhi,
    Script::Gujarati,
    Script::Oriya,
    Script::Tamil,
    Script::Telugu,
    Script::Kannada,
    Script::Malayalam,
    Script::Sinhala,
    Script::Khmer,
    Script::Myanmar,
    Script::Tibetan,
    Script::Javanese,
];

/// White space, and letters that are drawn as a blank.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{115F}' | '\u{1160}' | '\u{3164}' | '\u{FFA0}' | '\u{2800}')
}

/// What fonts draw nothing for.
fn is_ignorable(c: char) -> bool {
    CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
        || matches!(c, '\u{FFF9}'..='\u{FFFB}')
}

/// Whether nobody sees this character when it stands alone.
pub(in crate::domain) fn is_invisible(c: char) -> bool {
    is_blank(c) || is_ignorable(c)
}

/// Whether there is something in `text` that nobody sees, apart from blanks, and from what belongs
/// to the writing around it.
pub(super) fn hides_something(text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    let hidden = |at: usize| {
        let c = chars[at];
        !c.is_whitespace() && is_invisible(c) && !belongs(&chars, at)
    };
    (0..chars.len()).any(hidden)
}

/// Whether an invisible character changes how its neighbours look: in an emoji sequence (UTS 51), in
/// a script with joiners, after a Han character with variants.
fn belongs(chars: &[char], at: usize) -> bool {
    let (before, after) = (&chars[..at], chars.get(at + 1).copied());
    let Some(last) = before.last().copied() else { return false };
    match chars[at] {
        JOINER => {
            let emoji = is_emoji(last) || matches!(last, '\u{FE0F}' | LAST_TAG);
            emoji && after.is_some_and(is_pictograph) || ends_joined(before)
        }
        NON_JOINER => {
            ends_joined(before) && after.is_some_and(|after| JOINED.contains(&script(after)))
        }
        '\u{FE0E}' | '\u{FE0F}' if last.is_ascii() => after == Some(KEYCAP),
        '\u{FE00}'..='\u{FE0F}' => is_emoji(last) || is_ideograph(last),
        '\u{E0100}'..='\u{E01EF}' => is_ideograph(last),
        '\u{180B}'..='\u{180F}' => script(last) == Script::Mongolian,
        '\u{E0020}'..=LAST_TAG => {
            let flag = before.iter().rev().find(|c| !matches!(c, '\u{E0020}'..='\u{E007E}'));
            flag == Some(&BLACK_FLAG)
        }
        _ => false,
    }
}

/// Whether the last letter is of a script with joiners, accents left out.
fn ends_joined(text: &[char]) -> bool {
    let letter = text.iter().rev().map(|c| script(*c)).find(|script| *script != Script::Inherited);
    !text.last().is_some_and(|c| matches!(*c, JOINER | NON_JOINER))
        && letter.is_some_and(|script| JOINED.contains(&script))
}

fn script(c: char) -> Script {
    CodePointMapData::<Script>::new().get(c)
}

fn is_pictograph(c: char) -> bool {
    CodePointSetData::new::<ExtendedPictographic>().contains(c)
}

fn is_emoji(c: char) -> bool {
    is_pictograph(c) || !c.is_ascii() && CodePointSetData::new::<Emoji>().contains(c)
}

fn is_ideograph(c: char) -> bool {
    CodePointSetData::new::<Ideographic>().contains(c)
}

/// `text` as somebody would type it who sees it: what is invisible left out, blanks collapsed, in
/// NFKC, dashes and quotes as they are on keyboards.
pub fn as_seen(text: &str) -> String {
    let typed = text.chars().map(as_typed).nfkc().map(as_typed);
    let typed: String = typed.filter(|c| !is_ignorable(*c)).collect();
    one_blank(&typed)
}

/// Whether somebody who typed `typed` from what they saw of `text` typed it right.
pub fn looks_like(typed: &str, text: &str) -> bool {
    as_seen(typed) == as_seen(text)
}

/// `text` with one blank wherever it has some: pages collapse them, so nobody sees how many.
pub(super) fn one_blank(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn as_typed(c: char) -> char {
    match c {
        '\u{2018}'..='\u{201B}' | '\u{2032}' | '\u{B4}' | '`' | '\u{2B9}'..='\u{2BC}' => '\'',
        '\u{201C}'..='\u{201F}' | '\u{2033}' => '"',
        MINUS => '-',
        _ if is_blank(c) => ' ',
        _ if CodePointMapData::<GeneralCategory>::new().get(c)
            == GeneralCategory::DashPunctuation =>
        {
            '-'
        }
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_from_what_is_seen_is_right() {
        for (name, typed) in [
            ("prod  api", "prod api"),
            ("prod\u{a0}\u{2003}api", "prod api"),
            ("prod\u{3164}api", "prod api"),
            ("ser\u{ad}ver\u{200b}-key\u{feff}", "server-key"),
            ("prod\u{2011}api \u{2013} 2 \u{2212} 1", "prod-api - 2 - 1"),
            ("it\u{2019}s \u{201c}quoted\u{201d} \u{b4}so\u{b4}", "it's \"quoted\" 'so'"),
            ("\u{ff53}erver \u{fb01}le \u{2460}", "server file 1"),
            ("cafe\u{301}", "caf\u{e9}"),
            ("👩\u{200d}👩\u{200d}👧 🗝\u{fe0f}", "👩👩👧 🗝"),
            ("it's", "it\u{2019}s"),
        ] {
            assert!(looks_like(typed, name), "{name:?}: {:?}", as_seen(name));
            assert!(looks_like(name, name), "{name:?}, copied");
        }
        for (name, typed) in [("prod api", "prodapi"), ("Server-Key", "server-key"), ("a", "")] {
            assert!(!looks_like(typed, name), "{name:?} {typed:?}");
        }
    }

    #[test]
    fn what_changes_how_its_neighbours_look_hides_nothing() {
        for shown in [
            "👩\u{200d}👩\u{200d}👧",
            "👩🏽\u{200d}🚀",
            "❤\u{fe0f}\u{200d}🔥",
            "🏳\u{fe0f}\u{200d}⚧\u{fe0f}",
            "1\u{fe0f}\u{20e3}",
            "🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}",
            "نامه\u{200c}ای",
            "क्\u{200d}ष",
            "അവന്\u{200d}",
            "葛\u{e0100}城",
            "two words",
        ] {
            assert!(!hides_something(shown), "{shown:?}");
        }
    }

    #[test]
    fn what_changes_nothing_that_one_sees_is_hidden() {
        for hidden in [
            "server\u{200b}-key",
            "ser\u{ad}ver",
            "server\u{200d}key",
            "server\u{200c}key",
            "\u{200d}🔑",
            "🔑\u{200d}",
            "🔑\u{fe0f}\u{fe0f}",
            "1\u{fe0f}",
            "a\u{fe0f}",
            "a\u{e0067}\u{e007f}",
            "نامه\u{200c}",
            "क\u{200d}\u{200d}ष",
            "a\u{3164}b",
            "a\u{2800}b",
            "a\u{34f}b",
            "\u{200e}abc",
            "a\u{2060}b",
            "a\u{feff}b",
        ] {
            assert!(hides_something(hidden), "{hidden:?}");
        }
    }
}
