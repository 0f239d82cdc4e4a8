# How a webhook is doing: phrases in small letters, because they stand inside others too.

health-nothing-yet = no event has been delivered yet
health-nothing-yet-failed = no event has been delivered yet: the attempts failed
health-well = events are being delivered
health-asked-to-wait = the endpoint asked us to wait (Retry-After)
health-paced = the endpoint takes no more at once
health-paced-minute = the endpoint refuses what comes faster; Ramal sends about { $count } a minute
health-paced-second = the endpoint refuses what comes faster; Ramal sends about { $count } a second
health-recovering = the endpoint is back; speed is growing again
health-retrying = the last requests failed and are being retried
health-not-answering = the endpoint does not answer. Ramal tries again now and then; events wait in the queue
health-refusing-all = the endpoint refuses every event; events wait
health-not-started = nothing goes out: the stored settings cannot be used, or the database cannot be read. The log says why; Ramal tries again by itself
health-gone = the endpoint answered 410 Gone to two events
health-paused = paused by an operator
health-paused-note = paused by an operator: { $note }
health-troubled = { $health }. Not taken so far: { $event }{ $size }, { $last }

# What is stored and cannot be used.
unusable-nothing = nothing goes out: { $why }
unusable-field = what is stored as “{ $field }” cannot be used. { $why }

# What the last request for an event came to.
answer-redirect = HTTP { $status }, a redirect to { $to }, which is not followed
answer-status = HTTP { $status }
answer-other = { $text }
health-elsewhere = this process does not have the company now; this is what was last written down
