//! What comparing decides: hunks and their places, relations, merging, and the way back.

use proptest::prelude::*;

use super::edits::{LINES, edits};
use super::merge::{Accepted, marker_left, merge};
use super::proposed::{Criticism, answers};
use super::relation::{Change, Relation};
use super::suggestion::{DoesNotApply, SUGGESTIONS_MAX, apply, suggestions};
use super::unified::suggest;
use super::words::{Fate, pieces};
use super::{lines, text_of};
use crate::protocol::file::{Answer, Disposition, Stance};
use crate::protocol::id::{CommitId, Name};

const PROPOSAL: &str = "# Messages\n\nEvery message is signed.\nA quorum is two of four.\n\nThe end.\n";

fn name(name: &str) -> Name {
    Name::parse(name).expect("a name")
}

fn commit(digit: char) -> CommitId {
    CommitId::parse(&digit.to_string().repeat(40)).expect("a commit")
}

fn change(start: usize, end: usize, text: &[&str]) -> Change {
    Change { start, end, text: text.iter().map(|line| (*line).to_owned()).collect() }
}

/// The changes of a criticism whose one block holds these lines.
fn block(lines: &str) -> Vec<Result<Change, DoesNotApply>> {
    let criticism = format!("Look:\n\n```diff\n{lines}```\n");
    suggestions(PROPOSAL, &criticism).into_iter().map(|suggestion| suggestion.change).collect()
}

fn ok(start: usize, end: usize, text: &[&str]) -> Vec<Result<Change, DoesNotApply>> {
    vec![Ok(change(start, end, text))]
}

#[test]
fn a_hunk_changes_the_lines_it_names() {
    let three = "A quorum is three of four.";
    let whole = "diff --git a/x b/x\nindex 1..2 100644\n--- a/x\n+++ b/x\n@@ -3,3 +3,3 @@ Every\n Every message is signed.\n-A quorum is two of four.\n+A quorum is three of four.\n \n\\ No newline at end of file\n";
    assert_eq!(block(whole), ok(3, 4, &[three]));
    let bare = "-A quorum is two of four.\n+A quorum is three of four.\n";
    assert_eq!(block(bare), ok(3, 4, &[three]));
    assert_eq!(block(&format!("\n@@\n{bare}\n\n")), ok(3, 4, &[three]));
    assert_eq!(block(&format!("@@ -40,9 +2 @@\n{bare}")), ok(3, 4, &[three]), "wrong numbers are hints");
    assert_eq!(block("@@ -2,0 +3 @@\n+Hello.\n"), ok(2, 2, &["Hello."]));
    assert_eq!(block("@@ -0,0 +1 @@\n+Hello.\n"), ok(0, 0, &["Hello."]));
    assert_eq!(block("@@ -6,0 +7 @@\n+Hello.\n"), ok(6, 6, &["Hello."]));
    assert_eq!(block(" The end.\n+Really.\n"), ok(6, 6, &["Really."]));
    assert_eq!(block("@@ -3,2 +2,0 @@\n-Every message is signed.\n-A quorum is two of four.\n"), ok(2, 4, &[]));
    // A blank line of context whose space an editor has taken.
    assert_eq!(block("@@ -4,3 +4,3 @@\n-A quorum is two of four.\n+x\n\n The end.\n"), ok(3, 4, &["x"]));
}

#[test]
fn what_stays_is_no_part_of_a_change() {
    let run = "-Every message is signed.\n-A quorum is two of four.\n+Every message is signed.\n+x\n";
    assert_eq!(block(run), ok(3, 4, &["x"]));
    let two = "@@ -1,6 +1,6 @@\n-# Messages\n+# Letters\n \n Every message is signed.\n A quorum is two of four.\n \n-The end.\n+Fin.\n";
    assert_eq!(block(two), [Ok(change(0, 1, &["# Letters"])), Ok(change(5, 6, &["Fin."]))]);
    assert_eq!(block("-The end.\n+The end.\n"), [Err(DoesNotApply::Nothing)]);
}

