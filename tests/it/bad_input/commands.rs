//! Commands that cannot be done: each refusal has its code, says what would be possible, and leaves the task as it was.

use tracerail::client::new_command_id;
use tracerail_schemas::task::{Command, CommandKind, CommandOutcome, Decision, Verb};
use tracerail_schemas::{Code, ContentKey, TaskId};
use tracerail_testkit::{Finished, Program, Scratch};

use crate::program;
use crate::stage::{Stage, complete, person};

fn with_task() -> (Stage, ContentKey) {
    let stage = Stage::set();
    let item = stage.submit("1", "Who is there?");
    stage.wait_for_any_task(&item);
    (stage, item)
}

fn command(item: &ContentKey, who: &str, verb: Verb) -> Command {
    let task_id = TaskId::of_content(item);
    Command {
        id: new_command_id(),
        task_id,
        by: person(who),
        expected_version: None,
        verb,
        traceparent: None,
    }
}

#[test]
fn a_refused_command_changes_nothing_and_says_what_is_possible() {
    let (stage, item) = with_task();
    let before = stage.task(&item);
    for (who, verb, code) in [
        ("ada", Verb::Start, Code::CommandIllegal),
        ("ada", complete(Decision::Approved), Code::CommandIllegal),
        ("ada", Verb::Resume, Code::CommandIllegal),
        ("mallory", Verb::Claim, Code::CommandForbidden),
        ("ada", Verb::Cancel { reason: "no".to_owned() }, Code::CommandForbidden),
        ("ada", Verb::Expire, Code::CommandForbidden),
        ("eve", Verb::Assign { to: "nobody".parse().unwrap() }, Code::PersonUnsuitable),
    ] {
        let refusal = stage.refused(&item, who, verb.clone());
        assert_eq!(refusal.code, code, "{who} {verb:?}: {refusal}");
        assert!(refusal.legal_commands.contains(&CommandKind::Claim), "{refusal}");
        assert!(!refusal.legal_commands.contains(&CommandKind::Start), "{refusal}");
    }
    assert_eq!(stage.task(&item), before);
    let unknown = ContentKey::new(item.tenant.clone(), "desk", "nobody knows it").unwrap();
    assert_eq!(stage.refused(&unknown, "ada", Verb::Claim).code, Code::TaskUnknown);
}

#[test]
fn the_same_command_again_has_the_same_answer_and_no_second_effect() {
    let (stage, item) = with_task();
    let claim = command(&item, "ada", Verb::Claim);
    let answer = stage.give(claim.clone());
    assert!(matches!(answer, CommandOutcome::Done { version: 2, .. }), "{answer:?}");
    stage.done(&item, "ada", Verb::Start);
    assert_eq!(stage.give(claim.clone()), answer, "also when the task has gone on since");
    assert_eq!(stage.task(&item).unwrap().version, 3);

    // A refusal is an answer, too: whoever was told no does not get a late yes.
    let illegal = command(&item, "bob", Verb::Claim);
    let refused = stage.give(illegal.clone());
    stage.done(&item, "ada", Verb::Release);
    assert_eq!(stage.give(illegal), refused);
    assert_eq!(stage.task(&item).unwrap().assignee(), None);

    let other = Command { verb: Verb::Release, ..claim };
    let CommandOutcome::Refused(refusal) = stage.give(other) else { panic!("another payload was taken") };
    assert_eq!(refusal.code, Code::CommandIdReused);
    assert_eq!(stage.task(&item).unwrap().version, 4);
}

#[test]
fn of_many_who_claim_at_once_one_gets_it() {
    let (stage, item) = with_task();
    let claims = ["ada", "bob", "eve"].map(|who| command(&item, who, Verb::Claim));
    let rail = stage.rail();
    let answers =
        stage.block_on(futures_util::future::join_all(claims.into_iter().map(|claim| rail.command(claim))));
    let outcomes: Vec<_> = answers.into_iter().map(|answer| answer.unwrap().outcome).collect();
    let done = outcomes.iter().filter(|outcome| matches!(outcome, CommandOutcome::Done { .. })).count();
    assert_eq!(done, 1, "{outcomes:?}");
    for outcome in &outcomes {
        if let CommandOutcome::Refused(refusal) = outcome {
            assert_eq!(refusal.code, Code::CommandIllegal);
            assert!(refusal.message.contains("somebody has it already"), "{refusal}");
        }
    }
}

