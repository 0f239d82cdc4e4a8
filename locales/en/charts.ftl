# Charts: what was counted by the minute and by the hour.

charts-title =
    { $span ->
        [hour] The last hour
        [day] The last 24 hours
        [week] The last 7 days
       *[quarter] The last 90 days
    }
charts-span = Period
charts-until = until { $time }
charts-1h = 1 h
charts-24h = 24 h
charts-7d = 7 days
charts-90d = 90 days
charts-choose = Choose a period to see the charts.
charts-nothing = Nothing is recorded of this period yet. The first minute shows up here as soon as it is over.
charts-values = Values as a table
charts-at = From
charts-now = now
charts-unknown = not recorded
charts-each-minute = per minute
charts-each-quarter = every 15 min
charts-each-2h = every 2 h
charts-each-day = per day
charts-events = Events received
charts-attempts = Delivery attempts
charts-delivered = Delivered
charts-failed = Failed
charts-success = Success
charts-latency = Response time
charts-answers = of the endpoint
charts-p50 = half within
charts-p95 = 95% within
charts-backlog = In the queue
charts-peak = at the worst moment
charts-most = Highest
charts-none = –
charts-outage = nothing delivered, or the line was down

spark-hour = Last 60 min: from { $least } to { $most }
spark-nothing = Last 60 min: nothing recorded
spark-down =
    { $n ->
        [one] { $said }; 1 minute without a connection
       *[other] { $said }; { $n } minutes without a connection
    }
