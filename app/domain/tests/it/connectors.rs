//! Attempts, and addresses that may be called.

use domain::connector::{
    CALL_TRIES, CallAction, CallNext, CallResult, Network, REVOKE_TRIES, after_attempt, is_public, may_call,
};
use domain::request::ErrorCause;

#[test]
fn a_refusal_ends_and_a_failure_is_tried_again() {
    assert_eq!(after_attempt(CallAction::Grant, &CallResult::Done, 1), CallNext::Over(Ok(())));
    let refused = CallResult::Refused("no such user".into());
    assert_eq!(
        after_attempt(CallAction::Grant, &refused, 1),
        CallNext::Over(Err(ErrorCause::Target("no such user".into())))
    );
    let failed = CallResult::Failed("503".into());
    let waits: Vec<CallNext> =
        (1..=CALL_TRIES).map(|attempts| after_attempt(CallAction::Grant, &failed, attempts)).collect();
    let mut wanted: Vec<CallNext> = [2, 10, 60, 300].into_iter().map(CallNext::Again).collect();
    wanted.push(CallNext::Over(Err(ErrorCause::Unreachable("503".into()))));
    assert_eq!(waits, wanted);
    assert_eq!(after_attempt(CallAction::Revoke, &failed, CALL_TRIES), CallNext::Again(3600));
    let last = after_attempt(CallAction::Revoke, &failed, REVOKE_TRIES);
    assert_eq!(last, CallNext::Over(Err(ErrorCause::Unreachable("503".into()))));
}

#[test]
fn only_public_addresses_are_called() {
    let public =
        ["93.184.216.34", "8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"];
    let others = [
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "127.0.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "192.0.0.8",
        "192.0.2.1",
        "192.168.0.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fd00::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001::1",
        "2001:db8::1",
        "ff02::1",
        "::127.0.0.1",
        "64:ff9b:1::1",
    ];
    for address in public {
        assert!(is_public(address.parse().expect("an address")), "{address}");
    }
    for address in others {
        assert!(!is_public(address.parse().expect("an address")), "{address}");
    }
}

#[test]
fn an_operator_may_allow_ranges() {
    let allowed = [Network::parse("10.0.0.0/8").expect("a range"), Network::parse("::1").expect("an address")];
    for (address, fits) in [
        ("10.9.8.7", true),
        ("::ffff:10.9.8.7", true),
        ("::1", true),
        ("11.0.0.1", true),
        ("192.168.1.1", false),
        ("::2", false),
    ] {
        assert_eq!(may_call(address.parse().expect("an address"), &allowed), fits, "{address}");
    }
    assert!(Network::parse("0.0.0.0/0").expect("all").holds("192.168.1.1".parse().expect("an address")));
    for bad in ["", "10.0.0.0/33", "host", "10.0.0/8", "::/129"] {
        assert_eq!(Network::parse(bad), None, "{bad}");
    }
}
