# The picture of a company's line.

flow-title = The line: what comes in, and what goes out to each webhook
flow-events =
    { $n ->
        [0] no events/min
        [one] { $n } event/min
       *[other] { $n } events/min
    }
flow-way =
    { $way ->
        [paused] Paused
        [slow] Slow
        [unsteady] Unstable
       *[fails] Failing
    }
flow-waiting = { $n } in the queue
flow-a-minute = { $n }/min
flow-nowhere = No webhook: events are only kept.
flow-more =
    { $n ->
        [one] and 1 webhook more
       *[other] and { $n } webhooks more
    }
