//! The servers that git users have: OpenSSH's sshd, git's own daemon, and a web server in front of `git http-backend`.
//!
//! All of them serve bare repositories below one folder, and see nothing of this machine's settings.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::service::Service;

/// A server's command, in an environment that holds nothing but what is said here.
pub(crate) fn command(program: &str, home: &Path) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("PATH", path()).env("HOME", home).stderr(Stdio::null());
    command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null");
    command
}

fn path() -> String {
    std::env::var("PATH").expect("a search path")
}

/// `git daemon`, for reading only. The folder is chosen for each connection by how many came before.
pub(crate) fn git_daemon(home: &Path, folder: impl Fn(usize) -> PathBuf + Send + 'static) -> Service {
    let home = home.to_owned();
    Service::of_programs(move |number| {
        let mut base = std::ffi::OsString::from("--base-path=");
        base.push(folder(number));
        let mut command = command("git", &home);
        command.args(["daemon", "--inetd", "--export-all", "--log-destination=none"]).arg(base);
        command
    })
}

/// OpenSSH's server, one process for each connection, with a host key and a login key made for it alone.
pub(crate) struct Sshd {
    service: Service,
    folder: PathBuf,
}

impl Sshd {
    /// Where Debian and most others have it.
    const PROGRAM: &'static str = "/usr/sbin/sshd";

    /// Lets whoever has the login key run git's server commands, and nothing else, as the user who runs the tests.
    pub(crate) fn new(folder: PathBuf) -> Self {
        let forced = "ForceCommand exec git shell -c \"$SSH_ORIGINAL_COMMAND\"\n";
        Self::start(&folder, &folder, &folder.join("authorized_keys"), forced)
    }

    /// Lets in whom `~/.ssh/authorized_keys` of this home lets in, to do what is said there.
    #[allow(dead_code, reason = "for tests/gitolite.rs alone")]
    pub(crate) fn of_home(folder: &Path, home: &Path) -> Self {
        Self::start(folder, home, &home.join(".ssh/authorized_keys"), "")
    }

    fn start(folder: &Path, home: &Path, keys: &Path, forced: &str) -> Self {
        let installed = Path::new(Self::PROGRAM).exists();
        assert!(installed, "{} is missing; it is in Debian's package openssh-server", Self::PROGRAM);
        fs::create_dir_all(folder).expect("a folder for the server");
        for key in ["host", "login"] {
            let mut keygen = Command::new("ssh-keygen");
            let made = keygen.args(["-q", "-t", "ed25519", "-N", "", "-C", key, "-f"]).arg(folder.join(key)).status();
            assert!(made.expect("ssh-keygen runs").success(), "a {key} key");
        }
        let host = fs::read_to_string(folder.join("host.pub")).expect("the host key");
        fs::write(folder.join("known_hosts"), format!("{} {host}", Self::NAME)).expect("the known hosts");
        fs::copy(folder.join("login.pub"), folder.join("authorized_keys")).expect("the authorized keys");
        let settings = configuration(folder, home, keys) + forced;
        fs::write(folder.join("sshd_config"), settings).expect("the server's settings");
        if rustix::process::geteuid().is_root() {
            // Started by root, it wants this folder, which the system makes when it starts sshd itself.
            fs::create_dir_all("/run/sshd").expect("the folder /run/sshd");
            fs::set_permissions("/run/sshd", fs::Permissions::from_mode(0o755)).expect("its mode");
        }
        let of_server = folder.to_owned();
        let service = Service::of_programs(move |_| {
            let log = fs::File::options().create(true).append(true).open(of_server.join("log")).expect("a log");
            let mut command = command(Self::PROGRAM, &of_server);
            command.args(["-i", "-e", "-f"]).arg(of_server.join("sshd_config")).stderr(log);
            command
        });
        Self { service, folder: folder.to_owned() }
    }

    /// The name under which its host key is known, whatever port it is reached by.
    const NAME: &'static str = "throw-away";

    /// The ssh command of someone who has the login key and knows the host.
    pub(crate) fn client(&self) -> String {
        self.client_with("login", "known_hosts")
    }

    /// The ssh command with these files of the server's folder as key and known hosts.
    pub(crate) fn client_with(&self, key: &str, known_hosts: &str) -> String {
        let (key, known) = (self.folder.join(key), self.folder.join(known_hosts));
        format!(
            "ssh -F none -oIdentitiesOnly=yes -oIdentityAgent=none -oIdentityFile={} -oUserKnownHostsFile={} \
             -oGlobalKnownHostsFile=/dev/null -oStrictHostKeyChecking=yes -oHostKeyAlias={}",
            key.display(),
            known.display(),
            Self::NAME
        )
    }

    /// The service.
    pub(crate) fn service(&self) -> &Service {
        &self.service
    }

    /// The user who may log in: the one who runs the tests.
    pub(crate) fn user() -> String {
        let output = Command::new("id").arg("-un").output().expect("id runs");
        String::from_utf8(output.stdout).expect("a user's name").trim().to_owned()
    }
}

fn configuration(folder: &Path, home: &Path, keys: &Path) -> String {
    let [folder, home, keys] = [folder, home, keys].map(Path::display);
    format!(
        "HostKey {folder}/host\nAuthorizedKeysFile {keys}\n\
         StrictModes no\nUsePAM no\nPermitRootLogin prohibit-password\nPidFile none\nLogLevel VERBOSE\n\
         AuthenticationMethods publickey\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n\
         DisableForwarding yes\nPermitTTY no\nPermitUserRC no\nPrintMotd no\nPrintLastLog no\n\
         SetEnv \"PATH={}\" HOME={home} GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null\n",
        path()
    )
}
