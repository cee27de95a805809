//! The command line as people and shells meet it: help, completion, manual pages, and what findings mean.

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use bicker::cli::command_line;
use bicker::protocol::finding::Code;
use bicker::report::explain::{RULES, explain};
use clap::Command;
use common::{Person, World};

/// Every visible command below the program's own, by what is typed: `charter new`.
fn commands() -> Vec<(String, Command)> {
    let mut program = command_line();
    program.build();
    let mut todo = vec![(String::new(), program)];
    let mut found = Vec::new();
    while let Some((path, command)) = todo.pop() {
        for below in command.get_subcommands().filter(|command| !command.is_hide_set()) {
            todo.push((format!("{path} {}", below.get_name()).trim().to_owned(), below.clone()));
        }
        found.push((path, command));
    }
    assert!(found.len() > 30, "{}", found.len());
    found
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

#[test]
fn every_command_has_an_example_of_itself() {
    for (path, command) in commands() {
        let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let shows = |line: &str| line.contains(&format!("bicker {path}"));
        assert!(help.starts_with("Example") && help.lines().any(shows), "bicker {path} has no example:\n{help}");
        for line in help.lines() {
            assert!(line.chars().count() <= 80, "bicker {path}: {line}");
        }
    }
}

#[test]
fn help_fits_into_80_columns() {
    for (path, command) in commands() {
        let mut command = command.term_width(80);
        for help in [command.render_help(), command.render_long_help()] {
            for line in help.to_string().lines() {
                assert!(line.chars().count() <= 80, "bicker {path}: {line}");
            }
        }
    }
}

#[test]
fn every_command_is_in_the_readme() {
    let readme = text("README.md");
    let (_, list) = readme.split_once("## Commands\n").expect("a list of commands");
    let list = list.split("\n## ").next().unwrap_or_default();
    for (path, _) in commands().into_iter().filter(|(path, _)| !path.is_empty()) {
        let first = path.split(' ').next().unwrap_or_default();
        assert!(list.contains(&format!("`{first}")), "the README's list lacks bicker {first}");
    }
}

/// The words in code spans of a line of Markdown.
fn spans(line: &str) -> impl Iterator<Item = String> {
    line.split('`').skip(1).step_by(2).map(|span| span.replace("\\|", "|"))
}

/// The lines of a page below a heading, up to the next one like it or above it.
fn section<'a>(page: &'a str, heading: &str) -> Vec<&'a str> {
    let level = |line: &str| line.find(|c| c != '#').filter(|level| *level > 0);
    let below = page.lines().skip_while(|line| *line != heading).skip(1);
    let found: Vec<&str> =
        below.take_while(|line| level(line).is_none_or(|other| Some(other) > level(heading))).collect();
    assert!(!found.is_empty(), "nothing below {heading}");
    found
}

/// How docs/interface.md writes an option or an operand.
fn forms(argument: &clap::Arg) -> Vec<String> {
    let values = argument.get_num_args().expect("the command line is built");
    let names: Vec<&str> = argument.get_value_names().unwrap_or_default().iter().map(|name| name.as_str()).collect();
    let (name, dots) = (names.join(" "), if values.max_values() > 1 { "..." } else { "" });
    let Some(long) = argument.get_long() else {
        return vec![if argument.is_required_set() { format!("{name}{dots}") } else { format!("[{name}]{dots}") }];
    };
    let short = argument.get_short().map(|short| format!("-{short}"));
    let option = match (values.takes_values(), values.min_values()) {
        (false, _) => format!("--{long}"),
        (true, 0) => format!("--{long} [{name}]"),
        (true, _) => format!("--{long} {name}"),
    };
    short.into_iter().chain([option]).collect()
}

#[test]
fn the_interface_page_has_every_command_and_option_and_no_other() {
    let page = text("docs/interface.md");
    let listed = section(&page, "## Commands");
    let shared = |heading| -> BTreeSet<String> {
        let rows = section(&page, heading).into_iter().filter(|line| line.starts_with("| `"));
        rows.flat_map(|row| spans(row.split(" | ").next().unwrap_or_default())).collect()
    };
    let groups = [("(#the-entry)", shared("### The entry")), ("(#where-to-look)", shared("### Where to look"))];
    let mut told = std::collections::BTreeMap::new();
    for row in listed.iter().filter(|line| line.starts_with("| `bicker ")) {
        let cells: Vec<&str> = row.split(" | ").collect();
        let [command, _, options] = cells.as_slice() else { panic!("not three cells: {row}") };
        let path = spans(command).next().unwrap_or_default().trim_start_matches("bicker ").to_owned();
        let mut all: BTreeSet<String> = spans(options).collect();
        for (_, group) in groups.iter().filter(|(link, _)| options.contains(link)) {
            assert!(all.is_disjoint(group), "bicker {path} has options of a group beside it");
            all.extend(group.iter().cloned());
        }
        assert!(told.insert(path.clone(), all).is_none(), "bicker {path} stands there twice");
    }
    let mut wrong = Vec::new();
    for (path, command) in commands() {
        if command.get_subcommands().any(|below| !below.is_hide_set()) {
            continue;
        }
        let is_everywhere = |argument: &&clap::Arg| ["help", "no_pager"].contains(&argument.get_id().as_str());
        let arguments = command.get_arguments().filter(|argument| !argument.is_hide_set() && !is_everywhere(argument));
        let there: BTreeSet<String> = arguments.flat_map(forms).collect();
        let said = told.remove(&path).unwrap_or_default();
        let lacking: Vec<_> = there.difference(&said).collect();
        let invented: Vec<_> = said.difference(&there).collect();
        if !(lacking.is_empty() && invented.is_empty()) {
            wrong.push(format!("bicker {path} lacks {lacking:?} and has {invented:?}"));
        }
    }
    wrong.extend(told.keys().map(|path| format!("there is no bicker {path}")));
    assert!(wrong.is_empty(), "docs/interface.md is wrong:\n{}", wrong.join("\n"));
    let everywhere: Vec<String> = listed.iter().flat_map(|line| spans(line)).collect();
    assert!(everywhere.contains(&"--no-pager".to_owned()) && everywhere.contains(&"--help".to_owned()));
}

