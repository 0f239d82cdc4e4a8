//! Users, their passwords, API keys and the audit log, over HTTP.

use serde_json::json;

use super::{LOGIN, PASSWORD, SETTINGS, Visitor, version_of};
use crate::support::daemon::Home;

/// What stands in the page that shows a secret once.
pub(super) fn secret(body: &str) -> String {
    let secret = body.split(r#"<code id="secret">"#).nth(1).and_then(|rest| rest.split('<').next());
    secret.unwrap_or_else(|| panic!("no secret in {body}")).to_owned()
}

#[tokio::test]
async fn a_temporary_password_is_changed_before_anything_else() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let owner = Visitor::first(&daemon).await;
    let bia = [("name", "Bia Lima"), ("login", "bia@exemplo.com"), ("role", "operator")];
    let made = owner.once("/users", &bia).await;
    let temporary = secret(&made.body);
    assert!(!owner.get("/users").await.body.contains(&temporary), "shown once");
    let twice = owner.post("/users", &bia).await;
    assert_eq!(twice.status, 422);
    assert!(twice.body.contains(r#"id="login-error""#) && twice.body.contains(r#"value="Bia Lima""#));

    let visitor = Visitor::new(&daemon);
    let signed_in = visitor.post("/sign-in", &[("login", "bia@exemplo.com"), ("password", &temporary)]).await;
    assert_eq!(signed_in.to(), "/");
    for path in ["/", "/companies", "/account", "/users"] {
        assert_eq!(visitor.get(path).await.to(), "/account/password", "{path}");
    }
    let page = visitor.get("/account/password").await;
    let token = page.body.split(r#"name="_csrf" value=""#).nth(1).unwrap().split('"').next().unwrap();
    let change = async |new: &str, again: &str| {
        let form = [("_csrf", token), ("current", &temporary), ("new", new), ("again", again)];
        visitor.post_from("/account/password", &form, &[("origin", &daemon.base)]).await
    };
    let unlike = change(PASSWORD, "outra").await;
    assert!(unlike.status == 422 && unlike.body.contains(r#"id="again-error""#), "{}", unlike.body);
    let short = change("curta", "curta").await;
    assert!(short.status == 422 && short.body.contains(r#"id="new-error""#), "{}", short.body);
    let holds = "senha bem comprida bia@exemplo.com";
    let held = change(holds, holds).await.body;
    assert!(held.contains("A senha contém o usuário com que se entra"), "{held}");
    assert_eq!(change(PASSWORD, PASSWORD).await.to(), "/");
    assert_eq!(visitor.get("/companies").await.status, 200);
    assert_eq!(visitor.get("/users").await.status, 403, "an operator lets nobody in");
    assert_eq!(visitor.get("/account/system").await.status, 403, "nor is shown how the program does");

    let log = daemon.stop().await;
    assert!(!log.contains(&temporary), "a password is in the log");
}

#[tokio::test]
async fn a_person_sets_their_own_name_language_and_zone() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let visitor = Visitor::first(&daemon).await;
    let wrong = visitor.post("/account", &[("name", ""), ("lang", "en"), ("zone", "Mars/Base")]).await;
    assert_eq!(wrong.status, 422, "{}", wrong.body);
    let form = [("name", "Ana S."), ("lang", "en"), ("zone", "America/Manaus")];
    assert_eq!(visitor.post("/account", &form).await.to(), "/account");
    let page = visitor.get("/account").await.body;
    assert!(page.contains("<h1>My account</h1>") && page.contains(r#"value="Ana S.""#), "{page}");
    let manaus = r#"<option value="America/Manaus" selected>Manaus · UTC−4</option>"#;
    assert!(page.contains(manaus), "{page}");
    daemon.stop().await;
}

#[tokio::test]
async fn a_user_is_deleted_by_name_and_there_is_always_an_administrator() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let owner = Visitor::first(&daemon).await;
    let demoted = [("name", "Ana Souza"), ("login", LOGIN), ("role", "reader"), ("version", "1")];
    assert_eq!(owner.post("/users/user_1", &demoted).await.to(), "/users/user_1");
    let told = owner.get("/users/user_1").await.body;
    assert!(told.contains("último administrador"), "{told}");
    assert_eq!(owner.post("/users/user_1/delete", &[("name", "Ana Souza")]).await.to(), "/users/user_1");

    let (_, company) = daemon.call("POST", "/api/v1/companies", Some(json!({ "name": "Uma" }))).await;
    let company = company["id"].as_str().expect("an id");
    let some = [
        ("name", "Bia Lima"),
        ("login", "bia"),
        ("role", "administrator"),
        ("scope", "some"),
        ("companies", company),
    ];
    let none = owner.post("/users", &some[..4]).await;
    assert!(none.status == 422 && none.body.contains(r#"id="companies-error""#), "{}", none.body);
    let password = secret(&owner.once("/users", &some).await.body);
    let bia = Visitor::new(&daemon);
    bia.post("/sign-in", &[("login", "bia"), ("password", &password)]).await;
    let wrong = owner.post("/users/user_2/delete", &[("name", "Bia")]).await;
    assert!(wrong.status == 422 && wrong.body.contains(r#"id="confirm-error""#), "{}", wrong.body);
    assert_eq!(owner.post("/users/user_2/delete", &[("name", "Bia Lima")]).await.to(), "/users");
    assert_eq!(bia.get("/companies").await.to(), "/sign-in?back=%2Fcompanies", "signed out at once");
    daemon.stop().await;
}

#[tokio::test]
async fn who_saves_a_user_too_late_hears_who_was_first_and_may_save_again() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let owner = Visitor::first(&daemon).await;
    let bia = [("name", "Bia Lima"), ("login", "bia"), ("role", "reader"), ("scope", "all")];
    owner.post("/users", &bia).await;
    let opened = version_of(&owner.get("/users/user_2").await.body).to_owned();
    let save = async |name: &str, version: &str| {
        let form = [("name", name), bia[1], bia[2], bia[3], ("version", version)];
        owner.post("/users/user_2", &form).await
    };
    assert_eq!(save("Bia Souza", &opened).await.to(), "/users");
    let late = save("Bia L.", &opened).await;
    assert_eq!(late.status, 422);
    for part in ["Ana Souza salvou antes de você, em ", r#"value="Bia L.""#] {
        assert!(late.body.contains(part), "{part}: {}", late.body);
    }
    assert_eq!(save("Bia L.", version_of(&late.body)).await.to(), "/users");
    daemon.stop().await;
}

#[tokio::test]
async fn a_disabled_user_is_out_at_once_and_in_again_when_enabled() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let owner = Visitor::first(&daemon).await;
    let bia = [("name", "Bia Lima"), ("login", "bia"), ("role", "administrator"), ("scope", "all")];
    let password = secret(&owner.once("/users", &bia).await.body);
    let visitor = Visitor::new(&daemon);
    let sign_in = [("login", "bia"), ("password", password.as_str())];
    assert_eq!(visitor.post("/sign-in", &sign_in).await.to(), "/");
    let page = visitor.get("/account/password").await.body;
    let token = page.split(r#"name="_csrf" value=""#).nth(1).unwrap().split('"').next().unwrap();
    let own = [("_csrf", token), ("current", &password), ("new", PASSWORD), ("again", PASSWORD)];
    visitor.post_from("/account/password", &own, &[("origin", &daemon.base)]).await;
    assert_eq!(visitor.get("/companies").await.status, 200);
    let mut live = visitor.stream("/live").await;
    assert!(live.chunk().await.expect("a stream").is_some());

    let asked = owner.get("/users/user_2/disable").await.body;
    assert!(asked.contains("Desativar o acesso de Bia Lima?"), "{asked}");
    assert_eq!(visitor.get("/companies").await.status, 200, "asking does nothing");
    assert_eq!(owner.post("/users/user_2/disable", &[]).await.to(), "/users");
    assert_eq!(visitor.get("/companies").await.to(), "/sign-in?back=%2Fcompanies");
    let ended = async { while live.chunk().await.expect("a stream").is_some() {} };
    tokio::time::timeout(std::time::Duration::from_secs(30), ended).await.expect("what was live has ended");
    let right = visitor.post("/sign-in", &[("login", "bia"), ("password", PASSWORD)]).await;
    assert!(right.status == 422 && right.body.contains("Seu acesso está desativado."), "{}", right.body);
    let wrong = visitor.post("/sign-in", &[("login", "bia"), ("password", "errada")]).await;
    assert!(wrong.status == 422 && !wrong.body.contains("desativado"), "a stranger is told nothing");
    assert!(owner.get("/users").await.body.contains("Desativado"));

    // Somebody disabled is no administrator to fall back on.
    assert_eq!(owner.post("/users/user_1/disable", &[]).await.to(), "/users/user_1");
    assert!(owner.get("/users/user_1").await.body.contains("último administrador"));
    assert_eq!(owner.post("/users/user_2/enable", &[]).await.to(), "/users");
    assert_eq!(
        visitor.post("/sign-in", &[("login", "bia"), ("password", PASSWORD)]).await.to(),
        "/",
        "the password is the one it was"
    );
    let log = owner.get("/audit").await.body;
    assert!(log.contains("Desativou um usuário") && log.contains("Ativou um usuário"), "{log}");
    assert_eq!(owner.post("/users/user_1/disable", &[]).await.to(), "/users", "now there is another");
    assert_eq!(owner.get("/users").await.to(), "/sign-in?back=%2Fusers");
    daemon.stop().await;
}

#[tokio::test]
async fn a_new_password_is_asked_for_once_before_it_is_made() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let owner = Visitor::first(&daemon).await;
    let bia = [("name", "Bia Lima"), ("login", "bia"), ("role", "reader"), ("scope", "all")];
    let password = secret(&owner.once("/users", &bia).await.body);
    let visitor = Visitor::new(&daemon);
    visitor.post("/sign-in", &[("login", "bia"), ("password", &password)]).await;
    let page = owner.get("/users/user_2").await.body;
    assert!(!page.contains(r#"action="/users/user_2/password""#), "a page's button makes it at once: {page}");
    let asked = owner.get("/users/user_2/password").await.body;
    assert!(asked.contains("Gerar uma senha nova para Bia Lima?"), "{asked}");
    assert_eq!(visitor.get("/companies").await.to(), "/account/password", "still signed in");
    let new = secret(&owner.once("/users/user_2/password", &[]).await.body);
    assert_ne!(new, password);
    assert_eq!(visitor.get("/companies").await.to(), "/sign-in?back=%2Fcompanies");
    daemon.stop().await;
}

#[tokio::test]
async fn a_key_is_shown_once_and_opens_nothing_once_revoked() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let owner = Visitor::first(&daemon).await;
    let wrong = owner.post("/api-keys", &[("name", "CRM"), ("role", "reader"), ("expires_at", "2020-01-01")]);
    let wrong = wrong.await;
    assert!(wrong.status == 422 && wrong.body.contains(r#"id="expires_at-error""#), "{}", wrong.body);
    let form = [("name", "CRM"), ("role", "reader"), ("expires_at", "2099-12-31")];
    let key = secret(&owner.once("/api-keys", &form).await.body);
    let list = owner.get("/api-keys").await.body;
    assert!(list.contains(&key[..10]) && !list.contains(&key), "{list}");
    let ask = async || {
        let url = format!("{}/api/v1/companies", daemon.base);
        owner.client.get(url).bearer_auth(&key).send().await.expect("an answer").status().as_u16()
    };
    assert_eq!(ask().await, 200);
    let mine = list.split("<tr>").find(|row| row.contains(&key[..10])).expect("its row");
    let mine = mine.split(r#"href="/api-keys/"#).nth(1).and_then(|rest| rest.split('"').next());
    let mine = &format!("/api-keys/{}", mine.expect("a way to revoke it"));
    assert_eq!(owner.get(mine).await.status, 200);
    assert_eq!(owner.post(mine, &[]).await.to(), "/api-keys");
    assert_eq!(ask().await, 401);
    daemon.stop().await;
}

#[tokio::test]
async fn the_audit_log_shows_what_was_before_and_pages_by_cursor() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let owner = Visitor::first(&daemon).await;
    for n in 0..60 {
        let form = [("name", format!("Ana {n}")), ("lang", "pt-BR".into()), ("zone", "UTC".into())];
        let form = form.each_ref().map(|(name, value)| (*name, value.as_str()));
        assert_eq!(owner.post("/account", &form).await.to(), "/account");
    }
    let page = owner.get("/audit?action=user.preferences").await.body;
    assert!(page.contains("Alterou os próprios dados"), "{page}");
    assert!(page.contains("<del>Ana 58</del>") && page.contains("<span>Ana 59</span>"), "{page}");
    // Whose it is, by the name of today, and which field, as people call it.
    assert!(
        page.contains(r#"<a href="/users/user_1">Ana 59</a>"#) && page.contains("<dt>Nome</dt>"),
        "{page}"
    );
    assert!(!page.contains(">user.preferences") && !page.contains("{&#34;"), "{page}");
    assert!(!page.contains("Ana 5<") && !page.contains("muted\">user.sign_in"), "{page}");
    let next = page.split(r#"href="/audit?action=user.preferences&#38;cursor="#).nth(1).expect("a next page");
    let next = next.split('"').next().expect("an address");
    let older = owner.get(&format!("/audit?action=user.preferences&cursor={next}")).await.body;
    assert!(older.contains("<span>Ana 5</span>") && !older.contains("<span>Ana 59"), "{older}");
    let wrong = owner.get("/audit?company=nada").await;
    assert!(wrong.status == 422 && wrong.body.contains(r#"id="company-error""#), "{}", wrong.body);
    // By what the list shows: names, and actions in words.
    let other = Visitor::new(&daemon);
    other.post("/sign-in", &[("login", LOGIN), ("password", "chute errado")]).await;
    let mine = owner.get("/audit?actor=ana+5&target=ana").await.body;
    assert!(mine.contains("<span>Ana 59</span>") && !mine.contains("<span>Ana 49</span>"), "{mine}");
    let refused = owner.get("/audit?action=user.refused").await.body;
    assert!(refused.contains("<b>Entrada recusada") && !refused.contains("<b>Entrou"), "{refused}");
    assert!(refused.contains(r#"<option value="user.refused" selected>Entrada recusada"#), "{refused}");
    let future = owner.get("/audit?from=2099-01-01T00:00").await.body;
    assert!(future.contains("Nada encontrado com estes filtros"), "{future}");
    daemon.stop().await;
}
