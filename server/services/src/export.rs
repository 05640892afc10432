//! Exports: streamed, as CSV or JSON.

use crate::{Error, Result, Services};
use bytes::Bytes;
use futures::{Stream, StreamExt};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};

/// JSON or CSV.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// RFC 4180, UTF-8.
    Csv,
    /// An array of objects, with `steps` and `votes` besides the columns.
    Json,
}

/// A reader that takes nothing for so long is not waited for any more: an export holds a reader of the database, a snapshot and one
/// of few permits.
const PATIENCE: Duration = Duration::from_secs(30);

/// An export under way.
pub struct Export {
    receiver: mpsc::Receiver<Bytes>,
    whole: oneshot::Receiver<()>,
}

impl Export {
    /// The bytes, in order. An error ends the stream: what came before must not be taken for the whole.
    pub fn into_stream(self) -> impl Stream<Item = Result<Bytes>> + Send {
        futures::stream::unfold(Some(self), |export| async move {
            let mut export = export?;
            match export.receiver.recv().await {
                Some(bytes) => Some((Ok(bytes), Some(export))),
                None => match export.whole.await {
                    Ok(()) => None,
                    Err(_) => Some((Err(Error::Unavailable), None)),
                },
            }
        })
        .fuse()
    }

    /// Begins an export whose bytes `produce` writes. Its task ends when the reader goes away or stalls, and gives back what it held.
    pub(crate) fn begin<F, Fut>(permit: OwnedSemaphorePermit, produce: F) -> Self
    where
        F: FnOnce(Writer) -> Fut,
        Fut: Future<Output = Result<()>> + Send + 'static,
    {
        Self::begin_within(PATIENCE, permit, produce)
    }

    fn begin_within<F, Fut>(patience: Duration, permit: OwnedSemaphorePermit, produce: F) -> Self
    where
        F: FnOnce(Writer) -> Fut,
        Fut: Future<Output = Result<()>> + Send + 'static,
    {
        let (sender, receiver) = mpsc::channel(2);
        let (done, whole) = oneshot::channel();
        let work = produce(Writer { sender, patience });
        tokio::spawn(async move {
            let _permit = permit;
            match work.await {
                // The sender is gone with the work; who reads on finds that this was all.
                Ok(()) => _ = done.send(()),
                Err(error) => tracing::warn!(%error, "export broken off"),
            }
        });
        Self { receiver, whole }
    }
}

/// Where an export writes to.
pub(crate) struct Writer {
    sender: mpsc::Sender<Bytes>,
    patience: Duration,
}

impl Writer {
    /// Hands a piece over as soon as the reader has taken an earlier one.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the reader has gone, or takes nothing for too long.
    pub(crate) async fn write(&self, bytes: Bytes) -> Result<()> {
        match tokio::time::timeout(self.patience, self.sender.send(bytes)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(Error::Unavailable),
            Err(_) => {
                tracing::warn!(seconds = self.patience.as_secs(), "the reader of an export takes nothing any more");
                Err(Error::Unavailable)
            }
        }
    }
}

/// Leave to run an export: each holds a reader and a snapshot, so few run at once.
pub(crate) fn permit(services: &Services) -> Result<OwnedSemaphorePermit> {
    Arc::clone(&services.exports).try_acquire_owned().map_err(|_| Error::TooMany(5))
}

