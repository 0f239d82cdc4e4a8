# What is wrong with a field: each sentence says what would be right.

fault-missing = Fill in this field.
fault-too-long = Use at most { $max } characters.
fault-control-characters = Remove line breaks, control characters, and those that turn the direction of text.
fault-out-of-range = Use a value from { $min } to { $max }.
fault-too-many = Use at most { $max } items.
fault-not-a-url = This is not a URL. Example: https://api.example.com/webhook
fault-url-scheme = The URL must start with { $allowed }.
fault-url-not-permitted = The URL points to an internal address. An administrator can permit the network in [guard] allow.
fault-event-pattern = “{ $given }” is not an event type: use the exact name, a prefix such as “call-*”, or “*”.
fault-unknown-type =
    { $kind ->
        [prefix] No known event begins with “{ $given }”.
        [prefix-meant] No known event begins with “{ $given }”. Did you mean { $meant }?
        [name-meant] No known event is called “{ $given }”. Did you mean { $meant }?
        [several] No known event is called “{ $given }”. Are these several types? { $meant }
       *[name] No known event is called “{ $given }”.
    }
fault-rule-path = “{ $given }” is not a path. Examples: “callHistory.status”, “tags[0]”.
fault-rule-value-missing = This operator needs a value.
fault-rule-value-unordered = Use a number, a date or a duration. Examples: 30, 2024-12-31, 00:01:30
fault-secret-again = The address is another server's now: what is stored does not go there. Type it again, or remove it.
fault-hidden-nothing = A part of the URL is hidden (…) and there is nothing to put in its place: type the whole URL.
fault-hidden = The value of “{ $key }” is hidden (…) and does not go to another address: type it again.
fault-header-name = “{ $given }” is not a valid HTTP header.
fault-header-reserved = The header “{ $given }” is set by Ramal.
fault-header-line = Line { $line }: a “:” is missing. Example: X-Key: value
fault-not-digits = Use digits only, for example 12345
fault-taken = Already in use.
fault-not-one = Use one of: { $allowed }.
fault-not-in-this-company = Does not belong to this company.
fault-empty-range = There are no events in this range.
fault-no-company = Choose at least one company.
fault-end-before-start = The end is before the start.
fault-login-shape = Use at least 3 characters, without spaces. Example: ana@example.com
fault-password-short = Use at least { $min } characters.
fault-password-easy = This password is easily guessed. Use three or four words.
fault-password-holds-login = The password contains the login, which is what is tried first. Take it out.
fault-password-wrong = This is not the current password.
fault-not-the-same = The two are not the same.
fault-code-wrong = This is not the code.
fault-code-over = This code was good on the day it was written and on the next. Restart the program: it writes another one to its log.
fault-no-such = Does not exist.
fault-past = Choose a time in the future.
fault-day-past = This date is over.
fault-not-json = This is not valid JSON (line { $line }, column { $column }).
fault-unread = The body is too large, or did not arrive whole.
fault-not-keys = Use the keys of a telephone: 0 to 9, A to D, * and #, at most 16, for example *2.
fault-not-a-phone = Use only the digits of the phone, 3 to 20, for example 11999990000.
fault-not-a-cpf = This is no CPF: it has eleven digits, and the last two depend on the others.
fault-not-an-email = This is no e-mail address such as oncall@company.com.
fault-not-a-chat = Use the number of the chat (a group's begins with -), or the @name of a group or channel.
fault-not-a-bot-token = This is no token of a robot: @BotFather gives one such as 110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw.
fault-twice = This field stands there twice.
fault-too-many-parts = There are too many fields and items; at most { $max } in all.
fault-too-deep = Objects and lists are nested too deeply; at most { $max }.
fault-unknown = There is no such field.
fault-malformed = Malformed value: expected { $expected }.

# What was expected, as the sentence above says it.
expected-text = a text
expected-truth = true or false
expected-whole = a whole number from { $min } to { $max }
expected-number = a number
expected-list = a list
expected-object = an object
expected-nothing = null
expected-company-id = a company's id such as company_7
expected-event-id = an event's id such as evt_7_1024
expected-webhook-or-any = a webhook's id such as webhook_7, or any
expected-clock = a time of the day such as 22:00
expected-time = a date and time in ISO 8601 such as 2024-01-01T00:00:00Z
expected-date = a date such as 2024-12-31
expected-cursor = the “next” of a page of this list
expected-other = another kind of value

# A name that is somebody else's.
name-of-company = A company with this name exists already: { $existing }
name-of-webhook = This company has a webhook with this name: { $existing }
