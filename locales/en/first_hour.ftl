# The first hour of a company.

first-title = The first hour
first-done = { $n } of { $of }
first-is-done = done
first-connect = Connect to the provider
first-connect-text = With the company's token. The line stays open, and comes back by itself when it falls.
first-connect-do = See the connection
first-heard = See the first event come
first-heard-text = Make a test call: its event appears at once.
first-heard-do = See the events
first-webhook = Make a webhook
first-webhook-text = The URL of your system, and the event types that it wants.
first-webhook-do = Make a webhook
first-test = Send a test
first-test-of = Send a test to { $name }
first-test-text = It shows the whole request, and what your system answered.
first-test-do = Send a test
first-told = Say who is told
first-told-text = If the line falls at three in the afternoon, who has to know?
first-told-do = Make an alert
first-delivered = Get the first event
first-delivered-text = The next event that the webhook wants goes to your system. After that this list is gone.
first-delivered-do = See the webhook
