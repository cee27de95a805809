//! A researcher's public key (section 1.1).
//!
//! Decides which keys a charter may hold. A key that passes is a point of the prime-order group in its
//! only spelling, so that all verifiers agree on every signature by it. It never checks a signature.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use curve25519_dalek::edwards::CompressedEdwardsY;

use super::id::Digest;

/// The key type's name, before the base64 and within it.
const TYPE: &str = "ssh-ed25519";

/// What stands before the 32 bytes of the key in the decoded base64.
const HEAD: &[u8] = b"\0\0\0\x0bssh-ed25519\0\0\0\x20";

/// Why some text is no key for a charter (section 1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Another type of key, or no key at all.
    #[error("not an ssh-ed25519 key: expected ssh-ed25519, one space and base64, without a comment")]
    Type,
    /// Not base64, or not in its canonical spelling.
    #[error("not canonical base64")]
    Base64,
    /// The decoded bytes are not those of an `ssh-ed25519` key.
    #[error("{got} bytes that are not those of an ssh-ed25519 key: expected its name and 32 bytes")]
    Layout {
        /// How many bytes were decoded.
        got: usize,
    },
    /// The 32 bytes are no point of the curve, or not its canonical spelling.
    #[error("not a point of the curve in canonical form")]
    Point,
    /// The point's order divides eight: anyone could sign for it.
    #[error("a point of small order: such a key protects nothing")]
    SmallOrder,
    /// The point lies outside the prime-order group.
    #[error("a point that is not torsion-free: no honest tool makes such a key")]
    Torsion,
}

/// An Ed25519 public key fit for a charter: canonical, not of small order, torsion-free (section 1.1).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicKey([u8; 32]);

impl PublicKey {
    /// Checks 32 bytes as a key.
    ///
    /// # Errors
    /// [`KeyError::Point`], [`KeyError::SmallOrder`] or [`KeyError::Torsion`].
    pub fn from_bytes(bytes: [u8; 32]) -> Result<Self, KeyError> {
        let compressed = CompressedEdwardsY(bytes);
        let point = compressed.decompress().filter(|p| p.compress() == compressed).ok_or(KeyError::Point)?;
        if point.is_small_order() {
            return Err(KeyError::SmallOrder);
        }
        if !point.is_torsion_free() {
            return Err(KeyError::Torsion);
        }
        Ok(Self(bytes))
    }

    /// Reads `ssh-ed25519 AAAA...` exactly as a charter has it: canonical base64 and no comment.
    ///
    /// # Errors
    /// The first fault, in the order of [`KeyError`].
    pub fn parse_openssh(text: &str) -> Result<Self, KeyError> {
        let encoded = text.strip_prefix(TYPE).and_then(|rest| rest.strip_prefix(' ')).ok_or(KeyError::Type)?;
        if encoded.contains(' ') {
            return Err(KeyError::Type);
        }
        let blob = STANDARD.decode(encoded).map_err(|_| KeyError::Base64)?;
        let point = blob.strip_prefix(HEAD).and_then(|point| <[u8; 32]>::try_from(point).ok());
        let key = Self::from_bytes(point.ok_or(KeyError::Layout { got: blob.len() })?)?;
        if key.to_openssh() == text { Ok(key) } else { Err(KeyError::Base64) }
    }

    /// Reads the one line of a `.pub` file: as [`PublicKey::parse_openssh`], but a comment may follow and
    /// blanks may surround the parts. For making cards; nothing that is verified is read this way.
    ///
    /// # Errors
    /// As [`PublicKey::parse_openssh`].
    pub fn parse_pub_file(text: &str) -> Result<Self, KeyError> {
        let mut words = text.trim().split([' ', '\t']).filter(|word| !word.is_empty());
        match (words.next(), words.next()) {
            (Some(kind), Some(encoded)) => Self::parse_openssh(&format!("{kind} {encoded}")),
            _ => Err(KeyError::Type),
        }
    }

    /// The key as a charter has it.
    pub fn to_openssh(&self) -> String {
        format!("{TYPE} {}", STANDARD.encode(self.blob()))
    }

    /// The key's 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The fingerprint, as `ssh-keygen -l` prints it: `SHA256:` and 43 characters of base64.
    pub fn fingerprint(&self) -> String {
        format!("SHA256:{}", STANDARD_NO_PAD.encode(Digest::of(&self.blob()).as_bytes()))
    }

