//! Crashes: a researcher's command is killed at each of its steps, and the same command is typed again.
//!
//! Real programs, real repositories, and a real SIGKILL at a system call: between journal, signature, branch, work tree and
//! push. However it went, afterwards the key has signed nothing twice, no word is lost, the next command works, and git
//! and the verifier find nothing wrong.

mod common;
mod crashes {
    pub(crate) mod afterwards;
    pub(crate) mod killed;
    pub(crate) mod stage;
}
use crashes::{afterwards, killed, stage};

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use afterwards::{Wanted, all_is_well, signed_once};
use common::Output;
use killed::{Came, Point, Run, strace_works};
use stage::{Stage, agent_with_bobs_key};

/// One command that is killed, and what must be there in the end.
struct Case<'a> {
    stage: &'a Stage,
    folder: PathBuf,
    argv: &'a [&'a str],
    environment: Vec<String>,
    within: Option<PathBuf>,
    whole_group: bool,
    /// Points before the first one that names this are left out, and so are those from the first on that names that:
    /// another case has them.
    from: &'a str,
    to: Option<&'a str>,
    wanted: Wanted<'a>,
    /// How the person goes on.
    then: fn(&Case<'_>) -> Result<(), String>,
}

impl<'a> Case<'a> {
    fn new(stage: &'a Stage, argv: &'a [&'a str], wanted: Wanted<'a>) -> Self {
        Self {
            stage,
            folder: stage.log(),
            argv,
            environment: Vec::new(),
            within: None,
            whole_group: false,
            from: "",
            to: None,
            wanted,
            then: the_same_again,
        }
    }

    /// Kills the command at every point, goes on as a person would, and looks. Gives how often it was killed.
    fn holds(&self) -> usize {
        strace_works();
        self.stage.save();
        let before = signed_once(self.stage).expect("a good beginning");
        let run = self.run();
        let points = run.points();
        let first = |named: &str| {
            let found = points.iter().position(|point| point.label.contains(named));
            found.unwrap_or_else(|| panic!("no call names {named}:\n{}", list(&points)))
        };
        let points = &points[first(self.from)..self.to.map_or(points.len(), first)];
        let (mut killed, mut wrong) = (0, Vec::new());
        for point in points {
            self.stage.restore();
            let came = run.killed_at(point);
            killed += usize::from(matches!(came, Came::Killed(_)));
            if let Err(why) = self.judge(&before, &came) {
                wrong.push(format!("killed before {}\n  {came:?}\n  {why}", point.label));
            }
        }
        self.stage.restore();
        assert!(wrong.is_empty(), "{} of {} points:\n{}", wrong.len(), points.len(), wrong.join("\n"));
        assert!(
            killed * 10 >= points.len() * 9,
            "only {killed} of {} runs were killed:\n{}",
            points.len(),
            list(points)
        );
        killed
    }

    fn run(&self) -> Run<'_> {
        Run {
            world: &self.stage.world,
            person: &self.stage.bob,
            folder: &self.folder,
            argv: self.argv,
            environment: &self.environment,
            within: self.within.as_deref(),
            whole_group: self.whole_group,
        }
    }

    fn judge(&self, before: &BTreeSet<String>, came: &Came) -> Result<(), String> {
        signed_once(self.stage)?;
        match came {
            Came::Ended(code) if *code != Some(0) => return Err(format!("it ended by itself with {code:?}")),
            _ => (self.then)(self)?,
        }
        all_is_well(self.stage, before, self.wanted)
    }

    fn types_again(&self, environment: &[&str]) -> Output {
        let given: Vec<&str> = self.environment.iter().map(String::as_str).collect();
        let argv = [&["env"], given.as_slice(), environment, self.argv].concat();
        self.stage.world.run_in(&self.stage.bob, &self.folder, &argv)
    }
}

/// The same command, which must end well.
fn the_same_again(case: &Case<'_>) -> Result<(), String> {
    ended_well(&case.types_again(&[]))
}

