//! `bicker doctor` in a real repository: everything that can be broken is broken in turn, doctor must name it with the
//! right weight, and the very command that it prints must put it right, so that afterwards all is well again.

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{Output, Person, World};

/// One line of doctor's with what belongs to it, line breaks undone.
#[derive(Debug)]
struct Line {
    state: String,
    found: String,
    why: String,
    fix: Option<String>,
}

fn lines(page: &str) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let mut in_why = false;
    for row in page.lines() {
        let rest = row.trim_start();
        match (row.len() - rest.len(), lines.last_mut()) {
            (2, _) => {
                let (state, found) = rest.split_once(' ').expect("a state and words");
                let found = found.trim_start().to_owned();
                lines.push(Line { state: state.to_owned(), found, why: String::new(), fix: None });
                in_why = false;
            }
            (11.., Some(line)) => match rest.split_once(": ") {
                Some(("why", why)) => {
                    line.why = why.to_owned();
                    in_why = true;
                }
                Some(("fix" | "next", fix)) => line.fix = Some(fix.to_owned()),
                _ => {
                    let text = if in_why { &mut line.why } else { &mut line.found };
                    *text += " ";
                    *text += rest;
                }
            },
            _ => {}
        }
    }
    lines
}

/// Alice's and Bob's group. Alice has joined, her remote keeps what it is given, and doctor finds nothing.
struct Stage {
    world: World,
    alice: Person,
    log: PathBuf,
}

impl Stage {
    fn new() -> Self {
        let world = World::new();
        let alice = world.person("alice");
        let stage = Self { log: alice.home.join("log"), world, alice };
        let bob = stage.world.person("bob");
        for person in [&stage.alice, &bob] {
            let remote = stage.world.remote(person);
            let remote = remote.to_str().expect("UTF-8");
            let key = person.key().with_extension("pub");
            let argv =
                ["bicker", "card", "--name", &person.name, "--key", key.to_str().expect("UTF-8"), "--remote", remote];
            let card = stage.world.run(person, &argv);
            let file = stage.alice.home.join(format!("{}.card", person.name));
            fs::write(file, card.success().stdout()).expect("written");
        }
        let setup = "bicker charter new --title T alice.card bob.card -o charter.yaml
            bicker join --not-compared --charter charter.yaml --as alice --key .ssh/id_ed25519 --push log
            git -C $REMOTE config receive.denyNonFastForwards true
            git -C $REMOTE config receive.denyDeletes true";
        stage.shell(&stage.alice.home, setup).success();
        stage
    }

    fn shell(&self, folder: &Path, script: &str) -> Output {
        let remote = self.world.remote(&self.alice);
        let script = format!("set -e\nREMOTE={}\n{script}", remote.display());
        self.world.run_in(&self.alice, folder, &["sh", "-c", &script])
    }

    /// Something typed in the log.
    fn types(&self, script: &str) -> Output {
        self.shell(&self.log, script)
    }

    fn doctor(&self, environment: &str) -> Output {
        self.types(&format!("{environment}\nexec bicker doctor"))
    }
}

/// What is broken, how, and what doctor makes of it.
struct Case {
    /// A shell script that breaks it.
    breaks: &'static str,
    /// A shell script before doctor and before the command that it prints.
    environment: &'static str,
    /// The state and the beginning of the line that names it.
    says: &'static str,
    /// What doctor ends with.
    exit: i32,
    /// What mends it, where the command that is printed has a gap to fill.
    mends: Option<&'static str>,
}

const CASE: Case = Case { breaks: "", environment: "", says: "", exit: 1, mends: None };

/// Breaks, looks, mends, and looks again.
fn go_through(stage: &Stage, cases: &[Case]) {
    let well = stage.doctor("").success().stdout().to_owned();
    assert!(lines(&well).iter().all(|line| line.state == "ok"), "{well}");
    for Case { breaks, environment, says, exit, mends } in cases {
        stage.types(breaks).success();
        let ran = stage.doctor(environment);
        let page = ran.failure(*exit).stdout();
        let is_command = |row: &str| row.trim_start().starts_with("fix: ") || row.trim_start().starts_with("next: ");
        let wide: Vec<&str> = page.lines().filter(|row| row.chars().count() > 80 && !is_command(row)).collect();
        let long_word = |row: &&str| row.split_whitespace().any(|word| word.len() > 60);
        assert!(wide.iter().all(long_word), "wider than 80 columns: {wide:?}");
        let found = lines(page);
        let bad = found.iter().filter(|line| ["warning", "wrong"].contains(&line.state.as_str()));
        bad.for_each(|line| assert!(line.fix.is_some() && !line.why.is_empty(), "what, why and a command: {line:?}"));
        let line = found.iter().find(|line| format!("{} {}", line.state, line.found).starts_with(says));
        let line = line.unwrap_or_else(|| panic!("after `{breaks}` no line begins with `{says}`:\n{page}"));
        assert!(!line.why.is_empty(), "it says why: {line:?}");
        let fix = line.fix.as_deref().unwrap_or_else(|| panic!("there is a command for {line:?}"));
        let fix = mends.unwrap_or_else(|| fix.split("   (").next().unwrap_or_default());
        let script = format!("{environment}\n{{ {fix}\n}} >/dev/null\nexec bicker doctor");
        let again = stage.types(&script);
        assert_eq!(again.stdout(), well, "after `{breaks}`, then `{fix}`\n{}", again.stderr());
    }
    stage.doctor("").success();
}

