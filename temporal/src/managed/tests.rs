//! What a shard does next, in tables; and that nothing of it is lost, in whatever order it is told and however often it is handed on.

use std::sync::LazyLock;
use std::time::Duration;

use serde_json::{Value, json};
use tracerail_actors::conformance::sample;
use tracerail_schemas::task::{Priority, Refusal, Status, Task};
use tracerail_schemas::{Code, ContentKey, PersonId, TaskId, TenantId, Timestamp};
use uuid::Uuid;

use super::open::OPEN_MAX;
use super::pending::{BATCH, PENDING_MAX};
use super::shard::{ENDED_MAX, Next, PAGE, Shard};
use super::words::{Attended, Begun, Closed, OpenTask, TasksChanged, Told, shard_of};
use crate::words::{Answer, Ending, Level, Seen};

const START: Timestamp = Timestamp::from_micros(1_763_899_200_000_000);
const HOUR: Duration = Duration::from_hours(1);
const RUN: &str = "the-first-run";
/// What Temporal takes as one payload.
const PAYLOAD_MAX: usize = 2 << 20;

/// The only shard.
fn shard() -> Shard {
    Shard::new(Begun { shard: 0, shards: 1, history_max: None, carried: None })
}

fn id(number: u64) -> TaskId {
    TaskId::from_uuid(Uuid::from_u128(u128::from(number)))
}

fn task(number: u64, version: u64, wake_at: Option<Timestamp>) -> OpenTask {
    static LEVEL: LazyLock<Level> = LazyLock::new(|| Level::of(&sample()));
    let level = Level { version, wake_at, due_at: wake_at, ..LEVEL.clone() };
    OpenTask { task_id: id(number), level }
}

fn sample() -> Task {
    let key = ContentKey::new(TenantId::default(), "desk", "a letter").unwrap();
    sample::task(&key, START)
}

fn closed(number: u64, version: u64) -> Closed {
    let mut ended = sample();
    (ended.id, ended.version, ended.state.status) = (id(number), version, Status::Cancelled);
    let task = OpenTask { task_id: ended.id, level: Level { wake_at: None, ..Level::of(&ended) } };
    Closed { task, ending: Ending::of(&ended).unwrap() }
}

fn changed(tasks: Vec<OpenTask>) -> TasksChanged {
    TasksChanged { tasks, again: false }
}

fn decision(number: u64, user: &str) -> Value {
    json!({"task_id": id(number), "decision": "approved", "user": user})
}

fn answer(number: u64, refused: bool, seen: Seen) -> Told {
    let refusal = refused.then(|| Refusal {
        code: Code::CommandForbidden,
        message: "only a candidate may".to_owned(),
        status: None,
        version: None,
        legal_commands: Vec::new(),
    });
    Told { number, attended: Attended::Answered(Box::new(Answer { refusal, seen })) }
}

/// The same shard in a later run, and how many bytes that took.
fn again(shard: &Shard) -> (Shard, usize) {
    let written = serde_json::to_vec(&shard.handed_on()).unwrap();
    (Shard::new(serde_json::from_slice(&written).unwrap()), written.len())
}

fn asked(next: &Next) -> (Vec<u64>, Vec<TaskId>) {
    match next {
        Next::Ask { asked, due } => (asked.iter().map(|it| it.number).collect(), due.clone()),
        Next::Sleep(_) => (Vec::new(), Vec::new()),
    }
}

#[test]
fn it_sleeps_until_the_first_deadline_and_follows_it() {
    let mut shard = shard();
    assert_eq!(shard.next(START), Next::Sleep(None));
    let (soon, later) = (START.plus(HOUR), START.plus(2 * HOUR));
    shard.changed(changed(vec![task(1, 1, Some(later)), task(2, 1, Some(soon)), task(3, 1, None)]));
    assert_eq!(shard.next(START), Next::Sleep(Some(soon)));
    assert_eq!(asked(&shard.next(soon)).1, [id(2)]);
    // What is older comes too late; a suspended task has no deadline.
    shard.changed(changed(vec![task(2, 2, None), task(1, 1, Some(START))]));
    assert_eq!(shard.next(soon), Next::Sleep(Some(later)));
    shard.closed(vec![closed(1, 2)]);
    assert_eq!(shard.next(later), Next::Sleep(None));
}

