# The first page.

home-title = Home
home-connected = Companies connected
home-of = of { $total }
home-events = Events per minute
home-deliveries = Deliveries per minute
home-success = Successful attempts
home-oldest = Oldest in the queue
home-none = none
home-all-well = All is well
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
home-all = See all { $total }
home-today = Events today
home-backlog-means = Events that this company's webhooks will still be sent, added up.
home-backlog = In the queue