#[test]
fn gits_settings_are_put_right_by_the_command_shown() {
    let local = |breaks, says, exit| Case { breaks, says, exit, ..CASE };
    let cases = [
        local("git config gpg.format openpgp", "wrong gpg.format is openpgp, says .git/config", 1),
        local("git config --unset gpg.format", "wrong gpg.format is not set", 1),
        local("git config commit.gpgSign false", "wrong commit.gpgSign is false", 1),
        local("git config i18n.commitEncoding latin1", "wrong i18n.commitEncoding is latin1", 1),
        local("git config core.autocrlf input", "warning core.autocrlf is input", 0),
        local("git config core.eol crlf", "warning core.eol is crlf", 0),
        local("git config commit.cleanup strip", "warning commit.cleanup is strip", 0),
        local("git config commit.verbose true", "warning commit.verbose is true", 0),
        local("git config pull.ff false", "warning pull.ff is false", 0),
        local("git config pull.rebase merges", "warning pull.rebase is merges", 0),
        local("git config rebase.autoStash true", "warning rebase.autoStash is true", 0),
        local("git config push.default matching", "warning push.default is matching", 0),
        local("git config push.followTags true", "warning push.followTags is true", 0),
        local("git config push.gpgSign true", "warning push.gpgSign is true", 0),
        local("git config --unset user.signingKey", "wrong user.signingKey is not set", 1),
        local("git config user.signingKey /nowhere/key", "warning user.signingKey is not the charter's key", 0),
        local("git config gpg.ssh.allowedSignersFile /nowhere", "warning git does not know the keys of the group", 0),
        local("git config remote.origin.url /elsewhere", "wrong remote.origin.url is /elsewhere", 1),
        local("git config --add remote.origin.url /elsewhere", "wrong remote.origin.url is", 1),
        local(
            "git config remote.bob.url /elsewhere",
            "warning remote.bob.url is /elsewhere, and bicker fetches from",
            0,
        ),
        local("git config remote.origin.push main:other", "wrong remote.origin.push is main:other", 1),
        local(
            "git config remote.origin.pushurl https://me:secret@h/x",
            "wrong remote.origin.pushurl is https://...@h/x",
            1,
        ),
        local("git config url./elsewhere/.insteadOf $REMOTE", "warning git goes to /elsewhere/ instead of", 0),
        local("git config alias.ci 'commit --no-verify'", "warning git ci goes around the hooks", 0),
        local("git config core.fsmonitor /nowhere/monitor", "warning core.fsmonitor runs a program", 0),
        local("git config filter.x.clean nowhere", "warning filter.x.clean runs a program", 0),
        Case {
            breaks: "git config user.name \"$(printf 'alice\\342\\200\\256')\"",
            says: "wrong your name in commits is not allowed in an entry",
            mends: Some("git config user.name alice"),
            ..CASE
        },
        Case {
            breaks: "printf '[commit]\\n gpgSign = false\\n' > ../included; git config include.path ../../included",
            says: "wrong commit.gpgSign is false, says",
            mends: Some("git config --unset include.path"),
            ..CASE
        },
        Case {
            breaks: "git config core.sshCommand 'nowhere ssh'; git config http.extraHeader 'X: secret'",
            says: "warning core.sshcommand, http.extraheader of this repository's own is not used to fetch",
            exit: 0,
            ..CASE
        },
    ];
    go_through(&Stage::new(), &cases);
}

