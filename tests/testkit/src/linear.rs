//! Whether what several people were told about one task can have happened one after the other.
//!
//! Each answer names the version of the task it led to, or was refused at. So the order is not searched for: it is claimed, and
//! checked against the life cycle, against who has the task, and against real time: what was answered before something else
//! was asked came before it.

use std::collections::BTreeMap;

use tracerail_schemas::Code;
use tracerail_schemas::PersonId;
use tracerail_schemas::TaskId;
use tracerail_schemas::task::lifecycle::{Next, next};
use tracerail_schemas::task::{Command, CommandOutcome, Refusal, Status, Verb};

/// A command, when it was asked for the first time, when it was answered, and how.
#[derive(Clone, Debug)]
pub struct Call {
    /// The command.
    pub command: Command,
    /// When it was asked for the first time, in any unit.
    pub asked: u64,
    /// When it had been answered.
    pub answered: u64,
    /// The answer.
    pub outcome: CommandOutcome,
}

/// What the task was from one version to the next.
struct Epoch<'a> {
    status: Status,
    before_suspension: Option<Status>,
    assignee: Option<PersonId>,
    /// The call that made it; none for the first.
    made_by: Option<&'a Call>,
}

/// What cannot have happened one after the other; nothing, when all can.
pub fn judge_order(calls: &[Call]) -> Vec<String> {
    let mut tasks: BTreeMap<TaskId, Vec<&Call>> = BTreeMap::new();
    for call in calls {
        tasks.entry(call.command.task_id).or_default().push(call);
    }
    tasks
        .into_iter()
        .flat_map(|(task, calls)| judge(&calls).into_iter().map(move |it| format!("{task}: {it}")))
        .collect()
}

fn judge(calls: &[&Call]) -> Vec<String> {
    let mut done: Vec<(u64, Status, &Call)> = Vec::new();
    for call in calls {
        if let CommandOutcome::Done { version, status } = call.outcome {
            done.push((version, status, call));
        }
    }
    done.sort_by_key(|(version, _, _)| *version);
    let first = Epoch { status: Status::Pending, before_suspension: None, assignee: None, made_by: None };
    let (mut wrong, mut epochs) = (Vec::new(), vec![first]);
    for (version, status, call) in done {
        let before = epochs.last().expect("there is a first");
        if version != epochs.len() as u64 + 1 {
            wrong.push(format!("version {version} where {} comes next: {call:?}", epochs.len() + 1));
            return wrong;
        }
        wrong.extend(illegal(before, status, call));
        let after = follow(before, status, call);
        epochs.push(after);
    }
    wrong.extend(against_time(&epochs));
    for call in calls {
        if let CommandOutcome::Refused(refusal) = &call.outcome {
            wrong.extend(unjust(&epochs, refusal, call));
        }
    }
    wrong
}

/// Why this cannot follow from what the task was.
fn illegal(before: &Epoch<'_>, status: Status, call: &Call) -> Option<String> {
    let verb = &call.command.verb;
    let leads_there = match next(Some(before.status), verb.kind()) {
        None => false,
        Some(Next::To(to)) => to == status,
        Some(Next::CompletedOrReview) => matches!(status, Status::Completed | Status::WaitingReview),
        Some(Next::Agreed(to)) => status == to || status == Status::WaitingReview,
        Some(Next::BeforeSuspension) => Some(status) == before.before_suspension,
        Some(Next::Same) => status == before.status,
    };
    let by_its_assignee = !only_its_assignee(verb) || before.assignee.as_ref() == Some(&call.command.by.id);
    (!leads_there || !by_its_assignee)
        .then(|| format!("{} of {:?} cannot lead to {status}: {call:?}", before.status, before.assignee))
}

fn only_its_assignee(verb: &Verb) -> bool {
    matches!(verb, Verb::Start | Verb::Complete { .. })
}

fn follow<'a>(before: &Epoch<'_>, status: Status, call: &'a Call) -> Epoch<'a> {
    let verb = &call.command.verb;
    let assignee = if let Verb::Assign { to } | Verb::Delegate { to } = verb {
        Some(to.clone())
    } else if matches!(verb, Verb::Claim) {
        Some(call.command.by.id.clone())
    } else {
        before.assignee.clone().filter(|_| !matches!(verb, Verb::Release))
    };
    let before_suspension = if matches!(verb, Verb::Suspend { .. }) {
        Some(before.status)
    } else {
        before.before_suspension.filter(|_| status == Status::Suspended)
    };
    Epoch { status, before_suspension, assignee, made_by: Some(call) }
}

