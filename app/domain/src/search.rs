//! What people type into a search, and the texts that it looks in. Both are written as keys, by the same rules, so that a word is
//! found wherever the key of a text contains its own: in memory, by `instr` and by the trigram indexes of both engines alike.
//!
//! A key is in lower case, without the accents of Latin and Greek letters; apostrophes, hyphens and spaces of every kind are one of
//! each, however many spaces there are; what is not ASCII is spelled in capitals. What tells words of other scripts apart (vowel
//! signs, tones, the marks of й and ガ) stays.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Version of the rules by which keys are written. Raise it with every change of [`keys`]: a store whose keys are of another version
/// writes them anew when it is opened.
pub const VERSION: i64 = 1;

/// Words of a search that are looked for; more are named as not searched.
const WORDS_MAX: usize = 40;

/// Letters of an entry of a trigram index.
const INDEXED: usize = 3;

/// Stands before every word of a text, for short words are found at beginnings.
const WORD: char = 'Z';

/// Keys of texts, one a line so that nothing is found over the seam. What is at the beginning of a `named` one is found alone, however
/// short it is; so its first word has the mark of a word twice.
#[must_use]
pub fn keys(named: &[&str], others: &[&str]) -> String {
    let named = named.iter().map(|text| format!("{WORD}{WORD}{}", spelled(&plain(text), false)));
    named.chain(others.iter().map(|text| spelled(&plain(text), true))).collect::<Vec<_>>().join("\n")
}

/// Writes a folded text, with the mark of a word before each but the first, and before that when it is known to begin a word.
fn spelled(plain: &str, begins: bool) -> String {
    let mut out = String::with_capacity(plain.len() + plain.len() / 4);
    let mut within = !begins;
    for c in plain.chars() {
        let part = c.is_alphanumeric() || is_combining_mark(c);
        if part && !within {
            out.push(WORD);
        }
        within = part;
        spell(c, &mut out);
    }
    out
}

