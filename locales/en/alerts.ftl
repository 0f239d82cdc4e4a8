# Alerts: what is sent out of the panel, and the page of who is told.

# How a message begins: how many incidents, and the worst of them.
alert-opened =
    { $total ->
        [one] { $worst }
       *[other] { $total } incidents: { $worst }
    }
alert-still-open =
    { $total ->
        [one] Still open: { $worst }
       *[other] { $total } incidents are still open: { $worst }
    }
alert-escalated =
    { $total ->
        [one] Nobody has acknowledged: { $worst }
       *[other] Nobody has acknowledged { $total } incidents: { $worst }
    }
alert-resolved =
    { $total ->
        [one] Resolved: { $worst }
       *[other] { $total } incidents resolved: { $worst }
    }
alert-over = Resolved: { $title }
alert-summary =
    { $total ->
        [0] No open incident
        [one] 1 open incident: { $worst }
       *[other] { $total } open incidents: { $worst }
    }
alert-test = Test: Ramal's alerts arrive here
alert-more = and { $n } more
alert-cost =
    { $cost ->
        [losing] losing now
        [waiting] late, nothing lost
       *[coming] will happen
    }
alert-since = since { $since } (Brasília)
alert-from-to = from { $since } to { $closed } (Brasília)
alert-open = See the incident
alert-open-panel = Open the panel

# Why a message was not taken; the rest stands in net.ftl.
alert-failed-status = the other side answered HTTP { $code }
alert-failed-smtp = the mail server answered { $code }
alert-failed-recipients = the mail server did not take all of the addresses ({ $code })
alert-failed-no-mail-server = Ramal's settings do not say which mail server to send by ([smtp])
alert-failed-no-starttls = the mail server has no STARTTLS, which Ramal's settings ask for ([smtp] tls)
alert-failed-no-login = the mail server takes user and password in no way known here
alert-failed-not-smtp = what answers does not speak SMTP
alert-failed-unusable = what is stored of this contact cannot be used: save it again

# The page: who is told, and how.
alerts-title = Alerts
point-list = Contacts
point-new = New contact
point-new-of = New contact: { $service }
point-over = How is this contact told?
point-none = Nobody is told yet
point-none-text = A contact is how an alert leaves the panel: e-mail, Telegram, Slack, Teams, Google Chat, Discord or a webhook of yours. Add one and test whether it arrives.
point-kind =
    { $kind ->
        [email] E-mail
        [telegram] Telegram
        [slack] Slack
        [teams] Microsoft Teams
        [google_chat] Google Chat
        [discord] Discord
       *[webhook] Webhook
    }
point-kind-hint =
    { $kind ->
        [email] to one or more mailboxes, by the installation's mail server
        [telegram] by a robot, to a person, a group or a channel
        [slack] in a channel, by an incoming webhook
        [teams] in a channel or chat, by a flow of the Workflows app
        [google_chat] in a space, by a webhook
        [discord] in a channel, by a webhook
       *[webhook] to a system of yours: a signed POST, one event for each incident
    }
point-how =
    { $kind ->
        [email] Every address gets the same mail. What is resolved arrives in the conversation of what was opened.
        [telegram] Make a robot with @BotFather and put it into the group or channel. The chat's number is in getUpdates after somebody has written there; a group's begins with -.
        [slack] In Slack: make an app at api.slack.com/apps, turn on Incoming Webhooks and copy the channel's URL.
        [teams] In Teams: in the channel open Workflows, choose the template that posts when a webhook request is received, and copy the URL.
        [google_chat] In Google Chat: in the space open Apps & integrations, make a webhook and copy the URL.
        [discord] In Discord: in the channel's settings open Integrations, make a webhook and copy the URL.
       *[webhook] Every incident is an event, signed as deliveries of webhooks are (Standard Webhooks). docs/alerts.md has its form.
    }
