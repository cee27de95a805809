//! Every command in a world whose logs hold the worst that the grammar allows, and commits that it does not allow:
//! nothing that anybody else wrote orders a terminal about, and nothing of our own is wider than the page.
//!
//! The list of commands (`terminal/rows.rs`) is held against `bicker --help`, so a new command has to be added there.
//! `TERMINAL=log` in the environment runs only command lines that contain that.

mod common;
#[path = "ceremony/terminal.rs"]
#[allow(dead_code, reason = "nobody answers anything here")]
mod pty;
#[path = "terminal"]
mod terminal {
    pub(crate) mod rows;
    pub(crate) mod scene;
    pub(crate) mod screen;
}

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use bicker::report::cells::cells;
use terminal::rows::{Form, ROWS, Row, command};
use terminal::scene::{HOSTILE, Printed, Scene, TAME};
use terminal::screen::{Seat, order, uncoloured, wider};

/// Where a command is run: as wide as this, with a terminal or without, with colour or without.
const SEATS: [Seat; 8] = [
    Seat { width: 80, is_terminal: true, no_color: false },
    Seat { width: 200, is_terminal: false, no_color: true },
    Seat { width: 200, is_terminal: true, no_color: true },
    Seat { width: 80, is_terminal: false, no_color: false },
    Seat { width: 80, is_terminal: true, no_color: true },
    Seat { width: 80, is_terminal: false, no_color: true },
    Seat { width: 200, is_terminal: true, no_color: false },
    Seat { width: 200, is_terminal: false, no_color: false },
];

/// How many of the seats, from the first, make each width, each kind of output and each setting of colour occur.
const FEW: usize = 4;

#[test]
fn every_command_is_in_the_list() {
    let scene = Scene::empty();
    let told: BTreeSet<String> = scene.commands().into_iter().collect();
    let listed: BTreeSet<String> = ROWS.iter().map(|row| command(row.line).to_owned()).collect();
    assert!(told.len() > 30, "{told:?}");
    assert_eq!(listed, told);
}

/// Other people's words and commits reach the screen only as text, and a CI job's log only as words.
#[test]
fn no_output_holds_an_order() {
    let scene = Scene::new(&HOSTILE);
    let coloured = AtomicBool::new(false);
    let wrong = on_seats(&scene, seats, |row, seat, printed| {
        let plain = uncoloured(&printed.text, seat.is_terminal && !seat.no_color)?;
        if plain.len() < printed.text.len() {
            coloured.store(true, Ordering::Relaxed);
        }
        if plain.contains("panicked at") {
            return Err(format!("a panic: {plain}"));
        }
        match order(&plain).filter(|_| row.form == Form::Page) {
            Some(line) => Err(format!("an order to a CI runner: {line}")),
            None => Ok(()),
        }
    });
    assert!(wrong.is_empty(), "{} outputs are wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(filter().is_some() || coloured.load(Ordering::Relaxed), "no colour anywhere: these were no terminals");
}

/// In a world of short words every line fits, but for what is there to be copied.
#[test]
fn no_line_is_wider_than_the_page() {
    let scene = Scene::new(&TAME);
    // What somebody pasted is repeated as it is, however wide that makes the line.
    let few = |row: &Row| match row.form == Form::Data || row.line.contains("$RAW") {
        true => &[][..],
        false => few_seats(row),
    };
    let wrong = on_seats(&scene, few, |_, seat, printed| {
        let plain = uncoloured(&printed.text, seat.is_terminal)?;
        match wider(&plain, seat).filter(|_| !printed.is_messages) {
            Some(line) => Err(format!("{} columns: {line}", cells(line))),
            None => Ok(()),
        }
    });
    assert!(wrong.is_empty(), "{} outputs are too wide:\n{}", wrong.len(), wrong.join("\n"));
}

fn filter() -> Option<String> {
    std::env::var("TERMINAL").ok()
}

/// Runs every row on seats, and gives what `judge` says against any output.
fn on_seats(
    scene: &Scene,
    seats: fn(&Row) -> &'static [Seat],
    judge: impl Fn(&Row, Seat, &Printed) -> Result<(), String> + Sync,
) -> Vec<String> {
    let rows = ROWS.iter().filter(|row| filter().is_none_or(|filter| row.line.contains(&filter)));
    let runs: Vec<(&Row, Seat)> = rows.flat_map(|row| seats(row).iter().map(move |seat| (row, *seat))).collect();
    let (next, wrong) = (AtomicUsize::new(0), Mutex::new(BTreeSet::new()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some((row, seat)) = runs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    for printed in scene.run(row, *seat) {
                        if let Err(what) = judge(row, *seat, &printed) {
                            wrong.lock().expect("no panic").insert(format!("{}, {seat}: {what}", row.line));
                        }
                    }
                }
            });
        }
    });
    wrong.into_inner().expect("no panic").into_iter().collect()
}

/// All seats for a command's first line, a few for its others.
fn seats(row: &Row) -> &'static [Seat] {
    let first = ROWS.iter().find(|other| command(other.line) == command(row.line));
    let is_first = first.is_some_and(|first| first.line == row.line);
    if is_first && !row.takes_long { &SEATS } else { few_seats(row) }
}

/// Seats in which everything occurs; for what takes long only two.
fn few_seats(row: &Row) -> &'static [Seat] {
    if row.takes_long { &SEATS[..2] } else { &SEATS[..FEW] }
}
