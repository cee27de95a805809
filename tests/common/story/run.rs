//! Runs a story's blocks in a world of their own, in order, up to the first that does not go as told.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use super::differ;
use super::hints::Offers;
use super::parse::{Block, Command};
use crate::common::{Person, World, printable, process};

/// How long one command may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// Runs the command and, whatever becomes of it, leaves the folder it ended in.
const SCRIPT: &str = "trap 'pwd >\"$LEFT_IN\"' EXIT\n";

/// Runs all blocks, and gives the lines that told somebody to type what they then typed; or says `LINE: what went wrong`.
pub(crate) fn run(story: &[Block]) -> Result<BTreeSet<String>, String> {
    let mut stage = Stage { world: World::new(), folders: BTreeMap::new(), offers: Offers::default() };
    for block in story {
        match block {
            Block::File { person, path, text, line } => {
                stage.write(person, path, text).map_err(|trouble| format!("{line}: {path}: {trouble}"))?;
            }
            Block::Typed { person, exit, silent, commands } => {
                for (at, command) in (1..).zip(commands) {
                    let exit = if at == commands.len() { *exit } else { 0 };
                    stage.type_in(person, command, exit, *silent)?;
                }
            }
        }
    }
    Ok(stage.offers.followed)
}

struct Stage {
    world: World,
    /// Where everyone is.
    folders: BTreeMap<String, PathBuf>,
    /// What everyone was told to type.
    offers: Offers,
}

impl Stage {
    fn folder(&self, person: &Person) -> PathBuf {
        self.folders.get(&person.name).unwrap_or(&person.home).clone()
    }

    fn write(&self, name: &str, path: &str, text: &str) -> std::io::Result<()> {
        let file = self.folder(&self.world.person(name)).join(path);
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(file, text.replace("$REMOTES", &self.world.remotes().to_string_lossy()))
    }

    fn type_in(&mut self, name: &str, command: &Command, exit: i32, silent: bool) -> Result<(), String> {
        let person = self.world.person(name);
        let place = format!("{}: {name}$ {}", command.line, command.typed);
        let typed = self.offers.meant(name, &command.typed).map_err(|trouble| format!("{place}\n{trouble}"))?;
        let (code, printed) = self.shell(&person, &typed).map_err(|trouble| format!("{place}\n{trouble}"))?;
        let text = self.with_variables(&person, &printed);
        let lines: Vec<&str> = text.lines().collect();
        let compared = silent || !command.expected.is_empty();
        let differing = if compared { differ::differences(&command.expected, &lines) } else { None };
        let wrong_exit = code != Some(exit);
        if !wrong_exit && differing.is_none() {
            self.offers.typed(name, &typed);
            self.offers.shown(name, &printed);
            return Ok(());
        }
        let ended = code.map_or("a signal".to_owned(), |code| format!("exit {code}"));
        let exits = if wrong_exit { format!("{ended}, expected exit {exit}\n") } else { String::new() };
        // What `...` took in is not in the difference, and may be why.
        let whole = if command.expected.iter().any(|line| line == "...") {
            format!("it printed:\n{text}")
        } else {
            String::new()
        };
        Err(format!("{place}\n{exits}{}{whole}", differing.unwrap_or_else(|| text.clone())))
    }

    /// What a command line printed, and the status it ended with; remembers where it left the person.
    fn shell(&mut self, person: &Person, typed: &str) -> Result<(Option<i32>, String), String> {
        let left_in = person.home.with_extension("left-in");
        let mut command = self.world.command(person, "sh");
        command
            .args(["-c", &format!("{SCRIPT}{typed}\n")])
            .env("REMOTES", self.world.remotes())
            .env("LEFT_IN", &left_in)
            .current_dir(self.folder(person));
        let ended = process::run_as_on_a_terminal(&mut command, PATIENCE)?;
        if let Ok(folder) = fs::read_to_string(&left_in) {
            self.folders.insert(person.name.clone(), PathBuf::from(folder.trim_end_matches('\n')));
        }
        Ok((ended.code, printable::read(ended.stdout)?))
    }

