"""Compares answers as Colloquy does: names, units, lists, sets, intervals, equations and matrices of formulas.

A tree is a tuple that begins with its kind: text, value, infinity, choice, named, relation, collection, set-operation
or numeral.
"""

import re

from formula import has_either_sign, key_of, parse, unknowns, with_sign
from tidy import between_bare_items, between_items, is_short, read_words, separator, split_outside, tidy
from values import is_rounding_of, proportional, same_formula
from written_numbers import read_number, split_unit, unit_of

RELATION = re.compile(
    r"\\(?:leqslant|geqslant|approx|leq|geq|neq|le|ge|lt|gt|ne|in)(?![A-Za-z])|<=|>=|!=|:=|[=<>]"
)
SET_OPERATION = re.compile(r"\\(?:cup|cap|setminus)(?![A-Za-z])")
SIGNS = {
    "\\leqslant": "\\le", "\\leq": "\\le", "<=": "\\le", "\\geqslant": "\\ge", "\\geq": "\\ge", ">=": "\\ge",
    "\\lt": "<", "\\gt": ">", "\\neq": "\\ne", "!=": "\\ne",
}  # fmt: skip
CHOICE = re.compile(r"(?:\(([A-J])\)[.:]?\s*(?![-+*/=<>^_] |[*/=<>^_!'])|([A-J])[).:]\s+)(.+)", re.DOTALL)
BRACKETS = re.compile(r"(\(|\[|\\\{)(.*)(\)|\]|\\\})", re.DOTALL)
MATRIX = re.compile(
    r"([(\[]?)\s*\\begin\{(array|matrix|pmatrix|bmatrix)\}(?:\{[clr|\s]*\})?(.*)\\end\{\2\}\s*([)\]]?)", re.DOTALL
)
NUMERAL = re.compile(r"\(?([0-9][0-9A-F]*)\)?_(?:\{\s*([0-9]{1,2})\s*\}|([0-9]))")
NAME = re.compile(r"\\?[A-Za-z]+(?:_(?:\{[0-9A-Za-z_]+\}|[0-9A-Za-z_]))?|[A-Za-z]\([A-Za-z]\)")
NAMES = re.compile(r"\(\s*[A-Za-z](?:\s*,\s*[A-Za-z])+\s*\)")
NO_NAME = re.compile(r"e|i|\\pi|\\infty|pi")


def text_of(plain):
    words = read_words(plain)
    return ("text", words or re.sub(r"(?<![0-9A-Za-z])\s|\s(?![0-9A-Za-z])", "", plain))


def collection(opens, items, closes):
    return ("collection", opens, tuple(items), closes)


def read_answer(plain):
    """Reads a tidy answer. An unreadable answer becomes a text."""
    if read_words(plain) is not None:
        return text_of(plain)
    choice = CHOICE.fullmatch(plain)
    if choice and not re.search(r"\([A-J]\)", choice[3]):
        return ("choice", choice[1] or choice[2], read_answer(choice[3]))
    split = split_outside(plain, between_bare_items)
    if split is None:
        return text_of(plain)
    found, separators = split
    # `1, 2, and 3` has an empty part between its last two separators.
    parts = [part for i, part in enumerate(found) if part != "" or i == 0 or separators[i - 1] != ","]
    if "" in parts:
        return text_of(plain)
    items = [each for part in parts for each in both_signs(read_item(part))]
    if separators and set(separators) == {"or"}:
        names = {item[1] if item[0] == "named" else None for item in items}
        sets = [item[2] for item in items if item[0] == "named" and item[2][0] == "collection" and item[2][1] in "(["]
        if len(names) == 1 and len(sets) == len(items):
            return ("named", names.pop(), ("set-operation", "\\cup", tuple(sets)))
    return items[0] if len(items) == 1 else collection("", items, "")


def has_sign(answer):
    if answer[0] == "value":
        return has_either_sign(answer[1])
    if answer[0] == "named":
        return has_sign(answer[2])
    return answer[0] == "collection" and any(map(has_sign, answer[2]))


def signed(answer, negative):
    if answer[0] == "value":
        return ("value", with_sign(answer[1], negative), answer[2])
    if answer[0] == "named":
        return ("named", answer[1], signed(answer[2], negative))
    if answer[0] != "collection":
        return answer
    return collection(answer[1], [signed(item, negative) for item in answer[2]], answer[3])


def both_signs(answer):
    return [signed(answer, False), signed(answer, True)] if has_sign(answer) else [answer]


def read_item(plain):
    related = split_outside(plain, separator(RELATION))
    if related is None:
        return text_of(plain)
    parts, separators = related
    if not separators:
        return read_term(plain)
    return read_relation(parts, [SIGNS.get(sign, sign) for sign in separators]) or text_of(plain)


