//! What a search finds, and what it says of words that it does not look for everywhere.

use domain::search::{Search, beginnings, keys};
use proptest::prelude::*;

/// Whether what was typed finds a text that may stand anywhere in a row.
fn finds(typed: &str, text: &str) -> bool {
    Search::new(typed).is_some_and(|search| search.is_in(&[&keys(&[], &[text])]))
}

/// Whether what was typed finds a name.
fn finds_named(typed: &str, name: &str) -> bool {
    Search::new(typed).is_some_and(|search| search.is_in(&[&keys(&[name], &[])]))
}

#[test]
fn each_word_is_found_anywhere_in_any_order() {
    let row = keys(&["Zoë Łuczak", "zoe@acme.example", "1042"], &["GitHub", "GitHub, 30 days", "For the release"]);
    let found = |typed: &str| Search::new(typed).is_some_and(|search| search.is_in(&[&row]));
    for typed in [
        "zoe github",
        "github zoe",
        "github,zoe",
        "  github ,,  zoe  ",
        "Łuczak, Zoë",
        "release #1042 hub",
        "zoe、github",
        "zoe，github",
        "zoe\u{3000}github",
        "zoe\u{a0}github",
        "\"for the release\" zoe",
        "zoe \"for the  release",
        "„for the release“",
        "“for the release”",
        "«for the release»",
        "zoe\"30 days\"",
        "zoe \"\" github",
    ] {
        assert!(found(typed), "{typed}");
    }
    for typed in ["zoe gitlab", "\"release the\"", "\"zoe github\"", "\"the release zoe", "1042 1043"] {
        assert!(!found(typed), "{typed}");
    }
    // Nothing is found over the seam of two parts.
    assert!(!found("\"github github\"") && !found("exampleluc") && !found("1042github"));
}

#[test]
fn apostrophes_hyphens_and_spaces_of_every_kind_are_alike() {
    for apostrophe in ['\'', '’', '‘', 'ʼ', 'ʻ', '′', '＇', '`', '´', '‛'] {
        assert!(finds(&format!("o{apostrophe}brien"), "Conan O'Brien"), "{apostrophe}");
        assert!(finds("o'brien", &format!("Conan O{apostrophe}Brien")), "{apostrophe}");
    }
    for hyphen in ['-', '‐', '‑', '‒', '–', '—', '―', '−', '－', '﹣', '﹘', '־'] {
        assert!(finds(&format!("month{hyphen}end"), "the Month-End"), "{hyphen}");
        assert!(finds("\"month-end run\"", &format!("Month{hyphen}End  Run")), "{hyphen}");
    }
    for space in [' ', '\u{a0}', '\u{202f}', '\u{3000}', '\u{2009}', '\t', '\n', '\u{2003}', '\u{205f}', '\u{1680}'] {
        assert!(finds(&format!("\"anna{space}berg\""), "Anna Berg"), "{:?}", space);
        assert!(finds("\"anna berg\"", &format!("Anna{space}{space}Berg")), "{:?}", space);
        assert!(finds(&format!("berg{space}anna"), "Anna Berg"), "{:?}", space);
    }
    assert!(!finds("obrien", "O'Brien") && !finds("monthend", "Month-End") && !finds("annaberg", "Anna Berg"));
    // What nobody sees is not there.
    assert!(finds("monthend", "Month\u{ad}end") && finds("mo\u{200b}nth", "month") && finds("\u{feff}month", "month"));
}

