//! Signatures (section 2.signature): everything that some verifier takes for the same signature, or for a good one.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bicker::protocol::commit::{payload, with_signature};
use bicker::sim::world::key_of;
use curve25519_dalek::constants::{ED25519_BASEPOINT_TABLE, EIGHT_TORSION};
use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::Identity as _;
use ed25519_dalek::{Signer as _, SigningKey};
use sha2::{Digest as _, Sha256, Sha512};

use super::expect::Expect;
use super::judge::Mutation;
use super::scene::{Scene, replace};

const GROUP: &str = "signature";
const BEGIN: &str = "-----BEGIN SSH SIGNATURE-----\n";
const END: &str = "-----END SSH SIGNATURE-----\n";

/// The fields of an SSH signature, any of which may be wrong.
struct Fields {
    magic: Vec<u8>,
    version: u32,
    key_type: Vec<u8>,
    key: Vec<u8>,
    namespace: Vec<u8>,
    reserved: Vec<u8>,
    hash: Vec<u8>,
    signature_type: Vec<u8>,
    signature: Vec<u8>,
    after: Vec<u8>,
}

impl Fields {
    /// The right ones, but for the signature itself.
    fn of(key: &SigningKey) -> Self {
        Self {
            magic: b"SSHSIG".to_vec(),
            version: 1,
            key_type: b"ssh-ed25519".to_vec(),
            key: key.verifying_key().to_bytes().to_vec(),
            namespace: b"git".to_vec(),
            reserved: Vec::new(),
            hash: b"sha512".to_vec(),
            signature_type: b"ssh-ed25519".to_vec(),
            signature: Vec::new(),
            after: Vec::new(),
        }
    }

    /// What a key signs for these fields and this payload.
    fn data(&self, payload: &[u8]) -> Vec<u8> {
        let digest =
            if self.hash == b"sha256" { Sha256::digest(payload).to_vec() } else { Sha512::digest(payload).to_vec() };
        let strings = [&self.namespace, &self.reserved, &self.hash, &digest].map(|field| string(field)).concat();
        [b"SSHSIG", &strings[..]].concat()
    }

    fn blob(&self) -> Vec<u8> {
        let key = string(&[string(&self.key_type), string(&self.key)].concat());
        let signature = string(&[string(&self.signature_type), string(&self.signature)].concat());
        let strings = [string(&self.namespace), string(&self.reserved), string(&self.hash)].concat();
        [&self.magic[..], &self.version.to_be_bytes(), &key, &strings, &signature, &self.after].concat()
    }
}

fn string(bytes: &[u8]) -> Vec<u8> {
    [&u32::try_from(bytes.len()).expect("short").to_be_bytes(), bytes].concat()
}

/// Base64 in lines, between the armour's first and last.
fn armour(blob: &[u8], columns: usize) -> String {
    let base64 = STANDARD.encode(blob).into_bytes();
    let lines: String = base64.chunks(columns).map(|line| String::from_utf8_lossy(line).into_owned() + "\n").collect();
    format!("{BEGIN}{lines}{END}")
}

/// Publishes mallory's entry with the signature that `fields` makes of it: signed by `key` after the change, and made
/// otherwise by `after`.
fn signs(
    scene: &mut Scene,
    key: &SigningKey,
    change: impl Fn(&mut Fields),
    after: impl Fn(&mut Fields, &[u8]),
) -> bicker::protocol::id::CommitId {
    scene.forged(|raw| {
        let unsigned = payload(&raw);
        let mut fields = Fields::of(key);
        change(&mut fields);
        let data = fields.data(&unsigned);
        fields.signature = key.sign(&data).to_bytes().to_vec();
        after(&mut fields, &data);
        with_signature(&unsigned, &armour(&fields.blob(), 70))
    })
}

/// Other fields, which the signature is really over.
fn fields(name: &'static str, change: impl Fn(&mut Fields) + Copy + Send + Sync + 'static) -> Mutation {
    Mutation::new(GROUP, name, move |scene: &mut Scene| {
        Expect::tip("bad-signature", "2.signature", signs(scene, &key_of("mallory"), change, |_, _| {}))
    })
}

