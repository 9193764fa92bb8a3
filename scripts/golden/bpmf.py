"""Writes test/golden/factorization/bpmf.json: Bayesian matrix factorization of ratings by Gibbs sampling, in numpy alone,
from its definition (Salakhutdinov & Mnih 2008, the precision of the noise drawn too), on the ratings of als.py. The
numbers are means over eight chains, with their standard errors from the differences between chains: what another
program's chain must agree with. Python 3.11; the file names numpy's version. python3 scripts/golden/bpmf.py"""

import json
from pathlib import Path

import numpy as np

N, M, K, BETA0 = 40, 25, 2, 2.0
BURN, KEPT, CHAINS = 200, 2000, 8


def rating(u, i):
    return 1 + ((7 * u + 13 * i + u * i) % 17) / 4 + (u % 3) * ((i % 4) - 1.5) / 2


TRIPLETS = [(u, i, rating(u, i)) for u in range(N) for i in range(M) if (3 * u + 5 * i + u * i) % 7 < 4]
U, I, R = (np.array(column) for column in zip(*TRIPLETS))


def biases(rounds=10, users=5.0, items=3.0):
    mu, bu, bi = R.mean(), np.zeros(N), np.zeros(M)
    for _ in range(rounds):
        bi = np.bincount(I, R - mu - bu[U], M) / (np.bincount(I, minlength=M) + items)
        bu = np.bincount(U, R - mu - bi[I], N) / (np.bincount(U, minlength=N) + users)
    return R - mu - bu[U] - bi[I]


def wishart(rng, nu, scale):
    A = np.zeros((K, K))
    for i in range(K):
        A[i, i] = np.sqrt(rng.chisquare(nu - i))
        A[i, :i] = rng.normal(size=i)
    L = np.linalg.cholesky(scale) @ A
    return L @ L.T


def hyper(rng, F):
    n, mean = len(F), F.mean(0)
    S = (F - mean).T @ (F - mean)
    inverse = np.eye(K) + S + BETA0 * n / (BETA0 + n) * np.outer(mean, mean)
    precision = wishart(rng, K + n, np.linalg.inv(inverse))
    centre = n * mean / (BETA0 + n)
    return precision, rng.multivariate_normal(centre, np.linalg.inv((BETA0 + n) * precision))


def draw(rng, own, other, count, Y, e, prior, alpha):
    precision, mean = prior
    out = np.zeros((count, K))
    for u in range(count):
        at = own == u
        y = Y[other[at]]
        cov = np.linalg.inv(precision + alpha * y.T @ y)
        out[u] = rng.multivariate_normal(cov @ (precision @ mean + alpha * y.T @ e[at]), cov)
    return out


e = biases()


def chain(seed):
    rng = np.random.default_rng(seed)
    W, H, alpha = rng.normal(size=(N, K)), rng.normal(size=(M, K)), 1 / e.var()
    first, second, noise = np.zeros((N, M)), np.zeros((N, M)), 0
    for sweep in range(BURN + KEPT):
        H = draw(rng, I, U, M, W, e, hyper(rng, H), alpha)
        W = draw(rng, U, I, N, H, e, hyper(rng, W), alpha)
        left = e - np.einsum("pk,pk->p", W[U], H[I])
        if sweep >= BURN:
            P = W @ H.T
            first += P / KEPT
            second += P * P / KEPT
            noise += 1 / alpha / KEPT
        alpha = rng.gamma(0.001 + len(e) / 2) / (0.001 + 0.5 * left @ left)
    return first[7], np.sqrt(second[7] - first[7] ** 2), noise


chains = [chain(seed) for seed in range(CHAINS)]
found = {"versions": {"numpy": np.__version__}}
for name, values in zip(("products", "deviations", "noise"), zip(*chains)):
    values = np.array(values)
    found[name] = values.mean(0).tolist()
    found[f"{name}Error"] = (values.std(0, ddof=1) / np.sqrt(CHAINS)).tolist()
path = Path(__file__).parents[2] / "test/golden/factorization/bpmf.json"
path.write_text(json.dumps(found) + "\n")
print({name: np.round(values, 4) for name, values in found.items() if name != "versions"})
