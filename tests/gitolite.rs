//! Logs on a server that gitolite keeps, behind a real sshd.
//!
//! gitolite makes the hooks of all its repositories links to those in one folder, and makes them anew when it pleases. So
//! bicker's hook has to be called from there without being in the way of any other repository, the one by which gitolite
//! is administered above all. Needs gitolite 3 (Debian: gitolite3) and `/usr/sbin/sshd` (openssh-server).

mod common;
#[allow(dead_code, reason = "shared with tests/transports.rs, which uses all of it")]
#[path = "transports/servers.rs"]
mod servers;
#[allow(dead_code, reason = "shared with tests/transports.rs, which uses all of it")]
#[path = "transports/service.rs"]
mod service;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::{Output, Person, World};
use servers::Sshd;

/// What each push to a repository is answered with by the hook that all of them share.
const SHARED: &str = "#!/bin/sh\nwhile read -r old new name; do echo \"shared hook: $GL_REPO $name\" >&2; done\n";

/// gitolite with its keeper, and alice and bob, who have a log each there.
struct Host {
    world: World,
    sshd: Sshd,
    keeper: Person,
    /// The user that gitolite runs as.
    git: Person,
}

impl Host {
    fn new() -> Self {
        let installed = Command::new("gitolite").arg("version").output().is_ok();
        assert!(installed, "gitolite is missing; it is in Debian's package gitolite3");
        let world = World::new();
        let [keeper, git] = ["keeper", "git"].map(|name| world.person(name));
        fs::copy(keeper.home.join(".ssh/id_ed25519.pub"), git.home.join("keeper.pub")).expect("the keeper's key");
        let sshd = Sshd::of_home(&git.home.join("sshd"), &git.home);
        let host = Self { world, sshd, keeper, git };
        host.as_git("gitolite setup -pk keeper.pub").success();
        host.administers("git clone -q \"$HOST/gitolite-admin\" admin && cd admin && git switch -q -C master");
        for name in ["alice", "bob"] {
            let person = host.world.person(name);
            fs::copy(
                person.home.join(".ssh/id_ed25519.pub"),
                host.keeper.home.join(format!("admin/keydir/{name}.pub")),
            )
            .expect("a key");
            host.configures(&format!("repo {name}/log\n    RW+ = {name}\n    R = @all\n"));
            let card = "bicker card --name NAME --key .ssh/id_ed25519.pub --remote \"$HOST/NAME/log\" > ../NAME.card";
            host.types(&person, &card.replace("NAME", name)).success();
        }
        host.configures("repo notes\n    RW+ = alice\n");
        host.administers("cd admin && git add . && git commit -q -m logs && git push -q origin HEAD");
        host.as_git("bicker charter new --title Kept ../alice.card ../bob.card -o ../charter.yaml").success();
        host
    }

    /// Adds to what gitolite is told.
    fn configures(&self, more: &str) {
        let file = self.keeper.home.join("admin/conf/gitolite.conf");
        let told = fs::read_to_string(&file).expect("gitolite's configuration");
        fs::write(file, format!("{told}\n{more}")).expect("written");
    }

    /// The keeper types something that must work.
    fn administers(&self, typed: &str) {
        self.types(&self.keeper, typed).success();
    }

    /// Someone types something in their home. `$HOST` is what repositories' names come after.
    fn types(&self, person: &Person, typed: &str) -> Output {
        let key = person.home.join(".ssh/id_ed25519");
        let ssh = self.sshd.client_with(key.to_str().expect("a path"), "known_hosts");
        let host = format!("ssh://{}@{}", Sshd::user(), self.sshd.service().address());
        let who =
            ["AUTHOR", "COMMITTER"].map(|role| format!("GIT_{role}_NAME={0} GIT_{role}_EMAIL={0}@x", person.name));
        let script =
            format!("export GIT_SSH_COMMAND='{ssh}' HOST='{host}' USER={} {}\n{typed}", person.name, who.join(" "));
        self.world.run(person, &["sh", "-c", &script])
    }

    /// Something typed on the server, as the user that gitolite runs as.
    fn as_git(&self, typed: &str) -> Output {
        self.types(&self.git, typed)
    }

    /// The server's keeper puts a hook where gitolite has it in every repository.
    fn shares_a_hook(&self) -> PathBuf {
        let hook = self.git.home.join(".gitolite/hooks/common/pre-receive");
        fs::write(&hook, SHARED).expect("a hook");
        self.as_git("chmod +x .gitolite/hooks/common/pre-receive && gitolite setup --hooks-only").success();
        hook
    }

    fn serves(&self, name: &str) -> Output {
        self.as_git(&INSTALL.replace("NAME", name))
    }

    /// Alice and bob join, and push what counts; what does not is refused.
    fn takes_in_only_what_counts(&self) {
        for name in ["alice", "bob"] {
            let person = self.world.person(name);
            let join = "[ -d log ] || bicker join --not-compared --charter ../charter.yaml --as NAME --key .ssh/id_ed25519 --push log";
            self.types(&person, &join.replace("NAME", name)).success();
            let push = self.types(&person, "cd log && git -c core.hooksPath=/dev/null push -q origin main:notes");
            let refused = format!(
                "refs/heads/notes is nobody's log here\nremote: hint: push only logs; kept here: main ({name})"
            );
            assert!(push.failure(1).stderr().replace("        ", "").contains(&refused), "{}", push.stderr());
        }
    }

    /// Other repositories are as they were: the one for notes, and the one by which gitolite is told what to do.
    fn leaves_others_alone(&self) {
        let alice = self.world.person("alice");
        self.types(&alice, "cd log && git -c core.hooksPath=/dev/null push -q -f \"$HOST/notes\" main:anything")
            .success();
        self.administers("cd admin && git commit -q --allow-empty -m more && git push -q origin HEAD");
    }
}

