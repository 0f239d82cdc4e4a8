//! Ramal.
