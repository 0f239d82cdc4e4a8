# What stands around every page, and the parts that they are made of.

frame-skip = Skip to the content
frame-navigation = Main
frame-language = Language
frame-theme = Appearance
frame-theme-system = System
frame-theme-light = Light
frame-theme-dark = Dark
frame-sign-out = Sign out
frame-close = Close
frame-dialog = Confirmation
frame-lost = No contact with the server: what is on the screen is of { $time }. The page catches up as soon as it is back.
frame-again = Reconnecting: what is on the screen is of { $time }.
role =
    { $role ->
        [reader] Reader
        [operator] Operator
       *[administrator] Administrator
    }
tone =
    { $tone ->
        [ok] All well
        [warn] Attention
        [bad] Problem
        [off] Stopped
       *[info] Information
    }
cancel = Cancel
field-optional = optional
field-erased =
    { $what ->
        [address] For safety the address does not come back to the page: paste it again.
        [token] For safety the token does not come back to the screen: paste it again.
        [secret] For safety the secret does not come back to the screen: paste it again.
        [values] The values were erased for safety: type them again.
       *[password] For safety the password does not come back to the screen: type it again.
    }
form-wrong = Nothing was saved: correct the fields below.
pager = Pages
pager-first = Back to the beginning
pages-here = { $from }–{ $to } of { $of }
pages-before = Previous page
filter-any = Any
filter-search = Search
filter-sort = Order
list-as-of = as of
pager-next = Next page
confirm-type = To confirm, type the name: { $name }
confirm-wrong = This is not the name. Nothing was deleted.

keys-title = Keyboard shortcuts
keys-help = Show these shortcuts
keys-close = Close what is open

trouble-back = Back to the start
trouble-not-found = Not found
trouble-not-found-advice = It may have been deleted, or is not among the companies that you see.
trouble-forbidden = You may not do this
trouble-forbidden-advice =
    { $role ->
        [operator] It takes an operator or an administrator. Ask an administrator.
       *[administrator] It takes an administrator. Ask one of them.
    }
who =
    { $kind ->
        [settings] settings file
        [terminal] command line
        [setup] first run
        [nobody] somebody not signed in
        [key] API key “{ $name }”
       *[person] { $name }
    }
stale = Somebody else saved before you
stale-by =
    { $kind ->
        [settings] The settings file changed this before you, on { $day } at { $hour }
        [key] The { $who } saved before you, on { $day } at { $hour }
        [terminal] The { $who } saved before you, on { $day } at { $hour }
       *[person] { $who } saved before you, on { $day } at { $hour }
    }
stale-advice = What you typed is still here, except passwords and tokens. If you save again, what was saved before is lost.
stale-see = See what was saved, in another tab
trouble-stale = Somebody else changed this before you
trouble-stale-advice = Go back, see what has changed and try again. Nothing was saved.
trouble-conflict = Not possible now
trouble-unavailable = The database does not answer
trouble-unavailable-advice = What was accepted is kept. Try again in a few seconds.
trouble-elsewhere = Another process has the company
trouble-elsewhere-advice = Nothing was changed. Try again in a few seconds.
trouble-tries = Too many tries
trouble-tries-advice = Try again in { $seconds } s.
trouble-unknown = You have to sign in
trouble-unknown-advice = Sign in and try again.
trouble-invalid = Something is wrong with what was sent
trouble-internal = Something went wrong here
trouble-internal-advice = The program's log says what. Nothing was changed.
trouble-too-large = Too large
trouble-too-large-advice = What was sent is larger than { $mebibytes } MB. Split the file into parts. Nothing was changed.
trouble-origin = This request did not come from a page of the panel
trouble-origin-advice = Go back to the panel and try again. Nothing was changed.
trouble-origin-host = If { $origin } is the address at which you open the panel, a proxy on the way replaces the header Host: “{ $host }” arrived here. Have the proxy pass it on (nginx: proxy_set_header Host $http_host;) or set public_url = "{ $origin }" in Ramal's settings. Nothing was changed.
trouble-origin-proxy = If { $origin } is the address at which you open the panel, there is a proxy on the way: it sends X-Forwarded-Host “{ $forwarded }” and Host “{ $host }”, but Ramal believes it only if its network is in trusted_proxies. Set that, or public_url = "{ $origin }". Nothing was changed.
crumbs = Where you are
stands-again = Look again
yes = yes
no = no
