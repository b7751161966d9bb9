//! Who may give which command. What the life cycle allows at all is not asked here.

use tracerail_schemas::principal::PrincipalKind;
use tracerail_schemas::task::{Command, Task, Verb};
use tracerail_schemas::{Code, PersonId, Principal};

use super::refused::Refused;
use super::standing::Standing;

/// Whether this command may be given by whoever gives it.
pub(super) fn check(task: &Task, command: &Command, standing: &Standing) -> Result<(), Refused> {
    let by = &command.by;
    let is_assignee = !standing.system && task.assignee() == Some(&by.id);
    let is_creator = task.data.created_by == *by;
    let allowed = |yes: bool, whom: &str| {
        if yes {
            Ok(())
        } else {
            let message = format!("{by} may not: only {whom} may {}", command.verb.kind());
            Err(Refused::new(Code::CommandForbidden, message))
        }
    };
    match &command.verb {
        Verb::Claim => {
            allowed(standing.candidate, "a candidate of the task")?;
            free(task, &by.id)
        }
        Verb::Accept | Verb::Decline { .. } => {
            let is_theirs = task.state.offer.as_ref().is_some_and(|offer| offer.to == by.id);
            allowed(!standing.system && is_theirs, "the one to whom it is offered")
        }
        Verb::Assign { to } => {
            allowed(standing.lead || standing.system, "a lead of its groups")?;
            target(standing, to)
        }
        Verb::Delegate { to } => {
            allowed(is_assignee || standing.lead, "its assignee or a lead of its groups")?;
            target(standing, to)
        }
        Verb::Release | Verb::SetFollowUp { .. } => {
            allowed(is_assignee || standing.lead, "its assignee or a lead of its groups")
        }
        Verb::Heartbeat | Verb::Start | Verb::Complete { .. } | Verb::RequestReview { .. } => {
            allowed(is_assignee, "its assignee")
        }
        Verb::Approve { .. } | Verb::RequestChanges { .. } => {
            reviewer(task, &by.id, standing).or_else(|whom| allowed(false, whom))
        }
        Verb::Escalate { .. } => {
            let may = standing.candidate || standing.lead || is_assignee || standing.system;
            let whom = "a candidate, its assignee, a lead or the program that created it";
            allowed(may || is_its_program(task, by), whom)
        }
        Verb::Suspend { .. } | Verb::Resume => {
            let yes = is_assignee || standing.lead || standing.system;
            allowed(yes, "its assignee or a lead of its groups")
        }
        Verb::Cancel { .. } => allowed(
            standing.lead || standing.system || is_creator,
            "a lead of its groups or whoever created it",
        ),
        Verb::Expire => allowed(standing.system, "TraceRail itself"),
        Verb::Comment { .. } => {
            let yes = standing.candidate || standing.lead || is_assignee || is_creator;
            allowed(yes || standing.system, "a candidate, its assignee, a lead or its creator")
        }
        Verb::SetPriority { .. } | Verb::SetDue { .. } | Verb::RecomputeSla { .. } => {
            allowed(standing.lead || standing.system, "a lead of its groups")
        }
        // Who may create tasks is a question of the edge: there is no task yet to stand to.
        Verb::Create(_) => Ok(()),
    }
}

/// Whether this person may look at the work as the second one; otherwise, who may.
fn reviewer(task: &Task, by: &PersonId, standing: &Standing) -> Result<(), &'static str> {
    let state = &task.state;
    let worker = state.completion.as_ref().map(|work| &work.completed_by.id);
    if worker == Some(by) {
        return Err("somebody other than the person whose work it is");
    }
    if standing.stands_in || state.delegates.contains(by) {
        return Err("somebody through whose hands the work has not gone");
    }
    if task.data.terms.excludes(by) {
        return Err("somebody who is not excluded from the task");
    }
    if state.reviews.iter().any(|review| review.reviewer.id == *by) {
        return Err("somebody who has not said yet what they think of this work");
    }
    if state.adjudicating && !standing.lead {
        return Err("a lead of its groups, since the reviewers disagree,");
    }
    if !standing.candidate && !standing.lead {
        return Err("another candidate, or a lead of its groups,");
    }
    Ok(())
}

/// Whether it is the program that created the task. A person who creates tasks could push all of their own ahead; a program says what
/// its rules say.
fn is_its_program(task: &Task, by: &Principal) -> bool {
    by.kind == PrincipalKind::Agent && task.data.created_by == *by
}

/// While it is offered to one person, nobody else takes it.
fn free(task: &Task, by: &PersonId) -> Result<(), Refused> {
    match task.state.offer.as_ref().filter(|offer| offer.to != *by) {
        Some(offer) => {
            let message = format!("the task is offered to {} until {}", offer.to, offer.until);
            Err(Refused::new(Code::CommandForbidden, message))
        }
        None => Ok(()),
    }
}

fn target(standing: &Standing, to: &PersonId) -> Result<(), Refused> {
    if !standing.target_known {
        return Err(Refused::new(
            Code::PersonUnsuitable,
            format!("there is no person {to} in the configuration"),
        ));
    }
    if !standing.target_candidate {
        return Err(Refused::new(Code::PersonUnsuitable, format!("{to} is no candidate of this task")));
    }
    Ok(())
}
