//! What an honest researcher owes (section 6): from a verification and who I am to a list of duties.
//!
//! The rules of sections 2 to 4 keep agreement whatever people do; these manners keep it moving. Nothing
//! here is signed or sent: a duty is a value that a tool carries out or a person decides on.
//!
//! | situation, for the current step k, r the highest open round | duty |
//! |---|---|
//! | a certificate for any round of k, no own `ratify` of it, that round not left | ratify, before all else |
//! | a lock is carried, own echo unspent | echo the lock's revision |
//! | a valid revision, no lock, own echo unspent | echo it, or decide when there are two or its author is convicted |
//! | own echo spent, f+1 have left the round | abandon, if the person thinks so |
//! | own proposal selected, quorum-1 criticisms | revise |
//! | another's proposal selected, no own criticism of it | criticise |
//! | proposals, none selected, own vote unspent | vote |
//! | no proposal, no lock | propose, if the person has an idea |
//! | new heads and nothing else | acknowledge, once for each round and again when new misbehaviour is seen |

use std::collections::BTreeSet;

use super::evidence;
use super::id::{At, CommitId, Name};
use super::index::{EntryIx, Index};
use super::past::{Author, Clock};
use super::report::{highest_open_round, selected};
use super::slot::{Kind, Slot};
use super::verify::{Remote, Verification};

/// More new entries of one author than this and a head is not cited.
pub const CITE_MAX: usize = 10_000;

/// At most this many parents in an entry (2.commit), so at most one fewer citations.
pub const PARENTS_MAX: usize = super::commit::PARENTS_MAX;

/// Something I owe.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Duty {
    /// My log has branches: join them before anything else.
    Repair,
    /// I have not joined.
    Join,
    /// A certificate was seen: say so. Mechanical.
    Ratify(At, CommitId),
    /// There is one revision to support, or a lock that binds. Mechanical.
    Echo(At, CommitId),
    /// Several revisions compete, or the only one's author is convicted: decide whether to echo one.
    ChooseEcho(At, Vec<CommitId>),
    /// My proposal is selected and has its criticisms: revise it.
    Revise(At, CommitId),
    /// A selected proposal by this researcher waits for my criticism.
    Criticize(At, Name),
    /// Proposals by these researchers wait for my vote.
    Vote(At, Vec<Name>),
    /// Nobody has proposed anything: propose, if you have an idea.
    Propose(At),
    /// Enough researchers have left the round to suggest leaving it too.
    Abandon(At),
    /// A proof against this researcher is held and I have not pointed it out.
    Accuse(Name),
    /// New heads are seen and nothing else is due. Mechanical.
    Acknowledge,
}

impl Duty {
    /// Whether a tool may do it without asking.
    pub const fn is_mechanical(&self) -> bool {
        matches!(self, Self::Ratify(..) | Self::Echo(..) | Self::Acknowledge)
    }
}

/// A head that is not cited, and why.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NotCited {
    /// Whose head.
    pub name: Name,
    /// Why not.
    pub why: String,
}

/// What the next entry of mine would build on.
#[derive(Debug)]
pub struct Standing {
    /// Me.
    pub me: Author,
    /// My log's newest entry; `None` before `join`.
    pub head: Option<EntryIx>,
    /// Others' heads to cite, by name.
    pub cite: Vec<EntryIx>,
    /// Others' heads that are not cited.
    pub not_cited: Vec<NotCited>,
    /// My own log's past and itself.
    pub own: Clock,
    /// That and everything to be cited: the past of my next entry.
    pub view: Clock,
    /// The current step and its highest open round, in that view.
    pub at: At,
    /// Entries of mine that others or my remote have and my log lacks.
    pub lost: Vec<CommitId>,
}

/// Works out what my next entry would build on.
pub fn standing(verification: &mut Verification, me: Author) -> Standing {
    let head = verification.seen.local.and_then(|head| verification.history.index.find(head));
    let own = verification.history.index.reach_of(head);
    let (mut cite, mut not_cited) = citations(verification, me, &own);
    let index = &mut verification.history.index;
    if let Some(rivals) = rivals_to_take_in_later(index, me, &own, &cite) {
        let why = "their head brings a rival of your proposal, which you may revise first";
        let name = |entry: &EntryIx| index.name(index.entry(*entry).author).clone();
        not_cited.extend(rivals.iter().map(|entry| NotCited { name: name(entry), why: why.to_owned() }));
        cite.retain(|entry| !rivals.contains(entry));
    }
    let view = view(index, &own, &cite);
    let index = &verification.history.index;
    let everywhere = index.tips(&verification.everything, me);
    let lost = everywhere.into_iter().filter(|tip| !index.holds(&own, *tip)).map(|tip| index.entry(tip).id).collect();
    let at = current(index, &view);
    Standing { me, head, cite, not_cited, own, view, at, lost }
}

