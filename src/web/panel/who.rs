//! Who did something, as people are told: the audit log's names are for programs.

use super::Ui;

/// `user_1 Ana Souza` is Ana Souza; a key goes by its name, and what is no person by what it is.
pub fn who(ui: &Ui, actor: &str) -> String {
    let name = actor.split_once(' ').map_or(actor, |(_, name)| name);
    ui.say("who").with("kind", kind(actor)).with("name", name).text()
}

/// Which of these it was.
pub fn kind(actor: &str) -> &'static str {
    match actor {
        "provisioning" => "settings",
        "command line" => "terminal",
        "setup" => "setup",
        "?" => "nobody",
        key if key.starts_with("api-key:") => "key",
        _ => "person",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Lang, Timestamp};

    #[test]
    fn names_are_those_that_people_know() {
        let ui = Ui::new(Lang::Pt, None, Timestamp(0));
        for (actor, told) in [
            ("user_1 Ana Souza", "Ana Souza"),
            ("api-key:3 CRM", "chave de API “CRM”"),
            ("command line", "linha de comando"),
            ("provisioning", "arquivo de configuração"),
            ("?", "alguém sem acesso"),
        ] {
            assert_eq!(who(&ui, actor), told);
        }
    }
}