#[test]
fn only_diff_blocks_are_suggestions() {
    let hunk = "-The end.\n+Fin.\n";
    for (criticism, count) in [
        (format!("{hunk}\n"), 0),
        (format!("```sh\n{hunk}```\n"), 0),
        (format!("````md\n```diff\n{hunk}```\n````\n"), 0),
        (format!("    ```diff\n{hunk}    ```\n"), 0),
        (format!("```diff`\n{hunk}```\n"), 0),
        (format!("```different\n{hunk}```\n"), 0),
        (format!("```diff\n{hunk}"), 1),
        (format!("~~~~ diff  \n{hunk}~~~~~\ntext\n{hunk}"), 1),
        ("  ```diff\n  -The end.\n  +Fin.\n  ```\n".to_owned(), 1),
        (format!("```diff\n{hunk}```\n```diff\n-# Messages\n```\n"), 2),
        (format!("```diff\n{hunk}@@ @@\n-# Messages\n```\n"), 2),
        ("```diff\n```\n".to_owned(), 0),
        (String::new(), 0),
    ] {
        let found = suggestions(PROPOSAL, &criticism);
        assert_eq!(found.iter().filter(|s| s.change.is_ok()).count(), count, "{criticism}: {found:?}");
    }
    assert_eq!(suggestions(PROPOSAL, "One.\n\n```diff\n-The end.\n```\n").first().map(|s| s.line), Some(4));
}

#[test]
fn what_does_not_apply_says_why() {
    let why = |lines: &str| block(lines).pop().and_then(Result::err).map(|why| why.to_string()).expect("a reason");
    assert!(why("-No such line.\n+x\n").contains("no place with the lines it is about"));
    assert!(why("@@ -4 +4 @@\n-A quorum is two of five.\n+x\n").contains("A quorum is two of five."));
    assert!(why("-\n+x\n").contains("in several places"));
    assert!(why("+x\n").contains("neither where nor next to which lines"));
    assert!(why("@@ -7,0 +8 @@\n+x\n").contains("has 6 lines, and it begins after line 7"));
    assert!(why("-The end.\nFin.\n").contains("line 5 of the criticism begins with neither"));
    assert!(why("@@ -1 +1 @@\n # Messages\n").contains("changes nothing"));
    assert!(why("@@ -99999999999999999999 +1 @@\n-x\n").contains("no place"));
    assert!(why("-The end.\n+x\n@@ @@\n-The end.\n+y\n").contains("the same criticism changes in another way"));
    let long = why(&format!("-{}\n+x\n", "é".repeat(1000)));
    assert!(long.len() < 200, "{long}");
    // A number decides where the lines alone do not.
    assert_eq!(block("@@ -5 +5 @@\n-\n+x\n"), ok(4, 5, &["x"]));
}

#[test]
fn hostile_criticisms_are_bounded() {
    let many = format!("```diff\n{}```\n", "@@ -1 +1 @@\n-# Messages\n+x\n".repeat(9000));
    let found = suggestions(PROPOSAL, &many);
    assert_eq!(found.len(), SUGGESTIONS_MAX + 1);
    assert_eq!(found.last().map(|s| s.change.clone()), Some(Err(DoesNotApply::TooMany)));
    // Lines that nearly match everywhere, sought again and again in a long proposal.
    let proposal = "\n".repeat(200_000);
    let almost = format!("@@ @@\n{}-x\n", "-\n".repeat(150));
    let found = suggestions(&proposal, &format!("```diff\n{}```\n", almost.repeat(600)));
    assert!(found.iter().any(|s| s.change == Err(DoesNotApply::TooMuch)), "{:?}", found.last());
    // Two long texts that share their lines in another order.
    let backwards: Vec<String> = (0..60_000).map(|n| (60_000 - n).to_string()).collect();
    let forwards: Vec<String> = (0..60_000).map(|n| n.to_string()).collect();
    let found = edits(&forwards, &backwards, LINES);
    assert!(!found.is_empty());
}

