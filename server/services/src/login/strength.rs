//! Which passwords are taken: long ones that nobody would try first. Length, and `zxcvbn`, which knows the most common passwords,
//! words and names, repetitions, sequences and runs over a keyboard, and finds them in all that people make of them.

use super::secret::Password;
use domain::validate::{FieldCode, PASSWORD_MAX, PASSWORD_MIN};
use zxcvbn::{Score, zxcvbn};

/// Long phrases that are famous for being passwords; the lists hold words.
const FAMOUS: [&str; 4] = ["correcthorsebatterystaple", "maytheforcebewithyou", "tobeornottobe", "thequickbrownfox"];

/// What a program of this name is likely to be protected with.
const OURS: [&str; 3] = ["doorward", "access", "admin"];

/// What is wrong with a password of somebody with this name and address, if anything is.
pub(super) fn weakness(password: &Password, name: &str, email: &str) -> Option<FieldCode> {
    if password.0.is_empty() {
        return Some(FieldCode::Required);
    }
    if !password.is_possible() {
        return Some(FieldCode::TooLong(PASSWORD_MAX));
    }
    if domain::letters::count(&password.0) < PASSWORD_MIN {
        return Some(FieldCode::TooShort(PASSWORD_MIN));
    }
    is_common(&password.0, name, email).then_some(FieldCode::TooCommon)
}

/// Characters that are looked at: what begins so is judged by its beginning, so that judging takes no time that anybody notices.
const LOOKED_AT: usize = 64;

/// Whether somebody who guesses would come to it: by the lists, or because it is made of what everybody knows of the person. Less
/// than ten thousand million guesses are too few.
fn is_common(password: &str, name: &str, email: &str) -> bool {
    let own = own_words(name, email);
    let own: Vec<&str> = own.iter().map(String::as_str).chain(OURS).collect();
    let password: String = password.chars().take(LOOKED_AT).collect();
    // What separates or pads words makes nothing of them, nor does the shift key beside a row of digits.
    let letters: String = password.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
    let unshifted: String = password.to_lowercase().chars().map(unshift).collect();
    let mut rest = letters.clone();
    for word in own.iter().chain(&FAMOUS) {
        rest = rest.replace(word, "");
    }
    let weak = |text: &str| zxcvbn(text, &own).score() < Score::Four;
    // A short rest is a number behind a name.
    let made_of_own = rest.len() < letters.len() && (rest.chars().count() < 10 || weak(&rest));
    let mut runs: Vec<char> = letters.chars().collect();
    runs.dedup();
    made_of_own || runs.len() < 8 || weak(&password) || weak(&letters) || weak(&unshifted)
}

/// The digit under a sign of the upper row of an English keyboard.
const fn unshift(c: char) -> char {
    match c {
        '!' => '1',
        '@' => '2',
        '#' => '3',
        '$' => '4',
        '%' => '5',
        '^' => '6',
        '&' => '7',
        '*' => '8',
        '(' => '9',
        ')' => '0',
        other => other,
    }
}

/// The words of a name and an address, in lower case: the name's, the part before the @, and the organisation's after it.
fn own_words(name: &str, email: &str) -> Vec<String> {
    let mut words: Vec<String> = [name, email]
        .into_iter()
        .flat_map(|text| text.split(|c: char| !c.is_alphanumeric()))
        .map(str::to_lowercase)
        .filter(|word| word.chars().count() >= 3)
        .collect();
    // The longest first: a part of a word must not leave its ends behind.
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    words.dedup();
    words
}

#[cfg(test)]
mod tests {
    use super::weakness;
    use crate::login::Password;
    use domain::validate::{FieldCode, PASSWORD_MAX, PASSWORD_MIN};

    fn of(password: &str) -> Option<FieldCode> {
        weakness(&Password(password.to_owned()), "Ada Okafor", "ada.okafor@northwind.example")
    }

    #[test]
    fn what_people_choose_all_the_same_is_refused() {
        for password in [
            "aaaaaaaaaaaaaaaa",
            "passwordpassword",
            "PasswordPassword1",
            "Password-Password-2026!",
            "password12345678",
            "P@ssw0rdP@ssw0rd",
            "1234567890123456",
            "9876543210987654",
            "abcdefghijklmnop",
            "abcabcabcabcabcabc",
            "qwertyuiopasdfgh",
            "qwertyuiop123456",
            "1q2w3e4r5t6y7u8i",
            "asdfghjklasdfghjkl",
            "zxcvbnmzxcvbnm123",
            "letmeinletmeinletmein",
            "iloveyouiloveyou",
            "welcomewelcome123",
            "changemechangeme",
            "administrator123",
            "doorwarddoorward",
            "Doorward2026Doorward",
            "summer2026summer2026",
            "correcthorsebatterystaple",
            "correct horse battery staple",
            "ada.okafor@northwind.example",
            "AdaOkaforAdaOkafor",
            "Northwind-Northwind",
            "northwind20261125",
            "okafor.ada.2026.11",
            "!!!!!!!!!!!!!!!!!!!!",
            "p-a-s-s-w-o-r-d-1-2-3",
            "dragon dragon dragon",
            "111111222222333333",
            "ababababababababab",
            "footballfootball",
            "aaabbbcccdddeeefff",
            "112233445566778899",
            "1qaz2wsx3edc4rfv",
            "!QAZ2wsx#EDC4rfv",
            "poiuytrewqlkjhgfdsa",
            "thisisapassword1",
            "monkeydragonfootball",
            "January2026January",
            "passwort123456789",
        ] {
            assert_eq!(of(password), Some(FieldCode::TooCommon), "{password}");
        }
    }

    #[test]
    fn what_nobody_would_try_is_taken() {
        for password in [
            "the quiet otter reads",
            "vier Dachziegel im Mai",
            "Zj7#qLw9!tRb2$kN",
            "gGk3vq8xTzLm0wYp",
            "ein Wagen voll Kies 83",
            "otter ladder cabinet noon",
            "шесть тихих вёсел",
            "my dog likes long walks",
        ] {
            assert_eq!(of(password), None, "{password}");
        }
    }

    #[test]
    fn the_length_comes_first() {
        assert_eq!(of(""), Some(FieldCode::Required));
        assert_eq!(of("Zj7#qLw9!tRb2$"), Some(FieldCode::TooShort(PASSWORD_MIN)));
        let long = "Zj7#qLw9!tRb2$kN".repeat(17);
        assert_eq!(of(&long), Some(FieldCode::TooLong(PASSWORD_MAX)));
        assert_eq!(of(&"€".repeat(100_000)), Some(FieldCode::TooLong(PASSWORD_MAX)));
    }
}