/// `git commit` again, a minute later, and `git push`. Where bicker says that an entry has to be finished, it is finished as
/// bicker says.
fn plain_git_again(case: &Case<'_>) -> Result<(), String> {
    let again =
        unlocked(|| case.types_again(&["GIT_AUTHOR_DATE=1700000060 +0000", "GIT_COMMITTER_DATE=1700000060 +0000"]))?;
    if again.code() != Some(0) {
        let said = format!("{}{}", again.stdout(), again.stderr());
        // Nothing is staged where the commit was made.
        let is_told = said.contains("bicker sync") || said.contains("is staged");
        is_told.then_some(()).ok_or_else(|| format!("typed again: {:?} {said}", again.code()))?;
        ended_well(&unlocked(|| case.stage.types("bob", "bicker sync"))?)?;
    }
    ended_well(&case.stage.types("bob", "git push -q"))?;
    if case.within.is_none() {
        remove_gits_locks(case.stage);
    }
    Ok(())
}

/// What a git that was killed has left of its own, and will name to whoever comes next.
fn remove_gits_locks(stage: &Stage) {
    let files = fs::read_dir(stage.log().join(".git")).expect("a git directory").flatten().map(|entry| entry.path());
    for lock in files.filter(|file| file.extension().is_some_and(|end| end == "lock")) {
        fs::remove_file(lock).expect("removed");
    }
}

/// Types a command, and again as long as git or bicker names a lock in its way, which is removed as they say.
fn unlocked(types: impl Fn() -> Output) -> Result<Output, String> {
    let mut output = types();
    while let Some(lock) = lock_in_the_way(output.stderr()) {
        fs::remove_file(&lock).map_err(|e| format!("no lock to remove: {}: {e}", lock.display()))?;
        output = types();
    }
    Ok(output)
}

/// The lock that git names, `Unable to create '/…/index.lock': File exists`, or bicker, `only if there is none: rm /…`.
fn lock_in_the_way(said: &str) -> Option<PathBuf> {
    let by_git = said.split_once("nable to create '").and_then(|(_, rest)| rest.split_once("': File exists"));
    let by_bicker = said.split_once("only if there is none: rm ").and_then(|(_, rest)| rest.split_once('\n'));
    by_git
        .or(by_bicker)
        .map(|(lock, _)| PathBuf::from(lock))
        .filter(|lock| lock.extension().is_some_and(|e| e == "lock"))
}

fn ended_well(output: &Output) -> Result<(), String> {
    match output.code() {
        Some(0) => Ok(()),
        code => Err(format!("ended with {code:?}\n{}{}", output.stdout(), output.stderr())),
    }
}

fn list(points: &[Point]) -> String {
    points.iter().map(|point| format!("{}\n", point.label)).collect()
}

#[test]
fn a_vote() {
    let stage = Stage::with_a_proposal();
    stage.types("bob", "bicker status").success();
    let vote = ["bicker", "vote", "alice", "--reason", "The shorter one.", "--push"];
    let killed = Case::new(&stage, &vote, &[("steps/0001/r0/vote.md", "The shorter one.")]).holds();
    assert!(killed >= 20, "{killed}");
}

#[test]
fn a_proposal() {
    let stage = Stage::with_a_proposal();
    let text = stage.shared("bob.md");
    fs::write(&text, "# Mine\n\nNobody else wrote this.\n").expect("a text");
    let text = text.display().to_string();
    let propose = ["bicker", "propose", "--file", &text, "--push"];
    let killed = Case::new(&stage, &propose, &[("steps/0001/r0/proposal.md", "Nobody else wrote this.")]).holds();
    assert!(killed >= 20, "{killed}");
}

/// What comes from standard input will not come again: as soon as it was read it is kept.
#[test]
fn a_proposal_from_standard_input() {
    let stage = Stage::with_a_proposal();
    stage.types("bob", "bicker status").success();
    fs::write(stage.shared("bob.md"), "# Mine\n\nNobody else wrote this.\n").expect("a text");
    let line = format!("exec bicker propose --file - --push < {}", stage.shared("bob.md").display());
    let propose = ["sh", "-c", &line];
    let wanted = [("steps/0001/r0/proposal.md", "Nobody else wrote this.")];
    let case = Case {
        from: "bicker/lock",
        to: Some("bicker/journal"),
        then: |case| {
            let kept = case.stage.drafts().iter().any(|text| text.contains("Nobody else wrote this."));
            kept.then_some(()).ok_or("what was read is lost")?;
            the_same_again(case)?;
            let left = case.stage.drafts();
            left.is_empty().then_some(()).ok_or_else(|| format!("drafts of what is signed: {left:?}"))
        },
        ..Case::new(&stage, &propose, &wanted)
    };
    let killed = case.holds();
    assert!(killed >= 20, "{killed}");
}

