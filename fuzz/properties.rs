//! What must hold for any bytes at all, one function for each fuzz target.
//!
//! The fuzz targets call these with bytes nobody chose; `tests/fuzz_seeds.rs` calls them with the seeds, so that every
//! test run keeps what the fuzzers once found. Each panics when its property does not hold and says otherwise whether
//! the bytes were accepted. They speak of one thing: whatever is accepted has one spelling, the one it came in, and
//! whatever is refused is refused in words that are safe to print.

use std::error::Error;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bicker::protocol::charter::{Charter, RESEARCHERS_MAX};
use bicker::protocol::commit::{self, Commit};
use bicker::protocol::file::File;
use bicker::protocol::genesis::Genesis;
use bicker::protocol::id::Digest;
use bicker::protocol::loose::read_cards;
use bicker::protocol::signature::SshSignature;
use bicker::protocol::slot::Slot;
use bicker::protocol::tree;

/// 2.commit: an accepted commit, taken apart and put together again, is the same bytes; what its signature is over is
/// the commit without it; and it is read as git reads it.
pub fn commit(data: &[u8]) -> bool {
    let (tree, parents) = (commit::tree_as_git_reads(data), commit::parents_as_git_reads(data));
    let commit = match Commit::parse(data) {
        Ok(commit) => commit,
        Err(error) => return refused(&error),
    };
    assert_eq!(tree, Some(commit.tree), "git reads another tree");
    assert_eq!(parents, commit.parents, "git reads other parents");
    let Commit { tree, parents, author, committer, gpgsig, message } = commit;
    let unsigned = Commit::unsigned(tree, &parents, &author, &committer, &message);
    same(&commit::payload(data), &unsigned, "the payload is not the commit without its signature");
    let Some(gpgsig) = gpgsig else {
        same(&unsigned, data, "rebuilt otherwise");
        return true;
    };
    // Only text can be put back by this function; what is no text is no signature either.
    if let Ok(value) = std::str::from_utf8(&gpgsig) {
        same(&commit::with_signature(&unsigned, &format!("{value}\n")), data, "rebuilt otherwise");
    }
    if let Ok(signature) = SshSignature::parse(&gpgsig) {
        same(&commit::with_signature(&unsigned, &signature.armour()), data, "signed again otherwise");
        signature.verify(&unsigned);
    }
    true
}

/// 2.signature: an accepted armour is written as it was read. The bytes are tried as a header's value, and as what
/// the base64 of one holds.
pub fn sshsig(data: &[u8]) -> bool {
    let mut armour = String::from("-----BEGIN SSH SIGNATURE-----");
    for (at, c) in STANDARD.encode(data).chars().enumerate() {
        armour.push_str(if at % 70 == 0 { "\n" } else { "" });
        armour.push(c);
    }
    armour.push_str("\n-----END SSH SIGNATURE-----");
    let as_value = gpgsig(data);
    let as_blob = gpgsig(armour.as_bytes());
    assert!(!(as_value && as_blob), "an armour within an armour");
    as_value || as_blob
}

fn gpgsig(value: &[u8]) -> bool {
    let read = SshSignature::parse(value);
    if let Ok(text) = std::str::from_utf8(value) {
        assert_eq!(
            SshSignature::from_armour_text(&format!("{text}\n")),
            read,
            "what ssh-keygen prints is read otherwise"
        );
    }
    let signature = match read {
        Ok(signature) => signature,
        Err(error) => return refused(&error),
    };
    same(signature.armour().as_bytes(), &[value, b"\n"].concat(), "written otherwise");
    assert_eq!(SshSignature::from_armour_text(&signature.armour()), Ok(signature), "read otherwise");
    assert!(!signature.verify(value), "a signature of the armour that holds it");
    true
}

