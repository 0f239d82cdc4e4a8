//! The document that describes the API (OpenAPI 3.1), made whole.
//!
//! What must hold here: the document says of every operation what it may be answered with, and nothing that it is not.
//! What a handler says of itself is only its own: its path, its bodies, which role it needs, whether it can meet another's
//! change (409). What follows from an operation's parts (whoever reads a body may be told that it is too long) is added
//! here for all of them, so that none can forget it. `tests/suite/contract.rs` holds the program to it.

use utoipa::openapi::path::{Operation, Parameter, ParameterIn};
use utoipa::openapi::request_body::RequestBody;
use utoipa::openapi::schema::{Components, Schema, SchemaType, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Content, OpenApi, PathItem, Ref, RefOr, Required};

use super::refusals::Refusal;
use crate::admin::{describe_shown_settings, not_null};

/// The scheme that operations name.
pub const SCHEME: &str = "api_key";

/// Adds what follows from the operations' parts.
pub fn complete(api: &mut OpenApi) {
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("rml_…");
    let bearer =
        bearer.description(Some("A key of this API: `ramal api-key create`, or the panel's page of keys."));
    let components = api.components.get_or_insert_default();
    components.add_security_scheme(SCHEME, SecurityScheme::Http(bearer.build()));
    if let Some(RefOr::T(view)) = components.schemas.get_mut("SourceView") {
        describe_shown_settings(view);
    }
    for refusal in Refusal::ALL {
        components.responses.insert(refusal.name().to_owned(), refusal.described().into());
    }
    for operation in api.paths.paths.values_mut().flat_map(operations) {
        name(operation);
        let role = move_role(operation);
        describe_role(operation, role.as_deref());
        bound_queries(operation);
        describe_answers(operation);
        add_refusals(operation, role.is_some());
        say_whether_a_body_is_needed(operation, components);
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let PathItem { get, put, post, delete, patch, .. } = item;
    [get, put, post, delete, patch].into_iter().flatten()
}

/// `webhooks_create`: what client generators name their functions by.
fn name(operation: &mut Operation) {
    let tag = operation.tags.iter().flatten().next().cloned().unwrap_or_default();
    operation.operation_id = operation.operation_id.take().map(|function| format!("{tag}_{function}"));
}

/// The role that a key needs for it; `None` is any key. Handlers give it as the scheme allows (OpenAPI 3.1, security
/// requirement); it leaves as `x-role`, since the tools know scopes of OAuth there and nothing else.
fn move_role(operation: &mut Operation) -> Option<String> {
    let security = serde_json::to_value(operation.security.take()?).ok()?;
    let role = security[0][SCHEME][0].as_str()?.to_owned();
    operation.extensions.get_or_insert_default().insert("x-role".to_owned(), role.as_str().into());
    Some(role)
}

fn describe_role(operation: &mut Operation, role: Option<&str>) {
    let needed = match role {
        Some(role) => format!("Needs a key with the role `{role}` or above."),
        None => "Any key will do.".to_owned(),
    };
    let description = operation.description.take().into_iter().chain([needed]);
    operation.description = Some(description.collect::<Vec<_>>().join("\n\n"));
}

/// A parameter of a query is there or not; `null` would be the word. And a text of which nothing else is said holds no NUL:
/// no row can, so nothing is found by it.
fn bound_queries(operation: &mut Operation) {
    for parameter in operation.parameters.iter_mut().flatten() {
        let RefOr::T(Parameter { parameter_in: ParameterIn::Query, schema: Some(schema), .. }) = parameter
        else {
            continue;
        };
        not_null(schema);
        if let RefOr::T(Schema::Object(text)) = schema
            && matches!(text.schema_type, SchemaType::Type(Type::String))
            && text.pattern.is_none()
            && text.format.is_none()
            && text.enum_values.is_none()
        {
            text.pattern = Some(r"^[^\u0000]*$".to_owned());
        }
    }
}

/// What an answer means, where the handler does not say it.
fn describe_answers(operation: &mut Operation) {
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else { continue };
        if response.description.is_empty() {
            let meaning = match status.as_str() {
                "201" => "Made; this is it.",
                "202" => "Taken; it goes on by itself.",
                "204" => "Done.",
                _ => "What was asked for.",
            };
            response.description.push_str(meaning);
        }
    }
}

/// Every way in which the operation can be refused, each by its shared answer.
fn add_refusals(operation: &mut Operation, needs_role: bool) {
    let parameters = operation.parameters.as_deref().unwrap_or_default();
    let has = |place: &ParameterIn| {
        parameters.iter().any(|one| matches!(one, RefOr::T(parameter) if parameter.parameter_in == *place))
    };
    let (in_path, in_query) = (has(&ParameterIn::Path), has(&ParameterIn::Query));
    let body = operation.request_body.is_some();
    let meets_others = operation.responses.responses.contains_key("409");
    let possible = |refusal: &Refusal| match refusal {
        Refusal::Forbidden => needs_role,
        Refusal::NotFound => in_path,
        Refusal::Conflict => meets_others,
        Refusal::TooSlow | Refusal::TooLarge | Refusal::UnsupportedMediaType => body,
        Refusal::Invalid => body || in_query,
        Refusal::Unauthenticated | Refusal::Internal | Refusal::Unavailable => true,
    };
    let refusals: Vec<_> = Refusal::ALL.into_iter().filter(possible).collect();
    for refusal in refusals {
        let answer = RefOr::Ref(Ref::from_response_name(refusal.name()));
        operation.responses.responses.insert(refusal.status().as_u16().to_string(), answer);
    }
}

/// A body may be left out where none of its fields is needed.
fn say_whether_a_body_is_needed(operation: &mut Operation, components: &Components) {
    let Some(RefOr::T(body)) = &mut operation.request_body else { return };
    let needed = needs_fields(body, components);
    body.required = Some(if needed { Required::True } else { Required::False });
}

fn needs_fields(body: &RequestBody, components: &Components) -> bool {
    body.content.values().any(|content| {
        let RefOr::T(Content { schema: Some(RefOr::Ref(schema)), .. }) = content else { return true };
        let name = schema.ref_location.rsplit('/').next().unwrap_or_default();
        match components.schemas.get(name) {
            Some(RefOr::T(Schema::Object(object))) => !object.required.is_empty(),
            _ => true,
        }
    })
}
