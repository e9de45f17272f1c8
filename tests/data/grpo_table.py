"""Computes grpo_table.json in 60-digit decimals, from the formulas alone: it shares no code with src/.

python3 tests/data/grpo_table.py > tests/data/grpo_table.json && npx biome format --write tests/data/grpo_table.json

Derivation
- Advantages: R~_ik = R_ik + sum over l != i of clip((R_ik - mean_l) / (max_l - min_l), -1/(m-1), 1/(m-1)), a peer l
  without range left out; A = (R~ - mean of own group) / (std + 0.0001), std with n - 1, of the group, or of all groups of
  the peer ("batch"), or no division ("none"). Shift: mean |A(R~) - A(R)|. clippedFraction: terms outside the bounds over terms.
- Loss of a token: -min(rho A, clip(rho, 1 - e, 1 + eh) A) + beta (exp(ref - logp) - (ref - logp) - 1), rho = exp(logp - old),
  or exp(mean over the sequence's on-policy tokens of logp - old); rho = 1 for replayed tokens whose gradient is that of
  -A logp. grpo: mean over a sequence's tokens, then over sequences; dapo: mean over all tokens; dr_grpo: sum / (sequences
  x longest completion).
- The side on which a ratio is clipped: "low" where it is below 1 - e and A < 0, "high" where it is above 1 + eh and A > 0.
- coef is not derived by hand: it is the central difference of the loss in each logp with step 1e-20, so the replayed
  term is written as -A (1 + logp - logp at the point), which has the value and the slope that it should have.
- AdamW: gradient times min(1, limit / (norm + 1e-6)); theta(1 - lr wd) - lr (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps).
Inputs are dyadic fractions, so that 32-bit floats hold them exactly (except AdamW's, which tests compare loosely).
"""

import json
from decimal import Decimal as D
from decimal import getcontext
from itertools import product

getcontext().prec = 60


def mean(xs):
    return sum(xs) / len(xs)


def std(xs):
    if len(xs) < 2:
        return D(0)
    m = mean(xs)
    return (sum((x - m) ** 2 for x in xs) / (len(xs) - 1)).sqrt()


def clip(x, low, high):
    return max(low, min(high, x))


def number(x):
    return float(round(x, 15))


def calibrated(rewards):
    peers = len(rewards[0])
    bound = D(1) / (peers - 1) if peers > 1 else D(0)
    terms = clipped = 0
    out = []
    for question in rewards:
        row = []
        for i, group in enumerate(question):
            values = []
            for r in group:
                total = r
                for l, other in enumerate(question):
                    if l == i or max(other) == min(other):
                        continue
                    term = (r - mean(other)) / (max(other) - min(other))
                    terms += 1
                    clipped += abs(term) > bound
                    total += clip(term, -bound, bound)
                values.append(total)
            row.append(values)
        out.append(row)
    return out, (D(clipped) / terms if terms else D(0))


def advantages(rewards, scale):
    batch = [std([r for question in rewards for r in question[i]]) for i in range(len(rewards[0]))]
    out = []
    for question in rewards:
        for i, group in enumerate(question):
            spread = {"group": std(group) + D("0.0001"), "batch": batch[i] + D("0.0001"), "none": D(1)}[scale]
            out += [(r - mean(group)) / spread for r in group]
    return out


def flat(rewards):
    return [r for question in rewards for group in question for r in group]


def advantage_case(name, rewards, calibrate, scale):
    rewards = [[[D(str(r)) for r in group] for group in question] for question in rewards]
    tilde, clipped = calibrated(rewards) if calibrate else (rewards, D(0))
    moved = advantages(tilde, scale)
    raw = advantages(rewards, scale)
    return {
        "name": f"{name}, {scale}, {'calibrated' if calibrate else 'raw'}",
        "questions": len(rewards),
        "peers": len(rewards[0]),
        "rollouts": len(rewards[0][0]),
        "rewards": [float(r) for r in flat(rewards)],
        "calibrate": calibrate,
        "scaleRewards": scale,
        "calibrated": [number(r) for r in flat(tilde)],
        "advantages": [number(a) for a in moved],
        "clippedFraction": number(clipped),
        "shift": number(mean([abs(a - b) for a, b in zip(moved, raw)])),
        "zeroVariance": [int(max(g) == min(g)) for question in rewards for g in question],
    }