/// A file that the repository's configuration includes is read after what `git config` would set: so the command has to
/// take it away there.
#[test]
fn a_setting_is_mended_where_it_is_said() {
    let stage = Stage::new();
    stage
        .types("printf '[commit]\\n gpgSign = false\\n' > ../included; git config include.path ../../included")
        .success();
    let ran = stage.doctor("");
    let found = lines(ran.failure(1).stdout());
    let line = found.iter().find(|line| line.found.starts_with("commit.gpgSign is false")).expect("named");
    stage.types(line.fix.as_deref().expect("a command")).success();
    stage.doctor("").success();
    let cases = [
        Case {
            environment: "export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=commit.gpgsign GIT_CONFIG_VALUE_0=false",
            says: "wrong commit.gpgSign is false, says the environment or git -c",
            ..CASE
        },
        Case {
            environment: "export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=gpg.ssh.program GIT_CONFIG_VALUE_0=ssh-keygen",
            says: "wrong git has commits signed by ssh-keygen and not by bicker, says the environment",
            ..CASE
        },
        Case {
            breaks: "git config extensions.worktreeConfig true; git config --worktree gpg.format x509",
            says: "wrong gpg.format is x509",
            ..CASE
        },
        Case {
            breaks: "git config -f ../gitconfig url./elsewhere/.pushInsteadOf $REMOTE",
            environment: "export GIT_CONFIG_GLOBAL=$HOME/gitconfig",
            says: "note git pushes to /elsewhere/ instead of",
            exit: 0,
            ..CASE
        },
        Case {
            breaks: "git init -q ../other",
            environment: "export GIT_DIR=$HOME/other/.git",
            says: "wrong the environment sets GIT_DIR",
            ..CASE
        },
        Case { environment: "export GIT_INDEX_FILE=x", says: "wrong the environment sets GIT_INDEX_FILE", ..CASE },
    ];
    go_through(&stage, &cases);
}

#[test]
fn the_choke_point_is_put_right_by_the_command_shown() {
    let case = |breaks, says, exit| Case { breaks, says, exit, ..CASE };
    let cases = [
        case(
            "git config --unset gpg.ssh.program",
            "wrong git has commits signed by ssh-keygen and not by bicker: gpg",
            1,
        ),
        case(
            "git config gpg.ssh.program ssh-keygen",
            "wrong git has commits signed by ssh-keygen and not by bicker, says .git/config",
            1,
        ),
        case("rm .git/bicker/ssh-sign", "wrong $LOG/.git/bicker/ssh-sign, by which git calls bicker, is gone", 1),
        case("chmod -x .git/bicker/ssh-sign", "wrong $LOG/.git/bicker/ssh-sign is not executable", 1),
        case("echo date >> .git/bicker/ssh-sign", "warning $LOG/.git/bicker/ssh-sign is of another version", 0),
        case("printf '#!/bin/sh\\n' > .git/bicker/ssh-sign", "wrong $LOG/.git/bicker/ssh-sign is not the program", 1),
        case(
            "sed -i \"s,^program=.*,program='/nowhere/bicker',\" .git/bicker/ssh-sign",
            "warning git calls a bicker that is gone, /nowhere/bicker",
            0,
        ),
        case(
            "sed -i \"s,^program=.*,program='/bin/sh',\" .git/bicker/ssh-sign",
            "warning git calls another bicker, /bin/sh, than this one",
            0,
        ),
        case("rm .git/hooks/commit-msg", "wrong the hook commit-msg is missing", 1),
        case("chmod -x .git/hooks/pre-push", "wrong the hook pre-push is not executable", 1),
        case("echo date >> .git/hooks/pre-commit", "warning the hook pre-commit is of another version", 0),
        case(
            "sed -i \"s,^bicker=.*,bicker='/bin/sh',\" .git/hooks/post-commit",
            "warning in the hook post-commit, git calls another bicker, /bin/sh",
            0,
        ),
        Case {
            breaks: "printf '#!/bin/sh\\n# bicker hook pre-push\\n' > .git/hooks/pre-push",
            says: "wrong the hook pre-push is a program of your own and does not call bicker",
            mends: Some("rm .git/hooks/pre-push; bicker hooks install"),
            ..CASE
        },
        case("rm .git/hooks/*", "wrong git looks for hooks in $LOG/.git/hooks, and none there calls bicker", 1),
        Case {
            environment: "export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=core.hooksPath GIT_CONFIG_VALUE_0=/nowhere",
            says: "wrong git looks for hooks in /nowhere (core.hooksPath, says the environment or git -c), and none",
            ..CASE
        },
    ];
    let stage = Stage::new();
    // The messages name the folder, which is another one at each run.
    let (log, home) = (stage.log.display().to_string(), stage.alice.home.display().to_string());
    let cases = cases.map(|case| Case { says: case.says.replace("$LOG", &log).replace("$HOME", &home).leak(), ..case });
    go_through(&stage, &cases);
}