def read_term(plain):
    sets = split_outside(plain, separator(SET_OPERATION))
    if sets is not None and sets[1]:
        parts, separators = sets
        if "" in parts or len(set(separators)) > 1:
            return text_of(plain)
        return ("set-operation", separators[0], tuple(map(read_term, parts)))
    return read_matrix(plain) or read_brackets(plain) or read_value(plain) or read_ratio(plain) or text_of(plain)


def read_brackets(plain):
    match = BRACKETS.fullmatch(plain)
    if match is None:
        return collection("\\{", [], "\\}") if plain in ("\\emptyset", "\\varnothing") else None
    opens, inside, closes = match.groups()
    if (opens == "\\{") != (closes == "\\}"):
        return None
    split = split_outside(inside, between_items)
    if split is None:
        return None
    if opens == "\\{" and inside.strip() == "":
        return collection(opens, [], closes)
    items = split[0]
    if "" in items or (len(items) == 1 and opens != "\\{"):
        return None
    return collection(opens, map(read_item, items), closes)


def read_matrix(plain):
    match = MATRIX.fullmatch(plain)
    if match is None:
        return None
    opens, kind, body, closes = match.groups()
    if (kind in ("array", "matrix")) != (opens != "") or {"(": ")", "[": "]"}.get(opens, "") != closes:
        return None
    rows = split_outside(re.sub(r"\\\\\s*$", "", body), separator(r"\\\\"))
    if rows is None:
        return None
    read = []
    for row in rows[0]:
        entries = split_outside(row, separator("&"))
        read.append(text_of(body) if entries is None else collection("row", map(read_term, entries[0]), "row"))
    return collection("matrix", read, "matrix")


def read_value(plain):
    infinity = re.fullmatch(r"([+-]?)\s*\\infty", plain)
    if infinity:
        return ("infinity", infinity[1] == "-")
    numeral = NUMERAL.fullmatch(plain)
    if numeral:
        return ("numeral", re.sub(r"^0+(?=.)", "", numeral[1]), int(numeral[2] or numeral[3]))
    number = read_number(plain)
    if number is not None:
        return ("value", ("number", number), unit_of(plain))
    bare, unit = split_unit(plain)
    measured = parse(bare) if unit else None
    if measured is not None and not unknowns(measured):
        return ("value", measured, unit_of(unit))
    formula = parse(plain)
    return formula and ("value", formula, None)


def read_ratio(plain):
    split = split_outside(plain, separator(":"))
    values = [read_value(part) for part in split[0]] if split else []
    return collection(":", values, ":") if len(values) > 1 and None not in values else None


def read_name(plain):
    if NO_NAME.fullmatch(plain):
        return None
    if NAMES.fullmatch(plain):
        return re.sub(r"\s", "", plain)
    return re.sub(r"[{}]", "", plain) if NAME.fullmatch(plain) else None


def formula_of(answer):
    return answer[1] if answer and answer[0] == "value" else None


def read_relation(parts, signs):
    if "\\approx" in signs:
        return read_approximate(parts, signs, signs.index("\\approx"))
    if all(sign in ("=", ":=") for sign in signs):
        return read_equation(parts)
    if "" in parts:
        return None
    name = read_name(parts[0])
    if signs[0] == "\\in":
        return ("named", name, read_term(parts[1])) if name is not None and len(parts) == 2 else None
    terms = [read_term(part) for part in parts]
    if signs[0] == "\\ne":
        return relation("\\ne", *terms) if len(terms) == 2 else None
    if all(sign in ("<", "\\le") for sign in signs):
        return read_inequality(parts, terms, signs)
    if not all(sign in (">", "\\ge") for sign in signs):
        return None
    turned = ["<" if sign == ">" else "\\le" for sign in reversed(signs)]
    return read_inequality(parts[::-1], terms[::-1], turned)


def read_approximate(parts, signs, at):
    """Reads `9/7 ≈ 1.29` as 9/7 where 1.29 is 9/7 rounded, and `x ≈ 1.29` as 1.29."""
    exact = parts[: at + 1]
    if any(sign != "\\approx" for sign in signs[at:]) or any(sign != "=" for sign in signs[:at]):
        return None
    name = read_name(exact[0])
    if at == 0 and len(parts) == 2 and (name is not None or exact[0] == ""):
        found = read_term(parts[1])
        return found if name is None else ("named", name, found)
    answer = read_term(exact[0]) if at == 0 else read_equation(exact)
    formula = formula_of(answer[2] if answer and answer[0] == "named" else answer)
    decimal = r"[+-]?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)"
    rounded = parts[at + 1 :]
    if formula is None or not all(re.fullmatch(decimal, part) for part in rounded):
        return None
    return answer if all(is_rounding_of(part, formula) for part in rounded) else None


