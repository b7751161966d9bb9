//! A workflow of one's own: a model looks at content first, then the rules, and where these say so a person decides.
//!
//! Model, rules, task and deadlines are TraceRail's; the workflow only says what follows what.

#![expect(missing_docs, missing_debug_implementations, reason = "the macros make items for the workflow")]

use anyhow::{Context as _, Result, anyhow};
use serde::{Deserialize, Serialize};
use temporalio_client::envconfig::LoadClientConfigProfileOptions;
use temporalio_client::{Client, ClientOptions, Connection, WorkflowGetResultOptions, WorkflowStartOptions};
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::runtime::RuntimeOptions;
use temporalio_sdk::{Runtime, Worker, WorkerOptions, WorkflowContext, WorkflowResult};
use tracerail_schemas::analysis::AnalysisRecord;
use tracerail_schemas::routing::{RouteRecord, RoutingDecision};
use tracerail_schemas::time::Hours;
use tracerail_temporal::toolkit::words::{HumanTask, Merged, Question, content};
use tracerail_temporal::toolkit::{Toolkit, merge_results};

/// The queue of this program's own workflows.
const QUEUE: &str = "content-analysis-rust";

/// What the workflow is asked.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Asked {
    /// The text.
    pub content: String,
    /// The task queue of the TraceRail that is asked.
    pub tracerail: String,
    /// Hours until a task that nobody decides is escalated.
    pub timeout_hours: Option<Hours>,
}

/// What became of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reviewed {
    /// The rules decided alone.
    ByRules {
        /// What they say.
        route: Box<RouteRecord>,
        /// What the model said.
        analysis: Box<AnalysisRecord>,
    },
    /// A person decided.
    ByPerson(Box<Merged>),
}

/// The seed's sample: analysed, routed, and decided by a person where that is needed.
#[workflow]
#[derive(Default)]
pub struct ContentAnalysisWorkflow;

#[workflow_methods]
impl ContentAnalysisWorkflow {
    /// Reviews a text.
    #[run(name = "ContentAnalysisWorkflow")]
    pub async fn run(ctx: &mut WorkflowContext<Self>, asked: Asked) -> WorkflowResult<Reviewed> {
        let tracerail = Toolkit::on(asked.tracerail);
        let analysis = tracerail.process_with_llm(ctx, content(&asked.content)).await?;
        let question = Question { content: content(&asked.content), analysis: Some(analysis.clone()) };
        let route = tracerail.route_decision(ctx, question).await?;
        if matches!(route.decision, RoutingDecision::Auto | RoutingDecision::Reject) {
            return Ok(Reviewed::ByRules { route: Box::new(route), analysis: Box::new(analysis) });
        }
        let task = HumanTask {
            timeout_hours: asked.timeout_hours,
            analysis: Some(analysis.clone()),
            route: Some(route),
            ..HumanTask::review(asked.content)
        };
        let human = tracerail.wait_for_human_decision(ctx, task).await?;
        Ok(Reviewed::ByPerson(Box::new(merge_results(analysis, human))))
    }
}

/// Has one text reviewed by a workflow of this id, on the Temporal at this address. The worker that runs it is here.
pub async fn review(address: &str, id: &str, asked: Asked) -> Result<Reviewed> {
    let client = connect(address).await?;
    let runtime = Runtime::from_current_tokio(RuntimeOptions::default())?;
    let options = WorkerOptions::new(QUEUE).register_workflow::<ContentAnalysisWorkflow>()?.build();
    let mut worker = Worker::new(&runtime, client.clone(), options)?;
    let shut_down = worker.shutdown_handle();
    let reviewing = async {
        let options = WorkflowStartOptions::new(QUEUE, id).build();
        let reviewed = match client.start_workflow(ContentAnalysisWorkflow::run, asked, options).await {
            Ok(started) => started.get_result(WorkflowGetResultOptions::default()).await.map_err(Into::into),
            Err(error) => Err(anyhow::Error::from(error)),
        };
        shut_down();
        reviewed
    };
    let (ran, reviewed) = tokio::join!(worker.run(), reviewing);
    ran?;
    reviewed
}

async fn connect(address: &str) -> Result<Client> {
    let settings = ClientOptions::load_from_config(LoadClientConfigProfileOptions::default());
    let (mut connection, client) = settings.map_err(|error| anyhow!("the settings of Temporal: {error}"))?;
    connection.target = format!("http://{address}").parse().context("the address of Temporal")?;
    Ok(Client::new(Connection::connect(connection).await?, client)?)
}
