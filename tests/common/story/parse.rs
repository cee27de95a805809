//! Reads a story's blocks. What looks like a block but is not one is an error, never prose.

/// A block that does something.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Block {
    /// Someone types commands.
    Typed {
        /// Who types.
        person: String,
        /// The status with which the last command ends.
        exit: i32,
        /// Whether commands without expected output must print nothing.
        silent: bool,
        /// What is typed, in order.
        commands: Vec<Command>,
    },
    /// Someone writes a file.
    File {
        /// Who writes.
        person: String,
        /// The file's path.
        path: String,
        /// What it then holds.
        text: String,
        /// The fence's line, from 1.
        line: usize,
    },
}

/// One command and what it prints.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Command {
    /// Where it stands, from 1.
    pub(crate) line: usize,
    /// What `sh` is given.
    pub(crate) typed: String,
    /// The lines expected.
    pub(crate) expected: Vec<String>,
}

impl Block {
    /// How many commands it has.
    pub(crate) fn commands(&self) -> usize {
        match self {
            Self::Typed { commands, .. } => commands.len(),
            Self::File { .. } => 0,
        }
    }
}

/// All blocks of a story, or `LINE: what is wrong there`.
pub(crate) fn parse(markdown: &str) -> Result<Vec<Block>, String> {
    let mut blocks = Vec::new();
    let mut lines = (1..).zip(markdown.lines());
    while let Some((start, line)) = lines.next() {
        let Some(fence) = Fence::open(line) else { continue };
        let mut body = Vec::new();
        loop {
            match lines.next() {
                Some((_, line)) if fence.closes(line) => break,
                Some(numbered) => body.push(numbered),
                None => return Err(format!("{start}: the block is never closed")),
            }
        }
        blocks.extend(block(start, &fence, &body)?);
    }
    Ok(blocks)
}

/// The line that opens a code block.
struct Fence<'a> {
    indent: usize,
    mark: char,
    length: usize,
    info: &'a str,
}

impl<'a> Fence<'a> {
    fn open(line: &'a str) -> Option<Self> {
        let inner = line.trim_start_matches([' ', '\t']);
        let mark = inner.chars().next().filter(|c| matches!(c, '`' | '~'))?;
        let info = inner.trim_start_matches(mark);
        let length = inner.len() - info.len();
        let opens = length >= 3 && (mark == '~' || !info.contains('`'));
        opens.then(|| Self { indent: line.len() - inner.len(), mark, length, info: info.trim() })
    }

    fn closes(&self, line: &str) -> bool {
        let line = line.trim();
        line.len() >= self.length && line.chars().all(|c| c == self.mark)
    }
}

fn block(start: usize, fence: &Fence<'_>, body: &[(usize, &str)]) -> Result<Option<Block>, String> {
    let words: Vec<&str> = fence.info.splitn(3, ' ').collect();
    let block = match words.as_slice() {
        ["sh", person, rest @ ..] => {
            let (exit, silent) = options(rest.first().copied().unwrap_or_default())
                .ok_or_else(|| format!("{start}: after the name only (exit N), (silent) or (exit N, silent)"))?;
            Block::Typed { person: name(start, person)?, exit, silent, commands: commands(body)? }
        }
        ["file", person, path] => {
            let text = body.iter().flat_map(|(_, line)| [line, "\n"]).collect();
            Block::File { person: name(start, person)?, path: (*path).to_owned(), text, line: start }
        }
        ["file", ..] => return Err(format!("{start}: a file block names a person and a path")),
        _ => return Ok(None),
    };
    match (&block, fence.indent) {
        (_, 1..) => Err(format!("{start}: a block that is run starts at the left margin")),
        (Block::Typed { commands, .. }, 0) if commands.is_empty() => Err(format!("{start}: nothing is typed here")),
        _ => Ok(Some(block)),
    }
}

/// The status and whether silence is asked for.
fn options(text: &str) -> Option<(i32, bool)> {
    if text.is_empty() {
        return Some((0, false));
    }
    let inner = text.strip_prefix('(')?.strip_suffix(')')?;
    let (first, second) = inner.split_once(", ").map_or((inner, None), |(first, second)| (first, Some(second)));
    let exit = |text: &str| text.strip_prefix("exit ")?.parse().ok();
    match (first, second) {
        ("silent", None) => Some((0, true)),
        (first, None) => Some((exit(first)?, false)),
        (first, Some("silent")) => Some((exit(first)?, true)),
        _ => None,
    }
}