/// Where `core.hooksPath` hides bicker's hooks, the command has git find them again, whatever it then looks like.
#[test]
fn hidden_hooks_are_found_again() {
    let stage = Stage::new();
    let global = "export GIT_CONFIG_GLOBAL=$HOME/gitconfig";
    let home = stage.alice.home.display();
    for (breaks, environment, says) in [
        (
            "git config core.hooksPath /dev/null",
            "",
            "git looks for hooks in /dev/null (core.hooksPath, says .git/config)".to_owned(),
        ),
        (
            "mkdir -p ../shared; git config -f ../gitconfig core.hooksPath $HOME/shared",
            global,
            format!("git looks for hooks in {home}/shared (core.hooksPath, says {home}/gitconfig)"),
        ),
        (
            "bicker hooks install --chain; echo date >> .git/bicker/chain/pre-push",
            "",
            "the hook pre-push is not as bicker wrote it".to_owned(),
        ),
        (
            "bicker hooks install --chain; rm .git/bicker/hooks/pre-push",
            "",
            format!("{home}/log/.git/bicker/hooks/pre-push, which is to be called, is gone"),
        ),
    ] {
        stage.types(breaks).success();
        let ran = stage.doctor(environment);
        let found = lines(ran.failure(1).stdout());
        let wrong: Vec<&Line> = found.iter().filter(|line| line.state == "wrong").collect();
        assert!(wrong.len() == 1 && wrong[0].found.starts_with(&says), "after `{breaks}`: {found:?}");
        let fix = wrong[0].fix.as_deref().expect("a command");
        let ran = stage.types(&format!("{environment}\n{{ {fix}\n}} >/dev/null 2>&1\nexec bicker doctor"));
        let found = lines(ran.success().stdout());
        assert!(found.iter().all(|line| ["ok", "note"].contains(&line.state.as_str())), "after `{fix}`: {found:?}");
        let leave = "git config --unset core.hooksPath || true; git config --unset bicker.hooksBefore || true; bicker hooks install";
        stage.types(leave).success();
    }
}

#[test]
fn hooks_of_ones_own_are_read_and_not_run() {
    let stage = Stage::new();
    stage
        .types("printf '#!/bin/sh\\ntouch $HOME/ran\\n' > .git/hooks/pre-push; chmod +x .git/hooks/pre-push")
        .success();
    let ran = stage.doctor("");
    let found = lines(ran.failure(1).stdout());
    let line = found.iter().find(|line| line.state == "wrong").expect("it does not call bicker");
    assert_eq!(line.fix.as_deref(), Some("bicker hooks install --append"));
    stage.types("bicker hooks install --append").success();
    let ran = stage.doctor("");
    let page = ran.success().stdout();
    assert!(
        lines(page).iter().any(|line| line.state == "note" && line.found.ends_with("a line for bicker: pre-push")),
        "{page}"
    );
    assert!(!stage.alice.home.join("ran").exists(), "doctor ran a hook of the person's own");
}

#[test]
fn the_key_is_put_right_by_the_command_shown() {
    let case = |breaks, says, exit, mends| Case { breaks, says, exit, mends, ..CASE };
    let key = "$HOME/.ssh/id_ed25519";
    let cases = [
        case("chmod 644 ~/.ssh/id_ed25519", "wrong KEY is open to other users (mode 644)", 1, None),
        case("chmod 620 ~/.ssh/id_ed25519", "wrong KEY is open to other users (mode 620)", 1, None),
        case("git config bicker.key /nowhere", "wrong cannot read the key /nowhere", 1, None),
        case("git config --unset bicker.key", "wrong this repository does not name your key", 1, None),
        case(
            "ssh-keygen -q -t ed25519 -N '' -f ../other; git config bicker.key $HOME/other",
            "wrong $HOME/other is not the charter's key",
            1,
            None,
        ),
        case(
            "echo nonsense > ../bad; git config bicker.key $HOME/bad",
            "wrong $HOME/bad is not an OpenSSH key",
            1,
            Some("git config bicker.key ~/.ssh/id_ed25519"),
        ),
        // Only the public half is there, and no agent.
        case(
            "cp ~/.ssh/id_ed25519.pub ../only.pub; git config bicker.key $HOME/only.pub",
            "wrong the private key is in no file beside the public one, and there is no ssh agent: SSH_AUTH_SOCK is not set",
            1,
            None,
        ),
    ];
    let stage = Stage::new();
    let home = stage.alice.home.display().to_string();
    let cases = cases.map(|case| Case { says: case.says.replace("KEY", key).replace("$HOME", &home).leak(), ..case });
    go_through(&stage, &cases);
}

