//! Exports: streamed, as CSV or JSON.

use crate::{Error, Result, Services};
use bytes::Bytes;
use futures::{Stream, StreamExt};
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, mpsc};

/// JSON or CSV.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// RFC 4180, UTF-8.
    Csv,
    /// An array of objects, with `steps` and `votes` besides the columns.
    Json,
}

/// An export under way.
pub struct Export {
    receiver: mpsc::Receiver<Result<Bytes>>,
}

impl Export {
    /// The bytes, in order. An error ends the stream: what came before must not be taken for the whole.
    pub fn into_stream(self) -> impl Stream<Item = Result<Bytes>> + Send {
        futures::stream::unfold(self.receiver, |mut receiver| async move {
            receiver.recv().await.map(|item| (item, receiver))
        })
        .fuse()
    }

    /// Begins an export whose bytes `produce` sends. Its task ends when the reader goes away: the channel closes.
    pub(crate) fn begin<F, Fut>(permit: OwnedSemaphorePermit, produce: F) -> Self
    where
        F: FnOnce(mpsc::Sender<Result<Bytes>>) -> Fut,
        Fut: Future<Output = Result<()>> + Send + 'static,
    {
        let (sender, receiver) = mpsc::channel(2);
        let work = produce(sender.clone());
        tokio::spawn(async move {
            let _permit = permit;
            if let Err(error) = work.await {
                tracing::warn!(%error, "export broken off");
                let _ = sender.send(Err(error)).await;
            }
        });
        Self { receiver }
    }
}

/// Leave to run an export: each holds a reader and a snapshot, so few run at once.
pub(crate) fn permit(services: &Services) -> Result<OwnedSemaphorePermit> {
    Arc::clone(&services.exports).try_acquire_owned().map_err(|_| Error::TooMany(5))
}

/// Writes cells as one line. A cell that would start a formula gets a leading `'` (OWASP).
pub(crate) fn csv_cells<'c>(out: &mut Vec<u8>, cells: impl Iterator<Item = std::borrow::Cow<'c, str>>) -> Result<()> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).buffer_capacity(4096).from_writer(out);
    let failed = |error: csv::Error| Error::Internal(error.to_string());
    for text in cells {
        if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
            writer.write_field(format!("'{text}")).map_err(failed)?;
        } else {
            writer.write_field(text.as_bytes()).map_err(failed)?;
        }
    }
    writer.write_record(None::<&[u8]>).map_err(failed)?;
    writer.flush().map_err(|error| Error::Internal(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::csv_cells;
    use proptest::prelude::*;
    use std::borrow::Cow;

    const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

    proptest! {
        /// Parsing back gives the input, after taking the added `'` away, and no cell starts a formula.
        #[test]
        fn a_line_reads_back(cells in proptest::collection::vec("[\\PC\n\r\t\",;=+@-]{0,12}", 23)) {
            let mut out = Vec::new();
            csv_cells(&mut out, cells.iter().map(|cell| Cow::Borrowed(cell.as_str()))).expect("written");
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(out.as_slice());
            let record = reader.records().next().expect("one line").expect("well formed");
            prop_assert_eq!(record.len(), cells.len());
            for (cell, back) in cells.iter().zip(record.iter()) {
                prop_assert!(!back.starts_with(FORMULA));
                let wanted = if cell.starts_with(FORMULA) { format!("'{cell}") } else { cell.clone() };
                prop_assert_eq!(wanted.as_str(), back);
            }
        }
    }
}
