# What the log says to who reads it on a terminal.

log-master-key-made = 🔑 Master key made in { $path }: keep a copy elsewhere; without it the stored tokens are lost
log-setup-open = 👤 Nobody can sign in to the panel yet: create the administrator at { $url }
log-foreign-origin = 🚫 A form of the panel was refused: the browser is at { $origin }, and the request came with Host { $host }. { $advice }
log-advice-unbelieved = X-Forwarded-Host is believed only from the networks of trusted_proxies: put the proxy there, or set public_url
log-advice-host = behind a proxy, have it pass the header Host on (nginx: proxy_set_header Host $http_host;), or set public_url
log-listening = 🚀 Ramal { $version } at http://{ $address }
log-listening-inbound = 🚀 Ramal { $version } at http://{ $address }, the providers' doors at http://{ $inbound }
log-stopping = 🛑 Stopping: { $reason }
log-stopped = 👋 Stopped; all that was accepted is written down
log-settings-read = 🔄 Settings read again: { $companies } companies are up to date
log-settings-read-restart = 🔄 Settings read again: { $companies } companies are up to date; other changes count from the next start
log-settings-refused = ❌ Settings read again and refused; everything stays as it was: { $error }
log-task-panicked = ❌ Internal failure in { $task }. It starts again in { $wait }
log-lines-lost = ⚠️ { $count } lines of this log are lost: nobody read them, or there was no room
log-suppressed = (+{ $count } lines like this one not shown)

# The sources.
log-connected = ✅ Connected to the socket of { $provider } for company { $company }!
log-disconnected = 🔌 Disconnected from the socket of { $provider } for company { $company }: { $reason }
log-source-stopped = ⏹️ Connection ended for company { $company } ({ $source })
log-reconnecting = 🔄 Next try to connect for company { $company } in { $wait } (try { $attempt })
log-refused = ❌ Invalid token for company { $company }: { $reason }. Check the token and that the company is active at { $provider }
log-gap = ⚠️ A gap of { $lasted } without events for company { $company }: { $reason }
log-event-received = 📥 Event received: { $event } for company { $company }

# The webhooks.
log-webhook-sent = 📤 Webhook sent: { $event } → { $url }
log-webhook-delivered = ✅ Webhook delivered to { $url }
log-webhook-failed = ❌ Webhook failed: { $event } → { $url }: { $error } (try { $attempt })
log-event-dead = 💀 Event not delivered: { $event } → { $url }: { $reason } (after { $attempts } tries)
log-webhook-troubled = ⚠️ Webhook { $webhook } is in trouble ({ $health }): { $url }: { $reason }
log-webhook-recovered = ✅ Webhook { $webhook } is well again: { $url }
log-webhook-paused = ⏸️ Webhook { $webhook } paused: { $reason }
log-webhook-resumed = ▶️ Webhook { $webhook } resumed
log-events-expired = ⚠️ { $count } events expired before they were delivered: { $company }, { $webhook }

# The database.
log-waiting-for-database = ⏳ Waiting for the database (giving up in { $wait }): { $error }
log-store-troubled = ❌ The database does not take writes: { $error }. Sources wait; nothing that was accepted is lost
log-store-recovered = ✅ The database is back after { $after }
log-not-written = ❌ { $count } event(s) of { $company } not written down: { $error }
