//! What every provider of the list must do alike, whatever it is: its definition is whole, its settings are judged by one set of
//! rules that names its own fields, and what it sends is written down as it came.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::time::Duration;

use ramal::config::{Settings, Surroundings};
use ramal::domain::{Lang, SourceId, Timestamp};
use ramal::sources::settings::{Days, Given, Kind};
use ramal::sources::{Definition, Endpoint, PROVIDERS, Posted, TokenIn, WayIn, named, secret_keys};
use ramal::texts::Message;
use serde_json::Value;
use sqlx::{Connection, SqliteConnection};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::panel::Visitor;
use crate::support::daemon::{Daemon, Home};

mod as_printed;
mod by_address;
mod by_header;
mod front_ends;
mod settings;
mod unlisted;

const PATIENCE: Duration = Duration::from_secs(20);

/// What a provider's documents print, and what is known of it.
struct Samples {
    /// Name and payload of events, each in the spelling of its document.
    printed: &'static [(&'static str, &'static str)],
    /// Those of one call, by their place among the printed.
    of_one_call: &'static [usize],
    /// Whether the same thing sent twice is one event.
    counted_once: bool,
    /// A body that is refused, and the field that is told; `None` where nothing that comes is refused.
    refused: Option<(&'static str, &'static str)>,
    /// Settings that are right, and for each of these fields a value that is not.
    right: &'static [(&'static str, &'static str)],
    wrong: &'static [(&'static str, &'static str)],
}

/// The proofs that a provider has to pass; every one of the list does (`every_provider_is_proven`).
macro_rules! provider_contract {
    ($($id:ident => $samples:expr),+ $(,)?) => {
        const PROVEN: &[&str] = &[$(stringify!($id)),+];

        $(mod $id {
            use super::*;

            fn provider() -> &'static dyn Definition {
                named(stringify!($id)).expect("it is listed")
            }

            #[tokio::test]
            async fn printed_samples_are_stored_byte_for_byte_and_calls_keep_their_lane() {
                super::are_stored(provider(), &$samples).await;
            }

            #[test]
            fn each_refusal_names_a_field() {
                super::refusals_name_fields(provider(), &$samples);
            }

            #[tokio::test]
            async fn the_simulator_speaks_it() {
                super::is_simulated(provider()).await;
            }
        })+
    };
}

