//! What the service's REST API says of a token: `GET /api/v1/me` and `GET /api/v1/campaigns`, nothing more.

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::sockets::Sockets;
use super::{Account, Control};

pub(super) fn router(control: &Control) -> Router {
    Router::new()
        .route("/api/v1/me", get(me))
        .route("/api/v1/campaigns", get(campaigns))
        .with_state(control.sockets().clone())
}

/// The documented envelope of an error.
type Refused = (StatusCode, Json<Value>);

async fn me(State(sockets): State<Sockets>, headers: HeaderMap) -> Result<Json<Value>, Refused> {
    let company = caller(&sockets, &headers)?.company;
    let company = json!({ "id": company, "name": format!("Empresa {company}") });
    Ok(Json(json!({ "status": 200, "data": { "id": 1, "company": company } })))
}

/// Only managers may ask.
async fn campaigns(State(sockets): State<Sockets>, headers: HeaderMap) -> Result<Json<Value>, Refused> {
    match caller(&sockets, &headers)?.agent_id {
        Some(_) => Err(refuse(StatusCode::FORBIDDEN, "Acesso negado")),
        None => Ok(Json(json!({ "status": 200, "data": [] }))),
    }
}

/// The account of the request's token. An agent's has to name its agent, a manager's may not.
fn caller<'s>(sockets: &'s Sockets, headers: &HeaderMap) -> Result<&'s Account, Refused> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let token = header("authorization").and_then(|value| value.strip_prefix("Bearer "));
    let account = token
        .and_then(|token| sockets.account(token))
        .ok_or_else(|| refuse(StatusCode::UNAUTHORIZED, "Token de serviço inválido"))?;
    match (&account.agent_id, header("x-agent-id")) {
        (None, None) => Ok(account),
        (Some(agent), Some(given)) if agent == given => Ok(account),
        (Some(_), Some(_)) => Err(refuse(StatusCode::UNAUTHORIZED, "Agente inválido")),
        (Some(_), None) => Err(refuse(StatusCode::BAD_REQUEST, "X-Agent-Id é obrigatório")),
        (None, Some(_)) => {
            Err(refuse(StatusCode::BAD_REQUEST, "X-Agent-Id só é aceito em tokens de papel agente"))
        }
    }
}

fn refuse(status: StatusCode, title: &str) -> Refused {
    let transaction = "00000000-0000-4000-8000-000000000000";
    let said =
        json!({ "status": status.as_u16(), "title": title, "detail": "", "transaction_id": transaction });
    (status, Json(said))
}
