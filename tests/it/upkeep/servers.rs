//! What these commands do to a file, servers have tools of their own for: the commands say so, and ask no server.

use crate::place::Place;

#[test]
fn an_edition_without_a_file_says_what_to_do_instead() {
    let place = Place::new("edition: distributed", "");
    place.scratch.write("copy.db", "");
    for (args, instead) in
        [(&["backup", "new.db"][..], "nats stream backup"), (&["restore", "copy.db"], "tracerail rebuild")]
    {
        let refused = place.run(args);
        let said = &refused.stderr;
        assert_eq!(
            (refused.code, said.contains("TR0020"), said.contains(instead)),
            (Some(2), true, true),
            "{said}"
        );
    }
    assert!(!place.scratch.join("new.db").exists());
}
