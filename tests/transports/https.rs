//! A web server with a certificate of its own in front of `git http-backend`.
//!
//! HTTP is spoken as far as git's client needs it: one request for each connection, bodies of a known length or in chunks.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read, Seek as _, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::servers::command;
use super::service::Service;

/// The password that opens the server for pushes, beside any user's name.
pub(crate) const PASSWORD: &str = "throw-away";

/// How the server behaves.
#[derive(Clone, Debug)]
pub(crate) enum Manner {
    /// Whoever asks may read, and who knows the password may push.
    Open,
    /// Without the password nobody may do anything.
    Closed,
    /// Sends everyone somewhere else.
    Redirects(String),
    /// Answers every request with this page.
    Page(&'static str),
    /// Ends every answer after so many bytes, as if there were no more.
    EndsAfter(usize),
}

/// The certificate, and the key that goes with it.
pub(crate) struct Identity {
    settings: Arc<ServerConfig>,
    certificate: String,
}

impl Identity {
    /// A certificate that nobody trusts unless told to.
    pub(crate) fn new() -> Self {
        let own = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("a certificate");
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(own.signing_key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let versions = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let builder = versions.expect("versions of TLS").with_no_client_auth();
        let settings = builder.with_single_cert(vec![own.cert.der().clone()], key).expect("settings for TLS");
        let text = STANDARD.encode(own.cert.der());
        let certificate = format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n");
        Self { settings: Arc::new(settings), certificate }
    }

    /// The certificate, as `http.sslCAInfo` takes it.
    pub(crate) fn certificate(&self) -> &str {
        &self.certificate
    }

    /// Serves the repositories below `folder` in this manner.
    pub(crate) fn serve(&self, home: &Path, folder: &Path, manner: Manner) -> Service {
        let site = Site { home: home.to_owned(), folder: folder.to_owned(), manner };
        let settings = Arc::clone(&self.settings);
        Service::of_threads(move |stream| {
            let connection = ServerConnection::new(Arc::clone(&settings)).expect("a TLS connection");
            let mut stream = StreamOwned::new(connection, stream);
            // A client that goes away, or does not trust the certificate, is not the server's trouble.
            let _gone = site.answer(&mut stream);
            stream.conn.send_close_notify();
            let _gone = stream.flush();
        })
    }
}

type Stream<'a> = StreamOwned<ServerConnection, &'a TcpStream>;

struct Site {
    home: PathBuf,
    folder: PathBuf,
    manner: Manner,
}

struct Request {
    method: String,
    path: String,
    query: String,
    headers: BTreeMap<String, String>,
    body: File,
}

impl Site {
    fn answer(&self, stream: &mut Stream<'_>) -> std::io::Result<()> {
        let request = Request::read(stream)?;
        match &self.manner {
            Manner::Redirects(to) => {
                let line = format!("Location: {to}{}?{}\r\n", request.path, request.query);
                write!(stream, "HTTP/1.1 302 Found\r\n{line}Content-Length: 0\r\nConnection: close\r\n\r\n")
            }
            Manner::Page(page) => {
                let length = page.len();
                write!(
                    stream,
                    "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{page}"
                )
            }
            Manner::Closed if !request.knows_the_password() => ask_for_the_password(stream),
            Manner::Open if request.pushes() && !request.knows_the_password() => ask_for_the_password(stream),
            Manner::EndsAfter(bytes) => self.backend(request, stream, *bytes as u64),
            _ => self.backend(request, stream, u64::MAX),
        }
    }