#[test]
fn two_changes_agree_touch_contradict_or_are_independent() {
    use Relation::{Contradicts, Independent, Same, Touches};
    let base = change(3, 5, &["x"]);
    for (other, expected) in [
        (change(3, 5, &["x"]), Same),
        (change(3, 5, &["y"]), Contradicts),
        (change(3, 5, &[]), Contradicts),
        (change(4, 9, &["x"]), Contradicts),
        (change(0, 4, &["x"]), Contradicts),
        (change(4, 4, &["x"]), Contradicts),
        (change(3, 3, &["x"]), Touches),
        (change(5, 5, &["x"]), Touches),
        (change(5, 6, &["x"]), Touches),
        (change(1, 3, &["x"]), Touches),
        (change(6, 7, &["x"]), Independent),
        (change(0, 0, &["x"]), Independent),
    ] {
        assert_eq!(base.relation(&other), expected, "{other:?}");
        assert_eq!(other.relation(&base), expected, "{other:?}");
    }
    assert_eq!(change(3, 3, &["x"]).relation(&change(3, 3, &["y"])), Contradicts);
    assert_eq!(change(3, 3, &["x"]).relation(&change(3, 3, &["x"])), Same);
}

fn accepted(by: &str, changes: &[Change]) -> Accepted {
    Accepted { by: name(by), changes: changes.to_vec() }
}

#[test]
fn merging_applies_all_and_marks_what_contradicts() {
    let text = "a\nb\nc\nd\n";
    let bob = accepted("bob", &[change(1, 2, &["B"])]);
    let carol = accepted("carol", &[change(1, 2, &["bb"]), change(4, 4, &["e"])]);
    let dave = accepted("dave", &[change(1, 2, &["B"]), change(0, 0, &["0"])]);
    let (merged, conflicts) = merge(text, &[bob.clone(), dave.clone()]);
    assert_eq!((merged.as_str(), conflicts.len()), ("0\na\nB\nc\nd\n", 0));
    let (merged, conflicts) = merge(text, &[bob.clone(), carol.clone(), dave]);
    assert_eq!(merged, "0\na\n<<<<<<< bob, dave\nB\n=======\nbb\n>>>>>>> carol\nc\nd\ne\n");
    let conflict = conflicts.first().expect("a conflict");
    assert_eq!((conflict.lines.clone(), conflict.marked), (1..2, 3));
    assert_eq!(conflict.by, [name("bob"), name("dave"), name("carol")]);
    let erin = accepted("erin", &[change(1, 4, &[])]);
    let (merged, _) = merge(text, &[bob, carol, erin]);
    let sides = "<<<<<<< bob\nB\nc\nd\n======= carol\nbb\nc\nd\n=======\n>>>>>>> erin\n";
    assert_eq!(merged, format!("a\n{sides}e\n"));
    assert_eq!(merge(text, &[]), (text.to_owned(), Vec::new()));
}

#[test]
fn other_changes_with_the_same_result_are_no_conflict() {
    let one = accepted("bob", &[change(0, 2, &["x", "y"])]);
    let two = accepted("carol", &[change(0, 1, &["x"]), change(1, 2, &["y"])]);
    assert_eq!(merge("a\nb\n", &[one, two]), ("x\ny\n".to_owned(), Vec::new()));
}

#[test]
fn a_marker_that_was_left_is_found() {
    let is_critic = |who: &str| ["bob", "carol"].contains(&who);
    let left = |text: &str| marker_left(text, &is_critic).map(|(line, _)| line);
    assert_eq!(left("a\n<<<<<<< bob, carol\nb\n"), Some(2));
    assert_eq!(left("======= bob\n"), Some(1));
    assert_eq!(left("a\nb\n>>>>>>> carol\n"), Some(3));
    for fine in ["Heading\n=======\n", "<<<<<<< HEAD\n", "<<<<<<< dave\n", " <<<<<<< bob\n", "<<<<<<<\n", ""] {
        assert_eq!(left(fine), None, "{fine}");
    }
}

fn criticism(by: &str, digit: char, stance: Stance, diff: &str) -> Criticism {
    let suggestions = suggestions(PROPOSAL, &format!("Why.\n\n```diff\n{diff}```\n"));
    Criticism { by: name(by), commit: commit(digit), stance, suggestions }
}

