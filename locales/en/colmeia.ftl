# What is said of Colmeia.

colmeia-secret-expected = a secret of up to 200 visible ASCII characters
colmeia-secret-characters = The secret has only visible ASCII characters, because it stands in a header.
colmeia-secret-unknown = the header with the secret is missing or invalid
colmeia-header-expected = the name of a header
colmeia-header-name = This is not the name of a header, or one that says something else in every request.
colmeia-token-expected = a token of up to 4,096 visible ASCII characters
colmeia-token-characters = The token has only visible ASCII characters, because it stands in a header.
colmeia-halt-expected = one of these words: haltResume, botHalt
colmeia-id-expected = an id of up to 128 visible ASCII characters
colmeia-id-characters = The id has only visible ASCII characters, because it stands in a header.
colmeia-too-long = must have at most { $most } characters

# What is wrong with an action: predicates, behind the name of the field.
colmeia-sdp-long = is longer than { $most } bytes
colmeia-sdp-none = is no description of a session (SDP): it does not begin with v=0
colmeia-sdp-media = must describe exactly one medium, audio
colmeia-sdp-refused = refuses the audio: its port is 0
colmeia-sdp-codec = must offer opus at 48 kHz (opus/48000/2)
colmeia-sdp-fingerprint = has no fingerprint of SHA-256
colmeia-sdp-setup = must say a=setup:active or a=setup:passive
colmeia-sdp-ice = has no user and password of ICE
colmeia-sdp-candidates = has no candidates: it was sent before they were gathered
colmeia-sdp-unasked = belongs to the acceptance only
colmeia-no-conversation = does not say its conversation, without which the provider cannot be told
colmeia-halt-kept = needs { $field } as the field of the bot's pause

# Its settings.
colmeia-secret-header = Header of the secret
colmeia-secret = Secret
colmeia-secret-hint = As it was set for the connection at Colmeia. Empty, one is made here.
colmeia-api = Calling API
colmeia-api-dev = Development (dev-api)
colmeia-api-beta = Trial (beta-api)
colmeia-api-production = Production (api)
colmeia-api-token = Token of the Calling API
colmeia-api-token-hint = Without it calls cannot be answered here.
colmeia-api-token-remove = Remove the token
colmeia-halt = Field of the bot's pause
colmeia-halt-usual = As the guide has it
colmeia-social-network = Network id (idSocialNetwork)

colmeia-ice-expected = up to 8 addresses such as stun:host:3478 or turn:host:3478, or none
colmeia-ice-server = { $server } is no address such as stun:host:3478 or turn:host:3478?transport=udp.
colmeia-turn-expected = a text of up to 512 characters
colmeia-turn-characters = It must not have control characters.
colmeia-ice = STUN and TURN servers (ICE)
colmeia-ice-hint = By which the browser of who answers finds the way of the voice, with commas between them. Write none to use none.
colmeia-turn-user = User at TURN
colmeia-turn-password = Password at TURN
colmeia-turn-password-hint = It reaches the browser of who answers a call, and no other.
colmeia-turn-password-remove = Remove the password
colmeia-relay-only = Voice over TURN only
colmeia-relay-only-hint = For networks where nothing else gets through.

# The demo.
colmeia-example = an event from Colmeia
colmeia-example-call = a call at the simulated provider, which rings in Atender (nobody talks at the other side)

# The simulated provider.
colmeia-listening = The Calling API is on http://{ $address }/v1/rest/calling/event; calls are posted to { $url }

# What each type of event means.
colmeia-event-type =
    { $name ->
        [bot_req_call] A bot asked for a call; somebody has to be ready for it
        [connect] The call rings; from here on it can be answered
        [ringing] The call rings at the other side
        [accept] The call was answered
        [reject] The call was refused
        [hangup] The call ended
        [accept-sent] Ramal accepted the call at Colmeia, which took it
        [accept-failed] Colmeia did not take the acceptance; the event says why
        [reject-sent] Ramal refused the call at Colmeia, which took it
        [reject-failed] Colmeia did not take the refusal; the event says why
        [hangup-sent] Ramal ended the call at Colmeia, which took it
        [hangup-failed] Colmeia did not take the end of the call; the event says why
       *[other] { $name }
    }

# The columns of the board.
colmeia-board-requested = Requested
colmeia-board-ringing = Ringing
colmeia-board-ongoing = Talking
colmeia-board-finished = Ended today
