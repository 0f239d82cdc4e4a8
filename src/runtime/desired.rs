//! What the store says should run.

use std::collections::{HashMap, HashSet};
use std::fmt::Display;
use std::ops::{Deref, DerefMut};

use tracing::error;

use super::Runtime;
use super::couriers::Kept;
use super::doors::Door;
use super::lines::Wanted;
use crate::domain::{CompanyId, SourceId, WebhookId};
use crate::ownership::Owned;
use crate::secrets::Secret;
use crate::sources::{self, Account, Endpoint, Line, LineSpec, WayIn};
use crate::store::{Source, Store, StoreError, Webhook};

/// What should run on this node.
pub(super) struct Desired {
    pub lines: HashMap<SourceId, Wanted>,
    pub doors: Vec<Door>,
    pub webhooks: HashMap<WebhookId, Kept>,
    /// How many were read for it.
    pub rows: usize,
}

/// Reads what is wanted; remembers the opened secrets, which are read again only when their row has a new version.
#[derive(Default)]
pub(super) struct Loader {
    /// The leases that were taken, also those that are gone since and have not been taken again.
    companies: HashMap<CompanyId, Owned<CompanyId>>,
    secrets: HashMap<SourceId, (i64, Option<Secret>)>,
    nudges: HashMap<SourceId, u64>,
    /// Sources that cannot run, as the log was told once.
    told: HashSet<SourceId>,
}

/// The loader while a pass works with it. It goes back when this is dropped, after a panic too: without what it knows every
/// company would be new, and taken a second time.
pub(super) struct Lent<'a> {
    runtime: &'a Runtime,
    loader: Loader,
}

impl<'a> From<&'a Runtime> for Lent<'a> {
    fn from(runtime: &'a Runtime) -> Self {
        let loader = std::mem::take(&mut runtime.running().loader);
        Self { runtime, loader }
    }
}

impl Deref for Lent<'_> {
    type Target = Loader;

    fn deref(&self) -> &Loader {
        &self.loader
    }
}

impl DerefMut for Lent<'_> {
    fn deref_mut(&mut self) -> &mut Loader {
        &mut self.loader
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        self.runtime.running().loader.put_back(std::mem::take(&mut self.loader));
    }
}

impl Loader {
    /// An operator wants this source tried now.
    pub fn nudge(&mut self, source: SourceId) {
        *self.nudges.entry(source).or_default() += 1;
    }

    /// The leases of these companies were taken: from now on they run.
    pub fn adopted(&mut self, companies: Vec<Owned<CompanyId>>) {
        self.companies.extend(companies.into_iter().map(|owned| (owned.id(), owned)));
    }

    /// Companies that were taken and are not among these.
    pub fn gone(&self, present: &HashSet<CompanyId>) -> Vec<CompanyId> {
        self.companies.keys().filter(|company| !present.contains(company)).copied().collect()
    }

    /// What was taken of these companies, held or not.
    pub fn leases(&self, of: &HashSet<CompanyId>) -> Vec<Owned<CompanyId>> {
        of.iter().filter_map(|company| self.companies.get(company).cloned()).collect()
    }

    /// These do not run here any more.
    pub fn forget(&mut self, companies: &[CompanyId]) {
        self.companies.retain(|company, _| !companies.contains(company));
    }

    /// Nothing runs here any more.
    pub fn forget_all(&mut self) {
        self.companies.clear();
    }

    /// Takes back what a pass worked with; nudges that came meanwhile stay.
    pub fn put_back(&mut self, worked: Loader) {
        let came = std::mem::replace(self, worked).nudges;
        for (source, count) in came {
            *self.nudges.entry(source).or_default() += count;
        }
    }

