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