#[test]
fn who_decided_on_an_older_version_is_told_so() {
    let (stage, item) = with_task();
    let seen = stage.task(&item).unwrap().version;
    stage.done(&item, "eve", Verb::Comment { text: "Look at the second page.".to_owned() });
    let late = Command { expected_version: Some(seen), ..command(&item, "ada", Verb::Claim) };
    let CommandOutcome::Refused(refusal) = stage.give(late) else { panic!("it was not refused") };
    assert_eq!((refusal.code, refusal.version), (Code::VersionConflict, Some(seen + 1)));
    assert!(refusal.message.contains("somebody was faster"), "{refusal}");
}

/// On the command line: the exit code, the code in the error, and as JSON the same.
#[test]
fn the_command_line_says_the_same() {
    let scratch = Scratch::new();
    scratch.write(
        "tracerail.yaml",
        "groups: { desk: { members: [ada, bob], leads: [eve] } }\nrouting: { rules_file: rules.yaml }\n",
    );
    scratch.write("rules.yaml", "version: 1\ndefault: { decision: human, groups: [desk] }\n");
    let program = program(&scratch);
    let created =
        program.run(["task", "create", "Call back", "--group", "desk", "--as", "ada", "--json"]).ok().json();
    let id = created["task_id"].as_str().unwrap();
    let command_id = "01997a00-0000-7000-8000-000000000001";
    let claim = ["task", "start", id, "--as", "ada", "--command-id", command_id, "--json"];
    let first = program.run(claim).ok().stdout;
    assert_eq!(program.run(claim).ok().stdout, first, "the same answer");
    let other = ["task", "release", id, "--as", "ada", "--command-id", command_id];
    refused(&program, &other, 3, "TR0014");
    let illegal = refused(&program, &["task", "review", id, "approve", "--as", "bob"], 3, "TR0011");
    assert!(illegal.contains("possible now: ") && illegal.contains("complete"), "{illegal}");
    refused(&program, &["task", "complete", id, "--decision", "approved", "--as", "bob"], 3, "TR0012");
    refused(
        &program,
        &["task", "complete", id, "--decision", "approved", "--as", "ada", "--expect-version", "1"],
        3,
        "TR0013",
    );
    refused(&program, &["task", "delegate", id, "nobody", "--as", "ada"], 3, "TR0015");
    refused(&program, &["task", "show", "ffffffff"], 4, "TR0010");
    refused(&program, &["task", "claim", "01997a00-0000-7000-8000-0000000000ff"], 4, "TR0010");
    refused(&program, &["content", "show", "nobody-knows-it"], 4, "TR0006");
    refused(&program, &["dlq", "show", "7"], 4, "TR0051");
    refused(&program, &["dlq", "replay", "7"], 4, "TR0051");
    refused(&program, &["task", "show", "not hexadecimal"], 2, "TR0022");
    refused(&program, &["task", "dance", id], 2, "TR0022");
    refused(&program, &["explain", "TR9999"], 2, "TR0022");
    refused(&program, &["watch", "task.exploded"], 2, "TR0022");
}

fn refused(program: &Program, args: &[&str], exit: i32, code: &str) -> String {
    let Finished { code: ended, stdout, stderr } = program.run(args);
    assert_eq!((ended, stdout.as_str()), (Some(exit), ""), "{args:?}: {stderr}");
    assert!(stderr.starts_with(&format!("error {code}: ")), "{args:?}: {stderr}");
    let told = program.run(args.iter().chain(&["--json"]));
    assert_eq!(told.code, Some(exit), "{args:?}");
    let value: serde_json::Value =
        serde_json::from_str(&told.stderr).unwrap_or_else(|_| panic!("{}", told.stderr));
    assert_eq!(value["error"]["code"], code, "{args:?}");
    assert!(value["error"]["message"].is_string(), "{args:?}");
    stderr
}
