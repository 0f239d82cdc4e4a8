//! How the rows of a stretch are written: in one transaction, or in parts.

use std::collections::VecDeque;

use super::super::{Part, Rows, Write, WriteOften, WriteRows};
use super::{Ended, Following};
use crate::domain::Seq;
use crate::store::{Build, StoreError};

impl Following {
    /// Its parts one after the other, as many in a transaction as may be just now; the cursor moves with the last.
    pub(super) async fn write(&self, build: Build, rows: Rows) -> Result<Ended, StoreError> {
        let Rows { up_to, parts, then } = rows;
        let mut parts = VecDeque::from(parts);
        loop {
            let (some, rows) = together(&mut parts, self.rows_together);
            let to = if parts.is_empty() { up_to } else { build.seq };
            if !self.write_some(&build, some, rows, to).await? {
                return Ok(Ended::Gone);
            }
            if parts.is_empty() {
                break;
            }
        }
        if let Some(then) = then {
            then();
        }
        Ok(Ended::Written(Build { seq: up_to, ..build }))
    }

    /// False when there is no such company any more.
    async fn write_some(
        &self,
        build: &Build,
        some: Together,
        rows: usize,
        to: Seq,
    ) -> Result<bool, StoreError> {
        let (name, build) = (self.kind.name, *build);
        let missing = StoreError::Missing { what: "company", id: build.company.0 };
        let written = match some {
            Together::Often(parts) => {
                let writing = self.journal.project(rows, move |tx| {
                    Box::pin(async move {
                        for write in parts {
                            write(tx).await?;
                        }
                        if tx.move_build(name, &build, to).await? { Ok(()) } else { Err(missing) }
                    })
                });
                writing.await
            }
            Together::Rarely(parts) => {
                let writing = self.journal.project_rarely(rows, move |tx| {
                    Box::pin(async move {
                        for write in parts {
                            write(tx).await?;
                        }
                        if tx.move_build(name, &build, to).await? { Ok(()) } else { Err(missing) }
                    })
                });
                writing.await
            }
        };
        match written {
            Ok(()) => Ok(true),
            Err(StoreError::Missing { what: "company", .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// Parts that share a transaction, which is of one connection.
enum Together {
    Often(Vec<WriteOften>),
    Rarely(Vec<WriteRows>),
}

/// The next parts, up to so many rows; one always fits. Where there are none, only the cursor moves.
fn together(parts: &mut VecDeque<Part>, most: usize) -> (Together, usize) {
    let is_often = |part: &Part| matches!(part.write, Write::Often(_));
    let often = parts.front().is_none_or(is_often);
    let (mut of_batches, mut of_any, mut rows) = (Vec::new(), Vec::new(), 0);
    while let Some(part) =
        parts.pop_front_if(|part| is_often(part) == often && (rows == 0 || rows + part.rows <= most))
    {
        rows += part.rows.max(1);
        match part.write {
            Write::Often(write) => of_batches.push(write),
            Write::Rarely(write) => of_any.push(write),
        }
    }
    (if often { Together::Often(of_batches) } else { Together::Rarely(of_any) }, rows)
}
