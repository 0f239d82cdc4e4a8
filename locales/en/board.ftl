# A company's board, on the wall, and what is said of it.

board-title = Board
board-of = Board of { $company }
board-source =
    { $state ->
        [connected] { $name }
        [connecting] { $name } connecting
        [waiting] { $name } without connection
        [refused] { $name } refused the token
       *[stopped] { $name } switched off
    }
board-since = { $said } since { $time }
board-failing = { $name } failing since { $time }
board-failing-more =
    { $n ->
        [one] and { $n } more webhook
       *[other] and { $n } more webhooks
    }
board-behind =
    { $n ->
        [one] { $n } event is not in these figures yet.
       *[other] { $n } events are not in these figures yet.
    }
board-cut = More calls go on: these figures are of the { $n } newest.

board-queues = Queues and campaigns
board-waiting = waiting
board-longest = longest wait
board-late = Long wait:
board-late-after = late from { $span } on
board-queue-talking = { $n } talking
board-queue-dialing = { $n } dialling
board-queue-quiet = no calls now
board-no-queues = No queue has had a call today.
board-more-queues =
    { $n ->
        [one] and { $n } more queue, with a shorter wait
       *[other] and { $n } more queues, with a shorter wait
    }

board-agents =
    Agents: { $talking } talking, { $ringing } ringing, { $idle ->
        [0] none free
       *[other] { $idle } free
    }
board-agents-who = Only who is in a call or has been told of is shown.
board-agent-state =
    { $state ->
        [talking] talking
        [ringing] ringing
        [after-call] after-call work
        [break] break
        [manual] manual mode
        [idle] free
       *[calling] calling
    }
board-no-agents = No agent is in a call, and none has been told of.
board-more-agents =
    { $n ->
        [one] and { $n } more agent
       *[other] and { $n } more agents
    }

board-doors = Intercoms
board-door = Unit { $unit }
board-door-in = Building { $building }, unit { $unit }
board-door-of = extension { $extension } · client { $client }
board-door-talks = talking
board-no-doors = No intercom rings.
board-more-doors =
    { $n ->
        [one] and { $n } more intercom
       *[other] and { $n } more intercoms
    }
board-give-names = Name the commands

board-group = { $provider }, calls now
board-users = Users
board-open = In progress
board-today = { $kind } today
board-day =
    { $n ->
        [0] Today until { $time }: no call ended
        [one] Today until { $time }: { $n } call ended
       *[other] Today until { $time }: { $n } calls ended
    }
board-figure =
    { $figure ->
        [answered] Answered
        [abandoned] Abandoned
        [not-answered] Not answered
        [machine] Voicemail
        [waited] Mean wait
       *[talked] Mean talk
    }
board-day-note = { $answered } of those that ended; { $abandoned } of answered and abandoned. Wait: of incoming calls.

board-settings = Board: names and delay
board-open-it = Open the board
board-late-field = A wait is long from (seconds)
board-late-hint = 5 to 3,600. A queue in which somebody waits that long stands out.
board-commands = Names of intercom commands
board-commands-hint = What is pressed at the door, such as *2, and the name that the board shows, such as Gate 2. A command without a name is shown as it is; to take a name away, clear its row.
board-keys = Keys
board-name = Name
board-change = Change
