# What is said of Teravoz.

teravoz-key-expected = a key of 8 to 64 letters, digits, "-", ".", "_" or "~"
teravoz-key-length = A key has { $least } to { $most } characters; this one has { $given }.
teravoz-key-characters = A key has only letters without accents, digits, "-", ".", "_" and "~", because it stands in the address.
teravoz-key-unknown = the key in the address is missing or invalid
teravoz-too-long = must have at most { $most } characters

# What the documents print for what is not taken at /api/client/webhook.
teravoz-webhook-invalid = Invalid webhook parameter(s)
teravoz-webhook-failed = Something went wrong
teravoz-field-missing = the field { $field } is required!
teravoz-path-unknown = there is no such path

# Its settings.
teravoz-key = Key in the address
teravoz-key-hint = 8 to 64 letters, digits, “-”, “.”, “_” or “~”. Without a key the source is open: whoever knows one of its addresses can post events.
teravoz-key-remove = Remove the key: the source becomes open
teravoz-actions-url = URL of the actions
teravoz-actions-url-hint = Where Ramal tells Teravoz which queue a call goes to, such as https://api.teravoz.com.br/actions. Empty, nobody is told.
teravoz-actions-user = User of the actions
teravoz-actions-password = Password of the actions
teravoz-password-remove = Remove the password
teravoz-delegate = Name of the action
teravoz-delegate-usual = As the URL says
teravoz-queue-known = Queue of known callers
teravoz-queue-new = Queue of new callers
teravoz-route = Send waiting calls to a queue
teravoz-route-hint = Needs the URL of the actions.
teravoz-websocket-listen = Address of the WebSocket
teravoz-websocket-listen-hint = An IP address with a port, such as 127.0.0.1:4000, on which any path is the WebSocket of the calls.
teravoz-user-expected = a user of at most 200 characters without “:”
teravoz-user-colon = A user has no “:”, which separates it from the password.
teravoz-password-expected = a password of at most 200 characters
teravoz-delegate-expected = one of these words: call.waiting, delegate
teravoz-queue-expected = a queue of at most 64 characters

# The demo.
teravoz-example = an event from Teravoz
teravoz-example-call = a call at the simulated exchange, which posts it (then call.standby, and on)

# The simulated exchange.
teravoz-listening = The exchange is on http://{ $address }/ and posts to { $url }

# What each type of event means.
teravoz-event-type =
    { $name ->
        [call-new] Call created; the first event of its life
        [call-standby] The call waits for a decision where it goes
        [call-waiting] The call waits in a queue, or is ringing out
        [call-ongoing] The conversation has begun
        [call-overflow] The queue overflowed: the call goes to another destination
        [call-follow-me] The call was forwarded to an outside number
        [call-queue-abandon] The caller hung up while waiting in the queue
        [call-finished] Call finished
        [call-recording-available] The call's recording is available; comes after the call is finished
        [call-data-provided] The caller typed something in, such as a survey's score
        [call-cpf-provided] The caller typed in their CPF (a person's tax number)
        [call-cnpj-provided] The caller typed in their CNPJ (a company's tax number)
        [actor-logged-in] The agent logged in to a queue; one event for each queue
        [actor-logged-out] The agent logged out of a queue; one event for each queue
        [actor-paused] The agent went on a break
        [actor-unpaused] The agent came back from the break
        [actor-ringing] The agent's phone is ringing
        [actor-noanswer] The agent did not pick up
        [actor-entered] The agent picked up the call
        [actor-left] The agent hung up or transferred the call; another may enter it
        [peer-ringing] An extension outside the queues is ringing
        [dialer-attempt] The dialer is calling a number
        [dialer-success] The dialer got through: from here on the requested code has a call
        [dialer-failure] The dialer did not get through; the event says why
        [dialer-expired] The time of the request to the dialer is over
        [dialer-exceeded] The dialer used up all tries of the request
        [delegate-sent] Ramal told Teravoz which queue the call goes to, and Teravoz took it
        [delegate-failed] Teravoz did not take where the call goes; the event says why, and whether that was the last attempt
        [delegate-expired] Teravoz's time to be told where the call goes was over
       *[other] { $name }
    }

# The columns of the board.
teravoz-board-new = New
teravoz-board-standby = No destination yet
teravoz-board-waiting = Waiting
teravoz-board-ongoing = Talking
teravoz-board-finished = Ended today
