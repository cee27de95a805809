//! Signing: how bytes become a signature by the researcher's own key.
//!
//! Decides which key signs and by which way: a private key file without a passphrase signs in this process; anything
//! else (a passphrase, an agent) goes through `ssh-keygen -Y sign`, as git does it. The key is compared with the one the
//! charter names before anything is signed, and every signature is verified as strangers will verify it before it is
//! handed out. It never sees a passphrase, never writes a key, and never decides what may be signed.

use std::fs::File;
use std::io::{self, IsTerminal as _, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use ed25519_dalek::SigningKey;
use ssh_key::private::KeypairData;

use super::agent;
use super::doctor::path_word;
use crate::protocol::key::{KeyError, PublicKey};
use crate::protocol::signature::{NAMESPACE, SignatureError, SshSignature};

/// The longest key file that is read: 64 KiB.
const KEY_FILE_MAX: u64 = 64 << 10;

/// The only type of key that signs (section 2.signature).
const KEY_TYPE: &str = "ssh-ed25519";

/// The first line of a private key file.
const PRIVATE: &str = "-----BEGIN OPENSSH PRIVATE KEY-----";

/// The line that makes a key fit for bicker.
pub const MAKE_A_KEY: &str = "ssh-keygen -t ed25519 -f ~/.ssh/id_ed25519_bicker";

/// Why nothing was signed.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// The key file cannot be read.
    #[error("cannot read the key {}", .path.display())]
    Unreadable {
        /// The key file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The key file is too long to be one.
    #[error("{} is not a key: it has more than {KEY_FILE_MAX} bytes", .0.display())]
    TooLong(PathBuf),
    /// The file is neither a private nor a public key in OpenSSH's form.
    #[error("{} is not an OpenSSH key: {why}", .path.display())]
    NotAKey {
        /// The key file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A key of another type.
    #[error("{} is a key of type {got}, and only {KEY_TYPE} keys sign here", .path.display())]
    OtherType {
        /// The key file.
        path: PathBuf,
        /// Its type.
        got: String,
    },
    /// An `ssh-ed25519` key that no charter may hold.
    #[error("{} holds a key that no charter may name: {why}", .path.display())]
    UnfitKey {
        /// The key file.
        path: PathBuf,
        /// What is wrong with it.
        why: KeyError,
    },
    /// Another key than the charter's.
    #[error("{} is not the charter's key: expected {}, found {}", .path.display(), .expected.fingerprint(), .got.fingerprint())]
    WrongKey {
        /// The key file.
        path: PathBuf,
        /// The key that the charter names.
        expected: PublicKey,
        /// The key in the file.
        got: PublicKey,
    },
    /// `ssh-keygen` is not to be found, or could not be run.
    #[error("cannot run ssh-keygen")]
    NoKeygen(#[source] io::Error),
    /// `ssh-keygen` ended without a signature.
    #[error("ssh-keygen did not sign with {}: {said}", .path.display())]
    Refused {
        /// The key file.
        path: PathBuf,
        /// What it said, shortened.
        said: String,
        /// The public half.
        key: PublicKey,
    },
    /// What came back is no signature in the canonical form.
    #[error("ssh-keygen gave no signature that the group accepts: {0}")]
    NotCanonical(SignatureError),
    /// What came back is a signature by another key, or over other bytes.
    #[error("the signature that came back does not verify with the charter's key; it was thrown away")]
    DoesNotVerify,
}

impl SignError {
    /// What the person can do about it, if there is something.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::OtherType { .. } | Self::UnfitKey { .. } => Some(format!("make a key of this type: {MAKE_A_KEY}")),
            Self::NotAKey { path, .. } => Some(format!(
                "rewrite an old private key with `ssh-keygen -p -f {}`, or make a new key: {MAKE_A_KEY}",
                path.display()
            )),
            Self::WrongKey { .. } => {
                Some("give the key that the charter names: see its fingerprint with bicker charter show".to_owned())
            }
            Self::Refused { path, key, .. } => Some(match private_path(path) {
                private if read_key(&private).is_ok_and(|found| found.private.is_some()) => {
                    agent::unlock(&private, key)
                }
                _ => agent::way_out(key),
            }),
            Self::NoKeygen(_) => Some("install OpenSSH 8.1 or later".to_owned()),
            Self::Unreadable { path, source } if source.kind() == io::ErrorKind::PermissionDenied => {
                Some(format!("let yourself read it: chmod 600 {}", path_word(path)))
            }
            _ => None,
        }
    }

    /// The same in a repository, whose setting `bicker.key` names the file: it may name the one that is `wanted`.
    pub fn hint_where_bicker_key_names_it(&self, wanted: &PublicKey) -> Option<String> {
        match self {
            Self::Unreadable { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => self.hint(),
            Self::Unreadable { .. } | Self::WrongKey { .. } => Some(match key_in_home(wanted) {
                Some(file) => {
                    format!("name the charter's key: git config bicker.key {}", path_word(&file))
                }
                None => "say where the charter's key is now: git config bicker.key PATH".to_owned(),
            }),
            _ => self.hint(),
        }
    }
}

/// Signs with one key, that of the researcher in the charter.
pub struct Signer {
    key: PublicKey,
    path: PathBuf,
    way: Way,
}

/// How a signature is made.
enum Way {
    /// With the private key itself, which has no passphrase.
    InProcess(Box<SigningKey>),
    /// With `ssh-keygen`, which asks the agent or the person.
    Keygen,
}

impl std::fmt::Debug for Signer {
    /// Shows the public key and how it signs; never the private one.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let way = if self.is_in_process() { "in process" } else { "ssh-keygen" };
        f.debug_struct("Signer").field("key", &self.key).field("path", &self.path).field("way", &way).finish()
    }
}

impl Signer {
    /// Opens a key: a private key file; or a `.pub` file, for which the private file beside it is used if there is one
    /// and an agent if not. Nothing is asked of anyone yet.
    ///
    /// # Errors
    /// The file is no key, is of another type than `ssh-ed25519`, or is not the `expected` key.
    pub fn open(key: &Path, expected: &PublicKey) -> Result<Self, SignError> {
        let mut path = key.to_owned();
        let mut found = read_key(&path)?;
        check(&path, found.public, expected)?;
        let beside = private_path(&path);
        if found.private.is_none() && beside != path && beside.exists() {
            found = read_key(&beside)?;
            check(&beside, found.public, expected)?;
            path = beside;
        }
        let way = match found.private {
            Some(Private::Open(key)) if key.verifying_key().as_bytes() == expected.as_bytes() => Way::InProcess(key),
            Some(Private::Open(_)) => return Err(not_a_key(&path, "its private half belongs to another key")),
            Some(Private::Locked) | None => Way::Keygen,
        };
        Ok(Self { key: *expected, path, way })
    }

    /// The key that signs.
    pub const fn key(&self) -> &PublicKey {
        &self.key
    }

    /// Whether signing needs no other program, and so never waits for a person.
    pub const fn is_in_process(&self) -> bool {
        matches!(self.way, Way::InProcess(_))
    }

    /// Signs a commit without its signature. May wait for the person's passphrase or their agent's consent.
    ///
    /// # Errors
    /// No signature came, or not one by this key over these bytes in the canonical form.
    pub fn sign(&self, payload: &[u8]) -> Result<SshSignature, SignError> {
        let signature = match &self.way {
            Way::InProcess(key) => SshSignature::sign(key, payload),
            Way::Keygen => self.ask_keygen(payload)?,
        };
        let is_ours = signature.key == *self.key.as_bytes();
        if is_ours && signature.verify(payload) { Ok(signature) } else { Err(SignError::DoesNotVerify) }
    }

    /// Has `ssh-keygen` sign a file, as git does: its standard input stays the person's terminal, so that it can ask for
    /// a passphrase there; an agent or `SSH_ASKPASS` is asked as the person has it set up.
    fn ask_keygen(&self, payload: &[u8]) -> Result<SshSignature, SignError> {
        let dir = tempfile::Builder::new().prefix("bicker-sign-").tempdir().map_err(SignError::NoKeygen)?;
        let file = dir.path().join("commit");
        write_private(&file, payload).map_err(SignError::NoKeygen)?;
        let output = Command::new(keygen().map_err(SignError::NoKeygen)?)
            .args(["-Y", "sign", "-n", NAMESPACE, "-f"])
            .arg(&self.path)
            .arg(&file)
            .stdin(terminal())
            .output()
            .map_err(SignError::NoKeygen)?;
        let refused =
            |said: &[u8]| SignError::Refused { path: self.path.clone(), said: shortened(said), key: self.key };
        if !output.status.success() {
            return Err(refused(&output.stderr));
        }
        let armour = read_bounded(&dir.path().join("commit.sig"))
            .map_err(|e| refused(format!("cannot read the signature: {e:?}").as_bytes()))?;
        SshSignature::from_armour_text(&String::from_utf8_lossy(&armour)).map_err(SignError::NotCanonical)
    }
}

/// Reads the public key from a `.pub` file or a private key file; nothing is unlocked for it.
///
/// # Errors
/// The file is no key, or one that a charter cannot name.
pub fn read_public_key(path: &Path) -> Result<PublicKey, SignError> {
    read_key(path).map(|found| found.public)
}

/// The private key file among those in `~/.ssh` that belongs to a key. Nothing is unlocked for it.
pub(super) fn key_in_home(key: &PublicKey) -> Option<PathBuf> {
    let folder = Path::new(&std::env::var_os("HOME")?).join(".ssh");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).ok()?.flatten().map(|file| file.path()).collect();
    files.sort();
    let is_it = |file: &PathBuf| {
        file.is_file() && read_key(file).is_ok_and(|found| found.private.is_some() && found.public == *key)
    };
    files.into_iter().find(is_it)
}

