//! A handler that panics on an item costs that item tries, never the item and never another one.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use tracerail::TraceRail;
use tracerail::config::Edition;
use tracerail_actors::port::{
    Analyst, AnalystAnswer, AnalystError, Directory, Ports, Profile, RoutingEngine, RoutingError,
};
use tracerail_actors::system::Role;
use tracerail_actors::{Settings, TaskPolicy};
use tracerail_schemas::analysis::AnalystKind;
use tracerail_schemas::content::{ContentBody, Outcome};
use tracerail_schemas::dead_letter::DeadLetterStatus;
use tracerail_schemas::routing::{RoutingContext, RoutingDecision, RoutingResult};
use tracerail_schemas::{Code, ContentKey, GroupId, PersonId};

use crate::pair::{self, on_both_editions};
use crate::stage::{PEOPLE, Stage};

on_both_editions! {
    an_analyst_that_panics_on_one_item_leaves_it_to_a_person_and_the_others_alone,
    a_routing_engine_that_panics_on_one_item_leaves_it_to_a_person_and_the_others_alone,
    an_item_that_can_get_no_task_is_held_and_goes_on_when_it_is_replayed,
}

const CURSED: &str = "thank you, but this one is cursed";

/// Panics on the cursed item, and asks somebody sensible about every other one.
struct Touchy<T> {
    sensible: T,
    panics: Arc<AtomicUsize>,
}

impl<T> Touchy<T> {
    fn look_at(&self, text: &str) {
        if text == CURSED {
            self.panics.fetch_add(1, Ordering::SeqCst);
            panic!("a test's panic, planted");
        }
    }
}

#[async_trait]
impl Analyst for Touchy<Arc<dyn Analyst>> {
    async fn analyze(&self, key: &ContentKey, body: &ContentBody) -> Result<AnalystAnswer, AnalystError> {
        // The others are on their way when it panics.
        tokio::task::yield_now().await;
        self.look_at(&body.content);
        self.sensible.analyze(key, body).await
    }

    fn kind(&self) -> AnalystKind {
        self.sensible.kind()
    }

    fn provider(&self) -> &str {
        self.sensible.provider()
    }

    fn model(&self) -> &str {
        self.sensible.model()
    }

    fn prompt_version(&self) -> &str {
        self.sensible.prompt_version()
    }
}

#[async_trait]
impl RoutingEngine for Touchy<Arc<dyn RoutingEngine>> {
    async fn route(&self, context: &RoutingContext) -> Result<RoutingResult, RoutingError> {
        self.look_at(&context.content);
        self.sensible.route(context).await
    }

    async fn explain(&self, context: &RoutingContext) -> Result<serde_json::Value, RoutingError> {
        self.sensible.explain(context).await
    }
}

fn an_analyst_that_panics_on_one_item_leaves_it_to_a_person_and_the_others_alone(on: Edition) {
    let panics = Arc::new(AtomicUsize::new(0));
    let (stage, rail) = with_ports(on, |ports| {
        ports.analyst =
            Arc::new(Touchy { sensible: Arc::clone(&ports.analyst), panics: Arc::clone(&panics) });
    });
    the_cursed_item_gets_a_person(&stage, &panics);
    stage.block_on(rail.stop());
}

fn a_routing_engine_that_panics_on_one_item_leaves_it_to_a_person_and_the_others_alone(on: Edition) {
    let panics = Arc::new(AtomicUsize::new(0));
    let (stage, rail) = with_ports(on, |ports| {
        ports.routing =
            Arc::new(Touchy { sensible: Arc::clone(&ports.routing), panics: Arc::clone(&panics) });
    });
    the_cursed_item_gets_a_person(&stage, &panics);
    stage.block_on(rail.stop());
}