#[test]
fn what_is_due_and_not_fired_is_looked_at_less_and_less_often_and_seen_to_be_overdue() {
    let mut shard = shard();
    shard.changed(changed(vec![task(1, 1, Some(START))]));
    let mut now = START;
    let mut looks = 0;
    while now < START.plus(HOUR) {
        assert_eq!(asked(&shard.next(now)).1, [id(1)]);
        let Seen::Open { level, .. } = open(1, Some(START)) else { unreachable!() };
        shard.looked(&[id(1)], vec![(id(1), Seen::Open { level, wake_in_ms: Some(0) })], now);
        let Next::Sleep(Some(at)) = shard.next(now) else { unreachable!() };
        assert!(at > now);
        (now, looks) = (at, looks + 1);
    }
    assert!((60..80).contains(&looks), "{looks} looks in an hour");
    assert_eq!(shard.counts().overdue, 1);
    shard.looked(&[id(1)], vec![(id(1), open(1, Some(now.plus(HOUR))))], now);
    assert_eq!((shard.counts().overdue, asked(&shard.next(now)).1.len()), (0, 0));
}

#[test]
fn a_store_that_is_behind_is_not_asked_all_the_time() {
    let mut shard = shard();
    shard.changed(changed(vec![task(1, 4, Some(START))]));
    let older = |wake_in_ms| Seen::Open { level: task(1, 3, Some(START)).level, wake_in_ms };
    assert_eq!(asked(&shard.next(START)).1, [id(1)]);
    shard.looked(&[id(1)], vec![(id(1), older(Some(0)))], START);
    assert_eq!(shard.next(START), Next::Sleep(Some(START.plus(Duration::from_secs(5)))));
    // What came while somebody looked says when to ring.
    shard.changed(changed(vec![task(1, 5, Some(START.plus(HOUR)))]));
    shard.looked(&[id(1)], vec![(id(1), older(None))], START);
    assert_eq!(shard.next(START), Next::Sleep(Some(START.plus(HOUR))));
    assert_eq!(shard.status(id(1)).unwrap().level.unwrap().version, 5);
}

#[test]
fn what_could_not_be_looked_at_is_looked_at_later() {
    let mut shard = shard();
    shard.changed(changed(vec![task(1, 1, Some(START)), task(2, 1, Some(START))]));
    assert_eq!(asked(&shard.next(START)).1, [id(1), id(2)]);
    shard.looked(&[id(1), id(2)], vec![(id(1), open(1, Some(START.plus(HOUR))))], START);
    let later = START.plus(Duration::from_secs(10));
    assert_eq!(shard.next(START), Next::Sleep(Some(later)));
    assert_eq!(asked(&shard.next(later)).1, [id(2)]);
}

#[test]
fn nothing_overtakes_what_was_signalled_about_the_same_task_before() {
    let mut shard = shard();
    for number in [1, 1, 2] {
        shard.complete(decision(number, "ada"), RUN);
    }
    let later = |number| Told { number, attended: Attended::Later("a node is away".to_owned()) };
    let done = Answer { refusal: None, seen: open(2, None) };
    let answered = Told { number: 3, attended: Attended::Answered(Box::new(done)) };
    shard.told(vec![later(1), answered], START);
    // The second is about the task of the first, which is asked again in a while.
    let again_at = START.plus(Duration::from_secs(10));
    assert_eq!(shard.next(START), Next::Sleep(Some(again_at)));
    assert_eq!(asked(&shard.next(again_at)).0, [1, 2]);
}

