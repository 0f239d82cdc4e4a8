# The calls of all companies or of one, and one of them.

calls-title = Calls
calls-key =
    { $kind ->
        [phone] Phone
        [agent] Agent
        [queue] Queue
       *[call] Call ID
    }
calls-value-hint = A phone with its area code; the others as the provider writes them.
calls-any = Any
calls-state = State
calls-outcome = Outcome
calls-stands = State
calls-began = First event
calls-phone = Phone
calls-agent = Agent
calls-queue = Campaign or queue
calls-parts = Waiting and talking
calls-lasted = Length
calls-no-number = No number
calls-no-agent = no agent
calls-bar = waited { $waited }, talked { $talked }
calls-key-wait = until answered
calls-key-talk = talking
calls-as-of = Live, at
calls-company = Company
calls-everywhere = In all companies
calls-choose = Choose the company
calls-cut = There are many companies: these are the calls of the first 200. Choose one to see its own.
calls-fresh-one = 1 new
calls-fresh-many = # new
calls-fresh-all = # new or more
calls-more-webhooks = { $n } more
calls-odd = There are warnings about this call's events
calls-none = No calls yet
calls-none-text = Calls appear here as soon as a provider of this company speaks of them.
calls-none-found = No call found
calls-none-found-text = No stored call meets all filters. A phone is looked for whole, with its area code.
calls-unfinished = Nothing found among the newest calls
calls-unfinished-text = The search stopped so as not to take long: go on with the next page.

call-state =
    { $state ->
        [new] New
        [standby] Awaits a destination
        [waiting] Waiting
        [ringing] Ringing
        [ongoing] Talking
       *[finished] Ended
    }
call-outcome =
    { $outcome ->
        [answered] Answered
        [abandoned] Abandoned while waiting
        [missed] Missed
        [not_answered] Not answered
        [machine] Voicemail
        [failed] Not put through
        [rejected] Rejected
       *[unknown] No known outcome
    }
call-direction =
    { $direction ->
        [inbound] Incoming
        [outbound] Outgoing
       *[internal] Internal
    }
call-title-agent = { $who }, answered by { $agent }
call-heard = first event
call-strip = The call, step by step
call-knot =
    { $knot ->
        [new] Began
        [ringing] Ringing
        [answered] Answered
       *[ended] Ended
    }
call-knot-agent = With { $agent }
call-stretch =
    { $kind ->
        [talk] talked { $span }
        [ring] rang { $span }
       *[wait] waited { $span }
    }
call-presumed = The end of this call was not told: after so long without a word it counts as over.
call-warning =
    { $warning ->
        [gap] The beginning of this call was not received.
        [late] An event came after one that happened later.
        [unexpected] An event does not fit what came before.
       *[odd] One of the events has a warning about its content.
    }
call-fact =
    { $fact ->
        [their_number] Phone
        [our_number] Our number
        [direction] Direction
        [agent] Agent
        [extension] Agent's extension
        [queue] Campaign or queue
        [last_event] Last event
        [provider] Provider
        [caller] Caller
        [destination] Destination
        [decision] Routing
        [refusal] Last failure
        [tag] Tag
        [conversation] Conversation
        [bot] Bot
        [halt] Bot's pause
       *[provider_call_id] ID at the provider
    }
call-values = Computed by the bot
call-messages = Before the call
call-decision-state =
    { $state ->
        [due] The provider is being told
        [sent] Taken by the provider
        [failed] Not taken by the provider
        [expired] The time for it was over
       *[not_wanted] Nobody is told
    }
call-decision-took = { $state } ({ $ms } ms)
call-caller =
    { $caller ->
        [new] New
       *[known] Known
    }
call-told-to = to { $destination }
call-told-took = in { $ms } ms
call-told-by = by { $who }
