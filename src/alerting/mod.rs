//! Alerts that leave the panel: who is told, and how a message goes out.
//!
//! What must always hold here:
//!
//! - **A repeat is the same message**: everything that is sent comes from the [`Message`], whose id is in it wherever the service
//!   has a place for one (`Message-ID`, `webhook-id`). Who asks for a message again is not told of two things.
//! - **What names say is only said**: no name of a company, a webhook or a server can mention, link or format where it is read.
//! - **A storm is one message**: ten lines are written out, worst first; of the rest there is the number. Whatever lengths there
//!   are, what is sent keeps to what the service publishes of its limits.
//! - **It ends**: a message has [`LONGEST`] for everything, and little of the answer is kept.
//! - Addresses and tokens are secrets: none is in a log line, in what is shown of an exchange, or in an answer that repeats it.
//! - HTTP goes through the guard, as deliveries do; the mail server, which the settings file names, may be anywhere.
//!
//! How it works: a [`ContactPoint`] is read with its secrets; [`send`] has its channel write the [`Message`] in the point's language,
//! sends it, and says what came of it ([`Outcome`]) and what was said ([`Exchange`]). Whether and when it is tried again is for whoever
//! sends. Each service is one file in `channels/`.

mod channels;
mod contact_point;
mod failure;
mod mail;
mod message;
pub mod notices;
mod sending;
mod smtp;
mod written;

use std::time::Duration;

pub use contact_point::{Channel, ContactPoint};
pub use failure::{Failure, last_message};
pub use mail::{MailServer, MailTls};
pub use message::{Line, Message, What};
pub use sending::{Exchange, Outcome, SenderOptions, Senders, Sent, send};

/// Everything that is done for one message.
pub const LONGEST: Duration = Duration::from_secs(10);
