//! The message and the file of a commit that plain git makes, and who else writes into them: whatever comes, the seal is the last
//! line and the file in its one form, or the person is told who came behind and what to type.

mod common;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use common::{Output, Person, World};

/// Like Gerrit's hook: puts a Change-Id into messages that have none, and has a trap of its own.
const CHANGE_ID: &str = "#!/bin/sh\nset -u\ndest=\"$1.tmp\"\ntrap 'rm -f \"$dest\"' EXIT\n\
    ! grep -q '^Change-Id: I' \"$1\" || exit 0\n\
    git interpret-trailers --trailer \"Change-Id: I$(git hash-object \"$1\")\" <\"$1\" >\"$dest\" || exit 1\nmv \"$dest\" \"$1\"\n";

/// Signs off at the very end, whatever stands there, and is not to be reached by anything behind it.
const SIGNS_OFF: &str =
    "#!/bin/sh\ngrep -q ^Signed-off-by: \"$1\" || exec sed -i '$a Signed-off-by: Al <a@b>' \"$1\"\n";

/// The same in a language that takes no line of a shell's.
const IN_ANOTHER_LANGUAGE: &str = "#!/usr/bin/awk -f\n\
    BEGIN { file = ARGV[1]; system(\"grep -q ^Reviewed: \" file \" || echo Reviewed: yes >>\" file); exit }\n";

/// Alice, alone in a group.
struct Alice {
    world: World,
    alice: Person,
    log: PathBuf,
}

impl Alice {
    fn joined() -> Self {
        let world = World::new();
        let alice = world.group("Alone", &["alice"]).remove(0);
        let log = world.join(&alice);
        Self { world, alice, log }
    }

    fn types(&self, typed: &str) -> Output {
        self.world.run_in(&self.alice, &self.log, &["sh", "-c", typed])
    }

    fn hook(&self, name: &str) -> PathBuf {
        self.log.join(".git/hooks").join(name)
    }

    /// Stages a draft that may be signed.
    fn drafts(&self) {
        self.types(
            "bicker draft proposal >/dev/null && f=$(ls -d steps/*/r0/proposal.md | tail -n 1) &&
            printf '# Plain\n\nText.\n' >$f && git add steps",
        )
        .success();
    }

    /// The message of the newest entry, whose seal must count.
    fn message(&self) -> String {
        self.types("git push -q && bicker verify >/dev/null").success();
        let message = self.types("git log -1 --format=%B").success().stdout().trim_end().to_owned();
        assert!(message.lines().last().is_some_and(|last| last.starts_with("Bicker-Seal: ")), "{message}");
        message
    }

    fn commits(&self, typed: &str) -> String {
        self.drafts();
        self.types(typed).success();
        self.message()
    }
}

fn put(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(path, text).expect("a hook");
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("an executable");
}

/// The commands that a refusal gives to type, in order.
fn commands(said: &Output) -> Vec<String> {
    let hints = said.stderr().lines().filter_map(|line| line.strip_prefix("hint: "));
    hints.map(|hint| hint.rsplit_once(": ").expect("a command").1.to_owned()).collect()
}

#[test]
fn a_hook_with_bickers_line_may_add_what_it_likes() {
    for (hook, trailer) in [(CHANGE_ID, "\nChange-Id: I"), (SIGNS_OFF, "\nSigned-off-by: Al <a@b>\n")] {
        for shell in ["sh", "bash", "dash"] {
            let alice = Alice::joined();
            put(&alice.hook("commit-msg"), &hook.replacen("/bin/sh", &format!("/usr/bin/env {shell}"), 1));
            alice.types("bicker hooks install --append").success();
            let message = alice.commits("git commit -q -m mine");
            assert!(message.starts_with("mine\n\n") && message.contains(trailer), "{message}");
            assert_eq!((message.matches("Bicker-Seal").count(), message.matches(trailer).count()), (1, 1), "{message}");
        }
    }
}