/// The past of an entry on `own` that cites these.
fn view(index: &mut Index, own: &Clock, cite: &[EntryIx]) -> Clock {
    let mut view = own.clone();
    let cited = index.reach_of(cite.iter().copied());
    index.pasts.join(&mut view, &cited);
    view
}

/// The heads among `cite` that bring another proposal of the very first round, when my own is selected as the only
/// one and the other heads bring it criticisms enough: taken in before my revision, they would undo the selection.
fn rivals_to_take_in_later(index: &mut Index, me: Author, own: &Clock, cite: &[EntryIx]) -> Option<Vec<EntryIx>> {
    let at = At::new(1, 0);
    let mine = proposals_in(index, own, at).into_iter().find(|p| index.entry(*p).author == me)?;
    let revised = index.slot_use(me, &Slot::Revision(at));
    let spent = revised.is_some_and(|used| used.positions.any_in(&index.pasts, own, me));
    let all = view(index, own, cite);
    if spent || current(index, own) != at || index.is_selected(&all, mine) {
        return None;
    }
    let brings_rival = |head: &EntryIx| proposals_in(index, &index.entry(*head).reach, at).iter().any(|p| *p != mine);
    let (rivals, others): (Vec<EntryIx>, Vec<EntryIx>) = cite.iter().copied().partition(brings_rival);
    let narrow = view(index, own, &others);
    let critics = index.tallies.round(at).and_then(|round| round.criticisms.get(&mine));
    let have = critics.map_or(0, |critics| critics.authors_in(&index.pasts, &narrow).len());
    let ready = index.is_selected(&narrow, mine) && have + 1 >= index.charter_for(at.step, &narrow).quorum();
    ready.then_some(rivals)
}

/// What another researcher could build on if they had seen everything: for telling whom the group waits for.
pub fn standing_of(verification: &mut Verification, author: Author) -> Standing {
    let tips = verification.history.index.tips(&verification.everything, author);
    let own = verification.history.index.reach_of(tips.iter().copied());
    let view = verification.everything.clone();
    let at = current(&verification.history.index, &view);
    Standing {
        me: author,
        head: tips.first().copied(),
        cite: Vec::new(),
        not_cited: Vec::new(),
        own,
        view,
        at,
        lost: Vec::new(),
    }
}

/// The first step that is not final in a past, and its highest open round there.
pub fn current(index: &Index, past: &Clock) -> At {
    let mut step = 1;
    while index.final_value(past, step).is_some() {
        step += 1;
    }
    At::new(step, highest_open_round(index, past, step))
}

/// Others' heads that my log has not seen and that may be cited.
fn citations(verification: &mut Verification, me: Author, own: &Clock) -> (Vec<EntryIx>, Vec<NotCited>) {
    let index = &verification.history.index;
    let mut cite = Vec::new();
    let mut not_cited = Vec::new();
    for (name, remote) in &verification.seen.remotes {
        let Some(author) = index.author(name).filter(|author| *author != me) else { continue };
        let Some(head) = newest_entry(verification, remote, author) else { continue };
        if index.holds(own, head) {
            continue;
        }
        match reason_not_to_cite(verification, author, head, own) {
            None => cite.push(head),
            Some(why) => not_cited.push(NotCited { name: name.clone(), why }),
        }
    }
    let superseded: Vec<EntryIx> =
        cite.iter().filter(|a| cite.iter().any(|b| index.holds(&index.entry(*b).past, **a))).copied().collect();
    cite.retain(|head| !superseded.contains(head));
    cite.truncate(PARENTS_MAX - 1);
    (cite, not_cited)
}

/// The newest entry of `author` that their remote's head reaches: the head itself, or where the log is cut.
fn newest_entry(verification: &Verification, remote: &Remote, author: Author) -> Option<EntryIx> {
    let index = &verification.history.index;
    let reached = verification.history.reached(remote.shown()?);
    let mut own = reached.entries.into_iter().filter(|entry| index.entry(*entry).author == author);
    own.next().filter(|_| own.next().is_none())
}