/// 2.1 and 2.2: the first line is a path, what follows is the file there. An accepted path and an accepted file are
/// printed as they were read.
pub fn canonical_file(data: &[u8]) -> bool {
    let Some(end) = data.iter().position(|b| *b == b'\n') else {
        return false;
    };
    let (path, bytes) = (&data[..end], &data[end + 1..]);
    let Some((path, slot)) = std::str::from_utf8(path).ok().and_then(|path| Some((path, Slot::parse(path)?))) else {
        return false;
    };
    assert_eq!(slot.path(), path, "a second spelling of a path");
    let file = match File::parse(&slot, bytes) {
        Ok(file) => file,
        Err(error) => return refused(&error),
    };
    same(file.print().as_bytes(), bytes, "printed otherwise");
    assert_eq!(file.kind(), slot.kind(), "a file of another kind");
    assert!(bytes.ends_with(b"\n"), "a line without end");
    if let Some(block) = file.charter_block() {
        assert!(file.text.contains(&format!("\n{block}```\n")), "the block does not stand there");
        match Charter::parse(block.as_bytes()) {
            Ok(charter) => same(charter.print().as_bytes(), block.as_bytes(), "the charter in it is printed otherwise"),
            Err(error) => _ = refused(&error),
        }
    }
    true
}

/// 1.1: an accepted charter is printed as it was read and keeps the bounds of section 1; a card, however it was written, has a
/// canonical form that is read alike.
pub fn charter(data: &[u8]) -> bool {
    let canonical = Charter::parse(data);
    match &canonical {
        Ok(charter) => {
            same(charter.print().as_bytes(), data, "printed otherwise");
            assert_eq!(charter.digest(), Digest::of(data), "the digest of other bytes");
            sound(charter);
        }
        Err(error) => _ = refused(error),
    }
    let cards = read_cards(data);
    match &cards {
        Ok(cards) => {
            for card in cards {
                let again = read_cards(card.card().as_bytes());
                assert_eq!(again.as_deref(), Ok(std::slice::from_ref(card)), "a card is read otherwise");
            }
        }
        Err(error) => _ = refused(error),
    }
    canonical.is_ok() || cards.is_ok()
}

/// The arithmetic of section 1, and that every group has its genesis.
fn sound(charter: &Charter) {
    let (n, f, quorum) = (charter.n(), charter.faults(), charter.quorum());
    assert!((1..=RESEARCHERS_MAX).contains(&n) && n > 3 * f, "n = {n}, f = {f}");
    assert!(2 * quorum > n + f, "two quorums may share no honest researcher: n = {n}, f = {f}");
    assert!(quorum <= n - f, "a quorum needs the faulty: n = {n}, f = {f}");
    assert_eq!(charter.majority(), n / 2 + 1);
    assert_eq!(Genesis::of(charter), Genesis::of(charter));
}

/// 2.tree: an accepted tree is printed as it was read, in whatever order its entries are given, and has no second
/// entry of a name.
pub fn tree(data: &[u8]) -> bool {
    let mut entries = match tree::parse(data) {
        Ok(entries) => entries,
        Err(error) => return refused(&error),
    };
    same(&tree::print(&entries), data, "printed otherwise");
    entries.reverse();
    same(&tree::print(&entries), data, "the order of the entries shows");
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    assert!(entries.windows(2).all(|pair| pair[0].name != pair[1].name), "a name twice");
    true
}

/// The same bytes; if not, both are shown so that people can read them.
fn same(got: &[u8], expected: &[u8], otherwise: &str) {
    assert!(got == expected, "{otherwise}\n got: {}\nfrom: {}", got.escape_ascii(), expected.escape_ascii());
}

/// A refusal is printed to terminals and pages: with what caused it, it is a short line without control characters.
fn refused(error: &dyn Error) -> bool {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        words += &format!(": {error}");
        cause = error.source();
    }
    assert!(!words.is_empty() && words.len() < 2_000, "{} bytes of words", words.len());
    assert!(!words.contains(is_harmful), "not safe to print: {words:?}");
    false
}

/// Control characters, line feeds among them, and those that section 1.4 bans for what they do to a line.
fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}
