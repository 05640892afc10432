//! How a resource looks: its logo, its colour, or neither.

use serde::{Deserialize, Serialize};

/// The looks of a resource or a flow.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Look {
    /// Id of its logo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logo: Option<String>,
    /// Its colour, `#rgb` or `#rrggbb`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub colour: Option<String>,
}

impl Look {
    /// Looks out of what is stored; an empty text is nothing.
    #[must_use]
    pub fn new(logo: Option<String>, colour: Option<String>) -> Self {
        let some = |text: Option<String>| text.filter(|text| !text.is_empty());
        Self { logo: some(logo), colour: some(colour) }
    }

    /// These looks, or where they say nothing those of another.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        // A logo says more than a colour: a flow's own colour does not hide the resource's logo, its own logo does.
        Self { logo: self.logo.or(other.logo), colour: self.colour.or(other.colour) }
    }

    /// Whether dark letters are read better on the colour than light ones (WCAG 2.2 relative luminance).
    #[must_use]
    pub fn wants_dark_letters(colour: &str) -> bool {
        let hex = colour.trim_start_matches('#');
        let part = |index: usize| {
            let text = if hex.len() == 3 {
                hex.get(index..=index).map(|digit| digit.repeat(2))
            } else {
                hex.get(index * 2..index * 2 + 2).map(str::to_owned)
            };
            let value = text.and_then(|text| u8::from_str_radix(&text, 16).ok()).unwrap_or(0);
            let share = f64::from(value) / 255.0;
            if share <= 0.040_45 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
        };
        let luminance = 0.2126 * part(0) + 0.7152 * part(1) + 0.0722 * part(2);
        // Where black and white have the same contrast: (L + 0.05)² = 1.05 × 0.05.
        luminance > 0.179
    }
}

#[cfg(test)]
mod tests {
    use super::Look;

    #[test]
    fn letters_are_readable() {
        for (colour, dark) in
            [("#fff", true), ("#000", false), ("#3357c5", false), ("#ffd500", true), ("#0f766e", false)]
        {
            assert_eq!(Look::wants_dark_letters(colour), dark, "{colour}");
        }
    }
}
