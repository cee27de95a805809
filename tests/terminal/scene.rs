//! Four people, of whom mallory writes what others might trip over, and what alice's bicker prints there.

use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::rows::Row;
use super::screen::Seat;
use crate::common::{Person, World, process};
use crate::pty::sit_at;

/// What people write.
pub(crate) struct Words {
    /// A title, a reason in one line.
    line: &'static str,
    /// A text.
    text: &'static str,
    /// The same text after somebody has revised it.
    revised: &'static str,
}

/// Short words in short lines, some of which take more room than they have characters.
pub(crate) const TAME: Words = Words {
    line: "Of clocks \u{6642}\u{8a08}\u{6642}\u{8a08}\u{6642}\u{8a08}\u{6642}\u{8a08}\u{6642}\u{8a08} \u{1f980}",
    text: "# Clocks\n\nNobody has one.\n",
    revised: "# Clocks\n\nNobody has two.\n",
};

/// The worst that the grammar of section 1.4 lets pass: orders to CI runners and to typesetters, markup, signs of wide,
/// of no and of doubtful width, and a word that fits on no page.
pub(crate) const HOSTILE: Words = Words { line: LINE, text: TEXT, revised: REVISED };

const LINE: &str = "::error:: ##[error] ##vso[task.x]y <script>alert(1)</script> [x](javascript:x) *_`x`_* %0A%0D ]]> \
                    &amp; $(id) `id` e\u{301}\u{302}\u{303}\u{304}\u{489} \u{8ab0}\u{304c}\u{6c7a}\u{3081}\u{308b} \
                    \u{1f469}\u{200d}\u{1f469}\u{200d}\u{1f467} a\u{200b}b\u{ad}c\u{2060}d\u{34f} \u{e0041}\u{fff9}x\u{fffa} \
                    \u{3000}::stop-commands::x \\u{1b}[2J ^[[31m \
                    wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww";

const TEXT: &str = "::error:: first\n\tindented\n<!-- comment --> <b onclick=x>\n%0A::set-output name=a::b\n]]><x>\n\
                    .SH ROFF\n'br\n\\fBbold\\fR\nwide \u{8ab0}\u{304c}\u{6c7a}\u{3081}\u{308b}\ne\u{301}\u{302}\u{489}\n\
                    a\u{200b}b\u{ad}c\u{2060}d\u{e0041}\n```\nnot closed\n--- a\n+++ b\n@@ -1 +1 @@\n<<<<<<<\n=======\n\
                    # vim: set modeline:\n\
                    xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n";

const REVISED: &str = "::error:: second\n\tindented\n<!-- comment --> <i>\n%0A::set-output name=a::c\n]]><x>\n\
                       a\u{200b}b\u{ad}d\u{e0041}\ne\u{301}\u{303}\n";

/// Orders to a terminal, and a mark of direction.
const RAW: &str = "\u{1b}]0;owned\u{7}\u{1b}[2J\u{202e}gnp.exe\u{9b}m";

/// How long one command may take.
const PATIENCE: Duration = Duration::from_secs(120);

const NAMES: [&str; 4] = ["alice", "bob", "carol", "mallory"];

/// One output of a command.
pub(crate) struct Printed {
    /// All of it; on a terminal both outputs together.
    pub(crate) text: String,
    /// Whether these are messages in a file: each is one line, so that programs find it whole.
    pub(crate) is_messages: bool,
}

/// The place, and the ids of what is no entry there.
pub(crate) struct Scene {
    world: World,
    words: &'static Words,
    bad: Vec<String>,
    copies: AtomicUsize,
}

impl Scene {
    /// Nobody is there yet.
    pub(crate) fn empty() -> Self {
        Self { world: World::new(), words: &TAME, bad: Vec::new(), copies: AtomicUsize::new(0) }
    }

    /// One step is final and the second is being worked on; mallory is convicted, and her remote ends with commits
    /// that are no entries.
    pub(crate) fn new(words: &'static Words) -> Self {
        let mut scene = Self { words, ..Self::empty() };
        scene.meet();
        scene.agree_on_a_step();
        scene.begin_another();
        scene.bad = scene.serve_what_is_no_entry();
        scene.prepare_alice();
        scene
    }

    /// The commands that `bicker --help` lists.
    pub(crate) fn commands(&self) -> Vec<String> {
        let alice = self.world.person("alice");
        let help = self.world.run(&alice, &["bicker", "--help"]).success().stdout().to_owned();
        let (_, list) = help.split_once("\nCommands:\n").expect("a list of commands");
        let (list, _) = list.split_once("\n\n").expect("its end");
        let of_line = |line: &str| line.strip_prefix("  ")?.split(' ').next().map(str::to_owned);
        list.lines().filter_map(of_line).filter(|name| !name.is_empty()).collect()
    }

