//! Text as a QR code made of characters, for a phone to read off a screen or off paper.
//!
//! Decides how the modules become half blocks, two rows to a line, with the quiet zone of four modules that readers
//! need. Never decides what the picture is shown on: a picture is drawn for dark ink on light paper or for light ink on a
//! dark screen, and the caller says which.

use qrcodegen::{QrCode, QrCodeEcc};

/// The empty border that a reader needs around a QR code, in modules.
const QUIET: i32 = 4;

/// True black on true white, whatever the colours of the terminal.
const BLACK_ON_WHITE: &str = "\u{1b}[38;5;16;48;5;231m";

/// Back to the terminal's own colours.
const PLAIN: &str = "\u{1b}[0m";

/// What the characters of a picture stand out as.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ink {
    /// Dark on light: paper, a bright screen.
    Dark,
    /// Light on dark: most terminals.
    Light,
    /// Dark on light, made so by colour codes.
    Coloured,
}

/// The picture of a text, line by line. There is none of more than 2,953 bytes.
pub fn lines(text: &str, ink: Ink) -> Option<Vec<String>> {
    // The lowest level of error correction makes the smallest picture. A higher one mends dirt and creases, and there
    // are none on a screen; the encoder takes one all the same where it costs no row.
    let code = QrCode::encode_text(text, QrCodeEcc::Low).ok()?;
    let modules = -QUIET..code.size() + QUIET;
    let rows = modules.clone().step_by(2);
    Some(rows.map(|row| line(&code, modules.clone(), row, ink)).collect())
}

/// Two rows of modules. Beyond the last row all is quiet zone.
fn line(code: &QrCode, columns: std::ops::Range<i32>, row: i32, ink: Ink) -> String {
    let inked = |column, row| code.get_module(column, row) == (ink != Ink::Light);
    let drawn: String = columns
        .map(|column| match (inked(column, row), inked(column, row + 1)) {
            (true, true) => '█',
            (true, false) => '▀',
            (false, true) => '▄',
            (false, false) => ' ',
        })
        .collect();
    match ink {
        Ink::Coloured => format!("{BLACK_ON_WHITE}{drawn}{PLAIN}"),
        Ink::Dark | Ink::Light => drawn,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CARD: &str = "- name: alice\n  key: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c\n  \
                        remote: \"https://git.example.org/alice/bft.git\"\n  branch: main\n";

    /// What a reader that knows nothing of us sees in a picture, each module four pixels wide and high. `ground` is the
    /// grey between the characters, and around the picture.
    fn scanned(lines: &[String], ground: u8) -> Vec<String> {
        let pixels: Vec<Vec<u8>> = lines.iter().flat_map(|line| two_rows(line, ground)).collect();
        let (wide, high) = (pixels[0].len() * 4, pixels.len() * 4);
        let mut image = rqrr::PreparedImage::prepare_from_greyscale(wide, high, |x, y| pixels[y / 4][x / 4]);
        image.detect_grids().iter().map(|grid| grid.decode().expect("a readable code").1).collect()
    }

    fn two_rows(line: &str, ground: u8) -> [Vec<u8>; 2] {
        let ink = 255 - ground;
        let row = |full: [char; 2]| line.chars().map(|c| if full.contains(&c) { ink } else { ground }).collect();
        [row(['█', '▀']), row(['█', '▄'])]
    }

    #[test]
    fn a_reader_reads_it_off_paper_and_off_a_screen() {
        for text in [CARD, "x", &format!("sha256:{}", "0a".repeat(32)), &"/long".repeat(250)] {
            let paper = lines(text, Ink::Dark).expect("a picture");
            assert_eq!(scanned(&paper, 255), [text], "paper");
            let screen = lines(text, Ink::Light).expect("a picture");
            assert_eq!(scanned(&screen, 0), [text], "screen");
        }
    }

    #[test]
    fn the_wrong_way_round_is_not_read() {
        let paper = lines(CARD, Ink::Dark).expect("a picture");
        assert_eq!(scanned(&paper, 0), [""; 0]);
    }

    #[test]
    fn it_has_its_quiet_zone_and_equal_lines() {
        for ink in [Ink::Dark, Ink::Light] {
            let lines = lines(CARD, ink).expect("a picture");
            let width = lines[0].chars().count();
            assert!(lines.iter().all(|line| line.chars().count() == width));
            assert_eq!(lines.len(), width.div_ceil(2));
            let quiet = if ink == Ink::Dark { ' ' } else { '█' };
            let border = |line: &String| line.chars().take(4).chain(line.chars().skip(width - 4)).all(|c| c == quiet);
            assert!(lines[..2].iter().chain(&lines[lines.len() - 2..]).all(|line| line.chars().all(|c| c == quiet)));
            assert!(lines.iter().all(border));
        }
    }

    #[test]
    fn a_card_and_a_digest_fit_on_a_terminal() {
        let size = |text: &str| lines(text, Ink::Dark).map(|lines| (lines[0].chars().count(), lines.len()));
        assert_eq!(size(&format!("sha256:{}", "0a".repeat(32))), Some((41, 21)));
        assert_eq!(size(CARD), Some((57, 29)));
    }

    #[test]
    fn colours_begin_and_end_on_each_line() {
        let (plain, coloured) = (lines(CARD, Ink::Dark), lines(CARD, Ink::Coloured).expect("a picture"));
        let stripped: Option<Vec<String>> =
            coloured.iter().map(|line| Some(line.strip_prefix(BLACK_ON_WHITE)?.strip_suffix(PLAIN)?.into())).collect();
        assert_eq!(stripped, plain);
    }

    #[test]
    fn what_is_too_long_has_no_picture() {
        assert!(lines(&"a".repeat(2953), Ink::Dark).is_some());
        assert_eq!(lines(&"a".repeat(2954), Ink::Dark), None);
    }
}
