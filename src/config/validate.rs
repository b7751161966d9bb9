//! What no type can say: ranges, and what must fit together.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::time::Duration;

use super::Config;
use super::error::Problem;
use super::llm::Provider;
use super::tasks::OnExhausted;
use tracerail_schemas::task::REVIEWERS_MAX;

const MINUTE: Duration = Duration::from_mins(1);

impl Config {
    /// The first thing that is wrong; what is only suspicious becomes a warning.
    pub(super) fn validate(&mut self) -> Result<(), Problem> {
        self.validate_llm()?;
        self.validate_endpoint()?;
        self.validate_tasks()?;
        self.checked_policies()?;
        self.validate_people()?;
        self.validate_store_and_limits()?;
        self.validate_retention()?;
        within("alerts.look_every", &self.alerts.look_every, &Duration::from_millis(100), &(60 * MINUTE))?;
        self.validate_actors()?;
        self.validate_temporal()?;
        self.validate_servers()?;
        self.validate_http()?;
        self.validate_otlp()?;
        self.validate_routing()?;
        self.validate_groups()
    }

    fn validate_llm(&self) -> Result<(), Problem> {
        let llm = &self.llm;
        within("llm.max_tokens", &llm.max_tokens, &1, &1_000_000)?;
        within("llm.temperature", &llm.temperature, &0.0, &2.0)?;
        within("llm.timeout", &llm.timeout, &Duration::from_millis(100), &(10 * MINUTE))?;
        within("llm.retries", &llm.retries, &0, &10)?;
        within("llm.content_chars_max", &llm.content_chars_max, &100, &10_000_000)?;
        if llm.provider == Provider::Custom && llm.base_url.is_none() {
            let help = "set llm.base_url or LLM_BASE_URL, for example http://localhost:11434/v1";
            return Err(Problem::new("llm.provider", "custom needs the address of the server", help));
        }
        if llm.provider == Provider::Custom && llm.model.is_none() {
            return Err(Problem::new("llm.provider", "custom needs the name of a model", "set llm.model"));
        }
        Ok(())
    }

    fn validate_endpoint(&mut self) -> Result<(), Problem> {
        const PATH: &str = "llm.base_url";
        let Some(text) = &self.llm.base_url else { return Ok(()) };
        let help = "write for example https://api.deepseek.com/v1";
        let url = address(PATH, text, help, "use llm.api_key_env or llm.api_key_file for the key")?;
        if url.scheme() == "http" && !is_local(&url) && self.llm.api_key.is_some() {
            self.warnings.push("llm.base_url is http: the key travels where others can read it".to_owned());
        }
        Ok(())
    }

    fn validate_tasks(&self) -> Result<(), Problem> {
        let tasks = &self.tasks;
        if tasks.escalation_hours <= tasks.default_sla_hours {
            let message = format!(
                "{} is not after default_sla_hours ({})",
                tasks.escalation_hours, tasks.default_sla_hours
            );
            let help = "both count from creation: level 2 must come after level 1";
            return Err(Problem::new("tasks.escalation_hours", message, help));
        }
        if tasks.on_exhausted == OnExhausted::Expire && tasks.expire_hours <= tasks.escalation_hours {
            let message =
                format!("{} is not after escalation_hours ({})", tasks.expire_hours, tasks.escalation_hours);
            let help = "a task must not end before its last escalation";
            return Err(Problem::new("tasks.expire_hours", message, help));
        }
        if let Some(share) = &tasks.at_risk_share {
            within("tasks.at_risk_share", share, &0.01, &0.99)?;
        }
        if let Some(share) = &tasks.review_share {
            within("tasks.review_share", share, &0.0, &1.0)?;
        }
        within("tasks.approvals_needed", &tasks.approvals_needed, &1, &REVIEWERS_MAX)?;
        within("tasks.approvals_of", &tasks.approvals_of, &1, &REVIEWERS_MAX)?;
        if tasks.approvals_of < tasks.approvals_needed {
            let message =
                format!("{} people cannot give {} approvals", tasks.approvals_of, tasks.approvals_needed);
            let help = "set approvals_of to at least approvals_needed";
            return Err(Problem::new("tasks.approvals_of", message, help));
        }
        Ok(())
    }