/// A text that is folded but not yet spelled.
fn plain(text: &str) -> String {
    let mut base = ' ';
    let folded = text
        .chars()
        .filter(|c| !is_invisible(*c))
        // Before the decomposition, which makes a space and a mark of an acute accent that stands alone.
        .map(alike)
        .nfkd()
        .flat_map(char::to_lowercase)
        .filter(move |c| {
            if is_combining_mark(*c) {
                return !is_accent(*c, base);
            }
            base = *c;
            true
        })
        .nfc()
        .map(alike);
    let mut out = String::with_capacity(text.len());
    for c in folded {
        match c {
            ' ' if out.is_empty() || out.ends_with(' ') => {}
            'ß' => out.push_str("ss"),
            'æ' => out.push_str("ae"),
            'œ' => out.push_str("oe"),
            'þ' => out.push_str("th"),
            'ø' => out.push('o'),
            'ł' => out.push('l'),
            'đ' | 'ð' => out.push('d'),
            'ħ' => out.push('h'),
            'ŧ' => out.push('t'),
            'ı' => out.push('i'),
            'ς' => out.push('σ'),
            c => out.push(c),
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// Signs that are typed for one another, as one of them.
fn alike(c: char) -> char {
    match c {
        '\u{2018}' | '\u{2019}' | '\u{201a}' | '\u{201b}' | '\u{2032}' | '\u{2035}' | '\u{2b9}' | '\u{2bb}'
        | '\u{2bc}' | '\u{2bd}' | '\u{2be}' | '\u{2bf}' | '\u{2c8}' | '\u{2ca}' | '\u{2cb}' | '\u{55a}' | '\u{5f3}'
        | '\u{1fbd}' | '\u{1fbf}' | '\u{1fef}' | '\u{1ffd}' | '\u{a78b}' | '\u{a78c}' | '\u{ff07}' | '\u{ff40}'
        | '`' | '´' => '\'',
        '\u{2010}'..='\u{2015}'
        | '\u{2212}'
        | '\u{2043}'
        | '\u{2e3a}'
        | '\u{2e3b}'
        | '\u{58a}'
        | '\u{5be}'
        | '\u{1806}'
        | '\u{2e17}'
        | '\u{2e1a}'
        | '\u{fe31}'
        | '\u{fe32}'
        | '\u{fe58}'
        | '\u{fe63}'
        | '\u{ff0d}' => '-',
        c if is_quote(c) => '"',
        c if c.is_whitespace() || c.is_control() || c == '\u{2800}' => ' ',
        c => c,
    }
}

/// Signs that put words into quotes.
const fn is_quote(c: char) -> bool {
    matches!(
        c,
        '"' | '«' | '»' | '\u{201c}'..='\u{201f}' | '\u{2033}' | '\u{2036}' | '\u{2ba}' | '\u{2dd}' | '\u{2ee}' | '\u{300c}'..='\u{300f}'
            | '\u{301d}'..='\u{301f}' | '\u{ff02}' | '\u{ff62}' | '\u{ff63}' | '\u{fe41}'..='\u{fe44}' | '\u{5f4}'
    )
}

/// Commas of every kind.
const fn is_comma(c: char) -> bool {
    matches!(
        c,
        ',' | '\u{60c}'
            | '\u{3001}'
            | '\u{fe10}'
            | '\u{fe11}'
            | '\u{fe50}'
            | '\u{fe51}'
            | '\u{ff0c}'
            | '\u{ff64}'
            | '\u{1802}'
            | '\u{2e32}'
            | '\u{2e34}'
            | '\u{2e41}'
            | '\u{55d}'
            | '\u{a4fe}'
    )
}

/// Signs that nobody sees, and that are left out: soft hyphens, marks of direction, joiners, selectors of a variant, fillers.
const fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}' | '\u{ffa0}' | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Whether a mark is an accent that a search does without: those of Latin and Greek letters, and of what is no letter. Of Cyrillic
/// letters the stress, and the dots of ё, which is written without them as a rule.
fn is_accent(mark: char, base: char) -> bool {
    let diacritic = matches!(
        mark,
        '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}'
    );
    diacritic
        && match base {
            '\u{400}'..='\u{52f}' => matches!(mark, '\u{300}' | '\u{301}') || (mark == '\u{308}' && base == '\u{435}'),
            '\0'..='\u{3ff}'
            | '\u{1d00}'..='\u{1dbf}'
            | '\u{1e00}'..='\u{1fff}'
            | '\u{2c60}'..='\u{2c7f}'
            | '\u{a720}'..='\u{a7ff}'
            | '\u{ab30}'..='\u{ab6f}' => true,
            other => !other.is_alphabetic(),
        }
}

/// Writes a sign: ASCII as it is, any other as one capital out of U to Y and two to five out of A to T.
///
/// A folded text holds no capitals, so a spelled sign is found nowhere but where it stands. It is three letters at least, so that a
/// trigram index finds even one sign; and letters of ASCII, so that `pg_trgm` takes them for letters whatever the locale of the
/// database. The digits of the lowest value come first: they tell signs apart best.
fn spell(c: char, out: &mut String) {
    const BASE: u32 = 20;
    let code = u32::from(c);
    let (start, mut rest, digits) = match code {
        0..=0x7f => {
            out.push(c.to_ascii_lowercase());
            return;
        }
        // Accented Latin, Greek and Cyrillic in three letters, nearly all other living scripts in five, the rest in six.
        0x80..=0x52f => (u32::from(b'U') + (code - 0x80) / (BASE * BASE), (code - 0x80) % (BASE * BASE), 2),
        _ if code - 0x530 < BASE * BASE * BASE * BASE => (u32::from(b'X'), code - 0x530, 4),
        _ => (u32::from(b'Y'), code, 5),
    };
    out.extend(char::from_u32(start));
    for _ in 0..digits {
        out.extend(char::from_u32(u32::from(b'A') + rest % BASE));
        rest /= BASE;
    }
}

/// Whether a sign is a word, or nearly: Han, Kana, Hangul and Bopomofo.
const fn is_word(c: char) -> bool {
    matches!(
        c,
        '\u{1100}'..='\u{11ff}' | '\u{2e80}'..='\u{2fdf}' | '\u{3005}'..='\u{3007}' | '\u{3021}'..='\u{3029}' | '\u{3031}'..='\u{3035}'
            | '\u{3038}'..='\u{303b}' | '\u{3041}'..='\u{31ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
            | '\u{a960}'..='\u{a97f}' | '\u{ac00}'..='\u{d7ff}' | '\u{f900}'..='\u{faff}' | '\u{1aff0}'..='\u{1b16f}'
            | '\u{20000}'..='\u{3ffff}'
    )
}

/// A search as it was read: what must be found, and what there is to say about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    needles: Vec<String>,
    /// The first so many are long enough for an index.
    indexed: usize,
    /// Whether there are short words only.
    alone: bool,
    short: Vec<String>,
    skipped: Vec<String>,
}

impl Search {
    /// Reads what was typed; nothing when nothing of it can be searched for.
    #[must_use]
    pub fn new(typed: &str) -> Option<Self> {
        Some(Self::read(typed)).filter(|search| !search.needles.is_empty())
    }

    /// Reads what was typed: words, apart by spaces and commas, and phrases in quotes, the last of which need not be closed.
    #[must_use]
    pub fn read(typed: &str) -> Self {
        let mut search = Self::default();
        let mut short = Vec::new();
        for typed in parts(typed) {
            let folded = plain(&typed);
            let digits = |rest: &&str| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit());
            // People write numbers with a leading #.
            let word = folded.strip_prefix('#').filter(digits).unwrap_or(&folded);
            let long = word.chars().nth(2).is_some() || word.chars().any(is_word);
            let list = if search.needles.len() + short.len() >= WORDS_MAX {
                &mut search.skipped
            } else if long {
                push_once(&mut search.needles, spelled(word, false));
                continue;
            } else if word.chars().any(char::is_alphanumeric) {
                push_once(&mut short, word.to_owned());
                &mut search.short
            } else {
                &mut search.skipped
            };
            if !folded.is_empty() {
                push_once(list, typed.trim().to_owned());
            }
        }
        let alone = search.needles.is_empty();
        // The entries of an index are three letters long.
        let (indexed, beside): (Vec<_>, Vec<_>) = short
            .iter()
            .map(|word| if alone { format!("{WORD}{WORD}{}", spelled(word, false)) } else { spelled(word, true) })
            .partition(|needle| needle.len() >= INDEXED);
        search.needles.extend(indexed);
        search.indexed = search.needles.len();
        search.needles.extend(beside);
        search.alone = alone;
        search
    }

    /// The keys that must all be contained in the keys of a row.
    #[must_use]
    pub fn needles(&self) -> &[String] {
        &self.needles
    }

    /// Those of [`Search::needles`] that an index of three letters a time finds; one at least.
    #[must_use]
    pub fn indexed(&self) -> &[String] {
        self.needles.get(..self.indexed).unwrap_or_default()
    }

    /// Those of [`Search::needles`] that are looked for in what the others found.
    #[must_use]
    pub fn beside(&self) -> &[String] {
        self.needles.get(self.indexed..).unwrap_or_default()
    }

    /// Whether each word is found in one of these keys (see [`keys`]).
    #[must_use]
    pub fn is_in(&self, keys: &[&str]) -> bool {
        self.needles.iter().all(|needle| keys.iter().any(|key| key.contains(needle.as_str())))
    }

    /// Words of one or two letters, as typed: alone they are looked for at the beginnings of names, addresses and numbers only, beside
    /// longer ones at the beginnings of words.
    #[must_use]
    pub fn short(&self) -> &[String] {
        &self.short
    }

    /// What is too short to be looked for and no letter or digit, and words beyond the fortieth, as typed.
    #[must_use]
    pub fn skipped(&self) -> &[String] {
        &self.skipped
    }

    /// What a page says about words that are not looked for everywhere; nothing when all are. `beginnings` names the texts that short
    /// words are looked for at the beginning of: "name, email and number".
    #[must_use]
    pub fn note(&self, beginnings: &str) -> Option<String> {
        let list = |words: &[String]| words.iter().map(|word| format!("“{word}”")).collect::<Vec<_>>().join(", ");
        let mut out = Vec::new();
        if !self.short.is_empty() {
            let (short, where_) = (list(&self.short), if self.alone { beginnings } else { "words" });
            out.push(format!("{short}: one or two letters are searched at the beginning of {where_} only."));
        }
        if !self.skipped.is_empty() {
            out.push(format!("Not searched for: {}.", list(&self.skipped)));
        }
        (!out.is_empty()).then(|| out.join(" "))
    }
}

fn push_once(list: &mut Vec<String>, one: String) {
    if !list.contains(&one) {
        list.push(one);
    }
}

/// Words and phrases, as typed.
fn parts(typed: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    let mut quoted = false;
    for c in typed.chars() {
        let ends = is_quote(c) || (!quoted && (is_comma(c) || alike(c) == ' '));
        if is_quote(c) {
            quoted = !quoted;
        }
        match out.last_mut() {
            Some(last) if !ends => last.push(c),
            _ => out.push(String::new()),
        }
    }
    out
}

/// The keys by which a type-ahead finds a person: each word as the beginning of one in the name or the address; words of Han, Kana
/// and Hangul, which nothing sets apart, anywhere.
#[must_use]
pub fn beginnings(typed: &str) -> Vec<String> {
    let folded = plain(typed);
    let words = folded.split(|c| c == ' ' || c == '"' || is_comma(c)).filter(|word| !word.is_empty());
    words.take(WORDS_MAX).map(|word| spelled(word, !word.chars().any(is_word))).collect()
}
