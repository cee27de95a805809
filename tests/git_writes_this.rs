//! What real git and real ssh-keygen write is what the protocol reads, and the other way round (sections 2.commit,
//! 2.signature, 2.tree). A missing tool fails these tests.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bicker::protocol::commit::{Commit, parents_as_git_reads, payload, tree_as_git_reads, with_signature};
use bicker::protocol::id::Digest;
use bicker::protocol::seal;
use bicker::protocol::signature::SshSignature;
use bicker::protocol::tree::{self, Mode, TreeError};
use tempfile::TempDir;

/// An empty home with a key and a repository, and nothing of this machine's settings.
struct World {
    home: TempDir,
}

impl World {
    fn new() -> Self {
        let world = Self { home: TempDir::new().expect("a temporary directory") };
        world.run("ssh-keygen", &["-q", "-t", "ed25519", "-N", "", "-C", "ann", "-f", "key"], b"");
        let signers = format!("ann@example.org {}", world.read("key.pub"));
        fs::write(world.path().join("signers"), signers).expect("the signers");
        world.git(&["init", "-q", "-b", "main"]);
        for (name, value) in [
            ("user.name", "Ann O. Nym"),
            ("user.email", "ann@example.org"),
            ("gpg.format", "ssh"),
            ("user.signingKey", "key"),
            ("gpg.ssh.allowedSignersFile", "signers"),
        ] {
            world.git(&["config", name, value]);
        }
        world
    }

    fn path(&self) -> &Path {
        self.home.path()
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.path().join(file)).expect("a file")
    }

    /// Runs a program to its end and gives what it printed; it must succeed.
    fn run(&self, program: &str, arguments: &[&str], input: &[u8]) -> Vec<u8> {
        let mut child = Command::new(program)
            .args(arguments)
            .current_dir(self.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.path())
            .env("LC_ALL", "C")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_AUTHOR_DATE", "1700000000 +0130")
            .env("GIT_COMMITTER_DATE", "1700000001 -0930")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|e| panic!("{program}: {e}"));
        child.stdin.take().expect("its input").write_all(input).expect("all input taken");
        let output = child.wait_with_output().expect("its end");
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{program} {arguments:?}: {complaint}");
        output.stdout
    }

    fn git(&self, arguments: &[&str]) -> Vec<u8> {
        self.run("git", arguments, b"")
    }

    /// git's answer in one line.
    fn git_line(&self, arguments: &[&str], input: &[u8]) -> String {
        String::from_utf8(self.run("git", arguments, input)).expect("text").trim_end().to_owned()
    }

    /// The 32 bytes of the key, from its public file.
    fn key(&self) -> Vec<u8> {
        let public = self.read("key.pub");
        let blob = STANDARD.decode(public.split(' ').nth(1).expect("a key")).expect("base64");
        blob[blob.len() - 32..].to_vec()
    }
}

/// A repository with an unsigned root, a signed commit on it, and the raw bytes of the latter.
fn signed_by_git(message: &str) -> (World, Vec<u8>) {
    let world = World::new();
    world.git(&["commit", "-q", "--allow-empty", "-m", "root"]);
    world.git(&["commit", "-q", "--allow-empty", "-S", "-m", message]);
    let raw = world.git(&["cat-file", "commit", "HEAD"]);
    (world, raw)
}

#[test]
fn git_commit_with_an_ssh_key_writes_a_well_formed_commit() {
    let (world, raw) = signed_by_git("Words\n\nMore words: ü\n");
    let commit = Commit::parse(&raw).expect("a well-formed commit");
    assert_eq!(commit.author.to_string(), "Ann O. Nym <ann@example.org> 1700000000 +0130");
    assert_eq!(commit.committer.to_string(), "Ann O. Nym <ann@example.org> 1700000001 -0930");
    assert_eq!(commit.message, "Words\n\nMore words: ü\n");
    assert_eq!(commit.parents, parents_as_git_reads(&raw));
    assert_eq!(Some(commit.tree), tree_as_git_reads(&raw));
    let signature = SshSignature::parse(commit.gpgsig.as_deref().expect("a signature")).expect("canonical");
    assert_eq!(signature.key.as_slice(), world.key());
    assert!(signature.verify(&payload(&raw)));
}

#[test]
fn signing_by_hand_gives_gits_own_bytes() {
    let (_world, raw) = signed_by_git("Words");
    let commit = Commit::parse(&raw).expect("a well-formed commit");
    let Commit { tree, parents, author, committer, gpgsig, message } = &commit;
    let unsigned = Commit::unsigned(*tree, parents, author, committer, message);
    assert_eq!(unsigned, payload(&raw));
    let signature = SshSignature::parse(gpgsig.as_deref().expect("a signature")).expect("canonical");
    assert_eq!(with_signature(&unsigned, &signature.armour()), raw);
}

