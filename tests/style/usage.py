# SPDX-License-Identifier: ISC
"""What `stsgate --help` says, taken apart.

Its first paragraph is the usage, its second has the verbs and its third the
options; what goes on in the next line is indented further. A verb with a help
of its own has its options there.
"""
import dataclasses
import re
import subprocess


@dataclasses.dataclass
class Verb:
    """One verb: what it is given, and the options that are named with it."""

    args: set[str] = dataclasses.field(default_factory=set)
    options: set[str] = dataclasses.field(default_factory=set)


def heads(paragraph: str) -> list[str]:
    """What stands on the left side, without the explanation."""
    return [re.split(r" {2,}", line)[0] for line in
            re.findall(r"^  (\S.*)$", paragraph, re.M)]


def take_verb(verbs: dict[str, Verb], options: dict[str, str],
              head: str) -> None:
    words = head.split()
    count = next((i for i, word in enumerate(words)
                  if not re.fullmatch(r"[a-z]+", word)), len(words))
    verb = verbs.setdefault(" ".join(words[:count]), Verb())
    rest = words[count:]
    for before, word in zip([""] + rest, rest):
        if word.startswith("--"):
            verb.options.add(word)
            options.setdefault(word, "")
        elif before.startswith("--"):
            options[before] = word.lower()
        else:
            verb.args.add(word.strip("[].").lower())


def take_option(options: dict[str, str], head: str) -> None:
    for one in head.split(", "):
        name, _, arg = one.partition(" ")
        if name.startswith("--"):
            options[name] = arg.lower()


def parse(text: str) -> tuple[dict[str, Verb], dict[str, str]]:
    """The verbs, and each option with its argument ("": none)."""
    verbs: dict[str, Verb] = {}
    options: dict[str, str] = {}
    paragraphs = text.split("\n\n")
    for head in heads(paragraphs[1]):
        take_verb(verbs, options, head)
    for head in heads(paragraphs[2]):
        take_option(options, head)
    return verbs, options


def say(stsgate: str, *words: str) -> str:
    return subprocess.run([stsgate, *words, "--help"], check=True, text=True,
                          capture_output=True).stdout


def of(stsgate: str) -> tuple[dict[str, Verb], dict[str, str]]:
    """The same of a command that is there."""
    main = say(stsgate)
    verbs, options = parse(main)
    for name, verb in verbs.items():
        text = say(stsgate, *name.split())
        if text == main:
            continue
        for head in heads(text):
            option = head.split(" ")[0].rstrip(",")
            if option.startswith("--") and option not in options:
                take_option(options, head)
                verb.options.add(option)
    return verbs, options
