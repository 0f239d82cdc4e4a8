# What the demo tells.

demo-running = Ramal is running with simulated providers ({ $names }) and a receiver that checks every delivery.
demo-past = The day before now is invented, so that the charts have something to show; from here on events are simulated.
demo-open = Open, or try in another terminal:
demo-panel = the panel
demo-companies = the companies, through the API
demo-document = the API's documentation
demo-received = what the receiver got and checked
demo-refusing = a receiver that refuses everything (without a status it recovers)
demo-sign-in = http://{ $listen }/   user: { $login }   password: { $password }
demo-down = the receiver goes down: nothing is lost, each webhook's cursor stands still
demo-back = the receiver is back: what waited arrives in order within each call, with the same webhook-id
demo-cut = { $provider } drops the connection: Ramal connects again and records the gap
demo-end = the end of the story; goes on until Ctrl-C. The panel: { $panel }
demo-status =
    { $events ->
        [1] 1 event
       *[other] { $events } events
    } · { $delivered ->
        [1] 1 delivered
       *[other] { $delivered } delivered
    } · { $waiting } waiting · { $repeated ->
        [1] 1 twice
       *[other] { $repeated } twice
    } · { $disordered } out of order
demo-sum = Delivered: { $distinct } events, { $duplicates } twice, { $disorder } out of order; signatures: { $good } right, { $bad } wrong

# The strip of the panel.

strip-name = Demonstration
strip-simulated = Demonstration: the data is simulated, and the day before now is invented.
strip-act =
    { $act ->
        [receiver-down] Take the receiver down
        [receiver-up] Bring the receiver up
        [cut] Cut the connection
        [refuse-tokens] Refuse the token
       *[take-tokens] Accept the token
    }
strip-done =
    { $act ->
        [receiver-down] The receiver is down: nothing is lost, what comes waits in each webhook's queue.
        [receiver-up] The receiver is back: what waited goes out now, in order.
        [cut] The connections were cut: Ramal connects again by itself and records each gap.
        [refuse-tokens] The provider refuses the tokens from now on: each company says why.
       *[take-tokens] The provider accepts the tokens again: Ramal tries again within some minutes, or at once by the company's button.
    }
