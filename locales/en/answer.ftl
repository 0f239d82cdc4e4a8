# Answer: what rings, and what is said to who answers. In the sentences of the scripts they put in $a and $b.

answer-title = Answer
answer-lead = WhatsApp calls ring here, and on every open page of Ramal. Who answers first talks.
answer-none = No call rings
answer-none-about = Leave this page open: when somebody calls, it rings.
answer-nobody = Nothing rings here
answer-nobody-about = None of your companies has a source whose calls are answered in the browser.
answer-nobody-script = To answer takes the microphone of the browser, and for that the page needs JavaScript.
answer-devices = Sound and microphone
answer-microphone = Microphone
answer-speaker = Output
answer-ring = Ring in this browser
answer-ring-try = Hear the ring
answer-microphone-try = Try the microphone
answer-notify = Tell me with notifications too
answer-notify-denied = Notifications are blocked in this browser.
answer-sound-blocked = The browser rings only after a click on this page.
answer-ice = STUN and TURN servers are set in the source of each company.
answer-reject = Reject
answer-accept = Answer
answer-mute = Mute
answer-hangup = Hang up
answer-keys = answers
answer-keys-hush = hushes the ring
answer-others = Ringing too
answer-level = Level of your voice
answer-level-theirs = Level of the caller’s voice
answer-conversation = Conversation
answer-knows = What the bot knows
answer-no-context = The provider did not say what led to this call.
answer-open-call = Open the call
answer-session-title = Session
answer-session-sound = Sound
answer-session-net = Network
answer-session-way = Way
answer-session-answered = Answered
answer-no-microphone-rings = The call was not answered: it goes on ringing for your colleagues.
answer-step-lock = Click on the lock beside the address and allow the microphone.
answer-step-headset = See whether the headset is plugged into this computer.
answer-microphone-again = Try the microphone again
answer-without-you = Ended without you
answer-missed-title = Missed and rejected today
answer-missed-none = No call was missed or rejected today.
answer-missed-about = The provider does not call back: answer in the conversation, which each call shows.
answer-missed-cut = There are more companies than are looked through together; the others are in Calls.
answer-missed-time = Time
answer-missed-phone = Telephone
answer-missed-company = Company
answer-missed-why = Why
answer-log = Log
answer-log-about = It stays in this browser alone, until the page is closed.
answer-log-unmask = Show the ICE passwords
answer-too-much = Too much is being asked at once; wait for the answers.
answer-no-offer = The call does not ring any more, or brought no session (SDP) to answer.
answer-say-ringing = One call ringing
answer-say-ringing-many = { $a } calls ringing
answer-say-waiting = Answer
answer-say-talking = Talking
answer-say-unheard = No connection to Ramal: what rings now is not known.
answer-say-left = { $a } s
answer-say-late = ringing for { $a } s
answer-say-for = for { $a }
answer-say-held = { $a } is answering
answer-say-elsewhere = You are in this call in another tab or browser
answer-say-answering = Answering…
answer-say-microphone-denied = The browser did not allow the microphone.
answer-say-microphone-none = There is no microphone on this computer.
answer-say-microphone-insecure = The browser gives the microphone to pages over HTTPS only (or on localhost).
answer-say-microphone-usual = The system’s own
answer-say-session = The session that the provider offered could not be used: { $a }
answer-say-over = { $a } · the call has ended
answer-say-over-missed = { $a } hung up before anybody answered
answer-say-over-answered = { $a } · answered by { $b }
answer-say-over-rejected = { $a } · rejected
answer-say-talked = { $a } · talked for { $b }
answer-say-answered = { $a }, rang { $b } s
answer-say-mute = Mute
answer-say-muted = Muted
answer-say-voices = The caller’s voice is coming.
answer-say-voices-none = The caller’s voice is not coming yet.
answer-say-connecting = Connecting the voice…
answer-say-broken = The voice does not come: the network lets nothing through. A TURN server may help.
answer-say-unsignalled = not signalled
answer-say-lost = { $a } ms, { $b }% lost
answer-say-direct = direct, { $a }
answer-say-relayed = over TURN, { $a }
answer-say-log-offer = offer (SDP) of call { $a }
answer-say-log-answer = answer (SDP) to call { $a }
answer-say-log-act = asked: { $a }
answer-say-log-done = answered: { $a }
answer-say-log-state = connection of the voice: { $a }
answer-say-log-socket = connection to Ramal: { $a }
answer-say-notice = Ringing: { $a }

answer-missed =
    { $why ->
        [rejected] Rejected
        [presumed] Nobody answered; its end was not told
       *[ended] Hung up after { $span }
    }
answer-taken =
    { $action ->
        [reject] The call was rejected.
        [hangup] The call was ended.
       *[other] { $action }: the provider took it.
    }
answer-untaken =
    { $why ->
        [gone] The provider does not know this call any more: it is over.
        [refused] The provider did not take it: HTTP { $status }.
        [timeout] The provider did not answer in time; whether it took it is not known.
        [interrupted] Ramal stopped while it told the provider; whether it took it is not known.
       *[unreached] The provider could not be reached.
    }
