//! What an expression may be made of. The language itself bounds nothing but how deeply the parser nests, so that is done here.

use cel::Program;
use cel::common::ast::operators;
use cel::common::ast::{CallExpr, ComprehensionExpr, EntryExpr, Expr, IdedEntryExpr, IdedExpr};

use super::scope::VARIABLES;

/// How many parts an expression may have: constants, names, operators.
const NODES_MAX: usize = 512;
/// How deeply they may stand within each other. Evaluation calls itself for each level, on the stack of an ordinary thread.
const DEPTH_MAX: usize = 24;
/// How many `exists`, `all`, `filter` and `map` it may have, side by side.
const LOOPS_MAX: usize = 4;
/// How many additions: each may double a text.
const ADDITIONS_MAX: usize = 16;

/// What the analyser says, by the names the typed conditions have for it.
const OPINIONS: [&str; 8] =
    ["analyst", "sentiment", "complexity", "complexity_score", "confidence", "proposed", "flags", "language"];

const FUNCTIONS: [&str; 7] = ["size", "contains", "startsWith", "endsWith", "int", "double", "string"];

const OPERATORS: [&str; 18] = [
    operators::CONDITIONAL,
    operators::LOGICAL_AND,
    operators::LOGICAL_OR,
    operators::LOGICAL_NOT,
    operators::SUBSTRACT,
    operators::ADD,
    operators::MULTIPLY,
    operators::DIVIDE,
    operators::MODULO,
    operators::EQUALS,
    operators::NOT_EQUALS,
    operators::GREATER_EQUALS,
    operators::LESS_EQUALS,
    operators::GREATER,
    operators::LESS,
    operators::NEGATE,
    operators::INDEX,
    operators::IN,
];

/// What is wrong with an expression, and at which of its parts.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) node: u64,
    pub(super) words: String,
}

/// Refuses what is not declared or could cost much.
pub(super) fn check(program: &Program) -> Result<(), Problem> {
    let root = program.expression();
    let mut walk = Walk::default();
    walk.visit(root, 0)?;
    if walk.variables == 0 {
        return Err(at(
            root,
            format!("names no fact, so it is the same for every item; there are {}", VARIABLES.join(", ")),
        ));
    }
    Ok(())
}

fn at(node: &IdedExpr, words: impl Into<String>) -> Problem {
    Problem { node: node.id, words: words.into() }
}

/// What was met so far.
#[derive(Default)]
struct Walk<'a> {
    nodes: usize,
    loops: usize,
    additions: usize,
    variables: usize,
    /// The names of the loop around this part.
    bound: Vec<&'a str>,
    /// Whether the loop around this part goes over what the item brings.
    open_loop: bool,
}

impl<'a> Walk<'a> {
    fn visit(&mut self, node: &'a IdedExpr, depth: usize) -> Result<(), Problem> {
        self.nodes += 1;
        if self.nodes > NODES_MAX {
            return Err(at(node, format!("has more than {NODES_MAX} parts; split the rule")));
        }
        if depth > DEPTH_MAX {
            return Err(at(node, format!("is nested more than {DEPTH_MAX} deep")));
        }
        match &node.expr {
            Expr::Unspecified => Err(at(node, "is empty")),
            Expr::Literal(_) => Ok(()),
            Expr::Ident(name) => self.name(node, name),
            Expr::Select(select) => self.visit(&select.operand, depth + 1),
            Expr::Call(call) => self.call(node, call, depth + 1),
            Expr::List(list) => list.elements.iter().try_for_each(|one| self.visit(one, depth + 1)),
            Expr::Map(map) => map.entries.iter().try_for_each(|entry| self.entry(entry, depth + 1)),
            Expr::Struct(_) => Err(at(node, "makes a structure, and there are none here")),
            Expr::Comprehension(loop_) => self.comprehension(node, loop_, depth + 1),
        }
    }

    fn entry(&mut self, entry: &'a IdedEntryExpr, depth: usize) -> Result<(), Problem> {
        match &entry.expr {
            EntryExpr::StructField(field) => self.visit(&field.value, depth),
            EntryExpr::MapEntry(pair) => {
                self.visit(&pair.key, depth)?;
                self.visit(&pair.value, depth)
            }
        }
    }

