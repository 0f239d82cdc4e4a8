# What the demo tells.

demo-running = Ramal is running with simulated providers ({ $names }) and a receiver that checks every delivery.
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
demo-sum = Delivered: { $distinct } events, { $duplicates } twice, { $disorder } out of order; signatures: { $good } right, { $bad } wrong
