"""What CSS a template may hold: nothing that fetches, and nothing that the page itself decides."""

import re

FAMILIES = ("sans-serif", "serif", "monospace")
FUNCTIONS = ("rgb", "rgba", "hsl", "hsla", "calc", "nth-child", "nth-of-type", "not")
PROPERTY = re.compile(r"[a-z-]{2,40}")
REFUSED_PROPERTIES = ("behavior", "src", "filter")
_CALLED = re.compile(r"[\w-]*\Z")
_LINE_BREAK = "\n"


def check_sheet(css):
    """Check the text of a ``<style>`` element.

    :return: list of (line from 0, message)
    """
    problems = []
    text = _strip_comments(css)
    line = 0
    for number, piece in enumerate(re.split(r"[{}]", text)):
        # Selectors and declarations take turns, because there are no at-rules with blocks inside.
        if number % 2:
            found = check_declarations(piece)
        else:
            found = _check_characters(piece)
        start = line + len(piece[: len(piece) - len(piece.lstrip())].split(_LINE_BREAK)) - 1
        problems += [(start, message) for message in found]
        line += piece.count(_LINE_BREAK)
    if text.count("{") != text.count("}"):
        problems.append((line, "The brackets { } of the style do not match."))
    return problems


def check_declarations(css):
    """Check ``property: value; …``, as in a ``style`` attribute.

    :return: list of messages
    """
    text = _strip_comments(css)
    problems = _check_characters(text)
    for declaration in text.split(";"):
        if not declaration.strip():
            continue
        name, colon, value = declaration.partition(":")
        name = name.strip().lower()
        if not colon or not PROPERTY.fullmatch(name) or name.startswith("-moz") or name in REFUSED_PROPERTIES:
            problems.append(f"The style “{declaration.strip()[:60]}” cannot be used.")
        if name == "font-family":
            problems += _check_families(value)
        elif name == "font":
            problems.append("Write font-family, font-size and font-weight instead of font.")
    return problems


def _strip_comments(css):
    """Return the text without comments, its lines counted as before."""
    kept, end = [], 0
    while (start := css.find("/*", end)) >= 0:
        kept.append(css[end:start])
        end = css.find("*/", start + 2)
        end = len(css) if end < 0 else end + 2
        kept.append(_LINE_BREAK * css.count(_LINE_BREAK, start, end))
    return "".join((*kept, css[end:]))


def _check_characters(text):
    problems = []
    for sign, what in (("\\", "a backslash"), ("<", "“<”"), ("@", "“@”: rules such as @import or @page")):
        if sign in text:
            problems.append(
                f"A style may not hold {what}. Page size and margins are set on the configuration's Page tab."
            )
    # Looked for from the bracket backwards: a text of a hundred thousand letters takes no longer than a short one.
    for before in text.split("(")[:-1]:
        name = _CALLED.search(before.rstrip()[-40:]).group()
        if name.lower() not in FUNCTIONS:
            problems.append(
                f"A style may not hold “{name}(…)”: nothing is fetched for a document. Pictures are "
                '<img src="data:image/png;base64,…"/>.'
            )
    return problems


def _check_families(value):
    for family in value.replace("!important", "").split(","):
        if family.strip().strip("'\"").lower() not in FAMILIES:
            return [f"The font “{family.strip()[:40]}” cannot be used: write one of {', '.join(FAMILIES)}."]
    return []
