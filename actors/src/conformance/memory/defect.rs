//! What can be broken on purpose.

macro_rules! defects {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {
        /// A way in which the backend can be broken, to see that a suite notices.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum Defect {
            $($(#[$doc])* $name),+
        }

        impl Defect {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];
        }
    };
}

defects! {
    /// A cause takes effect as often as it comes.
    ForgetsCauses,
    /// Whether a cause was there is looked up outside the lock of the commit.
    ChecksCausesTooEarly,
    /// Another payload under a known cause gets the answer of the first.
    IgnoresPayloads,
    /// Any version is overwritten.
    IgnoresVersions,
    /// A record of a content item is overwritten.
    OverwritesRecords,
    /// A guard is not looked at.
    IgnoresGuards,
    /// A batch that is a conflict leaves its events behind.
    KeepsEventsOfConflicts,
    /// The outbox does not survive a crash.
    LosesOutbox,
    /// What was sent comes out of the outbox again.
    ForgetsSent,
    /// A delivery counts as acknowledged when it is handed out.
    AcksOnPull,
    /// A crash forgets acknowledgements.
    LosesAcks,
    /// A delivery is handed out while it is being handled.
    HandsOutTwice,
    /// A delivery that was given back comes at once.
    IgnoresDelays,
    /// What was given back holds up all that is behind it.
    StopsAtDelays,
    /// Every nak counts as a failure.
    CountsEveryNak,
    /// A receipt of somebody else's delivery is taken.
    TakesStaleReceipts,
    /// An event is added as often as it is published.
    AddsTwice,
    /// A dead letter can be replayed again and again.
    ReplaysTwice,
    /// What was handed out is no longer counted as lag.
    CountsOnlyWaiting,
    /// Timers of closed tasks are found.
    WakesClosed,
    /// Tasks are due before their time.
    WakesEarly,
    /// Tasks that are due come in the order of their creation.
    DueUnordered,
    /// A page leaves out the task after its last one.
    SkipsBetweenPages,
    /// A trail has only what is about the content itself.
    TrailWithoutTask,
    /// Closed tasks count among those people have to do.
    CountsClosed,
    /// A crash forgets what the store holds.
    LosesStore,
    /// A crash forgets what the log holds, deliveries and dead letters included.
    LosesLog,
    /// A delivery after a crash counts as a failure.
    CountsCrashes,
    /// A release gives nothing back.
    KeepsOnRelease,
    /// An instance that has released pulls on.
    PullsAfterRelease,
    /// A death gives nothing back.
    KeepsOnDeath,
    /// The body of an event is changed on its way.
    ChangesBytes,
    /// A pull hands out more than was asked for.
    IgnoresMax,
    /// A pull does not wait.
    NeverWaits,
    /// A repetition gets no answer.
    ForgetsAnswers,
    /// The outbox is told newest first.
    UnsentReversed,
    /// A repetition is told that nothing is left to publish.
    NothingLeftToRepeat,
    /// Filters of tasks, dead letters and subjects are ignored.
    IgnoresFilters,
    /// Only the first of a batch's records is written.
    WritesRecordsInPart,
    /// Items with the same id are taken for one another, whatever their tenant and source.
    MixesNamesakes,
    /// The task of a conflict is written all the same.
    WritesTasksOfConflicts,
    /// A task that was kept elsewhere is refused, as its version is not the first.
    BeginsWithTheFirstVersionOnly,
    /// A cursor stays where it was first left.
    CursorStands,
    /// Ids are looked up as they are written, with hyphens.
    SearchesWithHyphens,
    /// Closed tasks are not counted.
    CountsOpenOnly,
    /// A list tells what a task was at first.
    ListsStale,
    /// A timer is armed once, when its task is created.
    ArmsOnce,
    /// A task waits in the queues it was in at first.
    QueuesStand,
    /// The oldest task is taken for the most urgent.
    WaitsByAge,
    /// A pause is never lifted.
    PausesForEver,
    /// A dead letter is handed out like what was given back.
    HandsOutDead,
    /// An event that dies again after its replay is dropped.
    BuriesOnce,
    /// What ended goes however long ago that was.
    RetainsNothingLong,
    /// The answers to the commands of an item stay when it goes.
    LeavesAnswers,
    /// What is only to be counted goes.
    CountsForReal,
    /// An item goes while an actor has still to handle one of its events.
    TakesUnhandled,
    /// What is erased stays in the events.
    LeavesEvents,
    /// What is open is erased.
    ErasesOpen,
    /// An event from which something was erased does not say what it was.
    BreaksChains,
    /// Each erasure leaves a tombstone.
    BuriesAgain,
    /// Whoever erases themself stands on the tombstone.
    NamesWhoErases,
}
