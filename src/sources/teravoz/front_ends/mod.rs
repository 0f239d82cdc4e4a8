//! The interfaces of the backends that the documents describe: the [`count`] that feeds a dashboard, and the [`socket`] from which
//! a front end reads calls and their events.

mod count;
mod list_call_events;
mod list_calls;
mod socket;

use crate::sources::front_end::{FrontEnd, Interface};

pub const FRONT_ENDS: &[FrontEnd] = &[
    FrontEnd { path: "api/dashboard/count", interface: Interface::Http(&count::Count) },
    FrontEnd { path: "api/dashboard/{*rest}", interface: Interface::Http(&count::NothingElse) },
    FrontEnd { path: "websocket", interface: Interface::WebSocket(&socket::Calls) },
];
