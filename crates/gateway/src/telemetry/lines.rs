//! The writer of log lines for machines: those that come close together are written together.
//!
//! With a write for each, the threads that answer requests wait for each other at the end of every request. Lines stay in
//! order, and none is dropped: when as many wait as may, whoever has one more writes them itself.

use std::io::{self, Stderr, Write};
use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

use tracing::{Level, Metadata};
use tracing_subscriber::fmt::MakeWriter;

/// The longest a line waits for others.
const PAUSE: Duration = Duration::from_millis(20);

/// So many bytes wait for no others.
const FULL: usize = 64 * 1024;

static OF_PROCESS: OnceLock<Lines<Stderr>> = OnceLock::new();

/// A place for lines. Clones are the same place.
pub(super) struct Lines<W>(Arc<Shared<W>>);

struct Shared<W> {
    waiting: Mutex<Vec<u8>>,
    /// Told when lines begin to wait.
    some: Condvar,
    /// Held from when lines are taken until they are written, so that they stay in order.
    out: Mutex<Out<W>>,
}

struct Out<W> {
    to: W,
    /// The memory of the lines written last.
    spare: Vec<u8>,
}

/// Writes the lines that wait. For the end of a process: nobody else writes them then.
pub fn flush() {
    if let Some(lines) = OF_PROCESS.get() {
        lines.write();
    }
}

impl Lines<Stderr> {
    /// The place for lines on the standard error stream, with a thread that writes them.
    pub(super) fn of_process() -> io::Result<Self> {
        if let Some(known) = OF_PROCESS.get() {
            return Ok(known.clone());
        }
        let lines = Self::new(io::stderr());
        let writing = lines.clone();
        thread::Builder::new().name("log".to_owned()).spawn(move || writing.write_from_time_to_time())?;
        Ok(OF_PROCESS.get_or_init(|| lines).clone())
    }
}

impl<W: Write> Lines<W> {
    fn new(to: W) -> Self {
        let out = Mutex::new(Out { to, spare: Vec::new() });
        Self(Arc::new(Shared { waiting: Mutex::default(), some: Condvar::new(), out }))
    }

    fn write_from_time_to_time(&self) {
        loop {
            let nothing = |waiting: &mut Vec<u8>| waiting.is_empty();
            drop(self.0.some.wait_while(lock(&self.0.waiting), nothing));
            thread::sleep(PAUSE);
            self.write();
        }
    }

    /// Writes what waits.
    fn write(&self) {
        let mut out = lock(&self.0.out);
        let mut lines = mem::take(&mut out.spare);
        mem::swap(&mut lines, &mut *lock(&self.0.waiting));
        // Where this fails there is no place to tell it.
        let _ = out.to.write_all(&lines).and_then(|()| out.to.flush());
        lines.clear();
        out.spare = lines;
    }

    fn add(&self, line: &[u8], is_urgent: bool) {
        let is_full = {
            let mut waiting = lock(&self.0.waiting);
            if waiting.is_empty() {
                self.0.some.notify_one();
            }
            waiting.extend_from_slice(line);
            waiting.len() >= FULL
        };
        if is_urgent || is_full {
            self.write();
        }
    }
}

impl<W> Clone for Lines<W> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// A line on its way.
pub(super) struct Line<'a, W> {
    lines: &'a Lines<W>,
    is_urgent: bool,
}

impl<'a, W: Write + 'a> MakeWriter<'a> for Lines<W> {
    type Writer = Line<'a, W>;

    fn make_writer(&'a self) -> Self::Writer {
        Line { lines: self, is_urgent: true }
    }

    fn make_writer_for(&'a self, meta: &Metadata<'_>) -> Self::Writer {
        // What goes wrong is told at once: it may be the last there is.
        Line { lines: self, is_urgent: *meta.level() <= Level::WARN }
    }
}

impl<W: Write> Write for Line<'_, W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.lines.add(line, self.is_urgent);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing is left half done by a panic.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What was written, and in how many pieces.
    fn written(lines: &Lines<Pieces>) -> (String, usize) {
        let out = lock(&lines.0.out);
        (String::from_utf8(out.to.0.concat()).unwrap(), out.to.0.len())
    }

    struct Pieces(Vec<Vec<u8>>);

    impl Write for Pieces {
        fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
            self.0.push(piece.to_vec());
            Ok(piece.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lines_wait_for_others_and_stay_in_order() {
        let lines = Lines::new(Pieces(Vec::new()));
        lines.add(b"one\n", false);
        lines.add(b"two\n", false);
        assert_eq!(written(&lines), (String::new(), 0));
        lines.add(b"wrong\n", true);
        assert_eq!(written(&lines), ("one\ntwo\nwrong\n".to_owned(), 1));
        lines.add(b"last\n", false);
        lines.write();
        assert_eq!(written(&lines), ("one\ntwo\nwrong\nlast\n".to_owned(), 2));
    }

    #[test]
    fn what_waits_is_bounded_and_nothing_is_lost() {
        let lines = Lines::new(Pieces(Vec::new()));
        let line = [b'a'; 1000];
        for _ in 0..1000 {
            lines.add(&line, false);
            assert!(lock(&lines.0.waiting).len() < FULL);
        }
        lines.write();
        let (text, pieces) = written(&lines);
        assert_eq!(text.len(), 1_000_000);
        assert!((10..20).contains(&pieces), "{pieces}");
    }

    #[test]
    fn lines_are_written_by_themselves() {
        let lines = Lines::new(Pieces(Vec::new()));
        let writing = lines.clone();
        thread::spawn(move || writing.write_from_time_to_time());
        for number in 1..=3 {
            lines.add(b"line\n", false);
            while written(&lines).0.len() < 5 * number {
                thread::yield_now();
            }
        }
    }
}
