//! Texts that people type: patterns, lengths, addresses, names typed again.

use domain::address::{ascii, canonical, key, wire};
use domain::pattern::{contains, example, is_regex, steps, suggestion};
use domain::typed::is_name;
use domain::validate::{self, FieldCode, NAME_BYTES, NAME_MAX, PASSWORD_MIN, TEXT_MAX};
use domain::{letters, text};
use proptest::prelude::*;

/// The rule, word for word, with every way tried: short texts only.
fn slowly(text: &[char], pattern: &[char]) -> bool {
    let Some((first, rest)) = pattern.split_first() else { return true };
    match first {
        '*' => (0..=text.len()).any(|at| slowly(&text[at..], rest)),
        '#' => {
            let digits = text.iter().take_while(|c| c.is_ascii_digit()).count();
            (1..=digits).any(|count| slowly(&text[count..], rest))
        }
        literal => text.first() == Some(literal) && slowly(&text[1..], rest),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn the_table_finds_what_the_rule_finds(text in "[a1-2 -]{0,14}", pattern in "[a1#* -]{0,6}") {
        let (t, p): (Vec<char>, Vec<char>) = (text.chars().collect(), pattern.chars().collect());
        let expected = (0..=t.len()).any(|at| slowly(&t[at..], &p));
        prop_assert_eq!(contains(&text, &pattern), expected, "{:?} in {:?}", pattern, text);
    }

    #[test]
    fn each_letter_is_looked_at_once(text in "[0-9a-z #-]{0,200}", pattern in "[0-9a#*]{0,40}") {
        prop_assert!(steps(&text, &pattern).1 <= text.len());
    }

    #[test]
    fn an_example_fits_its_pattern(pattern in "[A-Z]{1,4}[-/][#*][a-z]{0,3}") {
        prop_assert!(contains(&example(&pattern), &pattern), "{}", example(&pattern));
    }

    #[test]
    fn an_address_has_one_spelling(local in "[a-zA-Z0-9äÖ]{1,8}", host in "[a-zA-Zäßµé]{1,8}\\.(example|EXAMPLE|москва)") {
        let given = format!("{local}@{host}");
        if let Some(once) = canonical(&given) {
            prop_assert_eq!(canonical(&once), Some(once.clone()));
            let wire = wire(&once).expect("a domain");
            prop_assert_eq!(canonical(&wire), Some(once));
        }
    }

    #[test]
    fn words_of_others_are_one_short_clean_line(said in "[ab\u{0}-\u{20}\u{7f}-\u{a0}\u{ad}é字🚀\u{200b}-\u{2030}]{0,900}") {
        let words = text::words_of_others(&said);
        prop_assert!(words.len() <= text::WORDS_MAX);
        prop_assert!(!words.chars().any(char::is_control), "{words:?}");
        prop_assert_eq!(words.trim(), &words);
        prop_assert!(!words.contains("  "), "{words:?}");
        prop_assert_eq!(text::words_of_others(&words), words.clone(), "once is enough");
    }
}

/// What held the writer for a hundred seconds: digits without end under several runs of digits.
#[test]
fn a_pattern_costs_one_look_at_each_letter() {
    let digits = "1".repeat(4_090);
    for pattern in ["#### ####", "#*#*#*#*#*x", "##########", "1*1*1*1*1*1*2", "#1#1#1#1#1x"] {
        let (_, looked) = steps(&digits, pattern);
        assert!(looked <= digits.len(), "{pattern}: {looked}");
    }
    let long = format!("{} {}", "1".repeat(2_000), "2".repeat(2_000));
    assert!(contains(&long, "#### ####") && !contains(&long, "#### a"));
    // More signs than fit into one word of bits.
    let pattern = format!("{}#x", "ab".repeat(70));
    assert!(contains(&format!("--{}17x", "ab".repeat(72)), &pattern));
    assert!(!contains(&format!("--{}17y", "ab".repeat(72)), &pattern));
}

#[test]
fn regular_expressions_are_told_from_patterns() {
    for regex in [
        r"FIN-\d+",
        r"\d{4}",
        "^FIN-#",
        "FIN-#$",
        "[0-9]+",
        "FIN-[0-9]{4}",
        ".*",
        "FIN-.+",
        "(FIN|HR)-#",
        "FIN-#|HR-#",
        r"\bFIN\b",
        "[A-Z]{3}-#",
        "[a-zA-Z]+",
        "/FIN-[0-9]/i",
        "(?i)fin-#",
        "#{4}",
        "FIN-#+",
        "[^ ]*",
        r"INC\-#",
        "[A-Z]",
        "(INC)?#",
        r"\w",
        "a{2,4}",
    ] {
        assert!(is_regex(regex), "{regex}");
        let refused = validate::reason_pattern("p", regex).expect_err(regex);
        assert!(matches!(refused.code, FieldCode::Regex(_)), "{regex}");
    }
    for pattern in [
        "FIN-#",
        "INC#*payroll",
        "*",
        "#",
        "[FIN-#]",
        "(FIN-#)",
        "C++",
        "$#",
        "#.#",
        "A.B",
        "why?",
        "Ticket: #",
        "#-#-#",
        "[AB-CD]",
        "50 % of #",
        "FIN_#",
        "a^b",
        "FIN-# *",
        "[TICKET]",
        "x{#}",
    ] {
        assert!(!is_regex(pattern), "{pattern}");
        assert_eq!(validate::reason_pattern("p", pattern).expect(pattern).as_deref(), Some(pattern));
    }
    assert_eq!(validate::reason_pattern("p", "  "), Ok(None));
    for (regex, meant) in [
        (r"^FIN-\d+$", Some("FIN-#")),
        ("FIN-[0-9]{4}", Some("FIN-#")),
        (r"INC\d{3,} .* payroll", Some("INC# * payroll")),
        (r"INC\-#", Some("INC-#")),
        ("(FIN|HR)-#", None),
        (".*", None),
    ] {
        assert_eq!(suggestion(regex).as_deref(), meant, "{regex}");
    }
}

const FAMILY: &str = "👨‍👩‍👧‍👦";

#[test]
fn lengths_are_counted_in_letters() {
    // Composed, decomposed, a flag, a family, Devanagari, Thai, a keycap, and two line ends of a file from elsewhere.
    for (text, count) in [
        ("é", 1),
        ("e\u{301}", 1),
        ("🇩🇪", 1),
        (FAMILY, 1),
        ("नमस्ते", 3),
        ("ที่", 1),
        ("1️⃣", 1),
        ("a\r\nb", 3),
        ("", 0),
        ("abc", 3),
    ] {
        assert_eq!(letters::count(text), count, "{text}");
    }
    assert_eq!(letters::first("e\u{301}e\u{301}x", 2, 99), "e\u{301}e\u{301}");
    assert_eq!(letters::first("e\u{301}e\u{301}x", 9, 5), "e\u{301}", "no letter is cut in two");
    let name = |text: &str| validate::name("name", text).map_err(|error| error.code);
    for fits in ["e\u{301}".repeat(NAME_MAX), "नि".repeat(NAME_MAX / 2), FAMILY.repeat(NAME_BYTES / FAMILY.len())] {
        assert_eq!(name(&fits), Ok(fits.clone()), "{}", fits.len());
    }
    assert_eq!(name(&"e\u{301}".repeat(NAME_MAX + 1)), Err(FieldCode::TooLong(NAME_MAX)));
    assert_eq!(name(&FAMILY.repeat(NAME_MAX)), Err(FieldCode::TooManyBytes(NAME_BYTES)));
    // Eighteen letters each, once they are folded.
    assert_eq!(name(&"\u{fdfa}".repeat(NAME_MAX)), Err(FieldCode::TooManyBytes(NAME_BYTES)));
    assert_eq!(name(&"x".repeat(1_000_000)), Err(FieldCode::TooLong(NAME_MAX)));
    let reason = |text: &str| validate::text("reason", text, true).map_err(|error| error.code);
    for fits in ["字".repeat(TEXT_MAX), "ä".repeat(TEXT_MAX)] {
        assert_eq!(reason(&fits), Ok(Some(fits.clone())));
    }
    assert_eq!(reason(&"字".repeat(TEXT_MAX + 1)), Err(FieldCode::TooLong(TEXT_MAX)));
    assert!(matches!(reason(&FAMILY.repeat(TEXT_MAX)), Err(FieldCode::TooManyBytes(_))));
    // Eight letters of two code points each are no password of fifteen.
    let password = |text: &str| validate::password_length("password", text).map_err(|error| error.code);
    assert_eq!(password(&"e\u{301}".repeat(8)), Err(FieldCode::TooShort(PASSWORD_MIN)));
    assert_eq!(password(&"e\u{301}".repeat(PASSWORD_MIN)), Ok(()));
    assert!(matches!(password(&FAMILY.repeat(256)), Err(FieldCode::TooManyBytes(_))));
}

#[test]
fn one_person_whatever_the_spelling_of_the_address() {
    for (spellings, one, on_the_wire) in [
        (
            vec![
                "Rita@MÜNCHEN.example",
                "rita@xn--mnchen-3ya.example",
                "rita@mu\u{308}nchen.example",
                "rita@XN--MNCHEN-3YA.EXAMPLE",
                "rita@münchen\u{3002}example",
                " rita\u{ff20}münchen.example ",
            ],
            "rita@münchen.example",
            "rita@xn--mnchen-3ya.example",
        ),
        (
            vec!["ivan@пример.рф", "IVAN@ПРИМЕР.РФ", "ivan@xn--e1afmkfd.xn--p1ai"],
            "ivan@пример.рф",
            "ivan@xn--e1afmkfd.xn--p1ai",
        ),
        (vec!["li@例子.中国", "li@xn--fsqu00a.xn--fiqs8s"], "li@例子.中国", "li@xn--fsqu00a.xn--fiqs8s"),
        (vec!["ann@straße.example"], "ann@straße.example", "ann@xn--strae-oqa.example"),
        (vec!["Jos\u{65}\u{301}@x.example", "JOSÉ@x.example"], "josé@x.example", "josé@x.example"),
        (vec!["a.b+c@Mail.X.Example"], "a.b+c@mail.x.example", "a.b+c@mail.x.example"),
    ] {
        for given in spellings {
            assert_eq!(validate::email("email", given).as_deref(), Ok(one), "{given}");
            assert_eq!(key(given), one, "{given}");
        }
        assert_eq!(wire(one).as_deref(), Some(on_the_wire));
    }
    assert_ne!(canonical("ann@straße.example"), canonical("ann@strasse.example"), "two domains");
    for bad in [
        "",
        "rita",
        "rita@",
        "@x.example",
        "rita@x..example",
        "rita@-x.example",
        "rita@x_y.example",
        "rita@xn--.example",
        "rita@xn--zzzzzz99999.example",
        "rita@x.example.",
        "a b@x.example",
        "a@b@x.example",
        "rita@\u{202e}x.example",
        ".a@x.example",
        "a..b@x.example",
        "rita@exa mple",
        "\"a\"@x.example",
        "rita\u{200b}@x.example",
    ] {
        assert!(validate::email("email", bad).is_err(), "{bad:?}");
    }
    assert_eq!(key(" Nobody "), "nobody");
    assert_eq!(ascii("MÜNCHEN.example").as_deref(), Some("xn--mnchen-3ya.example"));
    // Long on the wire although short as it is read.
    let long = format!("a@{}.example", ["ü".repeat(40).as_str(); 6].join("."));
    assert!(validate::email("email", &long).is_err());
}

#[test]
fn a_name_can_be_typed_again() {
    for (name, typed) in [
        ("Finance\u{a0}systems", "finance systems"),
        ("Rock ’n’ Roll", "rock 'n' roll"),
        ("A  B", "A B"),
        ("Cafe\u{301}", "Café"),
        ("Café", "cafe"),
        ("Röntgen – Süd", "röntgen - sud"),
        ("“Quoted” flow", "\"Quoted\" flow"),
        ("Zero\u{200b}width\u{ad}", "Zerowidth"),
        ("ＮetSuite", "NetSuite"),
        ("Straße", "STRASSE"),
        ("数据访问", "数据访问"),
        ("Tab\tname", "Tab name"),
        ("Wait…", "wait..."),
        ("🚀", "🚀"),
        ("❤️ flow", "❤ flow"),
    ] {
        assert!(is_name(typed, name), "{typed:?} for {name:?}");
        assert!(is_name(name, name), "{name:?} copied");
    }
    for (name, typed) in
        [("NetSuite", ""), ("NetSuite", "NetSuit"), ("A B", "AB"), ("\u{200b}", ""), ("FIN-1", "FIN 1")]
    {
        assert!(!is_name(typed, name), "{typed:?} for {name:?}");
    }
    assert_eq!(text::fold("Ł"), "l");
}

#[test]
fn words_of_others_are_cleaned() {
    for (said, words) in [
        ("", ""),
        (" \r\n\t\u{0}\u{b}\u{3000}", ""),
        ("\u{feff}\u{200b}\u{202e}", ""),
        ("no such user", "no such user"),
        ("  no  such\tuser \r\n", "no such user"),
        // A NUL cannot be stored on PostgreSQL; the other controls move a terminal's cursor or end a line of a log.
        ("no\u{0}such\u{1b}[31muser\u{7f}\u{85}here", "no such [31muser here"),
        ("line\u{2028}by\u{2029}line", "line by line"),
        ("not supported\u{0} \u{0}", "not supported"),
        // Marks that turn the text around or cannot be seen go without a gap.
        ("user\u{202e}nimda\u{202c} \u{2066}x\u{2069}", "usernimda x"),
        ("zero\u{200b}width \u{200b} soft\u{ad}hyphen", "zerowidth softhyphen"),
        ("a\u{e0041}b\u{fffa}c\u{180e}d", "abcd"),
        // What is written with joiners and marks stays, and markup is text.
        ("نمی\u{200c}خواهم नमस्ते e\u{301} 👨\u{200d}👩", "نمی\u{200c}خواهم नमस्ते e\u{301} 👨\u{200d}👩"),
        ("<b>&amp;\"'</b>", "<b>&amp;\"'</b>"),
    ] {
        assert_eq!(text::words_of_others(said), words, "{said:?}");
    }
}

#[test]
fn words_of_others_are_cut_and_no_character_is_torn() {
    let max = text::WORDS_MAX;
    assert_eq!(max, 1024);
    for fits in ["x".repeat(max), "é".repeat(max / 2), "🚀".repeat(max / 4), format!("{} y", "x".repeat(max - 2))] {
        assert_eq!(text::words_of_others(&fits), fits);
        assert_eq!(text::words_of_others(&format!("{fits}\u{0}\u{200b} ")), fits, "nothing is left to cut");
        assert_eq!(text::words_of_others(&format!("{fits}z{fits}")), fits);
    }
    for (said, kept) in [
        (format!("x{}", "é".repeat(max)), max - 1),
        (format!("xy{}", "字".repeat(max)), max - 2),
        (format!("x{}", "🚀".repeat(max)), max - 3),
        // No space is left where a word has no place.
        (format!("{} y", "x".repeat(max - 1)), max - 1),
    ] {
        let words = text::words_of_others(&said);
        assert!(words.len() == kept && said.starts_with(&words), "{}: {words}", words.len());
    }
    // Of a flood no more is read than is kept.
    assert_eq!(text::words_of_others(&"é".repeat(4 * 1024 * 1024)).len(), max);
}
