//! Contacts over HTTP: the list, one that is added, changed and deleted, and a spreadsheet that is taken in.

use serde_json::json;

use super::{LOGIN, PASSWORD, SETTINGS, Visitor, says, version_of};
use crate::support::daemon::{Daemon, Home};

async fn company(daemon: &Daemon, name: &str) -> String {
    let (status, made) = daemon.call("POST", "/api/v1/companies", Some(json!({ "name": name }))).await;
    assert_eq!(status, 201, "{made}");
    format!("/companies/{}", made["id"].as_str().expect("an id"))
}

/// A person with this role, signed in.
async fn person(daemon: &Daemon, owner: &Visitor, role: &str) -> Visitor {
    let login = format!("{role}@exemplo.com");
    let form = [("name", role), ("login", &login), ("role", role), ("scope", "all")];
    let made = owner.once("/users", &form).await;
    let temporary = made.body.split(r#"id="secret">"#).nth(1).and_then(|rest| rest.split('<').next());
    let temporary = temporary.unwrap_or_else(|| panic!("a password: {}", made.body)).to_owned();
    let person = Visitor::new(daemon);
    person.post("/sign-in", &[("login", &login), ("password", &temporary)]).await;
    let page = person.get("/account/password").await.body;
    let token = page.split(r#"name="_csrf" value=""#).nth(1).and_then(|rest| rest.split('"').next());
    let change =
        [("_csrf", token.expect("a token")), ("current", &temporary), ("new", PASSWORD), ("again", PASSWORD)];
    let changed = person.post_from("/account/password", &change, &[("origin", &daemon.base)]).await;
    assert_eq!(changed.status, 303, "{}", changed.body);
    person
}

#[tokio::test]
async fn a_contact_is_added_changed_and_deleted() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let owner = Visitor::first(&daemon).await;
    let path = format!("{}/contacts", company(&daemon, "Uma").await);
    says(&owner.get(&path).await, &["Nenhum contato ainda", "Importar planilha"]);
    let form = [("phone", "(85) 90000-4900"), ("first_name", "<b>Ana"), ("cpf", "529.982.247-25")];
    assert_eq!(owner.post(&format!("{path}/new"), &form).await.to(), path);
    let list = owner.get(&path).await;
    says(&list, &["(85) 90000-4900", "&#60;b&#62;Ana", "529.982.247-25", "1 contato", "contato cadastrado"]);

    let again = owner.post(&format!("{path}/new"), &form).await;
    assert_eq!(again.status, 422);
    says(&again, &[r#"id="phone-error""#, "Já está em uso", r#"value="529.982.247-25""#]);
    let wrong = owner.post(&format!("{path}/new"), &[("phone", "ramal"), ("cpf", "1")]).await;
    says(&wrong, &[r#"id="phone-error""#, r#"id="cpf-error""#, r#"value="ramal""#]);

    // Whoever saves an older copy is told who was before, and loses nothing of what they typed.
    let one = format!("{path}/contact_1");
    let open = owner.get(&one).await;
    let version = version_of(&open.body).to_owned();
    let change = [("phone", "85900004900"), ("last_name", "Souza"), ("version", &version)];
    assert_eq!(owner.post(&one, &change).await.to(), path);
    let stale = [("phone", "85900004900"), ("last_name", "Lima"), ("version", &version)];
    let told = owner.post(&one, &stale).await;
    assert_eq!(told.status, 422);
    says(&told, &["Ana Souza", r#"value="Lima""#]);
    assert_ne!(version_of(&told.body), version);
    // The first change left the fields empty that it did not send, as a browser does that sends them all.
    says(&owner.get(&one).await, &[r#"value="Souza""#]);

    let ask = owner.get(&format!("{one}/delete")).await;
    says(&ask, &["Excluir Souza?", "conta como novo"]);
    assert_eq!(owner.post(&format!("{one}/delete"), &[]).await.to(), path);
    assert_eq!(owner.get(&one).await.status, 404);
    let other = company(&daemon, "Outra").await;
    let made = json!({ "phone": "1199" });
    daemon.call("POST", &format!("/api/v1{other}/contacts"), Some(made)).await;
    assert_eq!(owner.get(&format!("{path}/contact_2")).await.status, 404, "another company's");
    daemon.stop().await;
}

#[tokio::test]
async fn a_cpf_is_seen_by_who_may_and_stays_when_others_save() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let owner = Visitor::first(&daemon).await;
    let company = company(&daemon, "Uma").await;
    let path = format!("{company}/contacts");
    owner.post(&format!("{path}/new"), &[("phone", "85900004900"), ("cpf", "52998224725")]).await;
    let operator = person(&daemon, &owner, "operator").await;
    let reader = person(&daemon, &owner, "reader").await;
    for visitor in [&operator, &reader] {
        let list = visitor.get(&path).await;
        says(&list, &["***.***.***-25", "(85) 90000-4900"]);
        assert!(!list.body.contains("529.982"), "{}", list.body);
        says(&visitor.get(&format!("{path}?text=529.982.247-25")).await, &["Nenhum contato encontrado"]);
        assert_eq!(visitor.get(&format!("{path}.csv")).await.status, 403);
    }
    says(&owner.get(&format!("{path}?text=529.982.247-25")).await, &["(85) 90000-4900"]);
    for refused in ["/new", "/import", "/contact_1", "/contact_1/delete"] {
        assert_eq!(reader.get(&format!("{path}{refused}")).await.status, 403, "{refused}");
    }
    assert!(!reader.get(&path).await.body.contains("/contacts/new"));

    let one = format!("{path}/contact_1");
    let open = operator.get(&one).await;
    says(&open, &["***.***.***-25", r#"name="no_cpf""#]);
    let version = version_of(&open.body).to_owned();
    let save = [("phone", "85900004900"), ("first_name", "Ana"), ("cpf", ""), ("version", &version)];
    assert_eq!(operator.post(&one, &save).await.to(), path);
    says(&owner.get(&path).await, &["529.982.247-25", "Ana"]);
    let exported = owner.get(&format!("{path}.csv")).await;
    assert_eq!(exported.body, "\u{feff}phone;cpf;first_name;last_name\n85900004900;52998224725;Ana;\n");
    let clear = [("phone", "85900004900"), ("cpf", ""), ("no_cpf", "on")];
    assert_eq!(operator.post(&one, &clear).await.to(), path);
    assert!(!owner.get(&path).await.body.contains("529.982"));
    daemon.stop().await;
}

#[tokio::test]
async fn a_spreadsheet_goes_in_once_it_was_looked_at() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let owner = Visitor::first(&daemon).await;
    let company = company(&daemon, "Uma").await;
    let path = format!("{company}/contacts");
    let import = format!("{path}/import");
    for phone in ["85900004900", "1133334444"] {
        owner.post(&format!("{path}/new"), &[("phone", phone), ("first_name", "Ana")]).await;
    }
    let wrong = b"phone;nome;first_name\nramal;;\n\n1199990000;;Bia\n(11) 9999-0000;;\n\xff;;\n1;2\n";
    let told = owner.post_file(&import, &[], wrong).await;
    assert_eq!(told.status, 422);
    for (line, column, fault) in [
        ("1", "nome", "Esta coluna não existe."),
        ("2", "phone", "Use só os números do telefone"),
        ("5", "phone", "Este telefone já está em outra linha"),
        ("6", "", "A linha não pode ser lida"),
        ("7", "", "A linha não pode ser lida"),
    ] {
        let row = format!(r#"<td class="right">{line}</td><td class="mono">{column}</td><td>{fault}"#);
        says(&told, &[&row]);
    }
    says(&told, &["Há 5 erros no arquivo"]);
    says(&owner.post_file(&import, &[], b"").await, &["Há um erro no arquivo"]);

    let list = "\u{feff}phone;first_name;cpf\r\n(85) 90000-4900;Ana Luz;\r\n1133334444;Ana;\r\n1199990000;\"Bia & Cia\";52998224725\r\n";
    let shown = owner.post_file(&import, &[], list.as_bytes()).await;
    assert_eq!(shown.status, 200, "{}", shown.body);
    says(&shown, &["Ana Luz", "Muda: nome", "Bia &#38; Cia", "Novo contato", "Importar 2 contatos"]);
    assert!(!shown.body.contains("(11) 3333-4444"), "what stays is counted only: {}", shown.body);
    assert!(!owner.get(&path).await.body.contains("Ana Luz"), "nothing went in yet");
    let done = owner.post_file(&format!("{import}/done"), &[("list", list)], b"").await;
    assert_eq!(done.to(), path);
    says(
        &owner.get(&path).await,
        &["Ana Luz", "Bia &#38; Cia", "Novos: 1 · alterados: 1 · já estavam assim: 1"],
    );
    let nothing = owner.post_file(&import, &[], list.as_bytes()).await;
    says(&nothing, &["Nada a importar"]);

    // A list that another page makes a browser send has no token of ours.
    let token = owner.post_from(&format!("{import}/done"), &[("list", "phone\n1\n")], &[]).await;
    assert_eq!(token.status, 403);
    let long = vec![b'1'; 3 << 20];
    let refused = owner.post_file(&import, &[], &long).await;
    assert_eq!(refused.status, 413);
    says(&refused, &["Grande demais"]);
    assert_eq!(
        Visitor::new(&daemon).post("/sign-in", &[("login", LOGIN), ("password", PASSWORD)]).await.status,
        303
    );
    daemon.stop().await;
}
