# Events: the search, one event, and what became of it at every webhook.

events-title = Events
events-choose = Of which company?
events-time = Received
events-type = Type
events-by = Look for
events-key =
    { $kind ->
        [call] Call
        [phone] Phone
        [agent] Agent
       *[chat] Chat
    }
events-value = Value
events-value-hint = A phone with its area code; the others by id.
events-text = Text in the content
events-from = From
events-to = To
events-all = no filter
events-to-any = any webhook
events-not-delivered = Not delivered to
events-about = What it is about
events-as-of = As of
events-search = Search
events-filters = Filters
events-clear = Clear filters
events-none = No event yet
events-none-text = Events appear here as soon as this company's source is connected and the provider sends the first.
events-none-found = Nothing found
events-none-found-text = No stored event meets all filters. Check the period and the spelling: in the text, upper and lower case differ. A phone is looked for whole, with its area code, by “Phone”.
events-stopped = The search stopped after looking at everything received since { $time }. Go on with the next page.
events-types = Event types
events-counted =
    { $n ->
        [one] counted in the newest event
       *[other] counted in the newest { $n } events
    }
events-count = Events
events-n =
    { $n ->
        [one] { $n } event
       *[other] { $n } events
    }
events-odd =
    { $n ->
        [one] { $n } warning
       *[other] { $n } warnings
    }

live-start = Follow live
live-pause = Stop following
live-on = Live
live-held = Standing still while you read
live-rate = # per second are coming in
live-rate-none = nothing is coming in
live-new-one = 1 new
live-new-many = # new
live-missed = # not shown

event-received = received
event-content = Content
event-copy = Copy
event-download = Download
event-search = Look for in the content
event-found = # found
event-tree-cut = The content is large: the tree shows only its beginning. Download the file to see all of it.
event-raw = Text as received
event-cut = This is only the beginning. Download the file to see all of it.
event-original = Download the original, secrets included
event-original-note = Reading it is written to the audit log.
event-whole =
    { $kind ->
        [chat] The whole chat
       *[call] The whole call
    }
event-more = See all
event-fates = What became of it
event-no-webhooks = There is no webhook now. What a deleted webhook received is not kept.
event-resend = Send again
event-resent = The event is queued to be sent again.
event-not-resent = Nothing to send again: this event is in this webhook's queue already.
event-facts = Details
event-fact =
    { $fact ->
        [call] Call
        [phone] Phone
        [agent] Agent
        [chat] Chat
        [lane] Order kept by
        [provider] Provider
        [session] Session
       *[token] Token
    }
event-flag =
    { $flag ->
        [repaired] The body came with a mistake in its JSON and was repaired before it went on. The original is kept.
        [respelled] The database cannot hold its type, order or keys as they came: they are spelled otherwise here. The webhook gets the type as it came, and the payload is untouched.
       *[foreign_company] The content names another company's id.
    }
event-warning = Warning of the source: { $text }
size-kb = { $n } KB
size-mb = { $n } MB

became =
    { $fate ->
        [delivered] Delivered
        [pending] In the queue
        [paused] Paused
        [held] Failed, to be tried again
        [dead] Not delivered
        [unsubscribed] Not subscribed
        [filtered] Barred by the rule
        [before] Before the webhook
        [skipped] Skipped
        [expired] Expired
       *[settled] Settled
    }
became-delivered =
    { $origin ->
        [live] { $time } · { $status } in { $took } · attempt { $n }
        [resend] { $time } · { $status } in { $took } · sent again, attempt { $n }
       *[replay] { $time } · { $status } in { $took } · replay, attempt { $n }
    }
