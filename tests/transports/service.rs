//! Something that listens on a free port of this machine while it is held, and leaves nothing behind when dropped.
//!
//! Each connection is served by a program that has it as standard input and output, as under inetd, or by a thread. The
//! listener is ours from the start, so no port is guessed and nothing has to be waited for before the first connection.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use rustix::process::{Pid, Signal, kill_process_group};

/// A listening service.
pub(crate) struct Service {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
}

/// What the service and its connections have in common.
#[derive(Default)]
struct Shared {
    over: AtomicBool,
    connections: AtomicUsize,
    streams: Mutex<Vec<TcpStream>>,
    programs: Mutex<Vec<Child>>,
}

impl Service {
    /// Serves each connection by the program that `program` names for it; it is told how many came before.
    pub(crate) fn of_programs(program: impl Fn(usize) -> Command + Send + 'static) -> Self {
        Self::start(move |shared, number, stream| {
            let output = stream.try_clone().expect("a second handle");
            let mut command = program(number);
            command.stdin(Stdio::from(OwnedFd::from(stream))).stdout(Stdio::from(OwnedFd::from(output)));
            let child = command.process_group(0).spawn().expect("the program behind the port starts");
            locked(&shared.programs).push(child);
        })
    }

    /// Serves each connection by a call of `serve`, in a thread of its own.
    pub(crate) fn of_threads(serve: impl Fn(&TcpStream) + Send + Sync + 'static) -> Self {
        let serve = Arc::new(serve);
        Self::start(move |shared, _, stream| {
            // A second handle, by which the connection is ended when the service is dropped.
            locked(&shared.streams).push(stream.try_clone().expect("a second handle"));
            let serve = Arc::clone(&serve);
            thread::spawn(move || {
                serve(&stream);
                // The other side may have hung up already.
                let _gone = stream.shutdown(Shutdown::Both);
            });
        })
    }

    /// Says the same to everyone, whatever they ask, and hangs up.
    pub(crate) fn that_says(words: &'static [u8]) -> Self {
        Self::of_threads(move |mut stream| {
            // Who does not listen to the end hears less.
            let _gone = stream.write_all(words).and_then(|()| stream.shutdown(Shutdown::Write));
            drain(stream);
        })
    }

    fn start(serve: impl Fn(&Arc<Shared>, usize, TcpStream) + Send + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address = listener.local_addr().expect("the port");
        let shared = Arc::new(Shared::default());
        let its = Arc::clone(&shared);
        let accepting = thread::spawn(move || {
            for stream in listener.incoming() {
                if its.over.load(Ordering::SeqCst) {
                    return;
                }
                // A connection that ended before it was accepted is none.
                let Ok(stream) = stream else { continue };
                let number = its.connections.fetch_add(1, Ordering::SeqCst);
                serve(&its, number, stream);
            }
        });
        Self { address, shared, accepting: Some(accepting) }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// How often somebody has connected.
    pub(crate) fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::SeqCst);
        // The listener wakes up only for a connection.
        let woken = TcpStream::connect(self.address);
        if let (Ok(_), Some(accepting)) = (woken, self.accepting.take()) {
            // A panic in there has been printed.
            let _panicked = accepting.join();
        }
        for stream in locked(&self.shared.streams).drain(..) {
            let _gone = stream.shutdown(Shutdown::Both);
        }
        for mut program in locked(&self.shared.programs).drain(..) {
            if let (Ok(None), Ok(id)) = (program.try_wait(), i32::try_from(program.id())) {
                let _gone = Pid::from_raw(id).map(|group| kill_process_group(group, Signal::KILL));
            }
            let _status = program.wait();
        }
    }
}

/// Listens until the other side has nothing more to say.
pub(crate) fn drain(mut stream: &TcpStream) {
    let mut buffer = [0; 4096];
    while matches!(stream.read(&mut buffer), Ok(1..)) {}
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
