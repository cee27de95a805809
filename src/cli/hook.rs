//! `hook NAME` and `hooks install`: how git calls bicker, and how it is told to.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::looking::Where;
use super::ui;
use crate::error::{Error, Result};
use crate::git::doctor::path_word;
use crate::git::hooks::{Beside, HookError, Installed, Left, Obstacle, OnServer, install_client, install_signer};
use crate::git::objects::Store;
use crate::git::relocated;
use crate::git::server::Server;
use crate::git::setup::{self, SetupError};
use crate::hook::{self, Push};
use crate::pen::Pen;
use crate::place::{Own, Place, read_charter, write_whole};
use crate::protocol::history::History;
use crate::protocol::id::{CommitId, Name};
use crate::protocol::receive::{Carried, back, carried, judge};
use crate::report::Exit;

/// Install the git hooks of this repository.
#[derive(Args, Debug)]
#[command(after_help = "Example: bicker hooks install")]
pub struct HooksCommand {
    #[command(subcommand)]
    command: Sub,
}

#[derive(Subcommand, Debug)]
enum Sub {
    Install(Install),
}

/// Have git call bicker before it signs, commits and pushes. Hooks of yours that are there go on running.
///
/// After the folder, your key along with it, or bicker itself was moved, this has git find them again.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  bicker hooks install --append\n  bicker hooks install --server --charter charter.yaml --as alice log.git"
)]
struct Install {
    /// Add a line to hooks of yours that are there
    #[arg(long, conflicts_with_all = ["server", "chain"])]
    append: bool,
    /// Have git look for hooks in a folder of bicker's, from which hooks of yours are run too
    #[arg(long, conflicts_with = "server")]
    chain: bool,
    /// Set up a bare repository on a server instead
    #[arg(long, requires_all = ["charter", "repo"])]
    server: bool,
    /// The group's charter
    #[arg(long, value_name = "FILE", requires = "server")]
    charter: Option<PathBuf>,
    /// The one researcher whose log it is; else the charter's branches tell
    #[arg(long = "as", value_name = "NAME", requires = "server")]
    name: Option<Name>,
    /// The bare repository
    #[arg(requires = "server")]
    repo: Option<PathBuf>,
}

