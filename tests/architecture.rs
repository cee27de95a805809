//! The house keeps its shape: pure rooms stay pure, files stay small, and every rule's tag has code and text.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust source below a folder, with its text.
fn sources(below: &str) -> Vec<(String, String)> {
    let files =
        WalkDir::new(root().join(below)).sort_by_file_name().into_iter().map(|entry| entry.expect("a readable folder"));
    let rust = files.filter(|entry| entry.path().extension().is_some_and(|end| end == "rs"));
    let sources: Vec<_> = rust
        .map(|entry| {
            let path = entry.path().strip_prefix(root()).expect("below the root").display().to_string();
            (path, std::fs::read_to_string(entry.path()).expect("a readable source"))
        })
        .collect();
    assert!(!sources.is_empty(), "no sources below {below}");
    sources
}

/// A source without its tests and comments.
fn code(source: &str) -> String {
    let code = source.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn is_test(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.contains("/tests/") || path.ends_with("/sample.rs")
}

/// Rooms that touch nothing, and what they may not name.
#[test]
fn pure_rooms_stay_pure() {
    let forbidden = [
        "git2",
        "std::fs",
        "std::env",
        "std::process",
        "std::time",
        "std::net",
        "std::thread",
        "std::io",
        "HashMap",
        "HashSet",
        "SystemTime",
        "Instant",
        "rustix",
        "tempfile",
        "walkdir",
        "crate::git",
        "crate::cli",
        "crate::look",
        "crate::pen",
        "crate::place",
    ];
    let mut found = Vec::new();
    for room in ["src/protocol", "src/compare", "src/report", "src/draft", "src/sim"] {
        for (path, source) in sources(room).into_iter().filter(|(path, _)| !is_test(path)) {
            let code = code(&source);
            found.extend(
                forbidden.iter().filter(|word| code.contains(**word)).map(|word| format!("{path} names {word}")),
            );
        }
    }
    for (path, source) in sources("src/protocol").into_iter().filter(|(path, _)| !is_test(path)) {
        if code(&source).contains("crate::report") {
            found.push(format!("{path} names crate::report"));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// git2 and subprocesses are reached through `src/git` alone.
#[test]
fn only_the_git_room_uses_git() {
    let mut found = Vec::new();
    for (path, source) in sources("src").into_iter().filter(|(path, _)| !path.starts_with("src/git/")) {
        let code = code(&source);
        // The editor is started where drafts are written, the pager where results are shown; the demo plays people who
        // type commands.
        let may_run =
            ["src/cli/editor.rs", "src/cli/pager.rs"].contains(&path.as_str()) || path.starts_with("src/cli/demo");
        if code.contains("std::process::Command") && !may_run {
            found.push(format!("{path} runs programs"));
        }
        if code.contains("git2::Repository") && !may_run {
            found.push(format!("{path} opens repositories"));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn files_and_functions_stay_small() {
    let mut found = Vec::new();
    for (path, source) in sources("src").into_iter().filter(|(path, _)| !is_test(path)) {
        let lines = source.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default().lines().count();
        if lines > 400 {
            found.push(format!("{path} has {lines} lines"));
        }
        found.extend(
            long_functions(source.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default())
                .into_iter()
                .map(|(name, lines)| format!("{path}: {name} has {lines} lines")),
        );
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// Functions of more than 60 lines, by indentation.
fn long_functions(source: &str) -> Vec<(String, usize)> {
    let lines: Vec<&str> = source.lines().collect();
    let indent = |line: &str| line.len() - line.trim_start().len();
    let starts = |line: &str| {
        let line = line.trim_start();
        ["fn ", "pub fn ", "pub(super) fn ", "pub(crate) fn ", "const fn ", "pub const fn "]
            .iter()
            .any(|word| line.starts_with(word))
    };
    let mut long = Vec::new();
    for (at, line) in lines.iter().enumerate().filter(|(_, line)| starts(line)) {
        let end = lines.iter().skip(at + 1).position(|other| indent(other) == indent(line) && other.trim() == "}");
        let length = end.map_or(1, |end| end + 2);
        if length > 60 && !line.trim_end().ends_with(';') {
            long.push((line.trim().to_owned(), length));
        }
    }
    long
}

/// The tags in bold in the normative text.
fn tags() -> BTreeSet<String> {
    let text = std::fs::read_to_string(root().join("docs/protocol.md")).expect("docs/protocol.md");
    let bold = text.split("**").skip(1).step_by(2).map(|word| word.trim_end_matches('.').to_owned());
    bold.filter(|word| {
        ["2.", "3.", "4."].iter().any(|section| word.starts_with(section)) && word.len() > 3 && !word.contains(' ')
    })
    .collect()
}

#[test]
fn every_tag_of_the_text_has_code() {
    let tags = tags();
    for known in ["2.commit", "2.seal", "3.open", "3.accusation"] {
        assert!(tags.contains(known), "docs/protocol.md lost the tag {known}: {tags:?}");
    }
    let all: String = sources("src/protocol").into_iter().map(|(_, source)| source).collect();
    let found = |tag: &str| match tag.strip_prefix("4.") {
        Some(proof) => all.contains(&format!("**{proof}**")),
        None => all.contains(tag),
    };
    let missing: Vec<&String> = tags.iter().filter(|tag| !found(tag)).collect();
    assert!(missing.is_empty(), "no code names {missing:?}");
}

#[test]
fn every_code_and_rule_in_the_source_is_in_the_text() {
    let text = std::fs::read_to_string(root().join("docs/protocol.md")).expect("docs/protocol.md");
    let missing: Vec<&str> = bicker::protocol::finding::Code::ALL
        .iter()
        .map(|code| code.as_str())
        .filter(|code| !text.contains(&format!("`{code}`")))
        .collect();
    assert!(missing.is_empty(), "docs/protocol.md does not name {missing:?}");
}

#[test]
fn the_readme_links_to_what_exists() {
    let readme = std::fs::read_to_string(root().join("README.md")).expect("README.md");
    let links =
        readme.split("](").skip(1).filter_map(|rest| rest.split(')').next()).filter(|link| !link.starts_with("http"));
    let broken: Vec<&str> = links.filter(|link| !Path::new(&root()).join(link).exists()).collect();
    assert!(broken.is_empty(), "README.md links to {broken:?}");
}