    /// The text with the paths that differ from run to run by name.
    fn with_variables(&self, person: &Person, text: &str) -> String {
        let text = text.replace(&*self.world.remotes().to_string_lossy(), "$REMOTES");
        text.replace(&*person.home.to_string_lossy(), "$HOME")
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    /// Tells a story of one block typed by ann.
    fn told(options: &str, lines: &str) -> Result<(), String> {
        run(&parse(&format!("```sh ann{options}\n{lines}\n```\n")).expect("a story")).map(|_| ())
    }

    #[test]
    fn a_story_that_goes_as_told() {
        assert_eq!(told("", "$ echo a; echo b >&2\na\nb\n$ echo not compared"), Ok(()));
        assert_eq!(told(" (exit 3)", "$ true\n$ echo [..] x; exit 3\n[..] x"), Ok(()));
        assert_eq!(told(" (silent)", "$ true\n$ echo a\na"), Ok(()));
    }

    #[test]
    fn wrong_output_is_seen() {
        let wrong = told("", "$ true\n$ echo a; echo b\na\nc").expect_err("c is not printed");
        assert_eq!(wrong, "3: ann$ echo a; echo b\n a\n-c\n+b\n");
    }

    #[test]
    fn a_missing_and_a_further_line_are_seen() {
        assert_eq!(told("", "$ echo a\na\nb"), Err("2: ann$ echo a\n a\n-b\n".to_owned()));
        assert_eq!(told("", "$ echo a; echo b\na"), Err("2: ann$ echo a; echo b\n a\n+b\n".to_owned()));
        assert_eq!(told(" (silent)", "$ echo a"), Err("2: ann$ echo a\n+a\n".to_owned()));
    }

    #[test]
    fn a_wrong_exit_is_seen() {
        let wrong = "2: ann$ echo a; exit 3\nexit 3, expected exit 0\na\n".to_owned();
        assert_eq!(told("", "$ echo a; exit 3"), Err(wrong));
        assert_eq!(told(" (exit 1)", "$ true"), Err("2: ann$ true\nexit 0, expected exit 1\n".to_owned()));
        assert_eq!(told(" (exit 1)", "$ false\n$ false"), Err("2: ann$ false\nexit 1, expected exit 0\n".to_owned()));
        let wrong = "2: ann$ kill -9 $$\na signal, expected exit 0\n".to_owned();
        assert_eq!(told("", "$ kill -9 $$"), Err(wrong));
    }

    #[test]
    fn control_characters_are_never_as_told() {
        let wrong = "2: ann$ printf '\\033[2J'\nprints U+001B at byte 0".to_owned();
        assert_eq!(told("", "$ printf '\\033[2J'"), Err(wrong));
        let wrong = "2: ann$ printf '\\033' >&2\nprints U+001B at byte 0".to_owned();
        assert_eq!(told("", "$ printf '\\033' >&2"), Err(wrong));
    }

    #[test]
    fn a_hint_is_followed_by_whoever_saw_it() {
        let followed = |story: &str| run(&parse(story).expect("a story"));
        let line = "hint: go there: cd d";
        let told = format!("```sh ann\n$ mkdir d; echo '{line}'\n");
        let once = Ok(BTreeSet::from([line.to_owned()]));
        assert_eq!(followed(&format!("{told}$ cd d\n$ pwd\n$HOME/d\n```\n")), once);
        assert_eq!(followed(&format!("{told}$ hint\n$ pwd\n$HOME/d\n```\n")), once);
        assert_eq!(followed(&format!("{told}```\n```sh bob\n$ mkdir d; cd d\n$ cd ../d\n```\n")), Ok(BTreeSet::new()));
        let wrong = "3: ann$ hint 2\nnothing like it was told to be typed".to_owned();
        assert_eq!(followed(&format!("{told}$ hint 2\n```\n")), Err(wrong));
    }

    #[test]
    fn everyone_has_a_place_of_their_own_and_stays_where_they_went() {
        let story = "```file ann d/x\n$REMOTES\n```\n```sh ann\n$ cd d; false || true\n$ pwd; cat x\n$HOME/d\n$REMOTES\n\
            $ (exit 0); exit 0\n$ pwd\n$HOME/d\n```\n```file ann y\n```\n```sh ann (silent)\n$ test -e ../d/y\n```\n\
            ```sh bob\n$ pwd; ls\n$HOME\n$ ls \"$REMOTES\"\nann.git\nbob.git\n```\n";
        assert_eq!(run(&parse(story).expect("a story")), Ok(BTreeSet::new()));
    }
}
