//! Who may give which command. What the life cycle allows at all is not asked here.

use tracerail_schemas::Code;
use tracerail_schemas::task::{Command, Task, Verb};

use super::refused::Refused;
use super::standing::Standing;

/// Whether this command may be given by whoever gives it.
pub(super) fn check(task: &Task, command: &Command, standing: &Standing) -> Result<(), Refused> {
    let by = &command.by;
    let is_assignee = !standing.system && task.assignee() == Some(&by.id);
    let worker = task.state.completion.as_ref().map(|completion| &completion.completed_by.id);
    let is_worker = worker == Some(&by.id);
    let allowed = |yes: bool, whom: &str| {
        if yes {
            Ok(())
        } else {
            Err(Refused::new(
                Code::CommandForbidden,
                format!("{by} may not: only {whom} may {}", command.verb.kind()),
            ))
        }
    };
    match &command.verb {
        Verb::Claim => allowed(standing.candidate, "a candidate of the task"),
        Verb::Assign { to } => {
            allowed(standing.lead || standing.system, "a lead of its groups")?;
            target(standing, to)
        }
        Verb::Delegate { to } => {
            allowed(is_assignee || standing.lead, "its assignee or a lead of its groups")?;
            target(standing, to)
        }
        Verb::Release => allowed(is_assignee || standing.lead, "its assignee or a lead of its groups"),
        Verb::Start | Verb::Complete { .. } | Verb::RequestReview { .. } => {
            allowed(is_assignee, "its assignee")
        }
        Verb::Approve { .. } | Verb::RequestChanges { .. } => {
            allowed(!is_worker, "somebody other than the person whose work it is")?;
            allowed(!task.data.terms.excludes(&by.id), "somebody who is not excluded from the task")?;
            allowed(standing.candidate || standing.lead, "another candidate, or a lead of its groups,")
        }
        Verb::Escalate { .. } => {
            let yes = standing.candidate || standing.lead || is_assignee || standing.system;
            allowed(yes, "a candidate, its assignee or a lead")
        }
        Verb::Suspend { .. } | Verb::Resume => {
            let yes = is_assignee || standing.lead || standing.system;
            allowed(yes, "its assignee or a lead of its groups")
        }
        Verb::Cancel { .. } => {
            let yes = standing.lead || standing.system || task.data.created_by == *by;
            allowed(yes, "a lead of its groups or whoever created it")
        }
        Verb::Expire => allowed(standing.system, "TraceRail itself"),
        Verb::Comment { .. } => {
            let yes = standing.candidate || standing.lead || is_assignee || task.data.created_by == *by;
            allowed(yes || standing.system, "a candidate, its assignee, a lead or its creator")
        }
        Verb::SetPriority { .. } | Verb::SetDue { .. } => {
            allowed(standing.lead || standing.system, "a lead of its groups")
        }
        // Who may create tasks is a question of the edge: there is no task yet to stand to.
        Verb::Create(_) => Ok(()),
    }
}

fn target(standing: &Standing, to: &tracerail_schemas::PersonId) -> Result<(), Refused> {
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
