"""The reward of this run's answers, for TRL.

Numbers are compared as exact fractions, with names and units, as Colloquy compares them. Other answers are compared
as text: Colloquy's algebra (`\\sqrt{8}` against `2\\sqrt{2}`) and its share of right steps are not included.
"""

import json
import re
from fractions import Fraction
from pathlib import Path

RUN = json.loads((Path(__file__).parent / "colloquy.json").read_text(encoding="utf-8"))

FORMAT_REWARD = 0.1
LONGEST_ANSWER = 200
LONGEST_BOX = 1000
HASHES = re.compile(r"####(?!#)[ \t]*([^\r\n]+)")
BOX = re.compile(r"\\boxed\s?\{")
# [0-9], because \d matches the digits of every script.
NUMBER = re.compile(r"([+-]?)([0-9]{1,3}(?:,[0-9]{3})+|[0-9]*)(\.[0-9]+)?(?:\s*/\s*([0-9]+))?")
FRACTION = re.compile(
    r"([+-]?)([0-9]+)?\s*\\frac\s*(?:\{\s*([+-]?[0-9]+)\s*\}|([0-9]))\s*(?:\{\s*([0-9]+)\s*\}|([0-9]))"
)
MIXED = re.compile(r"([+-]?)([0-9]+) ([0-9]+)\s*/\s*([0-9]+)")
NAME = re.compile(r"^\\?([A-Za-z]+)\s*=\s*")
# What may follow a number: percent, degrees, currency, and words of counted things. Single letters may be unknowns.
UNIT = re.compile(r"\s*(?:\\?%|°)?\s*(?:[€£¥]|(?:[A-Za-z]{3,}|[mgL]|[cmk]m|[mk]g|ft|in|lb|of|by|an?|(?<=/)[hs])(?:\^?\{?[23]\}?)?\.?[\s/-]*)*")
SCALES = re.compile(
    r"\b(?:dozens?|grand|(?:hundred|thousand|(?:m|b|tr)illion)(?:s|ths?)?|half|halves|thirds?|quarters?"
    r"|(?:four|fif|six|seven|eigh|nin|ten)ths?|squared|cubed|factorial|negative|or|and|plus|minus|times)\b",
    re.IGNORECASE,
)
# Each line is one unit.
UNITS = {
    word: line.split()[0]
    for line in [
        "m meter meters metre metres",
        "cm centimeter centimeters centimetre centimetres",
        "mm millimeter millimeters millimetre millimetres",
        "km kilometer kilometers kilometre kilometres",
        "in inch inches",
        "ft foot feet",
        "yd yard yards",
        "mi mile miles",
        "g gram grams",
        "kg kilogram kilograms",
        "mg milligram milligrams",
        "lb lbs pound pounds",
        "oz ounce ounces",
        "L liter liters litre litres",
        "mL ml milliliter milliliters millilitre millilitres",
        "s sec second seconds",
        "min minute minutes",
        "h hr hour hours",
        "day days",
        "week weeks",
        "month months",
        "year years",
        "dollar dollars",
        "cent cents",
        "€ euro euros",
        "% percent",
        "° degree degrees",
        "radian radians",
        "square sq",
        "cubic cu",
        "/ per",
    ]
    for word in line.split()
}


def without_thoughts(text):
    """Returns the text after the last thought; "" where a thought has no end."""
    rest = text.rpartition("</think>")[2]
    return "" if "<think>" in rest else rest


def stated_answer(text):
    """Returns the last answer after #### or in a box, as written; None where there is none."""
    found = [(match.start(), match.group(1)) for match in HASHES.finditer(text)]
    for match in BOX.finditer(text):
        inside = in_braces(text, match.end())
        if inside is not None:
            found.append((match.start(), inside))
    found = [(at, answer.strip()) for at, answer in found if answer.strip()]
    if not found:
        return None
    answer = max(found)[1]
    # The answer ends at the end of its sentence.
    answer = re.sub(r"(?<=[\d)\]}$%])[.;]\s+[A-Z].*$", "", answer, flags=re.DOTALL)
    return answer if len(answer) <= LONGEST_ANSWER else None


def in_braces(text, start):
    depth, at, end = 1, start, min(len(text), start + LONGEST_BOX)
    while at < end:
        if text[at] == "\\":
            at += 1
        elif text[at] == "{":
            depth += 1
        elif text[at] == "}":
            depth -= 1
            if depth == 0:
                return text[start:at]
        at += 1
    return None


