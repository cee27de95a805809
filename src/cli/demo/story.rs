//! The story: who does what, in which order, and what must have come of it.
//!
//! Decides nothing about the protocol. The order of publishing matters in the fourth act: Bob signs on top of one of
//! Mallory's votes and keeps it to himself until Carol has signed on top of the other. Had either seen both, their
//! program would have cited neither.

use super::second_vote::{Votes, sign_second_vote};
use super::verdict::{Told, differences};
use super::world::{Show, World};
use crate::error::{Error, Result};
use crate::place::read_charter;
use crate::protocol::charter::allowed_signers;
use crate::protocol::id::At;

const EVERYONE: [&str; 4] = ["alice", "bob", "carol", "mallory"];

const STEP_1_PROPOSED: &str = "\
# Orders

Every general signs every message.
What two of four generals have signed is an order.
";

const STEP_1_REVISED: &str = "\
# Orders

Every general signs every message.
What three of four generals have signed is an order.
";

const STEP_2_BY_BOB: &str = "\
# Silence

Nobody waits for a general who is silent.
Three of four go on.
";

const STEP_2_BY_CAROL: &str = "\
# Punctuality

Orders are given at dawn.
A general who is late is a traitor.
";

const STEP_2_REVISED: &str = "\
# Silence

Nobody waits for a general who is silent.
Three of four go on, with what those three have signed.
What comes late is still read.
";

/// Tells the whole story.
///
/// # Errors
/// Something did not go as told.
pub fn tell(world: &World) -> Result<()> {
    opening(world)?;
    keys_and_charter(world)?;
    joining(world)?;
    first_step(world)?;
    agreement_on_the_first_step(world)?;
    two_proposals(world)?;
    let votes = two_votes(world)?;
    discovery(world)?;
    second_step(world)?;
    verdict(world, votes)?;
    document(world)
}

fn say(world: &World, text: &str) -> Result<()> {
    world.narrator().say(text)
}

/// Somebody writes a file in their own folder, and it is shown.
fn writes(world: &World, who: &str, name: &str, text: &str) -> Result<()> {
    world.write(&format!("{who}/{name}"), text)?;
    world.types(who, &format!("cat ../{name}"), Show::All).map(|_| ())
}

fn opening(world: &World) -> Result<()> {
    say(
        world,
        "Alice, Bob, Carol and Mallory are to write a protocol for generals who do not trust each other. They do not \
         trust each other either, and they are right: Mallory lies.",
    )?;
    say(
        world,
        &format!(
            "All of it happens in {}. What comes after a $ is typed as you see it, what is indented is what was printed, and three dots stand for lines left out.",
            world.root().display()
        ),
    )
}

fn keys_and_charter(world: &World) -> Result<()> {
    world.narrator().act("1. The charter")?;
    for who in EVERYONE {
        world.enters_with_key(who)?;
    }
    say(
        world,
        "Each of them has an SSH key and an empty git remote, to which only its owner pushes and which everyone reads. \
         From key and remote each makes a card. They all type the same ($USER is whoever types).",
    )?;
    let init = "git init -q --bare --initial-branch=main \\\n    --object-format=sha1 log.git";
    world.each_types(&EVERYONE, init, "")?;
    let card = "bicker card --name $USER --key key.pub \\\n    --remote \"$PWD/log.git\" > ../$USER.card";
    world.each_types(&EVERYONE, card, "")?;
    world.types("alice", "cat ../alice.card", Show::Lines(&["name:", "remote:", "branch:"]))?;
    say(
        world,
        "They meet once, in person. Alice puts the cards together, and everyone compares the twelve words aloud: they \
         stand for every key and remote in the charter.",
    )?;
    let new = "bicker charter new --title 'The bickering generals' \\\n    ../*.card -o ../charter.yaml";
    world.types("alice", new, Show::All)?;
    let charter = read_charter(&world.root().join("charter.yaml"))?;
    world.write("allowed-signers", &allowed_signers(charter.researchers()))
}

fn joining(world: &World) -> Result<()> {
    say(
        world,
        "Each joins. That makes their repository and signs the first entry of their log. From now on they type in the \
         folder that it made, and whatever they say is a signed commit.",
    )?;
    let join = "bicker join --charter ../charter.yaml \\\n    --as $USER --key key --not-compared --push log";
    world.each_types(&EVERYONE, join, "signed:")
}

