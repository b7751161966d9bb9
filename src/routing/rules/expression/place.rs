//! A caret under the place of a mistake.

use cel::{ParseErrors, Program};

use super::guard::Problem;

/// What the parser says, and where.
pub(super) fn syntax(source: &str, errors: &ParseErrors) -> String {
    let Some(first) = errors.errors.first() else { return "cel cannot be read".to_owned() };
    let (line, column) =
        (usize::try_from(first.pos.0).unwrap_or(1), usize::try_from(first.pos.1).unwrap_or(1));
    let said = first.msg.lines().next().unwrap_or_default();
    caret(source, line.max(1), column.max(1), &format!("cannot be read: {said}"))
}

/// What a guard says, and where.
pub(super) fn pointed(program: &Program, source: &str, problem: &Problem) -> String {
    match program.source_info().offset_for(problem.node) {
        Some((start, _)) => {
            let (line, column) = position(source, start as usize);
            caret(source, line, column, &problem.words)
        }
        None => format!("cel {}", problem.words),
    }
}

/// From an offset in characters to line and column, both from 1.
fn position(source: &str, offset: usize) -> (usize, usize) {
    let before = source.chars().take(offset);
    before.fold(
        (1, 1),
        |(line, column), letter| if letter == '\n' { (line + 1, 1) } else { (line, column + 1) },
    )
}

fn caret(source: &str, line: usize, column: usize, words: &str) -> String {
    let shown = source.lines().nth(line - 1).unwrap_or_default();
    format!("cel {line}:{column}: {words}\n  | {shown}\n  | {:>column$}", "^")
}
