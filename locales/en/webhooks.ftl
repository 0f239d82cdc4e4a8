# A company's webhooks: health, deliveries, held events.

webhooks-title = Webhooks
webhooks-none = No webhook yet
webhooks-none-text = A webhook receives, by POST, those events of this company that you choose.
webhooks-none-text-all = A webhook receives, by POST, the events of a company that you choose. It is made on the company's page.
webhooks-none-found = No webhook found
webhooks-none-found-text = No webhook that you see meets all the filters.
webhooks-search-what = Name, URL or ID
webhooks-search-what-all = Name, company, URL or ID
webhooks-are =
    { $state ->
        [failing] Failing
        [unsteady] Unsteady
        [paused] Paused
       *[well] In order
    }
webhooks-sort-by =
    { $by ->
        [state] Worst first
        [name] Company and name
        [backlog] Longest queue
       *[success] Last delivery
    }
webhooks-count =
    { $n ->
        [one] { $n } webhook
       *[other] { $n } webhooks
    }
webhooks-count-of =
    { $total ->
        [one] { $n } of { $total } webhook
       *[other] { $n } of { $total } webhooks
    }
webhook-elsewhere = In another process

webhook-name = Name
webhook-url = URL
webhook-events = Events
webhook-health = Health
webhook-backlog = Queued
webhook-backlog-means = not delivered yet: wait for their turn, or the next try
webhook-oldest = the oldest
webhook-held-means = set aside so that the others go on; will be tried again
webhook-held = Held
webhook-dead-means = will not be tried again by themselves
webhook-dead = Undelivered
webhook-last-success = Last delivery
webhook-last-failure = Last failure
webhook-ready = Waiting
webhook-undelivered = Nothing delivered
webhook-healthy = In order
webhook-unstable = Unstable ({ $share }% in the last hour)
webhook-slow = Slower
webhook-failing = Failing
webhook-paused = Paused
webhook-paused-by = Paused by { $who }, { $when }.
webhook-identity = What it is
webhook-since = Since
webhook-next-try = Next try at { $time }.
webhook-step-resume = Nothing is lost: events wait in the queue and go out when you resume, in order within each call.
webhook-step-failures = See what the endpoint answered to the last attempts.
webhook-step-dead =
    { $n ->
        [one] { $n } event was not delivered and will not be tried again by itself. See why and send it again.
       *[other] { $n } events were not delivered and will not be tried again by themselves. See why and send them again.
    }
webhook-reach-link = Check whether the address answers
webhook-reach-awaited = Checking whether the address answers…
webhook-reached = The address answers: connected in { $connect }.
webhook-reached-tls = The address answers: connected in { $connect }, TLS in { $tls }.
webhook-reached-advice = Only the connection was looked at; nothing was sent. A test shows what the receiver answers to an event.
webhook-unreached =
    { $cause ->
        [dns] The name { $host } was not found (DNS).
        [dns_timeout] The name { $host } was not resolved in time (DNS).
        [not_permitted] { $host } is not on the public internet and has not been permitted.
        [connect_refused] Nobody answers at { $at } (connection refused).
        [connect_timeout] { $at } did not accept the connection in time.
        [proxy] The proxy cannot be reached, or does not connect to { $at }.
        [tls_certificate] { $at } answers, but its certificate is not valid (TLS): expired, for another name, or of an authority unknown here (extra_ca_file adds one).
        [tls_client_certificate] { $at } answers, but demands a client certificate (TLS).
        [tls] { $at } answers, but no secure connection could be agreed (TLS).
        [tls_timeout] { $at } answers, but the secure connection was not agreed in time (TLS).
       *[other] { $at } cannot be reached.
    }