REWARDS = {
    "graded, two peers": [
        [[0, 0.25, 1, 1.25, 0.5], [0.125, 0.125, 0.25, 0.125, 0.5]],
        [[1.25, 1.25, 0.25, 0, 1.25], [0, 0, 0.375, 1, 1.25]],
    ],
    "graded, three peers": [[[0, 0.25, 1.25], [0.5, 0.625, 0.75], [0, 1, 1.25]]],
    "two-valued, two peers": [[[0, 1, 1, 0, 1], [0, 0, 0, 1, 0]], [[1, 0, 0, 0, 0], [1, 1, 1, 0, 1]]],
    "a peer without range": [[[0.25, 0.25, 0.25], [0, 0.5, 1.25]]],
    "all rewards equal": [[[0.75, 0.75, 0.75], [0.75, 0.75, 0.75]]],
    "one rollout": [[[0.75], [0.25]], [[0.5], [1]]],
    "one peer": [[[0, 0.5, 1.25, 0.5]]],
}

# (kind, logp, old, reference, entropy); kind 0 ignored, 1 on-policy, 2 replayed.
SEQUENCES = [
    (
        "1.5",
        [
            (0, "-1", "0", "0", "0"),
            (1, "-0.5", "-1", "-0.75", "0.5"),
            (1, "-1.25", "-1.25", "-1", "1.25"),
            (1, "-2", "-1.75", "-2.5", "0.75"),
        ],
    ),
    (
        "-0.75",
        [
            (1, "-0.5", "-0.25", "-0.5", "0.25"),
            (1, "-0.25", "-1", "-0.5", "0.5"),
            (1, "-3", "-2.75", "-2", "1.5"),
            (0, "-5", "-1", "0", "3"),
            (1, "-0.125", "-0.125", "-0.25", "0.125"),
            (1, "-1.5", "-1.25", "-1.5", "1"),
        ],
    ),
    ("2", [(2, "-1.5", "0", "-1.25", "1"), (2, "-0.75", "0", "-1", "0.875")]),
    ("0.5", [(0, "-1", "0", "0", "0"), (0, "-1", "0", "0", "0")]),
    ("-1", [(1, "-1", "-0.625", "-1", "2")]),
    ("1", [(1, "-1", "-1.5", "-0.875", "2"), (1, "-0.5", "-0.625", "-0.5", "0.625")]),
]
EPSILON, EPSILON_HIGH, LONGEST = D("0.1875"), D("0.25"), 8


def loss_and_statistics(logps, loss_type, level, beta):
    """`logps`: the point, in the order of the packed tokens."""
    trained = sum(1 for _, tokens in SEQUENCES for token in tokens if token[0] != 0)
    low, high = 1 - EPSILON, 1 + EPSILON_HIGH
    total = kl_sum = entropy_sum = D(0)
    ratios = clip_low = clip_high = 0
    differences = []
    at = iter(logps)
    for advantage, tokens in SEQUENCES:
        a = D(advantage)
        here = [(kind, next(at), *map(D, rest)) for kind, *rest in tokens]
        gaps = [logp - old for kind, logp, _, old, _, _ in here if kind == 1]
        differences += [abs(g) for g in gaps]
        units = [mean(gaps).exp()] if level == "sequence" and gaps else [g.exp() for g in gaps]
        ratios += len(units)
        clip_low += sum(1 for u in units if u < low and a < 0)
        clip_high += sum(1 for u in units if u > high and a > 0)
        count = sum(1 for token in here if token[0] != 0)
        sequence = D(0)
        for kind, logp, point, old, ref, h in here:
            if kind == 0:
                continue
            if kind == 2:
                term = -a * (1 + logp - point)
            else:
                ratio = mean(gaps).exp() if level == "sequence" else (logp - old).exp()
                term = -min(ratio * a, clip(ratio, low, high) * a)
            kl = (ref - logp).exp() - (ref - logp) - 1
            if beta:
                kl_sum += kl
            sequence += term + beta * kl
            entropy_sum += h
        if loss_type == "grpo":
            total += sequence / max(1, count) / len(SEQUENCES)
        elif loss_type == "dapo":
            total += sequence / trained
        else:
            total += sequence / (len(SEQUENCES) * LONGEST)
    return total, {
        "loss": number(total),
        "kl": number(kl_sum / trained),
        "entropy": number(entropy_sum / trained),
        "clipLow": number(D(clip_low) / ratios),
        "clipHigh": number(D(clip_high) / ratios),
        "clipRegion": number(D(clip_low + clip_high) / ratios),
        "logpDifferenceMean": number(mean(differences)),
        "logpDifferenceMax": number(max(differences)),
    }


