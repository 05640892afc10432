//! `doorward check` finds what it is there to find: each tampering breaks the invariant that forbids it.

use crate::support::{demo, sound, tamper};

#[tokio::test(flavor = "multi_thread")]
async fn each_tampering_is_found() {
    // Invariant, and what breaks it on both engines without the triggers in the way.
    let tamperings = [
        ("counters", "UPDATE lane_counters SET value = value + 1 WHERE lane = 0 AND kind = 'pending' AND slot = 0"),
        (
            "I14",
            "UPDATE grants SET ended_at = NULL, ends_at = 1 WHERE id = (SELECT id FROM grants ORDER BY began_at LIMIT 1)",
        ),
        ("I13", "DELETE FROM grants WHERE id = (SELECT id FROM grants ORDER BY began_at LIMIT 1)"),
        (
            "I10",
            "UPDATE flows SET deleted_at = 1 WHERE id = (SELECT flow_id FROM requests WHERE status = 0 ORDER BY number LIMIT 1)",
        ),
        (
            "I19",
            "UPDATE outbox SET finished_at = NULL WHERE id = (SELECT id FROM outbox WHERE state = 'delivered' ORDER BY id LIMIT 1)",
        ),
        ("I26", "UPDATE people SET active = (1 = 0) WHERE admin"),
        (
            "I03",
            "INSERT INTO audit (at, kind, request, request_version, detail) SELECT 1, 'voted', number, version + 5, '{}' FROM requests WHERE status = 0 ORDER BY number LIMIT 1",
        ),
    ];
    for (name, sql) in tamperings {
        for bench in demo(200).await {
            sound(&bench).await;
            tamper(&bench, sql).await;
            let found = services::check::check(&bench.services).await.expect("check");
            assert!(found.iter().any(|broken| broken.name == name), "{name}: {found:?}");
        }
    }
}
