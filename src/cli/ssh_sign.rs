//! `ssh-sign`: what git calls to have a commit signed. Not for people to type.

use std::ffi::OsString;

use clap::Args;

use super::looking::Where;
use crate::error::{Error, Result};
use crate::git::signing_call::{self, SigningCall};
use crate::hook::way_out;
use crate::pen::Pen;
use crate::protocol::commit::parents_as_git_reads;
use crate::report::Exit;

/// Judge and sign a commit for git, which is told to call this by `join` (gpg.ssh.program)
#[derive(Args, Debug)]
pub struct SshSign {
    /// git's arguments for ssh-keygen
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

/// `ssh-sign`
pub fn ssh_sign(call: &SshSign) -> Result<Exit> {
    let cannot = |e: std::io::Error| Error::trouble("cannot read what git wants signed").because(&e);
    let SigningCall::Commit { unsigned, file } = signing_call::read(&call.arguments).map_err(cannot)? else {
        return Err(Error::trouble("cannot run ssh-keygen").because(&signing_call::hand_on(&call.arguments)));
    };
    if parents_as_git_reads(&unsigned).is_empty() {
        return Err(Error::wrong(signing_call::NO_PARENT).hint("see where things stand: bicker status"));
    }
    let look_here = Where::default();
    let place = look_here.place()?;
    let own = place.own()?;
    let mut look = look_here.look_at(&place)?;
    let mut pen = Pen::take_after(&place, &mut look)?;
    let signed = pen.sign_for_git(&mut look, &unsigned);
    let signature = signed.map_err(|e| e.maybe_hint(way_out(own)))?;
    signing_call::answer(&file, &signature.armour())
        .map_err(|e| Error::trouble("cannot give git the signature").because(&e))?;
    Ok(Exit::Verified)
}