/// A key behind a passphrase: with an agent that holds it, one that does not, one that is gone, and none.
#[test]
fn the_agent_is_asked_for_the_key() {
    let stage = Stage::new();
    stage.types("ssh-keygen -q -p -P '' -N secret -f ~/.ssh/id_ed25519").success();
    let state = |script: &str, exit: i32| {
        let ran = stage.types(script);
        let all = lines(ran.failure(exit).stdout());
        let line = all.into_iter().find(|line| line.found.contains("agent")).expect("a line on the agent");
        (line.state, line.found, line.fix.unwrap_or_default())
    };
    let (kind, found, fix) = state("exec bicker doctor", 0);
    assert!(kind == "note" && found.contains("there is no ssh agent: SSH_AUTH_SOCK is not set"), "{found}");
    assert!(fix.starts_with("eval \"$(ssh-agent)\" && ssh-add "), "{fix}");
    let (kind, found, _) = state("SSH_AUTH_SOCK=/nowhere exec bicker doctor", 0);
    assert!(kind == "note" && found.contains("there is no ssh agent: Error connecting to agent"), "{found}");
    // The agent ends with the shell that started it.
    let agent = "eval \"$(ssh-agent -a $HOME/agent$$)\" >/dev/null; trap 'kill $SSH_AGENT_PID' EXIT\n";
    let (kind, found, fix) = state(&format!("{agent}bicker doctor"), 0);
    assert!(kind == "note" && found.contains("the ssh agent does not hold it"), "{found}");
    assert!(fix.starts_with("ssh-add "), "{fix}");
    let asks = "printf '#!/bin/sh\\necho secret\\n' > ~/ask; chmod +x ~/ask\n";
    let add = "SSH_ASKPASS_REQUIRE=force SSH_ASKPASS=$HOME/ask ssh-add -q ~/.ssh/id_ed25519\n";
    let (kind, found, _) = state(&format!("{asks}{agent}{add}bicker doctor"), 0);
    assert_eq!((kind.as_str(), found.as_str()), ("ok", "the ssh agent holds the private key and signs with it"));
}

#[test]
fn the_repository_is_put_right_by_the_command_shown() {
    let case = |breaks, says, exit| Case { breaks, says, exit, ..CASE };
    let with = |breaks, says, exit, mends| Case { breaks, says, exit, mends: Some(mends), ..CASE };
    let cases = [
        case("git replace HEAD HEAD^", "warning git shows other objects in place of 1", 0),
        case("git switch -q -c other", "warning other is checked out, and your log is main", 0),
        with("git switch -q --detach", "warning no branch is checked out", 0, "git switch -q main"),
        case("git bisect start -q || git bisect start", "warning git is in the middle of a bisect", 0),
        case("git config remote.origin.promisor true", "wrong this is a partial clone (remote.origin.promisor)", 1),
        case(
            "git clone -q --bare . ../spare; echo $HOME/spare/objects > .git/objects/info/alternates",
            "warning objects of your log may be in another repository",
            0,
        ),
        with(
            "echo /nowhere > .git/objects/info/alternates",
            "wrong objects of your log may be in another repository, /nowhere, which is gone",
            1,
            "rm .git/objects/info/alternates",
        ),
        with(
            "git config bicker.name carol",
            "wrong the charter has no researcher carol",
            1,
            "git config bicker.name alice",
        ),
        case("echo x >> .git/bicker/charter.yaml", "wrong the charter of this log cannot be used", 1),
        case("rm .git/bicker/charter.yaml", "wrong the charter of this log cannot be used", 1),
        case(
            "sed -i 's/title: .*/title: \"Other\"/' .git/bicker/charter.yaml",
            "wrong the charter of this log cannot be used",
            1,
        ),
        with(
            "git config bicker.format 9",
            "wrong the charter of this log cannot be used",
            1,
            "git config bicker.format 1",
        ),
        case(
            "echo '* filter=x' > .git/info/attributes",
            "warning git would change what you commit: the attribute filter=x",
            0,
        ),
        case(
            "echo '* text=auto' > .git/info/attributes",
            "warning git would change what you commit: the attribute text=auto",
            0,
        ),
        with("mv .git/bicker/journal ../journal", "wrong the journal", 1, "mv ../journal .git/bicker/journal"),
        case("git rev-parse HEAD > .git/MERGE_HEAD", "warning git is in the middle of a merge", 0),
    ];
    go_through(&Stage::new(), &cases);
}

