//! What happens on the actors' thread: builds them, lets them run, takes them down.

use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use actix::{Actor, Addr, Recipient};
use tokio::sync::{mpsc, oneshot, watch};
use tracerail_schemas::task::{Command, CommandAnswer, CommandOutcome};

use super::{Role, ticker};
use crate::deliver::{Deliver, HandlerError};
use crate::escalation::EscalationActor;
use crate::llm::LlmActor;
use crate::meters::{Answered, Meters};
use crate::port::{Consumer, Ports};
use crate::pump::{Pump, PumpSettings};
use crate::router::RouterActor;
use crate::settings::Settings;
use crate::sla::SlaActor;
use crate::task::{Chooser, GiveCommand, TaskActor};

/// A command, and where its answer goes.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) command: Command,
    pub(super) answer: oneshot::Sender<Result<CommandAnswer, HandlerError>>,
}

/// Everything the thread is given.
pub(super) struct Stage {
    pub(super) ports: Ports,
    pub(super) settings: Settings,
    pub(super) roles: BTreeSet<Role>,
    pub(super) meters: Arc<Meters>,
    pub(super) asked: mpsc::Receiver<Asked>,
    pub(super) stopped: watch::Receiver<bool>,
    pub(super) ready: oneshot::Sender<()>,
}

/// Lets the actors run until they are told to stop and everything has come to rest.
pub(super) async fn perform(stage: Stage) {
    let Stage { ports, settings, roles, meters, asked, stopped, ready } = stage;
    let settings = Rc::new(settings);
    let beating = actix::spawn(ticker::beating(Arc::clone(&meters)));
    let cast = Cast::new(&ports, &settings);

    let pumps: Vec<_> = Consumer::ALL
        .into_iter()
        .filter(|consumer| roles.contains(&Role::of(*consumer)))
        .map(|consumer| {
            let pump = PumpSettings {
                consumer,
                ports: ports.clone(),
                settings: Rc::clone(&settings),
                meters: Arc::clone(&meters),
                spawn: cast.spawner(consumer),
                stop: stopped.clone(),
            };
            actix::spawn(Pump::run(pump))
        })
        .collect();
    let pulling = !pumps.is_empty();
    let every = settings.sla_tick;
    let emitted: Vec<_> = roles.iter().flat_map(|role| role.emits()).copied().collect();
    let relaying = (!roles.is_empty())
        .then(|| actix::spawn(ticker::relaying(ports.clone(), emitted, every, stopped.clone())));
    let sweeping = roles.contains(&Role::Sla).then(|| {
        let spawn = cast.sweeper(&meters);
        actix::spawn(ticker::sweeping(spawn, every, Arc::clone(&meters), stopped.clone()))
    });
    let commands = actix::spawn(answer_commands(cast, asked, meters, stopped));
    // Whoever waits for this may be gone already; then nobody needs to know.
    ready.send(()).unwrap_or_default();

    for task in pumps.into_iter().chain(relaying).chain(sweeping).chain([commands]) {
        if let Err(error) = task.await {
            tracing::error!(%error, "a part of the actors' thread ended in a panic");
        }
    }
    // Who has pulled nothing has nothing to let go of.
    if pulling && let Err(error) = ports.log.release().await {
        tracing::warn!(
            error = error.chain(),
            "the events could not be let go of; others get them when the lease is over"
        );
    }
    beating.abort();
}

/// How the actors are made, the first time and again after a panic.
struct Cast {
    ports: Ports,
    settings: Rc<Settings>,
    chooser: Chooser,
}

impl Cast {
    fn new(ports: &Ports, settings: &Rc<Settings>) -> Self {
        let chooser = Chooser { ports: ports.clone(), settings: Rc::clone(settings), cursors: Rc::default() };
        Self { ports: ports.clone(), settings: Rc::clone(settings), chooser }
    }

    fn task_actor(&self) -> TaskActor {
        TaskActor {
            ports: self.ports.clone(),
            settings: Rc::clone(&self.settings),
            chooser: self.chooser.clone(),
        }
    }

    fn spawner(&self, consumer: Consumer) -> Box<dyn Fn() -> Recipient<Deliver>> {
        let (ports, settings) = (self.ports.clone(), Rc::clone(&self.settings));
        match consumer {
            Consumer::Llm => {
                let actor = LlmActor { ports, settings };
                Box::new(move || actor.clone().start().recipient())
            }
            Consumer::Router => {
                let actor = RouterActor { ports, settings };
                Box::new(move || actor.clone().start().recipient())
            }
            Consumer::Task | Consumer::Command => {
                let actor = self.task_actor();
                Box::new(move || actor.clone().start().recipient())
            }
            Consumer::Escalation => {
                let actor = EscalationActor { ports, settings };
                Box::new(move || actor.clone().start().recipient())
            }
        }
    }

    fn sweeper(&self, meters: &Arc<Meters>) -> impl Fn() -> Addr<SlaActor> + use<> {
        let (ports, chooser, meters) = (self.ports.clone(), self.chooser.clone(), Arc::clone(meters));
        let actor = SlaActor { ports, chooser, meters };
        move || actor.clone().start()
    }
}

/// Hands commands to the task actor, as many at once as there are; stops when nobody can give any more.
async fn answer_commands(
    cast: Cast,
    mut asked: mpsc::Receiver<Asked>,
    meters: Arc<Meters>,
    mut stopped: watch::Receiver<bool>,
) {
    let mut actor = cast.task_actor().start();
    loop {
        let Asked { command, answer } = tokio::select! {
            next = asked.recv() => match next {
                Some(next) => next,
                None => return,
            },
            _ = stopped.wait_for(|stopped| *stopped) => return,
        };
        if !actor.connected() {
            actor = cast.task_actor().start();
        }
        let (actor, meters, began) = (actor.clone(), Arc::clone(&meters), Instant::now());
        actix::spawn(async move {
            let answered = actor
                .send(GiveCommand(command))
                .await
                .unwrap_or_else(|_| Err(HandlerError::Failed { why: "the handler panicked".to_owned() }));
            meters.answered(how(&answered), began.elapsed());
            // Whoever asked may have gone; the command's effect stands all the same.
            answer.send(answered).unwrap_or_default();
        });
    }
}

fn how(answered: &Result<CommandAnswer, HandlerError>) -> Answered {
    match answered {
        Ok(CommandAnswer { outcome: CommandOutcome::Done { .. }, .. }) => Answered::Done,
        Ok(CommandAnswer { outcome: CommandOutcome::Refused(_), .. }) => Answered::Refused,
        Err(_) => Answered::Failed,
    }
}