/// What a key file holds.
struct Found {
    public: PublicKey,
    private: Option<Private>,
}

/// The private half in a file.
enum Private {
    /// Without a passphrase.
    Open(Box<SigningKey>),
    /// Behind a passphrase.
    Locked,
}

fn check(path: &Path, got: PublicKey, expected: &PublicKey) -> Result<(), SignError> {
    if got == *expected {
        return Ok(());
    }
    Err(SignError::WrongKey { path: path.to_owned(), expected: *expected, got })
}

fn read_key(path: &Path) -> Result<Found, SignError> {
    let bytes = read_bounded(path).map_err(|unread| match unread {
        Unread::Io(source) => SignError::Unreadable { path: path.to_owned(), source },
        Unread::TooLong => SignError::TooLong(path.to_owned()),
    })?;
    let text = std::str::from_utf8(&bytes).map_err(|_| not_a_key(path, "it is not text"))?;
    if text.trim_start().starts_with(PRIVATE) {
        private_key(path, text)
    } else if let Some(rest) = text.trim_start().strip_prefix("-----BEGIN ") {
        let kind = rest.split("-----").next().unwrap_or_default();
        Err(not_a_key(path, &format!("it is in the older form `{}`", kind.escape_default())))
    } else {
        Ok(Found { public: public_key(path, text)?, private: None })
    }
}

