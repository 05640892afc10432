//! What an act answers, and the names of a form's fields.

use serde::{Deserialize, Serialize};

/// An act that was done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// What was done, in a sentence.
    pub sentence: String,
    /// The page to go to, when the act leads to another than its form says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// Nothing was done: the page of the form is to be shown again with these fields, as a form sends them. Only for pages without
    /// scripts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again: Option<String>,
}

impl Done {
    /// Done, and said so.
    #[must_use]
    pub const fn new(sentence: String) -> Self {
        Self { sentence, next: None, again: None }
    }
}

#[cfg(feature = "ssr")]
impl Done {
    /// The page of the form again, with this input.
    #[must_use]
    pub fn again<T: Serialize>(input: &T) -> Self {
        #[derive(Serialize)]
        struct Fields<'a, T> {
            input: &'a T,
        }
        Self { again: serde_qs::to_string(&Fields { input }).ok(), ..Self::default() }
    }
}

/// Name of the hidden field with the address of the page on which a form stands: there it is shown again when it is refused.
pub const RETURN: &str = "return";
/// Name of the hidden field with the address to go to once the act is done; without it the page of the form.
pub const NEXT: &str = "next";
