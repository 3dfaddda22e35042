//! The connections that are open: how many, of whom, and which are to end.

use super::{
    limits::ConnectionLimits,
    pulse::{Order, Pulse, Reason},
};
use crate::{
    http::limits::Network,
    metrics::{Connections, Ended},
};
use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};
use tokio::sync::{Notify, Semaphore};

/// Kilobytes of large answers that are whole in memory and on their way, of all connections together.
const ROOM_KB: usize = 512 << 10;
/// How many more than the bound there may be while idle ones end to make room.
const ENDING_MAX: usize = 64;
/// Bits of an IPv6 address that tell one network from another.
const NETWORK_BITS: u32 = 64;

/// The connections that are open.
#[derive(Debug)]
pub struct Register {
    limits: ConnectionLimits,
    proxies: Vec<Network>,
    room: Arc<Semaphore>,
    metrics: Connections,
    open: Mutex<Open>,
    left: Notify,
}

#[derive(Debug, Default)]
struct Open {
    next: u64,
    all: HashMap<u64, (Option<IpAddr>, Arc<Pulse>)>,
    of: HashMap<IpAddr, usize>,
}

/// There are as many connections as may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Full;

/// The place of one connection, given back when it goes.
#[derive(Debug)]
pub struct Place {
    register: Arc<Register>,
    number: u64,
    /// What passes on it.
    pub pulse: Arc<Pulse>,
}

impl Register {
    /// An empty one.
    pub fn new(limits: ConnectionLimits, proxies: Vec<Network>, metrics: Connections) -> Arc<Self> {
        Arc::new(Self {
            limits,
            proxies,
            room: Arc::new(Semaphore::new(ROOM_KB)),
            metrics,
            open: Mutex::default(),
            left: Notify::new(),
        })
    }

