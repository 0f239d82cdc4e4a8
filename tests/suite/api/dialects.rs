//! The dialects of Tellicon that its manual does not print, posted to the running program.

use serde_json::{Value, json};

use super::SETTINGS;
use super::doors::{TOKEN, names_of, post, with_door};
use crate::support::daemon::Home;

/// A body with names in Portuguese.
fn in_portuguese(kind: &Value, own: &Value) -> Value {
    let mut body = json!({ "parceiro": 1, "contrato": 77, "licenca": 505, "bloco": 121, "unidade": 1001, "ramal": "9001" });
    for said in [kind, own] {
        body.as_object_mut().expect("members").extend(said.as_object().expect("members").clone());
    }
    body
}

/// A call in the dialect before the printed one, with `company`, and in Portuguese: each is answered 200, and what is told of one
/// call in several of them is one call.
#[tokio::test]
async fn earlier_and_later_dialects_are_taken_and_make_the_same_call() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    with_door(&daemon).await;
    let pushed = 1_705_338_959;
    let place = json!({ "src": "9001", "client": 505, "building": 121, "apt": 1001 });
    let with = |own: Value| {
        let mut body = place.clone();
        body.as_object_mut().expect("members").extend(own.as_object().expect("members").clone());
        body
    };
    let answered = |at: i64| {
        json!({ "telefone": "018988776655", "dataHoraEvento": at, "dataHoraAtendido": at + 6,
            "dataHoraEncerrado": at + 36, "tempoEspera": 6, "tempoConversa": 30 })
    };
    let posts = [
        with(json!({ "type": "pushCall", "dateTime": pushed })),
        in_portuguese(
            &json!({ "type": "dtmfCommand" }),
            &json!({ "telefone": "018988776655", "dataHoraEvento": pushed + 20, "dtmfComando": "*2" }),
        ),
        with(json!({ "type": "answerCall", "company": 77, "dst": "018988776655", "eventDateTime": pushed,
            "answerDateTime": pushed + 6, "hangupDateTime": pushed + 36, "callDurationTime": 30 })),
        in_portuguese(&json!({ "tipo": "pushCall" }), &json!({ "dataHoraEvento": pushed + 600 })),
        in_portuguese(&json!({ "tipo": "answerCall" }), &answered(pushed + 600)),
    ];
    for body in &posts {
        let body = json!({ "eventTellicon": body }).to_string();
        let answer = post(&daemon.base, "/eventTellicon", TOKEN, &body).await;
        assert_eq!(answer.status, 200, "{body}: {}", answer.body);
    }
    assert_eq!(names_of(&daemon).await, ["pushCall", "dtmfCommand", "answerCall", "pushCall", "answerCall"]);
    let is_over = |page: &Value| {
        page["items"].as_array().is_some_and(|calls| calls.len() == 2 && calls.iter().all(over))
    };
    let calls = daemon.until("/api/v1/companies/company_1/calls", is_over).await;
    let told = |call: &Value| json!([call["provider_call_id"], call["events_total"], call["outcome"]]);
    let told: Vec<_> = calls["items"].as_array().expect("a list").iter().map(told).collect();
    let id = |at: i64| format!("505/121/1001/9001@{at}");
    let wanted = [json!([id(pushed + 600), 2, "answered"]), json!([id(pushed), 3, "answered"])];
    assert_eq!(told, wanted, "{calls}");
    for call in calls["items"].as_array().expect("a list") {
        assert_eq!(
            (&call["our_number"], &call["their_number"]),
            (&json!("9001"), &json!("018988776655")),
            "{call}"
        );
    }
    daemon.stop().await;
}

fn over(call: &Value) -> bool {
    call["outcome"] == "answered"
}