became-pending = In this webhook's queue.
became-failing = The endpoint { $cause } since { $time }.
became-behind =
    { $order ->
        [call]
            { $n ->
                [0] No other event of the same call goes out before it; other calls do not wait for it.
                [one] { $n } event of the same call goes out before it; other calls do not wait for it.
               *[other] { $n } events of the same call go out before it; other calls do not wait for it.
            }
        [chat]
            { $n ->
                [0] No other event of the same chat goes out before it; other chats do not wait for it.
                [one] { $n } event of the same chat goes out before it; other chats do not wait for it.
               *[other] { $n } events of the same chat go out before it; other chats do not wait for it.
            }
        [agent]
            { $n ->
                [0] No other event of the same agent goes out before it; those of other agents do not wait for it.
                [one] { $n } event of the same agent goes out before it; those of other agents do not wait for it.
               *[other] { $n } events of the same agent go out before it; those of other agents do not wait for it.
            }
       *[nothing]
            { $n ->
               *[other] There is no order to keep: it may go out before or after other events.
            }
    }
became-behind-some =
    { $order ->
        [call] Earlier events of the same call go out before it; those of other calls may go out before or after.
        [chat] Earlier events of the same chat go out before it; those of others may go out before or after.
        [agent] Earlier events of the same agent go out before it; those of others may go out before or after.
       *[other] Earlier events of the same sequence go out before it; others may go out before or after.
    }
became-tried =
    { $n ->
        [0] Not tried yet.
        [one] { $n } attempt failed.
       *[other] { $n } attempts failed.
    }
became-next = The next: { $time }.
became-resent = In the queue to be sent again.
became-due = It is tried again as soon as there is a place.
became-paused = The webhook is paused. The event goes out when it is resumed.
became-paused-note = The webhook is paused ({ $note }). The event goes out when it is resumed.
became-paused-gone = The endpoint answered 410 (it is no more) to two events, and the webhook was paused. Correct the URL and resume it.
became-waiting = Waits for an earlier event of the same call, chat or agent, to go out in order.
became-dead =
    { $reason ->
        [rejected] The endpoint refused this event and took others. Attempts: { $n }. Since { $time }.
        [exhausted] Every attempt failed ({ $n }). Since { $time }.
        [crowded_out] Too many events were held, and this one had been tried most ({ $n }). Since { $time }.
        [expired] Its time of storage ended before it was delivered. Attempts: { $n }. Since { $time }.
        [discarded] Given up by a person. Attempts: { $n }. Since { $time }.
       *[failed] Failed. Attempts: { $n }. Since { $time }.
    }
became-unsubscribed = This webhook does not want this type of event (revision { $revision }).
became-filtered =
    { $test ->
        [equals] The rule “{ $path } equals { $wanted }” was not met:
        [not-equals] The rule “{ $path } is not { $wanted }” was not met:
        [greater] The rule “{ $path } greater than { $wanted }” was not met:
        [less] The rule “{ $path } less than { $wanted }” was not met:
        [contains] The rule “{ $path } contains { $wanted }” was not met:
        [not-contains] The rule “{ $path } does not contain { $wanted }” was not met:
       *[exists] The rule “{ $path } exists” was not met:
    }
became-filtered-was = the value was { $value }.
became-filtered-nothing = the field did not come.
became-before = It came before this webhook's first event.
became-skipped = The queue was skipped by hand to after this event.
became-skipped-by = Queue skipped by { $who }: { $time }.
became-expired = Its time of storage ended before it was delivered.
became-settled = Settled so long ago that its attempts are no longer kept.
became-attempts =
    { $n ->
        [one] { $n } attempt
       *[other] { $n } attempts
    }
attempt =
    { $origin ->
        [live] Attempt { $n }: { $outcome }
        [resend] Sent again, attempt { $n }: { $outcome }
        [test] Test: { $outcome }
       *[replay] Replay, attempt { $n }: { $outcome }
    }
attempt-phase =
    { $phase ->
        [dns] DNS { $took }
        [connect] connect { $took }
        [tls] TLS { $took }
        [first] first byte { $took }
       *[total] total { $took }
    }
keys-search = Search this page, or the events