    fn name(&mut self, node: &IdedExpr, name: &str) -> Result<(), Problem> {
        if name.starts_with('@') || self.bound.contains(&name) {
            return Ok(());
        }
        if !VARIABLES.contains(&name) {
            return Err(at(node, unknown(name)));
        }
        self.variables += 1;
        if name == "content" {
            return Err(at(
                node,
                "content can be long, so it may only stand in content.contains(..), .startsWith(..), .endsWith(..), size(content), and beside == and !=",
            ));
        }
        Ok(())
    }

    fn call(&mut self, node: &'a IdedExpr, call: &'a CallExpr, depth: usize) -> Result<(), Problem> {
        let name = call.func_name.as_str();
        let internal = name == operators::NOT_STRICTLY_FALSE;
        if !internal && !OPERATORS.contains(&name) && !FUNCTIONS.contains(&name) {
            return Err(at(node, no_function(name)));
        }
        if name == operators::ADD {
            self.additions += 1;
            if self.additions > ADDITIONS_MAX {
                return Err(at(node, format!("adds more than {ADDITIONS_MAX} times")));
            }
        }
        for part in call.target.as_deref().into_iter().chain(&call.args) {
            if is_content(part) && reads_content(call, part) {
                self.content(part)?;
            } else {
                self.visit(part, depth)?;
            }
        }
        Ok(())
    }

    fn content(&mut self, node: &IdedExpr) -> Result<(), Problem> {
        self.nodes += 1;
        self.variables += 1;
        if self.open_loop {
            return Err(at(
                node,
                "content is searched once for each value the item brings; use `keywords`, or a list in the rule",
            ));
        }
        Ok(())
    }

    fn comprehension(
        &mut self,
        node: &IdedExpr,
        one: &'a ComprehensionExpr,
        depth: usize,
    ) -> Result<(), Problem> {
        if !self.bound.is_empty() {
            return Err(at(node, "has exists, all, filter or map within another one"));
        }
        self.loops += 1;
        if self.loops > LOOPS_MAX {
            return Err(at(node, format!("has more than {LOOPS_MAX} of exists, all, filter and map")));
        }
        // What the range itself asks is asked once.
        let loops_before = self.loops;
        self.visit(&one.iter_range, depth)?;
        if self.loops > loops_before {
            return Err(at(node, "has exists, all, filter or map over the result of another one"));
        }
        self.bound = vec![one.iter_var.as_str()];
        self.bound.extend(one.iter_var2.as_deref());
        self.open_loop = !matches!(one.iter_range.expr, Expr::List(_));
        for part in [&one.accu_init, &one.loop_cond, &one.loop_step, &one.result] {
            self.visit(part, depth)?;
        }
        self.bound.clear();
        self.open_loop = false;
        Ok(())
    }
}

fn is_content(node: &IdedExpr) -> bool {
    matches!(&node.expr, Expr::Ident(name) if name == "content")
}

/// Whether this call reads the content without making a copy of it.
fn reads_content(call: &CallExpr, part: &IdedExpr) -> bool {
    match call.func_name.as_str() {
        "contains" | "startsWith" | "endsWith" => {
            call.target.as_deref().is_some_and(|target| target.id == part.id)
        }
        "size" | operators::EQUALS | operators::NOT_EQUALS => true,
        _ => false,
    }
}

fn unknown(name: &str) -> String {
    if OPINIONS.contains(&name) {
        format!(
            "{name} is the analyser's and may only raise scrutiny, which an expression cannot show; use the typed condition beside `cel`"
        )
    } else {
        format!("there is no {name:?}; there are {}", VARIABLES.join(", "))
    }
}

fn no_function(name: &str) -> String {
    match name {
        "matches" => "there are no regular expressions in rules, for their cost has no bound; use contains, or `keywords`".to_owned(),
        _ => format!(
            "there is no function {name:?}; there are {}, has, exists, exists_one, all, filter and map",
            FUNCTIONS.join(", ")
        ),
    }
}
