# The companies and the states of their lines.

companies-title = Companies
companies-name = Company
companies-line = Connection
companies-last-event = Last event
companies-sources = Sources
companies-none = No company yet
companies-none-text = Each company stands here with the state of its connection. Register the first one to begin to receive events.

line-ready = Ready to receive
line-connected = Connected
line-connecting = Loading
line-waiting = Reconnecting in { $span }
line-refused = Token refused
line-stopped = Disconnected
line-none = No source