const TO_THREE: &str = "-A quorum is two of four.\n+A quorum is three of four.\n";
const TO_ONE: &str = "-A quorum is two of four.\n+A quorum is one of four.\n";

#[test]
fn the_first_by_commit_is_proposed_and_words_are_left_to_the_author() {
    let criticisms = [
        criticism("carol", '3', Stance::Suggest, TO_ONE),
        criticism("bob", '2', Stance::Object, TO_THREE),
        criticism("dave", '4', Stance::NoObjection, ""),
        criticism("erin", '5', Stance::Object, ""),
        criticism("frank", '6', Stance::Suggest, "-No such line.\n"),
        criticism("grace", '7', Stance::Suggest, TO_THREE),
    ];
    let (proposed, accepted) = answers(&criticisms, &[]);
    let said: Vec<String> =
        proposed.iter().map(|answer| format!("{} {} {}", answer.by, answer.disposition, answer.reason)).collect();
    assert_eq!(said, ["bob accepted ", "carol rejected contradicts bob", "dave accepted ", "grace accepted "]);
    let (text, conflicts) = merge(PROPOSAL, &accepted);
    assert!(text.contains("three") && conflicts.is_empty(), "{text}");
}

#[test]
fn an_answer_given_stands_and_decides_what_contradicts() {
    let criticisms = [
        criticism("bob", '2', Stance::Object, TO_THREE),
        criticism("carol", '3', Stance::Suggest, TO_ONE),
        criticism("dave", '4', Stance::Suggest, TO_THREE),
    ];
    let yes = |by: &str, digit| Answer {
        by: name(by),
        commit: commit(digit),
        disposition: Disposition::Accepted,
        reason: "yes".to_owned(),
    };
    let (proposed, _) = answers(&criticisms, &[yes("carol", '3')]);
    let said: Vec<String> = proposed.iter().map(|answer| format!("{} {}", answer.by, answer.reason)).collect();
    assert_eq!(said, ["bob contradicts carol", "carol yes", "dave contradicts carol"]);
    let (_, accepted) = answers(&criticisms, &[yes("carol", '3'), yes("bob", '2')]);
    assert_eq!(merge(PROPOSAL, &accepted).1.len(), 1);
}

#[test]
fn a_suggestion_is_fenced_by_more_than_it_holds() {
    let old = "a\n```\ncode\n```\nb\n";
    let new = "a\n```\nCODE\n```\nb\n````` x\n";
    let written = suggest(old, new);
    assert!(written.starts_with("``````diff\n@@ -1,5 +1,6 @@\n"), "{written}");
    assert_eq!(read_back(old, &written), new);
    assert_eq!(suggest(old, old), "");
}

fn read_back(old: &str, criticism: &str) -> String {
    let changes: Vec<Change> =
        suggestions(old, criticism).into_iter().map(|s| s.change.expect("a change that applies")).collect();
    apply(old, &changes)
}

#[test]
fn a_difference_in_more_places_than_are_read_is_one_suggestion() {
    let old: String = (0..20_000).map(|n| format!("{n}\n")).collect();
    let new: String = (0..20_000).map(|n| if n % 10 == 5 { "x\n".to_owned() } else { format!("{n}\n") }).collect();
    let written = suggest(&old, &new);
    assert_eq!(suggestions(&old, &written).len(), 1);
    assert_eq!(read_back(&old, &written), new);
}

/// Texts of few different lines, so that they have much in common and repeat themselves.
fn texts() -> impl Strategy<Value = String> {
    let line = proptest::sample::select(vec![
        "",
        " ",
        "a",
        "b",
        "c",
        "+a",
        "-a",
        " a",
        "--- a",
        "+++ a",
        "@@ -1 +1 @@",
        "```",
        "   ```",
        "~~~",
        "````diff",
        "\\ No newline",
        "diff x",
        "index x",
        "é word, and another",
        "é word and others",
    ]);
    proptest::collection::vec(line, 0..30).prop_map(text_of)
}

