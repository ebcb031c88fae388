//! The queue for hashing. It has few slots, and somebody with many addresses gets only some of
//! them. So a flood from one network is refused, and leaves room for everybody else.
//!
//! There are three kinds of slots. The first is for the only one in the queue from a network (an
//! IPv4 address, or an IPv6 /48). The second is for those who come after that one, and each network
//! gets some of them. The third is for known browsers, and each account gets some of them.
//! Strangers from hundreds of networks can fill the first two kinds. The third is for people with
//! an account, and each of them can fill only their own slots.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ipnet::IpNet;
use tokio::sync::Semaphore;

/// Slots for the only one of a network. Even if all slots are taken, the last one waits for less
/// than a second on a machine with 2 processors.
const FIRST: usize = 24;
const FOLLOWING: usize = 8;
const KNOWN: usize = 8;
/// Slots for known browsers of one account: one that is being checked, and one that waits.
const KNOWN_OF_ACCOUNT: usize = 2;

/// How many slots a network may have.
fn slots(network: &IpNet) -> usize {
    match (network, network.prefix_len()) {
        (IpNet::V4(_), _) => 8,
        (IpNet::V6(_), 64) => 4,
        (IpNet::V6(_), 56) => 6,
        (IpNet::V6(_), _) => 8,
    }
}

/// Those whose slots are counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Group {
    Network(IpNet),
    /// The known browsers of an account.
    Account([u8; 32]),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    First,
    Following,
    Known,
}

/// The slots that a group has taken.
struct Taken {
    count: usize,
    /// It has one permit, so that one attempt is checked at a time and nobody is refused because of
    /// another one that is not decided yet.
    turn: Arc<Semaphore>,
}

#[derive(Default)]
struct State {
    by_group: HashMap<Group, Taken>,
    by_kind: HashMap<Kind, usize>,
}

#[derive(Clone, Default)]
pub(super) struct Queue(Arc<Mutex<State>>);

/// A slot in the queue. It is given back when dropped.
pub(super) struct Slot {
    kind: Kind,
    groups: Vec<Group>,
    turn: Arc<Semaphore>,
    queue: Queue,
}

impl Slot {
    /// Whether it is a slot for a known browser.
    pub(super) fn is_known(&self) -> bool {
        self.kind == Kind::Known
    }

    /// The semaphore of the narrowest group, by which its slots take turns.
    pub(super) fn turn(&self) -> Arc<Semaphore> {
        Arc::clone(&self.turn)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut state = self.queue.lock();
        *state.by_kind.entry(self.kind).or_default() -= 1;
        for group in &self.groups {
            if let Some(taken) = state.by_group.get_mut(group) {
                taken.count -= 1;
                if taken.count == 0 {
                    state.by_group.remove(group);
                }
            }
        }
    }
}

impl State {
    fn count(&self, group: Group) -> usize {
        self.by_group.get(&group).map_or(0, |taken| taken.count)
    }

    fn has(&self, kind: Kind, slots: usize) -> bool {
        self.by_kind.get(&kind).is_none_or(|taken| *taken < slots)
    }

    /// Takes a slot of this kind for these groups, the narrowest first.
    fn take(&mut self, kind: Kind, groups: Vec<Group>, queue: &Queue) -> Slot {
        *self.by_kind.entry(kind).or_default() += 1;
        let one_at_a_time = || Arc::new(Semaphore::new(1));
        let mut turn = None;
        for group in &groups {
            let taken = self
                .by_group
                .entry(*group)
                .or_insert_with(|| Taken { count: 0, turn: one_at_a_time() });
            taken.count += 1;
            turn.get_or_insert_with(|| Arc::clone(&taken.turn));
        }
        Slot { kind, groups, turn: turn.unwrap_or_else(one_at_a_time), queue: queue.clone() }
    }
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a slot for these networks, of which the narrowest comes first. `None` if there is
    /// none.
    pub(super) fn join(&self, networks: &[IpNet]) -> Option<Slot> {
        let mut state = self.lock();
        let groups: Vec<Group> = networks.iter().copied().map(Group::Network).collect();
        let is_first = groups.last().is_none_or(|widest| state.count(*widest) == 0);
        let may_follow =
            networks.iter().all(|&network| state.count(Group::Network(network)) < slots(&network));
        let kind = if is_first && state.has(Kind::First, FIRST) {
            Kind::First
        } else if may_follow && state.has(Kind::Following, FOLLOWING) {
            Kind::Following
        } else {
            return None;
        };
        Some(state.take(kind, groups, self))
    }