#[test]
fn a_hook_with_bickers_line_runs_once_and_may_refuse() {
    let alice = Alice::joined();
    put(
        &alice.hook("commit-msg"),
        "#!/bin/sh\necho once >>../marks\ngrep -q JIRA \"$1\" || { echo no number >&2; exit 7; }\n",
    );
    alice.types("bicker hooks install --append").success();
    alice.drafts();
    let refused = alice.types("git commit -q -m mine");
    assert_eq!(refused.failure(1).stderr(), "no number\n");
    alice.types("git commit -q -m 'JIRA-1'").success();
    assert_eq!(fs::read_to_string(alice.alice.home.join("marks")).expect("marks"), "once\nonce\n");
    alice.message();
}

#[test]
fn a_hook_that_a_manager_starts_by_itself_may_add_what_it_likes() {
    // As husky does it: a file that is not executable, in a folder beside the one where git looks.
    let alice = Alice::joined();
    put(&alice.log.join(".husky/_/commit-msg"), "#!/usr/bin/env sh\n. \"$(dirname \"$0\")/h\"");
    let runs = "#!/usr/bin/env sh\nfile=$(dirname \"$(dirname \"$0\")\")/$(basename \"$0\")\n[ -f \"$file\" ] || exit 0\nsh -e \"$file\" \"$@\"\nexit $?\n";
    put(&alice.log.join(".husky/_/h"), runs);
    put(&alice.log.join(".husky/commit-msg"), &CHANGE_ID.replacen("#!/bin/sh\n", "", 1));
    fs::set_permissions(alice.log.join(".husky/commit-msg"), fs::Permissions::from_mode(0o644)).expect("a mode");
    alice.types("git config core.hooksPath .husky/_ && bicker hooks install --append").success();
    assert!(alice.commits("git commit -q -m mine").contains("\nChange-Id: I"));
}

#[test]
fn in_a_chain_the_others_come_before_the_seal() {
    for (hook, trailer) in [(CHANGE_ID, "\nChange-Id: I"), (IN_ANOTHER_LANGUAGE, "\nReviewed: yes\n")] {
        let alice = Alice::joined();
        put(&alice.hook("commit-msg"), hook);
        alice.types("bicker hooks install --chain").success();
        assert!(alice.commits("git commit -q -m mine").contains(trailer));
    }
}

#[test]
fn a_hook_in_the_place_of_bickers_is_named_and_what_is_told_helps() {
    for (hook, how) in [(CHANGE_ID, "--append"), (IN_ANOTHER_LANGUAGE, "--chain")] {
        let alice = Alice::joined();
        put(&alice.hook("commit-msg"), hook);
        alice.drafts();
        let refused = alice.types("git commit -q -m mine");
        let (said, file) = (refused.failure(128).stderr(), alice.hook("commit-msg"));
        assert!(
            said.starts_with("error: not signed: the message has no seal, because git did not run bicker's hook"),
            "{said}"
        );
        assert!(
            said.contains(&format!("\n  caused by: a hook of your own stands in its place: {}\n", file.display())),
            "{said}"
        );
        assert_eq!(commands(&refused), [&format!("bicker hooks install {how}"), "git commit"]);
        alice.types(&commands(&refused)[0]).success();
        alice.types("GIT_EDITOR=true git commit -q").success();
        assert!(alice.message().starts_with("proposal for step 1\n"));
    }
}

