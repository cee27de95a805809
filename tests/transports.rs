//! The program over real transports: files, ssh through a real sshd, https through `git http-backend`, and git's own daemon.
//!
//! First a group whose remotes are reached in all these ways agrees on a step. Then one remote after the other does what
//! remotes on the internet do: it is silent, breaks off, asks for a password, points elsewhere, talks nonsense. Each
//! time one finding says so of that remote, the others are as they were, and nothing is left behind.
//!
//! Everything runs on this machine, on free ports, and ends with the test. The servers and how they fail are in
//! `tests/transports`. Needs `/usr/sbin/sshd` (Debian: openssh-server).

mod common;
#[path = "transports/group.rs"]
mod group;
#[path = "transports/https.rs"]
mod https;
#[path = "transports/proxy.rs"]
mod proxy;
#[path = "transports/servers.rs"]
mod servers;
#[path = "transports/service.rs"]
mod service;

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use group::{Group, NAMES};
use https::{Identity, Manner, PASSWORD};
use proxy::{Proxy, Then};
use servers::{Sshd, git_daemon};
use service::Service;

/// How long remotes may take when some of them are never going to answer: long enough for the others.
const TIMEOUT: &str = " --timeout 15";

/// All three servers in front of the remotes of a group, and people who know how to reach them.
struct Servers {
    sshd: Sshd,
    https: Service,
    identity: Identity,
    git: Service,
}

impl Servers {
    fn new(group: &mut Group) -> Self {
        let home = group.home("servers");
        let folder = group.world.remotes();
        let sshd = Sshd::new(home.join("sshd"));
        group.ssh = Some(sshd.client());
        let identity = Identity::new();
        let certificate = home.join("certificate");
        fs::write(&certificate, identity.certificate()).expect("the certificate");
        for name in NAMES.into_iter().chain(["olga"]) {
            group.configure(name, &format!("[http]\n\tsslCAInfo = {}\n", certificate.display()));
        }
        let https = identity.serve(&home, &folder, Manner::Open);
        let git = git_daemon(&home, move |_| folder.clone());
        Self { sshd, https, identity, git }
    }

    /// Where each of the three servers is, and how a repository is called that is reached by way of a port.
    fn all(&self) -> [(SocketAddr, Url); 3] {
        [(self.sshd.service().address(), ssh_url), (self.https.address(), https_url), (self.git.address(), git_url)]
    }
}

type Url = fn(SocketAddr, &Path) -> String;

fn ssh_url(at: SocketAddr, repository: &Path) -> String {
    format!("ssh://{}@{at}{}", Sshd::user(), repository.display())
}

fn https_url(at: SocketAddr, repository: &Path) -> String {
    format!("https://{at}/{}", file_name(repository))
}

fn git_url(at: SocketAddr, repository: &Path) -> String {
    format!("git://{at}/{}", file_name(repository))
}

/// Git's settings of someone whose credential helper gives this password.
fn helper(password: &str) -> String {
    format!(
        "[credential]\n\thelper =\n\thelper = \"!f() {{ echo username=somebody; echo password={password}; }}; f\"\n"
    )
}

fn file_name(repository: &Path) -> &str {
    repository.file_name().and_then(|name| name.to_str()).expect("a name")
}

