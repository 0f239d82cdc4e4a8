//! Which webhooks post to the same server, so that the first of them to find it back tells the others.
//!
//! Each courier judges the endpoint by its own requests alone; all that it hears from its neighbours is that a probe is
//! worth while now, instead of after the half minute that its own pauses have grown to. An integrator with twenty
//! companies has twenty webhooks at one server.
//!
//! What must hold: an entry exists exactly as long as a webhook uses it.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use url::{Origin, Url};

/// The servers that the node's webhooks post to: scheme, host and port of each.
#[derive(Debug, Default)]
pub struct Endpoints(Mutex<HashMap<Origin, Server>>);

#[derive(Debug)]
struct Server {
    returned: watch::Sender<()>,
    webhooks: usize,
}

impl Endpoints {
    /// The webhook posts to this URL from now on.
    pub fn join(self: &Arc<Self>, url: &Url) -> Neighbours {
        let origin = url.origin();
        let mut servers = self.lock();
        let server = servers
            .entry(origin.clone())
            .or_insert_with(|| Server { returned: watch::Sender::new(()), webhooks: 0 });
        server.webhooks += 1;
        let (returned, news) = (server.returned.clone(), server.returned.subscribe());
        drop(servers);
        Neighbours { endpoints: self.clone(), origin, returned, news }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Origin, Server>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A webhook among those that post to the same server.
pub struct Neighbours {
    endpoints: Arc<Endpoints>,
    origin: Origin,
    returned: watch::Sender<()>,
    news: watch::Receiver<()>,
}

impl Neighbours {
    /// Tells the others that the server answers again.
    pub fn tell(&mut self) {
        self.returned.send_replace(());
        // One's own word is no news.
        self.news.mark_unchanged();
    }

    /// Until another one says that the server answers again. May be dropped and asked again.
    pub async fn hear(&mut self) {
        if self.news.changed().await.is_err() {
            // Cannot be: the sender is kept beside it. Nobody will say anything, then.
            std::future::pending::<()>().await;
        }
    }
}

impl Drop for Neighbours {
    fn drop(&mut self) {
        if let Entry::Occupied(mut server) = self.endpoints.lock().entry(self.origin.clone()) {
            server.get_mut().webhooks -= 1;
            if server.get().webhooks == 0 {
                server.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    fn url(text: &str) -> Url {
        text.parse().expect("a URL")
    }

    #[test]
    fn neighbours_share_scheme_host_and_port_and_hear_of_each_other() {
        let endpoints = Arc::new(Endpoints::default());
        let mut one = endpoints.join(&url("https://api.example.com/webhook"));
        let mut two = endpoints.join(&url("https://API.example.com:443/other?x=1"));
        let mut else_where = endpoints.join(&url("https://api.example.com:8443/webhook"));
        one.tell();
        assert!(two.hear().now_or_never().is_some());
        assert!(two.hear().now_or_never().is_none(), "once is enough");
        assert!(one.hear().now_or_never().is_none(), "its own word is no news");
        assert!(else_where.hear().now_or_never().is_none());
    }

    #[test]
    fn a_server_is_forgotten_with_its_last_webhook() {
        let endpoints = Arc::new(Endpoints::default());
        let one = endpoints.join(&url("https://api.example.com/1"));
        let two = endpoints.join(&url("https://api.example.com/2"));
        drop(one);
        assert_eq!(endpoints.lock().len(), 1);
        drop(two);
        assert!(endpoints.lock().is_empty());
    }
}
