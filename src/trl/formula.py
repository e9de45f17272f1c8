"""Reads formulas in LaTeX or plain signs, as nested tuples: ("sum", ("number", 1), ("unknown", "x"))."""

import re
from fractions import Fraction

DEEPEST = 40


class Unreadable(Exception):
    """The text is no formula, or could be two."""


TOKEN = re.compile(
    r"\s*(?:(?P<number>[0-9]{1,3}(?:,[0-9]{3})+(?![0-9,])(?:\.[0-9]+)?|[0-9]+\.(?=\\overline)|[0-9]+(?:\.[0-9]+)?|\.[0-9]+)"
    r"|\\(?P<name>[A-Za-z]+|[{}|])|(?P<word>[A-Za-z]+)|(?P<sign>[-+*/^_!=(){}\[\]|,°²³]))"
)
PLAIN_NAMES = set("sqrt pi sin cos tan cot sec csc arcsin arccos arctan log ln exp abs".split())
FUNCTIONS = set("sin cos tan cot sec csc arcsin arccos arctan".split())
GREEK = set(
    "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi rho sigma tau "
    "phi varphi chi psi omega Gamma Delta Theta Lambda Xi Sigma Phi Psi Omega ell".split()
)
OPENING = {"(": ")", "[": "]", "{": "}"}
DEGREE = {"°", "circ", "degree"}
OTHER_OPERANDS = {"pi", "frac", "sqrt", "binom", "overline", "lvert", "exp", "abs"}
END = ("end", "")


def tokens_of(text):
    if re.search(r"[0-9][eE][+-]?[0-9]", text):
        return scientific(text)
    found, at = [], 0
    text = text.rstrip()
    while at < len(text):
        match = TOKEN.match(text, at)
        if match is None:
            raise Unreadable
        at = match.end()
        kind, written = match.lastgroup, match.group(match.lastgroup)
        if kind == "number":
            found.append((kind, written.replace(",", "")))
        elif kind == "word" and written not in PLAIN_NAMES:
            if len(written) > 2:
                raise Unreadable
            found += [("letter", letter) for letter in written]
        else:
            found.append(("name" if kind == "word" else kind, written))
    return found


def scientific(text):
    """Writes `1.6e-19` as a product. `2e-1` could mean 2e - 1, so it is not read."""
    pattern = r"([0-9]+(?:\.[0-9]+)?|\.[0-9]+)[eE]([+-]?)([0-9]{1,4})(?![0-9.^])"
    if re.search(r"(?<![0-9.])[0-9]+[eE][+-][0-9](?![0-9.^])", text) or not re.search(pattern, text):
        raise Unreadable
    rewritten = re.sub(pattern, lambda m: rf"{m[1]}\cdot 10^{{{m[2].replace('+', '')}{m[3]}}}", text)
    if rewritten == text or re.search(r"[0-9][eE][+-]?[0-9]", rewritten):
        raise Unreadable
    return tokens_of(rewritten)


def parse(text):
    """Returns the formula of a text as nested tuples; None where it is no formula, or could be two."""
    try:
        tokens = tokens_of(text)
        return Reader(tokens).all() if tokens else None
    except Unreadable:
        return None


def number(value):
    return ("number", Fraction(value))


def is_whole(formula):
    return formula[0] == "number" and formula[1].denominator == 1 and formula[1] >= 0


