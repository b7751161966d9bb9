//! The scripts, and the digests Redis knows them by.

/// What can be asked of a partition.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Script {
    Commit,
    Sent,
    Unsent,
    Content,
    Tasks,
    Due,
    List,
    Find,
    Sources,
    Value,
    Apply,
    Open,
    Scan,
    Swap,
    Rewrite,
    Remove,
}

const PRELUDE: &str = include_str!("scripts/prelude.lua");
const ENTRY: &str = include_str!("scripts/entry.lua");

impl Script {
    const ALL: [Self; 16] = [
        Self::Commit,
        Self::Sent,
        Self::Unsent,
        Self::Content,
        Self::Tasks,
        Self::Due,
        Self::List,
        Self::Find,
        Self::Sources,
        Self::Value,
        Self::Apply,
        Self::Open,
        Self::Scan,
        Self::Swap,
        Self::Rewrite,
        Self::Remove,
    ];

    const fn reads_entries(self) -> bool {
        matches!(self, Self::Commit | Self::Apply | Self::Rewrite | Self::Remove)
    }

    const fn body(self) -> &'static str {
        match self {
            Self::Commit => include_str!("scripts/commit.lua"),
            Self::Sent => include_str!("scripts/sent.lua"),
            Self::Unsent => include_str!("scripts/unsent.lua"),
            Self::Content => include_str!("scripts/content.lua"),
            Self::Tasks => include_str!("scripts/tasks.lua"),
            Self::Due => include_str!("scripts/due.lua"),
            Self::List => include_str!("scripts/list.lua"),
            Self::Find => include_str!("scripts/find.lua"),
            Self::Sources => include_str!("scripts/sources.lua"),
            Self::Value => include_str!("scripts/value.lua"),
            Self::Apply => include_str!("scripts/apply.lua"),
            Self::Open => include_str!("scripts/open.lua"),
            Self::Scan => include_str!("scripts/scan.lua"),
            Self::Swap => include_str!("scripts/swap.lua"),
            Self::Rewrite => include_str!("scripts/rewrite.lua"),
            Self::Remove => include_str!("scripts/remove.lua"),
        }
    }
}

/// All scripts with their digests.
#[derive(Clone, Debug)]
pub(super) struct Scripts([(String, String); Script::ALL.len()]);

impl Scripts {
    pub(super) fn new() -> Self {
        Self(Script::ALL.map(|script| {
            let entry = if script.reads_entries() { ENTRY } else { "" };
            let text = [PRELUDE, entry, script.body()].join("\n");
            (redis::Script::new(&text).get_hash().to_owned(), text)
        }))
    }

    /// The digest of a script.
    pub(super) fn digest(&self, script: Script) -> &str {
        self.0.get(script as usize).map_or("", |(digest, _)| digest)
    }

    /// All digests.
    pub(super) fn digests(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(digest, _)| digest.as_str())
    }

    /// All texts.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(_, text)| text.as_str())
    }

    /// The texts of those that make up for what was lost. They are loaded before all others: no other caller has a use for them.
    pub(super) fn texts_of_making_up(&self) -> impl Iterator<Item = &str> {
        let these = [Script::Apply, Script::Open, Script::Scan];
        these.into_iter().filter_map(|script| self.0.get(script as usize)).map(|(_, text)| text.as_str())
    }
}
