//! How an effect happens once: commit, then publish, then acknowledge. In this order, and nowhere else.
//!
//! Whatever the process dies between, the delivery comes again, its cause is found applied, and what was left is done.

use tracerail_schemas::EncodedEvent;
use tracerail_schemas::task::CommandAnswer;

use crate::failpoint;
use crate::port::{Batch, Committed, PortError, Ports, Receipt};
use crate::system::Role;

/// What came of a batch.
#[derive(Clone, PartialEq, Debug)]
pub enum Effect {
    /// It took effect now.
    Applied,
    /// Its cause had taken effect before; this is the answer of then.
    AlreadyApplied(Option<CommandAnswer>),
    /// Its cause was used before for something else.
    CauseReused,
    /// It was decided on something that is no longer so. The delivery is not acknowledged.
    Conflict,
}

/// Commits, publishes, acknowledges.
pub async fn take_effect(ports: &Ports, batch: Batch, receipt: Option<Receipt>) -> Result<Effect, PortError> {
    // The rights of each role on the bus, and who makes up for it when it dies, follow from what it is said to make.
    debug_assert!(batch.events.iter().all(is_declared), "a role makes an event that is not among its own");
    failpoint::hit("effect.before_commit");
    let (unsent, effect) = match ports.store.commit(batch, receipt).await? {
        Committed::Applied { unsent } => (unsent, Effect::Applied),
        Committed::AlreadyApplied { answer, unsent } => (unsent, Effect::AlreadyApplied(answer)),
        Committed::CauseReused => return Ok(Effect::CauseReused),
        Committed::Conflict => return Ok(Effect::Conflict),
    };
    failpoint::hit("effect.after_commit");
    publish(ports, unsent).await?;
    failpoint::hit("effect.after_publish");
    if let Some(receipt) = receipt
        && !ports.store.commit_acknowledges()
    {
        ports.log.ack(receipt).await?;
    }
    failpoint::hit("effect.after_ack");
    Ok(effect)
}

/// Whether the role that made this event is said to make such events.
fn is_declared(event: &EncodedEvent) -> bool {
    let role = event.envelope.source.strip_prefix("tracerail/").and_then(Role::from_name);
    role.is_none_or(|role| role.emits().contains(&event.envelope.subject))
}

/// Publishes committed events, and notes that they are.
pub(crate) async fn publish(ports: &Ports, unsent: Vec<EncodedEvent>) -> Result<(), PortError> {
    if unsent.is_empty() {
        return Ok(());
    }
    let published = ports.log.publish(unsent).await?;
    ports.store.sent(&published).await
}