/// Whether a spreadsheet takes a cell for a formula (`docs/rules.md`, Exports): it begins with one of the signs, or with a tab or a
/// line's end, which some drop before they look. So what they may drop, white space and what does not show, is looked through too.
fn starts_formula(text: &str) -> bool {
    const SIGNS: [char; 8] = ['=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];
    let dropped = |c: char| c.is_whitespace() || c.is_control() || is_invisible(c);
    text.starts_with(['\t', '\r', '\n']) || text.trim_start_matches(dropped).starts_with(SIGNS)
}

/// Characters without a shape of their own that may stand before what counts: the byte order mark, zero-width spaces and joiners, soft
/// hyphens, and what turns the direction of text.
const fn is_invisible(c: char) -> bool {
    domain::validate::is_bidi_control(c)
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{180e}' | '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
}

/// Writes cells as one line. A cell that would start a formula gets a leading `'` (OWASP).
pub(crate) fn csv_cells<'c>(out: &mut Vec<u8>, cells: impl Iterator<Item = std::borrow::Cow<'c, str>>) -> Result<()> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).buffer_capacity(4096).from_writer(out);
    let failed = |error: csv::Error| Error::Internal(error.to_string());
    for text in cells {
        if starts_formula(&text) {
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
    use super::{Export, csv_cells};
    use crate::{Error, Result};
    use bytes::Bytes;
    use futures::StreamExt;
    use proptest::prelude::*;
    use std::borrow::Cow;
    use std::sync::Arc;
    use std::time::Duration;
    use tokio::sync::Semaphore;

    async fn all(export: Export) -> Vec<Result<Bytes>> {
        export.into_stream().collect().await
    }

    #[tokio::test]
    async fn what_is_whole_ends_and_what_is_not_says_so() {
        let exports = Arc::new(Semaphore::new(1));
        let permit = || Arc::clone(&exports).acquire_owned();
        let whole = Export::begin(permit().await.expect("a permit"), |writer| async move {
            for piece in ["a", "b", "c", "d"] {
                writer.write(Bytes::from(piece)).await?;
            }
            Ok(())
        });
        let pieces: Vec<_> = all(whole).await.into_iter().map(|piece| piece.expect("a piece")).collect();
        assert_eq!(pieces, ["a", "b", "c", "d"]);
        let broken = Export::begin(permit().await.expect("a permit"), |writer| async move {
            writer.write(Bytes::from("a")).await?;
            Err(Error::Internal("a row".to_owned()))
        });
        let pieces = all(broken).await;
        assert!(matches!(pieces.as_slice(), [Ok(_), Err(_)]), "{pieces:?}");
    }

    #[tokio::test]
    async fn a_reader_that_stalls_gives_back_what_its_export_held() {
        let exports = Arc::new(Semaphore::new(1));
        let permit = Arc::clone(&exports).acquire_owned().await.expect("a permit");
        let stalled = Export::begin_within(Duration::from_millis(20), permit, |writer| async move {
            loop {
                writer.write(Bytes::from("more")).await?;
            }
        });
        // Nobody reads, and another export is let in all the same.
        let again = tokio::time::timeout(Duration::from_secs(20), exports.acquire()).await.expect("the permit is back");
        drop(again);
        let pieces = all(stalled).await;
        assert!(matches!(pieces.last(), Some(Err(_))), "what came must not be taken for the whole: {pieces:?}");
    }

    /// `product.md` 3, Export.
    const FORMULA: [char; 11] = ['=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}', '\t', '\r', '\n'];
    /// What a spreadsheet may drop before it looks.
    const BEFORE: [&str; 9] = ["", " ", "  ", "\u{a0}", "\u{3000}", "\u{feff}", "\u{200b}", "\u{200e} ", "\u{2060}"];

    /// The cells as they come back. One stands before them, as a header does in a file: a reader drops the mark at the very beginning.
    fn line(cells: &[&str]) -> Vec<String> {
        let mut out = Vec::new();
        let all = std::iter::once("0").chain(cells.iter().copied());
        csv_cells(&mut out, all.map(Cow::Borrowed)).expect("written");
        assert!(out.ends_with(b"\r\n"), "one line, ended as RFC 4180 ends it");
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(out.as_slice());
        let record = reader.records().next().expect("one line").expect("well formed");
        assert!(reader.records().next().is_none(), "one line");
        record.iter().skip(1).map(str::to_owned).collect()
    }

    #[test]
    fn each_sign_that_starts_a_formula_is_made_text() {
        for sign in FORMULA {
            for before in BEFORE {
                let cell = format!("{before}{sign}HYPERLINK(\"http://evil.example\")");
                // A tab or a line's end counts at the very beginning; later it is white space before letters.
                let counts = before.is_empty() || !sign.is_whitespace();
                let wanted = if counts { format!("'{cell}") } else { cell.clone() };
                assert_eq!(line(&[&cell, "x"]), [wanted, "x".to_owned()], "{sign:?} behind {before:?}");
            }
        }
        // Inside of a text, and behind a quote or an apostrophe, the signs are signs.
        for cell in ["a=1", "1-2", "\"=1+1\"", "'=1+1", "user@x.test", "", " ", "\u{feff}a"] {
            assert_eq!(line(&[cell, "x"]), [cell, "x"]);
        }
    }

    proptest! {
        /// Parsing back gives the input, but for one `'` before a cell that would start a formula; and no cell does.
        #[test]
        fn a_line_reads_back(cells in proptest::collection::vec("[\\PC\n\r\t\",; =+@\\-\u{ff1d}\u{ff20}\u{feff}\u{200b}]{0,12}", 23)) {
            let back = line(&cells.iter().map(String::as_str).collect::<Vec<_>>());
            prop_assert_eq!(back.len(), cells.len());
            for (cell, back) in cells.iter().zip(&back) {
                prop_assert!(!back.starts_with(FORMULA));
                let shown = back.trim_start_matches(|c: char| c.is_whitespace() || "\u{feff}\u{200b}".contains(c));
                prop_assert!(!shown.starts_with(FORMULA), "{:?}", back);
                let marked = format!("'{cell}");
                prop_assert!(back == cell || *back == marked);
                if cell.starts_with(FORMULA) {
                    prop_assert_eq!(back, &marked);
                }
            }
        }
    }
}
