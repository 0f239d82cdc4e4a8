//! When the database cannot take what it is given.