/// Reads the first line of a `.pub` file that is not empty and no comment.
fn public_key(path: &Path, text: &str) -> Result<PublicKey, SignError> {
    let is_key = |line: &&str| !line.is_empty() && !line.starts_with('#');
    let line = text.lines().map(str::trim).find(is_key).ok_or_else(|| not_a_key(path, "it is empty"))?;
    let kind = line.split([' ', '\t']).next().unwrap_or_default();
    if kind == KEY_TYPE {
        return PublicKey::parse_pub_file(line).map_err(|why| unfit(path, why));
    }
    if ["ssh-", "sk-", "ecdsa-", "rsa-"].iter().any(|start| kind.starts_with(start)) {
        return Err(other_type(path, kind));
    }
    Err(not_a_key(path, "it begins neither as a private nor as a public key"))
}

fn private_key(path: &Path, pem: &str) -> Result<Found, SignError> {
    let key = ssh_key::PrivateKey::from_openssh(pem.trim_start()).map_err(|e| not_a_key(path, &e.to_string()))?;
    let Some(point) = key.public_key().key_data().ed25519() else {
        return Err(other_type(path, key.algorithm().as_str()));
    };
    let public = PublicKey::from_bytes(point.0).map_err(|why| unfit(path, why))?;
    let private = match key.key_data() {
        KeypairData::Ed25519(pair) => Private::Open(Box::new(SigningKey::from_bytes(pair.private.as_ref()))),
        _ => Private::Locked,
    };
    Ok(Found { public, private: Some(private) })
}

fn not_a_key(path: &Path, why: &str) -> SignError {
    SignError::NotAKey { path: path.to_owned(), why: why.to_owned() }
}

fn unfit(path: &Path, why: KeyError) -> SignError {
    SignError::UnfitKey { path: path.to_owned(), why }
}

fn other_type(path: &Path, kind: &str) -> SignError {
    let got: String = kind.escape_default().take(60).collect();
    SignError::OtherType { path: path.to_owned(), got }
}

/// The private key file that goes with a path: `KEY` for `KEY.pub`, else the path itself.
pub(super) fn private_path(path: &Path) -> PathBuf {
    if path.extension().is_some_and(|e| e == "pub") { path.with_extension("") } else { path.to_owned() }
}

/// Why a file was not read.
#[derive(Debug)]
enum Unread {
    Io(io::Error),
    TooLong,
}

fn read_bounded(path: &Path) -> Result<Vec<u8>, Unread> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(Unread::Io)?;
    file.take(KEY_FILE_MAX + 1).read_to_end(&mut bytes).map_err(Unread::Io)?;
    if u64::try_from(bytes.len()).is_ok_and(|size| size <= KEY_FILE_MAX) { Ok(bytes) } else { Err(Unread::TooLong) }
}

/// Writes a file that only this user can read and that was not there before.
fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)
}

/// `ssh-keygen` from the search path, by its absolute name: never from the directory one happens to be in.
pub(super) fn keygen() -> io::Result<PathBuf> {
    let search = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&search)
        .filter(|dir| dir.is_absolute())
        .map(|dir| dir.join("ssh-keygen"))
        .find(|program| program.is_file());
    found.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "it is not in the search path"))
}

/// The standard input for `ssh-keygen`: the person's terminal, also when our own input is a pipe; else nothing.
fn terminal() -> Stdio {
    if io::stdin().is_terminal() {
        return Stdio::inherit();
    }
    File::open("/dev/tty").map_or_else(|_| Stdio::null(), Stdio::from)
}

/// The end of what a program said, in one line that can be shown.
fn shortened(said: &[u8]) -> String {
    let text = String::from_utf8_lossy(said);
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let line = lines.next_back().unwrap_or("it gave no reason");
    line.chars().filter(|c| !c.is_control()).take(400).collect()
}

#[cfg(test)]
mod tests;