#[test]
fn what_ssh_keygen_signs_is_read_and_git_verifies_it() {
    let (world, raw) = signed_by_git("Words");
    let unsigned = payload(&raw);
    let armour = world.run("ssh-keygen", &["-q", "-Y", "sign", "-n", "git", "-f", "key"], &unsigned);
    let armour = String::from_utf8(armour).expect("text");
    let signature = SshSignature::from_armour_text(&armour).expect("canonical");
    assert_eq!(signature.armour(), armour);
    assert_eq!(signature.key.as_slice(), world.key());
    assert!(signature.verify(&unsigned));
    let made = with_signature(&unsigned, &armour);
    assert_eq!(made, raw, "ed25519 signs one way, so this is git's commit again");
    let id = world.git_line(&["hash-object", "-t", "commit", "-w", "--stdin"], &made);
    world.git(&["verify-commit", &id]);
}

#[test]
fn git_reads_the_ids_of_a_broken_commit_as_we_do() {
    let (world, raw) = signed_by_git("Words");
    let parent = world.git_line(&["rev-parse", "HEAD^"], b"");
    let head = world.git_line(&["rev-parse", "HEAD"], b"");
    let text = String::from_utf8(raw).expect("text");
    let broken = text.replace(&format!("parent {parent}\n"), &format!("parent {}\n", parent.to_uppercase()));
    let broken = broken.replace("\nauthor", &format!("\nnonsense\nparent {head}\nauthor"));
    assert!(Commit::parse(broken.as_bytes()).is_err());
    let hash = ["hash-object", "-t", "commit", "-w", "--stdin", "--literally"];
    let id = world.git_line(&hash, broken.as_bytes());
    let shown = world.git_line(&["rev-list", "--parents", "-n", "1", &id], b"");
    let read: Vec<_> = parents_as_git_reads(broken.as_bytes()).iter().map(ToString::to_string).collect();
    assert_eq!(shown, format!("{id} {}", read.join(" ")));
    assert_eq!(read, [parent]);
}

#[test]
fn trees_are_read_and_printed_as_git_writes_them() {
    let world = World::new();
    let blob = world.git_line(&["hash-object", "-w", "--stdin"], b"words\n");
    let empty = world.git_line(&["mktree"], b"");
    let modes = ["100644 blob", "100755 blob", "120000 blob", "040000 tree", "160000 commit"];
    let names = ["a", "a-b", "a.b", "a0", "b", "steps", "steps.md", "steps0", "é", "-", "B", "z z"];
    for turn in 0..modes.len() {
        let lines = names.iter().zip(modes.iter().cycle().skip(turn)).map(|(name, mode)| {
            let id = match mode.rsplit(' ').next() {
                Some("tree") => empty.clone(),
                Some("commit") => "c".repeat(40),
                _ => blob.clone(),
            };
            format!("{mode} {id}\t{name}\n")
        });
        let id = world.git_line(&["mktree", "--missing"], lines.collect::<String>().as_bytes());
        let raw = world.git(&["cat-file", "tree", &id]);
        let mut entries = tree::parse(&raw).expect("a tree git wrote");
        assert_eq!(entries.len(), names.len());
        for entry in &entries {
            let expected = match entry.mode {
                Mode::Directory => empty.clone(),
                Mode::Gitlink => "c".repeat(40),
                _ => blob.clone(),
            };
            assert_eq!(entry.id.to_string(), expected);
        }
        entries.reverse();
        assert_eq!(tree::print(&entries), raw);
    }
    assert_eq!(tree::parse(&world.git(&["cat-file", "tree", &empty])), Err(TreeError::Empty));
}

#[test]
fn git_sees_the_seal_as_a_trailer() {
    let world = World::new();
    let digest = seal::seal(&[Digest::of(b"parent")], None);
    for message in ["", "Words", "Words\n\nBody\n", "Fix: words\n", "Words\n\nSigned-off-by: Ann\n", "\n\nA: b\n\n"] {
        let sealed = seal::append(message, &digest);
        let trailers = world.git_line(&["interpret-trailers", "--parse"], sealed.as_bytes());
        let last = trailers.lines().last().map(str::to_owned);
        assert_eq!(last, Some(format!("Bicker-Seal: {digest}")), "{message:?}");
        world.git(&["commit", "-q", "--allow-empty", "-m", &sealed]);
        let raw = world.git(&["cat-file", "commit", "HEAD"]);
        assert!(raw.ends_with(format!("\n\n{sealed}").as_bytes()), "git leaves it as it is: {sealed:?}");
    }
}
