# SPDX-License-Identifier: ISC
"""Certificates of every kind a receiving server may show.

kinds: good, wrong (another name), self (self-signed), expired, cn (the name
in the common name only), wild (*.parent of the name), client (for clients).
"""
import pathlib
import subprocess

DIR = pathlib.Path("/run/lab/pki")
BUNDLE = pathlib.Path("/etc/ssl/certs/ca-certificates.crt")
KEY = DIR / "leaf.key"
CONF = """[ca]
default_ca = lab
[lab]
database = {dir}/index
new_certs_dir = {dir}/new
rand_serial = yes
default_md = sha256
certificate = {dir}/ca.pem
private_key = {dir}/ca.key
policy = any
unique_subject = no
email_in_dn = no
[any]
commonName = optional
[req]
distinguished_name = dn
[dn]
"""
PERIODS = {"expired": ("20240101000000Z", "20240201000000Z")}
VALID = ("20240101000000Z", "20990101000000Z")


def openssl(*args: str) -> str:
    done = subprocess.run(["openssl", *args], check=False,
                          capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"openssl {' '.join(args)}: {done.stderr}")
    return done.stdout


def start() -> None:
    """Make the lab's CA; every program of the lab's root trusts it."""
    (DIR / "new").mkdir(parents=True)
    (DIR / "index").touch()
    (DIR / "ca.conf").write_text(CONF.format(dir=DIR))
    for key in (DIR / "ca.key", KEY):
        openssl("genpkey", "-algorithm", "EC", "-pkeyopt",
                "ec_paramgen_curve:P-256", "-out", str(key))
    for key in (DIR / "ca.key", KEY):
        openssl("req", "-new", "-config", str(DIR / "ca.conf"), "-key",
                str(key), "-subj", "/CN=leaf", "-out",
                str(key.with_suffix(".csr")))
    sign(DIR / "ca.key", DIR / "ca.pem", "/CN=Lab CA",
         ["basicConstraints=critical,CA:TRUE",
          "keyUsage=critical,keyCertSign"],
         "-selfsign", "-keyfile", str(DIR / "ca.key"))
    with open(BUNDLE, "a", encoding="ascii") as bundle:
        bundle.write((DIR / "ca.pem").read_text())


def sign(key: pathlib.Path, path: pathlib.Path, subject: str,
         extensions: list[str], *signer: str,
         period: tuple[str, str] = VALID) -> None:
    """At PATH a certificate for KEY; by the lab's CA, if no SIGNER is told."""
    file = path.with_suffix(".ext")
    file.write_text("\n".join(extensions) + "\n")
    openssl("ca", "-config", str(DIR / "ca.conf"), "-batch", "-notext",
            "-in", str(key.with_suffix(".csr")), "-subj", subject,
            "-startdate", period[0], "-enddate", period[1], "-extfile",
            str(file), "-out", str(path), *signer)


def names_of(kind: str, name: str) -> list[str]:
    """The DNS names of the certificate's SAN."""
    if kind == "cn":
        return []
    if kind == "wrong":
        return ["other.example"]
    if kind == "wild":
        return ["*." + name.split(".", 1)[1]]
    return [name]


def leaf(kind: str, name: str, names: tuple[str, ...] = ()) -> pathlib.Path:
    """The certificate of KIND for NAME (or just for NAMES); key is KEY."""
    sans = list(names) or names_of(kind, name)
    path = DIR / f"{kind}-{name}.pem"
    lines = ["basicConstraints=critical,CA:FALSE", "keyUsage=digitalSignature"]
    if kind == "client":
        lines.append("extendedKeyUsage=clientAuth")
    if sans:
        lines.append("subjectAltName=" + ",".join("DNS:" + s for s in sans))
    # A common name holds 64 characters; only the kind cn is about it.
    subject = "/CN=" + name if kind == "cn" else "/CN=leaf"
    signer = ("-selfsign", "-keyfile", str(KEY)) if kind == "self" else ()
    sign(KEY, path, subject, lines, *signer,
         period=PERIODS.get(kind, VALID))
    return path


def tlsa() -> str:
    """TLSA 3 1 1 of every leaf: they share one key."""
    der = subprocess.run(
        ["openssl", "pkey", "-in", str(KEY), "-pubout", "-outform", "DER"],
        check=True, capture_output=True).stdout
    digest = subprocess.run(["openssl", "dgst", "-sha256", "-r"], input=der,
                            check=True, capture_output=True).stdout
    return "3 1 1 " + digest.split()[0].decode()
