//! Where a log is published: a remote and a branch (sections 1.1 and 1.3).
//!
//! Decides which remotes and branches a charter may name. What passes is safe to hand to git as an
//! argument; whether anything answers there is never asked here.

use std::fmt;

/// The longest remote, in bytes.
pub const REMOTE_MAX: usize = 1000;

/// The longest branch, in bytes.
pub const BRANCH_MAX: usize = 64;

/// Why some text is no remote (section 1.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RemoteError {
    /// Too long.
    #[error("{got} bytes, expected at most {REMOTE_MAX}")]
    TooLong {
        /// Its length in bytes.
        got: usize,
    },
    /// None of the allowed transports.
    #[error(
        "not an allowed transport: expected https://, ssh:// or git:// and [USER@]HOST[:PORT]/PATH, \
         or USER@HOST:PATH, or file:///PATH, or /PATH"
    )]
    Transport,
    /// USER is outside its grammar.
    #[error("bad user: expected letters, digits and . _ ~ -, not starting with -")]
    User,
    /// HOST is outside its grammar.
    #[error("bad host: expected letters, digits, . and -, starting with a letter or digit, or [an IPv6 address]")]
    Host,
    /// PORT is outside its grammar, or something else follows HOST.
    #[error("bad port: expected : and 1 to 5 digits after the host, or nothing")]
    Port,
    /// PATH is empty or outside its grammar.
    #[error("bad path: expected at least one character, and no ::")]
    Path,
    /// A character of PATH is outside its grammar.
    #[error(
        "bad path: {0:?} is not allowed in it; after a scheme, as in file:///PATH, write its bytes with %, a space as %20"
    )]
    PathCharacter(char),
    /// PATH of `USER@HOST:PATH` starts with `-`.
    #[error("bad path: after USER@HOST: it may not start with -")]
    PathDash,
}

/// A remote of an allowed transport, as written (section 1.3).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Remote(String);

impl Remote {
    /// Reads a remote.
    ///
    /// # Errors
    /// The first part that is outside the grammar of section 1.3.
    pub fn parse(text: &str) -> Result<Self, RemoteError> {
        if text.len() > REMOTE_MAX {
            return Err(RemoteError::TooLong { got: text.len() });
        }
        let local = text.strip_prefix("file:///").or_else(|| text.strip_prefix('/'));
        let url = ["https://", "ssh://", "git://"].iter().find_map(|scheme| text.strip_prefix(scheme));
        match (local, url) {
            (Some(path), _) => check_path(path)?,
            (None, Some(rest)) => check_url(rest)?,
            (None, None) => check_user_at_host(text)?,
        }
        Ok(Self(text.to_owned()))
    }

    /// The remote as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// `[USER@]HOST[:PORT]/PATH`, after the scheme.
fn check_url(rest: &str) -> Result<(), RemoteError> {
    let (authority, path) = rest.split_once('/').ok_or(RemoteError::Path)?;
    let host_and_port = match authority.split_once('@') {
        Some((user, rest)) => {
            check_user(user)?;
            rest
        }
        None => authority,
    };
    let after = skip_host(host_and_port)?;
    let port = after.strip_prefix(':');
    let port_fits = port.is_some_and(|p| (1..=5).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_digit()));
    if !after.is_empty() && !port_fits {
        return Err(RemoteError::Port);
    }
    check_path(path)
}

/// `USER@HOST:PATH`.
fn check_user_at_host(text: &str) -> Result<(), RemoteError> {
    let (user, rest) = text.split_once('@').ok_or(RemoteError::Transport)?;
    if user.contains([':', '/']) {
        return Err(RemoteError::Transport);
    }
    check_user(user)?;
    let path = skip_host(rest)?.strip_prefix(':').ok_or(RemoteError::Transport)?;
    if path.starts_with('-') {
        return Err(RemoteError::PathDash);
    }
    check_path(path)
}

/// USER is `[A-Za-z0-9._~-]+` and does not start with `-`.
fn check_user(user: &str) -> Result<(), RemoteError> {
    let fits = !user.is_empty()
        && !user.starts_with('-')
        && user.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'~' | b'-'));
    fits.then_some(()).ok_or(RemoteError::User)
}

/// HOST starts with a letter or digit and is `[A-Za-z0-9.-]+`, or is hex digits and colons in `[` `]`.
/// Returns what follows it.
fn skip_host(text: &str) -> Result<&str, RemoteError> {
    if let Some(inside) = text.strip_prefix('[') {
        let (address, after) = inside.split_once(']').ok_or(RemoteError::Host)?;
        let fits = !address.is_empty() && address.bytes().all(|b| b.is_ascii_hexdigit() || b == b':');
        return fits.then_some(after).ok_or(RemoteError::Host);
    }
    if !text.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return Err(RemoteError::Host);
    }
    let after = text.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'));
    if after.is_empty() || after.starts_with(':') { Ok(after) } else { Err(RemoteError::Host) }
}

/// PATH is one or more characters of printable ASCII without space, `\`, `"` and `::`.
fn check_path(path: &str) -> Result<(), RemoteError> {
    let odd = path.chars().find(|c| !c.is_ascii_graphic() || matches!(c, '\\' | '"'));
    match odd {
        Some(odd) => Err(RemoteError::PathCharacter(odd)),
        None if path.is_empty() || path.contains("::") => Err(RemoteError::Path),
        None => Ok(()),
    }
}