#[test]
fn a_step_is_agreed_over_file_ssh_https_and_git() {
    let mut group = Group::new();
    let servers = Servers::new(&mut group);
    let dave = ssh_url(servers.sshd.service().address(), &group.remote("dave"));
    group.charter(|group, name| {
        let repository = group.remote(name);
        match name {
            "alice" => format!("file://{}", repository.display()),
            "bob" => ssh_url(servers.sshd.service().address(), &repository),
            "carol" => https_url(servers.https.address(), &repository),
            _ => git_url(servers.git.address(), &repository),
        }
    });
    // Carol's server wants a password for pushes, and her credential helper has it.
    group.configure("carol", &helper(PASSWORD));
    // The git protocol is for reading. Dave writes to his remote over ssh.
    let git = git_url(servers.git.address(), &group.remote("dave"));
    group.configure("dave", &format!("[url \"{dave}\"]\n\tpushInsteadOf = {git}\n"));

    for name in NAMES {
        group.join(name);
    }
    fs::write(group.home("alice").join("text"), "# Wires\n\nA message may come over any wire.\n").expect("a text");
    group.run_in_log("alice", "bicker propose --title Wires --file ../text --push").success();
    group.run_in_log("bob", "bicker criticise alice --stance no-objection --push").success();
    group.run_in_log("carol", "bicker criticise alice --stance no-objection --push").success();
    group.run_in_log("alice", "bicker revise --file ../text --accept bob --accept carol --push").success();
    for _ in 0..2 {
        for name in NAMES {
            group.run_in_log(name, "bicker sync").success();
        }
    }
    let verdict = group.verify("");
    verdict.is(0, &[]);
    assert_eq!(verdict.report["verdict"], "verified");
    let step = &verdict.report["steps"][0];
    assert_eq!((&step["state"], &step["title"]), (&"final".into(), &"Wires".into()));
    for name in NAMES {
        assert_eq!(verdict.head(name), Some(group.head(&group.remote(name)).as_str()), "{name}");
    }
}

/// Alice is reached by ssh, bob by https and carol by git's own protocol, each over a wire that fails. Dave, whose
/// remote is a folder, is as he was, and so are they when the wires are whole again.
fn wires_fail(bytes: usize, then: Then) {
    let mut group = Group::with_long_proposals();
    let servers = Servers::new(&mut group);
    let wires: Vec<(Proxy, String)> = NAMES
        .into_iter()
        .zip(servers.all())
        .map(|(name, (server, url))| {
            let proxy = Proxy::failing(server, bytes, then);
            let option = format!("--remote {name}={}", url(proxy.address(), &group.remote(name)));
            (proxy, option)
        })
        .collect();
    let options: Vec<&str> = wires.iter().map(|(_, option)| option.as_str()).collect();
    let timeout = if then == Then::Silence { TIMEOUT } else { "" };
    let verdict = group.verify(&(options.join(" ") + timeout));
    let told = verdict.is(3, &["unreachable of alice", "unreachable of bob", "unreachable of carol"]);
    assert_eq!(told.lines().filter(|line| line.contains("could not be reached: ")).count(), 3, "{told}");
    assert_eq!(verdict.head("dave"), Some(group.head(&group.remote("dave")).as_str()));
    assert!(wires.iter().all(|(proxy, _)| proxy.failures() > 0), "every wire has failed");
    let verdict = group.verify("");
    verdict.is(0, &[]);
}

#[test]
fn a_remote_that_never_answers_is_unreachable() {
    wires_fail(0, Then::Silence);
}

#[test]
fn a_remote_that_falls_silent_half_way_is_unreachable() {
    wires_fail(60_000, Then::Silence);
}

#[test]
fn a_remote_that_hangs_up_at_once_is_unreachable() {
    wires_fail(0, Then::Break);
}

#[test]
fn a_remote_that_breaks_off_early_is_unreachable() {
    wires_fail(1_000, Then::Break);
}

#[test]
fn a_remote_that_breaks_off_half_way_is_unreachable() {
    wires_fail(60_000, Then::Break);
}

/// Someone's remote, as a web server in this manner shows it.
fn web(group: &Group, servers: &Servers, name: &str, manner: Manner) -> (Service, String) {
    let service = servers.identity.serve(&group.home("servers"), &group.world.remotes(), manner);
    let option = format!("--remote {name}={}", https_url(service.address(), &group.remote(name)));
    (service, option)
}

#[test]
fn an_answer_that_ends_too_early_is_unreachable() {
    let mut group = Group::with_long_proposals();
    let servers = Servers::new(&mut group);
    for bytes in [0, 10, 60_000] {
        let (_web, option) = web(&group, &servers, "alice", Manner::EndsAfter(bytes));
        group.verify(&option).is(3, &["unreachable of alice"]);
    }
    group.verify("").is(0, &[]);
}

