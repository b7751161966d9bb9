//! The README tells the truth: its blocks marked `<!-- tested -->` do what they say, in their order, in one empty folder.

use std::path::{Path, PathBuf};
use std::process::Command;

use tracerail_testkit::Scratch;

use crate::stage::Stage;
use tracerail_schemas::Subject;

const MARK: &str = "<!-- tested -->";

struct Block {
    language: String,
    text: String,
    line: usize,
}

#[test]
fn its_commands_work() {
    let scratch = Scratch::new();
    let bin = Path::new(env!("CARGO_BIN_EXE_tracerail")).parent().unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let blocks = blocks("sh");
    assert!(!blocks.is_empty(), "no tested commands in the README");
    for block in blocks {
        let mut command = Command::new("bash");
        command.args(["-euo", "pipefail", "-c", &block.text]).current_dir(scratch.path()).env("PATH", &path);
        for name in [
            "OPENAI_API_KEY",
            "DEEPSEEK_API_KEY",
            "ANTHROPIC_API_KEY",
            "TRACERAIL_CONFIG",
            "TRACERAIL_LLM_PROVIDER",
        ] {
            command.env_remove(name);
        }
        let told = command.output().unwrap();
        let (out, err) = (String::from_utf8_lossy(&told.stdout), String::from_utf8_lossy(&told.stderr));
        assert!(told.status.success(), "README.md:{}: {}\n{out}\n{err}", block.line, told.status);
    }
}

#[test]
fn its_program_is_the_example() {
    let example = include_str!("../../examples/simple.rs");
    let lines: Vec<_> = example.lines().map(str::trim).collect();
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let block = readme.split("```rust\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let shown: Vec<_> = block.lines().map(str::trim).collect();
    assert!(shown.len() > 8 && lines.windows(shown.len()).any(|part| part == shown), "{shown:#?}");
}

#[test]
fn its_items_are_content() {
    let stage = Stage::set();
    let blocks = blocks("json");
    assert!(!blocks.is_empty(), "no tested items in the README");
    for block in &blocks {
        stage
            .block_on(stage.rail().publish_raw(Subject::ContentSubmitted, block.text.clone().into()))
            .unwrap();
    }
    stage.wait("each is taken in", || {
        assert_eq!(
            stage.dead_letters(),
            [],
            "the lines of the blocks: {:?}",
            blocks.iter().map(|block| block.line).collect::<Vec<_>>()
        );
        match stage.block_on(stage.rail().totals()).unwrap().contents {
            count if count == blocks.len() as u64 => Ok(()),
            count => Err(format!("{count} of {}", blocks.len())),
        }
    });
}

/// The files the README leads to are there.
#[test]
fn its_links_lead_somewhere() {
    let text = text();
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target);
    let files: Vec<_> =
        targets.filter(|target| !target.contains("://") && !target.starts_with('#')).collect();
    assert!(!files.is_empty(), "no links in the README");
    for file in files {
        let file = file.split('#').next().unwrap();
        assert!(root().join(file).exists(), "the README leads to {file}, which is not there");
    }
}

fn blocks(language: &str) -> Vec<Block> {
    let text = text();
    let lines: Vec<&str> = text.lines().collect();
    let marked = lines.iter().enumerate().filter(|(_, line)| line.trim() == MARK).map(|(number, _)| number);
    let blocks = marked.map(|number| {
        let fence = lines.get(number + 1).and_then(|line| line.trim().strip_prefix("```"));
        let language = fence.unwrap_or_else(|| panic!("README.md:{}: no block follows the mark", number + 1));
        let body: Vec<_> =
            lines[number + 2..].iter().take_while(|line| line.trim() != "```").copied().collect();
        Block { language: language.to_owned(), text: body.join("\n"), line: number + 2 }
    });
    blocks.filter(|block| block.language == language).collect()
}

fn text() -> String {
    std::fs::read_to_string(root().join("README.md")).unwrap()
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}
