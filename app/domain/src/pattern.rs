//! What a reason must contain: a few signs that anybody can read, and no regular expressions. `#` stands for one or more
//! digits, `*` for anything within a line, all else for itself regardless of case and accents.

use crate::text::fold;
use std::collections::HashMap;

/// Whether a text contains a pattern: `FIN-#` is found in "see fin-2291". Each letter of the text is looked at once, whatever the
/// pattern and however the two are made (`trust.md` F2): a table of places that can be reached, and no way back.
#[must_use]
pub fn contains(text: &str, pattern: &str) -> bool {
    steps(text, pattern).0
}

/// Whether the text contains the pattern, and how many letters were looked at to know it: never more than the folded text has.
#[must_use]
pub fn steps(text: &str, pattern: &str) -> (bool, usize) {
    let pattern = fold(pattern);
    let pieces: Vec<Piece> = pattern.split('*').filter(|piece| !piece.is_empty()).map(Piece::new).collect();
    let mut steps = 0;
    // Line by line: folding makes a space of a line's end.
    let found = text.split('\n').any(|line| {
        let line = fold(line);
        let mut letters = line.chars();
        // The earliest end of a piece leaves most to the next one, so none has to be looked for twice.
        pieces.iter().all(|piece| piece.is_next(&mut letters, &mut steps))
    });
    (found, steps)
}

/// A part of a pattern between two `*`: for each letter the set of its places, as bits.
struct Piece {
    places: HashMap<char, Vec<u64>>,
    /// Where a run of digits may go on.
    digits: Vec<u64>,
    /// The last place.
    last: (usize, u64),
}

impl Piece {
    fn new(piece: &str) -> Self {
        let symbols: Vec<char> = piece.chars().collect();
        let words = symbols.len().div_ceil(64);
        let (mut places, mut digits) = (HashMap::<char, Vec<u64>>::new(), vec![0; words]);
        for (index, symbol) in symbols.iter().enumerate() {
            let (word, bit) = (index / 64, 1 << (index % 64));
            let mut put = |letter: char| places.entry(letter).or_insert_with(|| vec![0; words])[word] |= bit;
            if *symbol == '#' {
                ('0'..='9').for_each(&mut put);
                digits[word] |= bit;
            } else {
                put(*symbol);
            }
        }
        let last = symbols.len().saturating_sub(1);
        Self { places, digits, last: (last / 64, 1 << (last % 64)) }
    }

    /// Reads on to the first end of the piece; whether there is one.
    fn is_next(&self, letters: &mut std::str::Chars<'_>, steps: &mut usize) -> bool {
        let mut reached = vec![0_u64; self.digits.len()];
        for letter in letters {
            *steps += 1;
            let here = self.places.get(&letter);
            let is_digit = letter.is_ascii_digit();
            // A piece can begin at every letter.
            let mut carry = 1;
            for (word, state) in reached.iter_mut().enumerate() {
                let before = *state;
                let moved = (before << 1) | carry;
                carry = before >> 63;
                let fits = here.map_or(0, |bits| bits[word]);
                let stays = if is_digit { before & self.digits[word] } else { 0 };
                *state = (moved & fits) | stays;
            }
            if reached[self.last.0] & self.last.1 != 0 {
                return true;
            }
        }
        false
    }
}

/// A text that a pattern accepts, to explain it: `FIN-#` is explained by `FIN-4711`.
#[must_use]
pub fn example(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 8);
    for symbol in pattern.chars() {
        match symbol {
            '#' => out.push_str("4711"),
            '*' => out.push_str(" … "),
            letter => out.push(letter),
        }
    }
    out.trim().to_owned()
}

