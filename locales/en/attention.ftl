# What needs attention: each sentence says what is the matter and what to do about it.

attention-not-writing = The database does not take writes: events wait. See the log; it goes on by itself when the cause is gone.
attention-not-ours = Another process uses this database: this one neither takes events nor delivers. Stop one of the two; when the other has ended, this one goes on by itself.
attention-disk-low = Little room on the disk: { $mebibytes } MiB are left. Free some room, or lower retention.bytes.
attention-duty-failing = The task “{ $title }” does not end well, and what it does stands still. My account → System says why.
attention-webhook-not-started = Nothing goes out of this webhook; { $waiting }. Its stored settings cannot be used, or the database cannot be read; the log says why.
attention-webhook-failing = The endpoint { $cause }; { $waiting }. Ramal goes on trying by itself, in order within each call.{ $event }
attention-webhook-gone = Paused: the endpoint answered 410 (gone); { $waiting }. Mend the URL and resume.
attention-webhook-paused = Paused by a person; { $waiting }. Resume when the endpoint is ready.
attention-event-failing = An event is not taken; the others go on.{ $event } It is tried again by itself.
attention-not-served = This version of Ramal does not serve the provider “{ $provider }”: nothing comes from this source. Use the version that made it, or delete the source.
attention-token-refused = Invalid token: { $provider } refused the token. Check it, and that the company is active at { $provider }.
attention-token-expired = The token expired on { $day }. Make another one at { $provider } and put it here.
attention-token-expires = The token expires { $day }. Make another one at { $provider } and put it here before that.
attention-gap-open = Not connected: what { $provider } sends now does not arrive. Tries go on by themselves.
attention-gap-open-about = Not connected, since the last sign of life before Ramal stopped: what { $provider } sends now does not arrive. Tries go on by themselves.
attention-not-connected = Not connected yet. Check the socket URL and the network; tries go on by themselves.
attention-silence = Connected, but without an event for more than an hour. If people are at work, check the company at { $provider }.
attention-silence-company =
    { $n ->
        [one] No event for 1 minute of working time. If people are at work, check the company at its provider.
       *[other] No event for { $n } minutes of working time. If people are at work, check the company at its provider.
    }
attention-door-refuses =
    { $n ->
        [one] The door has refused 1 post, and taken nothing since. { $advice }
       *[other] The door has refused { $n } posts, and taken nothing since. { $advice }
    }
attention-door-refuses-nobody =
    { $n ->
        [one] 1 post of { $provider } was refused without a token of any source: whose it is is not known. { $advice }
       *[other] { $n } posts of { $provider } were refused without a token of any source: whose they are is not known. { $advice }
    }
door-refused-advice =
    { $status ->
        [400] HTTP { $status }: the content has not the form that { $provider } documents. The last refusal, on the connection's page, names the field.
        [401] HTTP { $status }: the token that comes is not this source's. Check the token at { $provider }, or change it here.
        [409] HTTP { $status }: no token came, and there are several sources. Use the source's own address at { $provider }.
        [413] HTTP { $status }: the post is larger than this installation's bound.
       *[other] HTTP { $status }. Check at { $provider } where it posts to, and how.
    }
attention-events-refused = The database refused the content of events of this source, which are lost; all others were written down. The log and the gap of the source say why.
attention-events-lost = The database came back without the last events that it had written (a standby that was behind, or an older copy). Webhooks that have had them do not get them again; the others do not get them. The gap of the source says of when they are.
attention-calls-not-routed = { $provider } did not know in time where to send calls: { $count } in the last hour. They went on as the exchange is set. Check the address of the actions, the user and the password, and whether the exchange answers.
attention-calls =
    { $n ->
        [one] 1 call
       *[other] { $n } calls
    }
attention-events-expired = Events that retention took before they were delivered: { $count }.{ $event } Keep more (retention), or resume the webhook earlier.
attention-events-crowded-out = Events given up because too many are set aside: { $count }.{ $event } Send them again when the endpoint takes them.
attention-events-dead = Events that are not tried again by themselves: { $count }.{ $event } Send them again when the endpoint takes them, or discard them.
attention-contact-failing = Its last message was not taken. Tries go on by themselves; check the contact under Alerts, and test it.
attention-cause = { $sentence } The cause: { $why }.

# The event in question, as a sentence inside those above.
attention-the-event = Event { $id }{ $size }.
attention-the-event-answered = Event { $id }{ $size }, last answer: { $last }.
