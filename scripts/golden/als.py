"""Writes test/golden/factorization/als.json: alternating least squares of ratings, in numpy alone, from its definition.

Versions: Python 3.11, numpy 2.x (the file names the one it was made with). The data are a formula of integers, so no
random numbers are shared: both programs start from their own and are run until nothing changes. With lambda_power 0
and enough components the minimum is that of a convex problem, so every start ends there; with lambda_power 1 the best
of many starts is written.
"""

import json
from pathlib import Path

import numpy as np

N, M = 40, 25


def rating(u, i):
    return 1 + ((7 * u + 13 * i + u * i) % 17) / 4 + (u % 3) * ((i % 4) - 1.5) / 2


def listed(u, i):
    return (3 * u + 5 * i + u * i) % 7 < 4


TRIPLETS = [(u, i, rating(u, i)) for u in range(N) for i in range(M) if listed(u, i)]
U, I, R = (np.array(column) for column in zip(*TRIPLETS))


def biases(rounds=10, users=5.0, items=3.0):
    mu, bu, bi = R.mean(), np.zeros(N), np.zeros(M)
    for _ in range(rounds):
        bi = np.bincount(I, R - mu - bu[U], M) / (np.bincount(I, minlength=M) + items)
        bu = np.bincount(U, R - mu - bi[I], N) / (np.bincount(U, minlength=N) + users)
    return mu, bu, bi


def rows(own, other, counts, Y, e, lam, power):
    out = np.zeros((len(counts), Y.shape[1]))
    for u, n in enumerate(counts):
        if n == 0:
            continue
        at = own == u
        y = Y[other[at]]
        out[u] = np.linalg.solve(y.T @ y + lam * n**power * np.eye(Y.shape[1]), y.T @ e[at])
    return out


def fit(e, k, lam, power, seed, tolerance=1e-13, most=20000):
    nu, ni = np.bincount(U, minlength=N), np.bincount(I, minlength=M)
    W = np.random.default_rng(seed).normal(size=(N, k))
    before = np.inf
    for _ in range(most):
        H = rows(I, U, ni, W, e, lam, power)
        W = rows(U, I, nu, H, e, lam, power)
        left = e - np.einsum("pk,pk->p", W[U], H[I])
        penalty = (nu**power * (W**2).sum(1)).sum() + (ni**power * (H**2).sum(1)).sum()
        objective = 0.5 * (left @ left) + 0.5 * lam * penalty
        if before - objective <= tolerance * objective:
            break
        before = objective
    return objective, 0.5 * (left @ left), W @ H.T


mu, bu, bi = biases()
e = R - mu - bu[U] - bi[I]
found = {
    "versions": {"numpy": np.__version__},
    "mean": mu,
    "userBiases": bu.tolist(),
    "itemBiases": bi.tolist(),
    "fits": [],
}
for k, lam, power, starts in [(12, 6.0, 0, 2), (10, 3.0, 0.0, 2), (3, 0.2, 1, 12), (2, 0.35, 1, 12)]:
    objective, loss, products = min((fit(e, k, lam, power, seed) for seed in range(starts)), key=lambda f: f[0])
    found["fits"].append(
        {
            "nComponents": k,
            "lambda": lam,
            "lambdaPower": power,
            "objective": objective,
            "loss": loss,
            "row": products[7].tolist(),
        }
    )
path = Path(__file__).parents[2] / "test/golden/factorization/als.json"
path.write_text(json.dumps(found) + "\n")
print([(f["objective"], f["loss"]) for f in found["fits"]])
