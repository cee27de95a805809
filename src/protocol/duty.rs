//! What an honest researcher owes (section 6): from a verification and who I am to a list of duties.
//!
//! The rules of sections 2 to 4 keep agreement whatever people do; these manners keep it moving. Nothing
//! here is signed or sent: a duty is a value that a tool carries out or a person decides on.
//!
//! | situation, for the current step k, r the highest open round | duty |
//! |---|---|
//! | a certificate for any round of k or k-1, no own `ratify` of it, that round not left | ratify, before all else |
//! | a lock is carried, own echo unspent | echo the lock's revision |
//! | a valid revision, no lock, own echo unspent | echo it, or decide when there are two or its author is convicted |
//! | f+1 have left the round, or at most f can still end it and I cannot, or nobody can | abandon, if the person thinks so |
//! | own proposal selected, quorum-1 criticisms | revise |
//! | another's proposal selected, no own criticism of it | criticise |
//! | proposals, none selected, own vote unspent | vote |
//! | no proposal, no lock | propose, if the person has an idea |
//! | a proof is known that my past lacks | accuse: cite both halves |
//! | new entries and nothing else | acknowledge, once for each round and again when new misbehaviour is seen |

use std::collections::BTreeSet;

use super::citing::{NotCited, citations};
use super::evidence;
use super::finding::Code;
use super::id::{At, CommitId, Name};
use super::index::{Entry, EntryIx, Index};
use super::outlook::outlook;
use super::parents::{entries_max, open_pairs};
use super::past::{Author, Clock};
use super::report::{highest_open_round, selected};
use super::slot::{Kind, Slot};
use super::verify::Verification;

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
    /// What is known proves misbehaviour of this researcher, and nothing in my past does: an entry of mine that cites
    /// both halves spreads the proof. Mechanical.
    Accuse(Name),
    /// New heads are seen and nothing else is due. Mechanical.
    Acknowledge,
}

impl Duty {
    /// The slot that it uses; `None` for what adds no file, and for a `join`, which any copy may sign.
    pub fn slot(&self) -> Option<Slot> {
        Some(match self {
            Self::Repair | Self::Join | Self::Acknowledge => return None,
            Self::Accuse(name) => Slot::Accusation(name.clone()),
            Self::Ratify(at, _) => Slot::Ratify(*at),
            Self::Echo(at, _) | Self::ChooseEcho(at, _) => Slot::Echo(*at),
            Self::Revise(at, _) => Slot::Revision(*at),
            Self::Criticize(at, name) => Slot::Criticism(*at, name.clone()),
            Self::Vote(at, _) => Slot::Vote(*at),
            Self::Propose(at) => Slot::Proposal(*at),
            Self::Abandon(at) => Slot::Abandon(*at),
        })
    }

    /// Whether a tool may do it without asking.
    pub const fn is_mechanical(&self) -> bool {
        matches!(self, Self::Ratify(..) | Self::Echo(..) | Self::Accuse(_) | Self::Acknowledge)
    }
}