fn name(line: usize, text: &str) -> Result<String, String> {
    let fits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if fits { Ok(text.to_owned()) } else { Err(format!("{line}: {text} is no name")) }
}

fn commands(body: &[(usize, &str)]) -> Result<Vec<Command>, String> {
    let mut commands: Vec<Command> = Vec::new();
    for (line, text) in body {
        match (text.strip_prefix("$ "), commands.last_mut()) {
            (Some(typed), _) => {
                commands.push(Command { line: *line, typed: typed.to_owned(), expected: Vec::new() });
            }
            (None, Some(command)) if command.typed.ends_with('\\') && command.expected.is_empty() => {
                command.typed.push('\n');
                command.typed.push_str(text);
            }
            (None, Some(command)) => command.expected.push((*text).to_owned()),
            (None, None) => return Err(format!("{line}: output before any command")),
        }
    }
    match commands.iter().find(|command| command.typed.ends_with('\\')) {
        Some(open) => Err(format!("{}: the command goes on after its last line", open.line)),
        None => Ok(commands),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_types_what_and_sees_what() {
        let story = "Prose.\n\n```sh alice\n$ one\nout\n\n$ two \\\n    more\n$ three\n```\n";
        let command = |line, typed: &str, expected: &[&str]| Command {
            line,
            typed: typed.to_owned(),
            expected: expected.iter().map(|line| (*line).to_owned()).collect(),
        };
        let commands =
            vec![command(4, "one", &["out", ""]), command(7, "two \\\n    more", &[]), command(9, "three", &[])];
        let block = Block::Typed { person: "alice".to_owned(), exit: 0, silent: false, commands };
        assert_eq!(parse(story), Ok(vec![block]));
    }

    #[test]
    fn files_hold_the_blocks_text() {
        let story = "````file bob a/b c.md\n```\n$ text\n```\n````\n";
        let block = Block::File {
            person: "bob".to_owned(),
            path: "a/b c.md".to_owned(),
            text: "```\n$ text\n```\n".to_owned(),
            line: 1,
        };
        assert_eq!(parse(story), Ok(vec![block]));
    }

    #[test]
    fn options_are_understood_or_refused() {
        let parsed = |options: &str| match parse(&format!("```sh al {options}\n$ x\n```\n"))?.pop() {
            Some(Block::Typed { exit, silent, .. }) => Ok((exit, silent)),
            other => panic!("{other:?}"),
        };
        assert_eq!(parsed(""), Ok((0, false)));
        assert_eq!(parsed("(exit 3)"), Ok((3, false)));
        assert_eq!(parsed("(silent)"), Ok((0, true)));
        assert_eq!(parsed("(exit 1, silent)"), Ok((1, true)));
        for bad in ["exit 1", "(exit)", "(exit one)", "(quiet)", "(silent, exit 1)", "(exit 1", "bob"] {
            let refused = "1: after the name only (exit N), (silent) or (exit N, silent)".to_owned();
            assert_eq!(parsed(bad), Err(refused), "{bad}");
        }
    }

    #[test]
    fn other_blocks_are_prose() {
        let story = "```\n$ x\n```\n~~~sh\n$ x\n~~~\n```yaml\nx\n```\n    ```text\n    ```\n`sh alice`\n";
        assert_eq!(parse(story), Ok(vec![]));
    }

    #[test]
    fn what_is_nearly_a_block_is_an_error() {
        for (story, wrong) in [
            ("\n```sh al\n$ x\n", "2: the block is never closed"),
            ("```sh al\nout\n$ x\n```\n", "2: output before any command"),
            ("```sh al\n```\n", "1: nothing is typed here"),
            ("```sh Al\n$ x\n```\n", "1: Al is no name"),
            ("```file al\n```\n", "1: a file block names a person and a path"),
            ("- x\n  ```sh al\n  $ x\n  ```\n", "3: output before any command"),
            (" ```sh al\n$ x\n ```\n", "1: a block that is run starts at the left margin"),
            (" ```file al x\n ```\n", "1: a block that is run starts at the left margin"),
            ("```sh al\n$ x \\\n```\n", "2: the command goes on after its last line"),
        ] {
            assert_eq!(parse(story), Err(wrong.to_owned()), "{story}");
        }
    }
}