    /// Where connections are counted.
    pub const fn metrics(&self) -> &Connections {
        &self.metrics
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for a connection of this address, which greets first or not. Where there is none, one that has been
    /// idle the longest has to go; where none is idle, the newest finds none.
    pub fn admit(self: &Arc<Self>, from: IpAddr, greets: bool) -> Result<Place, Full> {
        let network = network(from, &self.proxies);
        let mut open = self.open();
        let of_network = network.map_or(0, |network| open.of.get(&network).copied().unwrap_or_default());
        let crowded = of_network >= self.limits.of_one_address;
        if crowded || open.all.len() >= self.limits.connections {
            let is_beyond = of_network >= self.limits.of_one_address.saturating_add(ENDING_MAX)
                || open.all.len() >= self.limits.connections.saturating_add(ENDING_MAX);
            let idle = open.longest_idle(network.filter(|_| crowded)).filter(|_| !is_beyond).ok_or(Full);
            self.end(idle.inspect_err(|_| self.count(Reason::Refused))?, Order::Finish, Reason::Idle);
        }
        let number = open.next;
        open.next += 1;
        let pulse = Arc::new(Pulse::new(Instant::now(), greets, self.room.clone()));
        open.all.insert(number, (network, pulse.clone()));
        if let Some(network) = network {
            *open.of.entry(network).or_default() += 1;
        }
        self.metrics.open.inc();
        Ok(Place { register: self.clone(), number, pulse })
    }

    /// Counts what became of a connection.
    pub fn count(&self, reason: Reason) {
        self.metrics.ended.get_or_create(&Ended::of(reason.as_str())).inc();
    }

    fn end(&self, pulse: &Pulse, order: Order, reason: Reason) {
        if pulse.tell(order) {
            self.count(reason);
        }
    }

    fn pulses(&self) -> Vec<Arc<Pulse>> {
        self.open().all.values().map(|(_, pulse)| pulse.clone()).collect()
    }

    /// Looks at each connection again and again, and ends those that are too slow.
    pub async fn watch(&self) {
        loop {
            tokio::time::sleep(self.limits.look).await;
            let now = Instant::now();
            for pulse in self.pulses() {
                for _ in 0..pulse.end_slow_answers(now, &self.limits) {
                    self.count(Reason::SlowReader);
                }
                if let Some((order, reason)) = pulse.judge(now, &self.limits) {
                    self.end(&pulse, order, reason);
                }
            }
        }
    }

    /// Tells all to end what is under way and take nothing more.
    pub fn finish_all(&self) {
        for pulse in self.pulses() {
            pulse.tell(Order::Finish);
        }
    }

    /// Ends all at once.
    pub fn cut_all(&self) {
        for pulse in self.pulses() {
            self.end(&pulse, Order::Cut, Reason::Stopped);
        }
    }

    /// Waits until none is open.
    pub async fn empty(&self) {
        while !self.open().all.is_empty() {
            self.left.notified().await;
        }
    }
}

impl Open {
    /// The one that has been idle the longest, of a network or of all.
    fn longest_idle(&self, network: Option<IpAddr>) -> Option<&Arc<Pulse>> {
        let among = self.all.values().filter(|(of, _)| network.is_none() || *of == network);
        let idle = among.filter_map(|(_, pulse)| Some((pulse.idle_since()?, pulse)));
        idle.min_by_key(|(since, _)| *since).map(|(_, pulse)| pulse)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let register = &self.register;
        let mut open = register.open();
        if let Some((Some(network), _)) = open.all.remove(&self.number)
            && let Some(count) = open.of.get_mut(&network)
        {
            *count -= 1;
            if *count == 0 {
                open.of.remove(&network);
            }
        }
        drop(open);
        register.metrics.open.dec();
        register.left.notify_one();
    }
}

/// The network that an address stands for; none for this machine and known proxies, behind which everybody may be.
fn network(address: IpAddr, proxies: &[Network]) -> Option<IpAddr> {
    match address.to_canonical() {
        address if address.is_loopback() => None,
        address if proxies.iter().any(|network| network.holds(address)) => None,
        IpAddr::V6(address) => {
            let bits =
                address.to_bits() >> (Ipv6Addr::BITS - NETWORK_BITS) << (Ipv6Addr::BITS - NETWORK_BITS);
            Some(Ipv6Addr::from_bits(bits).into())
        }
        address => Some(address),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn register(connections: usize, of_one_address: usize) -> Arc<Register> {
        let limits = ConnectionLimits { connections, of_one_address, ..ConnectionLimits::default() };
        Register::new(limits, Vec::new(), Connections::default())
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn one_address_takes_no_more_than_its_share_and_others_are_let_in() {
        let register = register(10, 2);
        let taken: Vec<Place> = (0..2).map(|_| register.admit(ip("203.0.113.5"), false).unwrap()).collect();
        assert_eq!(register.admit(ip("203.0.113.5"), false).unwrap_err(), Full);
        assert_eq!(register.admit(ip("::ffff:203.0.113.5"), false).unwrap_err(), Full);
        let other = register.admit(ip("203.0.113.6"), false).unwrap();
        let _v6: Vec<Place> =
            ["2001:db8::1", "2001:db8::2"].map(|a| register.admit(ip(a), false).unwrap()).into();
        assert_eq!(register.admit(ip("2001:db8::3"), false).unwrap_err(), Full);
        assert!(register.admit(ip("2001:db8:0:1::3"), false).is_ok(), "another network");
        drop((taken, other));
        assert!(register.admit(ip("203.0.113.5"), false).is_ok(), "places come back");
        assert_eq!(register.metrics.open.get(), 2);
    }

    #[test]
    fn a_proxy_on_this_machine_may_take_all_and_an_idle_one_makes_room() {
        let register = register(3, 1);
        let taken: Vec<Place> =
            ["127.0.0.1", "127.0.0.1", "::1"].map(|a| register.admit(ip(a), false).unwrap()).into();
        assert_eq!(register.admit(ip("203.0.113.5"), false).unwrap_err(), Full);
        taken[1].pulse.asked();
        assert_eq!(register.admit(ip("203.0.113.5"), false).unwrap_err(), Full, "it is being answered");
        taken[1].pulse.answered();
        let _new = register.admit(ip("203.0.113.5"), false).unwrap();
        assert!(!taken[1].pulse.tell(Order::Finish), "it has been told to end");
        assert_eq!(register.admit(ip("203.0.113.6"), false).unwrap_err(), Full);
    }
}
