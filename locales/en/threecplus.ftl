# What is said of 3C Plus.


# The fields of an account.
threecplus-account = 3C Plus ID
threecplus-account-hint = The company's number at 3C Plus. Events of another company are marked with a warning.
threecplus-account-hint-new = The company's number at 3C Plus. Without a token leave it empty too: the account can be added later.
threecplus-token-expected = a token of 8 to 4096 characters without spaces
threecplus-token = API token
threecplus-token-hint = It is made in the panel of 3C Plus. It is stored encrypted.
threecplus-token-hint-new = It is made in the panel of 3C Plus and stored encrypted. To add the account later, leave it empty together with the ID.
threecplus-url-expected = a full URL that starts with https:// or http:// or wss:// or ws://, without user, password and query
threecplus-server = Server
threecplus-agent = Agent ID
threecplus-agent-hint = Only when the token is an agent's.
threecplus-day-expected = a day such as "2026-12-31"
threecplus-day = Token valid until
threecplus-day-hint = Its last day. Ramal warns 30, 14 and 3 days before.
threecplus-switch-expected = true or false
threecplus-switch = Connect as soon as it is saved
threecplus-digits-expected = a text of digits only

# The servers.
threecplus-server-usual = Default
threecplus-server-former = Former address
threecplus-server-new = New address
threecplus-server-cluster2 = Cluster 2 (the company must be on it)

# Why a setting is refused.
threecplus-url-unreadable = This is not a URL. Example: https://socket.3c.plus
threecplus-url-scheme = The socket URL must begin with https://, wss://, http:// or ws://, not { $scheme }://.
threecplus-url-host = The socket URL has no host.
threecplus-url-credentials = The socket URL must not hold a user name or password.
threecplus-url-query = The socket URL must end before its query: the token and other keys have fields of their own.
threecplus-url-length = The socket URL is longer than { $most } bytes.
threecplus-token-empty = The token is empty.
threecplus-token-length = The token has { $given } characters; a 3C Plus token has { $least } to { $most }.
threecplus-token-space = The token has a space or line break inside, at character { $at }.
threecplus-token-character = The token has a character that no token has, at character { $at }.
threecplus-query-reserved = `{ $key }` cannot be a further query key: it is taken by the connection itself.
threecplus-query-key = A further query key has 1 to 64 letters, digits, `_`, `-` or `.`.
threecplus-query-value = The value of the query key `{ $key }` is longer than 256 bytes or has control characters.
threecplus-query-count = There may be at most { $most } further query keys.

# The simulator and the demo.
threecplus-control = Control: http://{ $address }/control/status
threecplus-example = an event of your own through 3C Plus's socket

