# What refused settings say.


# What is wrong with a setting.
setting-syntax = not valid TOML: { $text }
setting-assignment = write it as KEY=VALUE
setting-unknown = there is no such setting
setting-unknown-nearest = there is no such setting; did you mean `{ $name }`?
setting-not = { $given } is not { $expected }
setting-value-not = the value is not { $expected }
setting-missing = is missing
setting-needed = is missing ({ $why })
setting-no-variable = the environment variable { $name } is not set
setting-reference = write a reference as ${"{"}NAME{"}"}, and a literal `${"{"}` as `$${"{"}`
setting-unreadable = cannot read { $path }: { $error }
setting-folder = cannot read { $path }: it is a folder, not a file (Docker makes one where the file to be mounted is missing)
setting-both = `{ $other }` says the same; keep one of the two
setting-listens-already = an address of its own (`listen` or another entry has it already)
setting-taken = the name "{ $name }" is already taken above

# What would be right, inside “is not …”.
setting-url = a full URL that starts with http:// or https://
setting-signs = a secret that signs: { $why }
setting-list = a list in brackets
setting-table-example = a table such as {"{"} "X-Team" = "sales" {"}"}
setting-table = a table
setting-size = a size such as "64 MiB" or "10 GiB"
setting-time = a time such as "7 days" or "15s"
setting-env-line = is not NAME=VALUE
setting-env-quote = the quote that begins here has no end
setting-env-behind = nothing but a comment may stand behind the closing quote
setting-listen = an IP address with a port, such as 127.0.0.1:8080 or [::]:8080
setting-network = a network such as 10.0.0.0/8 or fd00::/8
setting-url-plain = a URL without user and password (use a header)
setting-url-whole = a whole URL: a part of it is hidden (…)
setting-site = an address without a path, such as "https://ramal.example.com": the panel needs a name or a port of its own
setting-name = a name of 1 to { $most } characters on one line
setting-text = a text in quotes
setting-whole = a whole number from { $least } to { $most }
setting-truth = true or false
setting-words = one of these words: { $list }
setting-database = a URL such as sqlite://data/ramal.db or postgres://user@host/database
setting-event-types = a list of { $least } to { $most } event types
setting-redacted = a list of at most { $most } keys
setting-pauses = a list of { $least } to { $most } pauses
setting-event-type = an event type: the exact name, a prefix such as "call-*", or "*"
setting-rules = a list of rules such as [{"{"} path = "call.status", operator = "equals", value = "3" {"}"}]
setting-header-value = a text of 1 to { $most } bytes on one line
setting-master-key = 32 random bytes in base64 or hexadecimal (make them with `openssl rand -base64 32`)
setting-master-key-needed = with PostgreSQL it must be set; make one with `openssl rand -base64 32`
setting-log-level = a level (off, error, warn, info, debug, trace) or a filter such as info,ramal::delivery=debug
setting-least-age = at least retention.age
setting-least-bytes = at least retention.bytes
setting-least = at least { $kib } KiB
setting-node = a name of 1 to 64 letters, digits, dots, hyphens or underscores
setting-most-memory = at most limits.memory_bytes
setting-smtp-host = the name of a server, without a port, such as smtp.mycompany.com
setting-smtp-from = an address such as ramal@mycompany.com, or "Ramal <ramal@mycompany.com>"
setting-smtp-from-needed = who the mails are from, as smtp.host is set
setting-smtp-username = a user name on one line
setting-smtp-username-needed = whose is the password?
setting-smtp-password-needed = the user needs a password
setting-proxy = the address of an HTTP proxy, such as http://user:password@proxy.company:3128 (SOCKS is not supported), or, as the setting proxy, "off" for none
