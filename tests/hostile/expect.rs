//! What must come of a mutation, written from `docs/protocol.md` and not from what the program says.

use bicker::protocol::id::CommitId;

/// One finding that there must be.
#[derive(Clone, Debug)]
pub(crate) struct Want {
    pub(crate) code: &'static str,
    pub(crate) rule: &'static str,
    pub(crate) researcher: &'static str,
    pub(crate) commits: Vec<String>,
}

impl Want {
    /// The severity of its code, as section 7.3 has it.
    pub(crate) fn severity(&self) -> &'static str {
        match self.code {
            "fork" | "rewind" | "unreachable" | "missing-object" => "warning",
            "unanswered" => "note",
            _ => "error",
        }
    }
}

/// How a researcher's row in the report differs from that of the group at peace.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) head: Option<String>,
    pub(crate) reachable: bool,
    pub(crate) entries: u32,
}

/// What must come of a mutation: everything in which the report differs from that of the group at peace.
#[derive(Clone, Debug)]
pub(crate) enum Expect {
    /// A report with exactly these findings and rows. Nothing else in it differs.
    Report {
        /// All findings.
        findings: Vec<Want>,
        /// The rows that differ.
        rows: Vec<Row>,
        /// A proposal of mallory's for step 2 that is valid.
        proposal: Option<CommitId>,
    },
    /// The same bytes as of the group at peace.
    SameBytes,
    /// No report: the charter or the call is wrong, and so is told.
    Usage,
}

impl Expect {
    fn of(findings: Vec<Want>, rows: Vec<Row>) -> Self {
        Self::Report { findings, rows, proposal: None }
    }

    fn mallory(head: Option<String>, reachable: bool, entries: u32) -> Row {
        Row { name: "mallory", head, reachable, entries }
    }

    /// Mallory's head is one commit that breaks a rule, on top of her join.
    pub(crate) fn tip(code: &'static str, rule: &'static str, tip: CommitId) -> Self {
        let want = Want { code, rule, researcher: "mallory", commits: vec![tip.to_string()] };
        Self::of(vec![want], vec![Self::mallory(Some(tip.to_string()), true, 1)])
    }

    /// One finding about mallory's remote, her head, and the number of her entries.
    pub(crate) fn mallorys(
        code: &'static str,
        rule: &'static str,
        commits: &[CommitId],
        head: Option<CommitId>,
        entries: u32,
    ) -> Self {
        let commits = commits.iter().map(ToString::to_string).collect();
        let want = Want { code, rule, researcher: "mallory", commits };
        Self::of(vec![want], vec![Self::mallory(head.map(|head| head.to_string()), true, entries)])
    }

    /// Mallory's head is a root that is not genesis; nothing of hers is had.
    pub(crate) fn other_root(root: CommitId) -> Self {
        let commits = vec![root.to_string()];
        let want = Want { code: "charter-mismatch", rule: "1.2", researcher: "mallory", commits: commits.clone() };
        Self::of(vec![want], vec![Self::mallory(commits.into_iter().next(), true, 0)])
    }

    /// Odd and allowed: mallory's head is one more entry, and there is no finding.
    pub(crate) fn allowed(tip: CommitId) -> Self {
        Self::of(Vec::new(), vec![Self::mallory(Some(tip.to_string()), true, 2)])
    }

    /// Odd and allowed: mallory's head is a valid proposal for step 2, and there is no finding.
    pub(crate) fn proposed(tip: CommitId) -> Self {
        let rows = vec![Self::mallory(Some(tip.to_string()), true, 2)];
        Self::Report { findings: Vec::new(), rows, proposal: Some(tip) }
    }

    /// Mallory's transfer is refused; nothing of hers is had.
    pub(crate) fn refused(head: Option<String>) -> Self {
        let commits = head.iter().cloned().collect();
        let want = Want { code: "refused", rule: "limits", researcher: "mallory", commits };
        Self::of(vec![want], vec![Self::mallory(head, true, 0)])
    }

    /// Mallory's remote cannot be had.
    pub(crate) fn unreachable() -> Self {
        let want = Want { code: "unreachable", rule: "-", researcher: "mallory", commits: Vec::new() };
        Self::of(vec![want], vec![Self::mallory(None, false, 0)])
    }

    /// Mallory's remote answers and has no such branch, which is no finding.
    pub(crate) fn no_branch() -> Self {
        Self::of(Vec::new(), vec![Self::mallory(None, true, 0)])
    }

    /// Nothing differs, byte for byte.
    pub(crate) fn same() -> Self {
        Self::SameBytes
    }

    /// No report: the charter or the call is wrong.
    pub(crate) fn usage() -> Self {
        Self::Usage
    }

    /// One finding about an honest researcher's remote, and how their row differs.
    pub(crate) fn about(
        name: &'static str,
        code: &'static str,
        rule: &'static str,
        commit: Option<CommitId>,
        head: Option<CommitId>,
        reachable: bool,
        entries: u32,
    ) -> Self {
        let commits = commit.iter().map(ToString::to_string).collect();
        let row = Row { name, head: head.map(|head| head.to_string()), reachable, entries };
        Self::of(vec![Want { code, rule, researcher: name, commits }], vec![row])
    }

    /// Whether everyone's remote was had, so that a second look can do without them.
    pub(crate) fn all_were_had(&self) -> bool {
        match self {
            Self::Usage => false,
            Self::SameBytes => true,
            Self::Report { findings, .. } => findings.iter().all(|f| !matches!(f.code, "unreachable" | "refused")),
        }
    }

    /// The exit status and verdict that section 7.2 gives.
    pub(crate) fn status(&self) -> (i32, &'static str) {
        match self {
            Self::Usage => (2, "none"),
            Self::SameBytes => (0, "verified"),
            Self::Report { findings, .. } if findings.iter().any(|f| f.severity() == "error") => (1, "violations"),
            Self::Report { findings, .. }
                if findings.iter().any(|f| matches!(f.code, "unreachable" | "missing-object")) =>
            {
                (3, "incomplete")
            }
            Self::Report { .. } => (0, "verified"),
        }
    }
}
