//! NATS clients that are not the product.

use std::future::Future;
use std::sync::Arc;

use async_nats::ConnectOptions;
use async_nats::jetstream::Context;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;
use tracerail_testkit::servers::Nats;

/// A connection as one user of nats.conf, and what it runs on.
#[derive(Clone)]
pub(crate) struct Client {
    runtime: Arc<Runtime>,
    jetstream: Context,
}

impl Client {
    /// Connects.
    pub(crate) fn new(nats: &Nats, user: &str) -> Self {
        let runtime = Arc::new(Runtime::new().expect("a runtime"));
        let inside = runtime.enter();
        let options = ConnectOptions::new()
            .user_and_password(user.to_owned(), Nats::password(user))
            .custom_inbox_prefix(format!("_INBOX_{user}"));
        let client = runtime.block_on(options.connect(nats.url())).expect("a connection");
        let jetstream = async_nats::jetstream::new(client);
        drop(inside);
        Self { runtime, jetstream }
    }

    /// What to publish and read with.
    pub(crate) fn jetstream(&self) -> Context {
        self.jetstream.clone()
    }

    /// Runs something beside the rest.
    pub(crate) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) -> JoinHandle<()> {
        self.runtime.spawn(work)
    }

    /// Waits for something.
    pub(crate) fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }
}
