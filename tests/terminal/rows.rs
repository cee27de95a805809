//! Command lines: at least one of every command, whatever it may end with.
//!
//! In a line `$HOME` is the home of who types it, `$TITLE`, `$REASON` and `$BAD1` to `$BAD4` are one word each: what
//! others have written, and the ids of commits that are no entries. `$RAW` is what somebody may paste without looking.

/// For whom a command prints.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Form {
    /// For people: bicker's own words, with others' among them.
    Page,
    /// For people: what others have written, in their own lines.
    Text,
    /// For programs, and for renderers of Markdown.
    Data,
}

/// A command line, and what running it takes.
pub(crate) struct Row {
    /// What is typed after `bicker`, words parted by spaces.
    pub(crate) line: &'static str,
    /// What it prints.
    pub(crate) form: Form,
    /// Whether it is run in a copy of the log that is thrown away.
    pub(crate) writes: bool,
    /// Whether it takes so long that two runs are enough.
    pub(crate) takes_long: bool,
}

/// The command of a line.
pub(crate) fn command(line: &str) -> &str {
    line.split(' ').next().unwrap_or_default()
}

const fn reads(line: &'static str) -> Row {
    Row { line, form: Form::Page, writes: false, takes_long: false }
}

const fn texts(line: &'static str) -> Row {
    Row { line, form: Form::Text, writes: false, takes_long: false }
}

const fn data(line: &'static str) -> Row {
    Row { line, form: Form::Data, writes: false, takes_long: false }
}

const fn writes(line: &'static str) -> Row {
    Row { line, form: Form::Page, writes: true, takes_long: false }
}

const fn takes_long(line: &'static str) -> Row {
    Row { line, form: Form::Page, writes: false, takes_long: true }
}

