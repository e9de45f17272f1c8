"""Values of formulas (`formula.py`): fractions exactly, other numbers to DIGITS digits, as pairs (real, imaginary)."""

import random
from decimal import Decimal, DecimalException, localcontext
from fractions import Fraction

from formula import key_of, unknowns

DIGITS = 120
CLOSE = Decimal(10) ** -90
MAX_BITS = 4096
LARGEST_FACTORIAL = 400
LARGEST_ROOT = 64
MOST_UNKNOWNS = 8
AGREEMENTS = 3
SAMPLES = 8


class Undecided(Exception):
    """The formula has no value here, or takes too much work."""


def decided(test):
    """Returns the result of a test; None where it cannot be decided."""
    try:
        with localcontext() as context:
            context.prec = DIGITS
            return test()
    except (Undecided, DecimalException, OverflowError):
        return None


def same_formula(f, g):
    """Whether two formulas are one number, or one function of their unknowns; False where this cannot be decided."""
    if key_of(f) == key_of(g):
        return True
    names = unknowns(f) | unknowns(g)
    if len(names) > MOST_UNKNOWNS:
        return False
    return agree(f, g, AGREEMENTS if names else 1, lambda at: is_zero(value(f, at), value(g, at)))


def proportional(f, g, positive):
    """Whether f = 0 and g = 0 are one equation; with `positive`, whether f > 0 and g > 0 are one inequality."""
    if not 0 < len(unknowns(f)) <= MOST_UNKNOWNS or unknowns(f) != unknowns(g):
        return False
    nonzero = lambda at: not is_zero(value(f, at), Fraction(0)) and not is_zero(value(g, at), Fraction(0))
    first = next((at for at in samples_of(f, g) if decided(lambda: nonzero(at))), None)
    if first is None or (positive and not decided(lambda: real(times(value(f, first), value(g, first))) > 0)):
        return False
    crossed = lambda at: is_zero(times(value(f, first), value(g, at)), times(value(f, at), value(g, first)))
    return agree(f, g, AGREEMENTS, lambda at: None if at.index == first.index else crossed(at))


def agree(f, g, wanted, test):
    agreements = 0
    for sample in samples_of(f, g):
        holds = decided(lambda: test(sample))
        if holds is False:
            return False
        agreements += holds is True
        if agreements == wanted:
            return True
    return False


def is_rounding_of(decimal, formula):
    """Whether a decimal is a number rounded or cut off at its last digit."""
    if unknowns(formula):
        return False
    unit = Fraction(1, 10 ** len(decimal.partition(".")[2]))

    def close():
        rest = plus(value(formula, Sample("", 0)), negated(Fraction(decimal)))
        return size(rest) <= real(unit)

    return bool(decided(close))


class Sample:
    """Random fractions for unknowns, and for functions that are known only by name."""

    def __init__(self, key, index, negative=None):
        self.key, self.index, self.negative = key, index, negative

    def __call__(self, name):
        stream = random.Random(f"{self.key} {self.index} {name}")
        below = stream.randint(1000, 4000)
        above = stream.randint(below + 1, 40 * below) if self.index % 2 == 0 else stream.randint(1, below - 1)
        # One unknown is always negative in sample 2, so that `|x|` is never taken for `x`.
        is_negative = self.index >= 2 and (stream.random() < 0.5 or name == self.negative)
        return Fraction(-above if is_negative else above, below)


def samples_of(f, g):
    key = " ".join(sorted([key_of(f), key_of(g)]))
    first = min(unknowns(f) | unknowns(g), default=None)
    return [Sample(key, index, first) for index in range(SAMPLES)]


# ---- Arithmetic: a Fraction, or a pair of Decimals ----


def pair(x):
    if isinstance(x, tuple):
        return x
    return (Decimal(x.numerator) / Decimal(x.denominator), Decimal(0))


