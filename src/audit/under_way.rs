//! Answers that are being sent in pieces. What has gone of one is put on record when it ends: with its last piece,
//! because the client has gone, or because the server stops and will not see its end.

use super::{Entry, Ledger, Sent, Unwritable};
use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// All of a ledger.
#[derive(Debug, Default)]
pub(super) struct UnderWay(Mutex<Answers>);

#[derive(Debug, Default)]
struct Answers {
    sent: BTreeMap<u64, Sent>,
    begun: u64,
    /// Nothing more goes on record.
    is_closed: bool,
}

impl UnderWay {
    fn answers(&self) -> MutexGuard<'_, Answers> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Those that have not ended. No other begins, and of these nothing more is to be sent.
    pub(super) fn close(&self) -> Vec<Sent> {
        let mut answers = self.answers();
        answers.is_closed = true;
        std::mem::take(&mut answers.sent).into_values().collect()
    }
}

/// An answer on its way; when it goes, what has gone of it is put on record.
#[derive(Debug)]
pub struct OnItsWay {
    ledger: Ledger,
    number: u64,
}

impl Ledger {
    /// Before the first piece of an answer is handed over. Refused where the ledger has been closed.
    pub fn begin_sending(&self, sent: Sent) -> Result<OnItsWay, Unwritable> {
        let mut answers = self.under_way().answers();
        if answers.is_closed {
            return Err(Unwritable);
        }
        answers.begun += 1;
        let number = answers.begun;
        answers.sent.insert(number, sent);
        Ok(OnItsWay { ledger: self.clone(), number })
    }
}

impl OnItsWay {
    /// So many features are about to be handed over in all, and whether that is all. Where this is refused they must
    /// not be: the record has been closed without them.
    pub fn reached(&self, features: u64, whole: bool) -> Result<(), Unwritable> {
        let mut answers = self.ledger.under_way().answers();
        let sent = answers.sent.get_mut(&self.number).ok_or(Unwritable)?;
        (sent.features, sent.whole) = (features, whole);
        Ok(())
    }
}

impl Drop for OnItsWay {
    fn drop(&mut self) {
        // Told before the list is let go of: whoever closes the record finds it in one of both.
        let mut answers = self.ledger.under_way().answers();
        if let Some(sent) = answers.sent.remove(&self.number) {
            self.ledger.note(Entry::Sent(sent));
        }
    }
}
