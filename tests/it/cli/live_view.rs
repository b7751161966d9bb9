//! The view of `tracerail watch` on a terminal of its own: it shows what there is, and leaves the terminal as it found it.

use std::io::Write as _;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tracerail_testkit::{Program, Scratch, wait_until};

use super::json::with_items;

const PATIENCE: Duration = Duration::from_mins(1);

/// What switches to the screen of the view, and what leaves it.
const ENTERED: &str = "\u{1b}[?1049h";
const LEFT: &str = "\u{1b}[?1049l";

/// A shell on a terminal, in which the view runs; what comes out of it goes into the file `screen`.
struct Session {
    shell: Child,
    scratch: Scratch,
}

impl Session {
    fn start() -> (Self, Program) {
        let scratch = Scratch::new();
        let (program, _) = with_items(&scratch);
        let binary = env!("CARGO_BIN_EXE_tracerail");
        // Whoever is to end it by a signal has to know which process it is.
        let words = format!(
            "stty rows 40 cols 120; stty -g > before; \
             sh -c 'echo $$ > pid; exec \"$0\" watch' '{binary}'; echo $? > code; stty -g > after"
        );
        let shell = Command::new("script")
            .args(["--quiet", "--flush", "--return", "--command", &words, "screen"])
            .current_dir(scratch.path())
            .env("TERM", "xterm-256color")
            .env("SHELL", "/bin/sh")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect("script(1) runs");
        let session = Self { shell, scratch };
        wait_until("the view", PATIENCE, || {
            let screen = session.screen();
            if screen.contains(ENTERED) && screen.contains("Another?") { Ok(()) } else { Err(screen) }
        });
        (session, program)
    }

    fn read(&self, name: &str) -> String {
        let bytes = std::fs::read(self.scratch.join(name)).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    fn screen(&self) -> String {
        self.read("screen")
    }

    fn press(&mut self, keys: &str) {
        let stdin = self.shell.stdin.as_mut().unwrap();
        stdin.write_all(keys.as_bytes()).unwrap();
        stdin.flush().unwrap();
    }

    /// It ends, and the terminal is as it was.
    fn ends_well(&mut self) {
        wait_until("its end", PATIENCE, || {
            let after = self.read("after");
            if after.ends_with('\n') { Ok(()) } else { Err(self.screen()) }
        });
        assert_eq!(self.read("code").trim(), "0", "{}", self.screen());
        assert_eq!(self.read("after"), self.read("before"), "the modes of the terminal");
        let screen = self.screen();
        assert!(
            screen.rfind(LEFT) > screen.rfind(ENTERED),
            "the screen of before is shown again: {screen:?}"
        );
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.shell.kill().unwrap_or_default();
        drop(self.shell.wait());
    }
}

#[test]
fn it_shows_what_happens_and_quits_with_q() {
    let (mut session, program) = Session::start();
    // Letters that stand nowhere else, as only cells that change are written.
    let line = r#"{"id":"XQXQXQ","content":"Where is my order?"}"#;
    program.run_with_input(["submit", "-"], line.as_bytes()).ok();
    wait_until("the new item", PATIENCE, || {
        let screen = session.screen();
        if screen.contains("XQXQXQ") { Ok(()) } else { Err(screen) }
    });
    session.press("q");
    session.ends_well();
}

#[test]
fn ctrl_c_and_a_signal_leave_the_terminal_as_it_was() {
    let (mut session, _) = Session::start();
    session.press("\u{3}");
    session.ends_well();
    let (mut session, _) = Session::start();
    let pid = session.read("pid");
    assert!(Command::new("kill").args(["-TERM", pid.trim()]).status().unwrap().success());
    session.ends_well();
}
