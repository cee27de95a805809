//! One world: who is in it, what happens, and how everything known is shown in the end.
//!
//! All chance comes from the world's number, so a world that breaks a law can be looked at again.

use std::collections::BTreeSet;

use bicker::protocol::duty::current;
use bicker::protocol::file::{Fields, File};
use bicker::protocol::id::{At, CommitId, Name};
use bicker::protocol::slot::Slot;
use bicker::protocol::verify::{Seen, Verification};
use bicker::sim::machine::Disk;
use bicker::sim::{Lapse, Machine, World};

/// Chance, by the SplitMix64 generator (Steele, Lea, Flood 2014).
#[derive(Clone, Debug)]
pub struct Chance(pub u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`, which is not 0.
    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end.max(1) as u64).unwrap_or(0)
    }

    /// True so many times of a hundred.
    pub fn percent(&mut self, chance: usize) -> bool {
        self.below(100) < chance
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> Option<T> {
        if from.is_empty() { None } else { from.get(self.below(from.len())).copied() }
    }
}

/// What is special about somebody.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// One machine, whose host does as it likes: moves back, rejects and keeps, loses.
    Plain,
    /// Two machines and a host that takes what it says it takes.
    TwoMachines,
    /// Loses disk and remote at some time. Counts among the faulty.
    Forgetful,
    /// Goes on from a backup at some time. Counts among the faulty.
    Restored,
    /// Signs whatever they like. Counts among the faulty.
    Byzantine,
}

impl Kind {
    const fn is_faulty(self) -> bool {
        matches!(self, Self::Forgetful | Self::Restored | Self::Byzantine)
    }
}

/// What a host holds of somebody's log.
#[derive(Default)]
struct Host {
    /// Every head it ever got, also of pushes that it rejected.
    states: Vec<CommitId>,
    /// What it took last.
    newest: Option<CommitId>,
}

/// Somebody, their machines and their host.
pub struct Person {
    pub name: Name,
    pub kind: Kind,
    pub machines: Vec<Machine>,
    host: Host,
    backup: Option<Disk>,
}

/// A world being played.
pub struct Play {
    pub world: World,
    pub people: Vec<Person>,
    chance: Chance,
    lapse: Lapse,
    /// The most entries that a Byzantine researcher signed on top of each other.
    pub longest_flood: usize,
}

impl Play {
    /// The world of this number, before anything happened. `kinds` are those of the last researchers by name.
    pub fn new(number: u64, (n, faults): (usize, usize), kinds: &[Kind], lapse: Lapse) -> Self {
        let world = World::new(n, faults).expect("a charter");
        let names = world.names();
        let first = names.len() - kinds.len();
        let person = |(at, name): (usize, &String)| {
            let kind = at.checked_sub(first).map_or(Kind::Plain, |at| kinds[at]);
            let machine = || Machine::new(&world, name, lapse).expect("a store in memory").expect("a researcher");
            let machines = (0..if kind == Kind::TwoMachines { 2 } else { 1 }).map(|_| machine()).collect();
            let name = Name::parse(name).expect("a name");
            Person { name, kind, machines, host: Host::default(), backup: None }
        };
        let people: Vec<Person> = names.iter().enumerate().map(person).collect();
        assert!(people.iter().filter(|person| person.kind.is_faulty()).count() <= faults);
        Self { people, world, chance: Chance(number), lapse, longest_flood: 0 }
    }

    /// So many things happen.
    pub fn happens(&mut self, events: usize) {
        // Everybody joins, one after the other, so that nobody has to ask whether they ever did.
        for who in 0..self.people.len() {
            self.acts(who, 0, false);
        }
        for _ in 0..events {
            let who = self.chance.below(self.people.len());
            match self.people[who].kind {
                Kind::Byzantine if self.chance.percent(70) => self.writes_anything(who),
                Kind::Forgetful if self.chance.percent(8) => self.forgets(who),
                Kind::Restored if self.chance.percent(8) => self.goes_on_from_a_backup(who),
                _ => {
                    let machine = self.chance.below(self.people[who].machines.len());
                    self.acts(who, machine, true);
                }
            }
        }
    }

    /// A machine looks, writes a little and pushes.
    fn acts(&mut self, who: usize, machine: usize, hosts_deceive: bool) {
        let kind = self.people[who].kind;
        for other in 0..self.people.len() {
            let deceives = hosts_deceive && (other != who || matches!(kind, Kind::Plain | Kind::Forgetful));
            let head = match deceives {
                true => self.answer(other),
                false => self.people[other].host.newest,
            };
            let name = self.people[other].name.clone();
            if let Some(head) = head {
                self.people[who].machines[machine].hears(&self.world, &name, head).expect("a store in memory");
            }
        }
        let most = 1 + self.chance.below(3);
        let mut chance = Chance(self.chance.next());
        let mut decide = |choices: usize| if chance.percent(75) { 0 } else { chance.below(choices + 1) };
        let acting = &mut self.people[who].machines[machine];
        acting.acts(&mut self.world, most, &mut decide).expect("a store in memory");
        self.pushes(who, machine, !hosts_deceive);
    }

    /// What somebody's host shows to whoever asks now: mostly the newest, at times something older, or nothing.
    fn answer(&mut self, of: usize) -> Option<CommitId> {
        let person = &self.people[of];
        if person.kind == Kind::Byzantine {
            let name = person.name.as_str();
            let all: Vec<CommitId> =
                self.world.commits().filter(|commit| self.world.author(*commit) == Some(name)).collect();
            return self.chance.pick(&all);
        }
        match self.chance.below(100) {
            0..65 => person.host.newest,
            65..85 => {
                let states = person.host.states.clone();
                self.chance.pick(&states)
            }
            _ => None,
        }
    }

    /// A push arrives, is rejected and kept, or is lost. Over what the machine has not seen nothing is pushed.
    fn pushes(&mut self, who: usize, machine: usize, arrives: bool) {
        let luck = if arrives { 0 } else { self.chance.below(100) };
        let person = &mut self.people[who];
        let Some(head) = person.machines[machine].head() else { return };
        let stale = person.host.newest.is_some_and(|newest| !self.world.reaches(head, newest));
        if stale && person.kind != Kind::Byzantine {
            return;
        }
        match luck {
            0..80 => {
                person.host.states.push(head);
                person.host.newest = Some(head);
            }
            // Whoever has two machines, or will go on from a backup, needs a host that says what it took.
            80..90 if matches!(person.kind, Kind::Plain | Kind::Forgetful) => person.host.states.push(head),
            _ => {}
        }
        if person.kind == Kind::Restored && (person.backup.is_none() || luck % 7 == 0) {
            person.backup = Some(person.machines[machine].disk());
        }
    }

    fn forgets(&mut self, who: usize) {
        let states = self.people[who].host.states.clone();
        let left = self.chance.pick(&states).filter(|_| self.chance.percent(70));
        let person = &mut self.people[who];
        let new = Machine::without_memory(&self.world, person.name.as_str(), self.lapse);
        person.machines = vec![new.expect("a store in memory").expect("a researcher")];
        person.host.newest = left;
    }

    /// The backup is asked against what all hosts show: that is what tells it from the log.
    fn goes_on_from_a_backup(&mut self, who: usize) {
        let Some(disk) = self.people[who].backup.clone() else { return };
        let name = self.people[who].name.clone();
        let restored = Machine::from_backup(&self.world, name.as_str(), self.lapse, &disk);
        let mut machine = restored.expect("a store in memory").expect("a researcher");
        for person in &self.people {
            if let Some(newest) = person.host.newest {
                machine.hears(&self.world, &person.name, newest).expect("a store in memory");
            }
        }
        machine.notices_an_old_journal();
        self.people[who].machines = vec![machine];
    }

    /// Anything that a key can sign: on any branch, joining any two, without end.
    fn writes_anything(&mut self, who: usize) {
        let name = self.people[who].name.as_str().to_owned();
        let all = self.seen_by_somebody();
        let own: Vec<CommitId> = all.iter().copied().filter(|id| self.world.author(*id) == Some(&name)).collect();
        let Some(on) = self.chance.pick(&own) else { return };
        let revisions: Vec<CommitId> =
            all.iter().copied().filter(|id| matches!(self.world.slot(*id), Some(Slot::Revision(_)))).collect();
        let cited = self.chance.pick(&all).unwrap_or(on);
        let at = At::new(1 + self.chance.below(2) as u32, self.chance.below(3) as u32);
        let value = self.chance.pick(&revisions);
        let kind = self.chance.below(9);
        let text = format!("{}\n", self.chance.below(3));
        if kind == 0 {
            return self.floods(&name, on);
        }
        let other = self.chance.pick(&own).filter(|_| kind == 1);
        let entry = self.world.by(&name).on(on).citing(&[cited]);
        let _written = match (kind, value, other) {
            (1, _, Some(other)) if other != on => self.world.by(&name).with_parents(&[on, other]).acknowledges(),
            (2 | 3, Some(value), _) => entry.echoes(value),
            (4, Some(value), _) => entry.ratifies(value),
            (5 | 6, ..) => entry.because(&text).abandons(at.step, at.round),
            (7, Some(value), _) => entry.echoes_in(at.step, at.round, value),
            _ => {
                let fields = Fields::Proposal { title: "Wild".to_owned() };
                entry.file(Slot::Proposal(at), File { fields, text })
            }
        };
    }

    /// More than any budget allows in a first round, each on top of the other.
    fn floods(&mut self, name: &str, mut on: CommitId) {
        let most = 2 * (2 * self.people.len() + 32) + 5;
        if self.longest_flood >= most {
            return;
        }
        for round in 0..most {
            on = self.world.by(name).on(on).abandons(9, u32::try_from(round).unwrap_or(u32::MAX));
        }
        self.longest_flood = most;
    }

    /// From now on everything that anyone was ever shown is shown to everyone, pushes arrive, and nobody deceives; the
    /// Byzantine are silent. Ends when the step that was open is final for all who are not faulty, or after `turns`.
    pub fn shows_everything(&mut self, turns: usize) -> bool {
        let step = current_step(&self.all());
        let mut stuck = None;
        for _ in 0..turns {
            let before = self.world.commits().count();
            for who in 0..self.people.len() {
                if self.people[who].kind == Kind::Byzantine {
                    continue;
                }
                for machine in 0..self.people[who].machines.len() {
                    self.cooperates(who, machine, stuck);
                }
            }
            let nothing_happens = self.world.commits().count() == before;
            // As people know it: what somebody forgot may have opened another round that nobody sees.
            let known = self.people[0].machines[0].actor().verification();
            stuck = nothing_happens.then(|| current(&known.history.index, &known.everything));
            let is_done = |person: &Person| {
                person.kind.is_faulty() || person.machines.iter().all(|machine| final_in(machine, step))
            };
            if self.people.iter().all(is_done) {
                return true;
            }
        }
        false
    }

    /// Hears everything, does what is owed first, and leaves only a round in which nothing happens any more.
    fn cooperates(&mut self, who: usize, machine: usize, stuck: Option<At>) {
        for other in 0..self.people.len() {
            let name = self.people[other].name.clone();
            let byzantine = self.people[other].kind == Kind::Byzantine;
            let host = &self.people[other].host;
            let mut heads: Vec<CommitId> = host.states.iter().copied().chain(host.newest).collect();
            if byzantine {
                heads = self.world.commits().filter(|id| self.world.author(*id) == Some(name.as_str())).collect();
            }
            for head in heads {
                self.people[who].machines[machine].hears(&self.world, &name, head).expect("a store in memory");
            }
        }
        let known = self.people[who].machines[machine].actor().verification();
        let stuck = stuck == Some(current(&known.history.index, &known.everything));
        let mut asked = 0;
        let mut decide = |choices: usize| {
            asked += 1;
            // The only thing left to choose is to leave the round.
            if asked == 1 && choices == 1 && !stuck { choices } else { 0 }
        };
        let acting = &mut self.people[who].machines[machine];
        acting.acts(&mut self.world, 1, &mut decide).expect("a store in memory");
        self.pushes(who, machine, true);
    }

    /// Everything that was ever signed, void or not, as a verifier sees it who missed nothing.
    pub fn all(&self) -> Verification {
        let seen = Seen { pins: self.seen_by_somebody().into_iter().collect(), ..Seen::default() };
        self.world.verify(&seen).expect("a store in memory")
    }

    /// Everything that was ever signed; only of whoever has two machines, or went on from a backup, what never left a
    /// machine is not among it: nobody but that machine's owner could ever show or cite it.
    fn seen_by_somebody(&self) -> Vec<CommitId> {
        let careful = |kind| matches!(kind, Kind::TwoMachines | Kind::Restored);
        let is_careful = |by: &str| self.people.iter().any(|person| person.name.as_str() == by && careful(person.kind));
        let shown = self.world.reach(self.people.iter().flat_map(|person| person.host.states.iter().copied()));
        let left = |id: &CommitId| shown.contains(id) || !self.world.author(*id).is_some_and(is_careful);
        self.world.commits().filter(left).collect()
    }

    /// The names of those of a kind.
    pub fn of_kind(&self, kind: Kind) -> BTreeSet<String> {
        self.people.iter().filter(|person| person.kind == kind).map(|person| person.name.to_string()).collect()
    }
}

fn current_step(verification: &Verification) -> u32 {
    current(&verification.history.index, &verification.everything).step
}

fn final_in(machine: &Machine, step: u32) -> bool {
    let known = machine.actor().verification();
    known.history.index.final_value(&known.everything, step).is_some()
}
