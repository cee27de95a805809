//! Vectors for the one function that verifies signatures (section 2.signature): those of Project Wycheproof, and the
//! twelve cases of "Taming the many EdDSAs" in which verifiers are known to disagree.
//!
//! The strict verdict is the protocol's. Where a case is shown to pass some other verifier, it is so that a refusal
//! here means something.

#[path = "vectors/twelve.rs"]
mod twelve;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bicker::protocol::key::{KeyError, PublicKey};
use bicker::protocol::signature::{SignatureError, SshSignature, signed_data, verifies};
use ed25519_dalek::{Signature, Verifier as _, VerifyingKey};
use serde_json::Value;

use twelve::{Case, cases, second_spellings, with_second_spelling};

const WYCHEPROOF: &str = include_str!("vectors/wycheproof/ed25519_test.json");

fn hex(value: &Value) -> Vec<u8> {
    let digits = value.as_str().expect("a string of hex digits");
    let pair = |at| digits.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
    (0..digits.len()).step_by(2).map(|at| pair(at).expect("two hex digits")).collect()
}

fn list<'a>(value: &'a Value, field: &str) -> &'a [Value] {
    value[field].as_array().expect("a list")
}

/// The armour of these two fields, of whatever length they are.
fn armour(key: &[u8], signature: &[u8]) -> String {
    let mut blob = b"SSHSIG\0\0\0\x01".to_vec();
    let string = |bytes: &[u8]| [&u32::try_from(bytes.len()).expect("short").to_be_bytes()[..], bytes].concat();
    let pair = |bytes: &[u8]| [string(b"ssh-ed25519"), string(bytes)].concat();
    for field in [&pair(key)[..], b"git", b"", b"sha512", &pair(signature)] {
        blob.extend(string(field));
    }
    let base64 = STANDARD.encode(blob).into_bytes();
    let lines: Vec<_> = base64.chunks(70).map(String::from_utf8_lossy).collect();
    format!("-----BEGIN SSH SIGNATURE-----\n{}\n-----END SSH SIGNATURE-----\n", lines.join("\n"))
}

#[test]
fn wycheproof_verdicts_are_ours() {
    let vectors: Value = serde_json::from_str(WYCHEPROOF).expect("JSON");
    let (mut valid, mut invalid, mut of_another_length) = (0, 0, 0);
    for group in list(&vectors, "testGroups") {
        let key: [u8; 32] = hex(&group["publicKey"]["pk"]).try_into().expect("32 bytes");
        assert!(PublicKey::from_bytes(key).is_ok(), "an honest key is fit for a charter");
        for vector in list(group, "tests") {
            let (message, signature) = (hex(&vector["msg"]), hex(&vector["sig"]));
            let verdict = match <[u8; 64]>::try_from(&signature[..]) {
                Ok(signature) => verifies(&key, &message, &signature),
                // Such a one never reaches the curve: it is refused where it is read.
                Err(_) => {
                    of_another_length += 1;
                    let got = format!("{} bytes", signature.len());
                    let error = SignatureError::Field { field: "signature", expected: "64 bytes", got };
                    assert_eq!(SshSignature::from_armour_text(&armour(&key, &signature)), Err(error));
                    false
                }
            };
            let expected = match vector["result"].as_str() {
                Some("valid") => true,
                Some("invalid") => false,
                other => panic!("a result that is no verdict: {other:?}"),
            };
            assert_eq!(verdict, expected, "{} {}", vector["tcId"], vector["comment"]);
            if verdict { valid += 1 } else { invalid += 1 }
        }
    }
    assert_eq!((valid, invalid, of_another_length), (88, 63, 12));
    assert_eq!(vectors["numberOfTests"], valid + invalid);
}

/// Whether the usual verification takes it, in which verifiers do not agree and on which no protocol should rest.
fn lax(case: &Case, message: &[u8]) -> bool {
    let signature = Signature::from_bytes(&case.signature);
    VerifyingKey::from_bytes(&case.key).is_ok_and(|key| key.verify(message, &signature).is_ok())
}

#[test]
fn of_the_twelve_cases_one_is_strictly_valid() {
    let message = |number: u32| format!("message {number}").into_bytes();
    let cases = cases(message);
    assert!(cases.iter().map(|case| case.number).eq(0..12));
    let taken = |verifier: &dyn Fn(&Case) -> bool| -> Vec<u8> {
        cases.iter().filter(|case| verifier(case)).map(|case| case.number).collect()
    };
    assert_eq!(taken(&|case| verifies(&case.key, &message(case.message), &case.signature)), [3]);
    assert_eq!(taken(&|case| lax(case, &message(case.message))), [0, 1, 2, 3, 11]);
}

/// The same over what an SSH signature signs. Case 6 is what anyone can make of an honest commit.
#[test]
fn the_twelve_cases_as_ssh_signatures() {
    let payload = |number: u32| format!("tree {number:040}\n\nwords\n").into_bytes();
    for case in cases(|number| signed_data(&payload(number))) {
        let signature = SshSignature { key: case.key, signature: case.signature };
        assert_eq!(SshSignature::from_armour_text(&armour(&case.key, &case.signature)), Ok(signature));
        assert_eq!(signature.verify(&payload(case.message)), case.number == 3, "case {}", case.number);
    }
}

/// Case 3 too needs a key that no charter holds, as all do but 6 and 7.
#[test]
fn no_charter_holds_the_keys_that_the_cases_need() {
    for case in cases(|number| number.to_be_bytes().to_vec()) {
        let expected = match case.number {
            0 | 1 => Some(KeyError::SmallOrder),
            6 | 7 => None,
            10 | 11 => Some(KeyError::Point),
            _ => Some(KeyError::Torsion),
        };
        assert_eq!(PublicKey::from_bytes(case.key).err(), expected, "case {}", case.number);
    }
}

/// Cases 8 to 11 again, with every second spelling there is.
#[test]
fn no_second_spelling_of_a_point_verifies() {
    let message = |number: u32| number.to_be_bytes().to_vec();
    for spelling in second_spellings() {
        assert_eq!(PublicKey::from_bytes(spelling), Err(KeyError::Point));
        for case in with_second_spelling(spelling, message) {
            let verdict = verifies(&case.key, &message(case.message), &case.signature);
            assert!(!verdict, "case {}, {spelling:x?}", case.number);
        }
    }
}
