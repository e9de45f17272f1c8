"""Texts of answers without layout, and their parts: rewrites, words, and splitting outside brackets."""

import re

from written_numbers import is_unit

LONGEST_ANSWER = 200

REWRITES = [
    (re.compile(pattern), by)
    for pattern, by in [
        (r"\u2212|(?<![0-9])(?<![0-9]\s)[\u2013\u2014]", "-"),
        (r"\u00d7", r"\\times "),
        (r"\u00f7", r"\\div "),
        (r"\u00b7", r"\\cdot "),
        (r"\u00b1", r"\\pm "),
        (r"\u2213", r"\\mp "),
        (r"\u03c0", r"\\pi "),
        (r"\u221e|(?<![A-Za-z\\])(?:oo|inf(?:inity)?)(?![A-Za-z])", r"\\infty "),
        (r"\u2205", r"\\emptyset "),
        (r"\u222a", r"\\cup "),
        (r"\u2229", r"\\cap "),
        (r"\u2208", r"\\in "),
        (r"\u2248", r"\\approx "),
        (r"\u2264", r"\\le "),
        (r"\u2265", r"\\ge "),
        (r"\u2260", r"\\ne "),
        (r"\u221a([0-9]+)", r"\\sqrt{\1}"),
        (r"\u221a(?=\()", r"\\sqrt"),
        (r"\*\*|`|(?<!\\)\\[()\[\]]", " "),
        (r"(?:\bUSD?\s?)?\\?\$", ""),
        (r"\\%", "%"),
        (r"\{,\}|(?<=[0-9]),\s*\\!\s*(?=[0-9]{3}(?![0-9]))|(?<=[0-9])\\[,;:](?=[0-9]{3})", ","),
        (r"(?<!\\)\\!", ""),
        (r"\\(?:left|right|big|Big|displaystyle)(?![A-Za-z])", ""),
        (r",?\s*\\q?quad\s*(?=[A-Za-z](?:_[0-9A-Za-z_])?\s*=)", ", "),
        (r"(?<!\\)\\[,;: ]|~|\\q?quad(?![A-Za-z])", " "),
        (r"\\[dtc]frac(?![A-Za-z])", r"\\frac"),
        (r"\\[dt]binom(?![A-Za-z])", r"\\binom"),
        (r"\\lbrace(?![A-Za-z])", r"\\{"),
        (r"\\rbrace(?![A-Za-z])", r"\\}"),
        (r"\\\\\s*\[\s*-?[0-9.]+\s*(?:pt|em|ex|[cm]m)\s*\]", r"\\\\"),
        (
            r"\\(?:text(?:normal|bf|it|rm|up|sf)?|math(?:rm|bf|it|sf)|mbox|emph|operatorname)\s?\{([^{}\\]*)\}",
            r" \1 ",
        ),
        (r"\s*\^\s*", "^"),
        (r"(?<=[)\]}])\s*U\s*(?=[(\[]|\\\{)", r" \\cup "),
        (r"(?i)^\s*(?:the )?(?:final )?answer(?: is:?|:| =)\s*", ""),
        (r"\s+", " "),
    ]
]
UNIT_IN_BRACKETS = re.compile(r"(?<=[0-9])\s+\(([A-Za-z][^()]*)\)$")
UNIT_FRACTION = re.compile(
    r"(?<=[0-9])\s*\\frac\s*\{\s*([A-Za-z]+)\s*\}\s*\{\s*([A-Za-z]+(?:\^\{?[23]\}?)?)\s*\}$"
)


def is_short(text):
    """Whether a text is short enough for an answer. Spaces do not count, up to as many again."""
    if len(text) <= LONGEST_ANSWER:
        return True
    return len(text) <= 2 * LONGEST_ANSWER and len(re.sub(r"\s", "", text)) <= LONGEST_ANSWER


def tidy(text):
    """Returns a formula without layout and without marks of the text around it."""
    for pattern, by in REWRITES:
        text = pattern.sub(by, text)
    text = trim_ends(text)
    text = UNIT_IN_BRACKETS.sub(lambda m: f" {m[1]}" if is_unit(f" {m[1]}") else m[0], text)
    return UNIT_FRACTION.sub(lambda m: f" {m[1]}/{m[2]}" if is_unit(f" {m[1]}/{m[2]}") else m[0], text)


def trim_ends(text):
    return re.sub(r"[\s.,;:?]+$", "", text.strip())


def read_words(plain):
    """Returns words in lower case; None for other texts. Letters that may be unknowns or points keep their case."""
    if not re.fullmatch(r"(?:[^\W\d_]|[ '-])+", plain):
        return None
    if not re.search(r"[^\W\d_]{3}|^[Nn][Oo]$", re.sub(r"\b(?:and|or)\b", " ", plain)):
        return None
    is_label = lambda word: 2 <= len(word) <= 3 and word.isupper() and word not in ("YES", "NO")
    return re.sub(r"[^\W\d_]+", lambda m: m[0] if is_label(m[0]) else m[0].lower(), plain)


OPEN = re.compile(r"\\begin(?![A-Za-z])|[(\[{]")
CLOSE = re.compile(r"\\end(?![A-Za-z])|[)\]}]")
OTHER = re.compile(r"\\[A-Za-z]+|[\s\S]")
WORD_BETWEEN = re.compile(r"(?<=[\s})\]])(?:and|or)(?=\s|\\|$)")


def between_items(text, at):
    match = re.compile("[,;]").match(text, at) or WORD_BETWEEN.match(text, at)
    return match and match.group()


def between_bare_items(text, at):
    """A separator of a bare list. A comma that groups thousands is none."""
    groups = re.search(r"(?:^|[^0-9.])[0-9]{1,3}(?:,[0-9]{3})*$", text[:at])
    if groups and re.match(r",[0-9]{3}(?![0-9])", text[at:]):
        return None
    return between_items(text, at)


def separator(pattern):
    return lambda text, at: (match := re.compile(pattern).match(text, at)) and match.group()


def split_outside(text, find):
    """Splits a text at the separators outside all brackets; None where brackets do not pair up."""
    parts, separators, depth, start, at = [], [], 0, 0, 0
    while at < len(text):
        found = find(text, at) if depth == 0 else None
        if found:
            parts.append(trim_ends(text[start:at]))
            separators.append(found)
            at = start = at + len(found)
        elif match := OPEN.match(text, at):
            depth, at = depth + 1, match.end()
        elif match := CLOSE.match(text, at):
            depth, at = depth - 1, match.end()
            if depth < 0:
                return None
        else:
            at = OTHER.match(text, at).end()
    return (parts + [trim_ends(text[start:])], separators) if depth == 0 else None