fn the_cursed_item_gets_a_person(stage: &Stage, panics: &AtomicUsize) {
    let before: Vec<_> = (0..10).map(|n| stage.submit(&format!("a{n}"), "thank you")).collect();
    let cursed = stage.submit("cursed", CURSED);
    let after: Vec<_> = (0..10).map(|n| stage.submit(&format!("b{n}"), "thank you")).collect();
    let task = stage.wait_as_time_passes("a person gets the item", || {
        stage.task(&cursed).ok_or_else(|| format!("{:?}", stage.trail(&cursed)))
    });
    assert!(task.is_open());
    assert_eq!(panics.load(Ordering::SeqCst), 4, "the last of five tries does without what fails");
    assert_eq!(stage.content(&cursed).route.unwrap().decision, RoutingDecision::Human);
    for item in before.iter().chain(&after) {
        let outcome = stage.wait_as_time_passes("the end of another item", || {
            stage
                .content(item)
                .terminal
                .map(|end| end.outcome)
                .ok_or_else(|| format!("{:?}", stage.trail(item)))
        });
        assert_eq!(outcome, Outcome::Auto, "{item}");
    }
    assert_eq!(stage.dead_letters(), []);
}

/// A directory that fails when it is asked for the members of a group, until it is mended.
struct Broken {
    directory: Arc<dyn Directory>,
    mended: Arc<AtomicBool>,
}

impl Directory for Broken {
    fn is_open(&self) -> bool {
        self.directory.is_open()
    }

    fn knows(&self, person: &PersonId) -> bool {
        self.directory.knows(person)
    }

    fn leads(&self, person: &PersonId, groups: &[GroupId]) -> bool {
        self.directory.leads(person, groups)
    }

    fn is_member(&self, person: &PersonId, groups: &[GroupId]) -> bool {
        self.directory.is_member(person, groups)
    }

    fn groups_of(&self, person: &PersonId) -> Vec<GroupId> {
        self.directory.groups_of(person)
    }

    fn members(&self, group: &GroupId) -> Vec<PersonId> {
        assert!(self.mended.load(Ordering::SeqCst), "a test's panic, planted");
        self.directory.members(group)
    }

    fn leads_of(&self, group: &GroupId) -> Vec<PersonId> {
        self.directory.leads_of(group)
    }

    fn profile(&self, person: &PersonId) -> Option<&Profile> {
        self.directory.profile(person)
    }
}

fn an_item_that_can_get_no_task_is_held_and_goes_on_when_it_is_replayed(on: Edition) {
    let mended = Arc::new(AtomicBool::new(false));
    let (stage, rail) = with_ports(on, |ports| {
        ports.directory =
            Arc::new(Broken { directory: Arc::clone(&ports.directory), mended: Arc::clone(&mended) });
    });
    let (item, thanks) = (stage.submit("1", "Who has time for me?"), stage.submit("2", "thank you"));
    assert_eq!(stage.wait_for_end(&thanks).outcome, Outcome::Auto);
    let letter = stage.wait_as_time_passes("a dead letter", || {
        stage.dead_letters().pop().ok_or_else(|| format!("{:?}", stage.trail(&item)))
    });
    assert_eq!((letter.code, letter.actor.as_str(), letter.attempts), (Code::HandlerFailed, "task", 5));
    assert_eq!((letter.status, letter.subject.as_str()), (DeadLetterStatus::Held, "content.routed"));
    assert_eq!(stage.task(&item), None);

    mended.store(true, Ordering::SeqCst);
    assert!(stage.block_on(rail.replay(letter.number)).unwrap());
    let task = stage.wait_for_any_task(&item);
    assert_eq!(task.assignee().map(PersonId::as_str), Some("ada"), "round robin begins with the first");
    assert_eq!(stage.dead_letters()[0].status, DeadLetterStatus::Replayed);
    assert!(!stage.block_on(rail.replay(letter.number)).unwrap(), "once is enough");
    assert!(!stage.block_on(rail.replay(99)).unwrap(), "there is no such letter");
    stage.block_on(rail.stop());
}

/// A stage whose own TraceRail runs no actors, and one beside it on the same store that runs all of them on changed ports.
fn with_ports(on: Edition, change: impl FnOnce(&mut Ports)) -> (Stage, TraceRail) {
    let stage = Stage::open(&format!("{PEOPLE}\n{}", pair::configuration(on)), &[]);
    let mut ports = stage.rail().ports().clone();
    change(&mut ports);
    let settings = Settings {
        retry_base: Duration::from_millis(1),
        retry_max: Duration::from_millis(2),
        tasks: TaskPolicy::default(),
        ..Settings::default()
    };
    let roles: BTreeSet<Role> = Role::ALL.into();
    let rail = stage.block_on(TraceRail::start(ports, settings, roles)).unwrap();
    (stage, rail)
}
