# Everyone's own account, the users, the API keys and the audit log.

save = Save
copy = Copy
once-done = I have stored it
once-shown = The secret is not here any more
once-shown-text = A secret is shown only once: it was shown, or it waits no longer (five minutes passed, or Ramal started anew). Nothing was done again. If it was not stored, make another.
once-shown-back = To the first page

role-title = Role
role-hint =
    { $role ->
        [reader] Sees connections, events, webhooks and deliveries; changes nothing, and sees neither settings nor the audit log.
        [operator] Also connects, pauses, resends and tests.
       *[administrator] Also creates, changes and deletes.
    }
scope = Companies they may see
scope-all = All companies
scope-all-hint = Those to come included.
scope-some = Only the chosen ones
scope-companies = Companies
scope-chosen = Chosen companies
scope-add = Add a company
scope-lines = Add several
scope-lines-hint = One per line: the name, a part that no other has, or the ID, like company_7.
company-unknown = No company is called “{ $typed }”.
company-several = More than one company has “{ $typed }” in its name: write the whole name.

account-title = My account
account-you = About you
account-zone = Time zone
account-zone-hint = Dates and times in the panel are in this zone.
account-saved = Your details are saved.
account-password = Password
account-password-text = When you change the password, your other browsers are signed out.
account-password-current = Present password
account-password-new = New password
account-password-again = New password, once more
account-password-button = Change password
account-password-changed = Your password has been changed.
account-temporary = Choose a password of your own
account-temporary-advice = The one you were given is temporary: somebody else knows it. The rest of the panel opens afterwards.

users-title = Users
user-new = New user
user-new-text = The panel then shows a temporary password, once. At the first sign-in they choose one of their own.
user-create = Create user
user-created = { $name } can sign in now
user-saved = { $name }: changes saved.
user-deleted = { $name } can no longer sign in.{ $keys ->
        [0] { "" }
        [one] { " " }The API key they made is revoked.
       *[other] { " " }The { $keys } API keys they made are revoked.
    }
user-temporary = Temporary password
user-last-sign-in = Last sign-in
user-access = Access
user-access-text = Who forgot their password gets a new one. Who will be away for a while can have their access disabled without losing anything.
user-disabled = Disabled
user-disabled-text = This person cannot sign in. Once enabled, they sign in with the password they had.
user-enable = Enable access
user-enabled-now = { $name } can sign in again.
user-disable = Disable access
user-disable-title = Disable the access of { $name }?
user-disable-goes = They are signed out now and cannot sign in until somebody enables their access again.
user-disable-stays = Their details, role and password are kept. API keys they made go on working unless you revoke them.
user-disabled-now = The access of { $name } is disabled.{ $keys ->
        [0] { "" }
        [one] { " " }The API key they made is revoked.
       *[other] { " " }The { $keys } API keys they made are revoked.
    }
user-password-title = Make a new password for { $name }?
user-password-goes = Their present password stops working and they are signed out now, in every browser.
user-password-stays = You will see a temporary password, once, to hand over to them.
user-password-reset = Make a new password
user-password-new = New password of { $name }
user-password-once = Give this temporary password to { $login } in a safe way. It will not be shown again.
user-delete = Delete user
user-delete-title = Delete { $name }?
user-delete-goes = They are signed out now and cannot sign in again.
user-delete-stays = What they did stays in the audit log. API keys they made go on working unless you revoke them.
user-keys-revoke =
    { $count ->
        [one] Also revoke the API key they made: { $names }
       *[other] Also revoke the { $count } API keys they made: { $names }
    }

keys-of-api-title = API keys
key-new = New key
key-none = No API key
key-none-text = A key lets another system, such as your CRM, use Ramal's API. Each system should have its own.
key-name = Name
key-name-hint = What it is for. Example: CRM
key-state-title = State
key-state =
    { $state ->
        [active] Active
        [expired] Expired
       *[revoked] Revoked
    }
key-made-by = Made by
key-maker =
    { $state ->
        [disabled] Its maker is disabled
        [deleted] Its maker was deleted
        [restricted] May do more than its maker
       *[ended] The key that made it is no longer good
    }
key-last-used = Last used
key-expires = Valid until
key-endless = does not expire
key-expires-hint = The last day on which the key works. Empty: it does not expire.
key-create = Create key
key-created = Key { $name } created
key-once = Copy the key now and store it where the system will use it. It will not be shown again.
key-revoke = Revoke
key-revoke-title = Revoke the key { $name }?
key-revoke-goes = Whoever uses this key loses access to the API now. This cannot be undone.
key-revoke-stays = It stays in the list as revoked.
key-revoked = The key { $name } has been revoked.