    /// What should run of one company, or of all that were taken.
    pub async fn load(&mut self, store: &Store, only: Option<CompanyId>) -> Result<Desired, StoreError> {
        let sources = match only {
            Some(company) => store.sources(company).await?,
            None => {
                let sources = store.all_sources().await?;
                self.remember_only(&sources);
                sources
            }
        };
        let webhooks = match only {
            Some(company) => store.webhooks(company).await?,
            None => store.all_webhooks().await?,
        };
        let rows = sources.len() + webhooks.len();
        let (mut lines, mut doors) = (HashMap::new(), Vec::new());
        for source in sources {
            // A company that was made since the leases were taken has its turn with the next look.
            let Some(owned) = self.companies.get(&source.company).cloned() else { continue };
            let Some(provider) = sources::find(source.provider) else {
                self.tell_once(&source, "this provider is not served by this version");
                continue;
            };
            let secret = match self.secret(store, &source).await {
                // One row that cannot be read keeps nobody else's from running.
                Err(error @ (StoreError::Unreadable { .. } | StoreError::Seal(_))) => {
                    self.tell_once(&source, error);
                    continue;
                }
                secret => secret?,
            };
            match provider.way_in() {
                WayIn::Line(line) => {
                    if let Some(spec) = self.line(line, &source, secret.as_ref()) {
                        lines.insert(source.id, Wanted { company: owned, line, spec });
                    }
                }
                WayIn::Endpoint(endpoint) => doors.extend(door(endpoint, owned, source, secret)),
            }
        }
        let kept = |row: Webhook| {
            let company = self.companies.get(&row.company)?.clone();
            Some((row.id, Kept { company, row }))
        };
        let webhooks = webhooks.into_iter().filter_map(kept).collect();
        Ok(Desired { lines, doors, webhooks, rows })
    }

    /// Nothing is remembered of sources that are no more.
    fn remember_only(&mut self, sources: &[Source]) {
        let present: HashSet<SourceId> = sources.iter().map(|source| source.id).collect();
        self.secrets.retain(|source, _| present.contains(source));
        self.nudges.retain(|source, _| present.contains(source));
        self.told.retain(|source| present.contains(source));
    }

    async fn secret(&mut self, store: &Store, source: &Source) -> Result<Option<Secret>, StoreError> {
        if let Some((version, secret)) = self.secrets.get(&source.id)
            && *version == source.version
        {
            return Ok(secret.clone());
        }
        let secret = store.source_secret(source.id).await?;
        self.secrets.insert(source.id, (source.version, secret.clone()));
        Ok(secret)
    }

    fn line(&mut self, line: &dyn Line, source: &Source, secret: Option<&Secret>) -> Option<LineSpec> {
        let none = Secret::new("");
        let target = line.target(&source.config, secret.unwrap_or(&none));
        if target.is_ok() {
            self.told.remove(&source.id);
        }
        match target {
            Ok(target) => Some(LineSpec {
                wanted: source.connect && secret.is_some(),
                target,
                token_mask: source.secret_mask.clone(),
                registered_company: source.account.as_deref().and_then(|account| account.trim().parse().ok()),
                nudge: self.nudges.get(&source.id).copied().unwrap_or_default(),
            }),
            Err(error) => {
                self.tell_once(source, format_args!("the stored address cannot be used: {error}"));
                None
            }
        }
    }

    /// The rows are read every few seconds; the log hears of a trouble in them once.
    fn tell_once(&mut self, source: &Source, trouble: impl Display) {
        if self.told.insert(source.id) {
            error!(company = %source.company, source = %source.id, provider = %source.provider, "{trouble}");
        }
    }
}

fn door(
    endpoint: &'static dyn Endpoint,
    company: Owned<CompanyId>,
    source: Source,
    secret: Option<Secret>,
) -> Option<Door> {
    let account = Account { company, source: source.id };
    let (path_key, token, provider) = (source.path_key?, secret, source.provider);
    if token.is_none() && !endpoint.may_be_open() {
        return None;
    }
    let by_token = source.found_by_secret;
    let (token_name, token_in) = (endpoint.token_name(), endpoint.token_in(&source.config));
    let listen = sources::find(provider).and_then(|definition| definition.listens_on(&source.config));
    let connect = source.connect;
    Some(Door { account, provider, token_name, token_in, path_key, token, by_token, connect, listen })
}