const INSTALL: &str = "bicker hooks install --server --charter ../charter.yaml --as NAME repositories/NAME/log.git";
const TAKES: &str = "the repository accepts nothing that would not count\n";

/// The commands that an output hints at, in order.
fn hinted(output: &Output) -> Vec<String> {
    let is_command = |said: &&str| ["sed ", "printf ", "bicker "].iter().any(|program| said.starts_with(program));
    let command = |line: &'_ str| {
        let ends = line.match_indices(": ").filter_map(|(at, colon)| line.get(at + colon.len()..));
        ends.clone().find(is_command).map(str::to_owned)
    };
    output.stderr().lines().filter_map(command).collect()
}

fn is_link(hook: &Path) -> bool {
    fs::symlink_metadata(hook).is_ok_and(|meta| meta.is_symlink())
}

#[test]
fn a_hook_that_gitolite_shares_calls_bicker_and_is_in_nobodys_way() {
    let host = Host::new();
    let hook = host.shares_a_hook();
    let here = host.git.home.join("repositories/alice/log.git/hooks/pre-receive");

    let said = host.serves("alice");
    let why = format!("{} may be the hook of other repositories, too, and does not call bicker's", hook.display());
    assert!(said.failure(1).stderr().contains(&why), "{}", said.stderr());
    assert_eq!(fs::read_to_string(&hook).expect("the hook"), SHARED);
    assert!(is_link(&here));
    let commands = hinted(&said);
    assert_eq!(commands.len(), 2, "{}", said.stderr());
    host.as_git(&commands[0]).success();
    assert_eq!(host.as_git(&commands[1]).success().stdout(), TAKES);
    assert_eq!(host.serves("bob").success().stdout(), TAKES);
    assert!(is_link(&here) && !is_link(&hook));
    host.takes_in_only_what_counts();
    host.leaves_others_alone();

    // What gitolite does at its own upkeep changes nothing.
    host.as_git("gitolite setup").success();
    host.takes_in_only_what_counts();
    let writes =
        "cd log && printf '# Kept\\n\\nHere.\\n' > ../text && bicker propose --title Kept --file ../text && git push";
    let push = host.types(&host.world.person("alice"), writes);
    assert!(push.success().stderr().contains("shared hook: alice/log refs/heads/main"), "{}", push.stderr());
}

#[test]
fn what_gitolite_would_put_in_place_of_bickers_hook_calls_it_too() {
    let host = Host::new();
    let said = host.serves("alice");
    assert_eq!(said.success().stdout(), TAKES);
    let shared = host.git.home.join(".gitolite/hooks/common/pre-receive");
    assert!(said.stderr().contains(&format!("one at {} would take the place of bicker's", shared.display())));

    // Whoever does not heed this is told at the next time.
    host.shares_a_hook();
    host.serves("alice").failure(1);
    host.as_git("rm .gitolite/hooks/common/pre-receive repositories/alice/log.git/hooks/pre-receive").success();

    let said = host.serves("alice");
    host.as_git(&hinted(said.success())[0]).success();
    host.as_git("gitolite setup --hooks-only").success();
    assert!(is_link(&host.git.home.join("repositories/alice/log.git/hooks/pre-receive")));
    for name in ["alice", "bob"] {
        let said = host.serves(name);
        assert_eq!((said.success().stdout(), said.stderr()), (TAKES, ""));
    }
    host.takes_in_only_what_counts();
    host.leaves_others_alone();
}

#[test]
fn the_commands_of_the_documentation_guard_logs_and_nothing_else() {
    let text =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/hooks.md")).expect("the documentation");
    let section = text.split("\n### ").find(|section| section.starts_with("gitolite\n")).expect("a section");
    let typed: Vec<&str> = section.lines().filter_map(|line| line.strip_prefix("    ")).collect();
    for has_a_hook in [false, true] {
        let host = Host::new();
        if has_a_hook {
            host.shares_a_hook();
        }
        host.as_git("cp ../charter.yaml .").success();
        assert_eq!(host.as_git(&format!("set -e\n{}", typed.join("\n"))).success().stdout(), TAKES);
        host.serves("bob").success();
        host.takes_in_only_what_counts();
        host.leaves_others_alone();
    }
}

#[test]
fn gitolites_own_hooks_for_single_repositories_call_bicker() {
    let host = Host::new();
    let rc = host.git.home.join(".gitolite.rc");
    let told = fs::read_to_string(&rc).expect("gitolite's settings");
    let told = told.replace("# 'repo-specific-hooks',", "'repo-specific-hooks',");
    let told =
        told.replace("# LOCAL_CODE                =>  \"$ENV{HOME}/local\"", "LOCAL_CODE => \"$ENV{HOME}/local\"");
    fs::write(rc, told).expect("written");
    let folder = host.git.home.join("local/hooks/repo-specific");
    fs::create_dir_all(&folder).expect("a folder");
    let line = "[ ! -e \"$(git rev-parse --git-common-dir)\"/bicker/hooks/pre-receive ] || . \"$(git rev-parse --git-common-dir)\"/bicker/hooks/pre-receive || exit";
    fs::write(folder.join("bicker"), format!("#!/bin/sh\n{line}\n")).expect("a hook");
    host.as_git("chmod +x local/hooks/repo-specific/bicker").success();
    for name in ["alice", "bob"] {
        host.configures(&format!("repo {name}/log\n    option hook.pre-receive = bicker\n"));
    }
    host.administers("cd admin && git commit -q -a -m hooks && git push -q origin HEAD");
    for name in ["alice", "bob"] {
        assert_eq!(host.serves(name).success().stdout(), TAKES);
    }
    host.takes_in_only_what_counts();
    host.leaves_others_alone();
}