#[test]
fn what_is_typed_otherwise_is_found() {
    for (typed, text) in [
        ("muller", "Müller"),
        ("Müller", "Muller"),
        ("MU\u{308}LLER", "müller"),
        ("strasse", "Straße"),
        ("STRAẞE", "strasse"),
        ("istanbul", "İstanbul"),
        ("İstanbul", "ISTANBUL"),
        ("ısparta", "Isparta"),
        ("ISPARTA", "ısparta"),
        ("office", "oﬃce"),
        ("ﬁnance", "Finance"),
        ("ａｃｍｅ", "Acme"),
        ("acme１", "ＡＣＭＥ1"),
        ("Łodz", "łódź"),
        ("aegir", "Ægir"),
        ("nguyen", "Nguyễn"),
        ("Αθηνα", "Αθήνα"),
        ("ΟΔΥΣΣΕΥΣ", "Οδυσσεύς"),
        ("семен", "Семён"),
        ("ガス", "ｶﾞｽ"),
        ("か\u{3099}す", "がす"),
        ("한국", "\u{1112}\u{1161}\u{11ab}\u{1100}\u{116e}\u{11a8}"),
        ("क\u{93c}लम", "\u{958}लम"),
    ] {
        assert!(finds(typed, text), "{typed} in {text}");
    }
}

#[test]
fn marks_that_tell_words_apart_stay() {
    for (typed, text) in [
        ("мои дом", "мой дом"),
        ("кіт люди", "кїт люди"),
        ("काला", "कील"),
        ("कला", "काला"),
        ("ครู", "ครี"),
        ("ไกลมาก", "ใกล้มาก"),
        ("ماءمم", "ماأمم"),
        ("أمل", "امل"),
        ("かす", "がす"),
        ("ハス", "パス"),
        ("שלום", "שלוֹם"),
    ] {
        assert!(!finds(typed, text), "{typed} in {text}");
        assert!(finds(typed, typed) && finds(text, text), "{typed}, {text}");
    }
}

#[test]
fn one_sign_of_han_kana_and_hangul_is_found_anywhere() {
    for (typed, text) in [
        ("京", "東京支社"),
        ("東", "東京支社"),
        ("支社", "東京支社"),
        ("の", "田中のため"),
        ("ス", "アクセス"),
        ("ｽ", "アクセス"),
        ("국", "한국어"),
        ("한국", "대한국"),
        ("A社", "株式会社A社"),
        ("𠮷", "株式会社𠮷野家"),
        ("々", "佐々木"),
        ("木", "佐々木"),
        ("佐 木", "佐々木"),
    ] {
        let search = Search::read(typed);
        assert!(finds(typed, text), "{typed} in {text}");
        assert_eq!((search.short(), search.skipped()), (&[][..], &[][..]), "{typed}");
    }
    assert!(!finds("西", "東京支社") && !finds("京東", "東京支社"));
}

#[test]
fn one_or_two_letters_match_beginnings_and_say_so() {
    for (typed, name) in [
        ("z", "Zoë Łuczak"),
        ("zo", "Zoë Łuczak"),
        ("ZÖ", "Zoë"),
        ("ю", "Юрий"),
        ("юр", "Юрий"),
        ("อ", "อนันต์"),
        ("12", "1234"),
        ("#1", "1234"),
        ("ss", "ßen"),
    ] {
        assert!(finds_named(typed, name), "{typed} at {name}");
        assert!(!finds(typed, name), "{typed} not everywhere");
        assert!(finds(&format!("{typed} granted"), &format!("granted to {name}")), "{typed} beside another word");
        assert_eq!(Search::read(typed).short(), [typed]);
    }
    for (typed, name) in [("oe", "Zoë"), ("lu", "Zoë Łuczak"), ("34", "1234"), ("ри", "Юрий")] {
        assert!(!finds_named(typed, name), "{typed} at {name}");
    }
    // Beside a longer word the beginning of any word does.
    for (typed, text) in [
        ("30 days", "Maps, 30 days"),
        ("windows 11", "Windows 11 Pro"),
        ("r1 release", "for release (R1)"),
        ("sap r3", "SAP-R3"),
        ("li granted", "Wu Li: granted"),
    ] {
        assert!(finds(typed, text), "{typed} in {text}");
    }
    assert!(!finds("0 days", "Maps, 30 days") && !finds("i granted", "Wu Li: granted"));
    let note = Search::read("zo – & 12").note("name, email and number").expect("a note");
    let expected = "“zo”, “12”: one or two letters are searched at the beginning of name, email and number only. \
        Not searched for: “–”, “&”.";
    assert_eq!(note, expected);
    let note = Search::read("zo github").note("name, email and number").expect("a note");
    assert_eq!(note, "“zo”: one or two letters are searched at the beginning of words only.");
    assert_eq!(Search::read("github zoe 東").note("name"), None);
}

