//! An honest signature is read, verified and written back; each mauled form of it is refused (section 2.signature).

use proptest::prelude::*;

use super::super::commit::{Commit, Person, payload, with_signature};
use super::super::id::{CommitId, ObjectId};
use super::*;

const PAYLOAD: &[u8] = b"tree ...\n\nwords\n";

fn key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

fn honest() -> SshSignature {
    SshSignature::sign(&key(), PAYLOAD)
}

/// The header's value for any blob, in lines of any length.
fn wrap(blob: &[u8], columns: usize) -> String {
    let base64 = STANDARD.encode(blob).into_bytes();
    let lines: Vec<_> = base64.chunks(columns).map(String::from_utf8_lossy).collect();
    format!("{BEGIN}\n{}\n{END}", lines.join("\n"))
}

/// A blob of these strings after magic and version.
fn blob(strings: [&[u8]; 5]) -> Vec<u8> {
    let mut blob = b"SSHSIG\0\0\0\x01".to_vec();
    for string in strings {
        push_string(&mut blob, string);
    }
    blob
}

/// The honest blob with one of its strings (key, namespace, reserved, hash, signature) replaced.
fn with(index: usize, string: &[u8]) -> String {
    let (key, signature) = (pair(&honest().key), pair(&honest().signature));
    let mut strings: [&[u8]; 5] = [&key, b"git", b"", b"sha512", &signature];
    strings[index] = string;
    wrap(&blob(strings), COLUMNS)
}

fn strings(strings: &[&[u8]]) -> Vec<u8> {
    let mut all = Vec::new();
    strings.iter().for_each(|string| push_string(&mut all, string));
    all
}

fn field(field: &'static str, expected: &'static str, got: &str) -> SignatureError {
    SignatureError::Field { field, expected, got: got.to_owned() }
}

#[track_caller]
fn refused(value: impl AsRef<[u8]>, error: SignatureError) {
    assert_eq!(SshSignature::parse(value.as_ref()), Err(error));
}

#[test]
fn an_honest_signature_is_read_verified_and_written_back() {
    let armour = honest().armour();
    let lengths: Vec<_> = armour.lines().map(str::len).collect();
    assert_eq!(lengths, [29, 70, 70, 70, 22, 27]);
    assert!(armour.ends_with("-----END SSH SIGNATURE-----\n"));
    assert_eq!(SshSignature::from_armour_text(&armour), Ok(honest()));
    assert_eq!(SshSignature::parse(armour.trim_end().as_bytes()), Ok(honest()));
    assert_eq!(wrap(&honest().blob(), COLUMNS), armour.trim_end());
    assert_eq!(with(1, b"git"), armour.trim_end());
    assert!(honest().verify(PAYLOAD));
}

#[test]
fn the_signed_data_is_that_of_the_format() {
    let digest = Sha512::digest(PAYLOAD);
    let expected = [b"SSHSIG\0\0\0\x03git\0\0\0\0\0\0\0\x06sha512\0\0\0\x40".as_slice(), digest.as_slice()].concat();
    assert_eq!(signed_data(PAYLOAD), expected);
}

#[test]
fn other_words_another_key_or_another_signature_do_not_verify() {
    assert!(!honest().verify(b"tree ...\n\nother words\n"));
    let other = SigningKey::from_bytes(&[8; 32]).verifying_key().to_bytes();
    assert!(!SshSignature { key: other, ..honest() }.verify(PAYLOAD));
    for bit in (0..512).step_by(7) {
        let mut mauled = honest();
        mauled.signature[bit / 8] ^= 1 << (bit % 8);
        assert!(!mauled.verify(PAYLOAD), "bit {bit}");
    }
}

#[test]
fn the_group_order_added_to_s_does_not_verify() {
    const ORDER: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let mut mauled = honest();
    let mut carry = 0;
    for (byte, added) in mauled.signature[32..].iter_mut().zip(ORDER) {
        let sum = u16::from(*byte) + u16::from(added) + carry;
        [*byte, _] = sum.to_le_bytes();
        carry = sum >> 8;
    }
    assert_eq!(carry, 0);
    assert_eq!(SshSignature::from_armour_text(&mauled.armour()), Ok(mauled));
    assert!(!mauled.verify(PAYLOAD));
}

#[test]
fn keys_and_points_of_small_order_do_not_verify() {
    let mut identity = [0; 32];
    identity[0] = 1;
    let mut signature = [0; 64];
    signature[0] = 1;
    assert!(!SshSignature { key: identity, signature }.verify(PAYLOAD));
    assert!(!SshSignature { signature, ..honest() }.verify(PAYLOAD));
    assert!(!SshSignature { key: [0xff; 32], ..honest() }.verify(PAYLOAD));
}