#[test]
fn a_remote_that_wants_a_password_is_unreachable_and_nobody_is_asked() {
    let mut group = Group::joined();
    let servers = Servers::new(&mut group);
    let (_web, option) = web(&group, &servers, "dave", Manner::Closed);
    let verdict = group.verify(&option);
    let told = verdict.is(3, &["unreachable of dave"]);
    assert!(told.contains("it asks for a password: set up a git credential helper"), "{told}");
    group.configure("olga", &helper("wrong"));
    let verdict = group.verify(&option);
    let told = verdict.is(3, &["unreachable of dave"]);
    assert!(told.contains("it does not accept the password that git's credential helper gives"), "{told}");
    assert!(!group.asked().exists(), "nobody was asked");
    group.configure("olga", &helper(PASSWORD));
    group.verify(&option).is(0, &[]);
}

#[test]
fn a_redirection_is_not_followed() {
    let mut group = Group::joined();
    let servers = Servers::new(&mut group);
    let elsewhere = format!("https://{}", servers.https.address());
    let (_web, option) = web(&group, &servers, "dave", Manner::Redirects(elsewhere));
    let verdict = group.verify(&option);
    let told = verdict.is(3, &["unreachable of dave"]);
    assert!(told.contains("it redirects to another address, which is not followed"), "{told}");
    assert_eq!(servers.https.connections(), 0);
}

#[test]
fn a_push_follows_no_redirection_either() {
    let mut group = Group::new();
    let servers = Servers::new(&mut group);
    let elsewhere = format!("https://{}", servers.https.address());
    let (web, _) = web(&group, &servers, "carol", Manner::Redirects(elsewhere));
    group.charter(|group, name| match name {
        "carol" => https_url(web.address(), &group.remote("carol")),
        _ => group.remote(name).display().to_string(),
    });
    group.configure("carol", &helper(PASSWORD));
    let told = group.try_to_join("carol", " --remote-unseen");
    let told = told.failure(3).stderr();
    assert!(told.contains("error: your remote") && told.contains("which is not followed"), "{told}");
    assert_eq!(servers.https.connections(), 0);
}

#[test]
fn what_is_no_git_remote_is_unreachable() {
    let mut group = Group::joined();
    let servers = Servers::new(&mut group);
    for page in
        ["<title>Welcome to the hotel</title>", "<title>Welcome\r\n\u{1b}]0;\u{202e}\r\nto the hotel</title>\r\n", ""]
    {
        let (_web, option) = web(&group, &servers, "dave", Manner::Page(page));
        group.verify(&option).is(3, &["unreachable of dave"]);
    }
}

#[test]
fn a_remote_that_talks_nonsense_is_unreachable() {
    let group = Group::joined();
    for words in [
        &b"\x1b]0;mine\x07\r\n\xff\x9b31m\r\n"[..],
        b"SSH-2.0-\x1b[2J\r\n\xe2\x80\xae\r\n",
        b"0005\x1b0000",
        b"0020ERR \x1b[2J\xe2\x80\xae\xc2\x9bit is gone\n\n\n",
        b"fffffff",
    ] {
        let service = Service::that_says(words);
        let options: Vec<String> = NAMES
            .into_iter()
            .zip([ssh_url, https_url, git_url])
            .map(|(name, url)| format!("--remote {name}={}", url(service.address(), &group.remote(name))))
            .collect();
        let verdict = group.verify(&options.join(" "));
        verdict.is(3, &["unreachable of alice", "unreachable of bob", "unreachable of carol"]);
    }
}

