//! QR codes on whatever standard output is.
//!
//! Decides which ink a picture is drawn in. In colour it is black on white for certain. Without colours a terminal is
//! taken to be dark, and what is no terminal to end up on paper; `--invert` is for when that is wrong.

use std::io::IsTerminal;

use clap::Args;

use super::ui;
use crate::error::{Error, Result};
use crate::report::qr::{Ink, lines};

/// Whether and how to draw.
#[derive(Args, Debug)]
pub struct Picture {
    /// Draw a QR code of it, for a phone
    #[arg(long)]
    pub qr: bool,
    /// Draw the QR code the other way round, where it is not read: a light screen without colours, say
    #[arg(long, requires = "qr")]
    invert: bool,
}

impl Picture {
    /// The picture of a text, if one is asked for, each line after `margin`.
    ///
    /// # Errors
    /// The text is too long for a QR code.
    pub fn of(&self, text: &str, margin: &str) -> Result<String> {
        if !self.qr {
            return Ok(String::new());
        }
        let lines = lines(text, self.ink()).ok_or_else(|| {
            Error::usage("this is too long for a QR code").hint("send it as a file: the same command without --qr")
        })?;
        // Counted without colour codes: a code is square, an odd number of modules wide, and a line is two of them high.
        let width = (lines.len() * 2).saturating_sub(1);
        if let Some(columns) = columns().filter(|columns| *columns < width) {
            ui::say(&format!("the picture is {width} columns wide and this terminal {columns}: widen it to scan"));
        }
        Ok(lines.iter().map(|line| format!("{margin}{line}\n")).collect())
    }

    fn ink(&self) -> Ink {
        let on_terminal = std::io::stdout().is_terminal();
        match (ui::colour(), on_terminal != self.invert) {
            // Colour may be wanted always, but in a file the picture is a comment of a card.
            (true, _) if on_terminal => Ink::Coloured,
            (_, true) => Ink::Light,
            (_, false) => Ink::Dark,
        }
    }
}

/// How many columns the terminal has, if there is one.
fn columns() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(std::io::stdout()).ok()?;
    Some(usize::from(size.ws_col)).filter(|columns| *columns > 0)
}
