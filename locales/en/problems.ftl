# What the API and the doors answer when a request is not served.

problem-taken = Already in use
problem-invalid = Some fields are invalid
problem-not-found = Not found
problem-not-found-detail =
    { $kind ->
        [company] company
        [source] source
        [event] event
        [replay] replay
        [api-key] api key
        [page] page
        [resource] resource
        [user] user
        [connection] connection
       *[other] { $kind }
    } { $id } does not exist.
action-unknown = Calls of { $provider } take these actions: { $offered }.
action-none = Calls of { $provider } take no actions.
problem-stale = Changed by someone else
problem-stale-detail = Reload and try again.
problem-conflict = Not possible now
problem-unauthenticated = Missing or invalid API key
problem-unauthenticated-detail = Send Authorization: Bearer rml_…
problem-tries = Too many tries
problem-tries-detail = Try again in { $seconds } s.
problem-forbidden = Not permitted
problem-forbidden-detail = A key with the role { $role ->
        [reader] reader
        [operator] operator
       *[administrator] administrator
    } or above is needed.
problem-unavailable = Database unavailable
problem-unavailable-detail = Try again in a few seconds.
problem-internal = Unexpected error

# What HTTP itself refuses.
problem-method = Method not allowed
problem-method-detail = The Allow header says which methods this address takes.
problem-too-large = Body too large
problem-too-large-detail = The body may have up to 2 MiB.
problem-too-slow = Body too slow
problem-too-slow-detail = The body did not arrive in time.
problem-no-room = Not available now
problem-no-room-detail = There is no room for the body now; try again.
problem-media-type = Unsupported media type
problem-media-type-detail = Send JSON, with Content-Type: application/json and not compressed.

# What is right in itself, but not possible in the present state.
conflict-set-up = There is an administrator already: sign in, or ask them to create a user for you.
conflict-last-administrator = This is the last administrator of all companies: make somebody else one first.
conflict-disabled = Your access is disabled. An administrator can enable it again.
conflict-nothing-undelivered = There is nothing to send again: in this period everything was delivered, is queued or was discarded.
conflict-replays = This webhook has 16 replays that have not ended. Wait for one, or cancel one.
conflict-replay-ended = This replay has ended.
conflict-starting = The webhook's courier is starting; try again in a moment.
conflict-no-rebuild = The rows of { $name } cannot be made again of the events: they say what was decided when it was decided.
conflict-no-access = The call's source has no token for its provider's API: set it first.
call-held = { $who } has it already.
call-not-now =
    { $state ->
        [finished] The call is over.
        [ringing] The call rings.
        [ongoing] Somebody talks in the call already.
       *[other] The call cannot do that just now.
    }
conflict-no-actions = The call's source has no address for actions: set it first.

# What the providers' doors answer.
door-starting = Ramal is starting: it waits for the database. Try again in a few seconds.
door-not-yet = not yet; try again
door-no-room = no room just now; try again
door-unexpected = unexpected error
door-too-slow = the body did not arrive in time
door-too-large = body too large or incomplete
door-websocket = this address is a WebSocket's
door-several = several companies take posts at this address without a key; post to the address of the source itself, /in/<key>/{ $path }
problem-not-ours = Company of another process
problem-not-ours-detail = This process of Ramal does not have the company now. Try again in a few seconds.

# What is wrong with a field of what was posted: predicates, behind the name of the field.
body-not-json = is not valid JSON (byte { $at })
body-missing = is missing
body-not-an-object = must be an object
body-not-a-string = must be a string
body-empty = must not be empty
