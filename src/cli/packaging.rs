//! `completions` and `man`: for shells, and for whoever packages bicker.
//!
//! Both are made from the command line's own definition, so they say what the program does.

use std::path::{Path, PathBuf};

use clap::{Args, Command};
use clap_complete::Shell;
use clap_mangen::Man;

use super::ui;
use crate::error::{Error, Result};
use crate::report::Exit;

/// Print a script that makes a shell complete bicker's commands and options.
///
/// In bash, zsh and fish it completes git bicker too, where the shell's own completion for git is there.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  bicker completions bash > ~/.local/share/bash-completion/completions/bicker\n  ln -s bicker ~/.local/share/bash-completion/completions/git-bicker\n  bicker completions zsh > ~/.zfunc/_bicker\n  ln -s _bicker ~/.zfunc/_git-bicker\n  bicker completions fish > ~/.config/fish/conf.d/bicker.fish"
)]
pub struct Completions {
    /// Whose script
    #[arg(value_enum)]
    shell: Shell,
}

/// `completions`
pub fn completions(arguments: &Completions, mut program: Command) -> Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut program, "bicker", &mut script);
    let script = String::from_utf8(script).map_err(|e| Error::trouble("the script is not text").because(&e))?;
    let for_git = match arguments.shell {
        Shell::Bash => include_str!("../../templates/completions/git.bash"),
        Shell::Zsh => include_str!("../../templates/completions/git.zsh"),
        Shell::Fish => include_str!("../../templates/completions/git.fish"),
        _ => "",
    };
    ui::print(&(script + for_git))?;
    Ok(Exit::Verified)
}

/// Print the manual page of bicker, or write a page for each command.
///
/// With git-bicker.1 among them, git help bicker finds it.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  bicker man | man -l -\n  bicker man -o ~/.local/share/man/man1")]
pub struct Manual {
    /// The folder to write all pages to; bicker's own goes to standard output if not given
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
}

/// `man`
pub fn man(arguments: &Manual, mut program: Command) -> Result<Exit> {
    program.build();
    let Some(folder) = &arguments.output else {
        ui::print(&page(&program, name(&program))?)?;
        return Ok(Exit::Verified);
    };
    std::fs::create_dir_all(folder)
        .map_err(|e| Error::usage(format!("cannot make {}", folder.display())).because(&e))?;
    write(folder, &program, "git-bicker")?;
    let mut todo = vec![&program];
    while let Some(command) = todo.pop() {
        write(folder, command, name(command))?;
        todo.extend(command.get_subcommands().filter(|command| !command.is_hide_set()));
    }
    Ok(Exit::Verified)
}

/// What the page of a command is called: `bicker-charter-new`.
fn name(command: &Command) -> &str {
    command.get_display_name().unwrap_or_else(|| command.get_name())
}

/// A command's page, under a name, from what clap_mangen makes. Its title line leaves out the date, with which everything
/// after it would be taken for something else.
fn page(command: &Command, name: &str) -> Result<String> {
    let mut page = Vec::new();
    Man::new(command.clone()).render(&mut page).map_err(|e| Error::trouble("cannot write the page").because(&e))?;
    let page = String::from_utf8(page).map_err(|e| Error::trouble("the page is not text").because(&e))?;
    let title = format!(".TH {} 1 \"\" \"bicker {}\" \"bicker\"", name.to_uppercase(), env!("CARGO_PKG_VERSION"));
    let mut lines = Vec::new();
    let mut rest = page.lines().peekable();
    while let Some(line) = rest.next() {
        match line {
            _ if line.starts_with(".TH ") => lines.push(title.as_str()),
            ".SH EXTRA" => {
                let extra = std::iter::from_fn(|| rest.next_if(|line| !line.starts_with(".SH ")));
                lines.extend(after_help(&extra.collect::<Vec<_>>()));
            }
            _ => lines.push(line),
        }
    }
    Ok(lines.join("\n") + "\n")
}

/// What stands after the help: examples, which are indented, line by line; then whatever else there is to say.
fn after_help<'a>(extra: &[&'a str]) -> Vec<&'a str> {
    let lines = extra.iter().filter(|line| !matches!(**line, "" | "Example:" | "Examples:"));
    let lines = lines.map(|line| line.strip_prefix("Example: ").map_or((line.starts_with(' '), *line), |e| (true, e)));
    let (examples, notes): (Vec<_>, Vec<_>) = lines.partition(|(is_example, _)| *is_example);
    let mut section = vec![".SH EXAMPLES", ".nf"];
    section.extend(examples.into_iter().map(|(_, line)| line.trim_start()));
    section.push(".fi");
    if !notes.is_empty() {
        section.push(".SH NOTES");
        section.extend(notes.into_iter().map(|(_, line)| line));
    }
    section
}

fn write(folder: &Path, command: &Command, name: &str) -> Result<()> {
    let path = folder.join(format!("{name}.1"));
    std::fs::write(&path, page(command, name)?)
        .map_err(|e| Error::usage(format!("cannot write {}", path.display())).because(&e))
}
