//! Options that say where to look, the same for every command that looks.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use clap::Args;

use super::{ticker, ui};
use crate::error::{Error, Result};
use crate::git::fetch::Limits;
use crate::git::{moved, own_settings};
use crate::look::{Look, Looking, look};
use crate::place::Place;
use crate::protocol::id::Name;
use crate::protocol::transport::Remote;

/// Why remotes could not be reached, as far as it was said: a command that looks twice does not say it twice.
static SAID: Mutex<BTreeMap<Name, String>> = Mutex::new(BTreeMap::new());

/// Where to look.
#[derive(Args, Clone, Debug, Default)]
pub struct Where {
    /// The group's charter, for those who have no repository of their own
    #[arg(long, value_name = "FILE", help_heading = "Where to look")]
    pub charter: Option<PathBuf>,
    /// Where everything fetched is kept
    #[arg(long, value_name = "DIR", help_heading = "Where to look")]
    pub cache: Option<PathBuf>,
    /// Fetch nothing: use what was fetched before
    #[arg(long, help_heading = "Where to look")]
    pub offline: bool,
    /// Fetch a researcher from another address
    #[arg(long, value_name = "NAME=URL", help_heading = "Where to look")]
    pub remote: Vec<String>,
    /// The longest that one remote may take
    #[arg(long, value_name = "SECONDS", help_heading = "Where to look")]
    pub timeout: Option<u64>,
    /// The most new entries that one remote may send
    #[arg(long, value_name = "N", help_heading = "Where to look")]
    pub max_entries: Option<u64>,
    /// The most bytes that one remote may send
    #[arg(long, value_name = "N", help_heading = "Where to look")]
    pub max_bytes: Option<u64>,
}

impl Where {
    /// The place: an observer's if a charter is named, else the researcher's repository here.
    pub fn place(&self) -> Result<Place> {
        match &self.charter {
            Some(charter) => Place::observed(charter, self.cache.as_deref()),
            None => {
                let here =
                    std::env::current_dir().map_err(|e| Error::usage("the current folder is gone").because(&e))?;
                Place::of_researcher(&here, self.cache.as_deref())
            }
        }
    }

    /// How to look at that place.
    pub fn looking(&self, place: &Place) -> Result<Looking> {
        let mut elsewhere = BTreeMap::new();
        for item in &self.remote {
            let (name, url) = named_url(item)?;
            if place.charter.researcher(&name).is_none() {
                return Err(Error::usage(format!("the charter has no researcher {name}"))
                    .hint("see who is there: bicker charter show"));
            }
            elsewhere.insert(name, url);
        }
        let usual = Limits::default();
        let limits = Limits {
            timeout: self.timeout.map_or(usual.timeout, Duration::from_secs),
            // Whoever says how long means everybody.
            silence: self.timeout.map_or(usual.silence, Duration::from_secs),
            max_bytes: self.max_bytes.unwrap_or(usual.max_bytes),
            max_entries: self.max_entries.unwrap_or(usual.max_entries),
        };
        Ok(Looking { offline: self.offline, elsewhere, limits, progress: ticker::progress() })
    }

    /// Looks.
    pub fn look(&self) -> Result<(Place, Look)> {
        let place = self.place()?;
        let looked = self.look_at(&place)?;
        Ok((place, looked))
    }

    /// Looks at a place, and says on the way why remotes could not be reached.
    pub fn look_at(&self, place: &Place) -> Result<Look> {
        let looked = look(place, &self.looking(place)?)?;
        let mut said = SAID.lock().unwrap_or_else(PoisonError::into_inner);
        let is_first = said.is_empty();
        for (name, why) in &looked.unreached {
            if said.insert(name.clone(), why.clone()).as_ref() != Some(why) {
                ui::say(&format!(
                    "the remote of {name} could not be reached: {}{}",
                    why.trim_end_matches('.'),
                    if_moved(place, name, why)
                ));
            }
        }
        if is_first && !said.is_empty() {
            own_settings_are_unused(place);
        }
        Ok(looked)
    }
}

/// Says which settings of the repository would be obeyed by plain git, where somebody could not be reached without them.
fn own_settings_are_unused(place: &Place) {
    if let Some(unused) = place.own.as_ref().and_then(|own| own_settings::unused(&own.log)) {
        let keys = unused.keys.join(", ");
        ui::say(&format!(
            "this repository's own setting {keys} is not used to fetch: whoever handed you its folder could have"
        ));
        ui::say(&format!("anything run by it. If you have set it yourself and it is needed: {}", unused.command));
    }
}

/// What helps if a remote is somewhere else now.
fn if_moved(place: &Place, name: &Name, why: &str) -> String {
    let way_out = moved::way_out(name, why).map(|noted| match &place.own {
        Some(_) => noted,
        None => format!("if it has moved, add --remote {name}=URL"),
    });
    way_out.map_or_else(String::new, |way_out| format!("; {way_out}"))
}

fn named_url(item: &str) -> Result<(Name, String)> {
    let wrong = |what: String| Error::usage(what).hint("write it as --remote alice=https://git.example.org/alice.git");
    let (name, url) = item.split_once('=').ok_or_else(|| wrong(format!("--remote {item} is not NAME=URL")))?;
    let name = Name::parse(name).ok_or_else(|| wrong(format!("{name} is not a researcher's name")))?;
    let url = Remote::parse(url).map_err(|e| wrong(format!("{url} is not the address of a remote: {e}")))?;
    Ok((name, url.as_str().to_owned()))
}
