# Where a source stands, and what to do.

status-not-served = This version of Ramal does not serve the provider “{ $provider }”: nothing comes from this source.
status-door-closed = The door is closed: posts are refused.
status-door-open = Ready to receive.
status-stopped = Disconnected.
status-connecting = Connecting…
status-connected = Connected.
status-connected-foreign = Connected, but the events are of company { $found } at { $provider }: check the ID and the token.
status-waiting = Not connected: { $cause }. The next try is set.
status-refused = { $refused } When a new token is saved, Ramal connects by itself.
token-refused = Invalid token: { $provider } refused the token{ $said }. Check the token and that the company is active at { $provider }.

# Why a connection was lost, or never came about.
status-cause =
    { $word ->
        [dial] the server could not be reached
        [dns] the server's name was not found
        [tls] no secure connection to the server could be agreed
        [not_permitted] the server's address is not on the public internet, and Ramal's settings do not allow it ([guard] allow)
        [upgrade] the server did not take a WebSocket
        [handshake_timeout] the server did not answer in time
        [ping_timeout] the server fell silent
        [transport_close] the server closed the connection
        [transport_error] the connection was lost
        [server_disconnect] the server ended the session
        [message_too_large] a message was larger than the limit
        [message_overdue] a large message had begun and did not end in time
        [protocol] the server did not speak Socket.IO 5
        [overload] events came faster than they are written
        [process_ended] Ramal was not running
        [shutdown] Ramal was restarted
        [refused_by_database] the database refused the content of some events
        [lost_by_database] the database came back without events that it had written
        [disowned] another process has taken this company over
        [stopped] it was disconnected
        [none] no known cause
       *[other] { $reason }
    }

# The trial of a token and an address.
connection-works = The token was accepted and the connection was opened.
connection-not-permitted = Not connected: { $cause }.
connection-failed = Not connected: { $cause }. Check the address and the network.
status-as-written = As last written down: { $said }