    fn blob(&self) -> Vec<u8> {
        [HEAD, self.0.as_slice()].concat()
    }

    /// How any 32 bytes look in a charter, fit or not.
    #[cfg(test)]
    pub(super) fn openssh_of(bytes: [u8; 32]) -> String {
        Self(bytes).to_openssh()
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.to_openssh())
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.to_openssh())
    }
}

#[cfg(test)]
mod tests {
    use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION};

    use super::*;

    const GOOD: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDqaWeObdeQg8t+GEfCIa2VFR3Bd/QVeZUy1/wM7xKPh";

    #[test]
    fn a_key_is_printed_as_it_was_read() {
        let key = PublicKey::parse_openssh(GOOD).expect("a key");
        assert_eq!(key.to_openssh(), GOOD);
        assert_eq!(PublicKey::from_bytes(*key.as_bytes()), Ok(key));
        assert_eq!(key.fingerprint(), "SHA256:XI4Njne4q8K4r4VXugc9gAFN0OdQdjoLbKFmPftP6YQ");
    }

    #[test]
    fn a_pub_file_may_have_a_comment() {
        let key = PublicKey::parse_openssh(GOOD);
        assert_eq!(PublicKey::parse_pub_file(&format!(" {GOOD}\t alice@home two\n")), key);
        assert_eq!(PublicKey::parse_pub_file("ssh-ed25519\n"), Err(KeyError::Type));
        assert_eq!(PublicKey::parse_pub_file(&format!("no-pty {GOOD}")), Err(KeyError::Type));
    }

    #[test]
    fn each_fault_of_the_spelling_is_named() {
        let encoded = GOOD.trim_start_matches("ssh-ed25519 ");
        let short = STANDARD.encode([HEAD, &[9; 31]].concat());
        let long = STANDARD.encode([HEAD, &[9; 33]].concat());
        for (bad, error) in [
            (String::new(), KeyError::Type),
            (encoded.to_owned(), KeyError::Type),
            (format!("ssh-rsa {encoded}"), KeyError::Type),
            (format!("ssh-ed25519-cert-v01@openssh.com {encoded}"), KeyError::Type),
            (format!("{GOOD} alice@home"), KeyError::Type),
            (format!("ssh-ed25519  {encoded}"), KeyError::Type),
            (format!("{GOOD}\n"), KeyError::Base64),
            (format!("{GOOD}=="), KeyError::Base64),
            (format!("ssh-ed25519 {}", encoded.replace('/', "_")), KeyError::Base64),
            (format!("ssh-ed25519 {}", &encoded[..67]), KeyError::Base64),
            (format!("ssh-ed25519 {short}"), KeyError::Layout { got: 50 }),
            (format!("ssh-ed25519 {long}"), KeyError::Layout { got: 52 }),
            ("ssh-ed25519 ".to_owned(), KeyError::Layout { got: 0 }),
        ] {
            assert_eq!(PublicKey::parse_openssh(&bad), Err(error), "{bad}");
        }
    }

    #[test]
    fn only_clean_points_are_keys() {
        for point in EIGHT_TORSION {
            assert_eq!(PublicKey::from_bytes(point.compress().0), Err(KeyError::SmallOrder));
        }
        assert!(PublicKey::from_bytes(ED25519_BASEPOINT_POINT.compress().0).is_ok());
        for torsion in EIGHT_TORSION.iter().skip(1) {
            let mixed = ED25519_BASEPOINT_POINT + torsion;
            assert_eq!(PublicKey::from_bytes(mixed.compress().0), Err(KeyError::Torsion));
        }
        // y = p + 3, and the identity with the sign of its x = 0 set: second spellings of points.
        let mut above = [0xff; 32];
        (above[0], above[31]) = (0xf0, 0x7f);
        assert_eq!(PublicKey::from_bytes(above), Err(KeyError::Point));
        let mut minus_zero = [0; 32];
        (minus_zero[0], minus_zero[31]) = (1, 0x80);
        assert_eq!(PublicKey::from_bytes(minus_zero), Err(KeyError::Point));
        // No point has y = 2.
        let mut off_the_curve = [0; 32];
        off_the_curve[0] = 2;
        assert_eq!(PublicKey::from_bytes(off_the_curve), Err(KeyError::Point));
    }
}
