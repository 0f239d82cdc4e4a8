//! Names that people tell apart: two that differ only in case or in spaces are one.
//!
//! What must hold here: whether a name is free is asked in the transaction that writes it, before it writes anything. A
//! name that is stored stays good whatever others are called: only one that is new or changed is asked about.

use std::collections::HashMap;

use crate::domain::{CompanyId, Lang, WebhookId};
use crate::store::{StoreError, Tx};
use crate::texts::msg;

/// Whose name it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Of {
    Company,
    Webhook,
}

/// Another is called so already, or so that people would not tell the two apart.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{}", self.text(Lang::En))]
pub struct NameTaken {
    of: Of,
    /// As the other one spells it.
    pub existing: String,
}

impl NameTaken {
    /// One sentence for people.
    pub fn text(&self, lang: Lang) -> String {
        let message = match self.of {
            Of::Company => msg("name-of-company").with("existing", &self.existing),
            Of::Webhook => msg("name-of-webhook").with("existing", &self.existing),
        };
        message.text(lang)
    }
}

/// The name as it is compared.
pub(super) fn folded(name: &str) -> String {
    name.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>().join(" ")
}

/// The names in use.
pub(super) struct Names {
    of: Of,
    used: HashMap<String, String>,
}

impl Names {
    /// Those of all companies `but` the one that is renamed.
    pub async fn of_companies(tx: &mut Tx<'_>, but: Option<CompanyId>) -> Result<Self, StoreError> {
        let all = tx.companies(CompanyId(0), u32::MAX).await?.into_iter();
        let others = all.filter(|company| Some(company.id) != but).map(|company| company.name);
        Ok(Self::new(Of::Company, others))
    }

    /// Those of a company's webhooks `but` the one that is renamed.
    pub async fn of_webhooks(
        tx: &mut Tx<'_>,
        company: CompanyId,
        but: Option<WebhookId>,
    ) -> Result<Self, StoreError> {
        let all = tx.webhooks(company).await?.into_iter();
        let others =
            all.filter(|webhook| Some(webhook.id) != but).map(|webhook| webhook.settings.name.into());
        Ok(Self::new(Of::Webhook, others))
    }

    fn new(of: Of, names: impl Iterator<Item = String>) -> Self {
        Self { of, used: names.map(|name| (folded(&name), name)).collect() }
    }

    /// Takes a name, so that the next one is asked about it too.
    pub fn take(&mut self, name: &str) -> Result<(), NameTaken> {
        let was = self.used.insert(folded(name), name.to_owned());
        was.map_or(Ok(()), |existing| Err(NameTaken { of: self.of, existing }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_spaces_make_no_other_name() {
        let mut names = Names::new(Of::Company, ["Ação  Ltda".to_owned()].into_iter());
        for same in ["AÇÃO LTDA", " ação\u{a0}ltda "] {
            assert_eq!(folded(same), "ação ltda");
        }
        let taken = names.take("AÇÃO ltda").expect_err("it is taken");
        assert_eq!(taken.text(Lang::Pt), "Já existe uma empresa com este nome: Ação  Ltda");
        names.take("Acao Ltda").expect("another name");
        assert_eq!(names.take("ACAO LTDA").expect_err("it was taken just now").existing, "Acao Ltda");
    }
}
