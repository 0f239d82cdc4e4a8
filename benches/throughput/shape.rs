//! What the companies of a run are like: their webhooks, the way to the receiver, the store.

use std::fmt::Write as _;

use crate::subject::SECRET;

/// Beside one webhook without rules over plain HTTP on SQLite, what is different.
#[derive(Debug, Clone)]
pub struct Shape {
    pub companies: u32,
    /// Of each company; every one of them gets every event.
    pub webhooks: u32,
    pub encrypted: bool,
    /// Rules on fields of the payload, which every event meets.
    pub rules: bool,
    /// An empty database of PostgreSQL.
    pub postgres: Option<String>,
}

impl Shape {
    pub fn plain(companies: u32) -> Self {
        Self { companies, webhooks: 1, encrypted: false, rules: false, postgres: None }
    }

    /// The tables of the settings file.
    pub fn companies(&self, feed: u16, target: &str) -> String {
        (1..=self.companies).map(|number| self.company(number, feed, target)).collect()
    }

    /// A company of the settings file, whose events the receiver checks.
    pub fn company(&self, number: u32, feed: u16, target: &str) -> String {
        let mut text = format!(
            "\n[[company]]\nname = \"Empresa {number}\"\n[company.threecplus]\nid = \"{}\"\n\
             token = \"bench-token-{number:04}\"\nsocket_url = \"http://127.0.0.1:{feed}\"\nconnect = true\n",
            10_000 + number,
        );
        for webhook in 0..self.webhooks {
            let (name, path) = match webhook {
                0 => ("Webhook Principal".to_owned(), format!("/w/{number}")),
                more => (format!("Webhook {more}"), format!("/w/{number}/{more}")),
            };
            let _ = write!(
                text,
                "[[company.webhook]]\nname = \"{name}\"\nurl = \"{target}{path}\"\nevents = [\"call-*\"]\n\
                 secret = \"{SECRET}\"\n"
            );
            if self.rules {
                text.push_str(RULES);
            }
        }
        text
    }
}

/// Three fields, as a customer asks for them: one state, one campaign, one kind of agent.
const RULES: &str = r#"rules = { "*" = [
  { path = "call.campaign_id", operator = "equals", value = "210345" },
  { path = "call.phone", operator = "contains", value = "551190000" },
  { path = "agent.agent_status.call_mode", operator = "not_equals", value = "manual" },
] }
"#;
