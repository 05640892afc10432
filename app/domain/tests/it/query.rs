//! The queue's query string: read, printed, and evaluated in memory.

use domain::filter::{
    Cursor, Dropped, Facts, Filter, ListQuery, PageSize, Requester, Search, Sort, SortKey, decode_pairs,
};
use domain::ids::{PersonId, RequestNumber};
use domain::request::{ApprovalType, Lane, Status};
use domain::time::{Day, Timestamp};
use proptest::prelude::*;

fn read(text: &str) -> (ListQuery, Vec<Dropped>) {
    let pairs = decode_pairs(text);
    ListQuery::parse(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())))
}

fn subset<T: Clone + std::fmt::Debug + 'static>(all: &'static [T]) -> impl Strategy<Value = Vec<T>> {
    prop::sample::subsequence(all, 0..=all.len())
}

fn day() -> impl Strategy<Value = Option<Day>> {
    prop::option::of((0_i64..40_000).prop_map(Day))
}

fn requester() -> impl Strategy<Value = Requester> {
    prop_oneof![
        any::<u128>().prop_map(|bits| Requester::Person(PersonId::example(bits))),
        "[a-z]{1,8}(\\+[a-z]{1,3})?@[a-z]{1,8}\\.example".prop_map(Requester::Email),
    ]
}

