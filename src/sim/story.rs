//! The shortest ways through a round, for stories that are about something else.
//!
//! Decides who does what when nothing goes wrong: one proposes, the others criticise, all support.

use crate::protocol::id::CommitId;

use super::world::World;

impl World {
    /// `author` proposes, having seen everything; all vote unless it is the very first round; all others criticise;
    /// the author revises. Gives the revision.
    pub fn brings_a_revision(&mut self, author: &str, step: u32, round: u32) -> CommitId {
        let text = format!("What {author} has to say in step {step}, round {round}.");
        let proposal = self.by(author).seeing_all().proposes(step, round, &text);
        let names = self.names();
        if (step, round) != (1, 0) {
            for name in &names {
                self.by(name).citing(&[proposal]).votes(proposal);
            }
        }
        let others = names.iter().filter(|name| *name != author);
        let criticisms: Vec<CommitId> = others.map(|name| self.by(name).seeing_all().criticises(proposal)).collect();
        self.by(author).seeing_all().revises(proposal, &format!("{text} Better now."), &criticisms)
    }

    /// Somebody acknowledges a commit, so that whoever cites them has it in their past, too. Gives the acknowledgement.
    ///
    /// Of a forked log an entry cites one branch at most (2.parent); others are brought by those who have seen them.
    pub fn passes_on(&mut self, name: &str, commit: CommitId) -> CommitId {
        self.by(name).citing(&[commit]).acknowledges()
    }

    /// These echo a revision in a round, having seen nothing but it. Gives the echoes.
    pub fn echo(&mut self, names: &[&str], step: u32, round: u32, revision: CommitId) -> Vec<CommitId> {
        names.iter().map(|name| self.by(name).echoes_in(step, round, revision)).collect()
    }

    /// These ratify a revision in a round, having seen everything. Gives the ratifies.
    pub fn ratify(&mut self, names: &[&str], step: u32, round: u32, revision: CommitId) -> Vec<CommitId> {
        names.iter().map(|name| self.by(name).seeing_all().ratifies_in(step, round, revision)).collect()
    }

    /// These abandon a round, having seen nothing new. Gives the abandons.
    pub fn abandon(&mut self, names: &[&str], step: u32, round: u32) -> Vec<CommitId> {
        names.iter().map(|name| self.by(name).abandons(step, round)).collect()
    }

    /// A step from proposal to ratify, in its first round, by everybody. Gives the final revision.
    pub fn agrees(&mut self, author: &str, step: u32) -> CommitId {
        let revision = self.brings_a_revision(author, step, 0);
        let names = self.names();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        self.echo(&names, step, 0, revision);
        self.ratify(&names, step, 0, revision);
        revision
    }
}
