//! A change is made of what was read, and saved only while that is still what is stored: so nothing that somebody else has
//! just changed comes back with it, neither an address beside a secret that was typed for another one nor a role.

use super::AdminError;

/// Times that one change is made while others come between its reading and its saving.
const TRIES: usize = 10;

/// Makes a change, and makes it afresh when somebody else's came between. Who says which `version` they have seen is told
/// of it instead.
pub(super) async fn afresh<T, Fut>(version: Option<i64>, change: impl Fn() -> Fut) -> Result<T, AdminError>
where
    Fut: Future<Output = Result<T, AdminError>>,
{
    for _ in 1..TRIES {
        match change().await {
            Err(AdminError::Stale) if version.is_none() => {}
            made => return made,
        }
    }
    change().await
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[tokio::test]
    async fn a_change_is_made_afresh_but_for_who_has_seen_a_version() {
        for (version, stale, times, is_made) in
            [(None, 0, 1, true), (None, 9, 10, true), (None, 10, 10, false), (Some(1), 1, 1, false)]
        {
            let made = Cell::new(0);
            let change = || async {
                made.set(made.get() + 1);
                if made.get() > stale { Ok(()) } else { Err(AdminError::Stale) }
            };
            let changed = afresh(version, change).await;
            assert_eq!((made.get(), changed.is_ok()), (times, is_made), "{version:?} {stale}");
        }
    }
}