/// The branch a log is published on (section 1.1).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Branch(String);

impl Branch {
    /// Reads a branch: `[A-Za-z0-9._/-]{1,64}` without `..`, `//`, a leading `-` or `/`, a trailing `/`
    /// or `.`, a component that starts with `.` or ends in `.lock`; not `HEAD`. Anything else is `None`.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=BRANCH_MAX).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'/' | b'-'))
            && !text.contains("..")
            && !text.starts_with('-')
            && !text.ends_with('.')
            && text.split('/').all(|part| !part.is_empty() && !part.starts_with('.') && !part.ends_with(".lock"))
            && text != "HEAD";
        fits.then(|| Self(text.to_owned()))
    }

    /// The branch where nothing else is said: `main`.
    pub fn main() -> Self {
        Self("main".to_owned())
    }

    /// The branch's short name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Branch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Branch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_allowed_transport_is_read_as_written() {
        for good in [
            "https://git.example.org/alice/bft.git",
            "https://git.example.org:8443/a",
            "https://alice@git.example.org/a",
            "https://[2001:DB8::1]:443/a",
            "https://h/-x",
            "https://h//x",
            "https://h:00000/x@y:z?q=%20#'!&*",
            "ssh://git@git.example.org/b",
            "ssh://git@[::1]:22/~/b",
            "git://git.example.org/c",
            "git@git.example.org:d/bft.git",
            "a.b_c~d-e@h:/srv/x",
            "git@[fe80::1]:x",
            "file:///srv/git/e.git",
            "file:////x",
            "/srv/git/e.git",
            "/x",
            "/-x",
            "//x",
            &format!("/{}", "x".repeat(999)),
        ] {
            assert_eq!(Remote::parse(good).as_ref().map(Remote::as_str), Ok(good));
        }
    }

    #[test]
    fn each_fault_of_a_remote_is_named() {
        use RemoteError::{Host, Path, PathCharacter, PathDash, Port, TooLong, Transport, User};
        let long = format!("/{}", "x".repeat(1000));
        for (bad, error) in [
            (long.as_str(), TooLong { got: 1001 }),
            ("", Transport),
            ("x", Transport),
            ("./x", Transport),
            ("-x", Transport),
            ("--upload-pack=x", Transport),
            ("host:path", Transport),
            ("C:/x", Transport),
            ("http://h/x", Transport),
            ("HTTPS://h/x", Transport),
            ("ftp://u@h/x", Transport),
            ("ext::sh -c x", Transport),
            ("ext::x@h:y", Transport),
            ("file://h/x", Transport),
            ("git@host", Transport),
            ("git@host/x", Host),
            ("-git@host:x", User),
            ("@host:x", User),
            ("é@host:x", User),
            ("git@-oProxyCommand=x:y", Host),
            ("git@:x", Host),
            ("git@h_h:x", Host),
            ("git@[::1:x", Host),
            ("git@[]:x", Host),
            ("git@[::g]:x", Host),
            ("git@[::1]x:y", Transport),
            ("git@host:-x", PathDash),
            ("git@host:", Path),
            ("git@host:a::b", Path),
            ("https://h", Path),
            ("https://h/", Path),
            ("https:///x", Host),
            ("https://-h/x", Host),
            ("https://.h/x", Host),
            ("https://h_h/x", Host),
            ("https://é.example/x", Host),
            ("https://u@v@h/x", Host),
            ("https://@h/x", User),
            ("https://-u@h/x", User),
            ("https://u:secret@h/x", User),
            ("https://h:/x", Port),
            ("https://h:123456/x", Port),
            ("https://h:2x/x", Port),
            ("https://[::1]x/x", Port),
            ("file:///", Path),
            ("/", Path),
            ("/a b", PathCharacter(' ')),
            ("/a\\b", PathCharacter('\\')),
            ("/a\"b", PathCharacter('"')),
            ("/a::b", Path),
            ("/a\nb", PathCharacter('\n')),
            ("/a\x7f", PathCharacter('\x7f')),
            ("/é", PathCharacter('é')),
        ] {
            assert_eq!(Remote::parse(bad), Err(error), "{bad}");
        }
    }

    #[test]
    fn branches_follow_the_grammar() {
        for good in ["main", "a/b", "x.y", "1", "_", "HEAD/x", "head", "a-", "a.lock.b", "A/b.c_d-e", &"x".repeat(64)] {
            assert_eq!(Branch::parse(good).as_ref().map(Branch::as_str), Some(good));
        }
        for bad in [
            "",
            "HEAD",
            "-a",
            "/a",
            "a/",
            "a.",
            "a..b",
            "a//b",
            ".a",
            "a/.b",
            "a.lock",
            "a.lock/b",
            "a b",
            "a~1",
            "a:b",
            "é",
            "a\n",
            &"x".repeat(65),
        ] {
            assert_eq!(Branch::parse(bad), None, "{bad}");
        }
        assert_eq!(Branch::parse("main"), Some(Branch::main()));
    }
}