class Reader:
    def __init__(self, tokens):
        self.tokens, self.at, self.depth, self.in_bars = tokens, 0, 0, False

    def all(self):
        formula = self.sum()
        if self.at < len(self.tokens):
            raise Unreadable
        return formula

    def token(self, ahead=0):
        return self.tokens[self.at + ahead] if self.at + ahead < len(self.tokens) else END

    def peek(self):
        return self.token()[1]

    def take(self, text):
        if self.peek() != text:
            return False
        self.at += 1
        return True

    def expect(self, text):
        if not self.take(text):
            raise Unreadable

    def next(self):
        if self.at >= len(self.tokens):
            raise Unreadable
        self.at += 1
        return self.tokens[self.at - 1]

    def sum(self):
        self.depth += 1
        if self.depth > DEEPEST:
            raise Unreadable
        parts = [self.signed()]
        while self.peek() in ("+", "-", "pm", "mp"):
            parts.append(self.signed())
        self.depth -= 1
        return parts[0] if len(parts) == 1 else ("sum", *parts)

    def signed(self):
        if self.take("-"):
            return ("negative", self.term())
        for sign in ("pm", "mp"):
            if self.take(sign):
                return (sign, self.term())
        self.take("+")
        return self.term()

    def term(self):
        term, may_join = self.factor()
        while True:
            if self.peek() in ("cdot", "times", "*"):
                self.at += 1
                following, may_join = self.signed_factor()
                term = ("product", term, following)
            elif self.peek() in ("/", "div"):
                # `\sin x/2` and `a/bc` could mean two things.
                if not may_join:
                    raise Unreadable
                self.at += 1
                term = ("quotient", term, self.signed_factor()[0])
                if self.starts_factor():
                    raise Unreadable
            elif self.starts_factor():
                following, may_join = self.factor()
                term = ("product", term, following)
            else:
                return term

    def signed_factor(self):
        if not self.take("-"):
            return self.factor()
        of, may_join = self.factor()
        return ("negative", of), may_join

    def starts_factor(self):
        """Whether an unsigned factor comes next. A number is none: `2 3` is not 6."""
        kind, text = self.token()
        if kind in ("end", "number"):
            return False
        if kind == "letter":
            return True
        if text == "|":
            return not self.in_bars
        return text in OPENING if kind == "sign" else text in GREEK or text in OTHER_OPERANDS or is_applied(text)

    def factor(self):
        """Reads a factor with its powers, and whether a fraction bar after it cannot belong to its argument."""
        kind, text = self.next()
        if kind == "name" and is_applied(text):
            return self.applied(text)
        factor = self.postfix(self.operand(kind, text))
        if kind == "number" and text.isdigit() and self.peek() == "frac" and is_whole(factor):
            fraction = self.postfix(self.operand(*self.next()))
            mixed = fraction[0] == "quotient" and is_whole(fraction[1]) and is_whole(fraction[2])
            factor = ("sum" if mixed else "product", factor, fraction)
        return factor, True

    def operand(self, kind, text):
        if kind == "number":
            return self.number(text)
        if kind == "letter":
            return self.letter(text)
        if text in OPENING:
            return self.until(OPENING[text])
        if text == "|" and not self.in_bars:
            return self.bars("|")
        if kind == "sign":
            raise Unreadable
        if text == "pi":
            return ("constant", "pi")
        if text == "frac":
            return ("quotient", self.argument(), self.argument())
        if text == "binom":
            return ("call", "binomial", self.argument(), self.argument())
        if text == "sqrt":
            # People mean `\sqrt{10}` by `\sqrt10`.
            index = self.until("]") if self.take("[") else number(2)
            digits = self.token()[0] == "number"
            return ("root", self.operand(*self.next()) if digits else self.argument(), index)
        if text == "exp":
            return ("power", ("constant", "e"), self.argument())
        if text == "abs":
            return ("call", "abs", self.argument())
        if text == "lvert":
            return self.bars("rvert")
        if text == "overline":
            return self.overlined()
        if text not in GREEK:
            raise Unreadable
        return ("unknown", "\\" + text + self.subscript())

    def number(self, text):
        if text.endswith(".") or ("." in text and self.peek() == "overline"):
            return self.repeating(text)
        return number(text)

    def repeating(self, text):
        """Reads `0.1\\overline{6}`, which is 1/6."""
        self.expect("overline")
        self.expect("{")
        kind, period = self.next()
        self.expect("}")
        if kind != "number" or not period.isdigit():
            raise Unreadable
        before, decimals = text.split(".")
        above = int(before + decimals + period) - int(before + decimals)
        return number(Fraction(above, 10 ** len(decimals) * (10 ** len(period) - 1)))

    def letter(self, letter):
        name = letter + self.subscript()
        if name in ("e", "i"):
            return ("constant", name)
        if self.peek() != "(" or not (letter in "fg" or self.has_plain_argument()):
            return ("unknown", name)
        self.at += 1
        of, before = [], self.in_bars
        self.in_bars = False
        while not of or self.take(","):
            of.append(self.sum())
        self.in_bars = before
        self.expect(")")
        return ("call", name, *of)

    def has_plain_argument(self):
        """`P(A)` is a value of P, `x(x + 1)` a product."""
        return self.token(2)[1] == ")" and self.token(1)[0] in ("number", "letter")

    def subscript(self):
        if not self.take("_"):
            return ""
        name = self.plain_until("}") if self.take("{") else self.next()[1]
        if not re.fullmatch(r"[0-9A-Za-z]+", name):
            raise Unreadable
        return f"_{name}"

    def plain_until(self, close):
        text = ""
        while not self.take(close):
            text += self.next()[1]
        return text

    def overlined(self):
        name = self.plain_until("}") if self.take("{") else self.next()[1]
        if not re.fullmatch(r"[A-Za-z]+(?:_[0-9]+)?", name):
            raise Unreadable
        return ("unknown", f"overline {name}")

    def until(self, close):
        before, self.in_bars = self.in_bars, False
        formula = self.sum()
        self.in_bars = before
        self.expect(close)
        return formula

    def bars(self, close):
        self.in_bars = close == "|"
        of = self.sum()
        self.expect(close)
        self.in_bars = False
        return ("call", "abs", of)

    def argument(self):
        """Reads an argument: in brackets, or the one digit or letter that LaTeX takes (`\\frac12`)."""
        kind, text = self.next()
        if kind != "number" or len(text) == 1:
            return self.operand(kind, text)
        if not text.isdigit():
            raise Unreadable
        self.at -= 1
        self.tokens[self.at] = ("number", text[1:])
        return number(text[0])

    def applied(self, name):
        base = self.argument() if name == "log" and self.take("_") else number(10)
        exponent = self.exponent() if self.take("^") else None
        bracketed = self.peek() in OPENING
        of = self.operand(*self.next()) if bracketed else self.bare_argument()
        if bracketed and self.peek() in ("^", "!", "²", "³"):
            raise Unreadable
        inverse = exponent is not None and exponent[0] == "negative"
        if inverse and (not is_whole(exponent[1]) or name not in ("sin", "cos", "tan")):
            raise Unreadable
        if name == "log":
            value = ("quotient", ("call", "ln", of), ("call", "ln", base))
        else:
            value = ("call", f"arc{name}" if inverse else name, of)
        return (value if exponent is None or inverse else ("power", value, exponent)), bracketed

    def bare_argument(self):
        if self.token()[0] != "number" and not self.starts_factor():
            raise Unreadable
        parts = []
        while not parts or (self.starts_factor() and not is_applied(self.peek())):
            kind, text = self.next()
            if kind == "name" and is_applied(text):
                raise Unreadable
            parts.append(self.postfix(self.operand(kind, text)))
        return parts[0] if len(parts) == 1 else ("product", *parts)

    def postfix(self, formula):
        raised = False
        while True:
            sign = self.peek()
            if sign in ("^", "²", "³"):
                self.at += 1
                if sign == "^" and self.take_degree():
                    formula = in_degrees(formula)
                    continue
                # A tower needs braces, because a^b^c could mean two things.
                if raised:
                    raise Unreadable
                formula = ("power", formula, self.exponent() if sign == "^" else number(2 if sign == "²" else 3))
                raised = True
            elif self.take("!"):
                if raised or self.peek() == "!":
                    raise Unreadable
                formula = ("call", "factorial", formula)
            elif sign in DEGREE:
                self.at += 1
                formula = in_degrees(formula)
            else:
                return formula

    def take_degree(self):
        if self.take("circ") or self.take("°"):
            return True
        if self.peek() != "{" or self.token(1)[1] not in DEGREE or self.token(2)[1] != "}":
            return False
        self.at += 3
        return True

    def exponent(self):
        negative = self.take("-")
        exponent = self.operand(*self.next())
        return ("negative", exponent) if negative else exponent


