//! What ended long ago leaves Redis whole, and the log forgets by its own age.

use std::collections::BTreeSet;

use serde_json::json;
use tracerail_testkit::wait_until;

use super::erase::{CONFIG, ITEMS, RULES, command, trail, work};
use super::erase_on_servers::same_when_rebuilt;
use crate::distributed::installation::Installation;
use crate::place::{SOON, text};
use crate::story::task_of;

#[test]
fn what_ended_leaves_redis_and_what_is_open_stays_whole() {
    let servers = Installation::new(CONFIG, RULES);
    let place = &servers.place;
    let runner = place.start("run.log");
    work(place);
    place.rest(ITEMS.len() as u64);
    same_when_rebuilt(&servers);
    let (before, told) = (place.status(), trail(place));
    let args = ["retention", "run", "--older-than", "3s", "--json"];
    let refused = place.run(&args);
    assert_eq!((refused.code, refused.stderr.contains("duplicate_window")), (Some(2), true), "{refused:?}");
    let config = std::fs::read_to_string(place.scratch.join("tracerail.yaml")).unwrap();
    let short = "ack_wait: 2s, publish_timeout: 1s, duplicate_window: 2s";
    place.scratch.write("tracerail.yaml", config.replace("ack_wait: 2s", short));
    let young = place.run(&["retention", "run", "--older-than", "1h", "--json"]).ok().json();
    assert_eq!(
        (&young["items"], &young["tasks"]),
        (&json!(0), &json!(0)),
        "nothing ended an hour ago: {young}"
    );
    let counted = wait_until("four items ended three seconds ago", SOON, || {
        let counted = place.run(&[&args[..], &["--dry-run"]].concat()).ok().json();
        if counted["items"] == 4 && counted["tasks"] == 3 { Ok(counted) } else { Err(counted.to_string()) }
    });
    assert_eq!(place.status(), before, "counting changes nothing");
    let gone = place.run(&args).ok().json();
    assert_eq!((&gone["items"], &gone["tasks"]), (&json!(4), &json!(3)), "{gone}");
    assert!(gone["answers"].as_u64() > Some(5) && gone["answers"] == counted["answers"], "{gone} {counted}");

    let status = place.status();
    assert_eq!(status["contents"], before["contents"], "what was counted since the store began stays");
    assert_eq!(trail(place), told, "the log forgets by its own age");
    for item in ITEMS {
        let shown = place.run(&["content", "show", item]);
        let code = if item == "open" { Some(0) } else { Some(4) };
        assert_eq!(shown.code, code, "{item}: {shown:?}");
    }
    let left: BTreeSet<_> =
        servers.redis.ask_each(&["KEYS *}:t:*", "KEYS *}:e:*", "KEYS *}:c:*"]).into_iter().collect();
    assert!(left.iter().all(|keys| keys.starts_with("*1")), "one of each: {left:?}");
    place.run(&["sla", "verify"]).ok();
    let open = place.run(&["task", "list", "--json"]).ok();
    assert!(open.stdout.contains(&task_of("open")) && !open.stdout.contains(&task_of("theirs")), "{open:?}");
    let again = place.run(&args).ok().json();
    assert_eq!(
        (&again["items"], &again["tasks"], &again["answers"]),
        (&json!(0), &json!(0), &json!(0)),
        "{again}"
    );

    command(place, "open", "ann", &["claim"]).ok();
    command(place, "open", "ann", &["complete", "--decision", "approved"]).ok();
    let shown = place.run(&["content", "show", "open", "--json"]).ok().json();
    assert_eq!(text(&shown["content"]["terminal"]["outcome"]), "approved", "what was open goes on");
    assert_eq!(runner.terminate(), Some(0));
}