    fn validate_store_and_limits(&self) -> Result<(), Problem> {
        let (store, limits) = (&self.store, &self.limits);
        if store.path.as_os_str().is_empty() {
            return Err(Problem::new("store.path", "it is empty", "name a file, for example tracerail.db"));
        }
        within("store.group_commit_max", &store.group_commit_max, &1, &10_000)?;
        within("store.busy_timeout", &store.busy_timeout, &Duration::ZERO, &MINUTE)?;
        within("store.lease", &store.lease, &Duration::from_millis(500), &MINUTE)?;
        within("limits.payload_bytes_max", &limits.payload_bytes_max, &1024, &(64 << 20))?;
        within("limits.depth_max", &limits.depth_max, &4, &128)?;
        within("limits.values_max", &limits.values_max, &100, &1_000_000)?;
        within("limits.content_bytes_max", &limits.content_bytes_max, &1, &limits.payload_bytes_max)
    }

    fn validate_actors(&self) -> Result<(), Problem> {
        let actors = &self.actors;
        let millisecond = Duration::from_millis(1);
        within("actors.in_flight", &actors.in_flight, &1, &10_000)?;
        within("actors.batch", &actors.batch, &1, &10_000)?;
        within("actors.attempts_max", &actors.attempts_max, &1, &100)?;
        within("actors.retry_max", &actors.retry_max, &millisecond, &(60 * MINUTE))?;
        within("actors.retry_base", &actors.retry_base, &millisecond, &actors.retry_max)?;
        within("actors.sla_tick", &actors.sla_tick, &(10 * millisecond), &(1000 * millisecond))?;
        within("actors.stop_within", &actors.stop_within, &Duration::ZERO, &(10 * MINUTE))
    }

    fn validate_temporal(&self) -> Result<(), Problem> {
        let temporal = &self.temporal;
        let port = temporal.host.rsplit_once(':').and_then(|(_, port)| port.parse::<u16>().ok());
        if port.is_none() {
            let message = format!("{:?} is not a host with a port", temporal.host);
            return Err(Problem::new("temporal.host", message, "write for example localhost:7233"));
        }
        for (path, text) in
            [("temporal.namespace", &temporal.namespace), ("temporal.task_queue", &temporal.task_queue)]
        {
            if text.is_empty() {
                return Err(Problem::new(path, "it is empty", "leave the key out for the default"));
            }
        }
        within("temporal.shards", &temporal.shards, &1, &256)?;
        self.validate_encryption()
    }

    fn validate_http(&mut self) -> Result<(), Problem> {
        let http = &self.http;
        let second = Duration::from_secs(1);
        within("http.connections_max", &http.connections_max, &1, &10_000)?;
        within("http.request_timeout", &http.request_timeout, &second, &MINUTE)?;
        within("http.keep_alive", &http.keep_alive, &second, &(60 * MINUTE))?;
        within("http.answer_within", &http.answer_within, &Duration::from_millis(10), &MINUTE)?;
        within("http.wedged_after", &http.wedged_after, &second, &(60 * MINUTE))?;
        let Some(listen) = &http.listen else { return Ok(()) };
        let host =
            listen.rsplit_once(':').filter(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok());
        let Some((host, _)) = host else {
            let message = format!("{listen:?} is not a host with a port");
            return Err(Problem::new("http.listen", message, "write for example 127.0.0.1:8787"));
        };
        if !matches!(host, "localhost" | "[::1]") && !host.starts_with("127.") {
            let warning =
                "http.listen is reachable from other machines: whoever reaches it can read the counts";
            self.warnings.push(warning.to_owned());
        }
        Ok(())
    }

