//! The command line: what was typed, and which command it is. One file for each command.

mod answers;
mod by_copy;
mod card;
mod charter;
mod ci;
mod comparing;
mod compose;
mod confirm;
mod criticisms;
mod demo;
mod desk;
mod diff;
mod doctor;
mod document;
mod draft_out;
mod editor;
mod explain;
mod habits;
mod heal;
mod hook;
mod join;
mod log;
mod looking;
mod mechanical;
mod news;
mod opinion;
mod packaging;
mod pager;
mod picture;
mod preferred;
mod proof;
mod recover;
mod remote;
mod reputation;
mod rows;
mod show;
mod source;
mod ssh_sign;
mod status;
mod suggested;
mod sync;
mod target;
mod tasks;
mod ticker;
mod ui;
mod verify;
mod write;

use std::io::Write as _;
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};

use crate::error::Result;
use crate::report::Exit;
use crate::report::escape::terminal;

/// Below the help: where somebody begins who has nothing yet.
const BEGIN: &str = "\
Examples:
  bicker demo
  bicker status
  bicker help propose

To begin: a card from everyone, one charter of all, and everyone joins it:
  bicker card --help
  bicker charter new --help
  bicker join --help
From then on bicker status says what you owe, and what to type.";

/// Write one document together with people you do not trust.
///
/// Every step of the document is proposed, criticised, revised and agreed on in signed commits, each
/// researcher's in their own git remote. Anyone can verify the result.
#[derive(Parser, Debug)]
#[command(
    name = "bicker",
    version,
    max_term_width = 100,
    subcommand_required = true,
    arg_required_else_help = true,
    disable_help_subcommand = true,
    after_help = BEGIN
)]
struct Arguments {
    /// Print long results as they are, without a pager
    #[arg(long, global = true)]
    no_pager: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    Card(card::Card),
    Charter(charter::CharterCommand),
    Join(join::Join),
    Status(status::Status),
    Sync(sync::Sync),
    Recover(recover::Recover),
    Heal(heal::Heal),
    Remote(remote::RemoteCommand),
    Propose(write::Propose),
    #[command(alias = "criticise")]
    Criticize(write::Criticize),
    Revise(write::Revise),
    Vote(write::Vote),
    Echo(mechanical::Echo),
    Ratify(mechanical::Ratify),
    Abandon(write::Abandon),
    Ack(mechanical::Ack),
    Accuse(write::Accuse),
    News(news::News),
    Log(log::Log),
    Show(show::Show),
    Diff(diff::Diff),
    Criticisms(criticisms::Criticisms),
    Document(document::Document),
    Reputation(reputation::Reputation),
    Like(opinion::Like),
    Dislike(opinion::Dislike),
    Verify(verify::Verify),
    Proof(proof::ProofCommand),
    Ci(ci::CiCommand),
    Draft(draft_out::DraftCommand),
    Fmt(draft_out::Fmt),
    Hooks(hook::HooksCommand),
    Doctor(doctor::Doctor),
    Demo(demo::Demo),
    Explain(explain::Explain),
    Help(explain::Help),
    Completions(packaging::Completions),
    Man(packaging::Manual),
    #[command(hide = true)]
    Hook(hook::HookCall),
    #[command(hide = true)]
    SshSign(ssh_sign::SshSign),
}

/// Reads the command line, runs the command, and gives its exit code.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse_from(habits::as_bicker_has_it(std::env::args_os())) {
        Ok(arguments) => arguments,
        Err(error) => return misspelt(&error),
    };
    if arguments.no_pager {
        pager::switch_off();
    }
    let by_git = matches!(arguments.command, Command::SshSign(_));
    let exit = run(arguments.command).unwrap_or_else(|error| {
        if by_git {
            ui::complain_through_git(&error)
        } else {
            ui::complain(&error)
        }
        error.exit
    });
    ExitCode::from(exit as u8)
}

/// The command line's definition: its help, its completions and its manual pages are made from it.
pub fn command_line() -> clap::Command {
    Arguments::command()
}

/// Shows what clap says: help, the version, or what is wrong with a command line. It repeats what was typed, which may
/// have been pasted from anywhere, so what could order a terminal or a CI runner about is not passed on.
fn misspelt(error: &clap::Error) -> ExitCode {
    if let Some(meant) = habits::meant(error) {
        ui::complain(&meant);
        return ExitCode::from(meant.exit as u8);
    }
    let is_odd = |argument: std::ffi::OsString| {
        let argument = argument.to_string_lossy();
        terminal(&argument) != argument
    };
    if error.use_stderr() && std::env::args_os().any(is_odd) {
        let said: String = error.render().to_string().lines().map(|line| terminal(line) + "\n").collect();
        let _ = std::io::stderr().lock().write_all(said.as_bytes());
    } else {
        // A reader that goes away early is no error.
        let _ = error.print();
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

fn run(command: Command) -> Result<Exit> {
    match command {
        Command::Card(arguments) => card::card(&arguments),
        Command::Charter(arguments) => charter::charter(&arguments),
        Command::Join(arguments) => join::join(&arguments),
        Command::Status(arguments) => status::status(&arguments),
        Command::Sync(arguments) => sync::sync(arguments),
        Command::Recover(arguments) => recover::recover(arguments),
        Command::Heal(arguments) => heal::heal(arguments),
        Command::Remote(arguments) => remote::remote(&arguments),
        Command::Propose(arguments) => write::propose(&arguments),
        Command::Criticize(arguments) => write::criticize(&arguments),
        Command::Revise(arguments) => write::revise(&arguments),
        Command::Vote(arguments) => write::vote(&arguments),
        Command::Echo(arguments) => mechanical::echo(&arguments),
        Command::Ratify(arguments) => mechanical::ratify(&arguments),
        Command::Abandon(arguments) => write::abandon(&arguments),
        Command::Ack(arguments) => mechanical::ack(&arguments),
        Command::Accuse(arguments) => write::accuse(&arguments),
        Command::News(arguments) => news::news(&arguments),
        Command::Log(arguments) => log::log(&arguments),
        Command::Show(arguments) => show::show(&arguments),
        Command::Diff(arguments) => diff::diff(&arguments),
        Command::Criticisms(arguments) => criticisms::criticisms(&arguments),
        Command::Document(arguments) => document::document(&arguments),
        Command::Reputation(arguments) => reputation::reputation(&arguments),
        Command::Like(arguments) => opinion::like(&arguments),
        Command::Dislike(arguments) => opinion::dislike(&arguments),
        Command::Verify(arguments) => verify::verify(&arguments),
        Command::Proof(arguments) => proof::proof(&arguments),
        Command::Ci(arguments) => ci::ci(&arguments),
        Command::Draft(arguments) => draft_out::draft(&arguments),
        Command::Fmt(arguments) => draft_out::fmt(&arguments),
        Command::Doctor(arguments) => doctor::doctor(&arguments),
        Command::Hooks(arguments) => hook::hooks(&arguments),
        Command::Hook(arguments) => hook::call(&arguments),
        Command::Demo(arguments) => demo::demo(&arguments),
        Command::Explain(arguments) => explain::explain(&arguments),
        Command::Help(arguments) => explain::help(&arguments, command_line()),
        Command::Completions(arguments) => packaging::completions(&arguments, command_line()),
        Command::Man(arguments) => packaging::man(&arguments, command_line()),
        Command::SshSign(arguments) => ssh_sign::ssh_sign(&arguments),
    }
}
