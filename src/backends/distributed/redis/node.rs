//! What one Redis server tells about itself (`INFO`), and what is to be said of it.

use std::collections::BTreeMap;

use redis::cmd;

use super::gate::Gate;
use super::read_content::typed;
use crate::checkup::Finding;

/// A fuller server refuses writes soon.
const FULL_PERCENT: u64 = 80;

const MIB: u64 = 1 << 20;

/// What one server tells about itself.
pub(super) struct Node(BTreeMap<String, String>);

impl Node {
    pub(super) fn read(text: &str) -> Self {
        let pairs = text.lines().filter_map(|line| line.trim().split_once(':'));
        Self(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }

    pub(super) fn text(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    pub(super) fn number(&self, name: &str) -> u64 {
        self.text(name).parse().unwrap_or_default()
    }

    pub(super) fn major(&self) -> u32 {
        self.text("redis_version").split('.').next().and_then(|major| major.parse().ok()).unwrap_or_default()
    }

    /// Whether it may be written.
    pub(super) fn role(&self) -> Finding {
        const CHECK: &str = "Redis role";
        if self.text("role") == "master" {
            let followers = self.number("connected_slaves");
            return Finding::ok(CHECK, format!("takes writes; {followers} replicas follow it"));
        }
        let of = format!("a replica of {}:{}", self.text("master_host"), self.text("master_port"));
        Finding::fail(
            CHECK,
            format!("{of}: it refuses every write"),
            "let redis.url name the master, or make this one the master with `REPLICAOF NO ONE` (TR0031)",
        )
    }

    /// Whether what it is told is in a file, and that file can be written.
    pub(super) async fn durability(&self, gate: &Gate) -> Finding {
        const CHECK: &str = "Redis durability";
        if self.text("aof_enabled") != "1" {
            let cure = "set `appendonly yes` in redis.conf, and at once with `CONFIG SET appendonly yes`";
            return Finding::warn(
                CHECK,
                "keeps nothing over a restart: all is made again from the log then",
                cure,
            );
        }
        if let Some(unwritten) = self.unwritten(CHECK) {
            return unwritten;
        }
        let unseen = "the append-only file is on; how often it is synced could not be looked at (CONFIG is not for this user)";
        let fsync = setting(gate, "appendfsync").await;
        match fsync.as_deref() {
            Some("no") => Finding::warn(
                CHECK,
                "the append-only file is written whenever the kernel likes: a power cut loses half a minute",
                "set `appendfsync everysec` in redis.conf",
            ),
            Some(fsync) => Finding::ok(CHECK, format!("the append-only file is on, appendfsync {fsync}")),
            None => Finding::ok(CHECK, unseen),
        }
    }

    /// The files it could not write, if there are any.
    fn unwritten(&self, check: &str) -> Option<Finding> {
        let failed = ["aof_last_write_status", "aof_last_bgrewrite_status", "rdb_last_bgsave_status"];
        let failed: Vec<_> = failed.into_iter().filter(|name| self.text(name) == "err").collect();
        let cure = "make room on its disk, and see its log; it refuses writes until it can save (TR0033)";
        let seen = || format!("it cannot write its file: {}", failed.join(", "));
        (!failed.is_empty()).then(|| Finding::fail(check, seen(), cure))
    }

    /// Whether something is thrown away when it is full, and how near that is.
    pub(super) fn memory(&self) -> Finding {
        const CHECK: &str = "Redis memory";
        let (used, most) = (self.number("used_memory"), self.number("maxmemory"));
        let policy = self.text("maxmemory_policy");
        if !matches!(policy, "" | "noeviction") {
            return Finding::fail(
                CHECK,
                format!("maxmemory-policy is {policy}: when it is full it throws away tasks"),
                "set `maxmemory-policy noeviction` in redis.conf and with `CONFIG SET`, then `tracerail rebuild`",
            );
        }
        if most == 0 {
            return Finding::warn(
                CHECK,
                format!("{} MiB are used, and nothing says how much may be", used / MIB),
                "set `maxmemory` to three quarters of what the machine has for it; without it the kernel ends the process",
            );
        }
        let seen = format!("{} of {} MiB are used", used / MIB, most / MIB);
        if used.saturating_mul(100) >= most.saturating_mul(FULL_PERCENT) {
            return Finding::warn(
                CHECK,
                seen,
                "raise `maxmemory`; a full Redis refuses writes, and loses nothing (TR0033)",
            );
        }
        Finding::ok(CHECK, seen)
    }
}

/// A line of its configuration, where this user may see it.
async fn setting(gate: &Gate, name: &str) -> Option<String> {
    let asked = gate.connection.ask(cmd("CONFIG").arg("GET").arg(name)).await.ok()?;
    typed::<BTreeMap<String, String>>(asked).ok()?.remove(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkup::Verdict;

    const INFO: &str = "# Server\r\nredis_version:7.2.4\r\nrole:master\r\naof_enabled:1\r\naof_last_write_status:ok\r\n\
                        aof_last_bgrewrite_status:ok\r\nrdb_last_bgsave_status:ok\r\n";

    #[test]
    fn a_file_that_cannot_be_written_is_named_with_what_to_do() {
        assert_eq!(Node::read(INFO).unwritten("Redis durability"), None);
        for name in ["aof_last_write_status", "aof_last_bgrewrite_status", "rdb_last_bgsave_status"] {
            let broken = INFO.replace(&format!("{name}:ok"), &format!("{name}:err"));
            let found = Node::read(&broken).unwritten("Redis durability").unwrap();
            assert_eq!(found.verdict, Verdict::Fail);
            assert!(found.seen.contains(name) && found.cure.unwrap().contains("make room on its disk"));
        }
    }

    #[test]
    fn versions_are_told_apart_by_their_first_number() {
        let major = |version: &str| Node::read(&INFO.replace("7.2.4", version)).major();
        assert_eq!((major("7.2.4"), major("6.0.16"), major("10.0.0"), major("?")), (7, 6, 10, 0));
    }
}
