use std::fs;

use super::*;
use crate::protocol::id::{At, Name, ObjectId};

fn commit(byte: u8) -> CommitId {
    CommitId(ObjectId::from_bytes([byte; 20]))
}

fn vote() -> Slot {
    Slot::Vote(At::new(1, 0))
}

fn open(dir: &tempfile::TempDir) -> Result<Journal, JournalError> {
    // A program that another test is just starting holds a copy of every open lock for a moment.
    Journal::open_within(dir.path(), Duration::from_secs(5))
}

/// Records and signs a vote with these words.
fn signs(journal: &mut Journal, words: &[u8], id: u8) {
    journal.record(commit(0), words, Some((&vote(), b"file"))).expect("recorded");
    journal.ask(Digest::of(words)).expect("asked");
    journal.signed(Digest::of(words), commit(id)).expect("signed");
}

#[test]
fn lines_are_read_as_they_were_written() {
    let critic = Slot::Criticism(At::new(12, 3), Name::parse("bob").expect("a name"));
    let (file, begun) = (Digest::of(b"file"), Begun { first_parent: commit(7), unsigned: Digest::of(b"commit") });
    for line in [
        Line::Copy(CopyId::of([0, 1, 2, 255])),
        Line::Whole,
        Line::Begun(None, begun),
        Line::Begun(Some((critic, file)), begun),
        Line::Asked(file),
        Line::Signed(file, commit(3)),
        Line::Kept(Some((vote(), file)), commit(4)),
        Line::Kept(None, commit(5)),
    ] {
        assert_eq!(Line::parse(line.print().trim_end().as_bytes()), Ok(line));
    }
}

#[test]
fn what_was_recorded_is_there_after_the_process_has_gone() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut journal = open(&dir).expect("a journal");
    assert_eq!(journal.entries(), []);
    signs(&mut journal, b"one", 1);
    journal.record(commit(1), b"two", None).expect("recorded");
    // The same bytes are recorded once.
    journal.record(commit(1), b"two", None).expect("recorded");
    journal.ask(Digest::of(b"two")).expect("asked");
    journal.record(commit(1), b"three", Some((&vote(), b"other"))).expect("recorded");
    drop(journal);
    let journal = open(&dir).expect("the journal");
    let stages: Vec<_> = journal.entries().iter().map(|intent| (intent.asked, intent.commit)).collect();
    assert_eq!(stages, [(true, Some(commit(1))), (true, None), (false, None)]);
    let last = journal.entries().last().expect("an intent");
    assert_eq!(last.file, Some((vote(), Digest::of(b"other"))));
    let begun = last.begun.expect("its bytes");
    assert_eq!((begun.first_parent, journal.unsigned(begun.unsigned).expect("kept")), (commit(1), b"three".to_vec()));
    assert_eq!(fs::read(journal.path_of(Digest::of(b"other"))).expect("kept"), b"other");
}

#[test]
fn nothing_is_asked_for_that_was_not_recorded() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut journal = open(&dir).expect("a journal");
    assert!(journal.ask(Digest::of(b"one")).is_err());
}

#[test]
fn a_copy_begins_without_memory_and_marks_itself_by_what_it_signs_first() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut journal = open(&dir).expect("a journal");
    let first = journal.copy();
    assert!(!journal.is_whole() && journal.mark().is_none() && first != CopyId::NONE);
    journal.be_whole().expect("noted");
    signs(&mut journal, b"one", 1);
    drop(journal);
    let mut journal = open(&dir).expect("the journal");
    assert_eq!((journal.is_whole(), journal.copy(), copy_in(dir.path())), (true, first, Some(first)));
    journal.begin_anew().expect("noted");
    assert!(!journal.is_whole() && journal.mark().is_none() && journal.copy() != first);
    signs(&mut journal, b"two", 2);
    signs(&mut journal, b"three", 3);
    drop(journal);
    let journal = open(&dir).expect("the journal");
    assert_eq!(
        (journal.is_whole(), journal.mark(), copy_in(dir.path())),
        (false, Some(commit(2)), Some(journal.copy()))
    );
}