#[test]
fn a_sync_that_echoes_and_ratifies() {
    let stage = Stage::with_a_revision();
    let wanted = [("steps/0001/r0/echo.md", "value: "), ("steps/0001/r0/ratify.md", "value: ")];
    let killed = Case::new(&stage, &["bicker", "sync"], &wanted).holds();
    assert!(killed >= 40, "{killed}");
}

#[test]
fn joining() {
    let stage = Stage::at_the_meeting();
    let charter = stage.charter();
    let join = common::join_by("bob", &charter);
    let case = Case { folder: stage.bob.home.clone(), ..Case::new(&stage, &join, &[("join.md", "---\n---\n")]) };
    let killed = case.holds();
    assert!(killed >= 40, "{killed}");
}

/// The abandon opens the next round, and typed again it still means the old one.
#[test]
fn an_abandon_leaves_one_round() {
    let stage = Stage::with_a_proposal();
    stage.types("alice", "bicker abandon --reason 'Again.' --push").success();
    let abandon = ["bicker", "abandon", "--reason", "Bob is silent.", "--push"];
    let wanted = [("steps/0001/r0/abandon.md", "Bob is silent.")];
    let case = Case { from: "bicker/intents", ..Case::new(&stage, &abandon, &wanted) };
    let killed = case.holds();
    assert!(killed >= 20, "{killed}");
}

/// The key is in an agent, so ssh-keygen is started for the signature, and killed with the command.
#[test]
fn a_vote_signed_by_an_agent() {
    let stage = Stage::with_a_proposal();
    stage.types("bob", "bicker status").success();
    let agent = agent_with_bobs_key(&stage);
    let vote = ["bicker", "vote", "alice", "--reason", "By an agent.", "--push"];
    let wanted = [("steps/0001/r0/vote.md", "By an agent.")];
    let case = Case {
        environment: vec![format!("SSH_AUTH_SOCK={}", agent.socket().display())],
        whole_group: true,
        from: "bicker/journal",
        ..Case::new(&stage, &vote, &wanted)
    };
    let killed = case.holds();
    assert!(killed >= 20, "{killed}");
}

/// The plain git way: git, its hooks, and the program that signs for it, each killed at each of its steps.
#[test]
fn plain_git() {
    let stage = Stage::with_a_proposal();
    stage.types("bob", "bicker draft criticism alice").success();
    let edit = "s/^stance: .*/stance: suggest/; s/^$/In my own words./";
    stage.types("bob", &format!("sed -i '{edit}' steps/0001/r0/criticism/alice.md && git add steps")).success();
    let commit = ["git", "commit", "-q", "-m", "in my own words"];
    let wanted = [("steps/0001/r0/criticism/alice.md", "In my own words.")];
    let case = || Case { then: plain_git_again, ..Case::new(&stage, &commit, &wanted) };
    let git = stage.log().join(".git");
    let by_itself = case().holds();
    let signer = Case { within: Some(git.join("bicker/ssh-sign")), from: "bicker/intents", ..case() }.holds();
    let mut hooks = 0;
    // The other hooks change nothing here.
    for hook in ["pre-commit", "commit-msg", "post-commit"] {
        let (file, called) = (git.join("hooks").join(hook), stage.shared("called"));
        let text = fs::read_to_string(&file).expect("a hook");
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_bicker"), &called).expect("a link");
        fs::write(&file, text.replace(env!("CARGO_BIN_EXE_bicker"), &called.display().to_string())).expect("a hook");
        hooks += Case { within: Some(called.clone()), ..case() }.holds();
        fs::write(&file, text).expect("a hook");
        fs::remove_file(called).expect("removed");
    }
    assert!(by_itself >= 20 && signer >= 8 && hooks >= 8, "{by_itself} {signer} {hooks}");
}