#[test]
fn what_is_under_way_is_named() {
    let stage = Stage::new();
    stage.types("bicker draft proposal").success();
    let ran = stage.doctor("");
    let page = ran.success().stdout();
    let draft = lines(page).into_iter().find(|line| line.state == "note").expect("a draft");
    assert_eq!(draft.found, "a draft is started and not committed: steps/0001/r0/proposal.md");
    stage.types(draft.fix.as_deref().expect("a command")).success();
    stage.types("rm -r steps .git/bicker/laid-down .git/MERGE_MSG").success();
    // git cannot move the branch, so the entry is signed and in no log.
    stage.types("touch .git/refs/heads/main.lock; echo Text. > ../text; ! bicker propose --title T --file ../text; rm .git/refs/heads/main.lock").success();
    let ran = stage.doctor("");
    let found = lines(ran.success().stdout());
    let waiting = found.iter().find(|line| line.state == "warning").expect("it waits");
    assert_eq!(waiting.found, "an entry was started and not finished: steps/0001/r0/proposal.md");
    stage.types(waiting.fix.as_deref().expect("a command")).success();
    let damaged = "sed -i '1s/^1 /2 /' .git/bicker/journal";
    stage.types(&format!("rm -f .git/bicker/drafts/*; bicker doctor; {damaged}")).success();
    let ran = stage.doctor("");
    let found = lines(ran.failure(1).stdout());
    assert!(
        found
            .iter()
            .any(|line| line.state == "wrong" && line.found.contains("line 1 of") && line.found.contains("is damaged")),
        "{found:?}"
    );
}

#[test]
fn a_remote_is_judged_by_what_it_shows() {
    let stage = Stage::new();
    let line = |exit: i32, begins: &str| {
        let ran = stage.doctor("");
        let page = ran.failure(exit).stdout().to_owned();
        let found = lines(&page).into_iter().find(|line| format!("{} {}", line.state, line.found).contains(begins));
        found.unwrap_or_else(|| panic!("no line with `{begins}`:\n{page}"))
    };
    // Behind.
    stage.types("echo Text. > ../text; bicker propose --title T --file ../text").success();
    let behind = line(0, "1 entry here is not published");
    assert_eq!((behind.state.as_str(), behind.fix.as_deref()), ("warning", Some("bicker sync")));
    stage.types("bicker sync").success();
    line(0, "ok your remote");
    // Another copy has signed something.
    stage.types("cp -r . ../copy; cd ../copy; bicker criticize alice --stance suggest --reason no 2>/dev/null || bicker abandon --reason Enough. --push").success();
    let lost = line(1, "wrong this copy of your log lacks entries that you have signed");
    stage.types(lost.fix.as_deref().expect("a command")).success();
    line(0, "all that is in your log here is published");
    // It takes everything.
    stage.types("git -C $REMOTE config receive.denyDeletes false").success();
    let takes = line(0, "warning it accepts forced pushes or deletions");
    stage.types(takes.fix.as_deref().expect("a command")).success();
    line(0, "ok it refuses what would not count, forced pushes and deletions");
    // It shows something that is no entry.
    let junk = "id=$(git -C $REMOTE -c user.name=x -c user.email=x commit-tree -p main -m junk main^{tree}); git -C $REMOTE update-ref refs/heads/main $id";
    stage.types(&format!("cp -r $REMOTE ../saved; {junk}")).success();
    let unsigned = line(1, "wrong unsigned: ");
    assert_eq!(unsigned.fix.as_deref(), Some("bicker verify"));
    assert_eq!(line(1, "which is not an entry of yours").fix.as_deref(), Some("bicker heal"));
    // It shows nothing any more.
    stage.types("git -C $REMOTE update-ref -d refs/heads/main").success();
    line(0, "answers and has no branch yet");
    // It is of the other format, or gone.
    stage.types("rm -rf $REMOTE; git init -q --bare --object-format=sha256 $REMOTE").success();
    line(1, "keeps its objects as sha256");
    let in_it = "git clone -q $REMOTE ../x 2>/dev/null; cd ../x; git -c user.name=x -c user.email=x commit -q --allow-empty -m x";
    stage.types(&format!("{in_it}; git push -q origin HEAD:main")).success();
    let refused = line(1, "wrong what your remote sent was refused");
    assert!(refused.why.contains("sha1"), "{refused:?}");
    stage.types("rm -rf $REMOTE").success();
    line(1, "is not a git repository");
    let unreached = line(1, "unknown your remote");
    assert!(unreached.fix.as_deref().is_some_and(|fix| fix.starts_with("git ls-remote /")), "{unreached:?}");
    stage.types("mv ../saved $REMOTE").success();
    line(0, "all that is in your log here is published");
    // Somebody else's.
    stage.types("mv $(dirname $REMOTE)/bob.git ../bob.git").success();
    let other = line(0, "warning the remote of bob could not be reached");
    assert!(other.why.contains("nothing unusual"), "{other:?}");
}

