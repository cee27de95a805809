//! The key ceremony with real terminals: what is asked of a person, what a program is never asked, and pictures that a
//! reader reads off the screen.

mod common;
#[path = "ceremony/terminal.rs"]
mod terminal;

use std::process::{Command, Stdio};

use bicker::protocol::charter::Charter;
use bicker::protocol::words::words;
use common::{Person, World};
use terminal::{Session, sit_at};

/// Remotes that are nowhere: the charter, and so its words, are the same in every run.
fn meeting() -> (World, Person, Vec<&'static str>) {
    let world = World::new();
    let mut argv = vec!["bicker".to_owned(), "charter".into(), "new".into(), "--title".into(), "Quorums at sea".into()];
    for name in ["alice", "bob", "carol", "dave"] {
        let person = world.person(name);
        let remote = format!("/nowhere/bicker/{name}.git");
        let card = ["bicker", "card", "--name", name, "--key", ".ssh/id_ed25519.pub", "--remote", &remote];
        let card = world.run(&person, &card).success().stdout().to_owned();
        let file = world.remotes().join(format!("{name}.card"));
        std::fs::write(&file, card).expect("the card");
        argv.push(file.display().to_string());
    }
    let alice = world.person("alice");
    argv.extend(["-o".into(), "charter.yaml".into()]);
    let argv: Vec<&str> = argv.iter().map(String::as_str).collect();
    world.run(&alice, &argv).success();
    let charter = std::fs::read(alice.home.join("charter.yaml")).expect("the charter");
    let charter = Charter::parse(&charter).expect("a charter");
    (world, alice, words(&charter.digest()).to_vec())
}

const JOIN: [&str; 9] =
    ["join", "--charter", "charter.yaml", "--as", "alice", "--key", ".ssh/id_ed25519", "--remote-unseen", "--first"];

fn join(world: &World, alice: &Person, more: &[&str]) -> Command {
    let mut command = world.command(alice, "bicker");
    command.args(JOIN).args(more).arg("log").current_dir(&alice.home);
    command
}

/// The words that the prompt at the end of the screen asks for.
fn asked<'a>(screen: &str, words: &[&'a str]) -> Option<[&'a str; 2]> {
    let prompt = screen.strip_suffix(", as your group read them aloud: ")?;
    let (_, places) = prompt.rsplit_once("words ")?;
    let (first, second) = places.split_once(" and ")?;
    let word = |place: &str| words[place.parse::<usize>().expect("a place") - 1];
    Some([word(first), word(second)])
}

fn is_made(alice: &Person) -> bool {
    alice.home.join("log").exists()
}

#[test]
fn who_has_listened_joins_and_the_screen_does_not_help() {
    let (world, alice, words) = meeting();
    let mut before = String::new();
    let Session { screen, code } = sit_at(&mut join(&world, &alice, &[]), |screen| {
        let [first, second] = asked(screen, &words)?;
        before = screen.to_owned();
        Some(format!("{first} {second}\n"))
    });
    assert_eq!(code, Some(0), "{screen}");
    assert!(before.contains("  alice  SHA256:"), "{before}");
    assert_eq!(before.matches("SHA256:").count(), 4, "{before}");
    let shown: Vec<&str> = before.split(|c: char| !c.is_alphanumeric()).collect();
    let leaked: Vec<&&str> = words.iter().filter(|word| shown.contains(word)).collect();
    assert!(leaked.is_empty(), "{leaked:?} in {before}");
    assert!(screen.contains("signed: join (") && !screen.contains("note: nobody has compared"), "{screen}");
    assert!(is_made(&alice));
}

