//! git's own words, told apart from everybody else's.
//!
//! On git's standard error stand its own complaints, those of its helpers, and whatever the other side sends to be shown;
//! nothing there says for certain whose a line is. But git also writes down what it does (`GIT_TRACE2_EVENT`, one JSON
//! object a line), each complaint with its *format*, which is a constant of git's source and holds nothing that anybody
//! sent. Only the formats are kept. Of what the git of the other side says, if it runs on this machine, nothing is.

use std::collections::BTreeSet;
use std::os::unix::net::UnixStream;

use serde::Deserialize;

use super::output::Kept;

/// Stands among the words when the other side spoke git's own protocol.
pub const SPOKE_GIT: &str = "negotiated-version";

/// The commands of git that serve: they are the other side.
const OTHER_SIDE: [&str; 2] = ["upload-pack", "receive-pack"];

/// This complaint has its reason in its text. It is one of `index-pack`, about an object, and in its own words.
const BAD_OBJECT: &str = "pack has bad object";

/// The longest line that is read; of words, so many are kept, more than git has formats in one command.
const LINE_MAX: usize = 64 << 10;
const WORDS_MAX: usize = 64 << 10;

/// The words of one git and of all that it started, gathered as they come.
pub(super) struct Words(Kept);

impl Words {
    /// Those that come over this socket.
    pub(super) fn of(socket: UnixStream) -> Self {
        let mut reader = Reader::default();
        Self(Kept::spawn(socket, move |kept, new| {
            for byte in new {
                if let Some(word) = reader.read(*byte).filter(|_| kept.len() < WORDS_MAX) {
                    kept.extend_from_slice(word.as_bytes());
                    kept.push(b'\n');
                }
            }
        }))
    }

    /// All of them, one a line.
    pub(super) fn take(self) -> String {
        String::from_utf8_lossy(&self.0.take()).into_owned()
    }
}

/// What is read of an event.
#[derive(Deserialize)]
struct Event {
    event: String,
    sid: String,
    #[serde(default)]
    fmt: String,
    #[serde(default)]
    msg: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    key: String,
}

#[derive(Default)]
struct Reader {
    line: Vec<u8>,
    /// The session ids of the other side's gits; their children's begin with them.
    others: BTreeSet<String>,
    said: BTreeSet<String>,
}

impl Reader {
    /// A word that was not said before, when a line is whole that has one.
    fn read(&mut self, byte: u8) -> Option<String> {
        if byte != b'\n' {
            if self.line.len() < LINE_MAX {
                self.line.push(byte);
            }
            return None;
        }
        let line = std::mem::take(&mut self.line);
        let event: Event = serde_json::from_slice(&line).ok()?;
        if event.event == "cmd_name" && OTHER_SIDE.contains(&event.name.as_str()) {
            self.others.insert(event.sid);
            return None;
        }
        if self.others.iter().any(|sid| event.sid.starts_with(sid)) {
            return None;
        }
        let word = match event.event.as_str() {
            "error" if event.fmt.starts_with(BAD_OBJECT) => event.msg,
            "error" => event.fmt,
            "data" if event.key == SPOKE_GIT => event.key,
            _ => return None,
        };
        self.said.insert(word.clone()).then_some(word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(lines: &str) -> Vec<String> {
        let mut reader = Reader::default();
        lines.bytes().filter_map(|byte| reader.read(byte)).collect()
    }

    #[test]
    fn only_formats_count_and_each_once() {
        let said = r#"{"event":"error","sid":"1","msg":"remote error: timed out","fmt":"remote error: %s"}
{"event":"error","sid":"1/2","msg":"early EOF","fmt":"early EOF"}
{"event":"error","sid":"1/2","msg":"early EOF","fmt":"early EOF"}
{"event":"data","sid":"1","category":"transfer","key":"negotiated-version","value":"2"}
no json
{"event":"start","sid":"1"}
"#;
        assert_eq!(words(said), ["remote error: %s", "early EOF", SPOKE_GIT]);
    }

    #[test]
    fn a_bad_object_is_told_with_its_reason() {
        let said = "{\"event\":\"error\",\"sid\":\"1\",\"msg\":\"pack has bad object at offset 12: inflate returned -3\",\
                    \"fmt\":\"pack has bad object at offset %lu: %s\"}\n";
        assert_eq!(words(said), ["pack has bad object at offset 12: inflate returned -3"]);
    }

    #[test]
    fn the_other_side_has_no_say() {
        let said = r#"{"event":"cmd_name","sid":"1/2","name":"upload-pack","hierarchy":"fetch/upload-pack"}
{"event":"error","sid":"1/2","msg":"x","fmt":"timed out"}
{"event":"error","sid":"1/2/3","msg":"x","fmt":"inflate returned %d"}
{"event":"error","sid":"1","msg":"x","fmt":"early EOF"}
"#;
        assert_eq!(words(said), ["early EOF"]);
    }
}
