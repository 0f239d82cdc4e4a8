# Why a token, secret or header cannot be used.

credential-empty = there is nothing in it
credential-too-long = it is longer than 4096 bytes
credential-control = it has line breaks or control characters
credential-nothing-behind = nothing stands behind `whsec_`: paste the whole secret
credential-not-base64 = what stands behind `whsec_` is not base64: paste the whole secret, or take a text that does not begin with `whsec_`
credential-url-safe = `-` and `_` behind `whsec_` are the base64 of URLs, which libraries do not read: write `+` for `-` and `/` for `_`
credential-misplaced = `whsec_` may only stand at the very beginning, in small letters: paste what begins there, without `v1,` and quotation marks

# Why there is no master key.
master-key-length = the master key has { $found } bytes after decoding; it needs 32 (make one with `openssl rand -base64 32`)
master-key-encoding = the master key is neither base64 nor 64 hexadecimal digits
master-key-weak = the master key repeats one byte; make a random one with `openssl rand -base64 32`
master-key-missing = the database holds encryption keys, but the master key that opens them is not at { $path }: put that file back (a new one is not made, since it could not open them)
master-key-exposed = others may read the master key: { $path } has mode { $mode }; run `chmod 600 { $path }`
master-key-bad-file = the file { $path } holds no master key: { $reason }
master-key-io = cannot { $action ->
        [replace] replace
        [open] open
        [inspect] inspect
        [read] read
        [create] create
        [write] write
       *[sync] sync
    } the master key's file { $path }: { $error }