#[test]
fn a_word_that_is_another_one_is_asked_once_more_and_then_stops_it() {
    let (world, alice, words) = meeting();
    let mut asks = 0;
    let Session { screen, code } = sit_at(&mut join(&world, &alice, &[]), |screen| {
        let [first, second] = asked(screen, &words)?;
        asks += 1;
        Some(if asks > 1 { format!("{first} {second}\n") } else { format!("{second} {first}\n") })
    });
    assert_eq!(code, Some(0), "{screen}");
    assert!(screen.contains("but a different word in this charter; have"), "{screen}");
    std::fs::remove_dir_all(alice.home.join("log")).expect("it was made");
    asks = 0;
    let Session { screen, code } = sit_at(&mut join(&world, &alice, &[]), |screen| {
        let [first, second] = asked(screen, &words)?;
        asks += 1;
        Some(format!("{second} {first}\n"))
    });
    assert_eq!((code, asks), (Some(1), 2), "{screen}");
    assert!(screen.contains("error: this is not the charter that your group compared"), "{screen}");
    assert!(!is_made(&alice));
}

#[test]
fn a_slip_is_asked_again_and_giving_up_makes_nothing() {
    let (world, alice, words) = meeting();
    let mut typed = ["just one\u{7f}\u{7f}\u{7f}\n", "qwerty uiop\n", "\u{4}"].into_iter();
    let mut places = std::collections::BTreeSet::new();
    let Session { screen, code } = sit_at(&mut join(&world, &alice, &[]), |screen| {
        places.insert(asked(screen, &words)?);
        typed.next().map(str::to_owned)
    });
    assert_eq!(code, Some(2), "{screen}");
    assert!(
        screen.contains("expected 2 words, got 1") && screen.contains("\"qwerty\", is not in the list"),
        "{screen}"
    );
    assert!(screen.contains("error: no words were typed; nothing was made"), "{screen}");
    assert_eq!(places.len(), 1, "the places stay the same: {places:?}");
    assert!(!is_made(&alice));
}

#[test]
fn who_says_what_was_compared_is_not_asked() {
    let (world, alice, words) = meeting();
    let expected = words.join(" ");
    for more in [&["--expect", &expected][..], &["--not-compared"]] {
        let Session { screen, code } = sit_at(&mut join(&world, &alice, more), |_| None);
        assert_eq!(code, Some(0), "{screen}");
        assert!(!screen.contains("aloud") && !screen.contains("note: nobody"), "{screen}");
        std::fs::remove_dir_all(alice.home.join("log")).expect("it was made");
    }
    let both = ["bicker", "join", "--charter", "charter.yaml", "--as", "alice", "--key", ".ssh/id_ed25519"];
    let both = [&both[..], &["--expect", &expected, "--not-compared", "log"]].concat();
    world.run(&alice, &both).failure(2);
}

/// Standard input is a pipe that nobody writes to and nobody closes.
#[test]
fn a_program_is_not_asked_and_not_kept_waiting() {
    let (world, alice, _) = meeting();
    let mut command = join(&world, &alice, &[]);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    let open = child.stdin.take().expect("a pipe");
    let ended = child.wait_with_output().expect("it ends");
    drop(open);
    let said = String::from_utf8(ended.stderr).expect("UTF-8");
    assert_eq!(ended.status.code(), Some(2), "{said}");
    assert!(
        said.starts_with("error: nobody has confirmed that the charter was compared, and there is no terminal"),
        "{said}"
    );
    assert!(said.contains("--expect '") && said.contains("--not-compared") && ended.stdout.is_empty(), "{said}");
    assert!(!is_made(&alice));
}

/// What a reader that knows nothing of us sees on a screen whose background is `ground`.
fn scanned(picture: &str, ground: u8) -> Vec<String> {
    let lines: Vec<&str> = picture.lines().collect();
    let pixels: Vec<Vec<u8>> = lines.iter().flat_map(|line| two_rows(line, ground)).collect();
    let (wide, high) = (pixels[0].len() * 4, pixels.len() * 4);
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(wide, high, |x, y| pixels[y / 4][x / 4]);
    image.detect_grids().iter().map(|grid| grid.decode().expect("a readable code").1).collect()
}

fn two_rows(line: &str, ground: u8) -> [Vec<u8>; 2] {
    let row = |full: [char; 2]| line.chars().map(|c| if full.contains(&c) { 255 - ground } else { ground }).collect();
    [row(['█', '▀']), row(['█', '▄'])]
}

