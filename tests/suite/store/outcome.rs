//! Connections that are lost, and commits of which nobody knows whether they happened.
