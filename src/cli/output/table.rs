//! Tables that fit a hundred columns.

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, ContentArrangement, Table};

use super::clean::clean_line;

/// The widest a table becomes.
const WIDTH: u16 = 100;

/// The longest text of one cell, in characters; longer ones are cut.
const CELL_CHARS_MAX: usize = 200;

/// A table with these headings. Cells are made one line, and harmless.
pub(crate) fn table(headings: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_width(WIDTH);
    table.set_header(headings.iter().map(|heading| heading.to_uppercase()));
    for row in rows {
        table.add_row(row.iter().map(|cell| clean_line(cell, CELL_CHARS_MAX)));
    }
    trimmed(&table)
}

/// Names and values below one another; names to the right.
pub(crate) fn pairs(rows: impl IntoIterator<Item = (&'static str, String)>) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_width(WIDTH);
    for (name, value) in rows {
        table.add_row([name.to_owned(), clean_line(&value, 1_000)]);
    }
    if let Some(names) = table.column_mut(0) {
        names.set_cell_alignment(CellAlignment::Right);
    }
    trimmed(&table)
}

fn trimmed(table: &Table) -> String {
    let text = table.to_string();
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_wider_than_a_hundred_columns() {
        let long = "word ".repeat(80);
        let text =
            table(&["id", "text"], [vec!["1".to_owned(), long.clone()], vec!["\u{1b}[2J".to_owned(), long]]);
        assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
        assert!(!text.contains('\u{1b}') && text.starts_with(" ID"), "{text}");
    }
}