fn first_step(world: &World) -> Result<()> {
    world.narrator().act("2. The first step")?;
    say(world, "Nobody leads. Whoever has an idea for the first step proposes it, and Alice has one.")?;
    writes(world, "alice", "step1.md", STEP_1_PROPOSED)?;
    world.types("alice", "bicker propose --file ../step1.md --push", Show::All)?;
    say(world, "Bob looks up what he owes: a criticism.")?;
    world.types("bob", "bicker status", Show::All)?;
    let objection = "bicker criticize alice --stance object --push \\\n    \
                     --reason 'Two liars sign anything, and so do a liar and a fool. Say three.'";
    world.types("bob", objection, Show::All)?;
    say(world, "Carol criticises too, but she wants the opposite.")?;
    let other = "bicker criticize alice --stance object --push \\\n    \
                 --reason 'Two take all day to agree. Say one, and let it be me.'";
    world.types("carol", other, Show::All)?;
    say(world, "Mallory has no objection. Mallory never has any.")?;
    world.types("mallory", "bicker criticize alice --stance no-objection --push", Show::All)?;
    say(
        world,
        "Alice must answer all of them, or her revision does not count. She cannot follow both Bob and Carol: she \
         accepts one, and rejects the other as contradictory.",
    )?;
    writes(world, "alice", "step1.md", STEP_1_REVISED)?;
    let revise = "bicker revise --file ../step1.md --push \\\n    --accept bob --accept mallory \\\n    \
                  --reject 'carol=contradicts what bob asks, and one is no quorum'";
    world.types("alice", revise, Show::All).map(|_| ())
}

fn agreement_on_the_first_step(world: &World) -> Result<()> {
    say(
        world,
        "Now each tells the others which revision they have seen (an echo). Whoever sees three echoes of it says so (a \
         ratify), and with three of those it is final. None of that needs a decision, so sync does it.",
    )?;
    world.each_types(&["bob", "carol", "mallory", "alice"], "bicker sync", "signed:")?;
    say(world, "Those who came early did not see three echoes yet. They look again.")?;
    world.each_types(&["bob", "carol"], "bicker sync", "signed:")?;
    world.types("bob", "bicker status", Show::Lines(&["step 1", "step 2:"])).map(|_| ())
}

fn two_proposals(world: &World) -> Result<()> {
    world.narrator().act("3. Two proposals for the second step")?;
    say(world, "This time there are two ideas.")?;
    writes(world, "bob", "step2.md", STEP_2_BY_BOB)?;
    world.types("bob", "bicker propose --file ../step2.md --push", Show::All)?;
    writes(world, "carol", "step2.md", STEP_2_BY_CAROL)?;
    world.types("carol", "bicker propose --file ../step2.md --push", Show::All)?;
    say(world, "So everyone votes. Three votes of four decide which of the two is worked on.")?;
    world.types("alice", "bicker status", Show::Lines(&["vote", "proposal by"])).map(|_| ())
}

fn two_votes(world: &World) -> Result<Votes> {
    world.narrator().act("4. Two votes by Mallory")?;
    say(world, "Mallory votes for Bob.")?;
    let for_bob = "bicker vote bob --reason 'Dear Bob, I was always on your side.' --push";
    world.types("mallory", for_bob, Show::All)?;
    say(
        world,
        "Bob reads it and signs his vote on top of it. He will publish it tonight, so nobody knows yet what he has \
         seen.",
    )?;
    world.types("bob", "bicker vote bob --reason 'It needs no clock.'", Show::All)?;
    say(world, "Mallory wants to vote for Carol as well. bicker does not sign that, and ends with exit code 1.")?;
    let for_carol = "bicker vote carol --reason 'Dear Carol, I was always on your side.'";
    world.types_in_vain("mallory", for_carol, 1, Show::All)?;
    let votes = sign_second_vote(
        &world.folder_of("mallory"),
        At::new(2, 0),
        "carol",
        "Dear Carol, I was always on your side.",
        "for-carol",
    )?;
    say(
        world,
        "But it is her key. With a program of her own she signs a second vote on a branch beside her log, and with her \
         git hooks turned off she shows that in place of the first.",
    )?;
    world.types("mallory", "git log --oneline --no-decorate -1 main", Show::All)?;
    world.types("mallory", "git log --oneline --no-decorate -1 for-carol", Show::All)?;
    let push = "git -c core.hooksPath=/dev/null push -q --force origin \\\n    for-carol:main";
    world.types("mallory", push, Show::All)?;
    say(world, "Carol and Alice come to look now. They see this vote only, and sign theirs on top of it.")?;
    let punctual = "bicker vote carol --reason 'Dawn is dawn everywhere. Almost.' --push";
    world.types("carol", punctual, Show::All)?;
    world.types("alice", "bicker vote bob --reason 'Whose dawn? We have no clock.' --push", Show::All)?;
    Ok(votes)
}

