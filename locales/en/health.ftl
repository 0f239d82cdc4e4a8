# How a webhook is doing: phrases in small letters, because they stand inside others too.

health-nothing-yet = no event has been delivered yet
health-nothing-yet-failed = no event has been delivered yet: the attempts failed
health-well = events are being delivered
health-unstable = unstable: { $share }% of the requests of the last hour succeeded
health-asked-to-wait = the endpoint asked us to wait (Retry-After)
health-paced = the endpoint takes no more at once
health-paced-minute = the endpoint refuses what comes faster; Ramal sends about { $count } a minute
health-paced-second = the endpoint refuses what comes faster; Ramal sends about { $count } a second
health-recovering = the endpoint is back; speed is growing again
health-retrying = the last requests failed and are being retried
health-failing = the endpoint { $cause }; events wait, in order within each call
health-not-started = nothing goes out: the stored settings cannot be used, or the database cannot be read. The log says why; Ramal tries again by itself
health-gone = the endpoint answered 410 (it is no more) to two events
health-paused = paused by an operator
health-paused-note = paused: { $note }
health-troubled = { $health }. Not taken so far: { $event }{ $size }, { $last }

# What is stored and cannot be used.
unusable-nothing = nothing goes out: { $why }
unusable-field = what is stored as “{ $field }” cannot be used. { $why }

# What the last request for an event came to.
answer-redirect = HTTP { $status }, a redirect to { $to }, which is not followed
answer-status = HTTP { $status }
answer-other = { $text }
health-elsewhere = this process does not have the company now; this is what was last written down

# What the endpoint does instead of taking events: completes "the endpoint …".
cause-status = answers HTTP { $status }
cause-redirect = answers HTTP { $status }, a redirect to { $to }, which is not followed
cause-unknown = takes nothing
cause =
    { $word ->
        [dns] is not found in the DNS
        [dns_timeout] is not resolved by the DNS in time
        [not_permitted] is at an address that Ramal's settings do not allow ([guard] allow)
        [connect_refused] refuses the connection
        [connect_timeout] does not accept the connection in time
        [unreachable] cannot be reached
        [proxy] is not reached: the proxy does not answer, or does not connect to it
        [tls_certificate] shows a certificate that is not valid: expired, for another name, or of an authority unknown here
        [tls_client_certificate] demands a client certificate, and Ramal presents none
        [tls] agrees to no secure connection
        [tls_timeout] does not agree to a secure connection in time
        [timeout] does not answer
        [reset] closes the connection before it answers
        [protocol] answers what is not valid HTTP
        [header_too_large] answers with headers that are too large
       *[internal] could not be called because of a defect of Ramal, which is in the log
    }

# Events that wait for a webhook: not delivered, and it will be sent them.
backlog-waiting =
    { $known ->
        [at_most] at most { $n } in the queue (rules have yet to decide)
        [at_least] more than { $n } events in the queue
       *[exactly]
            { $n ->
                [0] no event in the queue
                [one] { $n } event in the queue
               *[other] { $n } events in the queue
            }
    }
backlog-count =
    { $known ->
        [at_most] up to { $n }
        [at_least] more than { $n }
       *[exactly] { $n }
    }
