//! The suites pass on a sound backend, and fail on a broken one.

mod crashes;
mod defects;
mod memory;
pub(crate) mod whole_path;

macro_rules! suites {
    ($($suite:ident),+) => {
        /// Each suite: its name, its source and the names it lists.
        const SUITES: &[(&str, &str, &[&str])] = &[
            $((stringify!($suite), include_str!(concat!("../", stringify!($suite), ".rs")), super::$suite::ALL)),+
        ];
    };
}

suites!(
    event_log,
    ownership,
    dead_letters,
    reading,
    commit,
    receipts,
    races,
    outbox,
    contents,
    tasks,
    queues,
    timers,
    upkeep
);

/// Suite and name of every test.
fn all_tests() -> impl Iterator<Item = (&'static str, &'static str)> {
    SUITES.iter().flat_map(|(suite, _, all)| all.iter().map(|test| (*suite, *test)))
}

/// A suite's names stand twice, as functions and in `ALL`: here they are held together.
#[test]
fn each_suite_lists_all_of_its_tests() {
    assert!(SUITES.iter().map(|(suite, ..)| suite).eq(super::SUITES));
    for (suite, source, all) in SUITES {
        let functions = source.lines().filter_map(|line| line.strip_prefix("pub async fn "));
        let found: Vec<_> = functions.filter_map(|line| line.split('(').next()).collect();
        assert_eq!(found, *all, "{suite}::ALL lists the tests of its file, in their order");
    }
}
