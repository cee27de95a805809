//! What `./test` does before it tests: it finds what is missing, has it installed where it may, and else says how.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A machine on which only these are installed, and programs that write down how they are called.
struct Machine {
    folder: tempfile::TempDir,
}

impl Machine {
    fn new(user: &str) -> Self {
        let machine = Self { folder: tempfile::tempdir().expect("a folder") };
        let path = std::env::var_os("PATH").expect("a path");
        for tool in ["awk", "bash", "cat", "dirname", "env", "grep", "sort", "tr"] {
            let found = std::env::split_paths(&path).map(|folder| folder.join(tool)).find(|file| file.is_file());
            symlink(found.unwrap_or_else(|| panic!("no {tool}")), machine.at(tool)).expect("a link");
        }
        machine.script("id", &format!("echo {user}"));
        machine.script("cargo", "exit 0");
        machine
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn script(&self, name: &str, line: &str) {
        fs::write(self.at(name), format!("#!/usr/bin/env bash\n{line}\n")).expect("a program");
        fs::set_permissions(self.at(name), fs::Permissions::from_mode(0o755)).expect("made executable");
    }

    fn notes_calls_of(&self, name: &str) {
        let calls = self.at("calls");
        self.script(name, &format!("echo {name} \"$@\" >> '{}'", calls.display()));
    }

    fn calls(&self) -> String {
        fs::read_to_string(self.at("calls")).unwrap_or_default()
    }

    /// Sets up on it; gives the exit code and what was said about it.
    fn set_up(&self) -> (Option<i32>, String) {
        let test = Path::new(env!("CARGO_MANIFEST_DIR")).join("test");
        let mut command = Command::new(self.at("bash"));
        command.arg(test).arg("--set-up").env_clear().env("PATH", self.folder.path());
        let output = command.output().expect("it runs");
        (output.status.code(), String::from_utf8(output.stderr).expect("UTF-8"))
    }
}

#[test]
fn what_is_missing_is_named_for_every_system_where_nothing_may_be_installed() {
    let machine = Machine::new("1000");
    machine.notes_calls_of("apt-get");
    let (code, told) = machine.set_up();
    assert_eq!((code, machine.calls().as_str()), (Some(1), ""), "{told}");
    let line = |start: &str| -> Vec<String> {
        let found =
            told.lines().find_map(|line| line.trim_start().strip_prefix(start)).unwrap_or_else(|| panic!("{told}"));
        found.split_whitespace().map(str::to_owned).collect()
    };
    for (start, packages) in [
        ("test: not found:", ["git", "cc", "strace", "npm", "python3-venv"]),
        ("sudo apt-get install", ["git", "gcc", "libc6-dev", "strace", "openssh-client"]),
        ("sudo dnf install", ["git", "gcc", "strace", "openssh-clients", "nodejs-npm"]),
        ("sudo pacman -S", ["git", "gcc", "strace", "openssh", "npm"]),
        ("brew install", ["git", "gcc", "openssh", "python", "node"]),
    ] {
        let named = line(start);
        assert!(packages.iter().all(|package| named.contains(&(*package).to_owned())), "{start}: {named:?}");
    }
    let brew = line("brew install").join(" ");
    assert!(brew.contains(" # there is no strace"), "{brew}");
}

#[test]
fn what_is_missing_is_installed_by_root_and_by_whoever_may_become_it() {
    for user in ["0", "1000"] {
        let machine = Machine::new(user);
        machine.notes_calls_of("apt-get");
        if user != "0" {
            machine.script("sudo", "[ \"$1\" = -n ] && shift && [ \"$1\" = true ] && exit 0; exec \"$@\"");
        }
        // Nothing comes of this installing, so it has to say so.
        let (code, told) = machine.set_up();
        assert!(code == Some(1) && told.contains("test: not found: git "), "{told}");
        let calls = machine.calls();
        let calls: Vec<&str> = calls.lines().collect();
        let [update, install] = calls.as_slice() else { panic!("{calls:?}\n{told}") };
        assert_eq!(*update, "apt-get update -q");
        assert!(install.starts_with("apt-get install -q -y --no-install-recommends "), "{install}");
        assert!([" strace", " npm", " gcc", " libc6-dev"].iter().all(|package| install.contains(package)), "{install}");
    }
}

#[test]
fn without_cargo_it_says_where_rust_is() {
    let machine = Machine::new("0");
    fs::remove_file(machine.at("cargo")).expect("gone");
    let (code, told) = machine.set_up();
    assert_eq!((code, told.as_str()), (Some(1), "test: there is no cargo: install Rust, see https://rustup.rs\n"));
}