#[test]
fn what_ails_the_log_is_mended_by_the_command_shown() {
    let unsigned = "git -c commit.gpgSign=false commit -q --no-verify --allow-empty -m x";
    let stage = Stage::new();
    stage.types(unsigned).success();
    let offline = stage.types("exec bicker doctor --offline");
    let found = lines(offline.failure(1).stdout());
    assert!(found.iter().any(|line| line.found.starts_with("your branch ends with")), "{found:?}");
    stage.types("bicker heal").success();
    go_through(&stage, &[Case { breaks: unsigned, says: "wrong your branch ends with what is not an entry", ..CASE }]);
    stage.types("rm .git/bicker/journal; rm -f .git/bicker/drafts/*").success();
    let ran = stage.doctor("");
    let found = lines(ran.failure(1).stdout());
    let gone = found.iter().find(|line| line.found.starts_with("the journal")).expect("it is gone");
    stage.types(gone.fix.as_deref().expect("a command")).success();
    let ran = stage.doctor("");
    let found = lines(ran.success().stdout());
    assert!(
        found.iter().any(|line| line.state == "note"
            && line.found.starts_with("this copy of your log does not know what you may have signed")),
        "{found:?}"
    );
}

#[test]
fn what_was_not_asked_is_not_known() {
    let stage = Stage::new();
    let ran = stage.types("rm -rf $REMOTE/../bob.git; exec bicker doctor --offline");
    let found = lines(ran.failure(3).stdout());
    let unknown: Vec<&Line> = found.iter().filter(|line| line.state == "unknown").collect();
    assert_eq!(unknown.len(), 1);
    assert_eq!(unknown[0].found, "your remote was not asked (--offline)");
    assert!(!found.iter().any(|line| line.found.contains("bob")), "no remote was asked");
}

#[test]
fn a_clock_that_is_behind_is_only_a_warning() {
    let stage = Stage::new();
    let commit =
        "bicker draft proposal; printf -- '---\\ntitle: T\\n---\\nText.\\n' > steps/0001/r0/proposal.md; git add steps
        GIT_AUTHOR_DATE='@4102444800 +0000' GIT_COMMITTER_DATE='@4102444800 +0000' git commit -q -m later; git push -q";
    stage.types(commit).success();
    let ran = stage.doctor("");
    let found = lines(ran.success().stdout());
    let clock =
        found.iter().find(|line| line.found.starts_with("newest entries are dated in the future")).expect("a line");
    assert_eq!(clock.state, "warning");
}

/// Whoever can write a repository's configuration must not be able to have doctor run anything.
#[test]
fn nothing_that_the_configuration_names_is_run() {
    let stage = Stage::new();
    let trap = stage.alice.home.join("trap");
    fs::write(&trap, "#!/bin/sh\ntouch \"$HOME/sprung\"\nexit 1\n").expect("written");
    stage.types("chmod +x ../trap").success();
    let springs = [
        "git config core.fsmonitor $HOME/trap; git update-index --fsmonitor",
        "git config core.sshCommand $HOME/trap",
        "git config core.gitProxy $HOME/trap",
        "git config core.askPass $HOME/trap",
        "git config core.pager $HOME/trap; git config pager.config true",
        "git config core.editor $HOME/trap",
        "git config core.alternateRefsCommand $HOME/trap",
        "git config credential.helper $HOME/trap",
        "git config filter.x.clean $HOME/trap; git config filter.x.process $HOME/trap; echo '* filter=x' > .git/info/attributes; touch join.md",
        "git config diff.external $HOME/trap",
        "git config gpg.program $HOME/trap; git config gpg.ssh.program $HOME/trap",
        "git config gpg.ssh.defaultKeyCommand $HOME/trap; git config --unset user.signingKey",
        "git config gpg.format openpgp; git config gpg.openpgp.program $HOME/trap",
        "cp ../trap .git/bicker/ssh-sign",
        "sed -i \"s,^program=.*,program='$HOME/trap',\" .git/bicker/ssh-sign",
        "for hook in .git/hooks/*; do cp ../trap $hook; done",
        "sed -i \"s,^bicker=.*,bicker='$HOME/trap',\" .git/hooks/* .git/bicker/hooks/*",
        "cp ../trap .git/hooks/commit-msg; bicker hooks install --chain",
        "printf '#!/bin/sh\\n. .git/bicker/hooks/commit-msg || exit\\n~/trap\\n' > .git/hooks/commit-msg",
        "mkdir ../hooks; cp ../trap ../hooks/commit-msg; git config core.hooksPath $HOME/hooks",
        "git config hook.x.command $HOME/trap; git config hook.x.event commit-msg",
        "git config alias.config \"!$HOME/trap\"; git config alias.hook \"!$HOME/trap\"",
        "git config remote.origin.uploadpack $HOME/trap; git config remote.origin.receivepack $HOME/trap",
        "git config remote.origin.url \"ext::$HOME/trap\"; git config protocol.ext.allow always",
        "printf '[core]\\n fsmonitor = %s\\n' $HOME/trap > ../inc; git config include.path $HOME/inc",
    ];
    stage.types("cp -r . ../spare").success();
    for spring in springs {
        stage.types(&format!("{spring}; rm -f ~/sprung")).success();
        let ran = stage.doctor("");
        assert!(matches!(ran.code(), Some(0 | 1)), "{spring}: {}{}", ran.stdout(), ran.stderr());
        assert!(!stage.alice.home.join("sprung").exists(), "doctor ran what the configuration names: {spring}");
        stage.shell(&stage.alice.home, "rm -rf log hooks; cp -r spare log").success();
    }
    stage.doctor("").success();
    // The trap does spring where git is used in the usual way.
    stage.types("git config core.fsmonitor $HOME/trap; git status").success();
    assert!(stage.alice.home.join("sprung").exists());
}