#[test]
fn while_tracerail_answers_nothing_little_is_asked_and_no_more_is_kept_than_can_be_handed_on() {
    let mut shard = shard();
    for number in 0..20 {
        shard.complete(decision(number, "ada"), RUN);
    }
    let mut now = START;
    let (mut gaps, mut probed) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        let asked = asked(&shard.next(now)).0;
        if now == START {
            assert_eq!(asked.len(), 20);
        } else {
            probed.extend(asked.clone());
        }
        let later =
            |number: &u64| Told { number: *number, attended: Attended::Later("it is away".to_owned()) };
        shard.told(asked.iter().map(later).collect(), now);
        let Next::Sleep(Some(at)) = shard.next(now) else { panic!("it rests") };
        gaps.push(at.since(now).as_secs());
        now = at;
    }
    assert_eq!(gaps, [10, 20, 40, 60, 60]);
    // Another one is asked each time: it may be only that one which gets no answer.
    assert_eq!(probed, [1, 2, 3, 4]);
    for number in 0..9_900 {
        shard.complete(decision(number, "ada"), RUN);
    }
    assert!(shard.can_be_handed_on() && shard.counts().refused > 2_000, "{:?}", shard.counts());
    let (_, bytes) = again(&shard);
    assert!(bytes < PAYLOAD_MAX, "{bytes}");
    let done = Answer { refusal: None, seen: open(1, None) };
    shard.told(vec![Told { number: 1, attended: Attended::Answered(Box::new(done)) }], now);
    assert_eq!(asked(&shard.next(now)).0.len(), BATCH);
}

fn open(number: u64, wake_at: Option<Timestamp>) -> Seen {
    let level = task(number, 1, wake_at).level;
    Seen::Open { level, wake_in_ms: wake_at.map(|_| 3_600_000) }
}

#[test]
fn decisions_are_answered_in_their_order_and_a_task_that_is_made_comes_before_them() {
    let mut shard = shard();
    shard.complete(decision(1, "mallory"), RUN);
    shard.create(json!({"task_id": id(2), "by": "eve", "content": "a letter"}), RUN);
    shard.complete(decision(2, "ada"), RUN);
    assert_eq!(asked(&shard.next(START)).0, [1]);
    shard.told(vec![answer(1, true, Seen::Unknown)], START);
    assert_eq!(asked(&shard.next(START)).0, [2]);
    // What cannot be answered now is asked later, and what was said about it waits for that.
    shard.told(vec![Told { number: 2, attended: Attended::Later("away".to_owned()) }], START);
    assert_eq!(shard.counts().unanswered_because.as_deref(), Some("away"));
    let Next::Sleep(Some(at)) = shard.next(START) else { unreachable!() };
    assert_eq!(asked(&shard.next(at)).0, [2]);
    shard.told(vec![answer(2, false, open(2, None))], at);
    assert_eq!(asked(&shard.next(at)).0, [3]);
    shard.told(vec![answer(3, false, Seen::Closed(Box::new(closed(2, 2).ending)))], at);
    // It has ended: what was seen before does not open it again.
    shard.looked(&[id(2)], vec![(id(2), open(2, None))], at);
    assert_eq!((shard.counts().open, shard.status(id(2)).unwrap().ending.is_some()), (0, true));
    let status = shard.status(id(1)).unwrap();
    assert_eq!((status.level, status.refused.map(|it| it.number)), (None, Some(1)));
}

#[test]
fn what_cannot_be_read_or_is_too_much_is_refused_here() {
    let mut shard = shard();
    shard.unreadable("two values".to_owned());
    shard.complete(json!({"task_id": id(1), "decision": "approved"}), RUN);
    assert_eq!(shard.status(id(1)).unwrap().refused.unwrap().code, "TR0001");
    shard.create(json!({"id": id(2), "by": "eve", "content": "x".repeat(2 << 20)}), RUN);
    assert_eq!(shard.status(id(2)).unwrap().refused.unwrap().code, "TR0002");
    for number in 0..=PENDING_MAX as u64 {
        shard.complete(decision(number + 10, "ada"), RUN);
    }
    let last = shard.status(id(PENDING_MAX as u64 + 10)).unwrap();
    assert_eq!(last.refused.unwrap().code, "TR0030");
    assert_eq!((shard.counts().unanswered, shard.counts().refused), (PENDING_MAX as u64, 4));
    assert!(!shard.can_be_handed_on(), "so much does not fit into a payload");
    assert_eq!(asked(&shard.next(START)).0.len(), BATCH);
    assert!(shard.counts().unreadable.is_some());
}

