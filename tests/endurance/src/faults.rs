//! What can happen to an installation, and when it does.

use std::time::{Duration, Instant};

use fastrand::Rng;

use crate::installation::{Installation, RoleProcess};

/// Something that happens. It is over when it has been undone, but for what is for good.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fault {
    /// A role process is killed; another one takes its place at once.
    ProcessKilled,
    /// A role process stands still, perhaps longer than its deliveries wait for it.
    ProcessPaused,
    /// nats-server is killed and comes again.
    NatsKilled,
    /// nats-server stands still.
    NatsPaused,
    /// redis-server is killed and comes again, with what its file holds.
    RedisKilled,
    /// redis-server stands still.
    RedisPaused,
    /// Redis forgets everything.
    RedisFlushed,
    /// Both servers are away at once.
    BothKilled,
}

/// Half of what happens, happens to role processes.
const CHANCES: [Fault; 12] = [
    Fault::ProcessKilled,
    Fault::ProcessKilled,
    Fault::ProcessKilled,
    Fault::ProcessKilled,
    Fault::ProcessPaused,
    Fault::ProcessPaused,
    Fault::NatsKilled,
    Fault::NatsPaused,
    Fault::RedisKilled,
    Fault::RedisPaused,
    Fault::RedisFlushed,
    Fault::BothKilled,
];

impl Fault {
    /// What happens next.
    pub(crate) fn any(random: &mut Rng) -> Self {
        *random.choice(&CHANCES).expect("there are some")
    }

    /// Lets it happen, and lets it be over; in a line.
    pub(crate) fn happen(
        self,
        there: &mut Installation,
        processes: &mut [RoleProcess],
        random: &mut Rng,
    ) -> String {
        let began = Instant::now();
        let victim = random.usize(..processes.len());
        let pause = Duration::from_millis(random.u64(500..9_000));
        let process = processes.get_mut(victim).expect("a victim");
        let mut whom = String::new();
        match self {
            Self::ProcessKilled => {
                whom.clone_from(&process.name);
                process.kill();
                process.start(there);
            }
            Self::ProcessPaused => {
                whom.clone_from(&process.name);
                process.signal("STOP");
                std::thread::sleep(pause);
                process.signal("CONT");
            }
            Self::NatsPaused => {
                there.nats.pause();
                std::thread::sleep(pause);
                there.nats.resume();
            }
            Self::RedisPaused => {
                there.redis.pause();
                std::thread::sleep(pause);
                there.redis.resume();
            }
            Self::RedisFlushed => there.redis.flushall(),
            Self::NatsKilled | Self::RedisKilled | Self::BothKilled => self.take_away(there, pause),
        }
        format!("{self:?} {whom} for {} ms", began.elapsed().as_millis())
    }

    fn take_away(self, there: &mut Installation, pause: Duration) {
        let (nats, redis) = (self != Self::RedisKilled, self != Self::NatsKilled);
        if nats {
            there.nats.kill9();
        }
        if redis {
            there.redis.kill9();
        }
        std::thread::sleep(pause);
        if redis {
            there.redis.restart();
        }
        if nats {
            there.nats.restart();
        }
    }
}
