//! The way of lines to where they are written.
//!
//! What must hold here: nobody who has something to say waits for who reads it. A line goes into a queue with a bound in
//! bytes, and one thread writes what is there; when nobody reads, the queue fills, further lines are lost and counted, and
//! the next thing that is written says how many.

use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tracing_subscriber::fmt::MakeWriter;

use super::lines;

/// Lines that wait and those being written, together.
const MOST_BYTES: usize = 4 << 20;
/// A buffer that has grown beyond this is given back once it is empty.
const KEPT_BYTES: usize = 64 << 10;
/// Between tries where standard output does not wait by itself.
const TRY_EVERY: Duration = Duration::from_millis(20);

/// See the module. A clone is the same queue.
#[derive(Clone)]
pub(super) struct Queue(Arc<Shared>);

#[derive(Default)]
struct Shared {
    lines: Mutex<Lines>,
    /// There is something to write.
    came: Condvar,
    /// Something was written, or given up.
    went: Condvar,
}

#[derive(Default)]
struct Lines {
    waiting: Vec<u8>,
    /// Bytes that the thread has taken and not written yet.
    writing: usize,
    lost: u64,
    /// How many of those have been told.
    told: u64,
}

impl Queue {
    /// Writes to `sink` from a thread of its own, which ends with the process.
    pub fn start(sink: impl Write + Send + 'static) -> io::Result<Self> {
        let queue = Self(Arc::default());
        let writing = queue.clone();
        std::thread::Builder::new().name("ramal-log".into()).spawn(move || writing.run(sink))?;
        Ok(queue)
    }

    /// Lines lost since the start.
    pub fn lost(&self) -> u64 {
        self.lock().lost
    }

    /// Waits until everything said so far is written, no longer than this.
    pub fn flush(&self, within: Duration) {
        let until = Instant::now() + within;
        let mut lines = self.lock();
        while !lines.waiting.is_empty() || lines.writing > 0 {
            let Some(left) = until.checked_duration_since(Instant::now()) else { return };
            lines = self.0.went.wait_timeout(lines, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Lines> {
        self.0.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn say(&self, line: &[u8]) {
        let mut lines = self.lock();
        if lines.waiting.len() + lines.writing + line.len() > MOST_BYTES {
            lines.lost += 1;
            return;
        }
        lines.waiting.extend_from_slice(line);
        self.0.came.notify_one();
    }

    fn run(&self, sink: impl Write) {
        let mut sink = Sink { to: sink, in_a_line: false };
        let mut taken = Vec::new();
        loop {
            self.take(&mut taken);
            let lost = sink.write(&taken);
            let untold = {
                let mut lines = self.lock();
                lines.writing = 0;
                lines.lost += lost;
                // Said only where it can be heard.
                let untold = if lost == 0 { lines.lost - lines.told } else { 0 };
                lines.told += untold;
                untold
            };
            if untold > 0 {
                lines::lines_lost(untold);
            }
            self.0.went.notify_all();
            taken.clear();
            taken.shrink_to(KEPT_BYTES);
        }
    }

    /// Waits for lines and takes all there are.
    fn take(&self, into: &mut Vec<u8>) {
        let mut lines = self.lock();
        while lines.waiting.is_empty() {
            lines = self.0.came.wait(lines).unwrap_or_else(PoisonError::into_inner);
        }
        std::mem::swap(&mut lines.waiting, into);
        lines.writing = into.len();
    }
}

struct Sink<W> {
    to: W,
    /// What was written last broke off within a line.
    in_a_line: bool,
}

impl<W: Write> Sink<W> {
    /// Writes whole lines; says how many could not be.
    fn write(&mut self, text: &[u8]) -> u64 {
        if self.in_a_line && self.write_all(b"\n") == 0 {
            return count_lines(text);
        }
        let written = self.write_all(text);
        self.in_a_line = written > 0 && text[written - 1] != b'\n';
        count_lines(&text[written..])
    }

    /// How much of it could be written. Who does not take anything now is asked again, as long as it takes.
    fn write_all(&mut self, text: &[u8]) -> usize {
        let mut written = 0;
        while written < text.len() {
            match self.to.write(&text[written..]) {
                Ok(0) => break,
                Ok(bytes) => written += bytes,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => std::thread::sleep(TRY_EVERY),
                // The reader has gone or the disk is full: there is nobody to tell.
                Err(_) => break,
            }
        }
        written
    }
}

fn count_lines(text: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', text).count() as u64
}

impl<'a> MakeWriter<'a> for Queue {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line(self)
    }
}

/// One line on its way into the queue: it is written at once and as a whole.
pub(super) struct Line<'a>(&'a Queue);

impl Write for Line<'_> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.say(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    /// Takes nothing until it may, then everything or an error.
    struct Gate {
        may: mpsc::Receiver<io::Result<()>>,
        written: Arc<Mutex<Vec<u8>>>,
    }

    impl Write for Gate {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.may.recv().unwrap_or(Ok(()))?;
            self.written.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    type Opener = mpsc::Sender<io::Result<()>>;

    fn gated() -> (Queue, Opener, Arc<Mutex<Vec<u8>>>) {
        let (open, may) = mpsc::channel();
        let written = Arc::default();
        let queue = Queue::start(Gate { may, written: Arc::clone(&written) }).unwrap();
        (queue, open, written)
    }

    #[test]
    fn who_speaks_does_not_wait_for_who_does_not_read_and_what_is_lost_is_counted() {
        let (queue, open, written) = gated();
        let line = [b"x".repeat(1_023), b"\n".to_vec()].concat();
        let spoken = 2 * MOST_BYTES / line.len();
        for _ in 0..spoken {
            queue.say(&line);
        }
        assert_eq!(queue.lost(), spoken as u64 / 2);
        let began = Instant::now();
        queue.flush(Duration::from_millis(50));
        assert!(began.elapsed() < Duration::from_secs(5), "a flush is bounded");
        drop(open);
        queue.flush(Duration::from_secs(20));
        assert_eq!(written.lock().unwrap().len(), MOST_BYTES);
        queue.say(b"again\n");
        queue.flush(Duration::from_secs(20));
        assert!(written.lock().unwrap().ends_with(b"again\n"));
    }

    #[test]
    fn a_reader_that_is_not_ready_is_asked_again_and_one_that_has_gone_is_not_waited_for() {
        let (queue, open, written) = gated();
        open.send(Err(io::ErrorKind::WouldBlock.into())).unwrap();
        open.send(Ok(())).unwrap();
        queue.say(b"first\n");
        queue.flush(Duration::from_secs(20));
        open.send(Err(io::ErrorKind::BrokenPipe.into())).unwrap();
        queue.say(b"second\n");
        queue.flush(Duration::from_secs(20));
        assert_eq!((written.lock().unwrap().as_slice(), queue.lost()), (&b"first\n"[..], 1));
    }

    #[test]
    fn a_line_that_broke_off_does_not_swallow_the_next() {
        struct Short(Vec<u8>, usize);
        impl Write for Short {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                let fits = bytes.len().min(self.1);
                self.1 -= fits;
                self.0.extend_from_slice(&bytes[..fits]);
                if fits == 0 { Err(io::ErrorKind::StorageFull.into()) } else { Ok(fits) }
            }

            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let mut sink = Sink { to: Short(Vec::new(), 3), in_a_line: false };
        assert_eq!(sink.write(b"one\ntwo\n"), 2);
        sink.to.1 = 100;
        assert_eq!(sink.write(b"three\n"), 0);
        assert_eq!(sink.to.0, b"one\nthree\n");
    }
}