fn discovery(world: &World) -> Result<()> {
    say(
        world,
        "In the evening Bob publishes. A signed entry carries its whole past, so what Mallory told Bob now lies beside \
         what she told the others, and both have her signature.",
    )?;
    let bob = world.types("bob", "bicker sync", Show::Lines(&["signed", "published", "!"]))?;
    must_say(&bob, "equivocation")?;
    must_say(&bob, "signed: acknowledgement of")?;
    say(
        world,
        "Nobody has to take Bob's word for it: what he has just acknowledged lies in the past of his log, both votes \
         with it, so everyone who looks finds the same, and so will those who come later.",
    )?;
    let alice = world.types("alice", "bicker status", Show::Lines(&["!"]))?;
    must_say(&alice, "equivocation")
}

fn second_step(world: &World) -> Result<()> {
    world.narrator().act("5. The second step, without Mallory")?;
    say(
        world,
        "A vote only chooses what is worked on; it makes nothing final. Bob's proposal has three, so the honest ones \
         go on with it. Three of four are enough for everything: nobody waits for Mallory.",
    )?;
    world.types("alice", "bicker status", Show::Lines(&["step 2:", "proposal by", "waits", "carol  "]))?;
    let vague = "bicker criticize bob --stance object --push \\\n    \
                 --reason 'Go on with what? Say: with what those three have signed.'";
    world.types("alice", vague, Show::All)?;
    let late = "bicker criticize bob --stance suggest --push \\\n    \
                --reason 'Late is not lost. Say that it is still read.'";
    world.types("carol", late, Show::All)?;
    say(world, "Both are right, for once.")?;
    writes(world, "bob", "step2.md", STEP_2_REVISED)?;
    let revise = "bicker revise --file ../step2.md --accept alice --accept carol --push";
    world.types("bob", revise, Show::All)?;
    let honest = ["alice", "carol", "bob"];
    world.each_types(&honest, "bicker sync", "signed:")?;
    world.each_types(&honest, "bicker sync", "signed:")?;
    world.types("carol", "bicker status", Show::Lines(&["step 1:", "step 2:"])).map(|_| ())
}

fn verdict(world: &World, votes: Votes) -> Result<()> {
    world.narrator().act("6. The verdict")?;
    world.enters("eve")?;
    say(
        world,
        "Eve is no member. She has the charter and nothing else, trusts none of the four and no remote, and checks \
         everything from the first commit on. Exit code 1 says that somebody has misbehaved.",
    )?;
    world.types_in_vain("eve", "bicker verify --charter ../charter.yaml --cache cache", 1, Show::All)?;
    let json = "bicker verify --charter ../charter.yaml --cache cache \\\n    --format json -o verdict.json";
    world.types_in_vain("eve", json, 1, Show::All)?;
    let told = Told {
        researchers: &EVERYONE,
        liar: "mallory",
        proof: [votes.first.to_string(), votes.second.to_string()],
        slot: "steps/0002/r0/vote.md",
        steps: &["Orders", "Silence"],
    };
    let differences = differences(&world.read("eve/verdict.json")?, &told);
    if !differences.is_empty() {
        return Err(differences.into_iter().fold(unlike("what the verifier reports"), because));
    }
    say(
        world,
        "As told: Mallory is convicted by two commits that she signed herself, nobody else is accused of anything, and \
         agreement holds.",
    )
}

fn document(world: &World) -> Result<()> {
    world.narrator().act("7. The agreed document")?;
    say(world, "And this is what they wrote. Whoever asks any of the honest ones gets the same, to the byte.")?;
    let here = "bicker document --charter ../charter.yaml --cache cache";
    world.types("eve", here, Show::All)?;
    world.each_types(&["alice", "bob", "carol"], "bicker document -o ../document.md", "")?;
    for who in ["alice", "bob", "carol"] {
        if world.read(&format!("{who}/document.md"))? != format!("{STEP_1_REVISED}\n{STEP_2_REVISED}") {
            return Err(unlike(&format!("the agreed document as {who} has it")));
        }
    }
    say(world, "All of it went as told.")
}

fn must_say(output: &str, words: &str) -> Result<()> {
    if output.contains(words) { Ok(()) } else { Err(because(unlike("what was found"), format!("no word of: {words}"))) }
}

fn unlike(what: &str) -> Error {
    Error::wrong(format!("this did not go as told: {what} is something else"))
}

fn because(mut error: Error, cause: String) -> Error {
    error.causes.push(cause);
    error
}