    fn validate_otlp(&mut self) -> Result<(), Problem> {
        const ENDPOINT: &str = "otlp.endpoint";
        let otlp = &self.otlp;
        within("otlp.sample_ratio", &otlp.sample_ratio, &0.0, &1.0)?;
        within("otlp.timeout", &otlp.timeout, &Duration::from_millis(100), &MINUTE)?;
        if let Some(headers) = &otlp.headers {
            let sound = headers.expose().split(',').all(is_header);
            let help = "write name=value, with commas between several";
            sound
                .then_some(())
                .ok_or_else(|| Problem::new("otlp.headers", "it is no list of headers", help))?;
        }
        let Some(text) = &otlp.endpoint else { return Ok(()) };
        let url = address(ENDPOINT, text, "write for example http://localhost:4318", "use otlp.headers")?;
        if url.scheme() == "http" && !is_local(&url) && otlp.headers.is_some() {
            self.warnings
                .push("otlp.endpoint is http: the headers travel where others can read them".to_owned());
        }
        Ok(())
    }

    /// Whoever repeats a command or a submission does so within minutes; what they are answered from must still be there.
    fn validate_retention(&self) -> Result<(), Problem> {
        match self.retention.ended_items.duration() {
            Some(keep) => within("retention.ended_items", &keep, &(60 * MINUTE), &Duration::MAX),
            None => Ok(()),
        }
    }

    fn validate_routing(&self) -> Result<(), Problem> {
        let every = &self.routing.reload_every;
        within("routing.reload_every", every, &Duration::from_millis(10), &(60 * MINUTE))
    }

    fn validate_groups(&mut self) -> Result<(), Problem> {
        if let Some(unknown) =
            self.routing.candidate_groups.iter().find(|group| !self.groups.contains_key(group))
        {
            let message = format!("there is no group {unknown:?}");
            return Err(Problem::new(
                "routing.candidate_groups",
                message,
                "add it to `groups`, or correct the name",
            ));
        }
        for (name, group) in &self.groups {
            let named: Vec<_> = group.members.iter().chain(&group.leads).collect();
            if named.is_empty() {
                self.warnings
                    .push(format!("groups.{name} has neither members nor leads: nobody can take its tasks"));
            }
            let members: BTreeSet<_> = group.members.iter().collect();
            if members.len() < group.members.len() {
                let help = "name each member once; round robin takes them in turn";
                return Err(Problem::new(format!("groups.{name}.members"), "somebody is in it twice", help));
            }
            // Legal, as groups make their members known; but beside a list of people it is more likely a slip.
            let unlisted =
                named.iter().filter(|person| !self.people.is_empty() && !self.people.contains_key(**person));
            self.warnings.extend(
                unlisted.map(|person| format!("groups.{name} names {person:?}, who is not in `people`")),
            );
        }
        Ok(())
    }
}

/// An http or https address without a user in it; `instead` says where a key belongs.
fn address(path: &str, text: &str, help: &str, instead: &str) -> Result<reqwest::Url, Problem> {
    let url = reqwest::Url::parse(text)
        .map_err(|error| Problem::new(path, format!("no address: {error}"), help))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(Problem::new(path, "it is no http or https address", help));
    }
    if !url.username().is_empty() || url.password().is_some() {
        let message = "it holds a user or a password, which would be shown in logs";
        return Err(Problem::new(path, message, instead));
    }
    Ok(url)
}

pub(super) fn is_local(url: &reqwest::Url) -> bool {
    matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"))
}

fn is_header(text: &str) -> bool {
    text.split_once('=').is_some_and(|(name, value)| {
        let (name, value) = (name.trim(), value.trim());
        reqwest::header::HeaderName::try_from(name).is_ok()
            && reqwest::header::HeaderValue::try_from(value).is_ok()
    })
}

pub(super) fn within<T: PartialOrd + Debug>(
    path: &str,
    value: &T,
    least: &T,
    most: &T,
) -> Result<(), Problem> {
    if value >= least && value <= most {
        return Ok(());
    }
    let help = format!("choose a value from {least:?} to {most:?}");
    Err(Problem::new(path, format!("{value:?} is out of range"), help))
}