    /// Runs a script as somebody, in their log if they have one. What others may have written is in the environment.
    pub(crate) fn by(&self, name: &str, script: &str) -> String {
        let person = self.world.person(name);
        let log = person.home.join("log");
        let mut command = self.world.command(&person, "sh");
        command
            .args(["-c", &format!("set -e\n{script}\n")])
            .envs([("LINE", self.words.line), ("TEXT", self.words.text), ("REVISED", self.words.revised)])
            .env("REMOTES", self.world.remotes())
            .env("ME", name)
            .current_dir(if log.exists() { &log } else { &person.home });
        let ended = process::run(&mut command, PATIENCE).expect("it ends");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert_eq!(ended.code, Some(0), "{name}: {script}\n{}{}", text(&ended.stdout), text(&ended.stderr));
        text(&ended.stdout)
    }

    fn all(&self, script: &str) {
        for name in NAMES {
            self.by(name, script);
        }
    }

    fn meet(&self) {
        self.all("bicker card --name $ME --key ~/.ssh/id_ed25519.pub --remote \"$REMOTES/$ME.git\" > ../$ME.card");
        self.by("alice", "bicker charter new --title \"$LINE\" ../*.card -o ../charter.yaml");
        self.all("bicker join --charter ../charter.yaml --as $ME --key ~/.ssh/id_ed25519 --not-compared --push log");
        self.all("git config user.name \"$LINE\"; printf '%s' \"$TEXT\" > ../text.md; printf '%s' \"$REVISED\" > ../revised.md");
    }

    fn agree_on_a_step(&self) {
        self.by("mallory", "bicker propose --title \"$LINE\" --file ../text.md --push");
        self.by(
            "alice",
            "bicker criticize mallory --edit --stance suggest --reason \"$LINE\" --file ../revised.md --push",
        );
        self.by("bob", "bicker criticize mallory --stance object --file ../text.md --push");
        self.by("carol", "bicker criticize mallory --stance object --reason \"$LINE\" --push");
        self.by(
            "mallory",
            "bicker revise --title \"$LINE\" --file ../revised.md --accept \"alice=$LINE\" --reject \"bob=$LINE\" \
             --reject \"carol=$LINE\" --push",
        );
        self.all("bicker sync");
        self.all("bicker sync");
    }

    /// Mallory votes twice, and is found out.
    fn begin_another(&self) {
        self.by("bob", "bicker propose --title \"$LINE\" --file ../text.md --push");
        self.by("mallory", "bicker propose --title \"$LINE\" --file ../text.md --push");
        self.by("mallory", "cp -a . ../other; bicker vote mallory --reason \"$LINE\" --push");
        self.by("alice", "bicker vote bob --reason \"$LINE\" --push");
        self.by("carol", "bicker vote bob --reason \"$LINE\" --push");
        self.by("bob", "bicker vote bob --reason \"$LINE\" --push");
        self.by("mallory", "cd ../other; bicker vote bob --reason \"$LINE\" --offline --remote-unseen");
        self.by("mallory", "cd ../other; git push -q --force --no-verify origin main");
        self.by("bob", "bicker accuse mallory --reason \"$LINE\" --push");
        self.by("carol", "bicker criticize bob --edit --stance suggest --reason \"$LINE\" --file ../revised.md --push");
    }

