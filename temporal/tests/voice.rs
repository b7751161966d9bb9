//! Whoever speaks only Temporal: its command line, a program in Rust, and one in Python.

use std::cell::RefCell;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use temporalio_client::{
    Client, UntypedQuery, UntypedSignal, UntypedWorkflow, WorkflowQueryOptions, WorkflowSignalOptions,
};
use temporalio_common::data_converters::{PayloadConverter, RawValue};
use tokio::runtime::Runtime;
use tracerail::config::TemporalConfig;
use tracerail_temporal::connect::connect;
use tracerail_testkit::servers::Temporal;
use tracerail_testkit::wait_until;

use crate::stage::python;

/// Which of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Voice {
    CommandLine,
    Rust,
    Python,
}

/// One of them, at a server.
pub(crate) enum Speaker<'a> {
    CommandLine(&'a Temporal),
    Rust(Runtime, Client),
    Python(RefCell<Script>),
}

impl<'a> Speaker<'a> {
    pub(crate) fn new(voice: Voice, temporal: &'a Temporal) -> Self {
        match voice {
            Voice::CommandLine => Self::CommandLine(temporal),
            Voice::Rust => {
                let runtime = tokio::runtime::Builder::new_multi_thread()
                    .worker_threads(1)
                    .enable_all()
                    .build()
                    .unwrap();
                let config = TemporalConfig { host: temporal.host(), ..TemporalConfig::default() };
                let client = runtime.block_on(connect(&config)).unwrap();
                Self::Rust(runtime, client)
            }
            Voice::Python => Self::Python(RefCell::new(Script::start(&temporal.host()))),
        }
    }

    /// Signals this to a workflow; whether it was taken.
    pub(crate) fn signal(&self, id: &str, name: &str, said: &Value) -> Result<(), String> {
        wait_until("a run that takes signals", Duration::from_mins(1), || {
            let sent = self.try_to_signal(id, name, said);
            // A run that goes on as another one takes none for a moment.
            match sent {
                Err(why) if why.contains("workflow is closing") => Err(why),
                Ok(()) | Err(_) => Ok(sent),
            }
        })
    }

    fn try_to_signal(&self, id: &str, name: &str, said: &Value) -> Result<(), String> {
        match self {
            Self::CommandLine(temporal) => {
                let line = ["workflow", "signal", "-w", id, "--name", name, "-i", &said.to_string()];
                let sent = temporal.run(&line);
                if sent.code == Some(0) { Ok(()) } else { Err(sent.stderr) }
            }
            Self::Rust(runtime, client) => {
                let workflow = client.get_workflow_handle::<UntypedWorkflow>(id);
                let options = WorkflowSignalOptions::default();
                let sent = workflow.signal(UntypedSignal::new(name), raw(Some(said)), options);
                runtime.block_on(sent).map_err(|error| error.to_string())
            }
            Self::Python(script) => {
                let said = json!({"workflow": id, "signal": name, "args": [said]});
                script.borrow_mut().answer(&said).map(drop)
            }
        }
    }

    /// What a query of a workflow answers.
    pub(crate) fn query(&self, id: &str, name: &str, about: Option<&Value>) -> Result<Value, String> {
        match self {
            Self::CommandLine(temporal) => {
                let about = about.map(Value::to_string);
                let mut line = vec!["workflow", "query", "--type", name, "-o", "json", "-w", id];
                line.extend(about.iter().flat_map(|about| ["-i", about]));
                let asked = temporal.run(&line);
                if asked.code == Some(0) {
                    Ok(asked.json()["queryResult"][0].clone())
                } else {
                    Err(asked.stderr)
                }
            }
            Self::Rust(runtime, client) => {
                let workflow = client.get_workflow_handle::<UntypedWorkflow>(id);
                let options = WorkflowQueryOptions::default();
                let asked = workflow.query(UntypedQuery::new(name), raw(about), options);
                let answer = runtime.block_on(asked).map_err(|error| error.to_string())?;
                Ok(answer.to_value(&PayloadConverter::default()))
            }
            Self::Python(script) => {
                let about: Vec<_> = about.into_iter().collect();
                script.borrow_mut().answer(&json!({"workflow": id, "query": name, "args": about}))
            }
        }
    }
}

fn raw(said: Option<&Value>) -> RawValue {
    said.map_or_else(RawValue::default, |said| RawValue::from_value(said, &PayloadConverter::default()))
}

/// The program in Python; killed when nobody needs it any more.
pub(crate) struct Script {
    child: Child,
    tell: ChildStdin,
    hear: BufReader<ChildStdout>,
}

impl Script {
    fn start(host: &str) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/voice.py");
        let mut command = Command::new(python());
        command.arg(script).env("TEMPORAL_ADDRESS", host).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (tell, hear) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        Self { child, tell, hear }
    }

    fn answer(&mut self, said: &Value) -> Result<Value, String> {
        writeln!(self.tell, "{said}").unwrap();
        let mut line = String::new();
        self.hear.read_line(&mut line).unwrap();
        let mut told: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        match told["error"].as_str() {
            Some(error) => Err(error.to_owned()),
            None => Ok(told["answer"].take()),
        }
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.child.kill().unwrap_or_default();
        self.child.wait().unwrap();
    }
}