fn query() -> impl Strategy<Value = ListQuery> {
    let filter = (
        prop::sample::select(Lane::ALL),
        prop::option::of("[a-zA-ZäÉ#0-9+&=%?,. ]{1,30}"),
        subset(Status::ALL),
        subset(ApprovalType::ALL),
        prop::option::of(requester()),
        (day(), day()),
    )
        .prop_map(|(tab, search, mut status, mut approval_type, requester, (from, to))| {
            status.sort_unstable();
            approval_type.sort_unstable();
            let search = search.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
            let to = to.filter(|to| from.is_none_or(|from| from <= *to));
            let zone = (from.is_some() || to.is_some()).then(|| "Europe/Berlin".to_owned());
            Filter { tab, search, status, approval_type, requester, from, to, zone }
        });
    let sort = (prop::sample::select(SortKey::ALL.to_vec()), any::<bool>())
        .prop_map(|(key, descending)| Sort { key, descending });
    let size = prop::sample::select(PageSize::ALL.to_vec());
    (filter, sort, size, prop::option::of((1_i64..i64::MAX, any::<i64>(), "[a-z .&%]{0,20}"))).prop_map(
        |(filter, sort, size, after)| {
            let after = after.map(|(number, moment, name)| {
                let timed = matches!(sort.key, SortKey::Submitted | SortKey::Expires);
                Cursor { value: if timed { moment.to_string() } else { name }, number: RequestNumber(number) }
            });
            ListQuery { filter, sort, after, size }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_printed_is_read_back(query in query()) {
        let (back, dropped) = read(&query.to_query());
        prop_assert_eq!(dropped, Vec::new());
        prop_assert_eq!(back, query);
    }

    #[test]
    fn whatever_stands_in_the_url(text in ".{0,200}") {
        let (query, _) = read(&text);
        let (again, dropped) = read(&query.to_query());
        prop_assert_eq!(dropped, Vec::new());
        prop_assert_eq!(again, query);
    }

    #[test]
    fn whatever_values_are_given(name in prop::sample::select(vec!["tab", "q", "status", "type", "requester", "from", "to", "sort", "after", "size"]), value in ".{0,40}") {
        let (query, dropped) = ListQuery::parse([(name, value.as_str())]);
        prop_assert!(dropped.len() <= 1);
        if !dropped.is_empty() {
            prop_assert_eq!(query, ListQuery::default());
        }
    }
}

#[test]
fn an_untouched_view_has_a_clean_address() {
    assert_eq!(ListQuery::default().to_query(), "");
    let standard = Filter::default();
    assert_eq!((standard.status, standard.approval_type), (vec![Status::Pending], vec![ApprovalType::Manual]));
}

#[test]
fn bad_parts_are_dropped_and_named() {
    let cases = [
        ("tab=other", "tab"),
        ("status=pending,unknown", "status"),
        ("type=manually", "type"),
        ("requester=nobody", "requester"),
        ("from=2026-02-30", "from"),
        ("to=1.2.2026", "to"),
        ("from=2026-03-01&to=2026-02-01", "to"),
        ("sort=name", "sort"),
        ("after=x.1", "after"),
        ("after=0.1", "after"),
        ("sort=-submitted&after=5.noon", "after"),
        ("size=51", "size"),
        ("q=%00abc", "q"),
    ];
    for (text, name) in cases {
        let (_, dropped) = read(text);
        assert_eq!(dropped.iter().map(|part| part.name.as_str()).collect::<Vec<_>>(), [name], "{text}");
    }
    // What belongs to others is passed over, and empty means no filter.
    let (query, dropped) = read("?open=5&act=grant&status=&type=");
    assert_eq!((query.filter, dropped), (Filter::cleared(Lane::Administrator), Vec::new()));
    // What is pasted brings tabs and line ends along.
    let (query, dropped) = read("q=Zo%C3%AB%09Github%0D%0A");
    assert_eq!((query.filter.search.as_deref(), dropped), (Some("Zoë Github"), Vec::new()));
    // A form repeats a name; together they are the set.
    let (query, _) = read("status=denied&status=error,denied");
    assert_eq!(query.filter.status, [Status::Denied, Status::Error]);
}

fn facts() -> Facts {
    let (name, email) = ("Zoë Łuczak", "zoe.luczak@acme.example");
    Facts {
        number: RequestNumber(1234),
        lane: Lane::Others,
        status: Status::Denied,
        approval_type: ApprovalType::Manual,
        requester: PersonId::example(7),
        requester_fold: domain::text::fold(name),
        resource_fold: domain::text::fold("Straße Maps"),
        search: Facts::search_text(RequestNumber(1234), name, email, "Straße Maps", "Maps, 30 days", "Für Röntgen"),
        person: Facts::person_text("Zoë Łuczak-Berg", "zoe.berg@acme.example"),
        submitted_at: Timestamp(20_000 * 86_400_000_000),
        expires_at: Timestamp(20_030 * 86_400_000_000),
    }
}

#[test]
fn search_regardless_of_case_and_accents() {
    let facts = facts();
    let all = Filter::cleared(Lane::Others);
    let finds = |typed: &str| Filter { search: Some(typed.to_owned()), ..all.clone() }.matches(&facts);
    for found in [
        "zoe",
        "ZOË",
        "łuc",
        "luc",
        "strasse",
        "röntgen",
        "RONTGEN",
        "1234",
        "#1234",
        "30 days",
        "acme",
        "z",
        "zo",
        "12",
        "#1",
        "maps maps",
        "maps zoe 1234",
        "röntgen, Łuczak",
        "\"30 days\"",
        "zoe.luczak@acme",
        "#12 zo",
        // The name and the address of now.
        "zoe.berg@",
        "łuczak-berg röntgen",
        "\"luczak‑berg\"",
    ] {
        assert!(finds(found), "{found}");
    }
    for missed in ["oe", "lu", "234x", "nobody", "34", "maps nobody", "\"days 30\"", "be", "zoe 99"] {
        assert!(!finds(missed), "{missed}");
    }
    assert_eq!(Search::new("  "), None);
}

#[test]
fn each_filter_alone() {
    let facts = facts();
    let all = Filter::cleared(Lane::Others);
    assert!(all.matches(&facts));
    assert!(!Filter::cleared(Lane::Administrator).matches(&facts));
    let day = facts.submitted_at.day();
    assert!(Filter { from: Some(day), to: Some(day), ..all.clone() }.matches(&facts));
    assert!(!Filter { from: Some(day.next()), ..all.clone() }.matches(&facts));
    assert!(!Filter { to: Some(Day(day.0 - 1)), ..all.clone() }.matches(&facts));
    assert!(!Filter { status: vec![Status::Pending], ..all.clone() }.matches(&facts));
    assert!(!Filter { approval_type: vec![ApprovalType::Automatic], ..all.clone() }.matches(&facts));
    let of = |requester| Filter { requester: Some(requester), ..all.clone() }.matches(&facts);
    assert!(of(Requester::Person(PersonId::example(7))) && !of(Requester::Person(PersonId::example(8))));
    assert!(!of(Requester::Email("zoe.luczak@acme.example".into())), "whom an address means is looked up first");
}
