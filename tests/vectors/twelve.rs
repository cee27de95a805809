//! The twelve cases of "Taming the many EdDSAs", made anew from what the paper says of each.
//!
//! A key A and a point R may carry a part of small order (*mixed*), be nothing else (*small*), or be *clean*; a small one
//! may be spelled in a way that is not its own. With k the hash of R, A and the message, a verifier asks whether
//! `R + k A - S B` is nothing (without cofactor), or whether eight times that is (with it), whereby all parts of small
//! order vanish. For each case messages are tried until the small parts cancel, or do not, as its row demands; so a case
//! that is here has been shown to be what it says.

use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT as B, EIGHT_TORSION};
use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::Identity as _;
use sha2::{Digest as _, Sha512};

/// The order of the group that B generates, little end first.
const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// One case: a signature that some verifiers take and others do not.
pub(crate) struct Case {
    /// The paper's number of it.
    pub(crate) number: u8,
    pub(crate) key: [u8; 32],
    pub(crate) signature: [u8; 64],
    /// Which message it is a signature of.
    pub(crate) message: u32,
}

/// A point: `multiple` times B, and a part of small order.
#[derive(Clone, Copy)]
struct Point {
    multiple: Scalar,
    small: EdwardsPoint,
    /// How it is spelled where it is sent.
    sent: [u8; 32],
    /// How it is spelled where it is hashed.
    hashed: [u8; 32],
    /// How those hash it who do it the other way: its own spelling instead of what is sent, or the reverse.
    hashed_by_others: [u8; 32],
}

impl Point {
    /// A point in its own spelling.
    fn new(multiple: Scalar, small: EdwardsPoint) -> Self {
        assert!(small.is_small_order());
        let own = (multiple * B + small).compress().0;
        Self { multiple, small, sent: own, hashed: own, hashed_by_others: own }
    }

    /// A point of small order in a second spelling, hashed in its own or as it is sent.
    fn spelled(sent: [u8; 32], hashed_as_sent: bool) -> Self {
        let small = CompressedEdwardsY(sent).decompress().expect("a lenient reader takes it");
        let point = Self::new(Scalar::ZERO, small);
        let own = point.sent;
        assert_ne!(own, sent, "not a second spelling");
        let (hashed, hashed_by_others) = if hashed_as_sent { (sent, own) } else { (own, sent) };
        Self { sent, hashed, hashed_by_others, ..point }
    }

    fn point(&self) -> EdwardsPoint {
        self.multiple * B + self.small
    }
}

/// What a verifier hashes.
fn challenge(r: [u8; 32], key: [u8; 32], message: &[u8]) -> Scalar {
    let hash = Sha512::new().chain_update(r).chain_update(key).chain_update(message).finalize();
    Scalar::from_bytes_mod_order_wide(&hash.into())
}

/// A case of these points, with the first message for which a verifier without cofactor takes it, or does not; one with
/// cofactor always does. If a point has a second spelling, who hashes the other one does not take it.
fn case(number: u8, key: Point, r: Point, cofactorless: bool, messages: impl Fn(u32) -> Vec<u8>) -> Case {
    let nothing = EdwardsPoint::identity();
    for message in 0..1_000 {
        let k = challenge(r.hashed, key.hashed, &messages(message));
        let s = r.multiple + k * key.multiple;
        let rest = |k: Scalar| r.point() + k * key.point() - s * B;
        assert!(rest(k).is_small_order(), "case {number}: with cofactor it holds");
        let of_others = challenge(r.hashed_by_others, key.hashed_by_others, &messages(message));
        // No k tells anything of a key that is nothing.
        let told_apart = of_others == k || key.point() == nothing || rest(of_others) != nothing;
        // Case 5 is for those who multiply k by the cofactor, and reduce that, before anything else.
        let not_reduced_early = number != 5 || k * eight() * key.small != nothing;
        if told_apart && not_reduced_early && (rest(k) == nothing) == cofactorless {
            let mut signature = [0; 64];
            signature[..32].copy_from_slice(&r.sent);
            signature[32..].copy_from_slice(s.as_bytes());
            return Case { number, key: key.sent, signature, message };
        }
    }
    panic!("case {number}: no message in a thousand")
}

fn eight() -> Scalar {
    Scalar::from(8_u8)
}

/// The multiples of B in the keys and in R. Any would do.
fn secrets() -> (Scalar, Scalar) {
    (Scalar::from(0x006b_6579_u64), Scalar::from(0x0072_616e_646f_6d21_u64))
}

/// The twelve cases, in order. `messages` gives as many messages as are asked for.
pub(crate) fn cases(messages: impl Fn(u32) -> Vec<u8> + Copy) -> Vec<Case> {
    let (a, r) = secrets();
    let (none, torsion) = (EdwardsPoint::identity(), EIGHT_TORSION[1]);
    let clean = [Point::new(a, none), Point::new(r, none)];
    let mixed = [Point::new(a, torsion), Point::new(r, torsion)];
    let small = Point::new(Scalar::ZERO, torsion);
    let mut cases = vec![
        case(0, small, small, true, messages),
        case(1, small, mixed[1], true, messages),
        case(2, mixed[0], small, true, messages),
        case(3, mixed[0], mixed[1], true, messages),
        case(4, mixed[0], mixed[1], false, messages),
        case(5, mixed[0], clean[1], false, messages),
        raised(case(6, clean[0], clean[1], true, messages), 1),
        raised(case(7, clean[0], clean[1], true, messages), 8),
    ];
    cases.extend(with_second_spelling(second_spellings()[0], messages));
    cases
}

/// Every second spelling of a point of small order that a lenient reader takes: y is not reduced, or x = 0 has a sign.
pub(crate) fn second_spellings() -> [[u8; 32]; 6] {
    let spelling = |first: u8, middle: u8, last: u8| {
        let mut bytes = [middle; 32];
        (bytes[0], bytes[31]) = (first, last);
        bytes
    };
    [
        spelling(0xec, 0xff, 0xff), // y = -1, x = -0: the one in the paper
        spelling(0x01, 0x00, 0x80), // y = 1, x = -0
        spelling(0xed, 0xff, 0x7f), // y = p for 0
        spelling(0xed, 0xff, 0xff), // and with the other x
        spelling(0xee, 0xff, 0x7f), // y = p + 1 for 1
        spelling(0xee, 0xff, 0xff), // and x = -0
    ]
}

/// Cases 8 to 11 with this spelling: of R and of the key, each hashed in the point's own spelling and as it is sent.
pub(crate) fn with_second_spelling(spelling: [u8; 32], messages: impl Fn(u32) -> Vec<u8> + Copy) -> [Case; 4] {
    let (a, r) = secrets();
    let mixed = Point::new(a, EIGHT_TORSION[1]);
    let as_r = |number, as_sent| case(number, mixed, Point::spelled(spelling, as_sent), true, messages);
    let as_key = |number, as_sent| {
        let key = Point::spelled(spelling, as_sent);
        case(number, key, Point::new(r, key.small), true, messages)
    };
    [as_r(8, false), as_r(9, true), as_key(10, false), as_key(11, true)]
}

/// The case with so many times the group's order added to S: the same number to whoever reduces it.
fn raised(mut case: Case, times: u8) -> Case {
    for _ in 0..times {
        let mut carry = 0;
        for (byte, added) in case.signature[32..].iter_mut().zip(ORDER) {
            let sum = u16::from(*byte) + u16::from(added) + carry;
            [*byte, _] = sum.to_le_bytes();
            carry = sum >> 8;
        }
        assert_eq!(carry, 0, "S has 32 bytes");
    }
    case
}
