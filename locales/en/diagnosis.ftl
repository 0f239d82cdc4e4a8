# Diagnosis: what to check when something does not arrive.

diagnosis-title = Diagnosis
diagnosis-intro = It checks from end to end: the token and the connection, each webhook with a real test delivery, and the event types that come. Each result shows as it ends; it takes up to 20 seconds.
diagnosis-run = Check now
diagnosis-again = Check again
diagnosis-good = All right
diagnosis-notice = Attention
diagnosis-bad = Problem

diagnosis-awaited = Checking
diagnosis-goes-on = Checking: { $ended } of { $all }.
diagnosis-look-again = Look again
diagnosis-forgotten = What this check found is not kept any more. Check again.
diagnosis-checks =
    { $n ->
        [one] { $n } check
       *[other] { $n } checks
    }
diagnosis-summary =
    { $bad ->
        [0]
            { $notice ->
                [0] All is well in { $checks }.
                [one] No problem; { $notice } thing to note in { $checks }.
               *[other] No problem; { $notice } things to note in { $checks }.
            }
        [one]
            { $notice ->
                [0] { $bad } problem in { $checks }.
                [one] { $bad } problem and { $notice } thing to note in { $checks }.
               *[other] { $bad } problem and { $notice } things to note in { $checks }.
            }
       *[other]
            { $notice ->
                [0] { $bad } problems in { $checks }.
                [one] { $bad } problems and { $notice } thing to note in { $checks }.
               *[other] { $bad } problems and { $notice } things to note in { $checks }.
            }
    }
diagnosis-fix =
    { $kind ->
        [token] Mend the token
        [source] Add a source
        [connect] See the connection
        [resume] See and resume
        [events] Choose the events
        [failures] See the failures
        [test] Test the webhook
        [edit] Mend the webhook
       *[open] See the webhook
    }
diagnosis-token = Token and connection
diagnosis-token-text = The stored token, with a real connection to the provider and a question to its API
diagnosis-no-source = Without a source nothing can arrive. Register the token of { $providers }.
diagnosis-or = { $some } or { $other }
diagnosis-line-advice =
    { $state ->
        [stopped] The company is disconnected: connect it to receive events.
        [refused] The token used last was refused. Connect again so that the one of now counts.
        [connecting] The connection is being made now. Check again in a few seconds.
       *[waiting] Ramal tries again by itself. If it lasts, check the socket's address and the network.
    }
diagnosis-api = { $provider }'s API (REST)
diagnosis-api-valid = The token is valid.
diagnosis-api-refused = The API refused the token: “{ $said }”.
diagnosis-api-refused-silently = The API refused the token.
diagnosis-api-agent = It is an agent's token.
diagnosis-api-unclear = The token could not be checked by the API (HTTP { $status }).
diagnosis-api-unreached =
    { $why ->
        [timeout] The API did not answer in time.
        [not_permitted] The API's address is not on the public internet, and Ramal's settings do not allow it ([guard] allow).
       *[other] The API could not be reached.
    }
diagnosis-api-advice =
    { $verdict ->
        [refused] Make another at { $provider } and put it in here.
        [agent] Use a manager's token.
       *[unclear] Events come over the socket and do not depend on this API.
    }

diagnosis-url = Webhooks
diagnosis-url-text = A test delivery to each, and what it gets of what comes
diagnosis-no-webhook = No webhook is registered: events are written down and sent to nobody.
diagnosis-answered = Answered { $status } to the test delivery.
diagnosis-paused = It is paused, so it was not tested.
diagnosis-not-tested = Not tested: only the first twelve are.
diagnosis-unended = The test did not end in time. Does the server accept the connection but take long to answer?
diagnosis-step =
    { $step ->
        [handshake] Handshake
        [dns] DNS
        [connect] Connection
        [tls] TLS
        [answer] Answer
       *[total] Total
    }
diagnosis-status-advice =
    { $kind ->
        [good] The receiver takes and accepts it.
        [redirect] Redirects are not followed. Put the final address into the URL.
        [denied] The receiver refused the authentication. Check the Bearer token, the headers and how the signature is verified.
        [path] There is nothing at that path, or it does not take POST. Check the URL.
        [gone] The receiver says that it wants no more events (410).
        [server] The receiver failed while handling the delivery. Its log says why.
       *[refused] The receiver refused the test. It has to answer with 2xx for an event to count as delivered.
    }
diagnosis-error-advice =
    { $cause ->
        [dns] Check the server's name in the URL.
        [not] Permit the network in [guard] allow, if it is yours.
        [connect] Check the port, and whether the receiver's firewall lets Ramal through.
        [unreachable] Check the port, and whether the receiver's firewall lets Ramal through.
        [proxy] Check the proxy of the settings, and whether it lets Ramal through to the receiver.
        [tls] Check the receiver's certificate: its dates, its name, its chain, and whether it demands one of its clients.
        [timeout] The receiver has to answer earlier; handle the event after answering.
       *[other] Check what the receiver answers.
    }

diagnosis-events = Arrival of events
diagnosis-events-text = The company's newest events
diagnosis-coming = Arrival
diagnosis-no-event = No event has come yet.
diagnosis-no-event-advice =
    { $way ->
        [door] Give { $provider } the address and the token that the page of the connection shows, and place a call: the event should appear here.
       *[line] With the connection made, place a call or change an agent's state at { $provider }: the event should appear here.
    }
diagnosis-newest = The last was { $type }, { $span } ago.
diagnosis-seen =
    { $count ->
        [one] { $count } type among the most recent: { $types }
       *[other] { $count } types among the most recent: { $types }
    }
diagnosis-unwanted = Receives none of the types that come. Check the events chosen in the webhook.
diagnosis-filtered = Only events that meet the rules are sent: { $rules }.
diagnosis-returned = The receiver answers again; { $waiting }.
