//! Programs are started as a provider's own documents print.

use super::*;

/// As the sample has it, and what it makes.
const SAMPLE: &str = include_str!("../../../.env-sample");

fn sampled(path: &Path) -> io::Result<String> {
    match path.to_str() {
        Some(ENV_FILE) => Ok(SAMPLE.to_owned()),
        Some("r.toml") => Ok(String::new()),
        _ => Err(io::ErrorKind::NotFound.into()),
    }
}

#[test]
fn the_sample_of_variables_makes_a_company_at_the_port_of_the_guide() {
    let around = Surroundings { read: &sampled, ..around(&[]) };
    let loaded = Settings::load(Some(Path::new("r.toml")), Vec::new(), &around);
    let settings = loaded.expect("it is right").settings;
    assert_eq!(settings.inbound_listen, ["127.0.0.1:5000".parse().expect("an address")]);
    let [company] = &settings.companies[..] else { panic!("one: {:?}", settings.companies) };
    let [source] = &company.sources[..] else { panic!("one: {:?}", company.sources) };
    assert_eq!((&*company.name.to_string(), source.provider.as_str()), ("Colmeia", "colmeia"));
    let given = |field| source.given.get(field).map(crate::secrets::Secret::expose);
    assert_eq!((given("token"), given("secret_header")), (Some("foobaz"), Some("x-cbis-secret")));
    let api = "https://dev-api.colmeia.cx/v1/rest/calling/event";
    assert_eq!((given("call_api_url"), given("call_api_token")), (Some(api), Some("seu_token_aqui")));
}

#[test]
fn variables_of_documents_make_a_company_only_where_there_is_none_and_they_are_meant() {
    let names = |text: &str, env: &[(&str, &str)]| {
        good(text, env).companies.iter().map(|company| company.name.to_string()).collect::<Vec<_>>()
    };
    let both = [("WEBHOOK_SECRET_HEADER", "X-Segredo"), ("WEBHOOK_SECRET", "foobaz")];
    assert_eq!(names("", &both), ["Colmeia"]);
    assert_eq!(names("[[company]]\nname = \"A\"", &both), ["A"]);
    assert_eq!(names("", &both[1..]), [""; 0], "a secret of a webhook may be anybody's");
    assert_eq!(names("", &[both[0], ("WEBHOOK_SECRET", "")]), [""; 0]);
    let refused =
        read("", &[("WEBHOOK_SECRET_HEADER", "Content-Type"), both[1]]).expect_err("it says something else");
    assert!(refused.starts_with("WEBHOOK_SECRET_HEADER: company[1].colmeia.secret_header"), "{refused}");
}
