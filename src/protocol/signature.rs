//! Signatures: the one spelling of an SSH signature over a commit, and whether it verifies (section 2.signature).
//!
//! Decides whether the value of a `gpgsig` header is the canonical armour of an Ed25519 signature, and whether that
//! signs given bytes. Whose key it is, and whether that person is a researcher, is decided elsewhere. Canonical means
//! that what was read is written again and compared byte by byte: whoever lacks the key can thus make no second
//! commit from a signed one. Never a batch, never a verification that is not strict.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha512};

use super::commit::excerpt;

/// The namespace in which git signs (section 2.signature).
pub const NAMESPACE: &str = "git";

const BEGIN: &str = "-----BEGIN SSH SIGNATURE-----";
const END: &str = "-----END SSH SIGNATURE-----";
const MAGIC: &[u8] = b"SSHSIG";
const VERSION: u32 = 1;
const KEY_TYPE: &[u8] = b"ssh-ed25519";
const HASH: &[u8] = b"sha512";
/// Base64 characters in a line of the armour.
const COLUMNS: usize = 70;

/// Why a `gpgsig` header is not the canonical armour of an Ed25519 signature (section 2.signature).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// The first line is another.
    #[error("the signature begins with {0}, not with `{BEGIN}`")]
    Begin(String),
    /// The last line is another.
    #[error("the signature ends with {0}, not with `{END}`")]
    End(String),
    /// The lines between are not base64.
    #[error("the signature is not base64 between its first and last line")]
    Base64,
    /// What is decoded ends within this field.
    #[error("the signature ends within its {0}")]
    CutShort(&'static str),
    /// Bytes are left over at the end of this.
    #[error("{left} bytes are left over after the {field}")]
    LeftOver {
        /// What they follow.
        field: &'static str,
        /// How many there are.
        left: usize,
    },
    /// A field holds something else than it must.
    #[error("the {field} is {got}, not {expected}")]
    Field {
        /// Which field.
        field: &'static str,
        /// What it must hold.
        expected: &'static str,
        /// What it holds, escaped and cut short.
        got: String,
    },
    /// A good signature, spelled in another way than its own: in most cases in lines of another length.
    #[error("the signature is not in its canonical form: base64 in lines of {COLUMNS} characters, nothing else")]
    NotCanonical,
}

/// An SSH signature by an Ed25519 key, as it stands in a commit (section 2.signature).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SshSignature {
    /// The key that signed, or is said to have.
    pub key: [u8; 32],
    /// The signature.
    pub signature: [u8; 64],
}

impl SshSignature {
    /// Reads the value of a `gpgsig` header, unfolded, as [`super::commit::Commit`] has it: without a line feed after
    /// the last line.
    ///
    /// # Errors
    /// The first fault; [`SignatureError::NotCanonical`] when there is none but writing gives other bytes.
    pub fn parse(gpgsig: &[u8]) -> Result<Self, SignatureError> {
        let first = gpgsig.split(|b| *b == b'\n').next().unwrap_or_default();
        let last = gpgsig.rsplit(|b| *b == b'\n').next().unwrap_or_default();
        if first != BEGIN.as_bytes() {
            return Err(SignatureError::Begin(excerpt(first)));
        }
        if last != END.as_bytes() {
            return Err(SignatureError::End(excerpt(last)));
        }
        let inner = gpgsig.get(BEGIN.len()..gpgsig.len() - END.len()).unwrap_or_default();
        let base64: Vec<u8> = inner.iter().copied().filter(|b| *b != b'\n').collect();
        let blob = STANDARD.decode(base64).map_err(|_| SignatureError::Base64)?;
        let read = Self::from_blob(&blob)?;
        if read.value().as_bytes() != gpgsig {
            return Err(SignatureError::NotCanonical);
        }
        Ok(read)
    }

    /// Reads what `ssh-keygen -Y sign` printed: as [`SshSignature::parse`], with one line feed after the last line or
    /// none.
    ///
    /// # Errors
    /// As [`SshSignature::parse`].
    pub fn from_armour_text(armour: &str) -> Result<Self, SignatureError> {
        Self::parse(armour.strip_suffix('\n').unwrap_or(armour).as_bytes())
    }

    /// Signs a commit's payload with a key that is at hand.
    pub fn sign(key: &SigningKey, payload: &[u8]) -> Self {
        let signature = key.sign(&signed_data(payload)).to_bytes();
        Self { key: key.verifying_key().to_bytes(), signature }
    }

    /// Whether the key signed `payload`, the commit without its `gpgsig` header.
    pub fn verify(&self, payload: &[u8]) -> bool {
        verifies(&self.key, &signed_data(payload), &self.signature)
    }

    /// The armour as `ssh-keygen` prints it, with a line feed after the last line. In a commit the header's value ends
    /// without that line feed.
    pub fn armour(&self) -> String {
        self.value() + "\n"
    }

