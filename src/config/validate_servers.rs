//! The servers of the distributed edition: what no type can say of them.

use std::path::Path;
use std::time::Duration;

use reqwest::Url;

use super::Config;
use super::addresses::Addresses;
use super::edition::Edition;
use super::error::Problem;
use super::servers::{NATS_URL, REDIS_URL};
use super::validate::{is_local, within};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_hours(1);
const MIB: u64 = 1 << 20;

impl Config {
    /// What must fit together.
    pub(super) fn validate_servers(&mut self) -> Result<(), Problem> {
        if self.edition == Edition::Embedded {
            return Ok(());
        }
        self.validate_nats_access()?;
        self.validate_nats_limits()?;
        self.validate_redis()?;
        self.warn_of_plain_passwords();
        Ok(())
    }

    fn validate_nats_access(&self) -> Result<(), Problem> {
        let nats = &self.nats;
        addresses(NATS_URL, &nats.url, &["nats", "tls"], "nats://127.0.0.1:4222")?;
        if let Some(prefix) = &nats.subject_prefix
            && !is_prefix(prefix)
        {
            let help = "use 1 to 32 letters, digits, - and _: it becomes part of names of streams";
            return Err(Problem::new("nats.subject_prefix", format!("{prefix:?} cannot be a prefix"), help));
        }
        let ways = [
            ("nats.user", nats.user.is_some()),
            ("nats.token", nats.token.is_some()),
            ("nats.nkey_seed_file", nats.nkey_seed_file.is_some()),
            ("nats.creds_file", nats.creds_file.is_some()),
        ];
        let mut ways = ways.into_iter().filter(|(_, is_set)| *is_set).map(|(path, _)| path);
        if let (Some(first), Some(second)) = (ways.next(), ways.next()) {
            let message = format!("{first} is set as well");
            return Err(Problem::new(second, message, "keep one way to say who this process is"));
        }
        monitor(nats.monitor_url.as_deref())?;
        pair(("nats.user", nats.user.is_some()), ("nats.password", nats.password.is_some()))?;
        pair(("nats.tls_cert", nats.tls_cert.is_some()), ("nats.tls_key", nats.tls_key.is_some()))?;
        for (path, file) in [
            ("nats.nkey_seed_file", &nats.nkey_seed_file),
            ("nats.creds_file", &nats.creds_file),
            ("nats.tls_ca", &nats.tls_ca),
            ("nats.tls_cert", &nats.tls_cert),
            ("nats.tls_key", &nats.tls_key),
        ] {
            readable(path, file.as_deref())?;
        }
        Ok(())
    }

    fn validate_nats_limits(&mut self) -> Result<(), Problem> {
        let nats = &self.nats;
        within("nats.ack_wait", &nats.ack_wait, &SECOND, &HOUR)?;
        within("nats.pull_batch", &nats.pull_batch, &100, &5_000)?;
        let batch = u32::try_from(nats.pull_batch).unwrap_or(u32::MAX);
        within("nats.max_ack_pending", &nats.max_ack_pending, &batch, &1_000_000)?;
        within("nats.max_deliver", &nats.max_deliver, &10, &1_000_000)?;
        within("nats.publish_timeout", &nats.publish_timeout, &SECOND, &(2 * HOUR))?;
        within("nats.duplicate_window", &nats.duplicate_window, &(2 * nats.publish_timeout), &(24 * HOUR))?;
        within("nats.max_age", &nats.max_age, &(2 * nats.duplicate_window).max(HOUR), &(24 * 3660 * HOUR))?;
        if !matches!(nats.replicas, 1 | 3 | 5) {
            let message = format!("{} is not a number of servers that can agree", nats.replicas);
            return Err(Problem::new("nats.replicas", message, "choose 1, 3 or 5"));
        }
        within("nats.intake_bytes_max", &nats.intake_bytes_max, &(16 * MIB), &nats.stream_bytes_max)?;
        within("nats.stream_bytes_max", &nats.stream_bytes_max, &(16 * MIB), &(1 << 50))?;
        if (nats.max_ack_pending as usize) < self.actors.in_flight {
            let (most, one) = (nats.max_ack_pending, self.actors.in_flight);
            self.warnings.push(format!(
                "nats.max_ack_pending ({most}) is below actors.in_flight ({one}): one process alone never has its hands full"
            ));
        }
        Ok(())
    }

