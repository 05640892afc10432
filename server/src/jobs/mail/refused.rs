//! What a refusal for good is about. SMTP does not say whether it is this recipient or this server: a message must not die because
//! the whole organisation is blocked, and one that cannot arrive must not be tried for three days.

use domain::ids::PersonId;
use std::collections::{HashMap, HashSet};

/// So many recipients refused in the same words, with nobody taken, are not about the recipients.
const MANY: usize = 3;

/// A message that was refused for good.
#[derive(Clone, Debug)]
pub(super) struct Refused<M> {
    pub(super) message: M,
    pub(super) recipient: PersonId,
    /// The server's words.
    pub(super) words: String,
}

/// What refusals are about, without asking the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum About {
    /// This recipient or this message.
    Message,
    /// Every message.
    Everything,
    /// The server must be asked.
    Unknown,
}

/// What each of a batch's refusals is about.
pub(super) fn about<M>(refused: &[Refused<M>], delivered: usize) -> Vec<About> {
    let mut same: HashMap<&str, HashSet<PersonId>> = HashMap::new();
    for one in refused {
        same.entry(&one.words).or_default().insert(one.recipient);
    }
    let one = |one: &Refused<M>| match (subject(&one.words), delivered) {
        (Some(about), _) => about,
        (None, 1..) => About::Message,
        (None, 0) if same.get(one.words.as_str()).is_some_and(|people| people.len() >= MANY) => About::Everything,
        (None, 0) => About::Unknown,
    };
    refused.iter().map(one).collect()
}

/// What an enhanced status code (RFC 3463) says it is about, where the server gives one that says it.
fn subject(words: &str) -> Option<About> {
    let codes = words.split(|c: char| !(c.is_ascii_digit() || c == '.'));
    let (subject, detail) = codes.filter_map(|code| code.strip_prefix("5.")?.split_once('.')).next()?;
    match (subject, detail.trim_end_matches('.')) {
        // The sender's address, the mail system, a limit on what may be sent, the protocol.
        ("1", "7" | "8") | ("4", "5") | ("5", _) => Some(About::Everything),
        // The recipient's address and mailbox, the size and the content of the message.
        ("1" | "2" | "6", _) | ("3", "4") => Some(About::Message),
        ("3", _) => Some(About::Everything),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{About, Refused, about};
    use domain::ids::PersonId;

    fn refused(n: u128, words: &str) -> Refused<()> {
        Refused { message: (), recipient: PersonId::example(n), words: words.to_owned() }
    }

    #[test]
    fn an_enhanced_code_says_what_it_is_about() {
        for (words, expected) in [
            ("permanent error (550): 5.1.1 No such mailbox", About::Message),
            ("permanent error (552): 5.2.2 The mailbox is full", About::Message),
            ("permanent error (552): 5.3.4 Too big", About::Message),
            ("permanent error (554): 5.6.0 I do not like it", About::Message),
            ("permanent error (553): 5.1.8 Bad sender", About::Everything),
            ("permanent error (550): 5.4.5 Daily user sending limit exceeded", About::Everything),
            ("permanent error (554): 5.3.2 System not accepting messages", About::Everything),
            ("permanent error (554): 5.7.1 Blocked", About::Unknown),
            ("permanent error (550): Not here, 10.0.0.1 is listed", About::Unknown),
        ] {
            assert_eq!(about(&[refused(1, words)], 0), [expected], "{words}");
        }
    }

    #[test]
    fn who_is_refused_beside_others_that_are_taken_is_refused_alone() {
        assert_eq!(about(&[refused(1, "554 Blocked")], 1), [About::Message]);
        assert_eq!(about(&[refused(1, "550 5.4.5 Limit exceeded")], 7), [About::Everything], "from here on");
    }

    #[test]
    fn what_all_are_told_in_the_same_words_is_about_none_of_them() {
        let all: Vec<_> = (1..=3).map(|n| refused(n, "554 Blocked")).collect();
        assert_eq!(about(&all, 0), [About::Everything; 3]);
        assert_eq!(about(&all[..2], 0), [About::Unknown; 2]);
        let same: Vec<_> = (0..3).map(|_| refused(1, "554 Blocked")).collect();
        assert_eq!(about(&same, 0), [About::Unknown; 3], "three messages to one person");
    }
}
