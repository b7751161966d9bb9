//! The servers of the distributed edition: whether they are meant, and who this process is to them.
//!
//! Nothing of it is looked at in the embedded edition, so that one file can serve both.

use super::Config;
use super::addresses::UserInfo;
use super::edition::Edition;
use super::env::Environment;
use super::error::Problem;
use super::keys::EDITION;
use super::origin::Origin;
use super::secret::Secret;
use super::secret_source::{Given, SecretKeys};

/// The paths of the two addresses.
pub(super) const NATS_URL: &str = "nats.url";
pub(super) const REDIS_URL: &str = "redis.url";

const NATS_KEYS: SecretKeys = SecretKeys {
    literal: "nats.password",
    env: "nats.password_env",
    file: "nats.password_file",
    word: "password",
};
const REDIS_KEYS: SecretKeys = SecretKeys {
    literal: "redis.password",
    env: "redis.password_env",
    file: "redis.password_file",
    word: "password",
};

impl Config {
    /// Takes users and passwords from wherever they stand.
    pub(super) fn settle_servers(&mut self, env: &Environment) -> Result<(), Problem> {
        if self.edition == Edition::Embedded {
            return self.check_that_servers_are_meant();
        }
        self.nats.url.with_scheme("nats");
        self.redis.url.with_scheme("redis");
        self.settle_nats(env)?;
        self.settle_redis(env)
    }

    /// Whoever names a server means it to be used. The names other programs share do not count.
    fn check_that_servers_are_meant(&self) -> Result<(), Problem> {
        let shared = |origin: &Origin| match origin {
            Origin::Environment { variable } => !variable.starts_with("TRACERAIL_"),
            Origin::Default | Origin::Derived { .. } | Origin::File { .. } | Origin::CommandLine => false,
        };
        let meant = |path: &&str| self.origins.is_set(path) && !shared(&self.origins.of(path));
        match [NATS_URL, REDIS_URL].into_iter().find(meant) {
            Some(path) if !self.origins.is_set(EDITION) => {
                let message = "it is set, but the edition is `embedded`, which uses no server";
                let help = "write `edition: distributed` (or set TRACERAIL_EDITION=distributed) to use it; \
                            `edition: embedded` to keep it for later";
                Err(Problem::new(path, message, help))
            }
            Some(_) | None => Ok(()),
        }
    }

    fn settle_nats(&mut self, env: &Environment) -> Result<(), Problem> {
        let given = Given {
            literal: self.nats.password.clone(),
            env: self.nats.password_env.clone(),
            file: self.nats.password_file.clone(),
        };
        let found = self.nats.url.take_user_info();
        self.nats.password = self.password(NATS_KEYS, given, env)?;
        let is_bare = self.nats.user.is_none() && self.nats.password.is_none();
        match found {
            // One word before the @ is NATS' way to write a token.
            UserInfo { user: Some(token), password: None } if is_bare => {
                self.nats.token = Some(Secret::new(token));
                self.origins.note("nats.token", Origin::Derived { how: NATS_URL });
            }
            found => {
                let UserInfo { user, password } = self.only_once(found, is_bare, NATS_URL, "nats.user")?;
                self.nats.user = self.nats.user.take().or(user);
                self.nats.password = self.nats.password.take().or_else(|| password.map(Secret::new));
            }
        }
        Ok(())
    }

    fn settle_redis(&mut self, env: &Environment) -> Result<(), Problem> {
        let given = Given {
            literal: self.redis.password.clone(),
            env: self.redis.password_env.clone(),
            file: self.redis.password_file.clone(),
        };
        let found = self.redis.url.take_user_info();
        self.redis.password = self.password(REDIS_KEYS, given, env)?;
        let is_bare = self.redis.user.is_none() && self.redis.password.is_none();
        let UserInfo { user, password } = self.only_once(found, is_bare, REDIS_URL, "redis.user")?;
        self.redis.user = self.redis.user.take().or(user);
        self.redis.password = self.redis.password.take().or_else(|| password.map(Secret::new));
        Ok(())
    }

    /// A user in the address beside one in a key: nobody can say which is meant.
    fn only_once(
        &mut self,
        found: UserInfo,
        is_bare: bool,
        url: &'static str,
        user: &'static str,
    ) -> Result<UserInfo, Problem> {
        if found.user.is_none() && found.password.is_none() {
            return Ok(found);
        }
        if !is_bare {
            let message = "it holds a user or a password, and there is one in keys of their own as well";
            return Err(Problem::new(url, message, "keep one of the two"));
        }
        self.origins.note(user, Origin::Derived { how: url });
        Ok(found)
    }

    fn password(
        &mut self,
        keys: SecretKeys,
        given: Given,
        env: &Environment,
    ) -> Result<Option<Secret>, Problem> {
        let Some(source) = self.secret_source(keys, &given)? else { return Ok(None) };
        let text = self.secret_text(keys, source, given, env)?;
        let text = text.trim_end_matches(['\r', '\n']);
        if text.starts_with("${") {
            let help = "variables are not replaced in the file; use password_env: NAME";
            return Err(Problem::new(keys.literal, "it is a reference to a variable, not a password", help));
        }
        if text.is_empty() || text.chars().any(char::is_control) {
            let help = "a password is one line of text; copy it again";
            return Err(Problem::new(keys.literal, "it is empty, or holds control characters", help));
        }
        Ok(Some(Secret::new(text)))
    }
}