/// Nothing that was answered before another was asked comes after it.
fn against_time(epochs: &[Epoch<'_>]) -> Vec<String> {
    let made: Vec<&Call> = epochs.iter().filter_map(|epoch| epoch.made_by).collect();
    let mut wrong = Vec::new();
    let mut earliest_answer_after = u64::MAX;
    for call in made.iter().rev() {
        if earliest_answer_after < call.asked {
            wrong.push(format!("it was asked after the answer to one that comes later: {call:?}"));
        }
        earliest_answer_after = earliest_answer_after.min(call.answered);
    }
    wrong
}

/// Why this refusal is none: the task was not so while it was asked, or was so that nothing speaks against it.
fn unjust(epochs: &[Epoch<'_>], refusal: &Refusal, call: &Call) -> Option<String> {
    let Some(version) = refusal.version else { return Some(format!("refused without a version: {call:?}")) };
    let at = usize::try_from(version).ok()?.checked_sub(1)?;
    let Some(epoch) = epochs.get(at) else { return Some(format!("there was no such version: {call:?}")) };
    let began = epoch.made_by.map_or(0, |made_by| made_by.asked);
    let ended = epochs.get(at + 1).and_then(|next| next.made_by).map_or(u64::MAX, |next| next.answered);
    if began > call.answered || ended < call.asked {
        return Some(format!("the task was not at version {version} at that time: {call:?}"));
    }
    let legal = next(Some(epoch.status), call.command.verb.kind()).is_some();
    let conflicts = call.command.expected_version.is_some_and(|expected| expected != version);
    let forbidden =
        !only_its_assignee(&call.command.verb) || epoch.assignee.as_ref() != Some(&call.command.by.id);
    let just = [
        (Code::CommandIllegal, !legal),
        (Code::VersionConflict, conflicts),
        (Code::CommandForbidden, forbidden),
    ]
    .contains(&(refusal.code, true));
    (!just || refusal.status != Some(epoch.status))
        .then(|| format!("nothing speaks against it at {}: {call:?}", epoch.status))
}

#[cfg(test)]
mod tests {
    use tracerail_schemas::{CommandId, Principal};
    use uuid::Uuid;

    use super::*;

    fn call(n: u128, by: &str, verb: Verb, (asked, answered): (u64, u64), outcome: CommandOutcome) -> Call {
        let command = Command {
            id: CommandId::from_uuid(Uuid::from_u128(n)),
            task_id: TaskId::from_uuid(Uuid::from_u128(1)),
            by: Principal::user(PersonId::new(by).unwrap()),
            expected_version: None,
            verb,
            traceparent: None,
        };
        Call { command, asked, answered, outcome }
    }

    fn done(version: u64, status: Status) -> CommandOutcome {
        CommandOutcome::Done { version, status }
    }

    fn refused(code: Code, version: u64, status: Status) -> CommandOutcome {
        let legal_commands = vec![];
        CommandOutcome::Refused(Refusal {
            code,
            message: String::new(),
            status: Some(status),
            version: Some(version),
            legal_commands,
        })
    }

    /// ada claims; bob tries to, meanwhile; ada starts.
    fn sound() -> Vec<Call> {
        vec![
            call(1, "ada", Verb::Claim, (10, 20), done(2, Status::Assigned)),
            call(2, "bob", Verb::Claim, (12, 30), refused(Code::CommandIllegal, 2, Status::Assigned)),
            call(3, "bob", Verb::Start, (5, 8), refused(Code::CommandIllegal, 1, Status::Pending)),
            call(4, "ada", Verb::Start, (25, 40), done(3, Status::InProgress)),
            call(5, "bob", Verb::Start, (25, 26), refused(Code::CommandForbidden, 2, Status::Assigned)),
        ]
    }

    fn wrong_with(change: impl Fn(&mut Vec<Call>)) -> bool {
        let mut calls = sound();
        change(&mut calls);
        !judge_order(&calls).is_empty()
    }

    #[test]
    fn what_can_have_happened_is_let_through() {
        assert_eq!(judge_order(&sound()), Vec::<String>::new());
    }

    #[test]
    fn what_cannot_have_happened_is_seen() {
        assert!(wrong_with(|it| it[1].outcome = done(2, Status::Assigned)), "two won");
        assert!(wrong_with(|it| it[3].outcome = done(4, Status::InProgress)), "a gap");
        assert!(
            wrong_with(|it| (it[3].asked, it[3].answered) = (1, 2)),
            "a later version was answered earlier"
        );
        assert!(wrong_with(|it| it[3].outcome = done(3, Status::Completed)), "it leads elsewhere");
        assert!(wrong_with(|it| it[3].command.by = it[1].command.by.clone()), "somebody else's task");
        assert!(
            wrong_with(|it| it[4].outcome = refused(Code::CommandIllegal, 2, Status::Assigned)),
            "it was legal"
        );
        assert!(wrong_with(|it| (it[4].asked, it[4].answered) = (50, 60)), "it stood elsewhere by then");
        assert!(wrong_with(|it| (it[1].asked, it[1].answered) = (1, 2)), "it did not stand there yet");
        assert!(
            wrong_with(|it| it[4].outcome = refused(Code::VersionConflict, 2, Status::Assigned)),
            "nobody asked for a version"
        );
    }
}