webhook-see-failures = See the failures
webhook-see-dead = See the undelivered
webhook-pause = Pause
webhook-pause-reason = Reason
webhook-pause-hint = Shown to whoever opens this page. Nothing is lost while it is paused.
webhook-pause-done = Webhook paused. Events wait in the queue.
webhook-try-now = Try now
webhook-try-now-done = What failed is being tried now.
webhook-resume = Resume
webhook-resume-done = Webhook resumed.
webhook-resend-done =
    { $n ->
        [one] { $n } event is being sent again. The result appears among the deliveries.
       *[other] { $n } events are being sent again. The results appear among the deliveries.
    }
webhook-resend-none = Nothing to send again: the event is still queued and goes out in its turn.
webhook-discard-done =
    { $n ->
        [one] { $n } event discarded. It is under "Undelivered" and can be sent again.
       *[other] { $n } events discarded. They are under "Undelivered" and can be sent again.
    }
webhook-discard-none = Nothing to discard: none of these events is held or undelivered.

attempts-title = Recent deliveries
attempts-filter = Filter the deliveries
attempts-all = All
attempts-delivered = Delivered
attempts-failed = Failures
attempts-none = No delivery yet
attempts-none-text = Each attempt to deliver appears here with the endpoint's answer.
attempts-none-such = No such delivery
attempts-none-such-text = No attempt had this result. Choose another filter.
attempt-when = When
attempt-event = Event
attempt-answer = Answer
attempt-from = Origin
attempt-why = Why
attempt-status = HTTP { $status }
attempt-no-answer = No answer
attempt-redirect = A redirect to { $to }, which is not followed
attempt-ms = { $ms } ms
attempt-nth = #{ $n }
attempt-shown = The chosen delivery
attempt-request = See what was sent
attempt-n = attempt { $n }
attempt-origin =
    { $origin ->
        [resend] Resend
        [replay] Replay
        [test] Test
       *[live] Live
    }
phase-dns = DNS
phase-connect = Connect
phase-tls = TLS
phase-first-byte = First byte
phase-total = Total

held-title = Held events
held-states = State
held-state =
    { $state ->
        [dead] Undelivered
        [retrying] Retrying
        [alone] Retrying apart
       *[waiting] Waiting
    }
held-about =
    { $state ->
        [dead] They will not be tried again by themselves. Send them again when the endpoint is ready.
        [retrying] They failed and are tried again shortly; others of the same call wait for them.
        [alone] They go on being tried and hold no other events up.
       *[waiting] They wait for an earlier event of the same call, chat or agent.
    }
held-reason =
    { $reason ->
        [failed] The request failed
        [lane_busy] An earlier event of the same call is ahead
        [rejected] Refused by the endpoint
        [exhausted] Every attempt was used
        [crowded_out] Too many events were held
        [expired] Retention ended
       *[discarded] Discarded by a person
    }
held-choose = Choose
held-attempts = Attempts
held-since = Since
held-next = Next
held-none = No event here
held-none-text = Events that the endpoint did not accept, or that wait for another, appear here.
held-resend = Send the ticked ones again
held-discard = Discard the ticked ones

delivery-received = received
delivery-attempts = Attempts
delivery-no-attempts = No request was made for this event.
delivery-answer = Beginning of the answer
delivery-request = Request
delivery-request-text = As it would be sent now: this event's content, with today's address and credentials.
delivery-masked = The values behind the “?” of the URL and the secrets are masked (***, …).
delivery-curl-masked = In the curl too: put the real values in place of the masks before you use it.
delivery-cut = The body is larger than this page shows; this is its beginning.
delivery-curl = Copy as curl
delivery-curl-show = Show as curl
delivery-resend = Send again
rule-operator =
    { $operator ->
        [equals] equals
        [not_equals] does not equal
        [greater_than] is greater than
        [less_than] is less than
        [contains] contains
        [not_contains] does not contain
       *[exists] exists
    }