    /// The armour as the header's value.
    fn value(&self) -> String {
        let mut value = String::from(BEGIN);
        for (at, c) in STANDARD.encode(self.blob()).chars().enumerate() {
            if at % COLUMNS == 0 {
                value.push('\n');
            }
            value.push(c);
        }
        value + "\n" + END
    }

    fn blob(&self) -> Vec<u8> {
        let mut blob = MAGIC.to_vec();
        blob.extend(VERSION.to_be_bytes());
        push_string(&mut blob, &pair(&self.key));
        push_string(&mut blob, NAMESPACE.as_bytes());
        push_string(&mut blob, b"");
        push_string(&mut blob, HASH);
        push_string(&mut blob, &pair(&self.signature));
        blob
    }

    fn from_blob(blob: &[u8]) -> Result<Self, SignatureError> {
        let mut fields = Fields { rest: blob };
        fields.exactly("magic", MAGIC.len(), MAGIC, "`SSHSIG`")?;
        fields.exactly("version", 4, &VERSION.to_be_bytes(), "1")?;
        let mut key = Fields { rest: fields.string("key")? };
        key.string_exactly("key's type", KEY_TYPE, "`ssh-ed25519`")?;
        let point = key.string("key")?;
        key.end("key")?;
        fields.string_exactly("namespace", NAMESPACE.as_bytes(), "`git`")?;
        fields.string_exactly("reserved field", b"", "empty")?;
        fields.string_exactly("hash", HASH, "`sha512`")?;
        let mut inner = Fields { rest: fields.string("signature")? };
        inner.string_exactly("signature's type", KEY_TYPE, "`ssh-ed25519`")?;
        let signature = inner.string("signature")?;
        inner.end("signature")?;
        fields.end("last field")?;
        Ok(Self { key: sized("key", "32 bytes", point)?, signature: sized("signature", "64 bytes", signature)? })
    }
}

/// Whether an Ed25519 key signed exactly `message`: strictly and without cofactor, so that everyone decides alike
/// (section 2.signature). Nothing else here or elsewhere asks this of the curve.
pub fn verifies(key: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> bool {
    let signature = Signature::from_bytes(signature);
    VerifyingKey::from_bytes(key).is_ok_and(|key| key.verify_strict(message, &signature).is_ok())
}

/// What the key really signs for a payload: magic, namespace, empty reserved field, hash and the payload's SHA-512
/// (section 2.signature; the SSHSIG format of OpenSSH).
pub fn signed_data(payload: &[u8]) -> Vec<u8> {
    let mut data = MAGIC.to_vec();
    push_string(&mut data, NAMESPACE.as_bytes());
    push_string(&mut data, b"");
    push_string(&mut data, HASH);
    push_string(&mut data, &Sha512::digest(payload));
    data
}

/// A key's or signature's two strings: its type and its bytes.
fn pair(bytes: &[u8]) -> Vec<u8> {
    let mut pair = Vec::new();
    push_string(&mut pair, KEY_TYPE);
    push_string(&mut pair, bytes);
    pair
}

/// Appends an SSH string: its length in four bytes, then itself. Ours are all short.
fn push_string(to: &mut Vec<u8>, string: &[u8]) {
    let length = u32::try_from(string.len()).unwrap_or(u32::MAX);
    to.extend(length.to_be_bytes());
    to.extend_from_slice(string);
}

fn sized<const N: usize>(field: &'static str, expected: &'static str, bytes: &[u8]) -> Result<[u8; N], SignatureError> {
    bytes.try_into().map_err(|_| SignatureError::Field { field, expected, got: format!("{} bytes", bytes.len()) })
}

/// The fields of a decoded signature, read from the front.
struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    fn take(&mut self, field: &'static str, length: usize) -> Result<&'a [u8], SignatureError> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(SignatureError::CutShort(field))?;
        self.rest = rest;
        Ok(taken)
    }

    /// An SSH string.
    fn string(&mut self, field: &'static str) -> Result<&'a [u8], SignatureError> {
        let length = self.take(field, 4)?.iter().fold(0, |length: u32, b| length << 8 | u32::from(*b));
        self.take(field, usize::try_from(length).unwrap_or(usize::MAX))
    }

    fn exactly(
        &mut self,
        field: &'static str,
        length: usize,
        value: &[u8],
        expected: &'static str,
    ) -> Result<(), SignatureError> {
        let got = self.take(field, length)?;
        equal(field, got, value, expected)
    }

    fn string_exactly(
        &mut self,
        field: &'static str,
        value: &[u8],
        expected: &'static str,
    ) -> Result<(), SignatureError> {
        let got = self.string(field)?;
        equal(field, got, value, expected)
    }

    fn end(&self, field: &'static str) -> Result<(), SignatureError> {
        match self.rest.len() {
            0 => Ok(()),
            left => Err(SignatureError::LeftOver { field, left }),
        }
    }
}

fn equal(field: &'static str, got: &[u8], value: &[u8], expected: &'static str) -> Result<(), SignatureError> {
    if got == value { Ok(()) } else { Err(SignatureError::Field { field, expected, got: excerpt(got) }) }
}

#[cfg(test)]
mod tests;