/// Called by the hooks; not for people to type
#[derive(Args, Debug)]
pub struct HookCall {
    name: String,
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

/// `hooks`
pub fn hooks(arguments: &HooksCommand) -> Result<Exit> {
    let Sub::Install(install) = &arguments.command;
    if let (Some(charter), Some(repo)) = (&install.charter, &install.repo) {
        return on_server(charter, install.name.as_ref(), repo);
    }
    let place = Where::default().place()?;
    let beside = match (install.append, install.chain) {
        (true, _) => Beside::Append,
        (_, true) => Beside::Chain,
        _ => Beside::Leave,
    };
    match set_up(&place, beside)? {
        0 => {
            ui::print("git calls bicker before it signs, commits and pushes here\n")?;
            Ok(Exit::Verified)
        }
        left => {
            ui::print(&format!("git calls bicker before it signs; {left} of 6 hooks do not call it yet\n"))?;
            Ok(Exit::Wrong)
        }
    }
}

fn on_server(charter_file: &Path, name: Option<&Name>, repo: &Path) -> Result<Exit> {
    let charter = read_charter(charter_file)?;
    let there = Server::install(repo, &charter, name, &program()?).map_err(|e| {
        Error::usage(format!("cannot set up {}", repo.display())).because(&e).maybe_hint(e.hint(repo, &charter))
    })?;
    match there {
        OnServer::Ours(_) => {}
        OnServer::UntilLinked(shared, obstacle) => {
            let file = shared.display();
            ui::say(&format!(
                "other hooks here are links to hooks that several repositories share; one at {file} would take the place of bicker's"
            ));
            ui::say(&format!("to have bicker called then, too, {}", instead(&shared, &obstacle)));
        }
        OnServer::NotRun(path, obstacle) => {
            let again = name.map(|name| format!(" --as {name}")).unwrap_or_default();
            let [charter_file, repo_word] = [charter_file, repo].map(path_word);
            let mut error =
                Error::wrong(format!("git does not call bicker in {} yet, and accepts anything", repo.display()));
            error.causes.push(format!("{}, and was left as it is", standing(&path, &obstacle)));
            return Err(error.hint(instead(&path, &obstacle)).hint(format!(
                "make sure that it is called then: bicker hooks install --server --charter {charter_file}{again} {repo_word}"
            )));
        }
    }
    ui::print("the repository accepts nothing that would not count\n")?;
    Ok(Exit::Verified)
}

/// What stands where the server's hook would be.
fn standing(path: &Path, obstacle: &Obstacle) -> String {
    let what = match obstacle {
        Obstacle::Line { shared: false, .. } => "is a hook that does not call bicker's",
        Obstacle::Line { shared: true, .. } => "may be the hook of other repositories, too, and does not call bicker's",
        Obstacle::SharedPlace(_) => {
            "may be for other repositories, too, where bicker's own hook would refuse everything"
        }
        Obstacle::NoShell => "is a hook that no shell runs, and does not call bicker's",
        Obstacle::NotExecutable => "is not executable, so git does not run it",
    };
    format!("{} {what}", path.display())
}

/// What has git call the server's hook all the same. A line comes first of all, since what git says can be read only once,
/// and what is further down may never be reached.
fn instead(path: &Path, obstacle: &Obstacle) -> String {
    let file = path_word(path);
    match obstacle {
        Obstacle::Line { line, shared, after_first } => {
            let harmless = if *shared { ", which does nothing in other repositories" } else { "" };
            let place = if *after_first { "1a" } else { "1i" };
            format!("put bicker's line into it{harmless}: sed -i '{place} {line}' {file}")
        }
        Obstacle::SharedPlace(line) => format!(
            "write a hook there that does nothing in other repositories: printf '%s\\n' '#!/bin/sh' '{line}' > {file} && chmod +x {file}"
        ),
        Obstacle::NoShell => {
            "have it first run bicker/hooks/pre-receive of the repository ($GIT_DIR), where there is one, \
             with what git says as its input, and refuse when that fails"
                .to_owned()
        }
        Obstacle::NotExecutable => format!("have git run it: chmod +x {file}"),
    }
}

fn program() -> Result<PathBuf> {
    std::env::current_exe().map_err(|e| Error::trouble("cannot tell where bicker is").because(&e))
}

/// Puts the signing program and the client hooks in place, and says where a hook of the person's own stands in
/// the way. Gives how many hooks are not called for that.
pub fn set_up(place: &Place, beside: Beside) -> Result<usize> {
    let program = program()?;
    let cannot = |e: HookError| Error::trouble("cannot set git up to call bicker").because(&e);
    // One process at a time; and whoever takes the pen clears away what a killed one has left.
    let _pen = Pen::take(place)?;
    let log = &place.own()?.log;
    let unwritten = |e: SetupError| Error::trouble("cannot write git's configuration").because(&e).maybe_hint(e.hint());
    relocated::mend(log).map_err(unwritten)?;
    setup::name_signers(log, &[&place.charter]).map_err(unwritten)?;
    install_signer(log, &program).map_err(cannot)?;
    let installed = install_client(log, &program, beside).map_err(cannot)?;
    Ok(installed.iter().filter(|hook| !is_called(hook)).count())
}

/// Whether git calls a hook; if not, what to do is said.
fn is_called(hook: &Installed) -> bool {
    match hook {
        Installed::Chained(before) => {
            let before = before.display();
            ui::say(&format!("git runs bicker's hooks here, and after each the one of that name in {before}, if any"));
        }
        Installed::Theirs(path, left) => {
            let (what, line) = remedy(left);
            ui::say(&format!("{} is a hook of your own and was left as it is; {what}", path.display()));
            ui::say(&line);
            return false;
        }
        Installed::Ours(_) | Installed::Appended(_) | Installed::Configured(_) => {}
    }
    true
}

/// What a person can do about a hook of theirs, and the line to add or type.
fn remedy(left: &Left) -> (&'static str, String) {
    let chain = "bicker hooks install --chain".to_owned();
    match left {
        Left::Line(line) => {
            ("add this line to it, right after #!, or run", format!("bicker hooks install --append:  {line}"))
        }
        Left::NoShell => ("no shell runs it, so it takes no line; to have both run:", chain),
        Left::Link => ("it is a link, and what it leads to may serve others; to have both run:", chain),
        Left::NotExecutable => ("git does not run it, as it is not executable; to have bicker's run:", chain),
    }
}

/// `hook NAME`
pub fn call(arguments: &HookCall) -> Result<Exit> {
    if arguments.name == "pre-receive" {
        return pre_receive();
    }
    let place = Where::default().place()?;
    let own = place.own()?;
    let index_file = std::env::var_os("GIT_INDEX_FILE").map(PathBuf::from);
    let file = arguments.arguments.first().map(PathBuf::from);
    match (arguments.name.as_str(), file) {
        ("pre-commit", _) => {
            signer_is_there(own)?;
            hook::pre_commit(own, index_file).map_err(|e| e.maybe_hint(hook::way_out(own)))?;
        }
        ("prepare-commit-msg", Some(file)) => {
            if let Some(message) = hook::suggested_message(own, &hook::read_message(&file)?, index_file)? {
                rewrite(&file, &message)?;
            }
        }
        ("commit-msg", Some(file)) => {
            let message = hook::sealed_message(own, &hook::read_message(&file)?, index_file)?;
            rewrite(&file, &message)?;
        }
        ("post-commit", _) => {
            ui::say(&hook::post_commit(own)?);
        }
        ("pre-push", _) => pre_push(&place, arguments)?,
        ("reference-transaction", Some(state)) if state.as_os_str() == "prepared" => moves(&place)?,
        _ => {}
    }
    Ok(Exit::Verified)
}

/// git would only say that it cannot run the program by which it has bicker sign.
fn signer_is_there(own: &Own) -> Result<()> {
    match relocated::lost_signer(&own.log) {
        None => Ok(()),
        Some(program) => Err(Error::usage(format!(
            "git looks for the program that signs at {}, which is missing; was this folder moved?",
            program.display()
        ))
        .hint(format!("have git find it again: {}", relocated::MEND))),
    }
}

fn rewrite(file: &Path, message: &str) -> Result<()> {
    write_whole(file, message.as_bytes()).map_err(|e| Error::trouble("cannot write the message").because(&e))
}

fn input() -> Result<String> {
    let mut text = String::new();
    let read = std::io::stdin().lock().take(16 << 20).read_to_string(&mut text);
    read.map_err(|e| Error::trouble("cannot read what git says").because(&e))?;
    Ok(text)
}

/// Pushes to elsewhere than the own remote are none of bicker's business. That one is called `origin` here; its
/// address may look different when git's configuration rewrites it. Where it was before it moved, people may still look.
fn pre_push(place: &Place, arguments: &HookCall) -> Result<()> {
    let said = |at: usize| arguments.arguments.get(at).map(String::as_str);
    let now = place.my_row()?;
    let of_charter = place.charter.researcher(&now.name).map(|row| row.remote.as_str());
    let is_own = |address: &str| address == now.remote.as_str() || Some(address) == of_charter;
    if said(0) != Some("origin") && !said(1).is_some_and(is_own) {
        return Ok(());
    }
    let pushes: Vec<Push> = input()?.lines().filter_map(Push::parse).collect();
    for push in &pushes {
        tell(&hook::pre_push(place, push)?);
    }
    // From here on git pushes it, and it may be out there whatever the remote says. One process at a time writes that down.
    let _pen = Pen::take(place)?;
    for commit in pushes.iter().filter_map(|push| push.commit) {
        let noted = place.own()?.log.note_pushed(commit);
        noted.map_err(|e| Error::trouble("cannot note what is pushed").because(&e).maybe_hint(e.hint()))?;
    }
    Ok(())
}

/// Tells what a push carries of others' misbehaviour.
fn tell(carried: &[Carried]) {
    if !carried.is_empty() {
        ui::say("this push carries, as evidence, what others did wrong; that is not your fault:");
    }
    for one in carried {
        ui::say(&format!("  {one}"));
    }
}

fn moves(place: &Place) -> Result<()> {
    let own = place.own()?;
    let branch = format!("refs/heads/{}", own.log.branch());
    for line in input()?.lines() {
        let mut words = line.split(' ');
        let (_, new, reference) = (words.next(), words.next().unwrap_or_default(), words.next());
        if reference == Some(&branch) {
            let new = CommitId::parse(new).filter(|_| !new.bytes().all(|b| b == b'0'));
            hook::branch_moves(place, new).map_err(|e| e.maybe_hint(hook::way_out(own)))?;
        }
    }
    Ok(())
}

/// `pre-receive`: every reference of the push is judged, and one refused refuses all.
fn pre_receive() -> Result<Exit> {
    let set = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let git_dir = set("GIT_DIR").unwrap_or_else(|| PathBuf::from("."));
    let server = Server::open(&git_dir).map_err(|e| unjudged(&e))?;
    let store = server.store(set("GIT_OBJECT_DIRECTORY").as_deref()).map_err(|e| unjudged(&e))?;
    let mut refused = Error::wrong("the push is refused, and none of it was accepted");
    for line in input()?.lines() {
        let Some((old, new, reference)) = update(line) else { continue };
        match server.whose(&reference) {
            None => {
                refused.causes.push(format!("{reference} is nobody's log here"));
                hint_once(&mut refused, format!("push only logs; kept here: {}", server.logs().join(", ")));
            }
            Some(name) => receive(&server, &store, (&reference, name), (old, new), &mut refused)?,
        }
    }
    if refused.causes.is_empty() { Ok(Exit::Verified) } else { Err(refused) }
}

/// Judges the move of one log. A refusal is added to `refused`; what the move carries of others' misbehaviour is
/// told.
fn receive(
    server: &Server,
    store: &Store,
    (reference, name): (&str, &Name),
    (old, new): (Option<CommitId>, Option<CommitId>),
    refused: &mut Error,
) -> Result<()> {
    let mut history = History::new(server.charter.clone());
    for tip in old.into_iter().chain(new) {
        history.extend(store, tip).map_err(|e| unjudged(&e))?;
    }
    match (judge(&mut history, name, old, new), new) {
        (Err(refusal), _) => {
            refused.causes.push(format!("{reference}: {refusal}"));
            let back = back(&history, name, old, new);
            let hints = refusal.hints(back).into_iter().chain(refusal.in_a_clone(back));
            hints.for_each(|hint| hint_once(refused, hint));
        }
        (Ok(()), Some(new)) => tell(&carried(&mut history, name, old, new)),
        (Ok(()), None) => {}
    }
    Ok(())
}

fn unjudged(e: &dyn std::error::Error) -> Error {
    Error::trouble("the push cannot be judged, so none of it was accepted")
        .because(e)
        .hint("ask whoever runs this server; your log is safe where you pushed it from")
}

fn hint_once(error: &mut Error, hint: String) {
    if !error.hints.contains(&hint) {
        error.hints.push(hint);
    }
}

/// `<old id> <new id> <ref>`; an id of zeros is none.
fn update(line: &str) -> Option<(Option<CommitId>, Option<CommitId>, String)> {
    let mut words = line.splitn(3, ' ');
    let id = |text: &str| CommitId::parse(text).filter(|_| !text.bytes().all(|b| b == b'0'));
    Some((id(words.next()?), id(words.next()?), words.next()?.to_owned()))
}