webhooks-new = New webhook
webhook-new = New webhook
webhook-edit = Edit webhook
webhook-save = Save
webhook-created = Webhook created. It receives the events that come from now on.
webhook-created-title = Webhook created
webhook-saved = Webhook saved. The chosen events and the rules hold for what comes from now on.
webhook-all-types = All events (*)
webhook-all-types-hint = The types that appear later too. With this box ticked nothing else need be chosen.
webhook-types-chosen = { $chosen } of { $all }
webhook-types-all = all
webhook-types-whole = All { $types }
webhook-types-whole-hint = Those that appear with this beginning too.
webhook-types-others = Others
webhook-find-type = Find an event type
webhook-more = Other types
webhook-more-hint = Exact names, or prefixes such as call-*. One a line.
webhook-more-wrong =
    { $n ->
        [one] { $types } is not an event type: use the exact name, or a prefix such as call-*.
       *[other] { $types } are not event types: use exact names, or prefixes such as call-*.
    }
webhook-anyway = Save it all the same
webhook-anyway-hint = The provider may have new types. If the name is wrong, this webhook receives nothing by it.
webhook-events-none = Choose at least one event.
webhook-rules = Rules
webhook-rules-hint = An event is sent only if all rules of its type hold. The field is a path in the payload, such as callHistory.status. To remove a rule, empty its row.
webhook-rules-means = Events of these types that do not meet them are not sent.
webhook-rules-edit = Edit the rules
webhook-rule = Rule { $n }
webhook-rule-event = Event type
webhook-rule-path = Field
webhook-rule-operator = Condition
webhook-rule-value = Value
webhook-type-seen =
    { $n ->
        [one] { $n } recent
       *[other] { $n } recent
    }
webhook-sample = Make a rule from an example
webhook-sample-button = Show a recent event
webhook-sample-pick = Click a value to make a rule of it.
webhook-sample-made = Rule made: #
webhook-sample-none = No recent event of this type.
webhook-sample-later = When the first events have arrived, rules can be made by clicking values of an example.
webhook-bearer = Authentication (Bearer)
webhook-bearer-hint = Sent as Authorization: Bearer. It is stored encrypted.
webhook-bearer-kept = There is one: { $mask }. Leave this empty to keep it.
webhook-bearer-clear = Remove the present token
webhook-sign = Signature (HMAC)
webhook-sign-hint = Signs every request. The secret is made now and shown once.
webhook-kept-headers = Headers to keep
webhook-headers = Headers to add
webhook-headers-hint = One a line, such as X-Key: value, sent in the letters you write. A User-Agent of your own replaces Ramal's. The values are stored encrypted.
webhook-format = Format of the body
webhook-format-of =
    { $format ->
        [ramal] Ramal: event, payload and meta
        [native] As { $provider }'s own webhooks
        [socket2webhook] socket2webhook: event_type, company_id, timestamp and data
       *[cloudevents] CloudEvents 1.0
    }
webhook-rate = Requests a second
webhook-rate-hint = At most. Empty is unlimited.
webhook-concurrency = Requests at once
webhook-concurrency-hint = 1 to 512.
webhook-timeout = Time limit, in seconds
webhook-timeout-hint = 1 to 60, to the last byte of the answer.
webhook-ordered = Keep the order
webhook-ordered-hint = Events of one call, chat or agent go out one at a time, in the order in which they came.
webhook-preview = Preview
webhook-redact = Fields that do not leave
webhook-redact-hint = Names of fields, one a line. Wherever they are in the content, the value that is sent is "***". Holds for what comes after saving.
webhook-retry = Further tries, in seconds
webhook-retry-hint = The pause before each further try, from 1 to 86400, up to 20. After the last the event stays undelivered. Empty is the usual plan.
webhook-preview-none = Shows here the body and the headers of a delivery with what is filled in, without sending or saving anything.
webhook-preview-text = The body and headers, with this company's latest event. Nothing was sent or saved.
webhook-preview-text-new = The body and headers, with this company's latest event. The signature and the webhook_id are set when you save. Nothing was sent or saved.
webhook-preview-button = Show the preview
webhook-delete = Delete webhook
webhook-delete-goes = The webhook { $name }, its settings and its secrets.
webhook-delete-queue = What waits for it, and will not be sent: { $waiting }.
webhook-delete-stays = The company's events stay stored.
webhook-deleted = Webhook deleted.

