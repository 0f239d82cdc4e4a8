//! `companies`: the tenants.

use super::engine::on;
use super::{StoreError, Tx};
use crate::domain::{CompanyId, Timestamp};

impl Tx<'_> {
    /// Creates a company, with an empty journal. Its id has never been used before.
    pub async fn create_company(
        &mut self,
        name: &str,
        provisioned: bool,
        now: Timestamp,
    ) -> Result<CompanyId, StoreError> {
        let (id,): (i64,) = on!(self.conn(), db => {
            let row: (i64,) = sqlx::query_as(
                "INSERT INTO companies (name, state, provisioned, version, created_at) \
                 VALUES ($1, 'active', $2, 1, $3) RETURNING id",
            )
            .bind(name)
            .bind(provisioned)
            .bind(now.0)
            .fetch_one(&mut *db)
            .await?;
            sqlx::query("INSERT INTO heads (company, seq, epoch, batch) VALUES ($1, 0, 0, 0)")
                .bind(row.0)
                .execute(&mut *db)
                .await?;
            row
        });
        Ok(CompanyId(id))
    }
}