def small(x):
    """Keeps a fraction of moderate size; another one becomes a pair."""
    if isinstance(x, Fraction) and max(x.numerator.bit_length(), x.denominator.bit_length()) > MAX_BITS:
        return pair(x)
    return x


def plus(x, y):
    if isinstance(x, Fraction) and isinstance(y, Fraction):
        return small(x + y)
    (a, b), (c, d) = pair(x), pair(y)
    return (a + c, b + d)


def negated(x):
    return -x if isinstance(x, Fraction) else (-x[0], -x[1])


def times(x, y):
    if isinstance(x, Fraction) and isinstance(y, Fraction):
        return small(x * y)
    (a, b), (c, d) = pair(x), pair(y)
    return (a * c - b * d, a * d + b * c)


def divided(x, y):
    if isinstance(x, Fraction) and isinstance(y, Fraction):
        if y == 0:
            raise Undecided
        return small(x / y)
    (a, b), (c, d) = pair(x), pair(y)
    norm = c * c + d * d
    if norm < CLOSE:
        raise Undecided
    return ((a * c + b * d) / norm, (b * c - a * d) / norm)


def size(x):
    a, b = pair(x)
    return abs(a) if b == 0 else (a * a + b * b).sqrt()


def is_zero(x, y):
    """Whether two values are equal."""
    if isinstance(x, Fraction) and isinstance(y, Fraction):
        return x == y
    return size(plus(x, negated(y))) <= CLOSE * max(Decimal(1), size(x), size(y))


def real(x):
    """@raises Undecided for a number that is not real"""
    a, b = pair(x)
    if b != 0:
        raise Undecided
    return a


# ---- Functions ----


def pi():
    """Machin's formula."""
    return 16 * arctan_series(Decimal(1) / 5) - 4 * arctan_series(Decimal(1) / 239)


def arctan_series(x):
    total, power, n = Decimal(0), x, 1
    while abs(power) > Decimal(10) ** -(DIGITS + 5):
        total += power / n if n % 4 == 1 else -power / n
        power, n = power * x * x, n + 2
    return total


def arctan(x):
    """Halves the angle until the series is fast."""
    halvings = 0
    while abs(x) > Decimal("0.05"):
        x, halvings = x / (1 + (1 + x * x).sqrt()), halvings + 1
    return arctan_series(x) * 2**halvings


def angle(a, b):
    if b == 0:
        return Decimal(0) if a > 0 else pi()
    if a == 0:
        return pi() / 2 if b > 0 else -pi() / 2
    turn = 0 if a > 0 else pi() if b > 0 else -pi()
    return arctan(b / a) + turn


def sine_and_cosine(x):
    if abs(x) > Decimal(10) ** 20:
        raise Undecided
    x = x.remainder_near(2 * pi())
    sine, cosine, power, n = Decimal(0), Decimal(0), Decimal(1), 0
    while n < 8 or abs(power) > Decimal(10) ** -(DIGITS + 5):
        part = power if n % 4 < 2 else -power
        sine, cosine = (sine + part, cosine) if n % 2 else (sine, cosine + part)
        n += 1
        power = power * x / n
    return sine, cosine


def ratio(above, below):
    if abs(below) < CLOSE:
        raise Undecided
    return above / below


def arcsin(x):
    if abs(x) > 1:
        raise Undecided
    return angle((1 - x * x).sqrt(), x)


FUNCTIONS = {
    "sin": lambda x: sine_and_cosine(x)[0],
    "cos": lambda x: sine_and_cosine(x)[1],
    "tan": lambda x: ratio(*sine_and_cosine(x)),
    "cot": lambda x: ratio(*reversed(sine_and_cosine(x))),
    "sec": lambda x: ratio(Decimal(1), sine_and_cosine(x)[1]),
    "csc": lambda x: ratio(Decimal(1), sine_and_cosine(x)[0]),
    "arcsin": arcsin,
    "arccos": lambda x: pi() / 2 - arcsin(x),
    "arctan": arctan,
}