#[test]
fn a_dry_run_leaves_nothing_behind() {
    let stage = Stage::new();
    let all = "git for-each-ref; git count-objects -v | grep -v size; git status --porcelain; git reflog; cat .git/bicker/journal; \
               find .git/bicker ../ -maxdepth 1 | sort; ls -A \"$TMPDIR\"";
    let before = stage.types(all).success().stdout().to_owned();
    stage.doctor("").success();
    assert_eq!(stage.types(all).success().stdout(), before);
}

#[test]
fn places_that_are_no_log_are_told_apart() {
    let stage = Stage::new();
    let home = &stage.alice.home;
    let observer = |folder: &Path, begins: &str| {
        let ran = stage.shell(folder, "exec bicker doctor");
        let page = ran.success().stdout().to_owned();
        let found = lines(&page);
        assert!(found.iter().any(|line| line.state == "ok" && line.found.contains(begins)), "{page}");
        assert!(found.iter().any(|line| line.fix.as_deref() == Some("bicker verify --charter charter.yaml")), "{page}");
    };
    observer(home, "you are not in a git repository");
    observer(&stage.world.remote(&stage.alice), "not a researcher's log");
    stage.shell(home, "git init -q plain").success();
    observer(&home.join("plain"), "not a researcher's log");
    // What was a log once is judged as one.
    stage.types("git rev-parse HEAD^ > .git/shallow").success();
    let ran = stage.doctor("");
    let found = lines(ran.failure(1).stdout());
    let shallow = found.iter().find(|line| line.state == "wrong").expect("it is shallow");
    assert!(
        shallow.found.contains("is shallow") && shallow.fix.as_deref() == Some("git fetch --unshallow"),
        "{shallow:?}"
    );
    let ran = stage.shell(home, "HOME= XDG_STATE_HOME= exec bicker doctor");
    let page = ran.success().stdout();
    assert!(page.contains("there is no home directory to keep what is fetched in"), "{page}");
}

#[test]
fn a_machine_without_the_tools_is_told_what_to_install() {
    let stage = Stage::new();
    let ran = stage.types("bicker=$(readlink -f \"$(command -v bicker)\"); PATH=/nowhere exec \"$bicker\" doctor");
    let found = lines(ran.failure(1).stdout());
    let wrong: Vec<(&str, Option<&str>)> = found
        .iter()
        .filter(|line| line.state != "ok")
        .map(|line| (line.found.as_str(), line.fix.as_deref().and_then(|fix| fix.split("   ").next())))
        .collect();
    assert!(
        wrong
            .iter()
            .any(|(found, fix)| found.starts_with("git is not installed") && *fix == Some("sudo apt install git")),
        "{wrong:?}"
    );
    assert!(
        wrong
            .iter()
            .any(|(found, fix)| found.starts_with("ssh-keygen is not")
                && *fix == Some("sudo apt install openssh-client")),
        "{wrong:?}"
    );
    // An old git says so itself.
    let old = "mkdir ../old; printf '#!/bin/sh\\n[ \"$1\" = version ] && echo git version 2.25.1 || exec /usr/bin/git \"$@\"\\n' > ../old/git
        chmod +x ../old/git; PATH=$HOME/old:$PATH exec bicker doctor";
    let ran = stage.types(old);
    let found = lines(ran.failure(1).stdout());
    assert!(
        found.iter().any(|line| line.state == "wrong" && line.found == "git 2.25 is too old: 2.34 or later is needed"),
        "{found:?}"
    );
}
