# The first page.

home-title = Home
home-connected = Companies connected
home-of = of { $total }
home-events = Events per minute
home-deliveries = Deliveries per minute
home-success = Successful attempts
home-oldest = the oldest for { $span }, for { $webhook }
home-all-well = All is well
home-all-well-with = All is well with { $name }
home-lead = In { $well } of { $total } companies there is nothing to do.
home-calm = Nothing now. Everything arrives and is delivered.
home-quiet = Nothing serious. Note: { $which }.
home-unserved =
    { $count ->
        [one] { $count } without a webhook (events are only kept)
       *[other] { $count } without a webhook (events are only kept)
    }
home-connecting =
    { $count ->
        [one] { $count } company connecting
       *[other] { $count } companies connecting
    }
home-stopped =
    { $count ->
        [one] { $count } disconnected by somebody
       *[other] { $count } disconnected by somebody
    }
home-without =
    { $count ->
        [one] { $count } without a source
       *[other] { $count } without a source
    }
home-change-token = Change the token
home-see-system = See tasks
home-see-calls = See the calls
home-see-connection = See the connection
home-see-webhook = See the webhook
home-all = See all ({ $total })
home-all-off = All { $n } out of order
home-none-off = None is out of order.
home-off = Companies out of order, the worst first
home-hour = 60 min
home-line = The line
home-see-company = See the company
home-elsewhere =
    { $count ->
        [one] { $count } served by another process
       *[other] { $count } served by another process
    }
home-others = The others
home-well =
    { $n ->
        [one] 1 in order: connected, no webhook in trouble
       *[other] { $n } in order: connected, no webhook in trouble
    }
home-elsewhere-means =
    { $n ->
        [one] 1 served by another process: how its webhooks do is not seen from here
       *[other] { $n } served by another process: how their webhooks do is not seen from here
    }
home-cell-elsewhere = in another process
home-cells-more =
    { $state ->
        [well]
            { $n ->
                [one] 1 more in order
               *[other] { $n } more in order
            }
       *[elsewhere]
            { $n ->
                [one] 1 more in another process
               *[other] { $n } more in another process
            }
    }
home-today = Events today
home-backlog-means = Events that this company's webhooks will still be sent, added up.
home-backlog = In the queue
