# System: what runs in the background.

system-title = System
duties-title = In the background
duties-text = What Ramal does by itself while it is up, and how the last run of each task went. The figures count from its start.
duties-what = Task
duties-state = State
duties-last = Last run
duties-next = Next
duties-runs = Runs
duties-panics = Internal failures
duty-title =
    { $duty ->
        [database-hold] Hold on the database
        [checkpoint] Copy of SQLite's log
        [agents] Agents
        [calls] Calls
        [routing] Routing
        [ringing] What rings
        [actions] What was done with calls
        [decisions] Decisions told
        [indexer] Index of events
        [retention] Removal of what is old
        [reconciliation] Reconciliation
        [source-status] Status of sources
        [rates] Rates of the last minute
        [series] Counts by the minute
        [disk] Room on the disk
        [incidents] Incidents
        [alerts] Alerts
       *[other] { $duty }
    }
duty-does =
    { $duty ->
        [database-hold] Checks that the database answers and is still this process's alone.
        [checkpoint] Moves SQLite's write-ahead log into the file before it grows too large.
        [agents] Keeps what each agent does between calls, for the board.
        [calls] Makes calls of the events that speak of them: who called, who answered, how it ended.
        [routing] Decides where calls go that wait for it, and makes their callers known.
        [ringing] Follows the calls that ring in companies whose calls are answered here, and tells who may answer.
        [actions] Tells the journal what came of what people had providers do with calls.
        [decisions] Tells providers where their calls go, within the time that they give.
        [indexer] Seals blocks of 1,024 events, which let searches and webhooks that lag skip what does not matter to them.
        [retention] Removes events, attempts, sessions and lines of the audit log that are past their age or size.
        [reconciliation] Compares what is registered with what runs, and connects, changes or ends sources and webhooks.
        [source-status] Writes down the state of each source, connections' signs of life and the use of API keys.
        [rates] Measures how many events and deliveries there were in the last minute.
        [series] Writes down the counts of each minute, for the charts.
        [disk] Measures the free room on the database's disk.
        [incidents] Looks at everything every few seconds, and opens, changes and closes incidents.
        [alerts] Tells whoever the rules name what happened to incidents, and tries again what was not taken.
       *[other] { $duty }
    }
duty-every = Every { $span }
duty-woken = Only when it is needed
duty-ms = { $n } ms
duty-running = Running
duty-waiting = Waiting
duty-restarting = About to restart
duty-ended = Ended
duty-since = since
duty-never = has not run yet
duty-well = All well
duty-failed = Failed
duty-panicked = Internal failure
duty-last-work = Last work
duty-work =
    { $what ->
        [changes] { $count ->
            [one] { $count } change
           *[other] { $count } changes
        }
        [stretches] { $count ->
            [one] { $count } stretch
           *[other] { $count } stretches
        }
        [companies] { $count ->
            [one] { $count } company
           *[other] { $count } companies
        }
        [actions] { $count ->
            [one] { $count } action
           *[other] { $count } actions
        }
        [decisions] { $count ->
            [one] { $count } decision
           *[other] { $count } decisions
        }
        [pages] { $count ->
            [one] { $count } page
           *[other] { $count } pages
        }
        [rows] { $count ->
            [one] { $count } row
           *[other] { $count } rows
        }
       *[other] { $count } { $what }
    }

rebuild-asked = The rows of { $name } will be made anew; those there are hold until then.
rebuild-left =
    { $events ->
        [one] { $events } event of { $companies ->
            [one] { $companies } company left
           *[other] { $companies } companies left
        }
       *[other] { $events } events of { $companies ->
            [one] { $companies } company left
           *[other] { $companies } companies left
        }
    }
rebuild-waits = Nobody has begun yet: no program runs on this database, or it is busy. This may be stopped: the program does it when it can.
rebuild-done = Done: the rows of { $name } are the new ones.
