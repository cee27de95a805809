//! Reads objects from git repositories, for the core.
//!
//! Decides which of several object directories an object comes from, and what is missing and what is broken.
//! Only raw objects are read, and libgit2 checks each against its id: references, replacements, grafts,
//! shallow boundaries, commit graphs and configuration never have a say.

use std::path::Path;

use git2::{ErrorCode, ObjectType, Odb, OdbLookupFlags, Oid, Repository};

use crate::protocol::id::ObjectId;
use crate::protocol::object::{COMMIT_PREFIX, Object, ObjectKind, Objects, Trouble};

/// The largest commit that is read to learn its parents. No fetch of ours lets a larger one in.
const COMMIT_READ_MAX: usize = 256 << 20;

/// Object directories, asked in the order they were added.
///
/// An object that one directory lacks or holds damaged is taken from the next.
#[derive(Default)]
pub struct Store(Vec<Odb<'static>>);

impl Store {
    /// A store that holds nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a repository's objects. Those of its alternates come with them, as some people's clones consist of
    /// nothing else; the cache has none.
    ///
    /// # Errors
    /// When its object directory cannot be opened.
    pub fn add(&mut self, repository: &Repository) -> Result<(), git2::Error> {
        self.add_directory(&repository.commondir().join("objects"))
    }

    /// Adds an object directory and its alternates, such as the quarantine that git names to a hook.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn add_directory(&mut self, objects: &Path) -> Result<(), git2::Error> {
        self.add_directories(&[objects])
    }

    /// Adds several object directories and their alternates as one.
    ///
    /// # Errors
    /// When one cannot be opened.
    pub fn add_directories<P: AsRef<Path>>(&mut self, all: &[P]) -> Result<(), git2::Error> {
        if all.is_empty() {
            return Ok(());
        }
        let odb = Odb::new()?;
        for objects in all {
            let path = objects.as_ref().to_str();
            odb.add_disk_alternate(path.ok_or_else(|| git2::Error::from_str("the path of the objects is not UTF-8"))?)?;
        }
        self.0.push(odb);
        Ok(())
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Store of {} object directories", self.0.len())
    }
}

impl Objects for Store {
    fn read(&self, id: ObjectId, kind: ObjectKind, limit: usize) -> Result<Object, Trouble> {
        let oid = Oid::from_bytes(id.as_bytes()).map_err(|e| Trouble { id, why: e.message().to_owned() })?;
        // For an object that a directory lacks, libgit2 lists the directory anew. So whoever is known to have it is
        // asked first: a push of a few entries would else list its quarantine for every object of the whole log.
        let (have, may_have): (Vec<&Odb<'_>>, Vec<&Odb<'_>>) =
            self.0.iter().partition(|odb| odb.exists_ext(oid, OdbLookupFlags::NO_REFRESH));
        let mut trouble = None;
        for odb in have.into_iter().chain(may_have) {
            match read_from(odb, oid, kind, limit) {
                Ok(Object::Missing) => {}
                Ok(object) => return Ok(object),
                Err(why) => trouble = trouble.or(Some(why)),
            }
        }
        trouble.map_or(Ok(Object::Missing), |why| Err(Trouble { id, why }))
    }
}

/// Reads from one directory: kind and size first, then the content.
fn read_from(odb: &Odb<'_>, oid: Oid, kind: ObjectKind, limit: usize) -> Result<Object, String> {
    let (size, found) = match odb.read_header(oid) {
        Ok(header) => header,
        Err(e) if e.code() == ErrorCode::NotFound => return Ok(Object::Missing),
        Err(e) => return Err(e.message().to_owned()),
    };
    if found != type_of(kind) {
        return Ok(Object::OtherKind);
    }
    if size > limit && kind != ObjectKind::Commit {
        return Ok(Object::TooLong(Vec::new()));
    }
    if size > limit.max(COMMIT_READ_MAX) {
        return Err(format!("a commit of {size} bytes"));
    }
    let object = odb.read(oid).map_err(|e| e.message().to_owned())?;
    let content = object.data();
    if object.kind() != found || content.len() != size {
        return Err("its header and its content differ".to_owned());
    }
    Ok(if size <= limit {
        Object::Found(content.to_vec())
    } else {
        Object::TooLong(content.iter().copied().take(COMMIT_PREFIX).collect())
    })
}

