//! Places in what a caller sent, as people and as programs name them.

/// Where in a caller's input something stands. A text is a field of the top level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    field: String,
    pointer: String,
}

impl Place {
    /// The input as a whole, under the name that people are told: `body`.
    pub fn whole(name: &str) -> Self {
        Self { field: name.to_owned(), pointer: String::new() }
    }

    /// As a path for people, and as a JSON pointer (RFC 6901).
    pub fn told(self) -> (String, String) {
        (self.field, self.pointer)
    }

    /// A field inside.
    #[must_use]
    pub fn key(self, key: &str) -> Self {
        let dot = if self.pointer.is_empty() { String::new() } else { format!("{}.", self.field) };
        let escaped = key.replace('~', "~0").replace('/', "~1");
        Self { field: format!("{dot}{key}"), pointer: format!("{}/{escaped}", self.pointer) }
    }

    /// An item inside, from 0.
    #[must_use]
    pub fn at(self, index: usize) -> Self {
        Self { field: format!("{}[{index}]", self.field), pointer: format!("{}/{index}", self.pointer) }
    }
}

impl From<&str> for Place {
    fn from(field: &str) -> Self {
        Place::whole("").key(field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_told_as_paths_and_as_pointers() {
        assert_eq!(Place::whole("body").told(), ("body".to_owned(), String::new()));
        assert_eq!(Place::from("url").told(), ("url".to_owned(), "/url".to_owned()));
        assert_eq!(
            Place::from("rules").key("call.standby").at(0).key("path").told(),
            ("rules.call.standby[0].path".to_owned(), "/rules/call.standby/0/path".to_owned())
        );
        assert_eq!(Place::from("headers").key("a/b~c").told().1, "/headers/a~1b~0c");
    }
}
