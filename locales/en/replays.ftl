# Send a period again: count, begin, follow.

replays-title = Send a period again
replays-about = Sends the events of a period to this webhook again, from the oldest on; what comes now goes first. The events are counted first; nothing is sent before you confirm.
replays-past = Replays of this webhook
replays-see = See replays
replays-one = Replay
replays-state = State
replays-none = No period has been sent again
replays-none-text = Replays of a period appear here, each with its progress and its result.
replay-name = Replay { $n }
replay-undelivered = Only what was not delivered
replay-undelivered-hint = Without a period, all that stands under “Not delivered”, but for what was discarded.
replay-note-undelivered = What was delivered is not sent again. What fails again stays under “Not delivered”.
replay-undelivered-n = Send only what was not delivered ({ $n })
replay-from = From
replay-to = To
replay-to-hint = Empty: until now.
replay-zone = In the time of { $zone }.
replay-events = Event types
replay-events-hint = Exact names, or prefixes such as call-*. Empty: all that this webhook receives.
replay-events-all = All that this webhook receives
replay-rate-hint = At most. Empty: the webhook's own pace.
replay-rate-free = The webhook's own pace
replay-as-new = Send as new events
replay-as-new-hint = Each webhook-id gets a suffix, so that they are not dropped as duplicates.
replay-count = Count the events
replay-counted =
    { $n ->
        [0] No event would be sent again
        [one] { $n } event would be sent again
       *[other] { $n } events would be sent again
    }
replay-counted-none = There are no events of these types in this period. Only types that the webhook receives count.
replay-counted-text = What arrives later is not part of it.
replay-range = From
replay-range-to = to
replay-period = Period
replay-note-paused = The webhook is paused: the replay waits until it is resumed.
replay-note-rules = The webhook's rules hold: events that do not meet them are not sent again.
replay-note-new = The endpoint will take them for new events.
replay-begin =
    { $n ->
        [one] Send { $n } event again
       *[other] Send { $n } events again
    }
replay-begun = The replay has begun.
replay-begun-at = Began
replay-ended-at = Ended on
replay-by = By
replay-percent = { $n }%
replay-progress = Progress of the replay
replay-total = Expected
replay-delivered = Delivered
replay-failed = Failures
replay-skipped = Skipped
replay-state =
    { $state ->
        [running] Running
        [paused] Paused
        [done] Done
       *[cancelled] Cancelled
    }
replay-sentence =
    { $kind ->
        [running] New events go first; this replay uses what is left.
        [webhook-paused] The webhook is paused: the replay waits until it is resumed.
        [webhook-failing] The endpoint does not take events. The replay goes on when it does.
        [paused] Nothing is sent again until you resume.
        [done-with-failures] The whole period was gone through. The failures are among the webhook's deliveries, with the endpoint's answers.
        [done] The whole period was gone through.
       *[cancelled] What had not been sent again yet stayed as it was.
    }
replay-pause = Pause
replay-pause-done = Replay paused.
replay-resume = Resume
replay-resume-done = Replay resumed.
replay-cancel = Cancel the replay
replay-cancel-text = What was sent again is not taken back; the rest will not be sent again. A cancelled replay cannot be resumed.
replay-cancel-done = Replay cancelled.