def is_applied(name):
    return name in FUNCTIONS or name in ("ln", "log")


def in_degrees(formula):
    return ("product", formula, ("quotient", ("constant", "pi"), number(180)))


def parts_of(formula):
    return [part for part in formula[1:] if isinstance(part, tuple)]


def unknowns(formula):
    """Returns the names of the unknowns of a formula."""
    return {formula[1]} if formula[0] == "unknown" else set().union(*map(unknowns, parts_of(formula)))


def has_either_sign(formula):
    return formula[0] in ("pm", "mp") or any(map(has_either_sign, parts_of(formula)))


def with_sign(formula, minus):
    """Replaces each ± by + (or by -, for `minus`), and each ∓ by the other sign."""
    inside = [with_sign(part, minus) if isinstance(part, tuple) else part for part in formula[1:]]
    if formula[0] not in ("pm", "mp"):
        return (formula[0], *inside)
    return ("negative", inside[0]) if minus != (formula[0] == "mp") else inside[0]


def key_of(formula):
    """Returns one text for formulas that differ only in the order of terms and factors."""
    parts = [key_of(part) if isinstance(part, tuple) else str(part) for part in formula[1:]]
    return f"{formula[0]}({','.join(sorted(parts) if formula[0] in ('sum', 'product') else parts)})"