def ratios_and_clips(level):
    ratios, clips = [], []
    for advantage, tokens in SEQUENCES:
        gaps = [D(logp) - D(old) for kind, logp, old, _, _ in tokens if kind == 1]
        for kind, logp, old, _, _ in tokens:
            ratio = D(1) if kind != 1 else (mean(gaps) if level == "sequence" else D(logp) - D(old)).exp()
            low = ratio < 1 - EPSILON and D(advantage) < 0
            high = ratio > 1 + EPSILON_HIGH and D(advantage) > 0
            ratios.append(number(ratio))
            clips.append("low" if low else "high" if high else None)
    return {"ratios": ratios, "clips": clips}


def loss_case(loss_type, level, beta):
    point = [D(token[1]) for _, tokens in SEQUENCES for token in tokens]
    _, statistics = loss_and_statistics(point, loss_type, level, beta)
    h = D("1e-20")
    coef = []
    for t in range(len(point)):
        above, below = list(point), list(point)
        above[t] += h
        below[t] -= h
        rise = loss_and_statistics(above, loss_type, level, beta)[0]
        coef.append((rise - loss_and_statistics(below, loss_type, level, beta)[0]) / (2 * h))
    return {
        "lossType": loss_type,
        "importanceSamplingLevel": level,
        "beta": float(beta),
        "statistics": statistics,
        "coef": [number(c) for c in coef],
    }


def adamw_table():
    rate, b1, b2, eps, decay, limit = map(D, ("0.01", "0.9", "0.95", "1e-8", "0.1", "1"))
    theta = [[D("0.5"), D("-1.25"), D("2")], [D("0.25"), D("0")]]
    start = [[float(x) for x in layer] for layer in theta]
    m = [[D(0)] * len(layer) for layer in theta]
    v = [[D(0)] * len(layer) for layer in theta]
    updates = []
    for t, gradients in enumerate(
        (
            [["0.5", "-0.25", "1"], ["2", "0.125"]],
            [["-0.125", "0.25", "0"], ["0.5", "-0.0625"]],
            [["3", "-4", "0.5"], ["-1", "0"]],
        ),
        1,
    ):
        gradients = [[D(g) for g in layer] for layer in gradients]
        norm = sum(g * g for layer in gradients for g in layer).sqrt()
        scale = min(D(1), limit / (norm + D("1e-6")))
        for i, layer in enumerate(gradients):
            for j, g in enumerate(layer):
                g *= scale
                m[i][j] = b1 * m[i][j] + (1 - b1) * g
                v[i][j] = b2 * v[i][j] + (1 - b2) * g * g
                step = (m[i][j] / (1 - b1**t)) / ((v[i][j] / (1 - b2**t)).sqrt() + eps)
                theta[i][j] = theta[i][j] * (1 - rate * decay) - rate * step
        updates.append(
            {
                "gradients": [[float(g) for g in layer] for layer in gradients],
                "norm": number(norm),
                "parameters": [[number(x) for x in layer] for layer in theta],
                "firstMoments": [[number(x) for x in layer] for layer in m],
                "secondMoments": [[number(x) for x in layer] for layer in v],
            }
        )
    options = {"learningRate": rate, "beta1": b1, "beta2": b2, "epsilon": eps, "weightDecay": decay}
    return {
        "options": {name: float(value) for name, value in {**options, "maxGradNorm": limit}.items()},
        "parameters": start,
        "updates": updates,
    }


offsets = [0]
for _, tokens in SEQUENCES:
    offsets.append(offsets[-1] + len(tokens))
packed = [token for _, tokens in SEQUENCES for token in tokens]
table = {
    "derivation": "grpo_table.py, beside this file, made it",
    "advantages": [
        advantage_case(name, rewards, calibrate, scale)
        for name, rewards in REWARDS.items()
        for scale, calibrate in product(("group", "batch", "none"), (True, False))
    ],
    "loss": {
        "batch": {
            "offsets": offsets,
            "kind": [token[0] for token in packed],
            "logp": [float(token[1]) for token in packed],
            "old": [float(token[2]) for token in packed],
            "reference": [float(token[3]) for token in packed],
            "entropy": [float(token[4]) for token in packed],
            "advantage": [float(advantage) for advantage, _ in SEQUENCES],
        },
        "epsilon": float(EPSILON),
        "epsilonHigh": float(EPSILON_HIGH),
        "maxCompletionLength": LONGEST,
        "levels": {level: ratios_and_clips(level) for level in ("token", "sequence")},
        "cases": [
            loss_case(*case) for case in product(("grpo", "dapo", "dr_grpo"), ("token", "sequence"), (D(0), D("0.5")))
        ],
    },
    "adamw": adamw_table(),
}
print(json.dumps(table, indent=1))