# What each type of event means.
threecplus-event-type =
    { $name ->
        [call-was-created] Call created by the dialer; the first event of its life
        [call-is-trying] The dialer is trying to complete the call; comes almost together with call-was-created, sometimes before it
        [call-was-answered] The customer answered, no agent yet
        [call-was-amd] Result of the answering machine detection after the answer
        [call-was-connected] Call connected to the agent; the richest payload (agent, campaign, mailing, qualifications)
        [call-was-ended] Call hung up (the official name)
        [call-was-hung-up] Call hung up (the name some accounts see instead of call-was-ended)
        [call-was-finished] Call finished: the end of the attendance, with the agent
        [call-was-abandoned] The customer answered and hung up without an available agent
        [call-was-abandoned-due-amd] Call abandoned because an answering machine was detected
        [call-was-not-answered] Call not answered in time
        [call-was-failed] Call failed (refused by the carrier)
        [call-history-was-created] Consolidated history of the call: times, qualification, recording
        [hold-call] Call put on hold
        [call-started] Call started
        [call-ended] Call ended
        [call-was-disconnected] Call was disconnected
        [manual-call-was-answered] Manual call answered by the customer (call-was-connected comes before, when the agent leg connects)
        [manual-call-was-qualified] An agent qualified a manual call; the payload has no call id
        [manual-call-was-updated] History of a manual call updated (a later qualification, for instance)
        [manual-call-was-created] Manual call created
        [manual-call-was-connected] Manual call connected to the agent
        [manual-call-was-finished] Manual call finished
        [manual-call-was-not-answered] Manual call not answered
        [manual-call-was-failed] Manual call failed
        [manual-call-was-hung-up] Manual call hung up
        [manual-call-history-was-created] History of a manual call created
        [manual-call-acw-connected] Manual call during after-call work connected
        [manual-call-acw-disconnected] Manual call during after-call work disconnected
        [receptive-entered-queue] Incoming call entered the queue
        [receptive-was-connected] Incoming call connected to an agent
        [receptive-was-abandoned] Incoming call abandoned in the queue
        [receptive-was-finished] Incoming call finished
        [consult-hold] Consultation: the original call is on hold
        [consult-connected] Consultation connected to the second agent
        [consult-cancel-hold] Consultation: hold cancelled
        [consult-exit] Consultation ended
        [consult-transfer] Call transferred after a consultation
        [consult-failed] Consultation failed
        [consult-transfer-failed] Transfer after a consultation failed
        [agent-is-idle] Agent became idle: ready for calls; the smallest payload, without company
        [agent-in-acw] Agent in after-call work: the call ended without a qualification
        [agent-status-changed] Agent status changed
        [agent-login-failed] Agent could not log in to the campaign (the webphone is not registered, for instance)
        [agent-was-logged-out] Agent left the campaign
        [agent-entered-manual] Agent entered manual dialing
        [agent-failed-to-enter-manual] Agent could not enter manual dialing
        [agent-left-manual-mode] Agent left manual dialing
        [agent-failed-to-leave-manual-mode] Agent could not leave manual dialing
        [agent-entered-manual-acw] Agent entered manual dialing during after-call work
        [agent-left-manual-acw] Agent left manual dialing during after-call work
        [agent-entered-work-break] Agent went on a break
        [agent-enter-work-break-failed] Agent could not go on a break
        [agent-left-work-break] Agent came back from a break
        [agent-leave-work-break-failed] Agent could not end the break
        [agent-schedule] Scheduled call-back notified to the agent
        [new-message-whatsapp] WhatsApp: new message (received, or sent from an external device)
        [new-agent-message-whatsapp] WhatsApp: message sent by an agent
        [message-ack-whatsapp] WhatsApp: acknowledgement of a message (server, device, read, played)
        [message-error-whatsapp] WhatsApp: a message could not be sent
        [new-whatsapp-internal-message] WhatsApp: internal message of the system (protocol, transfer and others)
        [new-agent-chat-whatsapp] WhatsApp: conversation opened by an agent
        [start-snooze-chat-whatsapp] WhatsApp: conversation snoozed
        [transfer-chat-whatsapp] WhatsApp: conversation transferred
        [finish-chat] WhatsApp: conversation finished (flat form)
        [finish-chat-whatsapp] WhatsApp: conversation finished (nested form)
        [spy-started] Listening in on a call started
        [spy-ended] Listening in on a call ended
        [spy-failed] Listening in on a call failed
        [list-empty] The mailing list of the campaign is used up
        [mailing-list-was-finished] Mailing list finished
        [reached-max-online-agents] The limit of logged-in agents of the organisation was reached
        [call-was-busy] Call busy
        [call-history-was-updated] History of the call updated
        [call-was-qualified] Call qualified
        [call-was-transferred] Call transferred
        [agent-is-connected] Agent connected
        [agent-entered-call] Agent entered the call
        [integration] Integration
        [error] Error reported by the server
        [exception] Exception reported by the server
       *[other] { $name }
    }

# The columns of the board.
threecplus-board-dialing = New, dialling
threecplus-board-answered = No agent yet
threecplus-board-waiting = Waiting
threecplus-board-ringing = Ringing
threecplus-board-talking = Talking
