use ssh_key::LineEnding;
use ssh_key::private::Ed25519Keypair;

use super::*;

/// Writes a private key file made from a seed, and gives its public half.
fn key_file(path: &Path, seed: u8) -> PublicKey {
    let pair = Ed25519Keypair::from_seed(&[seed; 32]);
    let public = PublicKey::from_bytes(pair.public.0).expect("a key");
    let key = ssh_key::PrivateKey::new(KeypairData::Ed25519(pair), "someone").expect("a key");
    std::fs::write(path, key.to_openssh(LineEnding::LF).expect("a file").as_bytes()).expect("written");
    public
}

#[test]
fn an_open_key_signs_in_process_named_by_either_half() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("key");
    let public = key_file(&path, 1);
    let beside = dir.path().join("key.pub");
    std::fs::write(&beside, format!("# mine\n{public} a comment\n")).expect("written");
    for path in [path, beside] {
        let signer = Signer::open(&path, &public).expect("a signer");
        assert!(signer.is_in_process());
        let signature = signer.sign(b"payload").expect("a signature");
        assert!(signature.verify(b"payload") && !signature.verify(b"other"));
        assert_eq!(read_public_key(&path).expect("a key"), public);
        assert!(!format!("{signer:?}").contains("PRIVATE"));
    }
}

#[test]
fn another_key_is_refused_before_anything_is_signed() {
    let dir = tempfile::tempdir().expect("a directory");
    let (mine, other) = (dir.path().join("mine"), dir.path().join("other"));
    let (mine_public, other_public) = (key_file(&mine, 1), key_file(&other, 2));
    let refused = Signer::open(&other, &mine_public);
    assert!(
        matches!(&refused, Err(SignError::WrongKey { expected, got, .. }) if *expected == mine_public && *got == other_public)
    );
    // The public file is mine, but the private one beside it is not.
    std::fs::write(dir.path().join("other.pub"), mine_public.to_openssh()).expect("written");
    let refused = Signer::open(&dir.path().join("other.pub"), &mine_public);
    assert!(matches!(&refused, Err(SignError::WrongKey { path, .. }) if *path == other), "{refused:?}");
}

#[test]
fn other_types_and_other_files_are_refused_with_words() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("key.pub");
    let expected = key_file(&dir.path().join("good"), 1);
    let read = |text: &str| {
        std::fs::write(&path, text).expect("written");
        Signer::open(&path, &expected).expect_err("refused")
    };
    for kind in ["ssh-rsa", "sk-ssh-ed25519@openssh.com", "ecdsa-sha2-nistp256", "ssh-ed25519-cert-v01@openssh.com"] {
        let refused = read(&format!("{kind} AAAA someone\n"));
        assert!(matches!(&refused, SignError::OtherType { got, .. } if got == kind), "{refused:?}");
        assert_eq!(refused.hint().as_deref(), Some(format!("make a key of this type: {MAKE_A_KEY}").as_str()));
    }
    assert!(matches!(read("ssh-ed25519 AAAA\n"), SignError::UnfitKey { .. }));
    for text in ["", "#\n", "hello\n", "-----BEGIN RSA PRIVATE KEY-----\n", &format!("{PRIVATE}\nAAAA\n")] {
        let refused = read(text);
        assert!(matches!(refused, SignError::NotAKey { .. }), "{text}: {refused:?}");
    }
    assert!(matches!(read(&" ".repeat(65_537)), SignError::TooLong(_)));
    assert!(matches!(Signer::open(&dir.path().join("none"), &expected), Err(SignError::Unreadable { .. })));
}

#[test]
fn what_a_program_said_is_shown_in_one_clean_line() {
    assert_eq!(shortened(b"first\r\nwrong \x1b[31mpassphrase\n\n"), "wrong [31mpassphrase");
    assert_eq!(shortened(b""), "it gave no reason");
}
