"""Numbers and units as people write them: `1,250.00`, `-\\frac{3}{4}`, `1 1/2`, `50%`, `18 dollars per day`."""

import re
from fractions import Fraction

# [0-9], because \d matches the digits of every script.
NUMBER = re.compile(r"([0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)?(\.[0-9]+)?")
BAR = re.compile(r"\s*/\s*([0-9]+)")
FRACTION = re.compile(r"([0-9]+)?\s*\\frac\s*(?:\{\s*([+-]?[0-9]+)\s*\}|([0-9]))\s*(?:\{\s*([0-9]+)\s*\}|([0-9]))")
MIXED = re.compile(r"([0-9]+) ([0-9]+)\s*/\s*([0-9]+)")
# Short units are listed, and words of only letters that may be unknowns do not match: `3 x` and `2xy` are algebra.
UNIT = re.compile(
    r"(?:[mgL]|[cmk]m|[mk]g|m[lL]|ft|in|lb|oz|mi|yd|hr|sq|am|pm|of|by|an?|(?![a-cx-z]+$)[A-Za-z]{3,})"
    r"(?:\^?\{?[23]\}?|[²³])?\.?"
)
# Words that change the value of a number.
SCALE = re.compile(
    r"dozens?|grand|(?:hundred|thousand|(?:m|b|tr)illion)(?:s|ths?)?|half|halves|thirds?|quarters?"
    r"|(?:four|fif|six|seven|eigh|nin|ten)ths?|squared|cubed|factorial|negative|or|and|plus|minus|times",
    re.IGNORECASE,
)
# Hours and seconds may have one letter only after a slash.
PER_TIME = re.compile(r"/\s*[hs](?:\^?\{?2\}?|²)?$")
PER = re.compile(r"^\s*/\s*(?=[A-Za-z]{2})")
MARK = re.compile(r"\s*(?:\\?%|°|\^\{?\s*(?:\\circ|°)\s*\}?|[€£¥])?")
DEGREES = re.compile(r"\^\{?\s*(?:\\circ|°)\s*\}?")
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


def read_number(text):
    """Reads a tidy text as a Fraction; None where it is no number. Currency, percent, degrees and units are dropped."""
    sign, rest = re.match(r"([+-]?)\s*(.*)", text, re.DOTALL).groups()
    rest = re.sub(r"^[€£¥]\s*", "", rest)
    inner = ""
    if sign == "":
        inner, rest = re.match(r"([+-]?)\s*(.*)", rest, re.DOTALL).groups()
    value, length = magnitude(rest)
    if value is None or not is_unit(rest[length:]):
        return None
    return -value if "-" in (sign, inner) else value


def magnitude(text):
    """Returns the number at the start of a text, or None, and its length."""
    match = FRACTION.match(text)
    if match:
        whole, above, digit, below, last = match.groups()
        if whole is not None and int(above or digit) < 0:
            return None, 0
        return ratio(whole or "0", above or digit, below or last), match.end()
    match = MIXED.match(text)
    if match:
        return ratio(*match.groups()), match.end()
    match = NUMBER.match(text)
    whole, decimals = (match[1] or "").replace(",", ""), match[2] or ""
    bar = BAR.match(text, match.end())
    if (not whole and not decimals) or (decimals and bar):
        return None, 0
    value = Fraction((whole or "0") + decimals)
    if bar is None:
        return value, match.end()
    return (None if int(bar[1]) == 0 else value / int(bar[1])), bar.end()


def ratio(whole, above, below):
    return None if int(below) == 0 else int(whole) + Fraction(int(above), int(below))


def is_unit(text):
    """Whether a text may follow a number without changing it."""
    words = PER.sub("", PER_TIME.sub("", MARK.sub("", text, count=1))).strip()
    if words == "":
        return True
    if re.match("[A-Za-z]", text) and len(words) == 1:
        return False
    return all(UNIT.fullmatch(word) and not SCALE.fullmatch(word) for word in re.split(r"[\s/-]+", words))


def split_unit(text):
    """Splits a formula from the unit after it, which is "" where there is none: `2\\sqrt{3} cm`."""
    match = re.fullmatch(r"(.*(?:[0-9})\]!]|\\pi))((?: [A-Za-z]{2,}| ?°|\^\{?\s*(?:\\circ|°)).*)", text, re.DOTALL)
    if match is None or not is_unit(match[2]):
        return text, ""
    angle = re.search(r"[°\\]", match[2]) and re.search(r"\\[a-z]*(?:sin|cos|tan|cot|sec|csc)", match[1])
    return (text, "") if angle else match.groups()


def unit_of(text):
    """Returns the unit of measurement at the end of an answer, in one spelling; None where it has no known unit."""
    words = re.sub(r"\\[A-Za-z]+", " ", DEGREES.sub("°", text))
    found = re.findall(r"([A-Za-z]+)(?:\^?\{?([23])\}?|([²³]))?|([%°€£¥]|/)", words)
    names = [(word or sign, power or {"²": "2", "³": "3"}.get(raised, "")) for word, power, raised, sign in found]
    names = [(word, power) for word, power in names if word not in ("of", "a", "an")]
    if not names or any(word not in UNITS for word, _ in names):
        return None
    unit = " ".join(UNITS[word] + (power and f"^{power}") for word, power in names)
    return re.sub(r"cubic ([^ ^]+)", r"\1^3", re.sub(r"square ([^ ^]+)", r"\1^2", unit))
