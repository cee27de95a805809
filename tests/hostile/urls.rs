//! Addresses that no charter and no call may name (section 1.3), because some part of git or ssh takes them for an
//! option, a helper program or a way elsewhere. Nothing is fetched, and the call is told to be wrong.

use bicker::protocol::text::quote;

use super::expect::Expect;
use super::judge::Mutation;
use super::scene::Scene;

const GROUP: &str = "address";

/// The mutations.
pub(crate) fn mutations() -> Vec<Mutation> {
    [addresses(), branches(), calls()].into_iter().flatten().collect()
}

/// `CANARY` stands for the file that should not come to be.
const ADDRESSES: [(&str, &str); 22] = [
    ("helper-ext", "ext::sh -c touch% CANARY"),
    ("helper-ext-with-an-at-sign", "ext::x@h:touch CANARY"),
    ("helper-fd", "fd::17"),
    ("helper-in-a-path", "/tmp/ext::sh"),
    ("helper-of-a-scheme", "http::https://h/x"),
    ("option", "--upload-pack=touch CANARY"),
    ("option-as-a-host", "ssh://-oProxyCommand=touch%20CANARY/x"),
    ("option-as-a-user", "-oProxyCommand=x@h:y"),
    ("option-as-a-path", "git@h:-oProxyCommand=x"),
    ("option-behind-a-user", "ssh://git@-oProxyCommand=x/y"),
    ("plain-http", "http://h/x"),
    ("ftp", "ftp://h/x"),
    ("relative-path", "../alice.git"),
    ("file-on-a-host", "file://h/x"),
    ("password", "https://u:secret@h/x"),
    ("space", "https://h/a b"),
    ("backslash", "https://h/a\\b"),
    ("letters-that-look-alike", "https://g\u{456}thub.com/x"),
    ("port-of-six-digits", "https://h:123456/x"),
    ("no-path", "https://h"),
    ("nothing", ""),
    ("escape", "https://h/\x1b[2J"),
];

/// Mallory's remote in the charter is such an address.
fn addresses() -> Vec<Mutation> {
    let one = |(name, address): (&'static str, &'static str)| {
        Mutation::new(GROUP, name, move |scene: &mut Scene| {
            let address = address.replace("CANARY", &scene.canary().display().to_string());
            charter(scene, "\"https://mallory.invalid/log.git\"", &quote(&address))
        })
    };
    ADDRESSES.into_iter().map(one).collect()
}

/// Mallory's branch in the charter is one that git takes for something else.
fn branches() -> Vec<Mutation> {
    let branches = [
        ("option", "--upload-pack=x"),
        ("head", "HEAD"),
        ("way-up", "a/../../x"),
        ("lock", "main.lock"),
        ("pattern", "*"),
        ("refspec", "main:refs/heads/evil"),
        ("revision", "main^{tree}"),
    ];
    let one = |(name, branch): (&'static str, &'static str)| {
        Mutation::new(GROUP, format!("branch-{name}"), move |scene: &mut Scene| {
            let of_mallory = "mallory.invalid/log.git\"\n    branch: main";
            charter(scene, of_mallory, &format!("mallory.invalid/log.git\"\n    branch: {branch}"))
        })
    };
    branches.into_iter().map(one).collect()
}

fn charter(scene: &mut Scene, from: &str, to: &str) -> Expect {
    scene.charter = super::scene::replace(&scene.charter, from.as_bytes(), to.as_bytes());
    Expect::usage()
}

/// The call itself names such an address.
fn calls() -> Vec<Mutation> {
    let addresses =
        [("helper-ext", "ext::touch CANARY"), ("option", "--upload-pack=touch CANARY"), ("escape", "\x1b[2J")];
    let one = |(name, address): (&'static str, &'static str)| {
        Mutation::new(GROUP, format!("called-with-{name}"), move |scene: &mut Scene| {
            let address = address.replace("CANARY", &scene.canary().display().to_string());
            scene.fetch("mallory", address);
            Expect::usage()
        })
    };
    addresses.into_iter().map(one).collect()
}
