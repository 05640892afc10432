"""A mail server with a certificate: aiosmtpd, which takes mail only from rita with the password `s3cret p@ss`.

    smtp_server.py starttls|tls|plain DIR HOST

Makes an authority (DIR/authority.pem) and a certificate of it for HOST with the program openssl, and prints its port. Each
line on standard input is answered with what came so far, as JSON: commands, each with whether TLS protected it, and messages.
"""
import asyncio
import json
import ssl
import subprocess
import sys

from aiosmtpd.smtp import SMTP, AuthResult

MODE, DIR, HOST = sys.argv[1:]
SAID = {"commands": [], "mails": []}


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, capture_output=True, cwd=DIR)


def certificate():
    """The chain and the key of HOST."""
    new = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    openssl(*new, "-subj", "/CN=authority", "-keyout", "authority.key", "-out", "authority.pem")
    openssl("req", *new[2:-2], "-subj", f"/CN={HOST}", "-keyout", "host.key", "-out", "host.csr")
    with open(f"{DIR}/host.ext", "w") as file:
        file.write(f"subjectAltName=DNS:{HOST}\nbasicConstraints=critical,CA:FALSE\n")
    openssl("x509", "-req", "-in", "host.csr", "-CA", "authority.pem", "-CAkey", "authority.key", "-CAcreateserial",
            "-days", "2", "-extfile", "host.ext", "-out", "host.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{DIR}/host.pem", f"{DIR}/host.key")
    return context


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
    context = certificate()
    tls = MODE == "tls"

    def server():
        # Under implicit TLS the library does not see that it is protected.
        return Server(Handler(), hostname="localhost", tls_context=context if MODE == "starttls" else None,
                      authenticator=authenticate, auth_required=MODE != "plain", auth_require_tls=MODE == "starttls")

    loop = asyncio.get_running_loop()
    listening = await loop.create_server(server, "127.0.0.1", 0, ssl=context if tls else None)
    print(listening.sockets[0].getsockname()[1], flush=True)
    while await loop.run_in_executor(None, sys.stdin.readline):
        print(json.dumps(SAID), flush=True)


asyncio.run(main())
