//! `explain`: what a finding or a rule means. `help`: a command's help, or that list.

use clap::error::ErrorKind;
use clap::{Args, Command};

use super::{pager, ui};
use crate::error::{Error, Result};
use crate::report::Exit;
use crate::report::explain::{explain as explained, list};

/// Say what a finding or a rule means, whom it accuses, and what to do.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  bicker explain equivocation\n  bicker explain 3.echo\n  bicker explain")]
pub struct Explain {
    /// A finding's code or a rule's tag; all of them if not given
    code: Option<String>,
}

/// `explain`
pub fn explain(arguments: &Explain) -> Result<Exit> {
    let (colour, width) = (ui::colour(), ui::width());
    let Some(code) = &arguments.code else { return pager::show(&list(colour, width)) };
    match explained(code, colour, width) {
        Some(text) => pager::show(&text),
        None => Err(Error::usage(format!("{code} is neither a finding's code nor a rule's tag"))
            .hint("see all of them: bicker explain")),
    }
}

/// Show the help of a command, or what findings mean.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  bicker help charter new\n  bicker help findings")]
pub struct Help {
    /// A command, such as charter new; or findings
    topic: Vec<String>,
}

/// `help`: what the command itself says when it is asked for --help.
pub fn help(arguments: &Help, program: Command) -> Result<Exit> {
    if arguments.topic == ["findings"] {
        return pager::show(&list(ui::colour(), ui::width()));
    }
    let words = arguments.topic.iter().map(String::as_str);
    let asked = program.try_get_matches_from(["bicker"].into_iter().chain(words).chain(["--help"]));
    match asked {
        Err(help) if help.kind() == ErrorKind::DisplayHelp => {
            let text = help.render();
            pager::show(&if ui::colour() { text.ansi().to_string() } else { text.to_string() })
        }
        _ => Err(Error::usage(format!("there is no command {}", arguments.topic.join(" ")))
            .hint("see all of them: bicker help")),
    }
}