point-no-mail = Ramal's settings do not say yet which mail server to send by ([smtp] in ramal.toml): until then nothing goes out by this contact.
point-name = Name
point-name-hint = As the team knows it: On call, #telephony…
point-of = Whose
point-of-all = The whole installation
point-of-hint = A company's contact is told of what is the company's only.
point-to = Addresses
point-to-hint = One a line, up to 20.
point-token = The robot's token
point-chat = Chat
point-chat-hint = The number of the chat, or the @name of a public group or channel.
point-thread = Topic
point-thread-hint = The topic's number, in groups that have topics.
point-url = URL
point-secret = Signing secret
point-secret-hint = Leave it empty for Ramal to make one and show it once.
point-secret-once = This is the secret that signs this contact's events. Keep it now: it will not be shown again.
point-kept = Kept: { $shown }. Leave it empty to keep it.
point-lang = Language of the messages
point-lang-of =
    { $lang ->
        [en] English
       *[pt-BR] Portuguese
    }
point-create = Add contact
point-created = { $name }: contact added. Test whether it arrives.
point-saved = { $name }: changes saved.
point-deleted = { $name }: contact deleted.
point-delete = Delete
point-delete-title = Delete { $name }?
point-delete-goes = Nothing more will be sent by this contact, and what is kept of it (address, token, secret) is erased.
point-last = Last message
point-last-never = never sent
point-last-taken = delivered
point-last-partly = delivered in part
point-last-not = did not arrive
point-not-arrived = The last message to { $name } did not arrive.
point-test = Test
point-test-of = Test of { $name }
point-test-lead = A message that says only that it arrives, sent now by { $service }.
point-test-again = Test again
point-test-back = Back to the contacts
point-test-taken = The other side took the message. See whether it has appeared.
point-test-partly = The other side took the message, but not for all.
point-test-not = The message was not taken.

# Rules: who is told, of what and when.
rule-list = Alerts
rule-none = No alert yet
rule-none-text = An alert says who is told of which incidents. Without any, nothing leaves the panel.
rule-new = New alert
rule-name = Name
rule-of = Company
rule-costs = Tells of what is
rule-kinds = Only of these kinds
rule-kinds-hint = With none ticked, all of them.
rule-points = Who is told at once
rule-escalates-after = If nobody acknowledges it within (minutes)
rule-escalates-to = tells also
rule-repeats-after = Told again while nobody acknowledges it, every (minutes)
rule-tells-end = Tells also when it is over
rule-enabled = On
rule-off = Off
rule-saved = Alert “{ $name }” saved.
rule-saved-while-open =
    { $n ->
        [one] Alert “{ $name }” saved. It tells of what opens from now on: of the incident that is open already it tells nobody.
       *[other] Alert “{ $name }” saved. It tells of what opens from now on: of the { $n } incidents that are open already it tells nobody.
    }
rule-stale = Somebody else saved this alert a moment ago. What you typed is still here; look it over and save again.
rule-delete = Delete alert
rule-delete-title = Delete the alert “{ $name }”?
rule-delete-goes = What it was still to tell is not told.
rule-deleted = Alert “{ $name }” deleted.
rule-tells = { $who }, at once.
rule-then =
    { $n ->
        [one] { $who }, if nobody acknowledges it within 1 min.
       *[other] { $who }, if nobody acknowledges it within { $n } min.
    }
rule-again =
    { $n ->
        [one] Again every minute.
       *[other] Again every { $n } min.
    }
quiet-title = Do not disturb
quiet-is = From { $from } to { $to } only what is losing events goes out. The rest waits until then, in one alert.
quiet-is-not = No hours: every alert goes out at once.
quiet-zone = Brasília time. Leave both empty for no hours.
quiet-saved = Hours saved.
rule-others =
    { $n ->
        [one] { $n } more contact
       *[other] { $n } more contacts
    }
quiet-stale = Somebody else changed the hours a moment ago. Look at what is saved and fill it in again.
