# The lanes of a company: sources, events and webhooks on one axis of time.

lanes-key-delivered = delivered, upwards
lanes-key-failed = failed, downwards; line down
lanes-connected = { $share } of the time
lanes-a-minute = { $n }/min
lanes-succeeded = { $share } of attempts
lanes-no-attempt = no attempt
lanes-paused = paused
lanes-paused-by = paused by { $who }
lanes-since = { $what } since { $when }
lanes-gap = line down, { $span }
lanes-rest = switched off for { $span }
lanes-restart = Ramal restarted
lanes-restart-lasted = Ramal restarted, not listening for { $span }
lanes-failed =
    { $name }: { $n ->
        [one] { $n } failure
       *[other] { $n } failures
    }
lanes-change =
    { $action ->
        [webhook-create] { $name } created by { $who }
        [webhook-delete] { $name } deleted by { $who }
        [webhook-pause] { $name } paused by { $who }
        [webhook-resume] { $name } resumed by { $who }
        [webhook-rotate-secret] Secret of { $name } changed by { $who }
        [source-create] Connection to { $name } created by { $who }
        [source-update] Connection to { $name } changed by { $who }
        [source-delete] Connection to { $name } deleted by { $who }
        [source-connect] Connection to { $name } switched on by { $who }
        [source-disconnect] Connection to { $name } switched off by { $who }
       *[webhook-update] { $name } changed by { $who }
    }
lanes-said = From { $from } until now. { $parts }.
lanes-table-source = { $name }: time connected
lanes-table-webhook = { $name }: delivered / failed
lanes-more =
    The { $drawn } that do worst, and { $n ->
        [one] { $n } more webhook
       *[other] { $n } more webhooks
    }.
lanes-no-marks = Nothing changed in this time.
lanes-marks =
    { $n ->
        [one] What changed: one thing
       *[other] What changed: { $n } things
    }
lanes-marks-newest = What changed: the newest { $n } of { $all }
lanes-click = Click a column to see its events.