/// Another signature than the one that signing gives; `change` is told what is signed.
fn point(name: &'static str, change: impl Fn(&mut Fields, &[u8]) + Copy + Send + Sync + 'static) -> Mutation {
    Mutation::new(GROUP, name, move |scene: &mut Scene| {
        Expect::tip("bad-signature", "2.signature", signs(scene, &key_of("mallory"), |_| {}, change))
    })
}

/// A good signature, spelled otherwise in the commit.
fn spelled(
    name: &'static str,
    code: &'static str,
    rule: &'static str,
    change: impl Fn(&[u8]) -> Vec<u8> + Send + Sync + 'static,
) -> Mutation {
    Mutation::new(GROUP, name, move |scene: &mut Scene| Expect::tip(code, rule, scene.forged(|raw| change(&raw))))
}

/// The same, and it is not canonical.
fn rewritten(name: &'static str, from: &'static str, to: &'static str) -> Mutation {
    spelled(name, "bad-signature", "2.signature", move |raw| replace(raw, from.as_bytes(), to.as_bytes()))
}

/// The mutations.
pub(crate) fn mutations() -> Vec<Mutation> {
    [blobs(), points(), spellings(), whose()].into_iter().flatten().collect()
}

fn blobs() -> Vec<Mutation> {
    vec![
        fields("version-2", |f| f.version = 2),
        fields("magic-of-another-format", |f| f.magic = b"SSHSIH".to_vec()),
        fields("namespace-file", |f| f.namespace = b"file".to_vec()),
        fields("namespace-empty", |f| f.namespace = Vec::new()),
        fields("namespace-git-and-nul", |f| f.namespace = b"git\0".to_vec()),
        fields("reserved-of-50000-bytes", |f| f.reserved = vec![b'x'; 40_000]),
        fields("hash-sha256", |f| f.hash = b"sha256".to_vec()),
        fields("key-of-a-security-token", |f| f.key_type = b"sk-ssh-ed25519@openssh.com".to_vec()),
        fields("key-of-type-rsa", |f| f.key_type = b"ssh-rsa".to_vec()),
        fields("key-of-31-bytes", |f| f.key.truncate(31)),
        fields("bytes-left-over", |f| f.after = b"\0".to_vec()),
        point("signature-of-another-type", |f, _| f.signature_type = b"rsa-sha2-512".to_vec()),
        point("signature-of-65-bytes", |f, _| f.signature.push(0)),
        point("signature-of-nothing", |f, _| f.signature.clear()),
    ]
}

/// Signatures that libraries disagree on.
fn points() -> Vec<Mutation> {
    vec![
        point("s-plus-the-group-order", |f, _| {
            let mut carry = 0;
            for (byte, more) in f.signature[32..].iter_mut().zip(ORDER) {
                let sum = u16::from(*byte) + u16::from(more) + carry;
                *byte = u8::try_from(sum & 0xff).expect("a byte");
                carry = sum >> 8;
            }
        }),
        point("r-of-small-order", |f, data| f.signature = equation(EdwardsPoint::identity(), Scalar::ZERO, data)),
        point("r-of-mixed-order", |f, data| {
            let r = Scalar::from(5_u8);
            f.signature = equation(&r * ED25519_BASEPOINT_TABLE + EIGHT_TORSION[1], r, data);
        }),
        point("all-zeros", |f, _| f.signature = vec![0; 64]),
        point("of-other-bytes", |f, _| f.signature = key_of("mallory").sign(b"something else").to_bytes().to_vec()),
    ]
}

/// The order of the group, the least byte first.
const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// Mallory's signature with this R, of which `r` is the discrete logarithm up to small order: it satisfies the
/// verifier's equation, perhaps only after multiplication by the cofactor.
fn equation(point: EdwardsPoint, r: Scalar, data: &[u8]) -> Vec<u8> {
    let key = key_of("mallory");
    let point = point.compress().to_bytes();
    let hash: [u8; 64] = Sha512::digest([&point[..], &key.verifying_key().to_bytes(), data].concat()).into();
    let s = r + Scalar::from_bytes_mod_order_wide(&hash) * key.to_scalar();
    [point, s.to_bytes()].concat()
}