fn reason_not_to_cite(verification: &Verification, author: Author, head: EntryIx, own: &Clock) -> Option<String> {
    let index = &verification.history.index;
    if branches(index, &verification.everything, author).len() > 1 {
        return Some("their log has branches that nothing joins".to_owned());
    }
    let reach = &index.entry(head).reach;
    for (who, name) in index.authors() {
        let theirs = index.pasts.members_of(reach, who);
        let known = index.pasts.members_of(own, who);
        let new: Vec<EntryIx> =
            theirs.difference(&known).take(CITE_MAX + 1).map(|p| index.at_position(who, p)).collect();
        if new.len() > CITE_MAX {
            return Some(format!("their head brings more than {CITE_MAX} new entries of {name}"));
        }
        if who == author
            && let Some(bad) = new.iter().map(|at| index.entry(*at)).find(|entry| !entry.is_valid())
        {
            return Some(format!("their log brings an invalid entry, {}", bad.id.short()));
        }
    }
    None
}

/// The entries of an author that are parents of no other of theirs. It is not enough that another one has them in its
/// past, through somebody who had seen them: who forks could else show a new branch before every echo, each with all the
/// others behind it, and would never be seen as one who forks.
pub(super) fn branches(index: &Index, past: &Clock, author: Author) -> Vec<EntryIx> {
    if index.pasts.is_chain(author) {
        return index.tips(past, author);
    }
    let own = || index.entries_of(author).iter().copied().filter(|entry| index.holds(past, *entry));
    let joined: BTreeSet<EntryIx> = own().flat_map(|entry| index.entry(entry).parents.iter().copied()).collect();
    own().filter(|entry| !joined.contains(entry)).collect()
}

/// What I owe, most urgent first.
pub fn duties(verification: &Verification, standing: &Standing) -> Vec<Duty> {
    let index = &verification.history.index;
    let mut duties = Vec::new();
    if index.tips(&verification.everything, standing.me).len() > 1 {
        duties.push(Duty::Repair);
    }
    if !index.has_joined(&standing.own, standing.me) {
        duties.push(Duty::Join);
        return duties;
    }
    ratifies(index, standing, &mut duties);
    of_the_round(verification, standing, &mut duties);
    accusations(verification, standing, &mut duties);
    if !duties.iter().any(|duty| !matches!(duty, Duty::Propose(_))) && acknowledgement_is_due(verification, standing) {
        duties.push(Duty::Acknowledge);
    }
    duties
}

/// A slot of mine that nothing of mine stands at yet.
fn unspent(index: &Index, standing: &Standing, slot: &Slot) -> bool {
    let used = index.slot_use(standing.me, slot);
    !used.is_some_and(|used| used.positions.any_in(&index.pasts, &standing.own, standing.me))
}

fn ratifies(index: &Index, standing: &Standing, duties: &mut Vec<Duty>) {
    let rounds = index.tallies.rounds(standing.at.step).map(|(round, _)| At::new(standing.at.step, round));
    for at in rounds {
        let may = unspent(index, standing, &Slot::Ratify(at)) && !index.has_left(&standing.view, standing.me, at);
        if let Some(lock) = index.certified(&standing.view, at).filter(|_| may) {
            duties.push(Duty::Ratify(at, lock.id));
        }
    }
}

fn of_the_round(verification: &Verification, standing: &Standing, duties: &mut Vec<Duty>) {
    let index = &verification.history.index;
    let (at, view) = (standing.at, &standing.view);
    if index.has_left(view, standing.me, at) {
        return;
    }
    let echo_unspent = unspent(index, standing, &Slot::Echo(at));
    let lock = index.carried_lock(view, at);
    let revisions = valid_revisions(index, view, at);
    match (lock, revisions.as_slice()) {
        _ if !echo_unspent => {}
        (Some(lock), _) => duties.push(Duty::Echo(at, lock.id)),
        (None, []) => {}
        (None, [one]) if !verification.convicted.contains(&index.entry(*one).author) => {
            duties.push(Duty::Echo(at, index.entry(*one).id));
        }
        (None, several) => {
            duties.push(Duty::ChooseEcho(at, several.iter().map(|r| index.entry(*r).id).collect()));
        }
    }
    if lock.is_none() && revisions.is_empty() {
        before_a_revision(index, standing, duties);
    }
    let left = index.tallies.round(at).map_or(0, |round| round.abandons.authors_in(&index.pasts, view).len());
    if left > index.charter_for(at.step, view).faults() {
        duties.push(Duty::Abandon(at));
    }
}