    fn validate_redis(&self) -> Result<(), Problem> {
        let redis = &self.redis;
        addresses(REDIS_URL, &redis.url, &["redis", "rediss"], "redis://127.0.0.1:6379")?;
        if redis.url.each().count() > 1 && !redis.cluster {
            let help = "write `cluster: true` for a Redis Cluster; otherwise keep one address";
            return Err(Problem::new(REDIS_URL, "several addresses are several stores", help));
        }
        if redis.user.is_some() && redis.password.is_none() {
            let help = "set redis.password_env or redis.password_file, or leave the user out";
            return Err(Problem::new("redis.user", "it needs a password, and there is none", help));
        }
        pair(("redis.tls_cert", redis.tls_cert.is_some()), ("redis.tls_key", redis.tls_key.is_some()))?;
        for (path, file) in [
            ("redis.tls_ca", &redis.tls_ca),
            ("redis.tls_cert", &redis.tls_cert),
            ("redis.tls_key", &redis.tls_key),
        ] {
            readable(path, file.as_deref())?;
        }
        within("redis.partitions", &redis.partitions, &1, &256)?;
        within("redis.response_timeout", &redis.response_timeout, &(SECOND / 10), &(60 * SECOND))
    }

    fn warn_of_plain_passwords(&mut self) {
        let nats_secret = self.nats.password.is_some() || self.nats.token.is_some();
        for (path, urls, plain, has_secret) in [
            (NATS_URL, &self.nats.url, "nats", nats_secret && self.nats.tls_ca.is_none()),
            (REDIS_URL, &self.redis.url, "redis", self.redis.password.is_some()),
        ] {
            let open =
                |text: &str| Url::parse(text).is_ok_and(|url| url.scheme() == plain && !is_local(&url));
            if has_secret && urls.each().any(open) {
                self.warnings
                    .push(format!("{path} is {plain}://: the password travels where others can read it"));
            }
        }
    }
}

fn addresses(path: &str, urls: &Addresses, schemes: &[&str], example: &str) -> Result<(), Problem> {
    let help = format!("write for example {example}");
    if urls.each().next().is_none() {
        return Err(Problem::new(path, "it is empty", help));
    }
    for text in urls.each() {
        // The text is not repeated: what cannot be read can hold a password anywhere.
        let url = Url::parse(text)
            .map_err(|error| Problem::new(path, format!("no address: {error}"), help.clone()))?;
        if !schemes.contains(&url.scheme()) || !url.has_host() {
            let schemes = schemes.join(" or ");
            return Err(Problem::new(path, format!("it is no address of a server by {schemes}"), help));
        }
    }
    Ok(())
}

fn monitor(text: Option<&str>) -> Result<(), Problem> {
    let Some(text) = text else { return Ok(()) };
    let sound = Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    let problem = || {
        Problem::new(
            "nats.monitor_url",
            "it is no http or https address",
            "write for example http://127.0.0.1:8222",
        )
    };
    sound.then_some(()).ok_or_else(problem)
}

fn pair(one: (&str, bool), other: (&str, bool)) -> Result<(), Problem> {
    if one.1 == other.1 {
        return Ok(());
    }
    let (set, missing) = if one.1 { (one.0, other.0) } else { (other.0, one.0) };
    Err(Problem::new(set, format!("it is of no use without {missing}"), "set both, or neither"))
}

fn readable(path: &str, file: Option<&Path>) -> Result<(), Problem> {
    let Some(file) = file else { return Ok(()) };
    std::fs::File::open(file).map(|_| ()).map_err(|error| {
        let message = format!("{} cannot be read: {error}", file.display());
        Problem::new(path, message, "name a file that this user can read")
    })
}

fn is_prefix(text: &str) -> bool {
    let sound = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
    (1..=32).contains(&text.len()) && text.chars().all(sound)
}
