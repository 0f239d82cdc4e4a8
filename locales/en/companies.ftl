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
companies-search = Search for a company
companies-search-what = Name, ID or account at the provider
companies-all = All companies
companies-more = There are more: keep typing.
companies-none-found = No company found
companies-none-found-text = No company that you see meets all the filters.
companies-count =
    { $n ->
        [one] { $n } company
       *[other] { $n } companies
    }
companies-count-of =
    { $total ->
        [one] { $n } of { $total } company
       *[other] { $n } of { $total } companies
    }
companies-line-is =
    { $state ->
        [trouble] In trouble
        [connected] Connected
        [connecting] Connecting
        [stopped] Disconnected
       *[none] Without a source
    }
companies-webhooks-are =
    { $state ->
        [failing] One is failing
        [unsteady] One is unsteady
        [paused] One is paused
        [well] No trouble
       *[none] Without a webhook
    }
companies-sort-by =
    { $by ->
        [state] Worst first
        [name] Name
        [last] Last event
       *[backlog] Longest queue
    }
companies-webhooks =
    { $n ->
        [0] No webhook
        [one] { $n } webhook
       *[other] { $n } webhooks
    }
companies-webhooks-bad =
    { $total ->
        [one]
            { $state ->
                [failing] Webhook failing
                [unsteady] Webhook unsteady
               *[paused] Webhook paused
            }
       *[other]
            { $state ->
                [failing] { $n } of { $total } webhooks failing
                [unsteady] { $n } of { $total } webhooks unsteady
               *[paused] { $n } of { $total } webhooks paused
            }
    }
companies-state = State
companies-are =
    { $state ->
        [off] Out of order
        [well] In order
       *[elsewhere] In another process
    }
companies-webhooks-elsewhere =
    { $n ->
        [one] { $n } webhook (in another process)
       *[other] { $n } webhooks (in another process)
    }
