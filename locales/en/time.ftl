# Time: how much has passed, how long it took.

ago = { $span } ago
in-span = in { $span }
just-now = just now
yesterday = yesterday { $time }
never = never
span-part-second = { $n } s
span-seconds = { $n } s
span-minutes-seconds = { $n } min { $s } s
span-minutes = { $n } min
span-hours = { $n } h
span-hours-minutes = { $n } h { $m } min
span-days =
    { $n ->
        [one] { $n } day
       *[other] { $n } days
    }
