# Signing in, and the first administrator.

sign-in-title = Sign in
sign-in-login = User or e-mail
sign-in-password = Password
sign-in-button = Sign in
sign-in-wrong = Wrong user or password
sign-in-wrong-advice = An administrator can give you a new password.

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
