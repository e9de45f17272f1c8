"""The reward of this run's answers, for TRL.

Answers are compared as Colloquy compares them (`answers.py`); roots and functions to 90 digits, where Colloquy proves
equality. Colloquy's share of right steps is not included.
"""

import json
import re
from pathlib import Path

from answers import same_answer
from tidy import is_short, tidy
from written_numbers import read_number

RUN = json.loads((Path(__file__).parent / "colloquy.json").read_text(encoding="utf-8"))

FORMAT_REWARD = 0.1
LONGEST_BOX = 1000
HASHES = re.compile(r"####(?!#)[ \t]*([^\r\n]+)")
NAME = re.compile(r"^\\?[A-Za-z]+\s*=")
BOX = re.compile(r"\\boxed\s?\{")


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
    return answer if is_short(answer) else None


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


def is_number(answer):
    return read_number(NAME.sub("", tidy(answer)).strip()) is not None


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
        readable = found is not None and (is_number(found) or not is_number(wanted))
        share = FORMAT_REWARD if RUN["reward"] == "graded" and readable else 0.0
        rewards.append(1.0 if is_correct(text, wanted) else share)
    return rewards