provider_contract! {
    threecplus => Samples {
        printed: &[
            ("call-was-created", r#"{"call":{"phone":"5511900001234","company_id":9001,"id":"call:9001:210345:k7QmZp3RtW","telephony_id":"k7QmZp3RtW","status":1,"dialed_time":1795185000.0}}"#),
            ("call-was-connected", r#"{"call":{"telephony_id":"k7QmZp3RtW","company_id":9001},"agent":{"id":17,"extension_password":"s3nh4","name":"Ana"}}"#),
            ("a-name-that-nobody-knows", r#"{"z": 1.0, "a": 12345678901234567890,  "token":"abc", "authTokenTellicon":"x"}"#),
        ],
        of_one_call: &[0, 1],
        counted_once: false,
        refused: None,
        right: &[("account", "12345"), ("token", "3cs_0123456789"), ("socket_url", "https://voz.example")],
        wrong: &[
            ("account", "doze"), ("token", "a b c d e f"), ("socket_url", "ftp://voz.example"), ("agent_id", "x"),
            ("token_expires_on", "amanhã"),
        ],
    },
    tellicon => Samples {
        printed: &[
            ("pushCall", r#"{"eventTellicon": {"type": "pushCall", "src": "9001", "client": 505, "building": 121, "apt": 1001, "eventDateTime": 1705338959}}"#),
            ("answerCall", r#"{"eventTellicon":{"type":"answerCall","src":"9001","dst":"018988776655","client":505,"building":121,"apt":1001,"eventDateTime":1705338959,"answerDateTime":1705338959,"hangupDateTime":1705338969,"callDurationTime":10}}"#),
            ("dtmfCommand", r#"{"eventTellicon":{"type":"dtmfCommand","src":"018988776655","dst":"9001","client":505,"building":121,"apt":1001,"dtmfCommand":"*2","eventDateTime":1705338965,"authTokenTellicon":"x"}}"#),
        ],
        of_one_call: &[0, 1, 2],
        counted_once: true,
        refused: Some((r#"{"eventTellicon":{"type":"pushCall","src":"9001","client":"505"}}"#, "client")),
        right: &[("account", "Condomínio"), ("token", "abcdefghijklmnopqrstuvwx")],
        wrong: &[("account", "a\nb"), ("token", "curto"), ("token_expires_on", "amanhã")],
    },
    teravoz => Samples {
        printed: &[
            ("call.new", r#"{"code": "123456", "type": "call.new", "call_id": "1463669263.30033", "direction": "inbound", "timestamp": "2017-01-01T00:00:00Z", "our_number": "0800000000", "their_number": "11999990000", "their_number_type": "mobile"}"#),
            ("actor.entered", r#"{"code":"123456","type":"actor.entered","actor":"user.name@email.com","queue":"900","number":"200","call_id":"1463669263.30033","timestamp":"2017-01-01T00:00:00Z"}"#),
            ("call.cpf-provided", r#"{"type":"call.cpf-provided","call_id":"1463669263.30033","cpf":"12345678909","timestamp":"1539855333"}"#),
            ("call.new", r#"{"chamada": {"call_id": "0bc692b0-128a-11e8-807b-e3acc2b0c13d", "code": "", "type": "call.new", "direction": "inbound", "our_number": "0800111111", "their_number": "1199999999", "timestamp": "2018-02-15T20:07:32.562Z"}, "dados": {"call_id": "0bc692b0-128a-11e8-807b-e3acc2b0c13d", "type": "call.cpf-provided", "cpf": "", "timestamp": "2018-02-15T20:07:32.562Z"}, "atendente": {}, "dialer": {}}"#),
        ],
        of_one_call: &[0, 1, 2],
        counted_once: true,
        refused: Some((r#"{"type":"call.new","code":"123456"}"#, "call_id")),
        right: &[
            ("account", "Ramal 200"), ("token", "aB3dE5gH"), ("actions_url", "http://localhost:3001/api/client/actions"),
            ("actions_user", "ana"), ("actions_password", " s3nh4 "), ("delegate_type", "delegate"), ("queue_known", "901"),
            ("queue_new", "900"), ("route", "false"), ("websocket_listen", "127.0.0.1:4000"),
        ],
        wrong: &[
            ("account", "a\nb"), ("token", "aB3dE5gH&"), ("actions_url", "ftp://localhost/actions"), ("actions_user", "a:b"),
            ("actions_password", "a\nb"), ("delegate_type", "dial"), ("queue_known", "a\nb"), ("queue_new", "a\nb"),
            ("route", "talvez"), ("websocket_listen", "4000"),
        ],
    },
    colmeia => Samples {
        printed: &[
            ("bot_req_call", r#"{"event": "bot_req_call", "idCall": "xyz", "idBot": "xyz", "from": "5511999999999", "to": "5511888888888", "idConversation": "xyz"}"#),
            ("connect", r#"{"event":"connect","idCall":"xyz","idBot":"xyz","from":"5511999999999","to":"5511888888888","idConversation":"xyz","session":{"type":"offer","sdp":"v=0\r\no=- 123 2 IN IP4 127.0.0.1\r\n..."}}"#),
            ("hangup", r#"{"event":"hangup","idCall":"xyz","idConversation":"xyz","from":"5582999999999","to":"5582999999999","idCallEvent":"e-1","callingTag":"suporte"}"#),
        ],
        of_one_call: &[0, 1, 2],
        counted_once: true,
        refused: Some((r#"{"event":"connect","idConversation":"xyz"}"#, "idCall")),
        right: &[
            ("account", "Condomínio"), ("token", "foobaz"), ("secret_header", "x-segredo"),
            ("call_api_url", "https://api.colmeia.cx/v1/rest/calling/event"), ("call_api_token", "abc.def"),
            ("halt_field", "botHalt"), ("id_social_network", "rede-1"),
        ],
        wrong: &[
            ("account", "a\nb"), ("token", "com espaço"), ("secret_header", "Content-Type"), ("call_api_url", "ftp://colmeia.cx"),
            ("call_api_token", "a\nb"), ("halt_field", "halt"), ("id_social_network", "a b"),
        ],
    },
}

#[test]
fn every_provider_is_proven() {
    let listed: Vec<_> = PROVIDERS.iter().map(|provider| provider.identity().id.as_str()).collect();
    assert_eq!(listed, PROVEN);
}

/// A text that is there in both languages.
fn is_whole(message: &Message) -> bool {
    let [pt, en] = [Lang::Pt, Lang::En].map(|lang| message.text(lang));
    // A text that is not there is its key.
    pt != en && !pt.trim().is_empty() && !en.trim().is_empty()
}

fn is_new(text: &str, among: &mut HashSet<String>) -> bool {
    !text.is_empty() && among.insert(text.to_lowercase())
}

#[test]
fn definitions_are_whole_and_none_takes_what_is_anothers() {
    let (mut ids, mut names, mut metas, mut paths) = Default::default();
    for provider in PROVIDERS {
        let identity = provider.identity();
        let id = identity.id.as_str();
        assert!(
            is_new(id, &mut ids)
                && is_new(identity.name, &mut names)
                && is_new(identity.meta_source, &mut metas)
        );
        assert!(identity.secret_keys.iter().all(|key| *key == key.to_lowercase()), "{id}");
        for entry in (identity.catalogue)() {
            assert!(is_whole(&entry.description), "{id}: {}", entry.name);
        }
        let mut fields = HashSet::new();
        for field in provider.fields() {
            assert!(is_new(field.name, &mut fields), "{id}: {} stands twice", field.name);
            assert!(!field.about.is_empty(), "{id}: {} is not described", field.name);
            assert!(field.file.as_ref().is_none_or(|file| is_whole(&file.expected)), "{id}: {}", field.name);
            if let Some(form) = &field.form {
                let hints = [&form.hint, &form.hint_of_new_company].into_iter().flatten();
                assert!(is_whole(&form.label) && hints.into_iter().all(is_whole), "{id}: {}", field.name);
            }
            for preset in field.presets() {
                assert!(is_whole(&preset.name) && (field.judge)(preset.url).is_ok(), "{id}: {}", preset.url);
            }
        }
        assert!(fields.contains("token"), "{id} has no token");
        assert_eq!(provider.simulated().command().get_name(), id);
        if let WayIn::Endpoint(endpoint) = provider.way_in() {
            assert!(!endpoint.ways().is_empty(), "{id} posts somewhere");
            for way in endpoint.ways() {
                let parts: Vec<_> = way.path.split('/').collect();
                let is_a_path = parts.iter().all(|part| !part.is_empty()) && parts[0] != "in";
                assert!(is_new(way.path, &mut paths) && is_a_path, "{id}: {}", way.path);
            }
            let name = endpoint.token_in("{}").name().to_owned();
            assert_eq!(name, name.to_lowercase(), "{id}");
            assert!(is_whole(&endpoint.unknown_token()) && endpoint.presented(None).is_none(), "{id}");
            assert!(provider.server("{}").is_none(), "{id} comes to us");
        }
    }
}

fn given(values: &[(&'static str, &'static str)]) -> Given {
    let mut given = Given::default();
    for (field, value) in values {
        given.set(field, *value);
    }
    given
}

fn refusals_name_fields(provider: &dyn Definition, samples: &Samples) {
    let fields: Vec<_> = provider.fields().iter().map(|field| field.name).collect();
    let checked = provider.check(&given(samples.right), None, Days::Current).expect("these are right");
    for (field, value) in samples.right {
        let shown: BTreeMap<_, _> = provider.shown(&checked.config).into_iter().collect();
        let kept = match *field {
            "token" => checked.token.as_ref().is_some_and(|token| token.expose() == *value),
            "account" => checked.account.as_deref() == Some(*value),
            field if checked.secrets.iter().any(|(name, _)| *name == field) => {
                checked.secrets.iter().any(|(name, secret)| *name == field && secret.expose() == *value)
            }
            field => shown.get(field).is_some_and(|shown| shown.starts_with(value)),
        };
        assert!(kept, "{field} is not kept: {checked:?}");
    }
    for (field, value) in samples.wrong {
        let mut wrong = given(samples.right);
        wrong.set(field, *value);
        let faults = provider.check(&wrong, None, Days::Current).expect_err(field);
        let named: Vec<_> = faults.into_iter().map(|(field, _)| field).collect();
        assert_eq!(named, [*field], "{value:?}");
        let judge = provider.fields().iter().find(|known| known.name == *field).expect("a field").judge;
        assert!(judge(value).is_err(), "the settings file would take {value:?} as {field}");
    }
    let long = "x".repeat(5_000);
    for field in provider.fields().iter().filter(|field| !matches!(field.kind, Kind::Switch)) {
        for value in ["", " ", "\0", "a\nb", "…", &long] {
            let mut odd = Given::default();
            odd.set(field.name, value);
            if let Err(faults) = provider.check(&odd, None, Days::Current) {
                let all: Vec<_> = faults.into_iter().map(|(field, _)| field).collect();
                assert!(all.iter().all(|name| fields.contains(name)), "{all:?} of {fields:?}");
            }
        }
    }
    if let (Some((body, field)), Some(endpoint)) = (samples.refused, provider.way_in().endpoint()) {
        let refusal = decoded(endpoint, body).expect_err(body);
        assert_eq!(refusal.field, field);
        assert!(is_whole(&refusal.message));
        for junk in ["", "{", "[]", "null"] {
            let refusal = decoded(endpoint, junk).expect_err(junk);
            assert!(refusal.field == "body" || body.contains(refusal.field), "{junk}: {}", refusal.field);
        }
    }
}

fn decoded(endpoint: &dyn Endpoint, body: &'static str) -> Result<usize, ramal::sources::Refusal> {
    let (source, received_at) = (SourceId(1), Timestamp::now());
    let path = endpoint.ways()[0].path;
    let posted = Posted { source, path, body: body.into(), lenient: false, received_at };
    endpoint.decode(posted).map(|drafts| drafts.len())
}

/// The provider's part of the demo as settings, and its other side running.
async fn staged(provider: &dyn Definition, stop: &CancellationToken) -> (ramal::simulator::Stage, String) {
    let mut stage = provider.simulated().stage(0.0, stop.clone()).await.expect("a stage");
    if let Some(playing) = stage.playing.take() {
        tokio::spawn(playing);
    }
    let settings =
        format!("[guard]\nallow = [\"127.0.0.0/8\"]\n[[company]]\nname = \"A\"\n{}", stage.settings[0]);
    (stage, settings)
}

async fn is_simulated(provider: &dyn Definition) {
    let stop = CancellationToken::new();
    let (stage, settings) = staged(provider, &stop).await;
    let around = Surroundings { env: BTreeMap::new(), ..Surroundings::here() };
    let settings = Settings::read(Some((Path::new("demo"), &settings)), Vec::new(), &around).expect("good");
    let [source] = &settings.companies[0].sources[..] else { panic!("one source") };
    assert_eq!(source.provider, provider.identity().id);
    provider.check(&source.given, None, Days::Current).expect("what the simulator takes is right");
    let has_line = provider.way_in().line().is_some();
    assert_eq!(stage.connections.is_some(), has_line);
    assert!(stage.address.is_some() || !has_line, "what keeps a line has to listen");
    let examples = (stage.examples)(&stage, "127.0.0.1:8080".parse().expect("an address"));
    assert!(!examples.is_empty(), "there is something to try");
    assert!(examples.iter().all(|example| is_whole(&example.what)));
    stop.cancel();
}

/// Sends an event as the provider does; where it posts, with the answer's status.
async fn sent(
    provider: &dyn Definition,
    (daemon, stage): (&Daemon, &ramal::simulator::Stage),
    (name, payload): (&str, &'static str),
) -> u16 {
    let client = client();
    let request = match provider.way_in() {
        WayIn::Line(_) => {
            let address = stage.address.expect("it listens");
            client.post(format!("http://{address}/control/emit?name={name}"))
        }
        WayIn::Endpoint(endpoint) => posting(endpoint, (daemon, stage)),
    };
    request.body(payload).send().await.expect("an answer").status().as_u16()
}

/// A post with the token of the demo, as the provider sends it.
fn posting(
    endpoint: &dyn Endpoint,
    (daemon, stage): (&Daemon, &ramal::simulator::Stage),
) -> reqwest::RequestBuilder {
    let token = stage.settings[0].split('"').nth(1).unwrap_or_default();
    let token_in = endpoint.token_in("{}");
    let path = token_in.on_path(&format!("/{}", endpoint.ways()[0].path), token);
    let request = client().post(format!("{}{path}", daemon.base));
    match token_in {
        TokenIn::Header(name) => request.header(&*name, token),
        TokenIn::Query(_) => request,
    }
}

fn client() -> reqwest::Client {
    let tls = ramal::net::client_config(None).expect("built-in roots").as_ref().clone();
    reqwest::Client::builder().tls_backend_preconfigured(tls).no_proxy().build().expect("a client")
}

async fn are_stored(provider: &dyn Definition, samples: &Samples) {
    let stop = CancellationToken::new();
    let (stage, settings) = staged(provider, &stop).await;
    let home = Home::new(&settings).await;
    let daemon = home.start().await;
    let connected = |status: &Value| status["state"] == "connected";
    daemon.until("/api/v1/sources/source_1/status", connected).await;
    for sample in samples.printed {
        assert_eq!(sent(provider, (&daemon, &stage), *sample).await, 200, "{}", sample.0);
    }
    let again = samples.printed[0];
    assert_eq!(sent(provider, (&daemon, &stage), again).await, 200);
    let came = samples.printed.len() + usize::from(!samples.counted_once);
    let events = "/api/v1/companies/company_1/events";
    let all = |page: &Value| page["items"].as_array().is_some_and(|items| items.len() >= came);
    let page = daemon.until(events, all).await;
    assert_eq!(page["items"].as_array().map(Vec::len), Some(came), "{page}");
    for (at, (name, payload)) in samples.printed.iter().enumerate() {
        let event = format!("/api/v1/events/evt_1_{}", at + 1);
        let view = daemon.get(&event).await;
        assert_eq!(view["type"], **name);
        assert_eq!(view["provider"], provider.identity().id.as_str());
        let shown = view["payload"].to_string();
        let own = secret_keys(provider.identity().id.as_str());
        let of_all = PROVIDERS.iter().flat_map(|provider| provider.identity().secret_keys);
        for key in of_all.chain(&["token"]) {
            let asked = format!("\"{key}\":");
            if let Some(found) = shown.to_lowercase().find(&asked) {
                let is_masked = shown[found + asked.len()..].starts_with("\"***\"");
                assert_eq!(is_masked, *key == "token" || own.contains(key), "{key}: {shown}");
            }
        }
        let raw = client().get(format!("{}{event}/payload", daemon.base)).bearer_auth(&home.api_key);
        let raw = raw.send().await.expect("an answer").text().await.expect("a body");
        assert_eq!(raw, *payload, "{name}");
    }
    is_refused(provider, (&daemon, &stage), samples).await;
    daemon.stop().await;
    stop.cancel();
    calls_keep_their_lane(&home, samples).await;
}

/// A body that is wrong is answered with its field.
async fn is_refused(
    provider: &dyn Definition,
    (daemon, stage): (&Daemon, &ramal::simulator::Stage),
    samples: &Samples,
) {
    let Some((body, field)) = samples.refused else { return };
    let endpoint = provider.way_in().endpoint().expect("only posts are refused");
    let answer = posting(endpoint, (daemon, stage)).body(body).send();
    let answer = timeout(PATIENCE, answer).await.expect("in time").expect("an answer");
    assert_eq!(answer.status(), 400);
    let told: Value = serde_json::from_str(&answer.text().await.expect("a body")).expect("JSON");
    assert!(told.to_string().contains(field), "{told}");
}

async fn calls_keep_their_lane(home: &Home, samples: &Samples) {
    let url = format!("sqlite://{}", home.path().join("data/ramal.db").display());
    let mut database = SqliteConnection::connect(&url).await.expect("the database opens");
    let lanes: Vec<(Option<String>,)> = sqlx::query_as("SELECT lane FROM events ORDER BY company, seq")
        .fetch_all(&mut database)
        .await
        .expect("lanes");
    let of_call: HashSet<_> = samples.of_one_call.iter().map(|at| lanes[*at].0.clone()).collect();
    assert!(of_call.len() == 1 && !of_call.contains(&None), "{of_call:?}");
}

/// What a provider documents is offered to the companies that have a source of it, and to those that have none yet.
#[tokio::test]
async fn a_company_is_offered_what_its_own_providers_send() {
    let home = Home::new("[[company]]\nname = \"A\"\n").await;
    let daemon = home.start().await;
    let ana = Visitor::first(&daemon).await;
    let pages = ["/companies/company_1/events", "/companies/company_1/webhooks/new"];
    let first = (PROVIDERS[0].identity().catalogue)()[0].name.as_str();
    for page in pages {
        assert!(ana.get(page).await.body.contains(first), "{page}");
    }
    let source = serde_json::json!({ "provider": "tellicon" });
    let (status, body) = daemon.call("POST", "/api/v1/companies/company_1/sources", Some(source)).await;
    assert_eq!(status, 201, "{body}");
    for page in pages {
        assert!(!ana.get(page).await.body.contains(first), "{page}");
    }
    daemon.stop().await;
}
