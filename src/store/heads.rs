//! `heads`: how far each journal has come, and who may write it.

use super::engine::{BatchConn, Conn, batch, bulk, from_row, on};
use super::{BatchTx, Store, StoreError, Tx};
use crate::domain::{CompanyId, Seq};

/// The end of one company's journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    pub company: CompanyId,
    /// The last event's seq; 0 when there is none.
    pub seq: Seq,
    /// Goes up with every lease; a writer with an older one is refused.
    pub epoch: i64,
    /// The id of the last batch that was committed, by which a commit with an unknown outcome is found again.
    pub batch: i64,
}

from_row!(Head, row => Ok(Head {
    company: CompanyId(row.try_get(0)?),
    seq: Seq(row.try_get(1)?),
    epoch: row.try_get(2)?,
    batch: row.try_get(3)?,
}));

impl Store {
    /// The heads of all companies.
    pub async fn heads(&self) -> Result<Vec<Head>, StoreError> {
        Ok(on!(self.read().await?.conn(), db =>
            sqlx::query_as("SELECT company, seq, epoch, batch FROM heads ORDER BY company").fetch_all(&mut *db).await?))
    }

    /// One company's head; `None` when there is no such company (any more).
    pub async fn head(&self, company: CompanyId) -> Result<Option<Head>, StoreError> {
        Ok(on!(self.read().await?.conn(), db =>
            sqlx::query_as("SELECT company, seq, epoch, batch FROM heads WHERE company = $1")
                .bind(company.0)
                .fetch_optional(&mut *db)
                .await?))
    }
}

impl BatchTx<'_> {
    /// Moves heads to where a batch has brought them, in the transaction of that batch, and returns the companies that
    /// were refused: their row has another epoch (somebody else holds the lease), is gone, or is already further. The
    /// caller undoes the transaction and writes the batch again without those.
    ///
    /// Each company at most once; a batch without events of a company (results only) sets the seq it already has.
    pub async fn set_heads(&mut self, heads: &[Head]) -> Result<Vec<CompanyId>, StoreError> {
        set(self.conn(), heads).await
    }
}

impl Tx<'_> {
    /// As [`BatchTx::set_heads`], where what is written with it is no batch.
    pub async fn set_heads(&mut self, heads: &[Head]) -> Result<Vec<CompanyId>, StoreError> {
        set(self.conn().into(), heads).await
    }

    /// Takes the lease of a company: from now on only writers with the returned epoch may write its journal.
    pub async fn take_lease(&mut self, company: CompanyId) -> Result<Head, StoreError> {
        self.take_leases(&[company])
            .await?
            .pop()
            .ok_or(StoreError::Missing { what: "company", id: company.0 })
    }

    /// The same of several; one that is no more is left out.
    pub async fn take_leases(&mut self, companies: &[CompanyId]) -> Result<Vec<Head>, StoreError> {
        Ok(bulk!(self.conn(), Head,
            "UPDATE heads SET epoch = epoch + 1 FROM ({rows}) AS v WHERE heads.company = v.column1 \
             RETURNING company, seq, epoch, batch",
            companies, company => { company.0 => i64, "bigint"; }
        ))
    }

    /// The heads of these companies, held until the end of this transaction. On PostgreSQL this waits for a
    /// transaction of a lost connection that the server may still be committing: after an unknown outcome only this
    /// tells whether the batch is there.
    pub async fn lock_heads(&mut self, companies: &[CompanyId]) -> Result<Vec<Head>, StoreError> {
        lock(self.conn(), companies).await
    }

    /// One company's head, held until the end of this transaction: what is saved "from this seq on" is saved with it.
    pub async fn lock_head(&mut self, company: CompanyId) -> Result<Head, StoreError> {
        let head = lock(self.conn(), &[company]).await?.pop();
        head.ok_or(StoreError::Missing { what: "company", id: company.0 })
    }
}

async fn set(conn: BatchConn<'_>, heads: &[Head]) -> Result<Vec<CompanyId>, StoreError> {
    let moved = batch!(conn, (i64,),
        "UPDATE heads SET seq = v.column2, batch = v.column4 FROM ({rows}) AS v \
         WHERE heads.company = v.column1 AND heads.epoch = v.column3 AND heads.seq <= v.column2 RETURNING company",
        heads, head => {
            head.company.0 => i64, "bigint";
            head.seq.0 => i64, "bigint";
            head.epoch => i64, "bigint";
            head.batch => i64, "bigint";
        }
    );
    // Nearly always all are moved, in which case nothing is searched.
    if moved.len() == heads.len() {
        return Ok(Vec::new());
    }
    let refused = |head: &&Head| !moved.contains(&(head.company.0,));
    Ok(heads.iter().filter(refused).map(|head| head.company).collect())
}

// An update that changes nothing locks a row in both dialects; SQLite has no SELECT … FOR UPDATE.
async fn lock(conn: Conn<'_>, companies: &[CompanyId]) -> Result<Vec<Head>, StoreError> {
    Ok(bulk!(conn, Head,
        "UPDATE heads SET seq = seq WHERE company IN ({rows}) RETURNING company, seq, epoch, batch",
        companies, company => { company.0 => i64, "bigint" }
    ))
}

/// Whether there is such a company, which stays so until the end of this transaction.
pub(super) async fn holds(conn: BatchConn<'_>, company: CompanyId) -> Result<bool, StoreError> {
    let held = batch!(conn, (i64,),
        "UPDATE heads SET seq = seq WHERE company IN ({rows}) RETURNING company",
        &[company][..], company => { company.0 => i64, "bigint" }
    );
    Ok(!held.is_empty())
}