REWRITES = [
    (r"\u2212|(?<!\d)(?<!\d\s)[\u2013\u2014]", "-"),
    (r"\*\*|`|(?<!\\)\\[()\[\]]", " "),
    (r"(?:\bUSD?\s?)?\\?\$", ""),
    (r"\\%", "%"),
    (r"\{,\}|(?<=\d),\s*\\!\s*(?=\d{3}(?!\d))|(?<=\d)\\[,;:](?=\d{3})", ","),
    (r"(?<!\\)\\!|\\(?:left|right|big|Big|displaystyle)(?![A-Za-z])", ""),
    (r"(?<!\\)\\[,;: ]|~", " "),
    (r"\\[dtc]frac(?![A-Za-z])", r"\\frac"),
    (r"\\(?:text|mathrm|textbf|mathbf|mbox|operatorname)\s?\{([^{}\\]*)\}", r" \1 "),
    (r"\s+", " "),
]


def tidy(text):
    for pattern, by in REWRITES:
        text = re.sub(pattern, by, text)
    return re.sub(r"[\s.,;:?]+$", "", text.strip())


def number(text):
    """Reads a tidy text as a Fraction; None where it is no number."""
    text = NAME.sub("", text)
    text = re.sub(r"^([+-]?)\s*[€£¥]?\s*", r"\1", text)
    for read in (fraction, mixed, plain):
        value, rest = read(text)
        if value is not None:
            return value if UNIT.fullmatch(rest) and not SCALES.search(rest) else None
    return None


def fraction(text):
    match = FRACTION.match(text)
    if match is None:
        return None, text
    sign, whole, above, above_digit, below, below_digit = match.groups()
    return ratio(sign, whole or "0", above or above_digit, below or below_digit), text[match.end() :]


def mixed(text):
    match = MIXED.match(text)
    return (None, text) if match is None else (ratio(*match.groups()), text[match.end() :])


def plain(text):
    match = NUMBER.match(text)
    sign, whole, decimals, below = match.groups()
    if (not whole and not decimals) or (decimals and below):
        return None, text
    value = ratio(sign, "0", whole.replace(",", "") + (decimals or "")[1:], below or str(10 ** len((decimals or ".")[1:])))
    return value, text[match.end() :]


def ratio(sign, whole, above, below):
    if int(below) == 0:
        return None
    value = int(whole) + Fraction(int(above), int(below))
    return -value if sign == "-" else value


def name(text):
    """Returns the name of the unknown in a tidy text (`x` of `x=5`); None where it has no name."""
    match = NAME.match(text)
    return match and match.group(1)


def unit(text):
    """Returns the unit of measurement in a tidy text, in one spelling; None where it has no known unit."""
    text = re.sub(r"\^\{?\s*(?:\\circ|°)\s*\}?", "°", NAME.sub("", text))
    found = re.findall(r"([A-Za-z]+)(?:\^?\{?([23])\}?)?|([%°€£¥]|/)", re.sub(r"\\[A-Za-z]+", " ", text))
    found = [(word or sign, power) for word, power, sign in found if word not in ("of", "a", "an")]
    if not found or any(word not in UNITS for word, _ in found):
        return None
    return " ".join(UNITS[word] + power for word, power in found)


def words(text):
    """Returns words in lower case. Letters that may be unknowns, points or sides keep their case."""
    if not re.fullmatch(r"[^\W\d_]+(?:[ '-]+[^\W\d_]+)*", text) or not re.search(r"[^\W\d_]{3}|^no$", text, re.IGNORECASE):
        return text
    return re.sub(r"[^\W\d_]+", lambda word: word[0] if is_label(word[0]) else word[0].lower(), text)


def is_label(word):
    return 2 <= len(word) <= 3 and word.isupper() and word not in ("YES", "NO")


def same_where_both(x, y):
    return x is None or y is None or x == y


def same_answer(found, wanted):
    found, wanted = tidy(found), tidy(wanted)
    x, y = number(found), number(wanted)
    if x is not None and y is not None:
        return x == y and same_where_both(name(found), name(wanted)) and same_where_both(unit(found), unit(wanted))
    return found != "" and words(found) == words(wanted)


def completion_text(completion):
    """Returns the text of a completion, which is a text or the messages of a conversation."""
    return without_thoughts(completion if isinstance(completion, str) else completion[-1]["content"])


def is_correct(text, answer):
    found = stated_answer(text)
    return found is not None and same_answer(found, answer)


def correct(completions, answer, **_):
    """Rewards 1 for a right answer, else 0."""
    return [float(is_correct(completion_text(c), a)) for c, a in zip(completions, answer)]


def graded(completions, answer, **_):
    """Rewards as `correct`; with a graded reward, a wrong but readable answer earns FORMAT_REWARD."""
    rewards = []
    for completion, wanted in zip(completions, answer):
        text = completion_text(completion)
        found = stated_answer(text)
        readable = found is not None and (number(tidy(found)) is not None or number(tidy(wanted)) is None)
        share = FORMAT_REWARD if RUN["reward"] == "graded" and readable else 0.0
        rewards.append(1.0 if is_correct(text, wanted) else share)
    return rewards
