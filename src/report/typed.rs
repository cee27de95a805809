//! What a message says to type: it stands last, after `: `, and is kept whole wherever a line breaks, as it would be no
//! command any more if it were copied with a line end in it.
//!
//! Decides only where such a command begins. Words of other people that look like one are kept whole, too.

/// What a command to type may start with.
const PROGRAMS: [&str; 18] = [
    "bicker",
    "cd",
    "chmod",
    "cp",
    "df",
    "eval",
    "export",
    "git",
    "ls",
    "mkdir",
    "mv",
    "printf",
    "rm",
    "sed",
    "ssh-add",
    "ssh-keygen",
    "sudo",
    "unset",
];

/// The command that a message tells to type, if it does.
pub fn command_in(message: &str) -> Option<&str> {
    let mut ends = message.rmatch_indices(": ").filter_map(|(at, colon)| message.get(at + colon.len()..));
    ends.find(|end| PROGRAMS.contains(&end.split(' ').next().unwrap_or_default()))
}

/// The words of a message in order, split at spaces; a command at its end is one of them.
pub fn units(message: &str) -> impl Iterator<Item = &str> {
    let command = command_in(message).unwrap_or_default();
    let prose = message.strip_suffix(command).unwrap_or(message);
    prose.split(' ').chain([command.trim()]).filter(|unit| !unit.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_one_word() {
        let all = |message| units(message).collect::<Vec<_>>();
        assert_eq!(
            all("see where: it is: bicker status --json"),
            ["see", "where:", "it", "is:", "bicker status --json"]
        );
        assert_eq!(all("note: this is  prose"), ["note:", "this", "is", "prose"]);
        assert_eq!(all("bicker status"), ["bicker", "status"]);
        assert_eq!(all("ü: git"), ["ü:", "git"]);
        assert_eq!(all(""), [""; 0]);
    }
}
