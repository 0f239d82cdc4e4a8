# Signing in, and the first administrator.

sign-in-title = Sign in
sign-in-login = User or e-mail
sign-in-password = Password
sign-in-button = Sign in
sign-in-wrong = Wrong user or password
sign-in-wrong-advice = An administrator can give you a new password.
sign-in-ended = Your session has ended
sign-in-ended-advice = Sign in again to go on where you were.
sign-in-ended-kept = Nothing of what you sent was carried out. Sign in again, as the same person: the form comes back filled in, but for passwords, tokens and other secrets. It waits for half an hour.
sign-in-ended-lost = What you sent was neither carried out nor kept. Sign in again and repeat it.
left-given-back = Here is what you had typed when the session ended. Nothing was carried out: look it over, type the secrets again and send it.
left-gone = What was typed before the session ended is no longer kept, or is another person’s. Nothing of it was carried out.

setup-title = First run
setup-text = There are no users yet. Create the administrator, who registers the companies and the other users.
setup-code = Setup code
setup-code-hint = It is in the log that the program wrote when it started.
setup-button = Create the administrator and sign in

user-name = Name
user-login = User or e-mail
user-login-hint = What you sign in with. Example: ana@example.com
user-password = Password
user-password-hint = At least 10 characters. Three or four words serve well.