def exponential(x):
    a, b = pair(x)
    sine, cosine = sine_and_cosine(b) if b != 0 else (Decimal(0), Decimal(1))
    return (a.exp() * cosine, a.exp() * sine)


def logarithm(x):
    a, b = pair(x)
    if size(x) < CLOSE:
        raise Undecided
    return (size(x).ln(), angle(a, b))


def root(x, index):
    """The root as taught in school: real for odd roots of negative numbers, otherwise the principal root."""
    a, b = pair(x)
    if a == 0 and b == 0:
        return Fraction(0)
    if b == 0 and a < 0 and index % 2 == 1:
        return negated(root((-a, b), index))
    if b == 0 and index == 2:
        return (a.sqrt(), Decimal(0)) if a > 0 else (Decimal(0), (-a).sqrt())
    return exponential(times(logarithm(x), Fraction(1, index)))


def bits_of(x):
    return 1 + abs(x.adjusted()) * 10 // 3


def whole_power(x, n):
    if n <= 0 and size(x) < CLOSE:
        raise Undecided
    if isinstance(x, Fraction) and abs(x) in (0, 1):
        # Any exponent is allowed.
        return x ** (abs(n) % 2 or 2)
    bits = x.numerator.bit_length() + x.denominator.bit_length() if isinstance(x, Fraction) else bits_of(size(x))
    if abs(n) * bits > 4 * MAX_BITS:
        raise Undecided
    if n < 0:
        return divided(Fraction(1), whole_power(x, -n))
    result = Fraction(1)
    while n > 0:
        result = times(result, x) if n % 2 else result
        x, n = times(x, x) if n > 1 else x, n // 2
    return result


def power(base, exponent, base_formula):
    if isinstance(exponent, Fraction) and exponent.denominator <= LARGEST_ROOT:
        of = base if exponent.denominator == 1 else root(base, exponent.denominator)
        return whole_power(of, exponent.numerator)
    if base_formula == ("constant", "e"):
        return exponential(exponent)
    return exponential(times(exponent, logarithm(base)))


def call(formula, sample):
    _, name, *of = formula
    if name == "abs":
        inside = value(of[0], sample)
        return abs(inside) if isinstance(inside, Fraction) else (size(inside), Decimal(0))
    if name == "ln":
        return logarithm(value(of[0], sample))
    if name in FUNCTIONS:
        return (FUNCTIONS[name](real(value(of[0], sample))), Decimal(0))
    if name in ("factorial", "binomial") and not unknowns(formula):
        numbers = [value(each, sample) for each in of]
        if all(isinstance(n, Fraction) and n.denominator == 1 and 0 <= n <= LARGEST_FACTORIAL for n in numbers):
            n, k = numbers[0], numbers[-1]
            product = Fraction(1)
            for i in range(1, int(k) + 1):
                product = product * i if name == "factorial" else product * (n - i + 1) / i
            return small(product)
    # Known only by name.
    return sample(key_of(formula))


def value(formula, sample):
    kind, *parts = formula
    if kind == "number":
        return small(parts[0])
    if kind == "constant":
        number = {"pi": pi, "e": Decimal(1).exp, "i": Decimal}[parts[0]]()
        return (number, Decimal(1 if parts[0] == "i" else 0))
    if kind == "unknown":
        return sample(parts[0])
    if kind == "call":
        return call(formula, sample)
    if kind in ("pm", "mp"):
        raise Undecided
    values = [value(part, sample) for part in parts]
    if kind == "negative":
        return negated(values[0])
    if kind == "quotient":
        return divided(*values)
    if kind == "power":
        return power(*values, parts[0])
    if kind == "root":
        index = values[1]
        if not isinstance(index, Fraction) or index.denominator != 1 or not 2 <= index <= LARGEST_ROOT:
            raise Undecided
        return root(values[0], int(index))
    total = values[0]
    for each in values[1:]:
        total = (plus if kind == "sum" else times)(total, each)
    return total
