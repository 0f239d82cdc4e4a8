//! A third consumer, whole: it writes down which calls' events it was given. Its rows are lines of the audit log, which any
//! transaction may add.

use ramal::domain::{CompanyId, Pattern, Seq};
use ramal::journal::{Consumer, Page, Rows, Start};
use ramal::store::{AuditEntry, StoreError};

/// Rows of version `VERSION` say so.
pub struct Tally<const VERSION: i32> {
    company: CompanyId,
    build: i32,
}

impl<const VERSION: i32> Consumer for Tally<VERSION> {
    const NAME: &'static str = "tally";
    const VERSION: i32 = VERSION;

    fn wants() -> Vec<Pattern> {
        vec!["call-*".parse().expect("a pattern")]
    }

    async fn begin(start: &Start<'_>) -> Result<Self, StoreError> {
        Ok(Self { company: start.company, build: start.build })
    }

    async fn take(&mut self, page: &Page) -> Result<Option<Rows>, StoreError> {
        let up_to = Seq(page.next.0 - 1);
        let calls = page.events.iter().filter(|event| event.name.starts_with("call-"));
        let seqs: Vec<i64> = calls.map(|event| event.seq.0).collect();
        if seqs.is_empty() {
            return Ok(Some(Rows::none(up_to)));
        }
        let entry = AuditEntry {
            id: 0,
            at: crate::store::NOW,
            actor: format!("tally {VERSION}"),
            address: None,
            action: "tally".to_owned(),
            company: Some(self.company),
            target: Some(self.build.to_string()),
            detail: Some(serde_json::to_string(&seqs).expect("numbers")),
        };
        Ok(Some(Rows::new(up_to, 1, move |tx| Box::pin(async move { tx.audit(&entry).await }))))
    }
}
