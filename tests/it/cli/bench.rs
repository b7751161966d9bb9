//! `tracerail bench` measures what it says, and only where nothing is. Times are not looked at: they are the machine's.

use tracerail_testkit::Scratch;

use crate::program;

#[test]
fn the_pipeline_is_measured() {
    let scratch = Scratch::new();
    let program = program(&scratch);
    let args = ["bench", "pipeline", "--items", "21", "--rounds", "2", "--lone", "3", "--json"];
    let told = program.run(args).ok().json();
    assert_eq!((&told["edition"], &told["processes"]), (&"embedded".into(), &1.into()), "{told}");
    assert_eq!(told["lone"]["count"], 3, "{told}");
    let rounds = told["rounds"].as_array().unwrap();
    assert_eq!(rounds.len(), 2, "{told}");
    for round in rounds {
        let pipeline = &round["pipeline"];
        assert_eq!(pipeline["items"], 21, "{round}");
        assert!(pipeline["items_per_s"].as_f64().unwrap() > 0.0, "{round}");
        let cpu = &pipeline["cpu_us_per_item"];
        assert!(cpu["client"].is_number() && cpu["nats"].is_null() && cpu["redis"].is_null(), "{round}");
        assert!(round["fsync"]["count"].as_u64().unwrap() > 0, "{round}");
    }
    // What it measured is in the store: every other item is a person's, and so is every one that was sent alone.
    let status = program.run(["status", "--json"]).ok().json();
    assert_eq!((&status["contents"], &status["tasks"]["pending"]), (&45.into(), &23.into()), "{status}");
    assert_eq!(
        std::fs::read_dir(scratch.path()).unwrap().flatten().filter(|entry| entry.path().is_dir()).count(),
        0
    );
}

#[test]
fn items_can_come_over_the_bus() {
    let scratch = Scratch::new();
    let program = program(&scratch);
    let args = ["bench", "pipeline", "--items", "8", "--rounds", "1", "--lone", "0", "--publish", "--json"];
    let told = program.run(args).ok().json();
    assert_eq!(
        (&told["intake"], &told["rounds"][0]["pipeline"]["items"]),
        (&"publish".into(), &8.into()),
        "{told}"
    );
    assert_eq!(program.run(["status", "--json"]).ok().json()["contents"], 8);
}

#[test]
fn deadlines_are_measured() {
    let scratch = Scratch::new();
    let program = program(&scratch);
    let told = program.run(["bench", "sla", "--open", "20", "--due", "10", "--json"]).ok().json();
    let fired = &told["deadlines"];
    assert_eq!(fired["count"], 10, "{told}");
    for count in ["early", "twice", "missing"] {
        assert_eq!(fired[count], 0, "{told}");
    }
    assert_eq!(told["made"]["items"], 20, "{told}");
    let status = program.run(["status", "--json"]).ok().json();
    assert_eq!((&status["tasks"]["assigned"], &status["escalated"]), (&20.into(), &10.into()), "{status}");
    let looks = told["looks"].as_object().unwrap();
    assert!(looks.len() == 5 && looks.values().all(|spread| spread["count"] == 20), "{told}");
}

#[test]
fn nothing_is_measured_where_something_is() {
    let scratch = Scratch::new();
    let program = program(&scratch);
    program.run(["task", "create", "Call back"]).ok();
    for bench in ["pipeline", "sla"] {
        let told = program.run(["bench", bench]);
        assert_eq!(told.code, Some(2), "{}", told.stderr);
        assert!(told.stderr.contains("1 tasks") && told.stderr.contains("--store"), "{}", told.stderr);
    }
    let told = program.run(["bench", "pipeline", "--store", "new.db", "--processes", "2"]);
    assert!(told.code == Some(2) && told.stderr.contains("edition: distributed"), "{}", told.stderr);
}
