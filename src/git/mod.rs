//! git: the only users of libgit2 and of the git subprocess.
//!
//! | module | does |
//! |---|---|
//! | [`process`], [`output`], [`words`] | runs git, hardened; makes what it prints harmless; tells its own words apart |
//! | [`cache`], [`staging`], [`fetch`], [`objects`] | takes in what remotes show, keeps it, reads it |
//! | [`setup`], [`log`] | a researcher's own repository |
//! | [`moved`], [`relocated`] | remotes that are no longer where the charter says; a repository that is no longer where it was made |
//! | [`own_settings`] | settings of a repository that say how remotes are reached, and are not used for fetching |
//! | [`opinions`], [`shown`] | what a researcher thinks of the others, and has been told of them, for themselves alone |
//! | [`bundle`] | commits with their pasts in one file |
//! | [`journal`] | what is about to be signed, and was; whether that is all |
//! | [`sign`], [`agent`], [`signing_call`] | signing, where keys may be, and signing for git |
//! | [`laid_down`], [`by_hand`], [`hooks`] | drafts for plain git, what git is about to commit, and how git calls bicker |
//! | [`push`], [`server`] | publishes; takes in what is published |
//! | [`doctor`] | what is the matter with a machine or a repository |
//! | [`preferences`] | asks git what the person has told it: pager, editor, colour, comments |
//!
//! Nothing here judges: what objects are worth is decided in [`crate::protocol`].

pub mod agent;
pub mod bundle;
pub mod by_hand;
pub mod cache;
pub mod doctor;
pub mod fetch;
pub mod hooks;
pub mod journal;
pub mod laid_down;
pub mod log;
pub mod moved;
pub mod objects;
pub mod opinions;
pub mod output;
pub mod own_settings;
pub mod preferences;
pub mod process;
pub mod push;
pub mod relocated;
pub mod server;
pub mod setup;
pub mod shown;
pub mod sign;
pub mod signing_call;
pub mod staging;
pub mod words;