audit-title = Audit log
audit-none = Nothing recorded yet
audit-none-found = Nothing found with these filters
audit-none-text = Every change is here: who made it, when, from where, and what was there before.
audit-at = When
audit-actor = Who
audit-what = What they did
audit-action-asked = Action
audit-target = To what
audit-target-example = Name or id such as webhook_4
audit-company = Company
audit-company-any = Any
audit-action-any = Any
audit-from = From
audit-to = To
audit-filter = Filter
audit-clear = Clear filters
audit-became = became
audit-changes =
    { $count ->
        [one] { $count } field
       *[other] { $count } fields
    }
audit-field =
    { $case ->
        [name] Name
        [login] Login
        [role] Role
        [companies] Companies
        [lang] Language
        [zone] Time zone
        [url] URL
        [events] Events
        [event] Event
        [rules] Rules
        [format] Format
        [redact] Hidden fields
        [concurrency] Requests at once
        [rate-per-second] Requests a second
        [timeout-seconds] Time limit, in seconds
        [ordered] In order
        [retry-seconds] Retries, in seconds
        [bearer] Token
        [signing] Secret
        [headers] Header
        [overlap-hours] Keep the old secret for (hours)
        [provider] Provider
        [account] Account
        [token] Token
        [secrets] Secret
        [connect] Connect
        [socket-url] Server
        [token-expires-on] Token expires on
        [provisioned] From the settings file
        [reason] Reason
        [before] Reason before
        [from] From event no.
        [to] To event no.
        [as-new] As new events
        [undelivered-only] Only what was not delivered
        [webhook] Webhook
        [state] State
        [prefix] Beginning of the key
        [expires-at] Valid until
        [commands] Command
        [late-after-seconds] Late from (seconds)
        [contacts] Contacts
        [known] Data
        [action] Action
        [destination] Destination
        [taken] Taken by the provider
        [wrong] What was wrong
        [version] Version
        [enabled] Active
        [channel] Channel
        [terms] Terms
        [until] Until
        [text] Text
        [made-of] Payload
        [id] Event ID
       *[other] { $field }
    }
audit-made-of =
    { $made ->
        [event] an event that was received
        [example] the example of the documents
        [payload] what was given
       *[placeholder] a minimal one
    }
audit-action =
    { $case ->
        [alert-rule-create] Made an alert
        [alert-rule-update] Changed an alert
        [alert-rule-delete] Deleted an alert
        [api-key-create] Created an API key
        [api-key-revoke] Revoked an API key
        [consumer-rebuild] Had rows of the journal made anew
        [board-update] Changed the board of a company
        [call-action] Had a provider do something with a call
        [call-session-unmasked] Looked at the ICE passwords in the log of a call
        [company-create] Registered a company
        [company-update] Changed a company
        [company-diagnose] Asked for a diagnosis
        [company-delete] Deleted a company
        [contact-point-create] Added a contact for alerts
        [contact-point-update] Changed a contact for alerts
        [contact-point-delete] Deleted a contact for alerts
        [contact-point-test] Tested a contact for alerts
        [contact-create] Added a contact
        [contact-update] Changed a contact
        [contact-delete] Deleted a contact
        [contact-export] Exported the contacts
        [contact-import] Imported contacts
        [incident-acknowledge] Acknowledged an incident
        [incident-note] Noted something on an incident
        [incident-silence] Silenced an incident
        [incident-unsilence] Ended the silence of an incident
        [silence-alarm-update] Changed the silence alarm of a company
        [source-create] Registered a source
        [source-update] Changed a source
        [source-delete] Deleted a source
        [source-connect] Connected a source
        [source-disconnect] Disconnected a source
        [source-try] Tried a source's connection
        [event-payload] Saw the whole payload of an event
        [webhook-create] Registered a webhook
        [webhook-update] Changed a webhook
        [webhook-delete] Deleted a webhook
        [webhook-pause] Paused a webhook
        [webhook-resume] Resumed a webhook
        [webhook-try-now] Had what failed tried now
        [webhook-test] Sent a test
        [webhook-skip] Skipped waiting events
        [webhook-resend] Resent events
        [webhook-discard] Discarded events
        [webhook-rotate-secret] Rotated a webhook's secret
        [quiet-hours-update] Changed the hours of do not disturb
        [replay-create] Started a replay
        [replay-pause] Paused a replay
        [replay-resume] Resumed a replay
        [replay-cancel] Cancelled a replay
        [user-create] Created a user
        [user-update] Changed a user
        [user-delete] Deleted a user
        [user-disable] Disabled a user
        [user-enable] Enabled a user
        [user-password] Changed their own password
        [user-reset-password] Made a new password
        [user-preferences] Changed their own details
        [user-sign-in] Signed in
        [user-sign-out] Signed out
        [user-refused] Refused: wrong password or code
       *[other] { $action }
    }
