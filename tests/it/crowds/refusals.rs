//! Redis refuses in the middle of a run, until somebody does something about it: the process says so and is not ready, what came is
//! held, and when it is put right everything goes on.

use std::collections::BTreeSet;

use tracerail_testkit::wait_until;

use super::installation::Installation;
use crate::http::{get, start};
use crate::place::SOON;

const CONFIG: &str = "groups: { desk: { members: [ann] } }\nrouting: { rules_file: rules.yaml }\n";
const RULES: &str =
    "{ version: 1, default: { decision: human, reason: Nobody knows it., groups: [desk] }, rules: [] }";

/// How it is broken, how it is put right, and what the process says meanwhile.
const REFUSALS: [(&str, &str, &str); 4] = [
    ("CONFIG SET maxmemory 1", "CONFIG SET maxmemory 0", "raise `maxmemory`"),
    ("REPLICAOF 127.0.0.1 1", "REPLICAOF NO ONE", "`REPLICAOF NO ONE`"),
    ("ACL SETUSER default -evalsha", "ACL SETUSER default +@all", "rights that redis.acl has"),
    ("ACL SETUSER default -hset", "ACL SETUSER default +@all", "rights that redis.acl has"),
];

#[test]
fn what_redis_refuses_is_held_and_said_until_it_is_put_right() {
    let there = Installation::new(CONFIG, RULES);
    let (process, address) = start(&there.place.program, &[]);
    wait_until("it is ready", SOON, || match get(&address, "/readyz") {
        ready if ready.status == 200 => Ok(()),
        other => Err(other.body),
    });
    let submit = |number: usize| {
        let item = format!(r#"{{"id": "{number}", "content": "Who is it?"}}"#);
        there.place.program.run_with_input(["submit", "-", "--no-wait"], item.as_bytes())
    };
    let mut ids = BTreeSet::new();
    for (number, (broken, right, cure)) in REFUSALS.into_iter().enumerate() {
        // The item is in the log, and the actors have not seen it when Redis begins to refuse.
        process.signal("STOP");
        submit(number).ok();
        ids.insert(number.to_string());
        assert!(there.redis.ask(broken).starts_with("+OK"), "{broken}");
        process.signal("CONT");
        wait_until(broken, SOON, || match get(&address, "/readyz") {
            told if told.status == 503 && told.body.contains(cure) => Ok(()),
            other => Err(other.body),
        });
        let said = std::fs::read_to_string(there.place.scratch.join("run.log")).unwrap();
        assert!(said.contains(cure), "{broken}: {said}");
        if number == 0 {
            let pushed_back = submit(100);
            assert!(pushed_back.code != Some(0) && pushed_back.stderr.contains(cure), "{pushed_back:?}");
        }
        assert!(there.redis.ask(right).starts_with("+OK"), "{right}");
        let status = there.place.rest(number as u64 + 1);
        assert_eq!(status["dead_letters_held"], 0, "{broken}");
        wait_until(right, SOON, || match get(&address, "/readyz") {
            ready if ready.status == 200 => Ok(()),
            other => Err(other.body),
        });
    }
    there.place.end(&ids);
    assert_eq!(process.terminate(), Some(0));
}

#[test]
fn a_redis_that_lets_nobody_in_any_more_is_waited_for_and_said() {
    let there = Installation::new(CONFIG, RULES);
    let (process, address) = start(&there.place.program, &[]);
    let ready = |status: u16, word: &str| {
        wait_until(word, SOON, || match get(&address, "/readyz") {
            told if told.status == status && told.body.contains(word) => Ok(()),
            other => Err(other.body),
        });
    };
    ready(200, "ready");
    process.signal("STOP");
    let item = r#"{"id": "0", "content": "Who is it?"}"#;
    there.place.program.run_with_input(["submit", "-", "--no-wait"], item.as_bytes()).ok();
    there.redis.ask_each(&["CONFIG SET requirepass other", "CLIENT KILL TYPE normal"]);
    process.signal("CONT");
    ready(503, "redis.user and its password");
    there.redis.ask_each(&["AUTH other", "CONFIG SET requirepass \"\""]);
    assert_eq!(there.place.rest(1)["dead_letters_held"], 0);
    ready(200, "ready");
    there.place.end(&BTreeSet::from(["0".to_owned()]));
    assert_eq!(process.terminate(), Some(0));
}
