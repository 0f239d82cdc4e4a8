//! `${NAME}` in the texts of the file stands for an environment variable; `$${` is a literal `${`.

use super::error::Reason;
use super::section::{Context, Refused};
use super::tree::{Node, Value};

/// Replaces every reference inside a value.
pub(super) fn expand(context: &Context<'_>, key: &str, node: Node) -> Result<Node, Refused> {
    let Node { place, value } = node;
    let value = match value {
        Value::Text(text) => {
            Value::Text(expand_text(context, &text).map_err(|reason| context.refuse(&place, key, reason))?)
        }
        Value::List(items) => {
            Value::List(items.into_iter().map(|item| expand(context, key, item)).collect::<Result<_, _>>()?)
        }
        Value::Table(table) => Value::Table(
            table
                .into_iter()
                .map(|(name, item)| Ok((name.clone(), expand(context, &format!("{key}.{name}"), item)?)))
                .collect::<Result<_, _>>()?,
        ),
        other => other,
    };
    Ok(Node { place, value })
}

fn expand_text(context: &Context<'_>, text: &str) -> Result<String, Reason> {
    let mut expanded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let (before, after) = (&rest[..at], &rest[at + 2..]);
        if let Some(literal) = before.strip_suffix('$') {
            expanded.push_str(literal);
            expanded.push_str("${");
            rest = after;
            continue;
        }
        let name = after.split_once('}').map(|(name, _)| name).filter(|name| is_name(name));
        let name = name.ok_or(Reason::BadReference)?;
        context.asked.borrow_mut().insert(name.to_owned());
        let value = context.references.get(name).ok_or_else(|| Reason::NoSuchVariable(name.to_owned()))?;
        expanded.push_str(before);
        expanded.push_str(value);
        rest = &after[name.len() + 1..];
    }
    expanded.push_str(rest);
    Ok(expanded)
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