    /// Lets git answer, with at most so many bytes.
    fn backend(&self, request: Request, stream: &mut Stream<'_>, bytes: u64) -> std::io::Result<()> {
        let mut backend = command("git", &self.home);
        backend.arg("http-backend").env("GIT_PROJECT_ROOT", &self.folder).env("GIT_HTTP_EXPORT_ALL", "1");
        backend.env("REQUEST_METHOD", &request.method).env("PATH_INFO", &request.path);
        backend.env("QUERY_STRING", &request.query).env("REMOTE_ADDR", "127.0.0.1");
        backend.env("CONTENT_LENGTH", request.body.metadata()?.len().to_string());
        for (header, variable) in [
            ("content-type", "CONTENT_TYPE"),
            ("content-encoding", "HTTP_CONTENT_ENCODING"),
            ("git-protocol", "HTTP_GIT_PROTOCOL"),
        ] {
            if let Some(value) = request.headers.get(header) {
                backend.env(variable, value);
            }
        }
        if request.knows_the_password() {
            backend.env("REMOTE_USER", "someone");
        }
        let mut child = backend.stdin(request.body).stdout(Stdio::piped()).spawn()?;
        let answered = pass_on(BufReader::new(child.stdout.take().expect("a pipe")), stream, bytes);
        child.wait()?;
        answered
    }
}

fn ask_for_the_password(stream: &mut Stream<'_>) -> std::io::Result<()> {
    write!(
        stream,
        "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"git\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    )
}

/// Turns what a CGI program prints into an HTTP answer of which `bytes` of the body are sent.
fn pass_on(mut from: impl std::io::BufRead, stream: &mut Stream<'_>, bytes: u64) -> std::io::Result<()> {
    let (mut status, mut headers, mut line) = ("200 OK".to_owned(), String::new(), String::new());
    while from.read_line(&mut line)? > 2 {
        match line.strip_prefix("Status: ") {
            Some(given) => given.trim_end().clone_into(&mut status),
            None => headers.push_str(&line),
        }
        line.clear();
    }
    write!(stream, "HTTP/1.1 {status}\r\n{headers}Connection: close\r\n\r\n")?;
    std::io::copy(&mut from.take(bytes), stream)?;
    stream.flush()
}

impl Request {
    fn read(stream: &mut Stream<'_>) -> std::io::Result<Self> {
        let mut from = BufReader::new(stream);
        let mut line = String::new();
        from.read_line(&mut line)?;
        let mut words = line.split_whitespace();
        let method = words.next().unwrap_or_default().to_owned();
        let (path, query) = words.next().map_or(("", ""), |target| target.split_once('?').unwrap_or((target, "")));
        let (path, query) = (path.to_owned(), query.to_owned());
        let mut headers = BTreeMap::new();
        loop {
            let mut line = String::new();
            if from.read_line(&mut line)? <= 2 {
                break;
            }
            if let Some((name, value)) = line.split_once(':') {
                headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
            }
        }
        let mut body = tempfile::tempfile()?;
        match headers.get("content-length").and_then(|length| length.parse().ok()) {
            Some(length) => std::io::copy(&mut from.take(length), &mut body).map(|_| ())?,
            None if headers.contains_key("transfer-encoding") => chunks(&mut from, &mut body)?,
            None => {}
        }
        body.rewind()?;
        Ok(Self { method, path, query, headers, body })
    }

    fn pushes(&self) -> bool {
        self.path.ends_with("/git-receive-pack") || self.query == "service=git-receive-pack"
    }

    fn knows_the_password(&self) -> bool {
        let given = self.headers.get("authorization").and_then(|value| value.strip_prefix("Basic "));
        let given = given.and_then(|text| STANDARD.decode(text).ok());
        given.is_some_and(|given| given.ends_with(format!(":{PASSWORD}").as_bytes()))
    }
}

fn chunks(from: &mut impl std::io::BufRead, body: &mut File) -> std::io::Result<()> {
    loop {
        let mut line = String::new();
        from.read_line(&mut line)?;
        let length = u64::from_str_radix(line.trim(), 16).map_err(std::io::Error::other)?;
        std::io::copy(&mut from.by_ref().take(length), body)?;
        from.read_line(&mut line)?;
        if length == 0 {
            return Ok(());
        }
    }
}
