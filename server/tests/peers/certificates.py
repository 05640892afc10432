"""Certificates that tests need, made with the program openssl."""
import datetime
import ssl
import subprocess

AUTHORITY = """
[ca]
default_ca = authority
[authority]
certificate = authority.pem
private_key = authority.key
database = issued.txt
new_certs_dir = .
rand_serial = yes
default_md = sha256
policy = anyone
[anyone]
commonName = supplied
"""


def context(directory, host, expired=False):
    """TLS of a server with a certificate for this host, of an authority that is written to authority.pem in the directory."""

    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], check=True, capture_output=True, cwd=directory)

    def write(name, text):
        with open(f"{directory}/{name}", "w") as file:
            file.write(text)

    def key_and(*wanted):
        openssl("req", *wanted, "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")

    write("authority.cnf", AUTHORITY)
    write("issued.txt", "")
    write("host.ext", f"subjectAltName=DNS:{host}\nbasicConstraints=critical,CA:FALSE\n")
    key_and("-x509", "-days", "2", "-subj", "/CN=authority", "-keyout", "authority.key", "-out", "authority.pem")
    key_and("-subj", f"/CN={host}", "-keyout", "host.key", "-out", "host.csr")
    now, day = datetime.datetime.now(datetime.timezone.utc), datetime.timedelta(days=1)
    start, end = (now - 2 * day, now - day) if expired else (now - day, now + day)
    start, end = (moment.strftime("%Y%m%d%H%M%SZ") for moment in (start, end))
    openssl("ca", "-batch", "-notext", "-config", "authority.cnf", "-extfile", "host.ext", "-startdate", start,
            "-enddate", end, "-in", "host.csr", "-out", "host.pem")
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(f"{directory}/host.pem", f"{directory}/host.key")
    return made
