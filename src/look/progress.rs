//! What is being done while a person waits.
//!
//! Decides what is told and in which words; never when or where it is shown, and nothing depends on it.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt;

use crate::protocol::id::{Name, ObjectId};
use crate::protocol::object::{Object, ObjectKind, Objects, Trouble};

/// What is being done.
#[derive(Debug)]
pub enum Progress<'a> {
    /// Remotes are asked, and these have not answered.
    Asking {
        /// Whose.
        waiting: &'a BTreeSet<Name>,
        /// How many are asked.
        of: usize,
    },
    /// Commits are judged.
    Verifying {
        /// How many are judged.
        done: usize,
        /// How many are known by now.
        of: usize,
    },
    /// Something that has no steps to count, in words.
    Doing(&'static str),
    /// Nothing any more.
    Done,
}

/// Who is told.
pub type Tell = fn(&Progress<'_>);

impl fmt::Display for Progress<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Asking { waiting, of } => {
                let names: Vec<&str> = waiting.iter().map(Name::as_str).collect();
                let s = if *of == 1 { "" } else { "s" };
                write!(f, "asking {of} remote{s}: waiting for {}", names.join(", "))
            }
            Self::Verifying { done, of } => write!(f, "verifying {} of {} entries", grouped(*done), grouped(*of)),
            Self::Doing(what) => f.write_str(what),
            Self::Done => Ok(()),
        }
    }
}

/// A number as people write it: 14,000.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let parts: Vec<&[u8]> = digits.as_bytes().rchunks(3).rev().collect();
    parts.iter().map(|part| String::from_utf8_lossy(part)).collect::<Vec<_>>().join(",")
}

/// Something under way: when it goes out of scope, however that comes, nothing is being done any more.
pub struct UnderWay(Option<Tell>);

impl UnderWay {
    /// Something begins.
    pub const fn new(tell: Option<Tell>) -> Self {
        Self(tell)
    }

    /// This is being done now.
    pub fn tell(&self, progress: &Progress<'_>) {
        if let Some(tell) = self.0 {
            tell(progress);
        }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.tell(&Progress::Done);
    }
}

/// A store that tells how far judging what is in it has come. Each commit is read twice: when it is reached, and when it is
/// judged, which is after all that it builds on.
pub(super) struct Watched<'a> {
    store: &'a dyn Objects,
    under_way: &'a UnderWay,
    counts: RefCell<Counts>,
}

#[derive(Default)]
struct Counts {
    reached: BTreeSet<ObjectId>,
    judged: BTreeSet<ObjectId>,
}

impl<'a> Watched<'a> {
    pub(super) fn new(store: &'a dyn Objects, under_way: &'a UnderWay) -> Self {
        Self { store, under_way, counts: RefCell::default() }
    }

    fn count(&self, commit: ObjectId) {
        let mut counts = self.counts.borrow_mut();
        if counts.reached.insert(commit) || !counts.judged.insert(commit) {
            return;
        }
        self.under_way.tell(&Progress::Verifying { done: counts.judged.len(), of: counts.reached.len() });
    }
}

impl Objects for Watched<'_> {
    fn read(&self, id: ObjectId, kind: ObjectKind, limit: usize) -> Result<Object, Trouble> {
        if kind == ObjectKind::Commit {
            self.count(id);
        }
        self.store.read(id, kind, limit)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::protocol::verify::verify;
    use crate::sim::World;

    static TOLD: Mutex<Vec<String>> = Mutex::new(Vec::new());

    #[test]
    fn verifying_tells_how_far_it_has_come() {
        let mut world = World::new(3, 0).expect("a charter");
        world.joins_all();
        let under_way = UnderWay::new(Some(|progress| TOLD.lock().expect("one test").push(progress.to_string())));
        let store = Watched::new(world.store(), &under_way);
        let watched = verify(world.charter().clone(), world.see_all(), &store).expect("a store in memory");
        drop(under_way);
        let alone = verify(world.charter().clone(), world.see_all(), world.store()).expect("a store in memory");
        assert_eq!(watched.findings, alone.findings);
        let told = std::mem::take(&mut *TOLD.lock().expect("one test"));
        assert_eq!(told.len(), 4, "{told:?}");
        assert!(told.iter().all(|line| line.is_empty() || line.starts_with("verifying ")), "{told:?}");
        assert_eq!(told.last().map(String::as_str), Some(""), "in the end nothing is being done");
        assert_eq!(told.iter().rev().nth(1).map(String::as_str), Some("verifying 3 of 3 entries"));
    }

    #[test]
    fn it_is_said_in_words() {
        let names = ["bob", "carol"].map(|name| Name::parse(name).expect("a name"));
        let waiting = BTreeSet::from(names);
        assert_eq!(
            Progress::Asking { waiting: &waiting, of: 7 }.to_string(),
            "asking 7 remotes: waiting for bob, carol"
        );
        assert_eq!(Progress::Verifying { done: 1_200, of: 14_000 }.to_string(), "verifying 1,200 of 14,000 entries");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_234_567), "1,234,567");
    }
}