#[test]
fn a_hook_that_comes_behind_the_seal_is_named_and_what_is_told_helps() {
    // It calls bicker's by itself, and goes on: no line was put there by bicker.
    let calls = "#!/usr/bin/awk -f\nBEGIN { file = ARGV[1]; if (system(\".git/bicker/hooks/commit-msg \" file)) exit 1;\n\
        system(\"grep -q ^Reviewed: \" file \" || echo Reviewed: yes >>\" file); exit }\n";
    for first in [true, false] {
        let alice = Alice::joined();
        put(&alice.hook("commit-msg"), calls);
        alice.drafts();
        let refused = alice.types("git commit -q -m mine");
        let (said, file) = (refused.failure(128).stderr(), alice.hook("commit-msg"));
        let why =
            "error: not signed: the seal has to be the message's last line, and \"Reviewed: yes\" came behind it\n";
        let who =
            format!("  caused by: a hook that git runs after bicker's has changed the message: {}\n", file.display());
        assert!(said.starts_with(&format!("{why}{who}hint: ")), "{said}");
        let [install, again] = &commands(&refused)[..] else { panic!("{said}") };
        // Either helps by itself; the first for good.
        alice.types(if first { install } else { "true" }).success();
        alice.types(again).success();
        assert!(alice.message().starts_with("mine\n\nReviewed: yes\nBicker-Copy: "), "once each");
    }
}

#[test]
fn a_commit_that_skips_the_hooks_is_told_so() {
    let alice = Alice::joined();
    alice.drafts();
    let refused =
        alice.types("bicker fmt steps/*/r0/proposal.md && git add steps && git commit -q --no-verify -m mine");
    let said = refused.failure(128).stderr();
    assert!(
        said.contains("because git did not run bicker's hook commit-msg\nhint: let git run it, without --no-verify"),
        "{said}"
    );
    assert_eq!(commands(&refused), ["git commit", "bicker doctor"]);
    alice.types("GIT_EDITOR=true git commit -q").success();
    alice.message();
}

#[test]
fn what_git_itself_writes_into_a_message_comes_before_the_seal() {
    let sign_off = "Signed-off-by: alice <";
    for (typed, begins, has) in [
        ("git commit -q -s -m mine", "mine\n\n", sign_off),
        ("GIT_EDITOR=true git commit -q -s", "proposal for step ", sign_off),
        ("git commit -q -m mine --trailer 'Acked-by: Bo <b@c>'", "mine\n\n", "\nAcked-by: Bo <b@c>\n"),
        (
            "git -c trailer.where=start -c trailer.ifexists=add commit -q -m mine --trailer Ref=7",
            "mine\n\n",
            "\nRef: 7\n",
        ),
        // The draft's first line stands in its place, as that of any merge would.
        ("echo Why: >../t && GIT_EDITOR='echo short >>' git commit -q -t ../t", "proposal for step ", "\nshort\n"),
        ("git commit -q --cleanup=verbatim -m mine", "mine\n\n", "Bicker-Copy"),
    ] {
        let alice = Alice::joined();
        alice.types("git config user.name alice && git config user.email a@b").success();
        let message = alice.commits(typed);
        assert!(message.starts_with(begins) && message.contains(has), "{typed}: {message}");
    }
}

#[test]
fn a_hook_that_prepares_the_message_goes_on_doing_so() {
    let alice = Alice::joined();
    put(&alice.hook("prepare-commit-msg"), "#!/bin/sh\nsed -i '1s/^/[branch] /' \"$1\"\n");
    alice.types("bicker hooks install --append").success();
    assert!(alice.commits("git commit -q -m mine").starts_with("[branch] mine\n"));
}

#[test]
fn a_hook_that_rewrites_the_file_comes_before_the_form_that_is_signed() {
    let formats = "#!/bin/sh\nfor f in $(git diff --cached --name-only); do sed -i 's/^title: \"\\(.*\\)\"$/title: \\1/' \"$f\" && git add \"$f\"; done\n";
    for how in ["--append", "--chain"] {
        let alice = Alice::joined();
        put(&alice.hook("pre-commit"), formats);
        alice.types(&format!("bicker hooks install {how}")).success();
        alice.commits("git commit -q -m mine");
        let file = alice.types("git status --short; git show HEAD:steps/0001/r0/proposal.md");
        assert_eq!(file.success().stdout(), "---\ntitle: \"Plain\"\n---\n# Plain\n\nText.\n");
    }
}
