# SPDX-License-Identifier: ISC
"""Certificates of every kind a receiving server may show.

kinds: good, wrong (another name), self (self-signed), expired, cn (the name
in the common name only), wild (*.parent of the name).
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
    openssl("req", "-x509", "-config", str(DIR / "ca.conf"), "-key",
            str(DIR / "ca.key"), "-subj", "/CN=Lab CA", "-days", "3650",
            "-addext", "basicConstraints=critical,CA:TRUE",
            "-addext", "keyUsage=critical,keyCertSign",
            "-out", str(DIR / "ca.pem"))
    openssl("req", "-new", "-config", str(DIR / "ca.conf"), "-key", str(KEY),
            "-subj", "/CN=leaf", "-out", str(DIR / "leaf.csr"))
    with open(BUNDLE, "a", encoding="ascii") as bundle:
        bundle.write((DIR / "ca.pem").read_text())


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
    extensions = path.with_suffix(".ext")
    lines = ["basicConstraints=critical,CA:FALSE", "keyUsage=digitalSignature"]
    if sans:
        lines.append("subjectAltName=" + ",".join("DNS:" + s for s in sans))
    extensions.write_text("\n".join(lines) + "\n")
    # A common name holds 64 characters; only the kind cn is about it.
    subject = "/CN=" + name if kind == "cn" else "/CN=leaf"
    begin, end = PERIODS.get(kind, VALID)
    signer = ["-selfsign", "-keyfile", str(KEY)] if kind == "self" else []
    openssl("ca", "-config", str(DIR / "ca.conf"), "-batch", "-notext",
            "-in", str(DIR / "leaf.csr"), "-subj", subject, "-startdate",
            begin, "-enddate", end, "-extfile", str(extensions),
            "-out", str(path), *signer)
    return path


def tlsa() -> str:
    """TLSA 3 1 1 of every leaf: they share one key."""
    der = subprocess.run(
        ["openssl", "pkey", "-in", str(KEY), "-pubout", "-outform", "DER"],
        check=True, capture_output=True).stdout
    digest = subprocess.run(["openssl", "dgst", "-sha256", "-r"], input=der,
                            check=True, capture_output=True).stdout
    return "3 1 1 " + digest.split()[0].decode()