fn card(world: &World, alice: &Person, more: &[&str]) -> Command {
    let mut command = world.command(alice, "bicker");
    let remote = "https://git.example.org/alice/bft.git";
    command.args(["card", "--name", "alice", "--key", ".ssh/id_ed25519.pub", "--remote", remote]).args(more);
    command.current_dir(&alice.home).env("TERM", "xterm-256color");
    command
}

#[test]
fn a_card_is_read_off_the_screen() {
    let world = World::new();
    let alice = world.person("alice");
    let parts = |command: &mut Command| {
        let Session { screen, code } = sit_at(command, |_| None);
        assert_eq!(code, Some(0), "{screen}");
        let at = screen.find("- name: alice\n").expect("the card in letters, below");
        (screen[..at].to_owned(), screen[at..].to_owned())
    };
    let (picture, text) = parts(&mut card(&world, &alice, &["--qr"]));
    assert!(!picture.contains('\u{1b}'), "colours, against NO_COLOR");
    assert_eq!(scanned(&picture, 0), [text.as_str()], "light ink on a dark screen");
    let (picture, text) = parts(&mut card(&world, &alice, &["--qr", "--invert"]));
    assert_eq!(scanned(&picture, 255), [text.as_str()], "dark ink on a light screen");
    let (picture, text) = parts(card(&world, &alice, &["--qr"]).env_remove("NO_COLOR"));
    assert!(picture.lines().all(|line| line.starts_with("\u{1b}[38;5;16;48;5;231m") && line.ends_with("\u{1b}[0m")));
    let plain = picture.replace("\u{1b}[38;5;16;48;5;231m", "").replace("\u{1b}[0m", "");
    assert_eq!(scanned(&plain, 255), [text.as_str()], "black on white whatever the screen");
}

#[test]
fn a_card_with_a_picture_in_a_file_is_a_card() {
    let world = World::new();
    let alice = world.person("alice");
    let run = |more: &[&str]| String::from_utf8(card(&world, &alice, more).output().expect("it runs").stdout);
    let (plain, drawn) = (run(&[]).expect("UTF-8"), run(&["--qr"]).expect("UTF-8"));
    let picture = drawn.strip_suffix(&plain).expect("the card below");
    let uncommented: String =
        picture.lines().map(|l| l.strip_prefix("# ").expect("a comment").to_owned() + "\n").collect();
    assert_eq!(scanned(&uncommented, 255), [plain.as_str()], "dark ink on paper");
    let charter_of = |name: &str, card: &str| {
        std::fs::write(alice.home.join(name), card).expect("a card");
        world.run(&alice, &["bicker", "charter", "new", "--title", "T", name]).success().stdout().to_owned()
    };
    assert_eq!(charter_of("drawn.card", &drawn), charter_of("plain.card", &plain));
}

#[test]
fn the_whole_digest_is_read_off_the_screen() {
    let (world, alice, words) = meeting();
    let mut show = world.command(&alice, "bicker");
    show.args(["charter", "show", "--qr", "charter.yaml"]).current_dir(&alice.home);
    let Session { screen, code } = sit_at(&mut show, |_| None);
    assert_eq!(code, Some(0), "{screen}");
    assert!(screen.contains(&words[..4].join(" ")));
    let (_, digest) = screen.split_once("sha256:").expect("the digest");
    let digest = format!("sha256:{}", digest.get(..64).expect("64 digits"));
    let at = screen.find('█').expect("a picture");
    assert_eq!(scanned(&screen[at..], 0), [digest.as_str()]);
    let mut command = join(&world, &alice, &["--expect", &digest]);
    let Session { screen, code } = sit_at(&mut command, |_| None);
    assert_eq!(code, Some(0), "{screen}");
}

#[test]
fn a_narrow_terminal_is_told_of() {
    let world = World::new();
    let alice = world.person("alice");
    let mut narrow = world.command(&alice, "sh");
    narrow
        .current_dir(&alice.home)
        .args(["-c", "stty cols 40 && bicker card --name alice --key .ssh/id_ed25519.pub --remote /x --qr"]);
    let Session { screen, code } = sit_at(&mut narrow, |_| None);
    assert_eq!(code, Some(0), "{screen}");
    assert!(screen.contains("the picture is 49 columns wide and this\nterminal 40: widen it to scan\n"), "{screen}");
}
