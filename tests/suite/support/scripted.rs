//! A Socket.IO server that says exactly what a test tells it to, well-formed or not.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, accept_hdr_async};

/// No step of a script takes longer.
const STEP: Duration = Duration::from_secs(30);

pub struct ScriptedServer {
    listener: TcpListener,
}

impl ScriptedServer {
    pub async fn start() -> Self {
        Self { listener: TcpListener::bind("127.0.0.1:0").await.unwrap() }
    }

    pub fn address(&self) -> SocketAddr {
        self.listener.local_addr().unwrap()
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address())
    }

    /// The next TCP connection, before anything is said on it.
    pub async fn tcp(&self) -> TcpStream {
        timeout(STEP, self.listener.accept()).await.expect("a connection").unwrap().0
    }

    /// The next connection, as a WebSocket.
    // The library's own callback type, whose error it makes us carry.
    #[expect(clippy::result_large_err, reason = "the signature is tungstenite's")]
    pub async fn websocket(&self) -> Peer {
        let mut path = String::new();
        let look = |request: &Request, response: Response| -> Result<Response, ErrorResponse> {
            path = request.uri().to_string();
            Ok(response)
        };
        let socket =
            timeout(STEP, accept_hdr_async(self.tcp().await, look)).await.expect("an upgrade").unwrap();
        Peer { socket, path }
    }

    /// The next connection, led through the whole handshake. Times in milliseconds.
    pub async fn session(&self, ping_interval: u32, ping_timeout: u32) -> Peer {
        let mut peer = self.websocket().await;
        peer.open(ping_interval, ping_timeout).await;
        assert_eq!(peer.hear().await, "40");
        peer.say(r#"40{"sid":"s1"}"#).await;
        peer
    }
}

pub struct Peer {
    pub socket: WebSocketStream<TcpStream>,
    /// Path and query that the client asked for.
    pub path: String,
}

impl Peer {
    pub async fn open(&mut self, ping_interval: u32, ping_timeout: u32) {
        let open = format!(
            r#"0{{"sid":"e1","upgrades":[],"pingInterval":{ping_interval},"pingTimeout":{ping_timeout},"maxPayload":1000000}}"#
        );
        self.say(&open).await;
    }

    pub async fn say(&mut self, text: &str) {
        timeout(STEP, self.socket.send(Message::text(text))).await.expect("sent").unwrap();
    }

    pub async fn send(&mut self, message: Message) {
        timeout(STEP, self.socket.send(message)).await.expect("sent").unwrap();
    }

    /// The next message, whatever it is.
    pub async fn next(&mut self) -> Option<Result<Message, Error>> {
        timeout(STEP, self.socket.next()).await.expect("a message")
    }

    /// The next text message.
    pub async fn hear(&mut self) -> String {
        match self.next().await {
            Some(Ok(Message::Text(text))) => text.to_string(),
            other => panic!("expected a text message, got {other:?}"),
        }
    }

    /// Pings, and waits for the pong; false when there was a close instead.
    pub async fn ping(&mut self) -> bool {
        self.say("2").await;
        match self.next().await {
            Some(Ok(Message::Text(text))) => text == "3",
            _ => false,
        }
    }

    /// The close frame that comes next, answered.
    pub async fn hear_close(&mut self) -> Option<CloseFrame> {
        match self.next().await {
            Some(Ok(Message::Close(frame))) => {
                let _ = self.socket.flush().await;
                frame
            }
            other => panic!("expected a close frame, got {other:?}"),
        }
    }
}