/// All of them.
pub(crate) const ROWS: &[Row] = &[
    data("card --name alice --key $HOME/.ssh/id_ed25519.pub --remote /srv/alice.git"),
    data("card --name alice --key $HOME/.ssh/id_ed25519.pub --remote ext::$TITLE"),
    reads("charter show"),
    reads("charter show --sheet"),
    data("charter show --json"),
    reads("charter show $RAW"),
    data("charter new --title $TITLE $HOME/alice.card"),
    reads("charter new --title $TITLE $HOME/alice.card $HOME/alice.card"),
    reads("charter diff $HOME/charter.yaml $HOME/other.yaml"),
    writes("join --charter $HOME/charter.yaml --as alice --key $HOME/.ssh/id_ed25519 --not-compared again"),
    reads("join --charter $HOME/charter.yaml --as nobody --key $HOME/.ssh/id_ed25519 --not-compared again"),
    reads("join --charter $HOME/charter.yaml --as alice --key $HOME/.ssh/id_ed25519 --expect $TITLE again"),
    reads("status --offline"),
    reads("status"),
    data("status --json --offline"),
    reads("status --short --offline"),
    reads("status --charter $HOME/charter.yaml --cache $HOME/cache"),
    writes("sync --offline --remote-unseen --push"),
    reads("sync --no-write"),
    writes("recover"),
    writes("recover --offline"),
    writes("heal"),
    writes("heal --offline"),
    writes("propose --title $TITLE --file $HOME/text.md --offline --remote-unseen"),
    writes("propose --step 7 --title $TITLE --file $HOME/text.md --offline --remote-unseen"),
    writes("propose --offline --remote-unseen"),
    writes("criticize bob --stance object --reason $REASON --offline --remote-unseen"),
    writes("criticize bob --step 1 --stance object --reason $REASON --offline --remote-unseen"),
    writes("criticize bob --reason $REASON --offline"),
    writes("criticize bob --edit --stance suggest --file $HOME/text.md --offline --remote-unseen"),
    writes("revise --file $HOME/text.md --accept bob --reject carol=$REASON --offline --remote-unseen"),
    writes("revise --no-edit --offline --remote-unseen"),
    writes("vote bob --reason $REASON --offline --remote-unseen"),
    writes("vote --by-reputation --offline --remote-unseen"),
    writes("vote mallory --reason $REASON --offline"),
    writes("vote bob --reason $RAW --offline --remote-unseen"),
    writes("echo --offline --remote-unseen"),
    writes("ratify --offline --remote-unseen"),
    writes("abandon --reason $REASON --offline --remote-unseen"),
    writes("abandon --offline --remote-unseen"),
    writes("ack --offline --remote-unseen"),
    writes("ack"),
    writes("accuse mallory --reason $REASON --offline --remote-unseen"),
    writes("accuse bob --reason $REASON --offline --remote-unseen"),
    writes("news --offline"),
    data("news --json --offline"),
    reads("news --offline --charter $HOME/charter.yaml --cache $HOME/cache"),
    reads("log --offline"),
    reads("log --offline --graph --oneline -5"),
    reads("log --offline --graph"),
    reads("log --offline --no-graph --by mallory"),
    data("log --offline --json"),
    texts("show 1/mallory/proposal --offline"),
    texts("show 1/alice/criticism/mallory --offline"),
    texts("show 1/mallory/revision --offline"),
    texts("show 2/mallory/vote --offline"),
    texts("show bob/accusation/mallory --offline"),
    reads("show 1 --offline"),
    reads("show 1/mallory --offline"),
    texts("show $BAD1 --offline"),
    texts("show $BAD2 --offline"),
    texts("show $BAD3 --offline"),
    texts("show $BAD4 --offline"),
    texts("show $TITLE --offline"),
    data("show 1/mallory/revision --json --offline"),
    reads("show $RAW --offline"),
    texts("diff 1/mallory/proposal 1/mallory/revision --offline"),
    texts("diff 1/mallory/proposal 1/mallory/revision --lines --offline"),
    texts("diff 1/mallory/revision --offline"),
    data("diff 1/mallory/revision --json --offline"),
    reads("criticisms --offline"),
    data("criticisms --json --offline"),
    reads("criticisms --step 1 --offline"),
    texts("document --offline"),
    data("document --notes --offline"),
    reads("document --step 7 --offline"),
    data("document --json --offline"),
    reads("reputation --offline"),
    reads("reputation --explain mallory --offline"),
    data("reputation --json --offline"),
    writes("like mallory"),
    writes("dislike bob"),
    reads("verify --offline"),
    reads("verify"),
    data("verify --offline --format json"),
    data("verify --offline --format junit"),
    data("verify --offline --format sarif"),
    data("verify --offline --format github"),
    writes("proof export mallory -o proof --offline"),
    writes("proof export bob -o proof --offline"),
    reads("proof check $HOME/proof"),
    reads("proof check $HOME"),
    writes("ci init --charter $HOME/charter.yaml --forge forgejo --from 0.1.0 -o job.yml"),
    reads("ci init --forge forgejo --from $TITLE"),
    writes("draft criticism bob --offline --remote-unseen"),
    writes("draft vote mallory --offline --remote-unseen"),
    writes("fmt steps/0001/r0/criticism/mallory.md"),
    writes("fmt charter.yaml"),
    writes("hooks install"),
    reads("remote"),
    reads("remote bob"),
    writes("remote bob /nowhere/bob.git"),
    writes("remote bob --forget"),
    data("remote --json"),
    reads("doctor"),
    reads("doctor --offline"),
    data("doctor --json --offline"),
    takes_long("demo"),
    reads("explain"),
    reads("explain equivocation"),
    reads("explain $TITLE"),
    reads("help"),
    reads("help verify"),
    reads("help findings"),
    reads("help $TITLE"),
    reads("help $RAW"),
    reads("help --$RAW"),
    data("completions bash"),
    data("completions zsh"),
    data("completions fish"),
    reads("completions cobol"),
    reads("completions $RAW"),
    data("man"),
    writes("man -o pages"),
];
