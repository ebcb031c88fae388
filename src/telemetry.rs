//! Logs to standard error, because standard output carries only results. On a terminal it logs
//! text, and otherwise lines of JSON.
//!
//! A separate thread writes the lines. Whatever reads standard error may stop for a while, such as
//! a pager or a collector that hangs, and no request may wait for that. Lines that find no room are
//! counted, and their number is logged when there is room again.

use std::io::{self, BufWriter, IsTerminal, Stderr, Write};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use tracing_appender::non_blocking::{ErrorCounter, NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

/// The number of lines that may wait, about 3 MiB at most.
const WAITING: usize = 8192;
/// The number of bytes that are written at once.
const PART: usize = 64 * 1024;
/// How long the thread rests after a write. Meanwhile, threads that log need not wake it.
const GATHER: Duration = Duration::from_millis(1);

/// Starts logging for the server. `KEYRACK_LOG` says how much is logged, as in `debug` or
/// `keyrack=debug`, and `KEYRACK_LOG_FORMAT` in which format.
///
/// # Errors
/// If one of these variables can't be parsed, or no thread can be started.
pub fn init() -> io::Result<Log> {
    let filter = filter(&std::env::var("KEYRACK_LOG").unwrap_or_default())?;
    let is_text = is_text(&std::env::var("KEYRACK_LOG_FORMAT").unwrap_or_default())?;
    let lost = Arc::<OnceLock<ErrorCounter>>::default();
    let part = BufWriter::with_capacity(PART, io::stderr());
    let thread = NonBlockingBuilder::default().buffered_lines_limit(WAITING).thread_name("log");
    let (lines, writes) = thread.finish(Gathered { part, lost: Arc::clone(&lost), lost_before: 0 });
    let _ = lost.set(lines.error_counter());
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(move || Line(lines.clone()))
        // A disk full of logs must not stop the server. `tracing` would report a line that it could
        // not write with `eprintln!`, which panics in that case.
        .log_internal_errors(false);
    let _ = if is_text {
        log.compact().with_target(false).try_init()
    } else {
        let json = log.json().flatten_event(true).with_current_span(false);
        json.with_span_list(false).try_init()
    };
    // The message of a panic may quote the data that was being worked on, even a key, so only the
    // place is logged.
    std::panic::set_hook(Box::new(|panic| {
        tracing::error!(location = panic.location().map(tracing::field::display), "a panic")
    }));
    Ok(Log { _writes: writes })
}

/// Whether to log text and not JSON. By default it depends on whether standard error is a terminal.
fn is_text(format: &str) -> io::Result<bool> {
    match format.trim() {
        "" => Ok(io::stderr().is_terminal()),
        "text" => Ok(true),
        "json" => Ok(false),
        _ => Err(io::Error::other("KEYRACK_LOG_FORMAT is json or text")),
    }
}

/// Which lines are logged. A single word that is not a level is an error: it would be taken for the
/// name of a module, and nothing else would be logged.
fn filter(text: &str) -> io::Result<EnvFilter> {
    let bad = || io::Error::other("KEYRACK_LOG is error, warn, info, debug, trace or off");
    match text.trim() {
        "" => Ok(of_level(LevelFilter::INFO)),
        word if word.bytes().all(|b| b.is_ascii_alphanumeric()) => {
            word.parse::<LevelFilter>().map(of_level).map_err(|_| bad())
        }
        directives => EnvFilter::try_new(directives).map_err(|_| bad()),
    }
}

/// Everything of this level. actix's lines about requests that it can't parse are left out, because
/// strangers could fill the log with them, and they don't even have an address.
fn of_level(level: LevelFilter) -> EnvFilter {
    if level >= LevelFilter::DEBUG {
        EnvFilter::new(level.to_string())
    } else {
        EnvFilter::new(format!("{level},actix_http=off"))
    }
}

/// Something that is logged only from time to time, however often it happens.
#[derive(Debug, Default)]
pub struct Seldom(Mutex<Option<(Instant, u64)>>);

impl Seldom {
    /// The least time between two lines.
    const EVERY: Duration = Duration::from_secs(60);

    /// Makes one for a `static`.
    pub const fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// `Some` if it is time to log it, with how often it happened without being logged since the
    /// last time.
    pub fn is_due(&self) -> Option<u64> {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *last {
            Some((at, left_out)) if at.elapsed() < Self::EVERY => {
                *left_out += 1;
                None
            }
            before => {
                let left_out = before.as_ref().map_or(0, |(_, left_out)| *left_out);
                *before = Some((Instant::now(), 0));
                Some(left_out)
            }
        }
    }
}

/// The log. When it is dropped, the lines before that are written, for which it waits a second at
/// most.
#[derive(Debug)]
pub struct Log {
    _writes: WorkerGuard,
}

/// Replaces control characters by spaces. In a text, a value could otherwise look like another
/// line, or move the cursor. JSON has no control characters.
fn one_line(line: &[u8]) -> Vec<u8> {
    let mut line = line.to_vec();
    let text = line.len() - usize::from(line.ends_with(b"\n"));
    for byte in line.iter_mut().take(text).filter(|byte| byte.is_ascii_control()) {
        *byte = b' ';
    }
    line
}

/// Hands lines to the thread of the log, one whole line at a time.
struct Line(NonBlocking);

impl Write for Line {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.write_all(&one_line(line)).map(|()| line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The writer of the log's thread. Waiting lines are written together.
struct Gathered {
    part: BufWriter<Stderr>,
    lost: Arc<OnceLock<ErrorCounter>>,
    lost_before: usize,
}

impl Write for Gathered {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        // A line that can't be written is lost, because there is nowhere else to report it.
        let _ = self.part.write_all(line);
        Ok(line.len())
    }

    /// Called when no line is waiting, so there is room to report lost lines. After the write there
    /// may be none, because that takes as long as the reader does.
    fn flush(&mut self) -> io::Result<()> {
        let lost = self.lost.get().map_or(0, ErrorCounter::dropped_lines);
        match lost - std::mem::replace(&mut self.lost_before, lost) {
            0 => {}
            lines => tracing::warn!(lines, "log lines are lost: nobody read them in time"),
        }
        let _ = self.part.flush();
        std::thread::sleep(GATHER);
        Ok(())
    }
}
