# SPDX-License-Identifier: ISC
"""A smart host with OpenSMTPD, by the lines of our README: what its policy
could demand is demanded of it (RFC 8461 section 3.4), at port 587."""
import lab
import rows
import sink
import smtpd

ZONE = "lab.example"
CASES = {
    "good": ("all is well", lab.Mx("@"), "@ tls"),
    "plain": ("no STARTTLS", lab.Mx("@", starttls="no"), "nobody"),
    "wrong": ("certificate of another name", lab.Mx("@", cert="wrong"),
              "nobody"),
    "self": ("self-signed certificate", lab.Mx("@", cert="self"), "nobody"),
    "expired": ("expired certificate", lab.Mx("@", cert="expired"), "nobody"),
}


def name(key: str) -> str:
    return f"via-{key}.{ZONE}"


def to(key: str) -> str:
    return f"u@to-{key}.{ZONE}"


def add(world: lab.Lab) -> None:
    """The smart hosts; the recipients' own MX has no TLS."""
    for key, (_, mx, _) in CASES.items():
        domain = lab.Domain(name(key), (), patterns=("@",))
        world.add_server(domain, mx, name(key))
        world.sinks[-1].update(port=587)
        world.add_policy(domain)
        world.add(lab.Domain(to(key)[2:], (lab.Mx("mx1", starttls="no"),)))


def got(key: str) -> str:
    seen = [f"{'@' if one['label'] == name(key) else one['label']} "
            f"{'tls' if one['tls'] else 'clear'}"
            for one in sink.messages("via-" + key)]
    return " + ".join(seen) or "nobody"


def config() -> str:
    """The README's lines, with an action and its match for each of them."""
    lines = []
    for line in smtpd.blocks()[1].splitlines():
        many = [line.replace('"relay"', f'"{key}"')
                .replace("smarthost.example", name(key))
                .replace("for any", f'for domain "{to(key)[2:]}"')
                for key in CASES]
        lines += many if '"relay"' in line else [line]
    return "\n".join(lines) + "\n"


def show(out: rows.Rows) -> None:
    smtpd.write(config())
    running = smtpd.start()
    for key in CASES:
        smtpd.inject("via-" + key, to(key))
    smtpd.tried(*map(to, CASES))
    for key, (what, _, expected) in CASES.items():
        out.add("smart", "enforce", "smart host: " + what, expected, got(key),
                " / ".join(smtpd.attempts(to(key))))
    running.stop()