#[test]
fn the_interface_page_names_what_there_is_and_every_schema_and_variable_for_git() {
    let page = text("docs/interface.md");
    let links: BTreeSet<&str> = page.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next()).collect();
    let files = links.iter().filter(|link| !link.is_empty() && !link.starts_with("https:"));
    let broken: Vec<_> = files.filter(|link| !root().join("docs").join(link).exists()).collect();
    assert!(broken.is_empty(), "docs/interface.md links to {broken:?}");
    for variable in bicker::git::process::KEPT {
        assert!(page.contains(&format!("`{variable}`")), "docs/interface.md does not name {variable}");
    }
    for schema in fs::read_dir(root().join("docs/schema")).expect("the schemas") {
        let name = schema.expect("a schema").file_name().into_string().expect("a name");
        assert!(links.contains(format!("schema/{name}").as_str()), "docs/interface.md does not name {name}");
    }
}

#[test]
fn every_finding_and_every_rule_of_the_text_is_explained() {
    let protocol = text("docs/protocol.md");
    let (_, table) = protocol.split_once("### 7.3 Findings").expect("the table of findings");
    let table = table.split("\n### ").next().unwrap_or_default();
    for code in Code::ALL {
        assert!(explain(code.as_str(), false, 80).is_some(), "{code}");
        assert!(table.contains(&format!("`{code}`")), "section 7.3 lacks {code}");
    }
    // Tags stand in bold where a rule is said.
    let bold = protocol.split("**").skip(1).step_by(2).map(|word| word.trim_end_matches('.'));
    let tags: BTreeSet<&str> = bold
        .filter(|tag| ["2.", "3.", "4."].iter().any(|section| tag.starts_with(section)) && !tag.contains(' '))
        .filter(|tag| tag.len() > 3)
        .collect();
    assert!(tags.contains("2.seal") && tags.contains("3.echo") && tags.contains("4.equivocation"), "{tags:?}");
    for tag in tags {
        assert!(explain(tag, false, 80).is_some(), "{tag}");
    }
    for rule in RULES {
        let text = if rule.tag.contains('.') { format!("**{}**", rule.tag) } else { format!("| {} |", rule.tag) };
        assert!(protocol.contains(&text), "docs/protocol.md has no {text}");
    }
}

/// What a bash that has sourced these scripts offers for the last of these words.
fn offered(world: &World, person: &Person, setup: &str, function: &str, line: &[&str]) -> Vec<String> {
    let words: Vec<String> = line.iter().map(|word| format!("'{word}'")).collect();
    let last = line.len() - 1;
    let script = format!(
        "source <(bicker completions bash) || exit 9\n{setup}\nCOMP_WORDS=({})\nCOMP_CWORD={last}\n\
         COMP_LINE='{}'\nCOMP_POINT=${{#COMP_LINE}}\n{function} '{}' '{}' '{}'\nprintf '%s|\\n' \"${{COMPREPLY[@]}}\"\n",
        words.join(" "),
        line.join(" "),
        line[0],
        line[last],
        line[last - 1]
    );
    let ran = world.run(person, &["bash", "--norc", "-c", &script]);
    ran.success().stdout().lines().map(|line| line.trim_end_matches('|').to_owned()).collect()
}

#[test]
fn bash_completes_bicker() {
    let world = World::new();
    let ann = world.person("ann");
    let offered = |line: &[&str]| offered(&world, &ann, "", "_bicker", line);
    assert_eq!(offered(&["bicker", "cri"]), ["criticize", "criticisms"]);
    assert_eq!(offered(&["bicker", "charter", "n"]), ["new"]);
    assert_eq!(offered(&["bicker", "log", "--kind", "crit"]), ["criticism"]);
    let options = offered(&["bicker", "log", "--"]);
    assert!(options.contains(&"--step".to_owned()) && options.contains(&"--no-pager".to_owned()), "{options:?}");
    // It is also what bash calls when somebody presses the key.
    let registered =
        world.run(&ann, &["bash", "--norc", "-c", "source <(bicker completions bash); complete -p bicker"]);
    assert!(registered.success().stdout().contains("-F _bicker"), "{}", registered.stdout());
}