#[test]
fn only_lines_of_seventy_characters() {
    let blob = honest().blob();
    for columns in [1, 40, 60, 64, 69, 71, 76, 232] {
        refused(wrap(&blob, columns), SignatureError::NotCanonical);
    }
    let value = wrap(&blob, COLUMNS);
    refused(value.replacen('\n', "\n\n", 1), SignatureError::NotCanonical);
    refused(value.replace("\n-----END", "\n\n-----END"), SignatureError::NotCanonical);
    refused(value.replace("\n-----END", "-----END"), SignatureError::End(excerpt(last_line(&value).as_bytes())));
}

/// The last line once the end line is glued to the base64 before it.
fn last_line(value: &str) -> String {
    value.replace("\n-----END", "-----END").lines().last().unwrap_or_default().to_owned()
}

#[test]
fn nothing_before_after_or_between() {
    let value = wrap(&honest().blob(), COLUMNS);
    refused("", SignatureError::Begin("``".to_owned()));
    refused(BEGIN, SignatureError::End(format!("`{BEGIN}`")));
    refused(END, SignatureError::Begin(format!("`{END}`")));
    refused(format!("{BEGIN}\n{END}"), SignatureError::CutShort("magic"));
    refused(format!("words\n{value}"), SignatureError::Begin("`words`".to_owned()));
    refused(format!("\n{value}"), SignatureError::Begin("``".to_owned()));
    refused(format!("{value}\nwords"), SignatureError::End("`words`".to_owned()));
    refused(format!("{value}\n"), SignatureError::End("``".to_owned()));
    refused(format!("{value} "), SignatureError::End(format!("`{END} `")));
    refused(format!("{value}\n{value}"), SignatureError::Base64);
    refused(value.replace('\n', "\r\n"), SignatureError::Begin(format!("`{BEGIN}\\r`")));
    refused(value.replacen("U1NI", "U1N I", 1), SignatureError::Base64);
    refused(value.replacen("U1NI", "U1N\rI", 1), SignatureError::Base64);
    refused(value.replacen("\nU1NI", "\n U1NI", 1), SignatureError::Base64);
    refused(value.replacen("U1NI", "U1N\0", 1), SignatureError::Base64);
    let twice = SshSignature::from_armour_text(&format!("{value}\n\n"));
    assert_eq!(twice, Err(SignatureError::End("``".to_owned())));
}

#[test]
fn base64_has_one_spelling() {
    let value = wrap(&honest().blob(), COLUMNS);
    assert!(value.contains("=\n-----END"), "the test needs padding");
    refused(value.replace("=\n-----END", "\n-----END"), SignatureError::Base64);
    refused(value.replace("=\n-----END", "==\n-----END"), SignatureError::Base64);
    let at = value.find("=\n").expect("padding") - 1;
    for c in ('A'..='Z').chain('a'..='z').chain('0'..='9').chain(['+', '/']) {
        let mut other = value.clone();
        other.replace_range(at..=at, &c.to_string());
        assert!(other == value || SshSignature::parse(other.as_bytes()) != Ok(honest()), "{c}");
    }
}

#[test]
fn other_kinds_of_armour_are_refused() {
    let pgp = "-----BEGIN PGP SIGNATURE-----\n\niQEzBAABCAAdFiEE\n-----END PGP SIGNATURE-----";
    refused(pgp, SignatureError::Begin("`-----BEGIN PGP SIGNATURE-----`".to_owned()));
    let value = wrap(&honest().blob(), COLUMNS);
    let end = SignatureError::End("`-----END PGP SIGNATURE-----`".to_owned());
    refused(format!("{value}\n{pgp}"), end);
}

#[test]
fn every_decoded_field_is_as_said() {
    let (key, signature) = (honest().key, honest().signature);
    let mut version = honest().blob();
    version[9] = 2;
    refused(wrap(&version, COLUMNS), field("version", "1", "`\\x00\\x00\\x00\\x02`"));
    let mut magic = honest().blob();
    magic[0] = b's';
    refused(wrap(&magic, COLUMNS), field("magic", "`SSHSIG`", "`sSHSIG`"));
    refused(with(0, &strings(&[b"ssh-rsa", &key])), field("key's type", "`ssh-ed25519`", "`ssh-rsa`"));
    let security_key = strings(&[b"sk-ssh-ed25519@openssh.com", &key, b"ssh:"]);
    refused(with(0, &security_key), field("key's type", "`ssh-ed25519`", "`sk-ssh-ed25519@openssh.com`"));
    refused(with(0, &pair(&key[1..])), field("key", "32 bytes", "31 bytes"));
    refused(with(1, b"file"), field("namespace", "`git`", "`file`"));
    refused(with(1, b""), field("namespace", "`git`", "``"));
    refused(with(2, b"evil"), field("reserved field", "empty", "`evil`"));
    refused(with(3, b"sha256"), field("hash", "`sha512`", "`sha256`"));
    let rsa = strings(&[b"rsa-sha2-512", &signature]);
    refused(with(4, &rsa), field("signature's type", "`ssh-ed25519`", "`rsa-sha2-512`"));
    refused(with(4, &pair(&signature[1..])), field("signature", "64 bytes", "63 bytes"));
}