fn spellings() -> Vec<Mutation> {
    let bad = |name, change: fn(&[u8]) -> Vec<u8>| spelled(name, "bad-signature", "2.signature", change);
    vec![
        spelled("none", "unsigned", "2.signature", payload),
        spelled("twice", "malformed", "2.commit", |raw| {
            let header = header(raw);
            replace(raw, &header, &header.repeat(2))
        }),
        spelled("before-the-author", "malformed", "2.commit", |raw| {
            replace(&payload(raw), b"author ", &[&header(raw)[..], b"author "].concat())
        }),
        bad("lines-of-64-characters", |raw| rewrapped(raw, 64)),
        bad("one-line", |raw| rewrapped(raw, 10_000)),
        bad("trailing-spaces", |raw| replace(raw, b" -----END SSH SIGNATURE-----", b" -----END SSH SIGNATURE----- ")),
        bad("x509-armour", |raw| {
            let begun = replace(raw, b"BEGIN SSH SIGNATURE", b"BEGIN SIGNED MESSAGE");
            replace(&begun, b"END SSH SIGNATURE", b"END SIGNED MESSAGE")
        }),
        bad("value-of-nothing", |raw| replace(raw, &header(raw), b"gpgsig \n")),
        rewritten("text-before-it", "gpgsig -----BEGIN", "gpgsig Comment: hello\n -----BEGIN"),
        rewritten("empty-line-inside", "\n -----END", "\n \n -----END"),
        rewritten("end-missing", "\n -----END SSH SIGNATURE-----", ""),
        rewritten("second-signature-behind-it", " -----END SSH SIGNATURE-----\n", SECOND),
        rewritten("nul-inside", "\n -----END", "\n \0\n -----END"),
        rewritten(
            "base64-of-the-web",
            "gpgsig -----BEGIN SSH SIGNATURE-----\n U1NIU0lH",
            "gpgsig -----BEGIN SSH SIGNATURE-----\n U1NIU0l_",
        ),
    ]
}

const SECOND: &str =
    " -----END SSH SIGNATURE-----\n -----BEGIN PGP SIGNATURE-----\n \n iQ==\n -----END PGP SIGNATURE-----\n";

/// Signed, but not by whose log it is.
fn whose() -> Vec<Mutation> {
    vec![
        Mutation::new(GROUP, "of-an-outsider", |scene| {
            let tip = signs(scene, &key_of("eve"), |_| {}, |_, _| {});
            Expect::tip("foreign-key", "2.signature", tip)
        }),
        Mutation::new(GROUP, "of-an-outsider-and-wrong", |scene| {
            let tip = signs(scene, &key_of("eve"), |_| {}, |f, _| f.signature = vec![7; 64]);
            Expect::tip("foreign-key", "2.signature", tip)
        }),
        Mutation::new(GROUP, "by-mallory-under-bobs-key", |scene| {
            let bob = key_of("bob").verifying_key().to_bytes();
            let tip = signs(scene, &key_of("mallory"), |f| f.key = bob.to_vec(), |_, _| {});
            Expect::tip("bad-signature", "2.signature", tip)
        }),
        Mutation::new(GROUP, "bobs-log", |scene| {
            let [_, bob, _] = scene.honest();
            scene.publish(bob);
            Expect::mallorys("wrong-log", "2.author", &[bob], Some(bob), 0)
        }),
        Mutation::new(GROUP, "bobs-last-entry-in-other-lines", |scene| {
            let [_, bob, _] = scene.honest();
            let raw = rewrapped(&scene.raw(bob), 40);
            let twin = scene.world.publish("mallory", raw, None);
            scene.publish(twin);
            Expect::mallorys("bad-signature", "2.signature", &[twin], Some(twin), 0)
        }),
    ]
}

/// The `gpgsig` header of a commit.
fn header(raw: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(raw);
    let start = text.find("gpgsig ").expect("a signature");
    let end = text[start..].find("\n\n").expect("a message");
    text[start..=start + end].as_bytes().to_vec()
}

/// The same signature in lines of this length.
fn rewrapped(raw: &[u8], columns: usize) -> Vec<u8> {
    let header = String::from_utf8(header(raw)).expect("text");
    let base64: String = header.lines().filter(|line| !line.contains("-----")).map(str::trim).collect();
    let blob = STANDARD.decode(base64).expect("base64");
    with_signature(&payload(raw), &armour(&blob, columns))
}