#[test]
fn a_full_shard_with_long_memories_fits_into_a_payload_and_says_that_it_is_full() {
    let mut shard = shard();
    let named = |number, name: &str| {
        let mut task = task(number, 12, Some(START.plus(HOUR)));
        (task.level.assignee, task.level.priority) = (Some(PersonId::new(name).unwrap()), Priority::Normal);
        task
    };
    let full = OPEN_MAX as u64;
    shard.changed(changed((0..full).map(|number| named(number, "ada.lovelace")).collect()));
    let (_, bytes) = again(&shard);
    assert!(bytes < 1_300_000, "{bytes} bytes of {full} waits");
    for number in 0..1_000 {
        shard.closed(vec![closed(full * 2 + number, 3)]);
        shard.complete(json!({"task_id": id(full * 3 + number), "user": "x".repeat(200)}), RUN);
        shard.complete(decision(full + number, "ada"), RUN);
    }
    shard.changed(changed((full..full + 3).map(|number| named(number, "ada")).collect()));
    assert_eq!((shard.counts().open, shard.counts().turned_away), (full, 3));
    let (later, bytes) = again(&shard);
    assert!(later.can_be_handed_on() && bytes < PAYLOAD_MAX * 9 / 10, "{bytes} bytes at most");
    // With long names fewer find room.
    let mut shard = self::shard();
    let long = "\"".repeat(200);
    shard.changed(changed((0..full).map(|number| named(number, &long)).collect()));
    assert!(shard.counts().turned_away > 0 && again(&shard).1 < PAYLOAD_MAX * 3 / 4);
}

#[test]
fn a_shard_can_be_handed_on_whoever_has_its_tasks_and_however_much_waits_in_silence() {
    let mut shard = shard();
    let had_by = |number, name: &str, version| {
        let mut task = task(number, version, Some(START.plus(HOUR)));
        task.level.assignee = Some(PersonId::new(name).unwrap());
        task
    };
    let full = OPEN_MAX as u64;
    let letters = "ada.lovelace.of.the.analytical@engine.uk";
    shard.changed(changed((0..full).map(|number| had_by(number, letters, 12)).collect()));
    assert_eq!(shard.counts().open, full, "names as long as addresses find room");
    shard.complete(decision(1, "ada"), RUN);
    shard.told(vec![Told { number: 1, attended: Attended::Later("it is away".to_owned()) }], START);
    for number in 0..10_000 {
        shard.complete(decision(number, "ada"), RUN);
        shard.complete(json!({"task_id": id(full * 3 + number), "user": "x".repeat(300)}), RUN);
        shard.closed(vec![closed(full * 2 + number, 3)]);
    }
    let (_, bytes) = again(&shard);
    assert!(shard.can_be_handed_on() && bytes < PAYLOAD_MAX, "{bytes} bytes");
    // Tasks that are had by somebody with a longer name since, more of them than there is room for.
    let long = "\"".repeat(200);
    shard.changed(changed((0..full).map(|number| had_by(number, &long, 13)).collect()));
    let (_, bytes) = again(&shard);
    assert!(shard.counts().turned_away > 0 && bytes < PAYLOAD_MAX, "{bytes} bytes");
}

#[test]
fn what_ended_is_remembered_for_a_while() {
    let mut shard = shard();
    let many = ENDED_MAX as u64 + 5;
    shard.closed((0..many).map(|number| closed(number, 2)).collect());
    assert!(shard.status(id(4)).is_none() && shard.status(id(5)).unwrap().ending.is_some());
    // Late news do not open it again, unless somebody has looked at both sides.
    shard.changed(changed(vec![task(9, 7, None)]));
    assert_eq!(shard.counts().open, 0);
    shard.changed(TasksChanged { tasks: vec![task(9, 1, None)], again: true });
    assert_eq!((shard.counts().open, shard.status(id(9)).unwrap().ending), (1, None));
}