/// libgit2's word for a kind.
pub(crate) const fn type_of(kind: ObjectKind) -> ObjectType {
    match kind {
        ObjectKind::Commit => ObjectType::Commit,
        ObjectKind::Tree => ObjectType::Tree,
        ObjectKind::Blob => ObjectType::Blob,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    struct Place {
        _dir: tempfile::TempDir,
        repository: Repository,
    }

    fn place() -> Place {
        let dir = tempfile::tempdir().expect("a directory");
        let repository = Repository::init_bare(dir.path()).expect("a repository");
        Place { _dir: dir, repository }
    }

    fn put(place: &Place, kind: ObjectType, content: &[u8]) -> ObjectId {
        let oid = place.repository.odb().and_then(|odb| odb.write(kind, content)).expect("written");
        ObjectId::parse(&oid.to_string()).expect("an id")
    }

    fn store(places: &[&Place]) -> Store {
        let mut store = Store::new();
        for place in places {
            store.add(&place.repository).expect("opened");
        }
        store
    }

    fn loose(place: &Place, id: ObjectId) -> std::path::PathBuf {
        let hex = id.to_string();
        place.repository.path().join("objects").join(&hex[..2]).join(&hex[2..])
    }

    /// Replaces a loose object's file, which git writes read-only.
    fn overwrite(path: &Path, bytes: &[u8]) {
        fs::remove_file(path).and_then(|()| fs::write(path, bytes)).expect("overwritten");
    }

    #[test]
    fn kind_and_size_are_judged_before_content() {
        let place = place();
        let store = store(&[&place]);
        let blob = put(&place, ObjectType::Blob, b"words\n");
        assert_eq!(store.read(blob, ObjectKind::Blob, 6), Ok(Object::Found(b"words\n".to_vec())));
        assert_eq!(store.read(blob, ObjectKind::Blob, 5), Ok(Object::TooLong(Vec::new())));
        assert_eq!(store.read(blob, ObjectKind::Commit, 6), Ok(Object::OtherKind));
        assert_eq!(store.read(ObjectId::from_bytes([7; 20]), ObjectKind::Blob, 6), Ok(Object::Missing));
    }

    #[test]
    fn a_commit_over_the_limit_shows_its_beginning() {
        let place = place();
        let store = store(&[&place]);
        let content: Vec<u8> = (0..COMMIT_PREFIX + 5).map(|n| (n % 251) as u8).collect();
        let commit = put(&place, ObjectType::Commit, &content);
        let Ok(Object::TooLong(prefix)) = store.read(commit, ObjectKind::Commit, 10) else { panic!("not too long") };
        assert!(prefix.len() == COMMIT_PREFIX && content.starts_with(&prefix));
        let short = put(&place, ObjectType::Commit, b"tree and so on");
        assert_eq!(store.read(short, ObjectKind::Commit, 4), Ok(Object::TooLong(b"tree and so on".to_vec())));
    }

    #[test]
    fn what_one_place_lacks_or_holds_damaged_comes_from_the_next() {
        let (first, second) = (place(), place());
        let blob = put(&second, ObjectType::Blob, b"shared\n");
        let both = store(&[&first, &second]);
        let found = Ok(Object::Found(b"shared\n".to_vec()));
        assert_eq!(both.read(blob, ObjectKind::Blob, 100), found);
        put(&first, ObjectType::Blob, b"shared\n");
        overwrite(&loose(&first, blob), b"no zlib stream");
        assert_eq!(store(&[&first, &second]).read(blob, ObjectKind::Blob, 100), found);
        assert!(store(&[&first]).read(blob, ObjectKind::Blob, 100).is_err());
    }

    #[test]
    fn an_object_under_another_ones_name_is_trouble() {
        let place = place();
        let (one, other) = (put(&place, ObjectType::Blob, b"one"), put(&place, ObjectType::Blob, b"two"));
        let bytes = fs::read(loose(&place, other)).expect("read");
        overwrite(&loose(&place, one), &bytes);
        let trouble = store(&[&place]).read(one, ObjectKind::Blob, 100).expect_err("a wrong hash");
        assert!(trouble.id == one && trouble.why.contains("hash mismatch"), "{trouble}");
    }

    #[test]
    fn a_pack_that_comes_later_is_found() {
        let (first, second, elsewhere) = (place(), place(), place());
        let both = store(&[&first, &second]);
        let blob = put(&elsewhere, ObjectType::Blob, b"late\n");
        assert_eq!(both.read(blob, ObjectKind::Blob, 100), Ok(Object::Missing));
        let mut pack = elsewhere.repository.packbuilder().expect("a pack");
        pack.insert_object(Oid::from_str(&blob.to_string()).expect("an id"), None).expect("packed");
        pack.write(&second.repository.path().join("objects/pack"), 0).expect("written");
        assert_eq!(both.read(blob, ObjectKind::Blob, 100), Ok(Object::Found(b"late\n".to_vec())));
    }

    #[test]
    fn replacements_have_no_effect() {
        let place = place();
        let (one, other) = (put(&place, ObjectType::Blob, b"one"), put(&place, ObjectType::Blob, b"two"));
        let target = Oid::from_str(&other.to_string()).expect("an id");
        place.repository.reference(&format!("refs/replace/{one}"), target, true, "").expect("replaced");
        assert_eq!(store(&[&place]).read(one, ObjectKind::Blob, 100), Ok(Object::Found(b"one".to_vec())));
    }
}