/// Pieces from which criticisms that come close to the form are made.
fn criticisms() -> impl Strategy<Value = String> {
    let piece = proptest::sample::select(vec![
        "```diff\n",
        "```\n",
        "~~~ diff\n",
        "~~~\n",
        "@@ -1 +1 @@\n",
        "@@ -2,2 +1,9 @@ x\n",
        "@@\n",
        "@@ -4294967295,0 +1 @@\n",
        "-a\n",
        "+a\n",
        " a\n",
        "a\n",
        "-\n",
        "+b\n",
        " \n",
        "\n",
        "--- a\n",
        "+++ a\n",
        "\\ No\n",
        "é\n",
        "-é\n",
        "+",
    ]);
    proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

/// Some numbers that occur once and some that occur more often.
fn numbers() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(prop_oneof![0u8..4, 0u8..90], 0..60)
}

proptest! {
    #[test]
    fn suggestions_read_back_to_exactly_the_change(old in texts(), new in texts()) {
        prop_assert_eq!(read_back(&old, &suggest(&old, &new)), new);
    }

    #[test]
    fn reading_never_panics_and_each_change_fits(old in texts(), criticism in criticisms()) {
        let count = lines(&old).len();
        let changes: Vec<Change> = suggestions(&old, &criticism).into_iter().filter_map(|s| s.change.ok()).collect();
        for change in &changes {
            prop_assert!(change.start <= change.end && change.end <= count);
            prop_assert!(change.start < change.end || !change.text.is_empty());
            prop_assert!(changes.iter().all(|other| change.relation(other) != Relation::Contradicts));
        }
        let alone = Accepted { by: name("bob"), changes: changes.clone() };
        prop_assert_eq!(merge(&old, &[alone]), (apply(&old, &changes), Vec::new()));
    }

    #[test]
    fn merging_is_fair(old in texts(), a in texts(), b in texts()) {
        let read = |by: &str, new: &str| {
            let changes = suggestions(&old, &suggest(&old, new)).into_iter().filter_map(|s| s.change.ok()).collect();
            Accepted { by: name(by), changes }
        };
        let (bob, carol) = (read("bob", &a), read("carol", &b));
        let (merged, conflicts) = merge(&old, &[bob.clone(), carol.clone()]);
        let contradicts = |x: &Change| carol.changes.iter().any(|y| x.relation(y) == Relation::Contradicts);
        if !bob.changes.iter().any(contradicts) {
            prop_assert!(conflicts.is_empty());
        }
        prop_assert_eq!(marker_left(&merged, &|who| who == "bob" || who == "carol").is_some(), !conflicts.is_empty());
        prop_assert_eq!(merge(&old, &[bob.clone(), bob.clone()]), (a.clone(), Vec::new()));
        // Taking one side of every conflict, and none of the other's changes, gives that side's text.
        let none = Accepted { changes: Vec::new(), ..carol };
        prop_assert_eq!(merge(&old, &[none, bob]).0, a);
    }

    #[test]
    fn pieces_make_up_both_texts(old in texts(), new in texts()) {
        let found = pieces(&old, &new);
        let of = |fate| found.iter().filter(move |p| p.fate == Fate::Kept || p.fate == fate).map(|p| p.text.as_str());
        prop_assert_eq!(of(Fate::Removed).collect::<String>(), old);
        prop_assert_eq!(of(Fate::Added).collect::<String>(), new);
    }

    #[test]
    fn edits_make_the_new_of_the_old(old in numbers(), new in numbers(), work in proptest::sample::select(vec![0, 100, LINES])) {
        let (mut made, mut next) = (Vec::new(), 0);
        for edit in edits(&old, &new, work) {
            prop_assert!(edit.old.start > next || next == 0);
            made.extend_from_slice(&old[next..edit.old.start]);
            made.extend_from_slice(&new[edit.new.clone()]);
            next = edit.old.end;
        }
        made.extend_from_slice(&old[next..]);
        prop_assert_eq!(made, new);
    }
}
