//! Random plays: who is in the group, who hears whom and when, and what they decide.

use std::collections::BTreeSet;

use bicker::protocol::file::{Fields, File, Stance};
use bicker::protocol::id::{At, CommitId, Name};
use bicker::protocol::slot::{Kind, Slot};
use bicker::sim::{Actor, World};
use proptest::prelude::*;

/// How many there are, how many faults the charter allows for, and how many are Byzantine: the last by name.
#[derive(Clone, Copy, Debug)]
pub struct Group {
    n: usize,
    faults: usize,
    byzantine: usize,
}

impl Group {
    pub const fn new(n: usize, faults: usize, byzantine: usize) -> Self {
        Self { n, faults, byzantine }
    }
}

/// One thing that happens.
#[derive(Clone, Debug)]
enum Event {
    /// Somebody listens to all but some, then does what is owed or what they decide.
    Acts { who: u8, deaf: u16, decides: u8 },
    /// Everybody does so, one after the other.
    Turn { deaf: u16, decides: u8 },
    /// A Byzantine researcher writes something wild.
    Wild { who: u8, on: u8, cites: [u8; 2], kind: u8, round: u8, value: u8 },
}

/// A group and all that happens.
#[derive(Clone, Debug)]
pub struct Play {
    group: Group,
    /// Whether honest people hear only the faces on their own side.
    divided: bool,
    events: Vec<Event>,
}

fn events() -> impl Strategy<Value = Event> {
    let sometimes_deaf = || prop_oneof![3 => Just(0_u16), 2 => any::<u16>()];
    let acts = (any::<u8>(), sometimes_deaf(), any::<u8>()).prop_map(|(who, deaf, decides)| Event::Acts {
        who,
        deaf,
        decides,
    });
    let decides = prop_oneof![3 => Just(0_u8), 1 => any::<u8>()];
    let turn = (sometimes_deaf(), decides).prop_map(|(deaf, decides)| Event::Turn { deaf, decides });
    let wild = (any::<u8>(), any::<u8>(), any::<[u8; 2]>(), any::<u8>(), 0..3_u8, any::<u8>())
        .prop_map(|(who, on, cites, kind, round, value)| Event::Wild { who, on, cites, kind, round, value });
    prop_oneof![4 => acts, 3 => turn, 1 => wild]
}

/// Plays of such groups.
pub fn plays(groups: &'static [Group]) -> impl Strategy<Value = Play> {
    let group = proptest::sample::select(groups);
    (group, any::<bool>(), proptest::collection::vec(events(), 10..45)).prop_map(|(group, divided, events)| Play {
        group,
        divided,
        events,
    })
}

/// An actor on one of two sides.
struct Face {
    actor: Actor,
    side: usize,
    honest: bool,
}

impl Play {
    /// A play in which the two sides hear nothing of each other, and everybody acts in turn.
    pub fn split(group: Group) -> Self {
        Self { group, divided: true, events: vec![Event::Turn { deaf: 0, decides: 0 }; 14] }
    }

    /// The names of the Byzantine researchers.
    pub fn byzantine(&self) -> BTreeSet<String> {
        let names = self.world().names();
        names.into_iter().skip(self.group.n - self.group.byzantine).collect()
    }

    /// Every commit of the finished play, in the order of writing.
    pub fn order(&self, world: &World) -> Vec<CommitId> {
        let mut commits: Vec<CommitId> = world.commits().collect();
        commits.sort_by_key(|id| world.commit(*id).map(|commit| commit.committer.seconds));
        commits
    }

    fn world(&self) -> World {
        World::new(self.group.n, self.group.faults).expect("a charter")
    }

    fn faces(&self, world: &World) -> Vec<Face> {
        let byzantine = self.byzantine();
        let mut faces = Vec::new();
        for (at, name) in world.names().into_iter().enumerate() {
            let honest = !byzantine.contains(&name);
            let sides = if honest { vec![at % 2] } else { vec![0, 1] };
            for side in sides {
                let actor = Actor::new(world, &name).expect("a store in memory").expect("a researcher");
                faces.push(Face { actor, side, honest });
            }
        }
        faces
    }

    /// Plays.
    pub fn run(&self) -> World {
        let mut world = self.world();
        let mut faces = self.faces(&world);
        let mut wild: Vec<(Name, CommitId)> = Vec::new();
        for event in &self.events {
            match event {
                Event::Acts { who, deaf, decides } => {
                    let who = usize::from(*who) % faces.len();
                    self.act(&mut world, &mut faces, who, (*deaf, *decides), &wild);
                }
                Event::Turn { deaf, decides } => {
                    for who in 0..faces.len() {
                        self.act(&mut world, &mut faces, who, (*deaf, *decides), &wild);
                    }
                }
                Event::Wild { who, on, cites, kind, round, value } => {
                    let names: Vec<String> = self.byzantine().into_iter().collect();
                    let Some(name) = names.get(usize::from(*who) % names.len().max(1)) else { continue };
                    let choice = Wild { on: *on, cites: *cites, kind: *kind, round: *round, value: *value };
                    let commit = choice.write(&mut world, name);
                    wild.push((Name::parse(name).expect("a name"), commit));
                }
            }
        }
        world
    }

