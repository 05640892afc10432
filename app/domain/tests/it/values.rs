//! Small values: spans, days, folding, patterns, access.

use domain::catalog::Access;
use domain::pattern::contains as contains_pattern;
use domain::text::{email_key, fold, name_key};
use domain::time::{Day, Span, Timestamp};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn spans_are_read_back(minutes in 1_i64..5_000_000) {
        let span = Span::minutes(minutes).expect("within ten years");
        prop_assert_eq!(Span::parse(&span.to_string()), Some(span));
    }

    #[test]
    fn days_are_read_back(day in 0_i64..2_932_896) {
        prop_assert_eq!(Day::parse(&Day(day).to_string()), Some(Day(day)));
    }

    #[test]
    fn nothing_panics(text in ".{0,60}", pattern in ".{0,12}") {
        let _ = (Span::parse(&text), Day::parse(&text), contains_pattern(&text, &pattern));
    }

    #[test]
    fn folding_is_idempotent(text in "\\PC{0,40}") {
        let once = fold(&text);
        prop_assert_eq!(fold(&once), once);
    }

    #[test]
    fn a_key_is_its_own_key(text in "\\PC{0,40}") {
        let (name, email) = (name_key(&text), email_key(&text));
        prop_assert_eq!(name_key(&name), name);
        prop_assert_eq!(email_key(&email), email);
    }
}

#[test]
fn names_are_the_same_by_composition_space_and_case_alone() {
    for (one, other) in [
        ("Finance Team", " finance\u{a0} \u{2003}TEAM\t"),
        ("Re\u{301}sume\u{301}", "RÉSUMÉ"),
        ("STRAẞE", "straße"),
        ("ΟΔΟΣ", "οδος"),
        ("µ", "μ"),
        ("ǅ", "Ǆ"),
    ] {
        assert_eq!(name_key(one), name_key(other), "{one} {other}");
    }
    for (one, other) in [
        ("Résumé", "Resume"),
        ("Straße", "Strasse"),
        ("Łódź", "Lodz"),
        ("Ærø", "Aero"),
        ("ıspanak", "ispanak"),
        ("İzmir", "izmir"),
        ("й", "и"),
        ("が", "か"),
        ("ﾊﾞ", "バ"),
        ("ｆｕｌｌ", "full"),
        ("x²", "x2"),
        ("हिन्दी", "हनद"),
        ("a-b", "a b"),
    ] {
        assert_ne!(name_key(one), name_key(other), "{one} {other}");
    }
}

#[test]
fn one_address_has_one_key() {
    assert_eq!(email_key(" ZOE\u{308}@X.Test "), "zoë@x.test");
    assert_ne!(email_key("zoë@x.test"), email_key("zoe@x.test"));
}

#[test]
fn durations_as_iso_8601() {
    for (text, minutes) in
        [("P30D", 43_200), ("P1W", 10_080), ("PT8H", 480), ("P1DT12H", 2_160), ("PT90M", 90), ("P1W2DT3H4M", 13_144)]
    {
        assert_eq!(Span::parse(text).map(Span::as_minutes), Some(minutes), "{text}");
    }
    for text in
        ["", "P", "PT", "P0D", "30D", "P1Y", "P1M", "PT1S", "P1D1W", "P1.5D", "P-1D", "P1DT", "P99999999999999D"]
    {
        assert_eq!(Span::parse(text), None, "{text}");
    }
}

#[test]
fn moments_are_printed_in_utc() {
    assert_eq!(Timestamp(0).to_string(), "1970-01-01T00:00:00Z");
    assert_eq!(Timestamp(1_709_251_199_999_999).to_string(), "2024-02-29T23:59:59Z");
    assert_eq!(Timestamp(-1).to_string(), "1969-12-31T23:59:59Z");
}

#[test]
fn patterns_of_a_reason() {
    for (text, pattern, found) in [
        ("see FIN-2291 please", "FIN-#", true),
        ("fin-7", "FIN-#", true),
        ("FIN-", "FIN-#", false),
        ("ticket INC12 for payroll", "INC#*payroll", true),
        ("ticket INC12\nfor payroll", "INC#*payroll", false),
        ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "a*a*a*a*a*b", false),
        ("anything", "", true),
    ] {
        assert_eq!(contains_pattern(text, pattern), found, "{text:?} {pattern:?}");
    }
}

#[test]
fn access_is_never_longer_than_the_flow_allows() {
    let (day, week) = (Span::days(1), Span::days(7));
    let choices = Access::Choices(vec![day, week]);
    assert!(choices.may_ask(Some(day)) && !choices.may_ask(Some(Span::days(2))) && !choices.may_ask(None));
    assert!(choices.may_grant(Some(Span::days(2))), "a decider may choose between");
    assert!(!choices.may_grant(Some(Span::days(8))) && !choices.may_grant(None));
    assert!(Access::Permanent.may_grant(None) && !Access::Permanent.may_grant(Some(day)));
    assert!(Access::Fixed(week).may_ask(Some(week)) && !Access::Fixed(week).may_ask(Some(day)));
    assert!(Access::Fixed(week).may_grant(Some(day)));
}
