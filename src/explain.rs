//! The pages of the error codes: what happened, likely causes, what to do.
//!
//! Built in, so that `tracerail explain TR0007` works on the machine where the error is, without a network.

use tracerail_schemas::Code;

/// The page of this code, in Markdown.
pub fn page(code: Code) -> &'static str {
    match code {
        Code::PayloadMalformed => include_str!("../docs/errors/TR0001.md"),
        Code::PayloadOverLimit => include_str!("../docs/errors/TR0002.md"),
        Code::ContentInvalid => include_str!("../docs/errors/TR0003.md"),
        Code::ContentTooLarge => include_str!("../docs/errors/TR0004.md"),
        Code::ContentIdConflict => include_str!("../docs/errors/TR0005.md"),
        Code::ContentUnknown => include_str!("../docs/errors/TR0006.md"),
        Code::TaskUnknown => include_str!("../docs/errors/TR0010.md"),
        Code::CommandIllegal => include_str!("../docs/errors/TR0011.md"),
        Code::CommandForbidden => include_str!("../docs/errors/TR0012.md"),
        Code::VersionConflict => include_str!("../docs/errors/TR0013.md"),
        Code::CommandIdReused => include_str!("../docs/errors/TR0014.md"),
        Code::PersonUnsuitable => include_str!("../docs/errors/TR0015.md"),
        Code::CommandInvalid => include_str!("../docs/errors/TR0016.md"),
        Code::DecisionVoid => include_str!("../docs/errors/TR0018.md"),
        Code::OutcomeUnknown => include_str!("../docs/errors/TR0017.md"),
        Code::ConfigInvalid => include_str!("../docs/errors/TR0020.md"),
        Code::RulesInvalid => include_str!("../docs/errors/TR0021.md"),
        Code::UsageInvalid => include_str!("../docs/errors/TR0022.md"),
        Code::StoreUnavailable => include_str!("../docs/errors/TR0030.md"),
        Code::StoreReadOnly => include_str!("../docs/errors/TR0031.md"),
        Code::StoreCorrupt => include_str!("../docs/errors/TR0032.md"),
        Code::StoreFull => include_str!("../docs/errors/TR0033.md"),
        Code::StoreTooNew => include_str!("../docs/errors/TR0034.md"),
        Code::CredentialsRefused => include_str!("../docs/errors/TR0035.md"),
        Code::NotSetUp => include_str!("../docs/errors/TR0036.md"),
        Code::EventsWait => include_str!("../docs/errors/TR0037.md"),
        Code::DiskLow => include_str!("../docs/errors/TR0038.md"),
        Code::ModelUnavailable => include_str!("../docs/errors/TR0040.md"),
        Code::ModelAnswerBroken => include_str!("../docs/errors/TR0041.md"),
        Code::HandlerFailed => include_str!("../docs/errors/TR0050.md"),
        Code::DeadLetterUnknown => include_str!("../docs/errors/TR0051.md"),
        Code::InputUnreadable => include_str!("../docs/errors/TR0060.md"),
        Code::Internal => include_str!("../docs/errors/TR0099.md"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_page_is_the_page_of_its_code() {
        for code in Code::ALL {
            let page = page(*code);
            assert!(page.starts_with(&format!("# {code}: ")), "{code}");
            for part in ["\n## Likely causes\n- ", "\n## What to do\n- "] {
                assert!(page.contains(part), "{code} has no {part:?}");
            }
            assert!((8..=20).contains(&page.lines().count()), "{code} has {} lines", page.lines().count());
        }
    }

    #[test]
    fn there_are_no_pages_without_a_code() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/errors");
        let pages = std::fs::read_dir(folder).unwrap().count();
        assert_eq!(pages, Code::ALL.len());
    }
}
