//! Lengths, counted in letters as people count them: what looks like one letter is one, however many code points or bytes it takes.

/// How many letters a text has: grapheme clusters (Unicode Standard Annex 29). `e` with a combining accent, a flag and a family of
/// four are one each.
#[cfg(not(target_arch = "wasm32"))]
#[must_use]
pub fn count(text: &str) -> usize {
    use unicode_segmentation::UnicodeSegmentation;
    // Without marks, joiners and pairs of line ends every code point is a letter.
    if text.is_ascii() && !text.contains('\r') { text.len() } else { text.graphemes(true).count() }
}

/// In the browser nothing is counted: the tables would be a tenth of all it loads, and the server says what is too long.
#[cfg(target_arch = "wasm32")]
#[must_use]
pub fn count(_: &str) -> usize {
    0
}

/// The first letters of a text, at most so many, and at most so many bytes: no letter is cut in two.
#[cfg(not(target_arch = "wasm32"))]
#[must_use]
pub fn first(text: &str, letters: usize, bytes: usize) -> &str {
    use unicode_segmentation::UnicodeSegmentation;
    let ends = text.grapheme_indices(true).map(|(at, letter)| at + letter.len());
    let end = ends.take(letters).take_while(|end| *end <= bytes).last().unwrap_or(0);
    &text[..end]
}
