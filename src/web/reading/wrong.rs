//! What is wrong with a value, and where.

use std::fmt;

use crate::admin::{Expected, Fault, FieldFault, Place};
use crate::domain::ValueFault;

/// A fault on its way out to the place where the text begins.
#[derive(Debug)]
pub(super) struct Wrong {
    /// Innermost first.
    pub(super) steps: Vec<Step>,
    pub(super) fault: Fault,
}

#[derive(Debug)]
pub(super) enum Step {
    Key(String),
    At(usize),
}

impl Wrong {
    pub(super) fn expected(expected: Expected) -> Self {
        Self { steps: Vec::new(), fault: Fault::Malformed { expected } }
    }

    pub(super) fn within(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    pub(super) fn under(self, whole: Place) -> FieldFault {
        let place = self.steps.into_iter().rev().fold(whole, |place, step| match step {
            Step::Key(key) => place.key(&key),
            Step::At(index) => place.at(index),
        });
        FieldFault::new(place, self.fault)
    }

    pub(super) fn key(key: &str, fault: Fault) -> Self {
        Self { steps: vec![Step::Key(key.to_owned())], fault }
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.fault.code())
    }
}

impl std::error::Error for Wrong {}

impl serde::de::Error for Wrong {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::expected(Expected::Other)
    }

    fn unknown_field(field: &str, _: &'static [&'static str]) -> Self {
        Self::key(field, Fault::Unknown)
    }

    fn missing_field(field: &'static str) -> Self {
        Self::key(field, Fault::Value(ValueFault::Missing))
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::key(field, Fault::Value(ValueFault::Twice))
    }

    fn unknown_variant(_: &str, allowed: &'static [&'static str]) -> Self {
        Self { steps: Vec::new(), fault: Fault::Value(ValueFault::NotOne { allowed: allowed.join(", ") }) }
    }
}
