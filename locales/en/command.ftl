# What the command line says.


# Why a command did not do what it was asked.
failure-system = the system refused: { $error }
failure-listen = cannot listen on { $address }: { $error }
failure-ca-file = extra_ca_file: { $error }
failure-client = no client for the providers' APIs: { $error }
failure-addresses = the addresses of webhooks could not be sealed: { $error }
failure-worker = a worker thread could not be started: { $error }
failure-no-database = there is no database at { $file }
failure-simulation = the simulation did not start: { $error }
failure-checks = { $bad } check(s) failed
health-failed = { $url }: { $why }
health-late = no answer within three seconds
failure-company = company `{ $company }`, { $part }: { $what }

# What a database's trouble means to whoever runs the program.
store-in-use = the database { $database } is in use by another process: is Ramal running? Stop it first
store-newer = the database is newer than this program: its schema is version { $found } and needs a program that knows version { $compatible }; this one knows { $known }
store-older = the database is older than this program: its schema is version { $found }, and this program's is { $known }. An older program runs on it: stop that first, or start the new one (ramal serve)
store-full = the database is full: { $detail }
store-read-only = the database is read-only: { $detail }
store-corrupt = the database is damaged or is no database: { $detail }
store-gone = the database is out of reach: { $detail }
store-busy = the database is locked: { $detail }
store-no-master-key = with PostgreSQL the master key must be set (`master_key`; make one with `openssl rand -base64 32`)

# What ramal check finds.
check-env-file = variables: { $variables } (those of the environment win)
check-settings = settings
check-settings-valid = valid; { $companies } company(ies) and { $webhooks } webhook(s) kept there
check-free = free to listen on
check-in-use = in use: by Ramal, if it is running
check-not-free = cannot listen: { $error }
check-empty = empty; will be set up at the first start
check-older = schema { $version }, will be brought to { $known } at the start; the master key opens its { $keys } keys
check-database = schema { $version }; the master key opens its { $keys } keys; { $companies } company(ies) and { $webhooks } webhook(s)
check-certificates = the system's certificates
check-socks = names a SOCKS proxy, which is not supported: it is not used
check-no-host = no host or no port
check-mail = answers, and takes what [smtp] says
check-reachable = reachable in { $millis } ms ({ $peer })

# The keys.
key-shown = API key, shown only now:
key-rotated = a new data key; secrets sealed again: { $sealed }
master-beside = the master key is another one now: put { $file } in the place of { $old }, or into master_key_file
master-elsewhere = the master key is another one now: put what { $file } holds into master_key, or the file into master_key_file

# The receiver.
receiver-address = Receiving on http://{ $address }/  (http://{ $address }/stats)