webhook-set-limits = Limits
webhook-set-pace =
    { $n ->
        [one] One request at a time, without a bound a second; each answer within { $timeout }.
       *[other] Up to { $n } requests at once, without a bound a second; each answer within { $timeout }.
    }
webhook-set-pace-bounded =
    { $n ->
        [one] One request at a time, up to { $rate } a second; each answer within { $timeout }.
       *[other] Up to { $n } requests at once and { $rate } a second; each answer within { $timeout }.
    }
webhook-set-ordered = In order: events of the same call, chat or agent go out one at a time.
webhook-set-unordered = Without keeping order.
webhook-set-plan = Further tries
webhook-set-retries =
    { $n ->
        [one] { $n } more try, after { $pauses }; then the event stays undelivered.
       *[other] { $n } more tries, after { $pauses }; then the event stays undelivered.
    }

webhook-skip = Skip the queue
webhook-skip-title = Skip the queue of { $name }?
webhook-skip-nothing = There is nothing in the queue to skip.
webhook-skip-goes = What is in the queue up to the event { $to } will not be sent to this webhook: { $waiting }.
webhook-skip-until = That event was received { $when }. What is being sent already ends.
webhook-skip-kept = Nothing is deleted: the events stay stored, are shown as “Skipped” and can be sent again, one by one or by period, until retention takes them.
webhook-skip-held =
    { $n ->
        [one] { $n } event that failed or was not delivered is not in the queue and stays as it is.
       *[other] { $n } events that failed or were not delivered are not in the queue and stay as they are.
    }
webhook-skip-later = What comes after that event is sent as usual.
webhook-skip-done = The queue was skipped up to the event { $to }.

secret-title = Signing secret
secret-none = This webhook does not sign its requests yet.
secret-now = Signing now:
secret-overlap = Overlap, in hours
secret-overlap-hint = How long the old secret goes on signing beside the new one. 0 to 720.
secret-own = Use this secret
secret-own-hint = If empty, a new secret is made here and shown once. If the secret is base64, write whsec_ before it, here and at the receiver: without it Ramal signs with the text itself, and libraries of Standard Webhooks decode it.
secret-button = Replace the secret
secret-begin = Sign
secret-done = The new secret signs requests from now on.
secret-done-title = Secret replaced
secret-once = Copy the secret now: it will not be shown again.

verify-title = How to verify the signature
verify-text = Every request carries the header X-Signature-SHA256: the HMAC-SHA256 of the body, in hexadecimal, with the secret as key. Check it over the exact bytes of the body, before parsing it, and compare in constant time.
verify-standard = There are also webhook-id, webhook-timestamp and webhook-signature, of Standard Webhooks. While a secret is being replaced, the old one signs in X-Signature-SHA256-Previous.
verify-unsigned = This webhook has no secret: its requests are not signed.
verify-copy = Copy the code in { $language }

test-title = Send a test
test-event = Event type
test-event-hint = Choose from the list or type another. The newest event of this type that this webhook would receive is sent now, as it came; where there is none, an example. The header X-Ramal-Test: true says that it is a test: an endpoint that does not look at it takes it for any other event.
test-made-of =
    { $made ->
        [event] The event { $id } ({ $type }) was sent, received { $when }: the same body as a delivery, with a webhook-id that only this test has.
        [example] There is no recent event of the type { $type } that this webhook would receive: the example of the provider’s documents was sent.
        [payload] The given payload was sent, as { $type }.
       *[placeholder] There is no recent event of the type { $type } that this webhook would receive, and no example in the documents: a minimal payload was sent.
    }
test-see-event = See the event
test-delivered = The endpoint accepted the test: HTTP { $status }
test-refused = The endpoint refused the test: HTTP { $status }
test-refused-advice = The answer below often says why.
test-unanswered = The test was not answered
test-timing = Timing
test-answer = Answer

webhook-edit-button = Edit
webhook-signature = Signature
webhook-unsigned = Not signed.
