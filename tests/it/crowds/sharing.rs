//! Two, then four processes of each role share the mails.

use crate::corpus::{CONFIG, FEW, RULES};

use super::installation::Installation;

#[test]
fn two_then_four_processes_of_each_role_share_the_mails() {
    let there = Installation::new(CONFIG, RULES);
    let mut processes = there.start(2, "first");
    let submitting = there.place.program.start(FEW.submission(&["--no-wait"]));
    there.wait_for_events(FEW.undisturbed().end.checked.events as u64 / 4);
    processes.extend(there.start(2, "second"));
    submitting.finish().ok();
    let (status, end) = there.end(FEW.count, &FEW.ids());
    assert_eq!(status["dead_letters_held"], 0);
    end.must_be(&FEW.undisturbed().end, "several processes of each role");
    let codes: Vec<_> = processes.into_iter().map(|process| (process.role, process.terminate())).collect();
    assert!(codes.iter().all(|(_, code)| *code == Some(0)), "{codes:?}");
}
