//! A wire that fails: it passes on everything at first, and after so many bytes from the server breaks or falls silent.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::service::{Service, drain};

/// What happens after the last byte that gets through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    /// The connection breaks.
    Break,
    /// It stays, and nothing comes any more.
    Silence,
}

/// A service in front of another one.
pub(crate) struct Proxy {
    service: Service,
    failures: Arc<AtomicUsize>,
}

impl Proxy {
    /// Of what the server at `to` says on each connection, the first `bytes` get through.
    pub(crate) fn failing(to: SocketAddr, bytes: usize, then: Then) -> Self {
        let failures = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&failures);
        let service = Service::of_threads(move |client| {
            let server = TcpStream::connect(to).expect("the server behind the proxy");
            thread::scope(|scope| {
                scope.spawn(|| upstream(client, &server));
                if downstream(&server, client, bytes) {
                    counter.fetch_add(1, Ordering::SeqCst);
                    if then == Then::Silence {
                        return;
                    }
                }
                // Whoever has hung up already is no trouble.
                let _gone = client.shutdown(Shutdown::Both);
            });
        });
        Self { service, failures }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.service.address()
    }

    /// How many connections it has failed.
    pub(crate) fn failures(&self) -> usize {
        self.failures.load(Ordering::SeqCst)
    }
}

/// Passes on what the client says until it hangs up, and then lets the server go too.
fn upstream(mut client: &TcpStream, mut server: &TcpStream) {
    let mut buffer = [0; 4096];
    while let Ok(length @ 1..) = client.read(&mut buffer) {
        if server.write_all(&buffer[..length]).is_err() {
            drain(client);
        }
    }
    let _gone = server.shutdown(Shutdown::Both);
}

/// Passes on at most `bytes` of what the server says; whether it had more to say than that.
fn downstream(mut server: &TcpStream, mut client: &TcpStream, bytes: usize) -> bool {
    let mut left = bytes;
    let mut buffer = [0; 4096];
    while let Ok(length @ 1..) = server.read(&mut buffer) {
        let through = length.min(left);
        if client.write_all(&buffer[..through]).is_err() {
            return false;
        }
        left -= through;
        if through < length {
            return true;
        }
    }
    false
}