    /// Commits with escapes and marks of direction in message, author, path and file, all of them below her head: one
    /// without a signature and three that she signs by plain git. Gives their ids.
    fn serve_what_is_no_entry(&self) -> Vec<String> {
        let script = r#"
            cd "$REMOTES/mallory.git"
            raw=$(printf '\033]0;owned\007\033[2J\342\200\256gnp.exe\302\233m')
            export GIT_AUTHOR_NAME="$raw" GIT_AUTHOR_EMAIL="$raw" GIT_COMMITTER_NAME="$raw" GIT_COMMITTER_EMAIL="$raw"
            head=$(git rev-parse main)
            tree=$(git rev-parse "main^{tree}")
            signed() { git -c gpg.format=ssh -c user.signingkey="$HOME/.ssh/id_ed25519" commit-tree -S -p "$head" "$@"; }
            file=$(printf '%s\n' "$raw" | git hash-object -w --stdin)
            export GIT_INDEX_FILE="$HOME/index"
            with() { rm -f "$GIT_INDEX_FILE"; git read-tree "$tree"; git update-index --add --cacheinfo "100644,$file,$1"; git write-tree; }
            one=$(printf '%s\n' "$raw" | git commit-tree -p "$head" "$tree")
            two=$(printf '%s\n' "$raw" | signed "$tree")
            export GIT_AUTHOR_NAME=m GIT_AUTHOR_EMAIL=m GIT_COMMITTER_NAME=m GIT_COMMITTER_EMAIL=m
            three=$(printf 'a path\n' | signed "$(with "$raw.md")")
            four=$(printf 'a file\n' | signed "$(with steps/0002/r0/criticism/bob.md)")
            top=$(printf 'x\n' | git commit-tree -p "$head" -p $one -p $two -p $three -p $four "$tree")
            git update-ref refs/heads/main $top
            echo $one $two $three $four"#;
        let ids: Vec<String> = self.by("mallory", script).split_whitespace().map(str::to_owned).collect();
        assert_eq!(ids.len(), 4, "{ids:?}");
        ids
    }

    /// Alice has seen all of it, remembers none of it, and has at hand what the rows name.
    fn prepare_alice(&self) {
        let script = "bicker sync\n\
                      rm .git/bicker/shown\n\
                      cp -a . ../pristine\n\
                      bicker proof export mallory -o ~/proof\n\
                      cp ../../alice.card ../../charter.yaml ..\n\
                      sed 's/^title: .*/title: \"Another\"/' ../charter.yaml > ../other.yaml\n\
                      bicker verify --charter ../charter.yaml --cache ../cache --format json || test $? = 1";
        let report = self.by("alice", script);
        let start = report.find("{\n").expect("a report");
        let report: serde_json::Value = serde_json::from_str(&report[start..]).expect("JSON");
        let found = |id: &str| {
            let mut findings = report["findings"].as_array().expect("findings").iter();
            findings.find(|finding| finding["commits"][0] == id).map(|finding| finding["code"].clone())
        };
        let codes: Vec<_> = self.bad.iter().map(|id| found(id).expect("a finding")).collect();
        assert_eq!(codes, ["malformed", "malformed", "bad-tree", "bad-content"]);
    }

    /// What a row prints on a seat.
    pub(crate) fn run(&self, row: &Row, seat: Seat) -> Vec<Printed> {
        let alice = self.world.person("alice");
        let folder = if row.writes { self.copy(&alice) } else { alice.home.join("log") };
        let mut command = self.world.command(&alice, "bicker");
        command.args(row.line.split(' ').map(|word| self.word(&alice, word))).current_dir(&folder);
        command.env("COLUMNS", seat.width.to_string()).env("TERM", "xterm-256color").env("GIT_PAGER", "cat");
        if !seat.no_color {
            command.env_remove("NO_COLOR");
        }
        let shown = if seat.is_terminal {
            vec![Printed { text: on_a_terminal(&mut command), is_messages: false }]
        } else {
            in_files(&mut command)
        };
        if row.writes {
            std::fs::remove_dir_all(folder).expect("the copy goes");
        }
        shown
    }

    fn word(&self, alice: &Person, word: &str) -> String {
        let mut word = word.replace("$HOME", &alice.home.to_string_lossy());
        for (number, id) in (1..).zip(&self.bad) {
            word = word.replace(&format!("$BAD{number}"), id);
        }
        word.replace("$RAW", RAW).replace("$TITLE", self.words.line).replace("$REASON", self.words.line)
    }

    /// A copy of alice's log. Not of the one in which others are looking about just now: they leave and take away files.
    fn copy(&self, alice: &Person) -> PathBuf {
        let copy = alice.home.join(format!("copy-{}", self.copies.fetch_add(1, Ordering::Relaxed)));
        let done = Command::new("cp").arg("-a").arg(alice.home.join("pristine")).arg(&copy).status().expect("cp runs");
        assert!(done.success(), "{}", copy.display());
        copy
    }
}

/// What is shown on a terminal. Whoever sits there signs what they are shown.
fn on_a_terminal(command: &mut Command) -> String {
    sit_at(command, |screen| screen.ends_with("[n]o: ").then(|| "y\n".to_owned())).screen
}

fn in_files(command: &mut Command) -> Vec<Printed> {
    let ended = process::run(command, PATIENCE).expect("it ends");
    let printed = |bytes, is_messages| Printed { text: String::from_utf8(bytes).expect("UTF-8"), is_messages };
    vec![printed(ended.stdout, false), printed(ended.stderr, true)]
}
