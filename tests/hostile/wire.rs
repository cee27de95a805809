//! A server of git's own protocol that need not be git: it says what it is told to, and packs what git would not.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};

use bicker::protocol::id::ObjectId;
use sha1::{Digest as _, Sha1};

use super::repository::deflated;
use crate::service::{Service, drain};

/// What such a server says.
#[derive(Clone, Debug, Default)]
pub(crate) struct Script {
    /// Its list of references: `ID NAME` each, with capabilities behind a NUL after the first.
    pub(crate) references: Vec<Vec<u8>>,
    /// What it sends when all that is wanted is said.
    pub(crate) answer: Vec<u8>,
}

impl Script {
    /// A server whose branch is this, and which sends this pack.
    pub(crate) fn of(head: impl std::fmt::Display, pack: Vec<u8>) -> Self {
        Self { references: vec![format!("{head} refs/heads/main\0ofs-delta\n").into_bytes()], answer: pack }
    }

    /// Serves it; gives the address as well.
    pub(crate) fn serve(self) -> (Service, String) {
        Self::serve_in_turn(vec![self])
    }

    /// Serves one of these at each connection, the last of them from then on; gives the address as well.
    pub(crate) fn serve_in_turn(scripts: Vec<Self>) -> (Service, String) {
        let next = AtomicUsize::new(0);
        let service = Service::of_threads(move |stream| {
            let turn = next.fetch_add(1, Ordering::Relaxed).min(scripts.len() - 1);
            // Whoever has heard enough hangs up.
            let _gone = scripts[turn].speak(stream);
            drain(stream);
        });
        let url = format!("git://{}/mallory.git", service.address());
        (service, url)
    }

    fn speak(&self, mut stream: &TcpStream) -> std::io::Result<()> {
        let _request = hear(stream)?;
        let mut list: Vec<u8> = self.references.iter().flat_map(|line| packet(line)).collect();
        list.extend(b"0000");
        stream.write_all(&list)?;
        // First what is wanted, up to a flush; then, in rounds, what is there already, up to `done`.
        let Heard::Line = hear(stream)? else { return Ok(()) };
        while matches!(hear(stream)?, Heard::Line) {}
        loop {
            match hear(stream)? {
                Heard::Line => {}
                Heard::Flush => stream.write_all(b"0008NAK\n")?,
                Heard::Done => break,
            }
        }
        stream.write_all(b"0008NAK\n")?;
        stream.write_all(&self.answer)?;
        stream.shutdown(std::net::Shutdown::Write)
    }
}

enum Heard {
    Line,
    Flush,
    Done,
}

/// The next packet that the other side sends.
fn hear(mut stream: &TcpStream) -> std::io::Result<Heard> {
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let length = std::str::from_utf8(&length).ok().and_then(|hex| usize::from_str_radix(hex, 16).ok());
    let Some(length) = length.filter(|length| *length >= 4) else { return Ok(Heard::Flush) };
    let mut line = vec![0; length - 4];
    stream.read_exact(&mut line)?;
    Ok(if line == b"done\n" { Heard::Done } else { Heard::Line })
}

/// One packet of git's protocol.
pub(crate) fn packet(line: &[u8]) -> Vec<u8> {
    [format!("{:04x}", line.len() + 4).as_bytes(), line].concat()
}

/// A pack that claims to hold this many objects.
pub(crate) fn pack_claiming(count: u32, objects: &[Vec<u8>]) -> Vec<u8> {
    let mut pack = [b"PACK\0\0\0\x02", &count.to_be_bytes()[..], &objects.concat()].concat();
    let checksum = Sha1::digest(&pack);
    pack.extend(checksum);
    pack
}

/// A pack of these objects.
pub(crate) fn pack(objects: &[Vec<u8>]) -> Vec<u8> {
    pack_claiming(u32::try_from(objects.len()).expect("few objects"), objects)
}

/// A whole object in a pack.
pub(crate) fn whole(kind: &str, content: &[u8]) -> Vec<u8> {
    object(kind, content.len(), deflated(content))
}

/// The same, of bytes that zlib has already.
pub(crate) fn object(kind: &str, size: usize, deflated: Vec<u8>) -> Vec<u8> {
    let number =
        ["commit", "tree", "blob", "tag"].iter().position(|known| *known == kind).expect("a kind of git's") + 1;
    [object_header(number, size), deflated].concat()
}

/// An object in a pack that is said by how it differs from another one, which may stand anywhere.
pub(crate) fn delta(base: ObjectId, instructions: &[u8]) -> Vec<u8> {
    const REF_DELTA: usize = 7;
    [object_header(REF_DELTA, instructions.len()), base.as_bytes().to_vec(), deflated(instructions)].concat()
}

/// The instructions that make an object of `copies` times the whole base, which is shorter than 16 MiB, and `more`.
pub(crate) fn instructions(base: usize, copies: usize, more: &[u8]) -> Vec<u8> {
    let size = u32::try_from(base).expect("short").to_le_bytes();
    // Copy, from the beginning, as many bytes as the next three say.
    let copy = [0b1111_0000, size[0], size[1], size[2]];
    let insert = more.chunks(127).flat_map(|part| [&[u8::try_from(part.len()).expect("short")], part].concat());
    [varint(base), varint(base * copies + more.len()), copy.repeat(copies), insert.collect()].concat()
}

/// The instructions that leave out the first `skip` bytes of a base of less than 128, and add `more`.
pub(crate) fn sliding(base: usize, skip: usize, more: &[u8]) -> Vec<u8> {
    let small = |number: usize| u8::try_from(number).ok().filter(|small| *small < 128).expect("a small number");
    let header = [small(base), small(base - skip + more.len())];
    // Copy, from there, so many bytes.
    let copy = [0b1001_0001, small(skip), small(base - skip)];
    [&header[..], &copy, &[small(more.len())], more].concat()
}

/// A number in groups of seven bits, the least first.
fn varint(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number > 0x7f {
        bytes.push(u8::try_from(number & 0x7f).expect("seven bits") | 0x80);
        number >>= 7;
    }
    bytes.push(u8::try_from(number).expect("seven bits"));
    bytes
}

/// Kind and size: three bits of the kind and four of the size first, then seven at a time.
fn object_header(kind: usize, size: usize) -> Vec<u8> {
    let first = u8::try_from(kind << 4 | size & 0xf).expect("seven bits");
    if size < 16 { vec![first] } else { [vec![first | 0x80], varint(size >> 4)].concat() }
}