#[test]
fn a_task_made_without_an_id_gets_one_that_its_shard_keeps() {
    let mut ids = Vec::new();
    for number in 0..4 {
        let mut shard = Shard::new(Begun { shard: number, shards: 4, history_max: None, carried: None });
        shard.create(json!({"by": "eve", "content": "a letter"}), RUN);
        let Next::Ask { asked, .. } = shard.next(START) else { unreachable!() };
        ids.push(asked[0].pending.task_id);
        assert_eq!(shard_of(ids[0], 4), 0);
        assert_eq!(shard_of(asked[0].pending.task_id, 4), number);
        let mut same = Shard::new(Begun { shard: number, shards: 4, history_max: None, carried: None });
        same.create(json!({"by": "eve", "content": "a letter"}), RUN);
        assert_eq!(same.next(START), shard.next(START), "a replay makes the same task");
        // Another shard's task is not kept, whoever tells of it.
        shard.changed(changed((0..100).map(|number| task(number, 1, None)).collect()));
        assert_eq!(shard.counts().open, 25);
    }
    ids.dedup();
    assert_eq!(ids.len(), 4);
}

#[test]
fn pages_and_users_show_all_of_it() {
    let mut shard = shard();
    let many = PAGE as u64 + 7;
    shard.changed(changed((0..many).map(|number| task(number, number + 1, None)).collect()));
    let first = shard.page(None);
    let rest = shard.page(first.last().map(|task| task.task_id));
    assert_eq!((first.len(), rest.len()), (PAGE, 7));
    assert_eq!(rest[6].level.version, many);
    let mut mine = task(1, many, None);
    mine.level.assignee = Some(PersonId::new("ada").unwrap());
    shard.changed(changed(vec![mine]));
    let has = shard.tasks_of(PersonId::new("ada").unwrap());
    assert_eq!(has.iter().map(|it| it.task_id).collect::<Vec<_>>(), [id(1)]);
    assert!(serde_json::to_value(&has[0]).unwrap()["status"].is_string());
}

/// A hundred histories of news in any order, some of them twice, and handed on at any point: each task ends as its latest news say, and
/// every decision is asked until it is answered.
#[test]
fn nothing_is_lost_in_any_order_and_through_any_number_of_runs() {
    for seed in 0..100_u64 {
        let mut random = Random(seed * 2 + 1);
        let mut shard = shard();
        let mut decided = Vec::new();
        let mut answered = Vec::new();
        let mut news: Vec<(u64, u64)> = (0..20).flat_map(|task| (1..=4).map(move |it| (task, it))).collect();
        news.extend_from_within(..30);
        random.shuffle(&mut news);
        for (number, version) in news {
            match random.below(5) {
                0 => {
                    shard.complete(decision(number, "ada"), RUN);
                    decided.push(decided.len() as u64 + 1);
                }
                1 => shard = again(&shard).0,
                2 => answer_all(&mut shard, &mut random, &mut answered),
                _ => {}
            }
            // Every second task is closed in its last version.
            if version == 4 && number % 2 == 0 {
                shard.closed(vec![closed(number, version)]);
            } else {
                shard.changed(changed(vec![task(number, version, Some(START.plus(HOUR)))]));
            }
        }
        while shard.counts().unanswered > 0 {
            answer_all(&mut shard, &mut random, &mut answered);
        }
        let (shard, _) = again(&shard);
        for number in 0..20 {
            let status = shard.status(id(number)).unwrap();
            let ended = status.ending.is_some();
            assert_eq!((ended, status.level.unwrap().version), (number % 2 == 0, 4), "seed {seed}");
        }
        answered.sort_unstable();
        assert_eq!(answered, decided, "seed {seed}: each decision is answered once");
    }
}

/// TraceRail answers some of what it is asked, and knows nothing new of the tasks.
fn answer_all(shard: &mut Shard, random: &mut Random, answered: &mut Vec<u64>) {
    let (numbers, _) = asked(&shard.next(START.plus(HOUR / 2)));
    let told = numbers.into_iter().map(|number| {
        if random.below(3) == 0 {
            return Told { number, attended: Attended::Later("away".to_owned()) };
        }
        answered.push(number);
        answer(number, random.below(2) == 0, Seen::Unknown)
    });
    let told: Vec<_> = told.collect();
    shard.told(told, START);
}

struct Random(u64);

impl Random {
    fn below(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % most
    }

    fn shuffle<T>(&mut self, all: &mut [T]) {
        for at in (1..all.len()).rev() {
            let other = usize::try_from(self.below(at as u64 + 1)).unwrap();
            all.swap(at, other);
        }
    }
}
