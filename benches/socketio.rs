//! How fast a session reads: events of 1.1 KB from a server on loopback, on one thread.
//!
//! `cargo bench --bench socketio`. It prints events per second of wall time and the reading thread's own processor time
//! per event; the latter is what counts on a busy machine.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use ramal::socketio::{
    BoxTransport, Budget, Client, Connection, Dial, DialError, Dialling, Endpoint, Options, Target,
};
use rustix::time::{ClockId, clock_gettime};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_util::sync::CancellationToken;

const EVENTS: u32 = 1_000_000;
const EVENT_BYTES: usize = 1_100;

struct Loopback;

impl Dial for Loopback {
    fn dial<'a>(&'a self, endpoint: &'a Endpoint, _: tokio::time::Instant) -> Dialling<'a> {
        Box::pin(async {
            let stream = tokio::net::TcpStream::connect((&*endpoint.host, endpoint.port)).await;
            let failed = |error: std::io::Error| DialError {
                stage: ramal::socketio::DialStage::Connect,
                detail: error.to_string().into(),
            };
            stream.map(|stream| Box::new(stream) as BoxTransport).map_err(failed)
        })
    }
}

/// A text frame, unmasked as a server's are.
fn frame(text: &str) -> Vec<u8> {
    let length = u16::try_from(text.len()).expect("short texts only");
    let mut frame = vec![0x81];
    match u8::try_from(length) {
        Ok(short) if short < 126 => frame.push(short),
        _ => {
            frame.push(126);
            frame.extend(length.to_be_bytes());
        }
    }
    frame.extend(text.as_bytes());
    frame
}

/// An event in the shape of a dialler's: short fields, numbers and texts mixed.
fn event() -> Vec<u8> {
    let mut fields = String::new();
    let mut n = 0;
    while fields.len() < EVENT_BYTES - 80 {
        let field = format!(r#","campo_{n}":"valor número {n}","status_{n}":{n},"active_{n}":true"#);
        fields.push_str(&field);
        n += 1;
    }
    frame(&format!(r#"42["call-was-created",{{"call":{{"id":"call:1:2:3"{fields}}}}}]"#))
}

/// Speaks the least that a session needs, then sends events as fast as they are taken.
fn serve(mut stream: TcpStream) -> std::io::Result<()> {
    let mut request = vec![0; 4_096];
    let read = stream.read(&mut request)?;
    let request = String::from_utf8_lossy(&request[..read]).into_owned();
    let key = request.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).unwrap_or_default();
    let accept = derive_accept_key(key.as_bytes());
    write!(
        stream,
        "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
    )?;
    stream.write_all(&frame(r#"0{"sid":"e","pingInterval":60000,"pingTimeout":60000}"#))?;
    stream.write_all(&frame(r#"40{"sid":"s"}"#))?;
    let burst = event().repeat(100);
    for _ in 0..EVENTS / 100 {
        stream.write_all(&burst)?;
    }
    // What the client has sent is read too: closing with bytes unread is a reset, and takes away what is on its way.
    stream.shutdown(Shutdown::Write)?;
    stream.read_to_end(&mut Vec::new())?;
    Ok(())
}

fn processor_time() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(now.tv_sec.unsigned_abs(), u32::try_from(now.tv_nsec).unwrap_or_default())
}

async fn read(url: &str) -> (usize, usize) {
    let client = Client::new(Arc::new(Loopback), Budget::new(256 << 20), Options::default());
    let target = Target::new(url, []).expect("a URL");
    let Connection { reader, mut events, .. } =
        client.connect(&target, None, &CancellationToken::new()).await.expect("a session");
    tokio::spawn(reader.run());
    let (mut taken, mut bytes, mut batch) = (0, 0, Vec::new());
    while events.recv_many(&mut batch, 512).await > 0 {
        taken += batch.len();
        bytes += batch.drain(..).map(|event| event.args.payload().len()).sum::<usize>();
    }
    (taken, bytes)
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    for _ in 0..3 {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let server = std::thread::spawn(move || listener.accept().and_then(|(stream, _)| serve(stream)));
        let (started, before) = (Instant::now(), processor_time());
        let (taken, bytes) = runtime.block_on(read(&url));
        let (wall, processor) = (started.elapsed(), processor_time().saturating_sub(before));
        assert_eq!(u32::try_from(taken), Ok(EVENTS), "{:?}", server.join());
        let per_second = |time: Duration| f64::from(EVENTS) / time.as_secs_f64();
        println!(
            "{taken} events of {} bytes: {:.0} events/s of wall time, {:.0} events/s of processor time ({:.2} µs each)",
            bytes / taken,
            per_second(wall),
            per_second(processor),
            processor.as_secs_f64() * 1e6 / f64::from(EVENTS),
        );
    }
}