/// Whether somebody wrote a regular expression, which would be taken by its letters and refuse every reason: classes (`\d`, `[0-9]`),
/// anchors (`^`, `$` at an end), repetition (`.*`, `[A-Z]+`, `#+`, `{4}`), alternatives (`a|b`, `(?:`).
#[must_use]
pub fn is_regex(pattern: &str) -> bool {
    let text = pattern.trim();
    let letters: Vec<char> = text.chars().collect();
    let at = |index: usize| letters.get(index).copied().unwrap_or(' ');
    let anchored = text.starts_with('^') || (text.ends_with('$') && letters.len() > 1);
    let enclosed = letters.len() > 2
        && text.starts_with('/')
        && text.rsplit_once('/').is_some_and(|(before, flags)| {
            before.len() > 1 && flags.len() <= 4 && flags.bytes().all(|flag| b"dgimsuvxy".contains(&flag))
        });
    anchored
        || enclosed
        || text.contains('|')
        || text.contains("(?")
        || letters.iter().enumerate().any(|(index, letter)| {
            let next = at(index + 1);
            match letter {
                '\\' => "dDwWsSbBAzZpPxunrt.-+*?^$()[]{}|/\\".contains(next),
                '.' => matches!(next, '*' | '+' | '?' | '{'),
                '#' => matches!(next, '+' | '?') || quantity(&letters[index + 1..]),
                ']' | ')' => matches!(next, '*' | '+' | '?') || quantity(&letters[index + 1..]),
                '[' => class(&letters[index + 1..]),
                '{' => index > 0 && quantity(&letters[index..]),
                _ => false,
            }
        })
}

/// Whether `{4}`, `{2,}` or `{2,4}` stands at the beginning.
fn quantity(letters: &[char]) -> bool {
    let Some(('{', rest)) = letters.split_first().map(|(first, rest)| (*first, rest)) else { return false };
    let inside: Vec<char> = rest.iter().copied().take_while(|letter| *letter != '}').collect();
    rest.get(inside.len()) == Some(&'}')
        && inside.first().is_some_and(char::is_ascii_digit)
        && inside.iter().all(|letter| letter.is_ascii_digit() || *letter == ',')
}

/// Whether the inside of a bracket is a class: negated, or with a range such as `0-9` or `A-Z`. `[FIN-#]` is not.
fn class(letters: &[char]) -> bool {
    let inside: Vec<char> = letters.iter().copied().take_while(|letter| *letter != ']').collect();
    let range = |three: &[char]| {
        let alike = |kind: fn(&char) -> bool| kind(&three[0]) && kind(&three[2]);
        three[1] == '-'
            && three[0] < three[2]
            && (alike(char::is_ascii_digit) || alike(char::is_ascii_uppercase) || alike(char::is_ascii_lowercase))
    };
    // A range is all there is, or stands beside others: `[0-9]`, `[a-zA-Z_]`. One inside of a word is a hyphen: `[AB-CD]`.
    let ends =
        |at: usize, ranges: &[usize]| at == inside.len() || ranges.contains(&at) || !inside[at].is_alphanumeric();
    if letters.len() == inside.len() {
        return false;
    }
    let ranges: Vec<usize> =
        inside.windows(3).enumerate().filter(|(_, three)| range(three)).map(|(at, _)| at).collect();
    let begins = |at: usize| at == 0 || !inside[at - 1].is_alphanumeric() || ranges.contains(&(at.wrapping_sub(3)));
    inside.first() == Some(&'^') || ranges.iter().any(|at| begins(*at) && ends(at + 3, &ranges))
}

/// The pattern that somebody probably meant by a regular expression; nothing when that is not clear.
#[must_use]
pub fn suggestion(regex: &str) -> Option<String> {
    let mut text = regex.trim().trim_start_matches('^').trim_end_matches('$').to_owned();
    for digits in ["\\d", "[0-9]", "#"] {
        for count in 1..=12 {
            for written in [format!("{digits}{{{count}}}"), format!("{digits}{{{count},}}")] {
                text = text.replace(&written, "#");
            }
        }
        for more in ["+", "*", ""] {
            text = text.replace(&format!("{digits}{more}"), "#");
        }
    }
    for anything in [".*", ".+"] {
        text = text.replace(anything, "*");
    }
    for literal in ['-', '.', '/'] {
        text = text.replace(&format!("\\{literal}"), &literal.to_string());
    }
    while text.contains("##") {
        text = text.replace("##", "#");
    }
    (!is_regex(&text) && text.chars().any(|letter| !matches!(letter, '#' | '*' | ' '))).then_some(text)
}