def read_equation(parts):
    """Reads a name with its value, one value written in several ways, or an equation between unknowns."""
    if "" in parts:
        return None
    if len(parts) == 2 and read_name(parts[0]) is None and read_name(parts[1]) is not None:
        return read_equation(parts[::-1])
    name = read_name(parts[0])
    values = [read_term(part) for part in (parts if name is None else parts[1:])]
    first = values[0]
    if all(other is first or same_tree(first, other) for other in values):
        formula = formula_of(first)
        # The left side (`\cos\pi = -1`) serves as the name of its value.
        if name is None:
            return formula and ("named", key_of(formula), values[1])
        if formula is None or name not in unknowns(formula):
            return ("named", name, first)
    return relation("=", read_term(parts[0]), read_term(parts[1])) if len(parts) == 2 else None


def relation(sign, left, right):
    f, g = formula_of(left), formula_of(right)
    if f is None or g is None:
        return None
    of = ("sum", g, ("negative", f))
    return ("relation", sign, of) if unknowns(of) else None


def read_inequality(parts, terms, signs):
    """Reads bounds of one unknown as an interval. All signs are `<` or `\\le`."""
    strict = [sign == "<" for sign in signs]

    def between(name, low, opens, high, closes):
        return ("named", name, collection("(" if opens else "[", [low, high], ")" if closes else "]"))

    is_bound = lambda answer: answer[0] == "value" and not unknowns(answer[1])
    left, middle = read_name(parts[0]), read_name(parts[1])
    if len(terms) == 3:
        return None if middle is None else between(middle, terms[0], strict[0], terms[2], strict[1])
    if len(terms) != 2:
        return None
    if left is not None and is_bound(terms[1]):
        return between(left, ("infinity", True), True, terms[1], strict[0])
    if middle is not None and is_bound(terms[0]):
        return between(middle, terms[0], strict[0], ("infinity", False), True)
    return relation("<" if strict[0] else "\\le", *terms)


# ---- Comparing ----


def same_answer(found, wanted):
    x, y = tidy(found), tidy(wanted)
    if x == y:
        return x != ""
    if x == "" or y == "" or not is_short(x) or not is_short(y):
        return False
    return same_tree(read_answer(x), read_answer(y))


def same_where_both(a, b):
    return a is None or b is None or a == b


def same_tree(a, b):
    if a[0] == "choice":
        return same_choice(a, b)
    if b[0] == "choice":
        return same_choice(b, a)
    if a[0] == "named" and b[0] == "named":
        return a[1] == b[1] and same_tree(a[2], b[2])
    if a[0] == "named":
        return same_named(a, b)
    if b[0] == "named":
        return same_named(b, a)
    if a[0] != b[0]:
        return False
    if a[0] == "value":
        return same_where_both(a[2], b[2]) and same_formula(a[1], b[1])
    if a[0] == "relation":
        return a[1] == b[1] and proportional(a[2], b[2], a[1] in ("<", "\\le"))
    if a[0] == "set-operation":
        return a[1] == b[1] and (same_in_order if a[1] == "\\setminus" else same_in_any_order)(a[2], b[2])
    return same_collection(a, b) if a[0] == "collection" else a == b


def same_choice(a, b):
    """A choice is its letter or its content; where both answers have both, both are compared."""
    if b[0] == "choice":
        return a[1] == b[1] and same_tree(a[2], b[2])
    return b[:2] == ("value", ("unknown", a[1])) or same_tree(a[2], b)


def same_named(a, b):
    """Compares an answer with a name and one without."""
    _, name, found = a
    if b[0] == "relation":
        is_equation = found[0] == "value" and unknowns(found[1])
        return bool(is_equation) and same_tree(relation("=", ("value", ("unknown", name), None), found), b)
    names = re.sub("[()]", "", name).split(",")
    if found[0] != "collection" or len(names) < 2 or len(names) != len(found[2]):
        return same_tree(found, b)
    # Values without names are in alphabetical order of the names.
    if b[0] != "collection" or b[1] != "":
        return all(x < y for x, y in zip(names, names[1:])) and same_tree(found, b)
    return same_tree(collection("", [("named", *each) for each in zip(names, found[2])], ""), b)


def same_collection(a, b):
    if (a[1], a[3]) != (b[1], b[3]):
        return False
    # With several names, a value without a name could have any of them.
    names = [{item[1] if item[0] == "named" else "" for item in each[2]} for each in (a, b)]
    if any(len(each - {""}) > 1 for each in names) and any("" in each for each in names):
        return False
    return (same_in_any_order if a[1] in ("", "\\{") else same_in_order)(a[2], b[2])


def same_in_order(a, b):
    return len(a) == len(b) and all(map(same_tree, a, b))


def same_in_any_order(a, b):
    left = list(b)
    for item in a:
        at = next((i for i, other in enumerate(left) if same_tree(item, other)), None)
        if at is None:
            return False
        left.pop(at)
    return not left
