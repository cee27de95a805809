use super::*;
use crate::protocol::id::{At, Name, ObjectId};

fn intent(slot: Option<Slot>, seconds: u64) -> Intent {
    let content = slot.as_ref().map(|_| Digest::of(b"file"));
    let first_parent = CommitId(ObjectId::from_bytes([7; 20]));
    Intent { slot, content, first_parent, seal: Digest::of(b"seal"), seconds, unsigned: Digest::of(b"commit") }
}

fn vote() -> Option<Slot> {
    Some(Slot::Vote(At::new(1, 0)))
}

fn open(dir: &tempfile::TempDir) -> Result<Journal, JournalError> {
    // A program that another test is just starting holds a copy of every open lock for a moment.
    Journal::open_within(dir.path(), Duration::from_secs(5))
}

#[test]
fn lines_are_read_as_they_were_written() {
    let critic = Slot::Criticism(At::new(12, 3), Name::parse("bob").expect("a name"));
    for intent in [intent(None, 0), intent(vote(), 99_999_999_999), intent(Some(critic), 5)] {
        assert_eq!(Intent::parse(intent.line().trim_end().as_bytes()), Ok(intent));
    }
}

#[test]
fn what_was_recorded_is_there_after_the_process_has_gone() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut journal = open(&dir).expect("a journal");
    assert_eq!(journal.entries(), []);
    for (intent, file) in [(intent(vote(), 1), Some(b"file".as_slice())), (intent(None, 2), None)] {
        journal.record(&intent, b"commit", file).expect("recorded");
    }
    journal.record(&intent(vote(), 3), b"commit", Some(b"file")).expect("recorded");
    drop(journal);
    let journal = open(&dir).expect("the journal");
    assert_eq!(journal.entries().len(), 3);
    let last = journal.last_for(vote().as_ref()).expect("an intent");
    assert_eq!(last, &intent(vote(), 3));
    assert_eq!(journal.unsigned(last).expect("bytes"), b"commit");
    assert_eq!(journal.file(last).expect("bytes").as_deref(), Some(b"file".as_slice()));
    let acknowledgement = journal.last_for(None).expect("an intent");
    assert_eq!((acknowledgement.seconds, journal.file(acknowledgement).expect("none")), (2, None));
    assert_eq!(journal.last_for(Some(&Slot::Join)), None);
}

#[test]
fn an_intent_is_recorded_with_its_own_bytes_only() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut journal = open(&dir).expect("a journal");
    for (intent, unsigned, file, what) in [
        (intent(vote(), 1), "other", Some("file"), "commit"),
        (intent(vote(), 1), "commit", Some("other"), "file"),
        (intent(vote(), 1), "commit", None, "file"),
        (intent(None, 1), "commit", Some("file"), "file"),
    ] {
        let refused = journal.record(&intent, unsigned.as_bytes(), file.map(str::as_bytes));
        assert!(matches!(refused, Err(JournalError::NotTheIntent(w)) if w == what), "{refused:?}");
    }
    assert_eq!(journal.entries(), []);
}

#[test]
fn a_last_line_cut_short_by_a_crash_is_dropped_wherever_it_was_cut() {
    let (first, second) = (intent(vote(), 1), intent(None, 2));
    let torn = second.line();
    for end in 0..torn.len() {
        let dir = tempfile::tempdir().expect("a directory");
        let mut journal = open(&dir).expect("a journal");
        journal.record(&first, b"commit", Some(b"file")).expect("recorded");
        journal.file.write_all(&torn.as_bytes()[..end]).expect("written");
        drop(journal);
        let mut journal = open(&dir).expect("the journal");
        assert_eq!(journal.entries(), std::slice::from_ref(&first));
        journal.record(&second, b"commit", None).expect("recorded");
        drop(journal);
        assert_eq!(open(&dir).expect("the journal").entries(), [first.clone(), second.clone()]);
    }
}

#[test]
fn other_damage_is_refused_with_its_line() {
    let (good, other) = (intent(vote(), 1).line(), intent(None, 2).line());
    let body = "2 - - - - - - ";
    let newer = format!("{body}{}\n", Digest::of(body.as_bytes()).hex());
    for (bytes, line, why) in [
        (good.replace("vote", "echo"), 1, "its check does not fit"),
        (format!("{good}{}{good}", other.replacen('2', "3", 1)), 2, "its check does not fit"),
        (format!("{good}\n{other}"), 2, "it has no check"),
        (newer, 1, "it is in the form of another version of bicker"),
    ] {
        let dir = tempfile::tempdir().expect("a directory");
        drop(open(&dir).expect("a journal"));
        fs::write(dir.path().join("bicker/journal"), bytes).expect("written");
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
    let intent = intent(vote(), 1);
    journal.record(&intent, b"commit", Some(b"file")).expect("recorded");
    fs::write(dir.path().join("bicker/intents").join(intent.unsigned.hex()), b"changed").expect("written");
    assert!(matches!(journal.unsigned(&intent), Err(JournalError::OtherBytes(_))));
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
