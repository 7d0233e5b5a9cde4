# SPDX-License-Identifier: ISC
"""The event words that stsgated logs, from its sources."""
import re

# Where the word is a variable: what it can be. Each is a literal in the file.
VARIABLE = {
    ("core/engine/txt.c", "reason"): {"record-invalid", "dns-bogus"},
    ("core/engine/fetch.c", "event"): {
        "policy-new", "policy-changed", "policy-downgrade",
        "policy-refreshed"},
    ("core/report/reporter_try.c", "event"): {
        "report-sent", "report-refused", "report-failed"},
    ("core/service/override_log.c", "tally->event"): {
        "override-new", "override-changed", "override-gone"},
    ("core/service/verb_result.c", "refused || would ? action : \"result\""): {
        "refused", "would-refuse", "result"},
    ("core/discovery/fetch_request.c", "req->kind->event"): {
        "fetch", "report-post"},
}
# Those that are said in another file than the one that logs them.
ELSEWHERE = {"fetch": "core/discovery/fetch_get.c",
             "report-post": "core/discovery/post.c"}
CALL = re.compile(r"(?<![\w])sts_log\(")


def arguments(text):
    """The arguments of a call, from behind its bracket."""
    depth, quoted, start, found = 0, False, 0, []
    for i, char in enumerate(text):
        if char == '"' and text[i - 1] != "\\":
            quoted = not quoted
        if quoted:
            continue
        if char in "([":
            depth += 1
        if char in ")]":
            depth -= 1
        if (char == "," and depth == 0) or depth < 0:
            found.append(" ".join(text[start:i].split()))
            start = i + 1
        if depth < 0:
            return found
    return found


def words(path, expression, complain):
    """What the third argument can be."""
    if (path, expression) in VARIABLE:
        return VARIABLE[path, expression]
    found = set(re.findall(r'"([^"]*)"', expression))
    rest = re.sub(r'"[^"]*"', "", expression)
    if not found or (rest and "?" not in rest):
        complain(f"{path}: sts_log(..., {expression}): tell events.py which "
                 "words that can be")
    return found


def check_variables(top, complain):
    for (path, _), known in VARIABLE.items():
        for word in known:
            where = ELSEWHERE.get(word, path)
            if f'"{word}"' not in (top / where).read_text():
                complain(f"{where}: {word} is not said there any more")


def all_of(top, files, complain):
    found = set()
    for f in files:
        path = str(f.relative_to(top))
        if f.suffix != ".c" or not path.startswith(("core/", "cache/")):
            continue
        text = f.read_text()
        for call in CALL.finditer(text):
            args = arguments(text[call.end():])
            if args and args[0].startswith("const struct sts_log"):
                continue  # the function itself
            found |= words(path, args[2], complain)
    check_variables(top, complain)
    return found
