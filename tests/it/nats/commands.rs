//! Commands over the bus.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::runtime::Handle;
use tracerail::backends::distributed::nats::{Connection, NatsCommands, NatsSettings, serve_commands};
use tracerail_actors::conformance::run;
use tracerail_actors::port::{CommandError, Commands};
use tracerail_schemas::principal::Principal;
use tracerail_schemas::task::{Command, CommandAnswer, CommandOutcome, Status, Verb};
use tracerail_schemas::{Code, CommandId, PersonId, TaskId};
use uuid::Uuid;

use super::stage::{settings, shared};

type Answered = BoxFuture<'static, Result<CommandAnswer, CommandError>>;

async fn asking() -> (Connection, NatsSettings, NatsCommands) {
    let settings = NatsSettings { command_timeout: Duration::from_millis(700), ..settings(&shared()) };
    let connection = Connection::open(&settings, Handle::current()).await.unwrap();
    let commands = NatsCommands::new(connection.clone(), settings.clone());
    (connection, settings, commands)
}

fn claim() -> Command {
    Command {
        id: CommandId::from_uuid(Uuid::from_u128(1)),
        task_id: TaskId::from_uuid(Uuid::from_u128(2)),
        by: Principal::user(PersonId::new("ann").unwrap()),
        expected_version: Some(3),
        traceparent: None,
        verb: Verb::Claim,
    }
}

fn done() -> CommandAnswer {
    let outcome = CommandOutcome::Done { version: 4, status: Status::Assigned };
    CommandAnswer { command_id: claim().id, task_id: claim().task_id, outcome }
}

/// Asks until somebody is there to answer.
async fn ask(commands: &NatsCommands) -> Result<CommandAnswer, CommandError> {
    loop {
        match commands.command(claim()).await {
            Err(CommandError::Nobody { .. }) => {}
            answered => return answered,
        }
    }
}

#[test]
fn a_command_is_answered_by_one_of_those_who_answer() {
    run(async {
        let (connection, settings, commands) = asking().await;
        let asked = Arc::new(AtomicU32::new(0));
        let answer = |command: Command| -> Answered {
            asked.fetch_add(1, Ordering::SeqCst);
            assert_eq!(command, claim());
            Box::pin(async { Ok(done()) })
        };
        tokio::select! {
            _ = serve_commands(&connection, &settings, answer) => unreachable!("it answers for ever"),
            _ = serve_commands(&connection, &settings, answer) => unreachable!("it answers for ever"),
            answered = ask(&commands) => {
                assert_eq!(answered, Ok(done()));
            }
        }
        assert_eq!(asked.load(Ordering::SeqCst), 1, "one of them was asked");
    });
}

#[test]
fn without_anybody_a_command_has_no_effect_and_without_an_answer_it_may_have() {
    run(async {
        let (connection, settings, commands) = asking().await;
        let nobody = commands.command(claim()).await.unwrap_err();
        assert!(matches!(nobody, CommandError::Nobody { .. }), "{nobody}");
        let silent = |_: Command| -> Answered { Box::pin(std::future::pending()) };
        tokio::select! {
            _ = serve_commands(&connection, &settings, silent) => unreachable!("it answers for ever"),
            answered = ask(&commands) => {
                let error = answered.unwrap_err();
                assert_eq!(error.code(), Code::OutcomeUnknown);
                assert!(error.to_string().contains("same id"), "{error}");
            }
        }
    });
}