#[test]
fn no_byte_is_left_over_at_any_level() {
    let (key, signature) = (honest().key, honest().signature);
    let left = |field| SignatureError::LeftOver { field, left: 1 };
    refused(wrap(&[honest().blob(), vec![0]].concat(), COLUMNS), left("last field"));
    refused(with(0, &[pair(&key), vec![0]].concat()), left("key"));
    refused(with(4, &[pair(&signature), vec![0]].concat()), left("signature"));
    refused(with(0, &pair(&[&key[..], b"x"].concat())), field("key", "32 bytes", "33 bytes"));
    refused(with(4, &pair(&[&signature[..], b"x"].concat())), field("signature", "64 bytes", "65 bytes"));
}

#[test]
fn a_signature_cut_short_anywhere_is_refused() {
    let blob = honest().blob();
    for length in 0..blob.len() {
        let cut = SshSignature::parse(wrap(&blob[..length], COLUMNS).as_bytes());
        assert!(matches!(cut, Err(SignatureError::CutShort(_))), "{length}: {cut:?}");
    }
    let mut huge = blob;
    huge[10..14].copy_from_slice(&[0xff; 4]);
    refused(wrap(&huge, COLUMNS), SignatureError::CutShort("key"));
}

/// A signed commit.
fn signed_commit() -> Vec<u8> {
    let person = Person { name: "A".into(), email: "a@b".into(), seconds: 1, offset: "+0000".into() };
    let id = ObjectId::from_bytes([1; 20]);
    let unsigned = Commit::unsigned(id, &[CommitId(id)], &person, &person, "Words\n");
    with_signature(&unsigned, &SshSignature::sign(&key(), &unsigned).armour())
}

/// Whether the bytes are a commit with a canonical signature that verifies.
fn is_signed(raw: &[u8]) -> bool {
    let gpgsig = Commit::parse(raw).ok().and_then(|commit| commit.gpgsig);
    let signature = gpgsig.and_then(|gpgsig| SshSignature::parse(&gpgsig).ok());
    signature.is_some_and(|signature| signature.verify(&payload(raw)))
}

#[test]
fn no_second_commit_is_made_from_a_signed_one_by_known_tricks() {
    let raw = signed_commit();
    assert!(is_signed(&raw));
    let text = String::from_utf8(raw).expect("text");
    let from = text.find("gpgsig ").expect("the header");
    let to = text.find("\n\n").expect("the message") + 1;
    let (before, header, after) = (&text[..from], &text[from..to], &text[to..]);
    let end = format!(" {END}\n");
    for (trick, mauled) in [
        ("a second header", format!("{before}{header}{header}{after}")),
        (
            "a second header of another sort",
            format!("{before}{header}{}{after}", header.replace("gpgsig", "gpgsig-sha256")),
        ),
        ("a header before the author", text.replace(header, "").replace("author", &format!("{header}author"))),
        ("another name", text.replace("gpgsig ", "gpgsigx ")),
        ("text after the end", text.replace(&end, &format!("{end} words\n"))),
        ("an empty line after the end", text.replace(&end, &format!("{end} \n"))),
        ("an unfolded line", text.replace(&end, &format!("{END}\n"))),
        ("a line folded twice", text.replace(&end, &format!(" {end}"))),
        ("text before the beginning", text.replace("gpgsig ", "gpgsig words\n ")),
        ("CRLF in the header", text.replace(header, &header.replace('\n', "\r\n"))),
        ("one long line", text.replace(header, &header.replacen("\n ", "", 2))),
        ("another header", format!("{before}{header}x y\n{after}")),
        ("one more line feed", format!("{text}\n")),
        ("in the message", format!("{before}{after}{header}")),
        ("none", format!("{before}{after}")),
    ] {
        assert_ne!(mauled, text, "{trick}");
        assert!(!is_signed(mauled.as_bytes()), "{trick}");
    }
}

proptest! {
    #[test]
    fn no_second_commit_is_made_from_a_signed_one_by_chance(
        at in 0..1000_usize, removed in 0..3_usize, put in "(|\n|\n | |=|A|gpgsig |\r|[ -~]{1,2})",
    ) {
        let raw = signed_commit();
        let mut mauled = raw.clone();
        let at = at % raw.len();
        mauled.splice(at..(at + removed).min(raw.len()), put.into_bytes());
        prop_assert_eq!(is_signed(&mauled), mauled == raw);
    }
}