#[test]
fn what_cannot_be_searched_for_hinders_nothing() {
    assert!(finds("sales & marketing", "Sales & Marketing") && finds("sales – marketing", "Sales Marketing"));
    for nothing in ["", "  ", "&", "- /", ",,,", "\"\"", "\"  \"", "\u{200b}", "“”", "# –"] {
        assert_eq!(Search::new(nothing), None, "{nothing:?}");
    }
    assert!(finds("%_%", "100 %_% of it") && !finds("%_%", "100 of it") && finds("100%_x", "Vault 100%_x"));
    // Beyond the fortieth word nothing is looked for, and that is said.
    let many: Vec<String> = (100..145).map(|number| number.to_string()).collect();
    let search = Search::read(&many.join(" "));
    assert_eq!((search.needles().len(), search.skipped()), (40, &many[40..]));
}

#[test]
fn a_type_ahead_finds_beginnings_of_words() {
    let person = keys(&["Anna-Lena O’Brien Müller", "alm.ext@acme.example"], &[]);
    let found = |typed: &str| beginnings(typed).iter().all(|needle| person.contains(needle.as_str()));
    for typed in
        ["a", "anna", "mul", "Muller Anna", "müller, anna", "lena", "brien", "o'b", "alm.", "ext@acme", "anna-l"]
    {
        assert!(found(typed), "{typed}");
    }
    for typed in ["nna", "uller", "anna berg", "rien"] {
        assert!(!found(typed), "{typed}");
    }
    assert!(keys(&["佐々木"], &[]).contains(&beginnings("木")[0]));
    assert!(beginnings("  ").is_empty());
}

/// A key is ASCII, so that an index needs no locale to take it apart, and a sign of it three letters at least.
#[test]
fn keys_are_ascii() {
    assert_eq!(keys(&["Zoë, 12"], &["a-b c"]), "ZZzoe, Z12\nZa-Zb Zc");
    assert_eq!(keys(&[], &["\u{80}"]), "", "a control sign is a space");
    let codes: Vec<String> = ["東", "𠮷", "か"].iter().map(|sign| Search::read(sign).needles()[0].clone()).collect();
    for code in &codes {
        assert!(code.len() >= 3 && code.bytes().all(|byte| byte.is_ascii_uppercase()), "{code}");
        assert_eq!(codes.iter().filter(|other| other.contains(code.as_str())).count(), 1);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Two texts have one key or two as their folded texts do; nothing is found in the middle of a spelled sign.
    #[test]
    fn a_part_of_a_text_is_found_in_it(before in "[a-zа-яก-ฮ一-鿿 0-9-]{0,6}", part in "[a-zа-яก-ฮ一-鿿]{3,6}", after in "[a-zа-яก-ฮ一-鿿 0-9-]{0,6}") {
        let text = format!("{before}{part}{after}");
        prop_assert!(finds(&part, &text));
        prop_assert_eq!(finds_named(&part, &text), text.contains(&part));
    }

    #[test]
    fn what_is_not_in_a_text_is_not_found(text in "[а-еก-จ一-丅a-e]{0,12}", part in "[а-еก-จ一-丅a-e]{3,4}") {
        // й and ё are the only letters that fold here, and they are not among these.
        prop_assert_eq!(finds(&part, &text), text.contains(&part));
    }

    #[test]
    fn whatever_is_typed(typed in "\\PC{0,60}", text in "\\PC{0,40}") {
        let _ = finds(&typed, &text);
        let search = Search::read(&typed);
        prop_assert!(search.indexed().iter().all(|needle| needle.len() >= 3));
        prop_assert!(search.needles().iter().all(|needle| needle.is_ascii() && !needle.contains(['"', '\n'])));
        prop_assert!(keys(&[&text], &[&text]).is_ascii());
    }
}
