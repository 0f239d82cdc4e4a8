use super::*;

#[test]
fn the_doors_may_have_one_address_of_their_own_or_several() {
    let addresses = |text: &str, env: &[(&str, &str)]| {
        let settings = good(text, env);
        settings.inbound_listen.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(addresses("", &[]), [""; 0]);
    assert_eq!(addresses("inbound_listen = \"0.0.0.0:3000\"", &[]), ["0.0.0.0:3000"]);
    let several = ["0.0.0.0:3000", "0.0.0.0:4000", "0.0.0.0:5000"];
    assert_eq!(addresses(&format!("inbound_listen = {several:?}"), &[]), several);
    assert_eq!(
        addresses("", &[("RAMAL_INBOUND_LISTEN", "0.0.0.0:3000, 0.0.0.0:4000,0.0.0.0:5000")]),
        several
    );
    let refused = read("inbound_listen = [\n\"0.0.0.0:3000\",\n\"4000\"]", &[]).expect_err("one is wrong");
    assert!(refused.starts_with("r.toml:3: inbound_listen[2]: \"4000\" is not an IP address"), "{refused}");
    let refused = read("inbound_listen = 3000", &[]).expect_err("it is no text");
    assert!(refused.starts_with("r.toml:1: inbound_listen: 3000 is not "), "{refused}");
}

fn env_file(path: &Path) -> io::Result<String> {
    match path.to_str() {
        Some(ENV_FILE) => Ok("# of this machine\nRAMAL_LISTEN=127.0.0.1:9000\nRAMAL_WORKERS=many\n\
                              RAMAL_CONFIG=other.toml\nTOKEN='abcdef gh'\nRAMAL_LISTN=x\n"
            .to_owned()),
        Some("other.toml") => Ok("node = \"${TOKEN}\"".to_owned()),
        _ => Err(io::ErrorKind::NotFound.into()),
    }
}

#[test]
fn what_a_file_of_variables_says_is_judged_as_variables_with_its_line() {
    let around = Surroundings { read: &env_file, ..around(&[("RAMAL_LISTEN", "nowhere")]) };
    let refused = Settings::load(None, Vec::new(), &around).expect_err("four are wrong").to_string();
    let mut lines: Vec<_> = refused.lines().collect();
    lines.sort_unstable();
    let [workers, misspelled, listen, node] = lines[..] else { panic!("{refused}") };
    assert_eq!(workers, ".env:3: RAMAL_WORKERS: workers: \"many\" is not a whole number from 1 to 256");
    assert!(misspelled.starts_with(".env:6: RAMAL_LISTN: there is no such setting"), "{misspelled}");
    assert!(listen.starts_with("RAMAL_LISTEN: listen: \"nowhere\" is not"), "a set variable wins: {listen}");
    assert!(node.starts_with("other.toml:1: node: \"abcdef gh\" is not"), "a reference may name one: {node}");
}

#[test]
fn a_file_of_variables_that_cannot_be_read_is_told_and_one_that_is_not_there_is_not() {
    let denied = |_: &Path| Err(io::ErrorKind::PermissionDenied.into());
    let refused = Settings::load(None, Vec::new(), &Surroundings { read: &denied, ..around(&[]) });
    assert_eq!(refused.expect_err("it is there").to_string(), "cannot read .env: permission denied");
    let absent = |path: &Path| match path.to_str() {
        Some("r.toml") => Ok(String::new()),
        _ => Err(io::ErrorKind::NotFound.into()),
    };
    let around = Surroundings { read: &absent, ..around(&[]) };
    let loaded = Settings::load(Some(Path::new("r.toml")), Vec::new(), &around);
    assert!(loaded.is_ok_and(|loaded| loaded.env_file.is_none()));
}
