//! How a list of names becomes tests.

use std::time::Duration;

/// A test that takes longer than this hangs, and says so.
const TEST_ENDS_WITHIN: Duration = Duration::from_mins(1);

/// Runs one test of a suite on a runtime of its own.
pub fn run(test: impl Future<Output = ()>) {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a tokio runtime");
    let ended = runtime.block_on(async { tokio::time::timeout(TEST_ENDS_WITHIN, Box::pin(test)).await });
    ended.unwrap_or_else(|_| {
        panic!("the test hangs: it has not ended within {}s", TEST_ENDS_WITHIN.as_secs())
    });
    // What a backend left running ends with its test, and is not waited for.
    runtime.shutdown_background();
}

/// Makes a `#[test]` of each listed name, and one that fails when a name or a suite is missing from the list.
///
/// ```text
/// tracerail_actors::conformance_tests! {
///     SqliteHarness::default();
///     commit::{ is_atomic, a_cause_takes_effect_once };
///     races::{ one_cause_from_sixteen_tasks };
/// }
/// ```
#[macro_export]
macro_rules! conformance_tests {
    ($harness:expr; $($suite:ident :: { $($test:ident),+ $(,)? };)+) => {
        #[test]
        fn every_suite_is_listed() {
            assert_eq!([$(stringify!($suite)),+], $crate::conformance::SUITES);
        }

        $crate::conformance_suites! { $harness; $($suite :: { $($test),+ };)+ }
    };
}

/// The same for some of the suites: those of the one port that a backend has, where the other stands elsewhere.
#[macro_export]
macro_rules! conformance_suites {
    ($harness:expr; $($suite:ident :: { $($test:ident),+ $(,)? };)+) => {
        fn conformance_harness() -> impl $crate::conformance::Harness {
            $harness
        }

        $(mod $suite {
            #[test]
            fn every_obligation_is_listed() {
                assert_eq!([$(stringify!($test)),+], $crate::conformance::$suite::ALL);
            }

            $(#[test]
            fn $test() {
                $crate::conformance::run(async {
                    $crate::conformance::$suite::$test(&super::conformance_harness()).await;
                });
            })+
        })+
    };
}