/// What the next entry of mine would build on.
#[derive(Debug)]
pub struct Standing {
    /// Me.
    pub me: Author,
    /// My log's newest entry; `None` before `join`.
    pub head: Option<EntryIx>,
    /// Others' newest entries to cite, by name.
    pub cite: Vec<EntryIx>,
    /// Whose new entries are not cited.
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
    // Whoever has left the round, or sees that the others have, will not revise in it any more.
    let is_over = index.has_left(own, me, at) || current(index, &all) != at;
    if spent || is_over || index.is_selected(&all, mine) {
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

/// In the current step, and in the one before: whoever has lost their memory waits until others have ratified that one
/// on top of what they know of them.
fn ratifies(index: &Index, standing: &Standing, duties: &mut Vec<Duty>) {
    for step in standing.at.step.saturating_sub(1).max(1)..=standing.at.step {
        for at in index.tallies.rounds(step).map(|(round, _)| At::new(step, round)) {
            let may = unspent(index, standing, &Slot::Ratify(at)) && !index.has_left(&standing.view, standing.me, at);
            if let Some(lock) = index.certified(&standing.view, at).filter(|_| may) {
                duties.push(Duty::Ratify(at, lock.id));
            }
        }
    }
}

fn of_the_round(verification: &Verification, standing: &Standing, duties: &mut Vec<Duty>) {
    let index = &verification.history.index;
    let (at, view) = (standing.at, &standing.view);
    if index.has_left(view, standing.me, at) {
        return;
    }
    let ahead = outlook(index, view, &verification.convicted);
    if !ahead.is_possible() {
        duties.push(Duty::Abandon(at));
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
    if !ahead.is_possible() {
        return;
    }
    if lock.is_none() && revisions.is_empty() {
        before_a_revision(index, standing, duties);
    }
    if ahead.left.0 > index.charter_for(at.step, view).faults() || ahead.is_for_few(Some(standing.me)) {
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

/// Proofs spread by themselves: nobody need see the same remotes as I did to know what I know. Once for each culprit,
/// so that nobody can use up my entries by misbehaving again and again.
fn accusations(verification: &Verification, standing: &Standing, duties: &mut Vec<Duty>) {
    let index = &verification.history.index;
    for author in verification.convicted.iter().filter(|author| **author != standing.me) {
        let slot = Slot::Accusation(index.name(*author).clone());
        if unspent(index, standing, &slot) && !evidence::is_proven_in(index, &standing.view, *author) {
            duties.push(Duty::Accuse(index.name(*author).clone()));
        }
    }
}

/// Once for each round, and once more in the whole log for each researcher whom what is to be cited shows misbehaving or
/// rewound. Half of my budget (2.budget) is kept for what counts.
fn acknowledgement_is_due(verification: &Verification, standing: &Standing) -> bool {
    let index = &verification.history.index;
    let (me, own) = (standing.me, &standing.own);
    let most = entries_max(index, open_pairs(index, own)) / 2;
    if standing.cite.is_empty() || index.pasts.count_in(own, me) >= most {
        return false;
    }
    let mine = || index.entries_of(me).iter().rev().filter(|at| index.holds(own, **at)).map(|at| index.entry(*at));
    let rounds = mine().map(|entry| (entry.kind(), current(index, &entry.reach)));
    let mut of_this_step = rounds.take_while(|(_, at)| at.step >= standing.at.step);
    if !of_this_step.any(|written| written == (Kind::Acknowledgement, standing.at)) {
        return true;
    }
    brings_misbehaviour(verification, standing) && written_again(index, mine()) < suspects(verification, me)
}

/// How many acknowledgements are not the first in their round.
fn written_again<'a>(index: &Index, entries: impl Iterator<Item = &'a Entry>) -> usize {
    let mut rounds = BTreeSet::new();
    let acknowledgements = entries.filter(|entry| entry.kind() == Kind::Acknowledgement);
    acknowledgements.filter(|entry| !rounds.insert(current(index, &entry.reach))).count()
}

/// Whether what is to be cited shows a branch, a proof or rewound entries that my log has not seen.
fn brings_misbehaviour(verification: &Verification, standing: &Standing) -> bool {
    let index = &verification.history.index;
    let (own, view) = (&standing.own, &standing.view);
    let others = index.authors().map(|(author, _)| author).filter(|author| *author != standing.me);
    let new_branch = |author| index.tips(view, author).len() > index.tips(own, author).len().max(1);
    let new_proof = |author: Author| {
        verification.convicted.contains(&author)
            && evidence::is_proven_in(index, view, author)
            && !evidence::is_proven_in(index, own, author)
    };
    let rewound = verification.findings.iter().filter(|finding| finding.code == Code::Rewind);
    let mut lost = rewound.flat_map(|finding| &finding.commits).filter_map(|id| index.find(*id));
    others.into_iter().any(|author| new_branch(author) || new_proof(author))
        || lost.any(|entry| index.holds(view, entry) && !index.holds(own, entry))
}

/// How many others are known to misbehave or to be rewound.
fn suspects(verification: &Verification, me: Author) -> usize {
    let index = &verification.history.index;
    let others = index.authors().filter(|(author, _)| *author != me);
    let is_suspect = |author: Author, name: &Name| {
        !index.pasts.is_chain(author)
            || verification.convicted.contains(&author)
            || verification.findings.iter().any(|f| f.code == Code::Rewind && f.researcher.as_ref() == Some(name))
    };
    others.filter(|(author, name)| is_suspect(*author, name)).count()
}

#[cfg(test)]
mod tests;
