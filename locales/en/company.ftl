# The page of one company, registering it, and its sources.

company-tabs = The company's pages
company-switch = Go to another company
company-tab-connection = Line
company-tab-settings = Settings
company-line-with = Connection to { $provider }
company-connect = Connect
company-disconnect = Disconnect
company-try-now = Try now
company-disconnect-title = Disconnect { $name } from { $provider }?
company-disconnect-goes =
    { $way ->
        [door] What { $provider } posts while it is disconnected is refused, and may not come again.
       *[line] What { $provider } sends while it is disconnected is lost: it does not come later.
    }
company-disconnect-instead = To stop deliveries only, pause the webhooks: events go on coming and wait in the queue.
company-connecting = Connecting…
company-disconnected = Disconnected. No events are received until you connect again.
company-no-source = No source yet
company-no-source-text = A source is the account that events come from, such as one at { $provider }. The state of its connection and its history will be shown here.
company-last-event = Last event of this source
company-events-today = The company's events today
company-events-today-all = The company's events today, of all sources
company-ping = Last ping
company-session = Session
company-server = Server
company-door = Address to post to
company-door-apart = Path to post to, at the address of inbound_listen
company-token-header = Header of the token
door-refused =
    { $n ->
        [0] No post was refused { $when }. The last one that was: { $time }, HTTP { $status }. { $why }
        [one] { $n } post was refused { $when }: at { $time }, HTTP { $status }. { $why }
       *[other] { $n } posts were refused { $when }; the last at { $time }, HTTP { $status }. { $why }
    }
door-refused-of-nobody =
    { $n ->
        [0] No post of { $provider } was refused { $when } without its source being known. The last one: { $time }, HTTP { $status }. { $why }
        [one] { $n } post of { $provider } was refused { $when }, of which source is not known: at { $time }, HTTP { $status }. { $why }
       *[other] { $n } posts of { $provider } were refused { $when }, of which source is not known; the last at { $time }, HTTP { $status }. { $why }
    }
door-refused-today = today
door-refused-since-start = since { $time }, when Ramal started
company-nothing = none
company-no-session = none

day-nothing = No connection in the last 24 h
day-whole = Last 24 h, without a gap
day-whole-since = Without a gap since { $time } (first connection)
day-gaps =
    { $count ->
        [one] { $count } gap in 24 h, { $span } in all
       *[other] { $count } gaps in 24 h, { $span } in all
    }
day-gaps-since =
    { $count ->
        [one] { $count } gap since { $time } (first connection), { $span } in all
       *[other] { $count } gaps since { $time } (first connection), { $span } in all
    }
day-rest = { $said }; switched off for { $span }
day-now = now

history-title = History of the connection
history-at = Began
history-what = What happened
history-how = Detail
history-held = Connected
history-lost = Lost
history-session = lasted { $span }; ended because { $reason }
history-session-open = { $span }, until now
history-gap = nothing was heard for { $span }: { $reason }
history-gap-open = nothing has been heard for { $span }: { $reason }
history-rest = the connection was switched off for { $span }
history-rest-by = the connection was switched off for { $span }, by { $who }
history-stopped-by = { $who } ended it

company-new = New company
company-new-text = A company can be registered without its token too; the { $provider } account can be added later.
company-name = Name
company-name-hint = How the company is shown here. Example: My Company
company-create = Register company
company-created = The company is registered.
company-provisioned = This company comes from the settings file
company-provisioned-advice = What is changed here goes back to what the file says when the program is started again.
company-delete = Delete company
company-delete-title = Delete { $name }?
company-delete-text = Deletes the company with its sources, its webhooks and its events. This cannot be undone.
company-delete-sources = The sources are disconnected; their tokens and the webhooks are deleted at once.
company-delete-events = The stored events are deleted. This cannot be undone.
company-deleted = { $name } was deleted.

source-new = New source
source-edit = Edit source
source-provider = Source
source-actions = Actions
source-account-at = Account at { $provider }
source-account = Account
source-token = API token
source-token-kept = In use: { $mask }. Leave empty to keep it.
source-token-hidden = token stored (not shown)
source-url-query = Give the address without “?” and what comes after it: here it is shown whole.
source-not-a-listen-address = Give an IP address with a port, such as 127.0.0.1:4000.
source-open = none: whoever knows an address of this source can post events
source-secret-hidden = stored (not shown)
source-mend-token = Correct the token
source-cluster-other = Another (give its URL below)
source-url = URL of the server
source-url-hint = Counts only when the chosen server is “Another”.
source-made = The source was added.
source-deleted = The source was deleted.
source-delete = Delete source
source-delete-title = Delete the source { $provider }?
source-delete-token = The connection is closed and the token is deleted.
source-delete-events = The events received so far stay.

issued-text = { $provider } posts its events here. Ramal makes a token, which is shown only once and has to be entered at { $provider }.
issued-button = Make a token and add
issued-made = The { $provider } source was added
issued-once = Copy the token now: it will not be shown again.
issued-done = I have copied it

trial-button = Test token and connection
trial-took =
    { $milliseconds ->
        [0] It took less than 1 ms. Nothing was saved.
       *[other] It took { $milliseconds } ms. Nothing was saved.
    }
trial-fields = Correct these fields to test
trial-failed = The test failed

saved = Saved.
saved-reconnecting = Saved. Reconnecting with the new settings…