#[test]
fn condensing_keeps_slots_files_and_commits_and_drops_bytes() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut journal = open(&dir).expect("a journal");
    journal.be_whole().expect("noted");
    for number in 0..100 {
        signs(&mut journal, format!("commit {number}").as_bytes(), number);
        if number == 9 {
            journal.begin_anew().expect("noted");
        }
    }
    journal.record(commit(99), b"waiting", Some((&vote(), b"waiting file"))).expect("recorded");
    let said = |journal: &Journal| -> Vec<_> {
        journal.entries().iter().map(|intent| (intent.file.clone(), intent.asked, intent.commit)).collect()
    };
    let (before, copy) = (said(&journal), journal.copy());
    assert_eq!(journal.condense(&|id| id != commit(50)).expect("condensed"), 99);
    assert_eq!(journal.condense(&|id| id != commit(50)).expect("nothing is left to do"), 0);
    drop(journal);
    let mut journal = open(&dir).expect("the journal");
    assert_eq!(said(&journal), before);
    assert_eq!((journal.copy(), journal.is_whole(), journal.mark()), (copy, false, Some(commit(10))));
    let kept: Vec<&Intent> = journal.entries().iter().filter(|intent| intent.begun.is_some()).collect();
    assert_eq!(kept.len(), 2);
    // Two commits and their files, and no other bytes.
    assert_eq!(fs::read_dir(dir.path().join("bicker/intents")).expect("a folder").count(), 4);
    for intent in kept {
        let begun = intent.begun.expect("its bytes");
        assert!(journal.unsigned(begun.unsigned).is_ok());
    }
    signs(&mut journal, b"later", 200);
    drop(journal);
    assert_eq!(open(&dir).expect("the journal").entries().len(), 102);
}

#[test]
fn a_long_life_makes_no_journal_too_long() {
    let dir = tempfile::tempdir().expect("a directory");
    drop(open(&dir).expect("a journal"));
    let path = dir.path().join("bicker/journal");
    let mut text = fs::read_to_string(&path).expect("a line");
    let line = Line::Kept(Some((vote(), Digest::of(b"file"))), commit(1)).print();
    let count = (65 << 20) / line.len();
    text += &line.repeat(count);
    fs::write(&path, text).expect("written");
    assert_eq!(open(&dir).expect("the journal").entries().len(), count);
}

#[test]
fn a_last_line_cut_short_by_a_crash_is_dropped_wherever_it_was_cut() {
    let begun = Begun { first_parent: commit(1), unsigned: Digest::of(b"two") };
    let torn = Line::Begun(None, begun).print();
    for end in 0..torn.len() {
        let dir = tempfile::tempdir().expect("a directory");
        let mut journal = open(&dir).expect("a journal");
        signs(&mut journal, b"one", 1);
        journal.file.write_all(&torn.as_bytes()[..end]).expect("written");
        drop(journal);
        let mut journal = open(&dir).expect("the journal");
        assert_eq!(journal.entries().len(), 1);
        journal.record(commit(1), b"two", None).expect("recorded");
        drop(journal);
        assert_eq!(open(&dir).expect("the journal").entries().len(), 2);
    }
}

#[test]
fn other_damage_is_refused_with_its_line() {
    let asked = Line::Asked(Digest::of(b"one")).print();
    let begun = Line::Begun(None, Begun { first_parent: commit(1), unsigned: Digest::of(b"one") }).print();
    let newer = |body: &str| format!("{body}{}\n", &Digest::of(body.as_bytes()).hex()[..16]);
    for (bytes, line, why) in [
        (begun.replace("begun", "asked"), 2, "its checksum does not match"),
        (format!("{begun}{}{begun}", asked.replacen('1', "3", 1)), 3, "its checksum does not match"),
        (format!("{begun}\n{asked}"), 3, "it has no check"),
        (asked, 2, "what it is about was not begun before"),
        (newer("2 whole "), 2, "it is in the form of another version of bicker"),
        (newer("1 hole "), 2, "it is of an unknown kind"),
        ("x".repeat(5000), 2, "it is too long"),
    ] {
        let dir = tempfile::tempdir().expect("a directory");
        drop(open(&dir).expect("a journal"));
        let path = dir.path().join("bicker/journal");
        let copy = fs::read_to_string(&path).expect("a line");
        fs::write(&path, copy + &bytes).expect("written");
        let refused = open(&dir);
        assert!(
            matches!(&refused, Err(JournalError::Damaged { line: l, why: w, .. }) if *l == line && *w == why),
            "{refused:?}"
        );
    }
}

#[test]
fn kept_bytes_that_were_changed_are_refused() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut journal = open(&dir).expect("a journal");
    signs(&mut journal, b"one", 1);
    fs::write(journal.path_of(Digest::of(b"one")), b"changed").expect("written");
    assert!(matches!(journal.unsigned(Digest::of(b"one")), Err(JournalError::OtherBytes(_))));
}

#[test]
fn one_at_a_time_and_the_lock_is_named() {
    let dir = tempfile::tempdir().expect("a directory");
    let first = open(&dir).expect("a journal");
    let second = Journal::open_within(dir.path(), Duration::from_millis(60));
    assert!(matches!(&second, Err(JournalError::Busy { lock, .. }) if lock.ends_with("bicker/lock")), "{second:?}");
    drop(first);
    assert!(open(&dir).is_ok());
}
