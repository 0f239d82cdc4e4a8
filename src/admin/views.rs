//! What people and programs are shown: every secret as its mask.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Schema, Type};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

use super::fault::FaultBody;
use crate::domain::{
    CompanyId, Format, Pattern, Provider, Rule, SessionId, SourceId, SourceState, Timestamp, WebhookId,
    WebhookState,
};

/// One page of a list, newest or first as the operation says, and where the next begins.
#[derive(Debug, Serialize)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Give this as `cursor` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// By hand, so that the items are the schema that a single one has elsewhere.
impl<T: ToSchema> PartialSchema for Page<T> {
    fn schema() -> RefOr<Schema> {
        let items = ArrayBuilder::new().items(Ref::from_schema_name(T::name()));
        let next = ObjectBuilder::new().schema_type(Type::String);
        let next = next.description(Some("Give this as `cursor` for the next page; absent on the last."));
        let page = ObjectBuilder::new().description(Some("One page of a list, and where the next begins."));
        page.property("items", items).required("items").property("next", next).into()
    }
}

impl<T: ToSchema> ToSchema for Page<T> {
    fn name() -> Cow<'static, str> {
        format!("PageOf{}", T::name()).into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((T::name().into_owned(), T::schema()));
        T::schemas(schemas);
    }
}

impl<T> Page<T> {
    /// A page made of up to `limit + 1` rows: the one too many only says that there is more.
    pub fn of<R>(
        mut rows: Vec<R>,
        limit: u32,
        cursor: impl Fn(&R) -> String,
        view: impl FnMut(R) -> T,
    ) -> Self {
        let limit = limit as usize;
        let next = (rows.len() > limit).then(|| {
            rows.truncate(limit);
            rows.last().map(cursor).unwrap_or_default()
        });
        Self { items: rows.into_iter().map(view).collect(), next }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub struct CompanyView {
    /// `company_7`.
    #[schema(value_type = CompanyId)]
    pub id: String,
    pub name: String,
    /// Kept by the settings file; changes made here are overwritten at the next start.
    pub provisioned: bool,
    /// For changes: refused when it is no longer the stored one.
    pub version: i64,
    #[schema(value_type = Timestamp)]
    pub created_at: String,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SourceView {
    /// `source_7`.
    #[schema(value_type = SourceId)]
    pub id: String,
    #[schema(value_type = CompanyId)]
    pub company_id: String,
    /// Its provider's id.
    #[schema(value_type = Provider)]
    pub provider: &'static str,
    /// The company's id at the provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// What is set of its provider's settings, by field, each a field of this view ([`super::describe_shown_settings`]).
    #[serde(flatten, serialize_with = "super::source_input::shown_settings")]
    #[schema(ignore)]
    pub settings: BTreeMap<&'static str, String>,
    /// The token as `rRrX…3x4c`.
    pub token_mask: String,
    /// Its other secrets in the same way, by field.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub secret_masks: BTreeMap<String, String>,
    /// Where the provider may post, with the token as the provider shows it (webhook sources).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The header in which it shows the token; absent where the token is a part of the address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_header: Option<String>,
    /// Where else it may post, in the same way: each of its paths is answered as the provider's documents print it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub other_paths: Vec<String>,
    /// True of a webhook source without a token: whoever knows one of its addresses can post events.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub open: bool,
    /// Whether it should be connected.
    pub connect: bool,
    /// Kept by the settings file; changes made here are overwritten at the next start.
    pub provisioned: bool,
    pub status: StatusView,
    pub version: i64,
    #[schema(value_type = Timestamp)]
    pub created_at: String,
    /// The token itself: only in the answer to the request that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

/// Where a source's line stands now, or its door (`connected` while it is open).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StatusView {
    /// `stopped`, `connecting`, `connected`, `waiting` or `refused`.
    #[schema(value_type = SourceState)]
    pub state: &'static str,
    /// Whether it is to be connected. A line takes a moment to follow: until then `state` is what still is.
    pub wanted: bool,
    /// What that means, and what to do about it.
    pub sentence: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Timestamp>)]
    pub since: Option<String>,
    /// When the next try is due.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Timestamp>)]
    pub next_try_at: Option<String>,
    /// Tries that failed in a row.
    pub attempt: u32,
    /// Why the last session ended or the last try failed: a stable word, then its detail after a colon.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The present session, `session_7`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<SessionId>)]
    pub session_id: Option<String>,
    /// The provider's socket id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub socket_id: Option<String>,
    /// When the other side was last heard, and when it last sent a ping.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Timestamp>)]
    pub last_heard_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Timestamp>)]
    pub last_ping_at: Option<String>,
    /// Survives restarts.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Timestamp>)]
    pub last_event_at: Option<String>,
    /// Payloads carry this company id, which is not the registered one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub foreign_company: Option<i64>,
    /// It is an open door by which nothing has come yet. Absent otherwise.
    #[schema(required = false)]
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub unused: bool,
    /// The process that answers does not have the company: this is what was last written down. Absent when it is as it is now.
    #[schema(required = false)]
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub as_written: bool,
}

/// A stretch of time in which a source heard nothing.
#[derive(Debug, Serialize, ToSchema)]
pub struct GapView {
    #[schema(value_type = Timestamp)]
    pub started_at: String,
    /// Absent while it lasts.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Timestamp>)]
    pub ended_at: Option<String>,
    /// `ping_timeout`, `transport_close`, `overload`, `stopped`, `shutdown`, `process_ended`, …
    pub reason: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WebhookView {
    /// `webhook_4`.
    #[schema(value_type = WebhookId)]
    pub id: String,
    #[schema(value_type = CompanyId)]
    pub company_id: String,
    pub name: String,
    pub url: String,
    #[schema(value_type = Vec<String>)]
    pub events: Vec<Pattern>,
    pub rules: BTreeMap<String, Vec<Rule>>,
    pub format: Format,
    pub redact: Vec<String>,
    pub rate_per_second: Option<u32>,
    pub concurrency: u16,
    pub timeout_seconds: u16,
    pub ordered: bool,
    pub retry_seconds: Vec<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bearer_mask: Option<String>,
    /// The masks of the secrets that sign now; two during a rotation.
    pub secret_masks: Vec<String>,
    /// Custom headers with their values masked.
    pub headers: BTreeMap<String, String>,
    /// `active` or `paused`.
    #[schema(value_type = WebhookState)]
    pub state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paused_reason: Option<String>,
    /// The newest saved state, and the seq from which it holds.
    pub revision: i32,
    pub revision_from_seq: i64,
    pub provisioned: bool,
    pub version: i64,
    #[schema(value_type = Timestamp)]
    pub created_at: String,
    /// A new secret itself: only in the answer to the request that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// What is stored and is likely not meant: each of `events` that fits no known type (`unknown_event_type`). In the answers to
    /// reading, creating and changing one; nothing is refused for it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<FaultBody>,
}