    /// Takes a slot for a known browser of this account.
    pub(super) fn join_known(&self, account: [u8; 32]) -> Option<Slot> {
        let mut state = self.lock();
        let group = Group::Account(account);
        let is_free = state.count(group) < KNOWN_OF_ACCOUNT && state.has(Kind::Known, KNOWN);
        is_free.then(|| state.take(Kind::Known, vec![group], self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::users::sign_in::networks;

    /// Takes as many slots as these addresses get.
    fn fill(queue: &Queue, addresses: impl Iterator<Item = String>) -> Vec<Slot> {
        addresses
            .filter_map(|address| {
                let networks: Vec<_> = networks(address.parse().unwrap()).collect();
                queue.join(&networks)
            })
            .collect()
    }

    #[test]
    fn one_network_gets_few_places_however_many_addresses_it_has() {
        for (count, addresses) in [
            (8, ["192.0.2.1"; 50].map(ToOwned::to_owned).to_vec()),
            (4, (0..50).map(|n| format!("2001:db8::{n}")).collect()),
            (6, (0..50).map(|n| format!("2001:db8:0:{n:x}::1")).collect()),
            (8, (0..50).map(|n| format!("2001:db8:0:{n:x}00::1")).collect()),
        ] {
            let queue = Queue::default();
            let slots = fill(&queue, addresses.clone().into_iter());
            assert_eq!(slots.len(), count, "{}", addresses[1]);
            assert_eq!(fill(&queue, ["198.51.100.7".to_owned()].into_iter()).len(), 1);
            drop(slots);
            assert!(queue.lock().by_group.is_empty(), "all slots are given back");
            assert_eq!(fill(&queue, addresses.into_iter()).len(), count);
        }
    }

    #[test]
    fn whoever_is_the_first_of_a_network_finds_a_place_while_a_few_others_fill_theirs() {
        let queue = Queue::default();
        let _flood = fill(&queue, (0..1_000).map(|n| format!("192.0.2.{}", n % 20)));
        let taken = queue.lock().by_kind.clone();
        assert_eq!((taken[&Kind::First], taken[&Kind::Following]), (20, FOLLOWING));
        assert_eq!(fill(&queue, ["198.51.100.7".to_owned()].into_iter()).len(), 1);
        assert_eq!(fill(&queue, ["2001:db8::1".to_owned()].into_iter()).len(), 1);
    }

    #[test]
    fn known_browsers_have_places_that_strangers_do_not_take() {
        let queue = Queue::default();
        let flood = fill(&queue, (0..1_000).map(|n| format!("10.0.{}.{}", n / 250, n % 250)));
        assert_eq!(flood.len(), FIRST + FOLLOWING);
        let of = |account| (0..50).filter_map(|_| queue.join_known([account; 32])).collect();
        let (ada, bob): (Vec<_>, Vec<_>) = (of(1), of(2));
        assert_eq!((ada.len(), bob.len()), (KNOWN_OF_ACCOUNT, KNOWN_OF_ACCOUNT));
        assert!(queue.join_known([3; 32]).is_some());
    }

    #[test]
    fn one_at_a_time_goes_on() {
        let queue = Queue::default();
        let same = fill(&queue, ["192.0.2.1"; 2].map(ToOwned::to_owned).into_iter());
        let other = fill(&queue, ["192.0.2.2".to_owned()].into_iter());
        let head = same[0].turn().try_acquire_owned();
        assert!(head.is_ok() && same[1].turn().try_acquire_owned().is_err());
        assert!(other[0].turn().try_acquire_owned().is_ok());
        drop(head);
        assert!(same[1].turn().try_acquire_owned().is_ok());
    }
}
