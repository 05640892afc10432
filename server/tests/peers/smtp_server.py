"""A mail server with a certificate: aiosmtpd, which takes mail only from rita with the password `s3cret p@ss`.

    smtp_server.py starttls|tls|plain DIR HOST valid|expired

Makes an authority (DIR/authority.pem) and a certificate of it for HOST, and prints its port. Each line on standard input is
answered with what came so far, as JSON: commands, each with whether TLS protected it, and messages.
"""
import asyncio
import json
import sys

from aiosmtpd.smtp import SMTP, AuthResult

from certificates import context

MODE, DIR, HOST, STATE = sys.argv[1:]
SAID = {"commands": [], "mails": []}


class Server(SMTP):
    def note(self, command):
        SAID["commands"].append([command, self.transport.get_extra_info("ssl_object") is not None])


class Handler:
    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        server.note("EHLO")
        session.host_name = hostname
        return responses

    async def handle_MAIL(self, server, session, envelope, address, options):
        server.note("MAIL")
        envelope.mail_from = address
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        server.note("DATA")
        SAID["mails"].append({"to": envelope.rcpt_tos, "data": envelope.content.decode()})
        return "250 kept"


def authenticate(server, session, envelope, mechanism, login):
    server.note("AUTH")
    right = (login.login, login.password) == (b"rita", b"s3cret p@ss")
    return AuthResult(success=right, handled=right)


async def main():
    tls, protected = MODE == "tls", context(DIR, HOST, STATE == "expired")

    def server():
        # Under implicit TLS the library does not see that it is protected.
        return Server(Handler(), hostname="localhost", tls_context=protected if MODE == "starttls" else None,
                      authenticator=authenticate, auth_required=MODE != "plain", auth_require_tls=MODE == "starttls")

    loop = asyncio.get_running_loop()
    listening = await loop.create_server(server, "127.0.0.1", 0, ssl=protected if tls else None)
    print(listening.sockets[0].getsockname()[1], flush=True)
    while await loop.run_in_executor(None, sys.stdin.readline):
        print(json.dumps(SAID), flush=True)


asyncio.run(main())