    /// Listens, then does what is owed or decided: mostly the first thing owed; at times another, or leaving the
    /// round, or nothing.
    fn act(
        &self,
        world: &mut World,
        faces: &mut [Face],
        who: usize,
        (deaf, decides): (u16, u8),
        wild: &[(Name, CommitId)],
    ) {
        self.listen(world, faces, who, deaf, wild);
        let mut rest = usize::from(decides);
        let mut decide = |choices: usize| {
            let (choice, more) = (rest % 8, rest / 8);
            rest = more;
            if choice < 6 { 0 } else { more % (choices + 1) }
        };
        faces[who].actor.acts(world, &mut decide).expect("a store in memory");
    }

    /// Hears the heads of all faces that are not of the same name, on the other side of a divided group, or ignored.
    fn listen(&self, world: &World, faces: &mut [Face], who: usize, deaf: u16, wild: &[(Name, CommitId)]) {
        let me = faces[who].actor.name().clone();
        let side = faces[who].side;
        let heard = faces.iter().enumerate().filter(|(at, face)| {
            let apart = face.side != side && (self.divided || !face.honest);
            *face.actor.name() != me && !apart && deaf >> at & 1 == 0
        });
        let mut news: Vec<(Name, CommitId)> =
            heard.filter_map(|(_, face)| Some((face.actor.name().clone(), face.actor.head()?))).collect();
        // In a group that is not divided, what Byzantine researchers wrote on the other side or wildly gets through too.
        if !self.divided && deaf >> 15 == 1 {
            news.extend(wild.iter().filter(|(name, _)| *name != me).cloned());
        }
        for (name, head) in news {
            faces[who].actor.hears(world, &name, head).expect("a store in memory");
        }
    }
}

/// What is wild about an entry.
struct Wild {
    on: u8,
    cites: [u8; 2],
    kind: u8,
    round: u8,
    value: u8,
}

impl Wild {
    fn write(&self, world: &mut World, name: &str) -> CommitId {
        let all: Vec<CommitId> = world.commits().collect();
        let pick = |list: &[CommitId], at: u8| list.get(usize::from(at) % list.len().max(1)).copied();
        let own: Vec<CommitId> = all.iter().copied().filter(|id| world.author(*id) == Some(name)).collect();
        let of_kind = |kind: Kind| -> Vec<CommitId> {
            all.iter().copied().filter(|id| world.slot(*id).is_some_and(|slot| slot.kind() == kind)).collect()
        };
        let at = At::new(1, u32::from(self.round));
        let none = world.genesis();
        let proposal = pick(&of_kind(Kind::Proposal), self.value).unwrap_or(none);
        let revision = pick(&of_kind(Kind::Revision), self.value).unwrap_or(none);
        let title = format!("wild {}", self.value % 2);
        let by = world.author(proposal).and_then(Name::parse);
        let (slot, fields, text) = match self.kind % 10 {
            0 => (Slot::Join, Fields::Join, String::new()),
            1 => (Slot::Proposal(at), Fields::Proposal { title }, "Wild.\n".to_owned()),
            2 => (Slot::Vote(at), Fields::Vote { target: proposal }, String::new()),
            3 => {
                let Some(by) = by else { return world.by(name).acknowledges() };
                (Slot::Criticism(at, by), Fields::Criticism { of: proposal, stance: Stance::Object }, String::new())
            }
            4 => (
                Slot::Revision(at),
                Fields::Revision { of: proposal, title, criticisms: Vec::new() },
                "Wild.\n".to_owned(),
            ),
            5 | 6 => (Slot::Echo(at), Fields::Echo { value: revision }, String::new()),
            7 => (Slot::Ratify(at), Fields::Ratify { value: revision }, String::new()),
            _ => (Slot::Abandon(at), Fields::Abandon, String::new()),
        };
        let cites: Vec<CommitId> = self
            .cites
            .iter()
            .filter_map(|at| pick(&all, *at))
            .chain([proposal, revision])
            .filter(|id| *id != none)
            .collect();
        let entry = world.by(name).citing(&cites);
        let entry = match pick(&own, self.on) {
            Some(first) => entry.on(first),
            None => entry,
        };
        entry.file(slot, File { fields, text })
    }
}