#[test]
fn who_is_not_trusted_is_unreachable() {
    let mut group = Group::joined();
    let servers = Servers::new(&mut group);
    let dave = group.remote("dave");
    let is_told = |group: &Group, option: &str, hint: &str| {
        let verdict = group.verify(option);
        let told = verdict.is(3, &["unreachable of dave"]);
        assert!(told.contains(hint), "{told}");
    };
    let ssh = format!("--remote dave={}", ssh_url(servers.sshd.service().address(), &dave));
    group.verify(&ssh).is(0, &[]);
    group.ssh = Some(servers.sshd.client_with("login", "nobody_known"));
    is_told(&group, &ssh, "the ssh host key is not known");
    group.ssh = Some(servers.sshd.client_with("host", "known_hosts"));
    is_told(&group, &ssh, "ssh has no key it accepts");
    let stranger = Identity::new().serve(&group.home("servers"), &group.world.remotes(), Manner::Open);
    let https = format!("--remote dave={}", https_url(stranger.address(), &dave));
    is_told(&group, &https, "its certificate is not trusted");
    assert!(!group.asked().exists(), "nobody was asked");
}

/// Copies someone's remote as it is now into the folder `old`, and tells which one that is.
fn keep_as_old(group: &Group, name: &str) -> PathBuf {
    let old = group.home("servers").join("old");
    fs::create_dir_all(&old).expect("a folder");
    let (from, to) = (group.remote(name), old.join(format!("{name}.git")));
    group.run("olga", &old, &format!("git clone -q --bare {} {}", from.display(), to.display())).success();
    old
}

/// Someone's remote, which shows what is in `first` to whoever comes first, and then what is in `next`.
fn in_two_minds(group: &Group, name: &str, first: &Path, next: &Path) -> (Service, String) {
    let (first, next) = (first.to_owned(), next.to_owned());
    let service =
        git_daemon(&group.home("servers"), move |number| if number == 0 { first.clone() } else { next.clone() });
    let option = format!("--remote {name}={}", git_url(service.address(), &group.remote(name)));
    (service, option)
}

#[test]
fn a_push_between_two_fetches_is_no_rewind() {
    let group = Group::joined();
    let old = keep_as_old(&group, "alice");
    fs::write(group.home("alice").join("text"), "One.\n").expect("a text");
    group.run_in_log("alice", "bicker propose --title One --file ../text --push").success();
    group.run_in_log("bob", "bicker criticise alice --stance no-objection --push").success();
    let (now, newest) = (group.world.remotes(), group.head(&group.remote("alice")));

    // Bob's head says that alice has gone on, and she has: her remote is asked again.
    let (service, option) = in_two_minds(&group, "alice", &old, &now);
    let verdict = group.verify(&option);
    verdict.is(0, &[]);
    assert_eq!((verdict.head("alice"), service.connections()), (Some(newest.as_str()), 2));
    group.forget();

    // A remote that stays behind is reported, and asked no third time.
    let (service, option) = in_two_minds(&group, "alice", &old, &old);
    group.verify(&option).is(0, &["rewind of alice"]);
    assert_eq!(service.connections(), 2);
    group.forget();

    // One that does not answer the second time is out of reach, and that is all that is known.
    let (_service, option) = in_two_minds(&group, "alice", &old, &old.join("none"));
    group.verify(&option).is(3, &["unreachable of alice"]);
}

#[test]
fn an_answer_that_makes_another_remote_look_rewound_is_no_rewind_either() {
    let group = Group::joined();
    let old = keep_as_old(&group, "alice");
    keep_as_old(&group, "bob");
    fs::write(group.home("alice").join("text"), "One.\n").expect("a text");
    group.run_in_log("alice", "bicker propose --title One --file ../text --push").success();
    group.run_in_log("carol", "bicker criticise alice --stance no-objection --push").success();
    group.run_in_log("bob", "bicker criticise alice --stance no-objection --push").success();
    group.run_in_log("alice", "bicker revise --file ../text --accept bob --accept carol --push").success();
    let now = group.world.remotes();

    // Carol's head tells of alice's proposal; only alice's own second answer tells of bob's criticism.
    let (alices, alice) = in_two_minds(&group, "alice", &old, &now);
    let (bobs, bob) = in_two_minds(&group, "bob", &old, &now);
    group.verify(&format!("{alice} {bob}")).is(0, &[]);
    assert_eq!((alices.connections(), bobs.connections()), (2, 2));
}
