//! The suites pass on a sound backend, and fail on a broken one.

mod crashes;
mod defects;
mod memory;

/// A suite's names stand twice, as functions and in `ALL`: here they are held together.
#[test]
fn each_suite_names_all_of_its_tests() {
    macro_rules! check {
        ($($suite:ident),+) => {
            $(names_all(stringify!($suite), include_str!(concat!("../", stringify!($suite), ".rs")), super::$suite::ALL);)+
            assert_eq!([$(stringify!($suite)),+], super::SUITES);
        };
    }
    check!(
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
        timers
    );
}

fn names_all(suite: &str, source: &str, all: &[&str]) {
    let found: Vec<_> = source
        .lines()
        .filter_map(|line| line.strip_prefix("pub async fn "))
        .filter_map(|line| line.split('(').next())
        .collect();
    assert_eq!(found, all, "{suite}::ALL names the tests of its file, in their order");
}
