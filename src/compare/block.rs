//! The `diff` blocks of a criticism and the hunks in them.
//!
//! Reads as people write: a block may have the whole form of a unified diff, file names and all, or no more than the
//! lines to be changed with `-` and `+` before them. Numbers in a hunk's head say where it is meant to stand; they are
//! hints, and a wrong count is no fault.

/// A hunk as it was written.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(super) struct Hunk<'a> {
    /// The line of the criticism in which it begins, from 1.
    pub(super) line: usize,
    /// What its head says, if it has one with numbers.
    pub(super) head: Option<Head>,
    /// Its lines without their sign.
    pub(super) rows: Vec<(Sign, &'a str)>,
    /// The first line that has no sign.
    pub(super) unsigned: Option<usize>,
    /// How many lines at the end are wholly empty: a blank line of context whose space was lost, or no part of it.
    blank: usize,
    /// How many lines stay or go.
    old: usize,
    /// How many lines stay or come.
    new: usize,
}

/// The numbers of a hunk's head, as they stand there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Head {
    /// The line at which it begins.
    pub(super) start: usize,
    old: usize,
    new: usize,
}

/// What a line of a hunk is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Sign {
    /// It stays.
    Keep,
    /// It goes.
    Remove,
    /// It comes.
    Add,
}

/// The hunks of all `diff` blocks, at most `limit`.
pub(super) fn hunks(criticism: &str, limit: usize) -> Vec<Hunk<'_>> {
    let mut reader = Reader { hunks: Vec::new(), open: None, within_names: false, limit };
    let mut fence: Option<Fence<'_>> = None;
    let mut lines = (1..).zip(super::lines(criticism)).peekable();
    while let Some((number, line)) = lines.next() {
        let Some(open) = &fence else {
            fence = Fence::open(line);
            continue;
        };
        if open.closes(line) {
            reader.end_hunk();
            fence = None;
        } else if open.is_diff {
            let next = lines.peek().map_or("", |(_, next)| open.content(next));
            reader.read(number, open.content(line), next);
        }
    }
    reader.end_hunk();
    reader.hunks
}

/// The beginning of a fenced block, as CommonMark has it outside lists and quotations.
struct Fence<'a> {
    indent: usize,
    marks: &'a str,
    is_diff: bool,
}

impl<'a> Fence<'a> {
    fn open(line: &'a str) -> Option<Self> {
        let (indent, marks, info) = fence_marks(line)?;
        if marks.starts_with('`') && info.contains('`') {
            return None;
        }
        Some(Self { indent, marks, is_diff: info.split_whitespace().next() == Some("diff") })
    }

    fn closes(&self, line: &str) -> bool {
        fence_marks(line).is_some_and(|(_, marks, info)| marks.starts_with(self.marks) && info.trim().is_empty())
    }

    /// A line of the block without the fence's own indentation.
    fn content<'b>(&self, line: &'b str) -> &'b str {
        let indent = line.bytes().take(self.indent).take_while(|byte| *byte == b' ').count();
        line.get(indent..).unwrap_or(line)
    }
}

/// The indentation, the marks, three or more of one kind, and what follows them, of a line that is a fence.
fn fence_marks(line: &str) -> Option<(usize, &str, &str)> {
    let rest = line.trim_start_matches(' ');
    let indent = line.len() - rest.len();
    let mark = rest.chars().next().filter(|mark| matches!(mark, '`' | '~'))?;
    let info = rest.trim_start_matches(mark);
    let marks = rest.get(..rest.len() - info.len())?;
    (indent <= 3 && marks.len() >= 3).then_some((indent, marks, info))
}

struct Reader<'a> {
    hunks: Vec<Hunk<'a>>,
    open: Option<Hunk<'a>>,
    /// Whether the next line is the second of the two that name files.
    within_names: bool,
    limit: usize,
}

impl<'a> Reader<'a> {
    /// Reads a line of a block; `next` is the one after it.
    fn read(&mut self, number: usize, line: &'a str, next: &str) {
        if std::mem::take(&mut self.within_names) {
            return;
        }
        if let Some(head) = line.strip_prefix("@@") {
            self.end_hunk();
            self.open = Some(Hunk { line: number, head: Head::read(head), ..Hunk::default() });
            return;
        }
        let names_files = line.starts_with("--- ") && next.starts_with("+++ ");
        let is_between = names_files || line.is_empty() || line.starts_with("diff ") || line.starts_with("index ");
        if is_between && self.open.as_ref().is_some_and(Hunk::is_complete) {
            self.end_hunk();
        }
        match &mut self.open {
            Some(hunk) => hunk.take(number, line),
            None if names_files => self.within_names = true,
            None if line.starts_with([' ', '+', '-']) => {
                let mut hunk = Hunk { line: number, ..Hunk::default() };
                hunk.take(number, line);
                self.open = Some(hunk);
            }
            None => {} // what `git diff` says of the file, or a blank line
        }
    }

    fn end_hunk(&mut self) {
        let Some(mut hunk) = self.open.take() else { return };
        if !hunk.is_complete() {
            hunk.rows.truncate(hunk.rows.len() - hunk.blank);
        }
        if self.hunks.len() < self.limit {
            self.hunks.push(hunk);
        }
    }
}

impl<'a> Hunk<'a> {
    fn take(&mut self, number: usize, line: &'a str) {
        let sign = match line.chars().next() {
            None | Some(' ') => Sign::Keep,
            Some('-') => Sign::Remove,
            Some('+') => Sign::Add,
            Some('\\') => return, // "\ No newline at end of file"
            Some(_) => {
                self.unsigned.get_or_insert(number);
                return;
            }
        };
        self.old += usize::from(sign != Sign::Add);
        self.new += usize::from(sign != Sign::Remove);
        self.blank = if line.is_empty() { self.blank + 1 } else { 0 };
        self.rows.push((sign, line.get(1..).unwrap_or_default()));
    }

    /// Whether it has the lines that its head promises.
    fn is_complete(&self) -> bool {
        self.head.is_some_and(|head| (self.old, self.new) == (head.old, head.new))
    }
}

impl Head {
    /// Reads ` -3,2 +3,4 @@ ...`; anything else says nothing.
    fn read(text: &str) -> Option<Self> {
        let mut words = text.split_whitespace();
        let (start, old) = numbers(words.next()?.strip_prefix('-')?)?;
        let (_, new) = numbers(words.next()?.strip_prefix('+')?)?;
        Some(Self { start, old, new })
    }
}

/// `3,2`, or `3` for `3,1`.
fn numbers(text: &str) -> Option<(usize, usize)> {
    let (start, count) = text.split_once(',').unwrap_or((text, "1"));
    let number = |digits: &str| digits.parse().ok().filter(|number| *number <= u32::MAX as usize);
    Some((number(start)?, number(count)?))
}
