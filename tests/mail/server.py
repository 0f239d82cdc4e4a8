"""A mail server for the tests of alerts by e-mail: aiosmtpd, which is not ours.

usage: server.py <what it does, as JSON>

    {"cert": PEM file, "key": PEM file,   offers STARTTLS
     "implicit": true,                    TLS from the first byte
     "user": "u", "password": "p",        takes mail from who signs in, and over TLS only where it has any
     "refuse": {"a@b.co": "550 5.1.1 no such mailbox"},
     "data": "452 4.3.1 full",            says this at the end of a mail
     "hang": true}                        never says a word

It says where it listens, and every sign-in and every mail, as an object of JSON per line on the standard output; it ends with its
standard input.
"""

import asyncio
import email
import email.policy
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

does = json.loads(sys.argv[1])


def say(**what):
    print(json.dumps(what), flush=True)


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        refused = does.get("refuse", {}).get(address)
        if refused:
            return refused
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if "data" in does:
            return does["data"]
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        parts = {part.get_content_type(): part.get_content() for part in mail.walk() if not part.is_multipart()}
        say(
            **{"is": "mail"},
            mail_from=envelope.mail_from,
            to=envelope.rcpt_tos,
            headers={name: str(value) for name, value in mail.items()},
            parts=parts,
            defects=[repr(defect) for part in mail.walk() for defect in part.defects],
            encrypted=session.ssl is not None or bool(does.get("implicit")),
        )
        return "250 2.0.0 queued as TEST-1"


def authenticate(server, session, envelope, mechanism, data):
    given = (data.login.decode(), data.password.decode())
    good = given == (does["user"], does["password"])
    say(**{"is": "login"}, good=good, mechanism=mechanism)
    # Not handled: what is answered to it is not said yet.
    return AuthResult(success=good, handled=False)


async def main():
    loop = asyncio.get_running_loop()
    context = None
    if "cert" in does:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(does["cert"], does["key"])
    implicit = context if does.get("implicit") else None
    options = dict(hostname="mail.test", enable_SMTPUTF8=False, tls_context=None if implicit else context)
    if "user" in does:
        options |= dict(authenticator=authenticate, auth_required=True, auth_require_tls=context is not None and not implicit)

    def connection():
        return asyncio.Protocol() if does.get("hang") else SMTP(Handler(), **options)

    server = await loop.create_server(connection, "127.0.0.1", 0, ssl=implicit)
    say(**{"is": "listening"}, port=server.sockets[0].getsockname()[1])
    await loop.run_in_executor(None, sys.stdin.read)


asyncio.run(main())
