use super::*;

fn repository() -> (tempfile::TempDir, Repository) {
    let dir = tempfile::tempdir().expect("a directory");
    let mut options = git2::RepositoryInitOptions::new();
    let repo = Repository::init_opts(dir.path(), options.initial_head("main")).expect("a repository");
    (dir, repo)
}

fn refused(dir: &Path) -> String {
    let error = Log::open(dir).expect_err("refused");
    assert!(error.hint().is_some(), "{error}");
    error.to_string()
}

#[test]
fn a_repository_is_found_from_within() {
    let (dir, repo) = repository();
    std::fs::create_dir_all(dir.path().join("steps/0001")).expect("made");
    let log = Log::open(&dir.path().join("steps/0001")).expect("a log");
    assert_eq!((log.git_dir(), log.branch()), (repo.path(), "main"));
    assert!(matches!(log.head(), Err(LogError::NoHead(branch)) if branch == "main"));
    repo.config().expect("config").set_str("bicker.branch", "alice").expect("set");
    assert_eq!(Log::open(dir.path()).expect("a log").branch(), "alice");
}

#[test]
fn other_kinds_of_repository_are_refused_in_words() {
    let empty = tempfile::tempdir().expect("a directory");
    // What to do about that depends on who asks.
    assert!(matches!(Log::open(empty.path()), Err(LogError::NoRepository(_))));
    let bare = tempfile::tempdir().expect("a directory");
    Repository::init_bare(bare.path()).expect("a repository");
    assert!(refused(bare.path()).contains("is a bare repository"));
    for (extension, value, words) in
        [("refstorage", "reftable", "reftable"), ("objectformat", "sha256", "sha256 object format")]
    {
        let (dir, repo) = repository();
        let mut config = repo.config().expect("config");
        config.set_i32("core.repositoryformatversion", 1).expect("set");
        config.set_str(&format!("extensions.{extension}"), value).expect("set");
        assert!(refused(dir.path()).contains(words), "{extension}");
    }
    for (file, words) in [("shallow", "is shallow"), ("info/grafts", "has grafts")] {
        let (dir, repo) = repository();
        std::fs::create_dir_all(repo.path().join("info")).expect("made");
        std::fs::write(repo.path().join(file), format!("{}\n", "1".repeat(40))).expect("written");
        assert!(refused(dir.path()).contains(words), "{file}");
    }
}

#[test]
fn identities_hold_only_what_a_commit_may() {
    assert_eq!(displayable(" Ann <x>\u{202e}\n Lee\t").as_deref(), Some("Ann x Lee"));
    assert_eq!(displayable("<\u{1b}>"), None);
    assert_eq!(displayable(&"é".repeat(300)).map(|kept| kept.chars().count()), Some(IDENTITY_MAX));
    let (dir, repo) = repository();
    let mut config = repo.config().expect("config");
    config.set_str("user.name", "Alice >").expect("set");
    config.set_str("user.email", "<>").expect("set");
    let log = Log::open(dir.path()).expect("a log");
    let me = Name::parse("alice").expect("a name");
    assert_eq!(log.identity(&me), ("Alice".to_owned(), "alice@bicker".to_owned()));
}

#[test]
fn the_branch_moves_from_where_it_was_expected_and_not_else() {
    let (dir, repo) = repository();
    let log = Log::open(dir.path()).expect("a log");
    let tree = log.write(ObjectType::Tree, b"").expect("a tree");
    let commit = |message: &str| {
        let raw = format!("tree {tree}\nauthor a <a> 0 +0000\ncommitter a <a> 0 +0000\n\n{message}\n");
        log.write_commit(raw.as_bytes()).expect("a commit")
    };
    let [first, second, third] = ["1", "2", "3"].map(commit);
    repo.reference("refs/heads/main", oid(first.0), false, "made").expect("a branch");
    log.advance(first, second, "bicker: vote").expect("moved");
    assert_eq!(log.head().expect("a head"), second);
    let lost = log.advance(first, third, "bicker: vote");
    assert!(matches!(lost, Err(LogError::Moved { expected, found, .. }) if expected == first && found == Some(second)));
    assert_eq!(log.head().expect("a head"), second);
    let reflog = repo.reflog("refs/heads/main").expect("a reflog");
    assert_eq!(
        reflog.get(0).and_then(|e| e.message().ok().flatten().map(str::to_owned)).as_deref(),
        Some("bicker: vote")
    );
    let huge = log.write_commit(&vec![b'x'; COMMIT_MAX + 1]);
    assert!(matches!(huge, Err(LogError::TooLong { size, .. }) if size == COMMIT_MAX + 1));
}
