//! Looks up keys together (the data-loader pattern): the requests that wait at the same moment
//! share one query. There is no cache, so nothing can be stale.
//!
//! Each worker has a batcher, and a thread with a connection of its own. There is one batch at a
//! time, and requests that arrive meanwhile join the next one. A request never joins a batch that
//! has been sent, so its answer is read after it arrived: a key whose deletion was answered before
//! is refused.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::outage::Outage;
use crate::db::{Reader, Result};
use crate::domain::verification::{self, Question, look_up};

/// How long a look-up may take. A verification must be answered within a second, and this leaves
/// some of it for the rest.
const DEADLINE: Duration = Duration::from_millis(900);
/// The number of requests that may wait at once in a worker. More are refused without waiting.
const WAITING: usize = 4096;
/// The most keys in a batch, so that nobody waits for a long one.
const BATCH: usize = 512;

/// The database can't be asked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Unavailable;

type Answer = std::result::Result<verification::Answer, Unavailable>;

struct Waiting {
    question: Question,
    arrived: Instant,
    answer: oneshot::Sender<Answer>,
}

struct Batch {
    questions: Vec<Question>,
    answer: oneshot::Sender<Result<Vec<verification::Answer>>>,
}

pub(crate) struct Batcher {
    waiting: RefCell<Vec<Waiting>>,
    running: Cell<bool>,
    /// A batch did not come back in time. Until it does, every request is refused at once.
    stuck: Cell<bool>,
    outage: Outage,
    thread: mpsc::Sender<Batch>,
}

impl Batcher {
    /// Starts the thread, which ends with the batcher.
    ///
    /// # Errors
    /// If no thread can be started.
    pub(crate) fn start(mut reader: Reader) -> std::io::Result<Rc<Self>> {
        let (thread, batches) = mpsc::channel::<Batch>();
        std::thread::Builder::new().name("verify".to_owned()).spawn(move || {
            for Batch { questions, answer } in batches {
                let found = reader.read(|connection| look_up(connection, &questions));
                let _ = answer.send(found); // nobody waits after the deadline
            }
        })?;
        Ok(Rc::new(Self {
            waiting: RefCell::default(),
            running: Cell::new(false),
            stuck: Cell::new(false),
            outage: Outage::default(),
            thread,
        }))
    }

    /// Looks up a key. The database is read after this call began.
    pub(crate) async fn find(self: &Rc<Self>, question: Question) -> Answer {
        if self.stuck.get() || self.waiting.borrow().len() >= WAITING {
            self.outage.failed(1, &"too many wait for the database");
            return Err(Unavailable);
        }
        let (answer, answered) = oneshot::channel();
        self.waiting.borrow_mut().push(Waiting { question, arrived: Instant::now(), answer });
        if !self.running.replace(true) {
            actix_web::rt::spawn(Rc::clone(self).run());
        }
        answered.await.unwrap_or(Err(Unavailable))
    }

    /// Sends batch after batch until nobody waits.
    async fn run(self: Rc<Self>) {
        loop {
            // Requests that are ready in this turn of the event loop join the batch.
            tokio::task::yield_now().await;
            let mut batch = self.take();
            let Some(first) = batch.first() else { break };
            let deadline = (first.arrived + DEADLINE).into();
            // Equal keys are looked up only once, and neighbouring ones share pages of the index.
            batch.sort_unstable_by_key(|waiting| waiting.question.digest);
            let (answer, answered) = oneshot::channel();
            tokio::pin!(answered);
            let questions = batch.iter().map(|waiting| waiting.question.clone()).collect();
            if self.thread.send(Batch { questions, answer }).is_err() {
                refuse(batch);
                continue;
            }
            match tokio::time::timeout_at(deadline, answered.as_mut()).await {
                Ok(Ok(Ok(found))) => {
                    self.outage.answered();
                    for (waiting, found) in batch.into_iter().zip(found) {
                        let _ = waiting.answer.send(Ok(found)); // the client may have gone away
                    }
                }
                Ok(Ok(Err(error))) => {
                    self.outage.failed(batch.len(), &error);
                    refuse(batch);
                }
                Ok(Err(_)) => refuse(batch), // the thread ended, as it does with the server
                Err(_) => {
                    self.stuck.set(true);
                    let late = [batch, self.waiting.take()];
                    let count = late.iter().map(Vec::len).sum();
                    self.outage.failed(count, &"a batch is late: no answer within 900 ms");
                    refuse(late.into_iter().flatten());
                    let _ = answered.await;
                    self.stuck.set(false);
                }
            }
        }
        self.running.set(false);
    }

    /// Takes the next batch, in the order of arrival. Requests that have waited too long are
    /// refused: a batch with one of them would be late before it is sent, and all of it would be
    /// refused.
    fn take(&self) -> Vec<Waiting> {
        let mut waiting = self.waiting.borrow_mut();
        let late =
            waiting.iter().take_while(|waiting| waiting.arrived.elapsed() >= DEADLINE).count();
        if late > 0 {
            self.outage.failed(late, &"too late to be asked");
        }
        refuse(waiting.drain(..late));
        let size = waiting.len().min(BATCH);
        let rest = waiting.split_off(size);
        std::mem::replace(&mut *waiting, rest)
    }
}

fn refuse(batch: impl IntoIterator<Item = Waiting>) {
    for waiting in batch {
        let _ = waiting.answer.send(Err(Unavailable));
    }
}
