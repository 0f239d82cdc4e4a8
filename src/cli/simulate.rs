//! `ramal simulate` and `ramal receive`: the providers' side and a customer's side, each as a program of its own.

use std::net::SocketAddr;

use clap::{Args, Subcommand};
use ramal::domain::Lang;
use ramal::simulator::{receiver, tellicon, threecplus};
use tokio::net::TcpListener;

use super::failure::Failure;
use super::signals;

const THREECPLUS_ADDRESS: &str = "127.0.0.1:9300";
const RECEIVER_ADDRESS: &str = "127.0.0.1:9400";
const TELLICON_URL: &str = "http://127.0.0.1:8080/eventTellicon";

#[derive(Subcommand)]
pub enum Simulated {
    /// 3C Plus's side of the socket [--listen, default: 127.0.0.1:9300]
    Threecplus(ThreecplusArguments),
    /// Posts Tellicon's events to a running program
    Tellicon(TelliconArguments),
}

#[derive(Args)]
pub struct ThreecplusArguments {
    /// How many accounts may connect; their tokens are numbered
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    accounts: u32,
    /// Events a second, over all connected accounts together
    #[arg(long, default_value_t = 5.0)]
    rate: f64,
    /// The same seed tells the same stories
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

#[derive(Args)]
pub struct TelliconArguments {
    /// Where to post
    #[arg(long, default_value = TELLICON_URL)]
    url: String,
    /// The source's token, 24 characters
    #[arg(long)]
    token: String,
    /// Posts a second
    #[arg(long, default_value_t = 1.0)]
    rate: f64,
    /// End after so many posts
    #[arg(long)]
    events: Option<u64>,
    /// Also the dialects before and after the documented one
    #[arg(long)]
    all_dialects: bool,
    /// The share of posts, 0 to 1, that are sent twice
    #[arg(long, default_value_t = 0.0)]
    repeat: f64,
    /// The same seed tells the same stories
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

#[derive(Args)]
pub struct ReceiveArguments {
    /// A secret that signatures may be made with; may be repeated
    #[arg(long = "secret")]
    secrets: Vec<String>,
    /// Count only; no line per delivery
    #[arg(long)]
    quiet: bool,
}

/// Simulates until a signal comes (or, for Tellicon, the number of posts is reached).
pub async fn simulate(what: Simulated, listen: Option<&str>, lang: Lang) -> Result<(), Failure> {
    let stop = signals::stop_token().map_err(Failure::Runtime)?;
    match what {
        Simulated::Threecplus(given) => {
            let (listener, address) = bind(listen.unwrap_or(THREECPLUS_ADDRESS)).await?;
            let accounts: Vec<_> = (1..=given.accounts).map(threecplus::Account::numbered).collect();
            for account in accounts.iter().take(3) {
                println!(
                    "socket_url = \"http://{address}\"  token = \"{}\"  id = \"{}\"",
                    account.token, account.company
                );
            }
            if accounts.len() > 3 {
                println!("… {}", accounts.len());
            }
            println!(
                "{}",
                lang.pick("Controle: ", "Control: ").to_owned() + &format!("http://{address}/control/status")
            );
            let config =
                threecplus::Config { seed: given.seed, ..threecplus::Config::new(accounts, given.rate) };
            threecplus::run(config, listener, stop).await.map_err(Failure::Runtime)
        }
        Simulated::Tellicon(given) => {
            let config = tellicon::Config {
                url: given.url,
                token: given.token,
                events_per_second: given.rate,
                events: given.events,
                all_dialects: given.all_dialects,
                repeat: given.repeat,
                seed: given.seed,
            };
            let report = tellicon::run(config, stop).await?;
            println!("{}", serde_json::to_string(&report).expect("a report of numbers is JSON"));
            Ok(())
        }
    }
}

/// Takes deliveries until a signal comes, then says what came.
pub async fn receive(given: ReceiveArguments, listen: Option<&str>, lang: Lang) -> Result<(), Failure> {
    let stop = signals::stop_token().map_err(Failure::Runtime)?;
    let (listener, address) = bind(listen.unwrap_or(RECEIVER_ADDRESS)).await?;
    println!("{} http://{address}/  (http://{address}/stats)", lang.pick("Recebendo em", "Receiving on"));
    let config =
        receiver::Config { secrets: given.secrets, print: !given.quiet, ..receiver::Config::default() };
    let receiver = receiver::Receiver::new(config);
    receiver.clone().run(listener, stop).await.map_err(Failure::Runtime)?;
    println!("{}", serde_json::to_string_pretty(&receiver.stats()).expect("counts are JSON"));
    Ok(())
}

/// Listens, and says where.
pub async fn bind(address: &str) -> Result<(TcpListener, SocketAddr), Failure> {
    let refused = |error| Failure::Listen { address: address.to_owned(), error };
    let listener = TcpListener::bind(address).await.map_err(refused)?;
    let bound = listener.local_addr().map_err(refused)?;
    Ok((listener, bound))
}