/// The valid revisions of a round in a past.
pub fn valid_revisions(index: &Index, view: &Clock, at: At) -> Vec<EntryIx> {
    let all = index.tallies.round(at).into_iter().flat_map(|round| round.revisions.iter());
    let seen = all.filter(|(author, position)| index.pasts.holds(view, *author, *position));
    seen.map(|(author, position)| index.at_position(author, position)).collect()
}

fn before_a_revision(index: &Index, standing: &Standing, duties: &mut Vec<Duty>) {
    let (at, view) = (standing.at, &standing.view);
    let chosen: Vec<EntryIx> = selected(index, view, at).into_iter().filter(|p| index.holds(view, *p)).collect();
    let needed = index.charter_for(at.step, view).quorum() - 1;
    for proposal in &chosen {
        let entry = index.entry(*proposal);
        let name = index.name(entry.author);
        if entry.author == standing.me {
            let critics: BTreeSet<Author> =
                index.criticisms_of(view, *proposal).iter().map(|c| index.entry(*c).author).collect();
            if critics.len() >= needed && unspent(index, standing, &Slot::Revision(at)) {
                duties.push(Duty::Revise(at, entry.id));
            }
        } else if unspent(index, standing, &Slot::Criticism(at, name.clone())) {
            duties.push(Duty::Criticize(at, name.clone()));
        }
    }
    if !chosen.is_empty() {
        return;
    }
    let proposals = proposals_in(index, view, at);
    if proposals.is_empty() {
        if unspent(index, standing, &Slot::Proposal(at)) {
            duties.push(Duty::Propose(at));
        }
    } else if unspent(index, standing, &Slot::Vote(at)) {
        let by: BTreeSet<Name> = proposals.iter().map(|p| index.name(index.entry(*p).author).clone()).collect();
        duties.push(Duty::Vote(at, by.into_iter().collect()));
    }
}

/// The valid proposals of a round in a past.
pub fn proposals_in(index: &Index, view: &Clock, at: At) -> Vec<EntryIx> {
    let all = index.tallies.round(at).into_iter().flat_map(|round| round.proposals.iter());
    let seen = all.filter(|(author, position)| index.pasts.holds(view, *author, *position));
    seen.map(|(author, position)| index.at_position(author, position)).collect()
}

fn accusations(verification: &Verification, standing: &Standing, duties: &mut Vec<Duty>) {
    let index = &verification.history.index;
    for author in verification.convicted.iter().filter(|author| **author != standing.me) {
        let slot = Slot::Accusation(index.name(*author).clone());
        let valid = |by, at| index.entry(index.at_position(by, at)).is_valid();
        let pointed_out = index.slots_used().any(|(by, used, entries)| {
            *used == slot && by != *author && entries.positions.iter().any(|at| valid(by, at))
        });
        if !pointed_out && unspent(index, standing, &slot) {
            duties.push(Duty::Accuse(index.name(*author).clone()));
        }
    }
}

/// At most once for each round, and again when what is to be cited shows new misbehaviour.
fn acknowledgement_is_due(verification: &Verification, standing: &Standing) -> bool {
    let index = &verification.history.index;
    if standing.cite.is_empty() {
        return false;
    }
    let own = index.entries_of(standing.me).iter().rev().map(|at| index.entry(*at));
    let last =
        own.filter(|entry| entry.kind() == Kind::Acknowledgement).map(|entry| current(index, &entry.reach)).next();
    last != Some(standing.at) || brings_misbehaviour(verification, standing)
}

/// Whether what is to be cited shows a branch or a proof that my log has not seen.
fn brings_misbehaviour(verification: &Verification, standing: &Standing) -> bool {
    let index = &verification.history.index;
    let branches = |past: &Clock, author| index.tips(past, author).len();
    let forked = index.authors().filter(|(author, _)| !index.pasts.is_chain(*author));
    let new_branch =
        forked.into_iter().any(|(author, _)| branches(&standing.view, author) > branches(&standing.own, author).max(1));
    let held = |past: &Clock, commits: &[CommitId]| {
        commits.iter().filter_map(|id| index.find(*id)).filter(|entry| index.holds(past, *entry)).count()
    };
    let new = |commits: &[CommitId]| held(&standing.view, commits) >= 2 && held(&standing.own, commits) < 2;
    new_branch
        || evidence::equivocations(index).iter().any(|proof| new(&proof.commits))
        || evidence::contradictions(index).iter().any(|proof| new(&[proof.abandon, proof.other]))
}

#[cfg(test)]
mod tests;
