# Incidents: what is the matter, in a line, and what happened to each.

incident-not-writing = the database does not take writes
incident-not-ours = another process uses this database
incident-disk-low = little room on the disk
incident-duty-failing = the task “{ $title }” fails
incident-not-served = this version does not serve the provider “{ $provider }”
incident-token-refused = { $provider } refuses the token
incident-token-expired = the token of { $provider } expired on { $day }
incident-token-expires = the token of { $provider } expires { $day }
incident-gap-open = not connected to { $provider }
incident-not-connected = not connected to { $provider } yet
incident-silence = connected to { $provider }, but without events
incident-silence-company = connected, but without events in working hours
incident-door-refuses = the door of { $provider } refuses what comes
incident-door-refuses-nobody = the door of { $provider } refuses posts of an unknown source
incident-events-refused = the database refused events of { $provider }
incident-events-lost = the database lost events of { $provider }
incident-calls-not-routed = calls of { $provider } went on unrouted
incident-webhook-failing = { $destination } { $cause }
incident-webhook-gone = { $destination } answered 410: paused
incident-webhook-paused = { $destination }: paused for more than a day
incident-webhook-not-started = { $destination }: nothing goes out of the webhook
incident-event-failing = { $destination } does not take an event
incident-events-dead = events not delivered to { $destination }
incident-events-crowded-out = events given up, for too many failed at { $destination }
incident-events-expired = events expired before they were delivered to { $destination }
incident-contact-failing = the contact “{ $name }” gets no alerts
incident-see-contact = See the contact
day-written = { $year }-{ $month }-{ $day }
day-unknown = a day that is not known
day-to-come =
    { $n ->
        [0] today ({ $day })
        [one] tomorrow ({ $day })
       *[other] in { $n } days ({ $day })
    }
day-to-come-alone = on { $day }

# The pages.
incidents-title = Incidents
incidents-lead-open =
    { $n ->
        [0] No open incident.
        [one] 1 open incident.
       *[other] { $n } open incidents.
    }
incidents-none = No open incident
incidents-none-text = What goes wrong appears here, with since when, what it costs and what to do.
incidents-closed-none = Nothing was closed yet
incidents-open-tab = Open
incidents-closed-tab = Closed
incidents-see-closed = Closed
incidents-see-all = See all ({ $n })
incident-cost =
    { $cost ->
        [losing] Losing now
        [waiting] Late, nothing lost
       *[coming] Will happen
    }
incident-cost-means =
    { $cost ->
        [losing] what comes meanwhile, or is gone already, does not come back by itself
        [waiting] kept on the disk; it goes on when the cause has passed
       *[coming] nothing is lost yet
    }
incident-of-installation = The whole installation
incident-webhooks =
    { $n ->
        [one] { $name }
       *[other] { $n } webhooks
    }
incident-of-company = { $what }, of { $company }
incident-lasted = { $from } to { $to }, { $span }
incident-waiting = In the queue
incident-lost = Lost
incident-undelivered = Not delivered
incident-now-webhooks =
    { $n ->
        [one] Now 1 webhook.
       *[other] Now { $n } webhooks.
    }
incident-began-about = It began at the last sign of life before Ramal stopped.
incident-see-webhooks = See the webhooks
incident-next-try = Next try
incident-not-proven = Nothing has shown yet that it is over: until then the incident stays open.
incident-unwritten = This incident could not be written down: the database does not take writes.
incident-take = Acknowledge
incident-taken = Acknowledged by { $who }
incident-taken-done = Incident acknowledged.
incident-silence-until = Silence until…
incident-silence-hour = 1 hour
incident-silence-day = Tomorrow at 8:00
incident-silence-closed = Until it is over
incident-silenced-until = Silenced until { $until }
incident-silenced-until-closed = Silenced until it is over
incident-silenced-done = Silenced: no alert of this incident goes out until then.
incident-hear = End the silence
incident-heard-done = The incident is heard again.
incident-note = Note: what you saw or agreed
incident-note-save = Note
incident-note-done = Noted.
incident-history = What happened
incident-before = Before this
incident-before-none = It is the first time.
incident-closed-at = Closed { $at }
incident-only-open = This incident is closed already.
incident-most-waiting =
    { $n ->
        [one] 1 event in the queue at most.
       *[other] { $n } events in the queue at most.
    }
incident-over-lasted = It lasted { $span }.
incident-most-calls = At most, { $calls } in an hour.
incident-most-refused =
    { $n ->
        [one] 1 post refused.
       *[other] { $n } posts refused.
    }
incident-most-lost =
    { $n ->
        [one] 1 event.
       *[other] { $n } events.
    }
incident-step =
    { $step ->
        [opened] Incident opened
        [changed] Changed
        [again] Came back
        [acknowledged] Acknowledged
        [silenced] Silenced
        [heard] Heard again
        [noted] Note
        [told] Alert sent
        [not_told] Alert not delivered
       *[closed] Closed
    }
incident-step-by = { $step } by { $who }
incident-ended =
    { $why ->
        [delivering] The endpoint takes events again.
        [connected] The connection is back.
        [stopped] Paused or disconnected by a person.
        [gone] It is no more, or leads elsewhere.
       *[over] It is over.
    }
incidents-heading-losing =
    { $n ->
        [one] 1 incident losing events now
       *[other] { $n } incidents losing events now
    }
incidents-heading-waiting =
    { $first ->
        [yes]
            { $n ->
                [one] 1 incident late (nothing lost)
               *[other] { $n } incidents late (nothing lost)
            }
       *[no] { $n } late (nothing lost)
    }
incidents-heading-coming =
    { $first ->
        [yes]
            { $n ->
                [one] 1 incident to come
               *[other] { $n } incidents to come
            }
       *[no] { $n } to come
    }
incidents-heading-and = { $some } and { $last }
incidents-silent =
    { $n ->
        [one] 1 silenced
       *[other] { $n } silenced
    }
incidents-count-means =
    { $n ->
        [one] 1 incident
       *[other] { $n } incidents
    }
incidents-worst-of = The worst are listed, of { $n } in all.
incident-kind =
    { $kind ->
        [not_writing] Database takes no writes
        [not_ours] Another process has the database
        [disk_low] Little room on the disk
        [duty_failing] A task fails
        [not_served] Provider not served
        [token_refused] Token refused
        [token_expired] Token expired
        [token_expires] Token will expire
        [gap_open] Not connected
        [not_connected] Not connected yet
        [silence] Silence
        [door_refuses] Door refuses posts
        [events_refused] Events refused by the database
        [events_lost] Events lost by the database
        [calls_not_routed] Calls not routed
        [webhook_not_started] Webhook not started
        [webhook_failing] Webhook failing
        [webhook_gone] Webhook answered 410
        [webhook_paused] Webhook paused for more than a day
        [event_failing] An event is not taken
        [events_dead] Events not delivered
        [events_crowded_out] Events given up
        [events_expired] Events expired
       *[contact_failing] Contact gets no alerts
    }