/// git's completion calls `_git_bicker` and says in `words`, `cword`, `cur` and `__git_cmd_idx` what was typed.
#[test]
fn bash_completes_git_bicker_as_git_asks_for_it() {
    let world = World::new();
    let ann = world.person("ann");
    let asked = |line: &[&str], index: usize| {
        let setup = format!(
            "asked() {{ local words=(\"${{COMP_WORDS[@]}}\") cword=$COMP_CWORD cur=$2 prev=$3 __git_cmd_idx={index}; \
             _git_bicker; }}"
        );
        offered(&world, &ann, &setup, "asked", line)
    };
    assert_eq!(asked(&["git", "bicker", "cri"], 1), ["criticize ", "criticisms "]);
    assert_eq!(asked(&["git", "-C", "bicker", "bicker", "charter", "n"], 3), ["new "]);
    fs::create_dir(ann.home.join("folder")).expect("a folder");
    assert_eq!(asked(&["git", "bicker", "document", "-o", "fol"], 1), ["folder/"]);
}

/// The same through the completion that git itself comes with, where its package puts it for bash to find.
#[test]
fn bash_completes_git_bicker_through_gits_own_completion() {
    let places = [
        "/usr/share/bash-completion/completions/git",
        "/usr/share/git/completion/git-completion.bash",
        "/usr/share/git-core/contrib/completion/git-completion.bash",
        "/usr/local/share/bash-completion/completions/git",
        "/usr/local/etc/bash_completion.d/git-completion.bash",
        "/opt/homebrew/etc/bash_completion.d/git-completion.bash",
    ];
    let found = places.iter().find(|place| Path::new(place).is_file());
    let found = found.unwrap_or_else(|| panic!("git's completion for bash is in none of {places:?}"));
    let world = World::new();
    let ann = world.person("ann");
    let setup = format!("source {found}\nCOMP_TYPE=9 COMP_KEY=9");
    let offered = offered(&world, &ann, &setup, "__git_wrap__git_main", &["git", "bicker", "cri"]);
    assert_eq!(offered, ["criticize ", "criticisms "]);
}

#[test]
fn every_command_has_a_manual_page() {
    let world = World::new();
    let ann = world.person("ann");
    world.run(&ann, &["bicker", "man", "-o", "man1"]).success();
    let mut pages: BTreeSet<String> = fs::read_dir(ann.home.join("man1"))
        .expect("the pages")
        .map(|page| page.expect("a page").file_name().into_string().expect("a name"))
        .collect();
    assert!(pages.remove("git-bicker.1"), "git help bicker looks for git-bicker.1");
    for (path, command) in commands() {
        let name = format!("bicker {path}").trim().replace(' ', "-");
        assert!(pages.remove(&format!("{name}.1")), "no page for {name}");
        let page = fs::read_to_string(ann.home.join(format!("man1/{name}.1"))).expect("a page");
        let title =
            format!("\n.TH {} 1 \"\" \"bicker {}\" \"bicker\"\n", name.to_uppercase(), env!("CARGO_PKG_VERSION"));
        assert!(page.contains(&title), "{page}");
        for section in ["NAME", "SYNOPSIS", "DESCRIPTION", "EXAMPLES"] {
            assert!(page.contains(&format!("\n.SH {section}\n")), "{name} has no {section}");
        }
        assert_eq!(page.matches("\n.nf\n").count(), page.matches("\n.fi\n").count(), "{name}");
        for below in command.get_subcommands().filter(|command| !command.is_hide_set()) {
            let below = format!("{name}-{}(1)", below.get_name()).replace('-', "\\-");
            assert!(page.contains(&below), "{name} does not name {below}");
        }
    }
    assert!(pages.is_empty(), "pages for no command: {pages:?}");
    let printed = world.run(&ann, &["bicker", "man"]);
    let own = fs::read_to_string(ann.home.join("man1/bicker.1")).expect("a page");
    assert_eq!(printed.success().stdout(), own);
}

#[test]
fn help_and_explain_answer_and_say_what_they_do_not_know() {
    let world = World::new();
    let ann = world.person("ann");
    let run = |line: &str| world.run(&ann, &line.split(' ').collect::<Vec<_>>());
    let help = run("bicker help charter new");
    assert!(help.success().stdout().contains("Usage: bicker charter new"), "{}", help.stdout());
    assert_eq!(help.stdout(), run("bicker charter new --help").success().stdout());
    assert_eq!(run("bicker help findings").success().stdout(), run("bicker explain").success().stdout());
    assert_eq!(run("git bicker explain fork").success().stdout(), run("bicker explain fork").success().stdout());
    let unknown = run("bicker explain forks");
    let told = "error: forks is neither a finding's code nor a rule's tag\nhint: see all of them: bicker explain\n";
    assert_eq!(unknown.failure(2).stderr(), told);
    run("bicker help charter old").failure(2);
}
