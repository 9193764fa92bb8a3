"""Writes test/golden/deconvolution/solvers.json: simulated signatures and mixtures, what scipy's nnls and libsvm (scikit-learn's
NuSVR at tol 1e-10) make of them, and reweighted least squares by scipy's nnls. python3 scripts/golden/deconvolution.py"""

import json
import os

import numpy as np
import scipy
import sklearn
from scipy.optimize import nnls
from sklearn.svm import NuSVR

rng = np.random.default_rng(11)


def signature(genes, types):
    """Markers of each type, on a background that types share."""
    S = rng.gamma(0.6, 60, (genes, 1)) * rng.lognormal(0, 0.4, (genes, types))
    for j in range(types):
        S[rng.choice(genes, genes // (2 * types), replace=False), j] *= 8
    return np.round(S, 2)


def mixture(S, noise, other=0.0):
    f = rng.dirichlet(np.full(S.shape[1], 0.7))
    return np.round(S @ f * rng.lognormal(0, noise, len(S)) + other * rng.gamma(0.6, 60, len(S)), 2)


def robust(S, y):
    """Weights 1 / (mu + mean / 20), Huber at twice 1.4826 median |residual|, until nothing moves."""
    x = nnls(S, y)[0]
    for _ in range(200):
        mu = S @ x
        root = 1 / np.sqrt(mu + 0.05 * np.abs(y).mean())
        size = np.abs(y - mu) * root
        bound = 2 * 1.4826 * np.median(size)
        root = root * np.sqrt(np.minimum(1, bound / np.maximum(size, 1e-300)))
        x, before = nnls(S * root[:, None], y * root)[0], x
        if np.abs(x - before).max() <= 1e-12 * x.max():
            break
    return x


def svr(S, y):
    """libsvm on one scale for all of S and one for y, as the R scripts have it, for each nu. It computes with a kernel matrix
    in single precision, so its sets are taken (which rows lie outside the tube, and which on it), the equations that follow
    solved in double, and the row that contradicts its set the most moved, until none does: w = sum c_i x_i, c_i = 1 or -1 outside, residuals of eps or -eps on the tube,
    sum c_i = 0, sum |c_i| = nu l."""
    X, z = (S - S.mean()) / S.std(ddof=1), (y - y.mean()) / y.std(ddof=1)
    l, p = X.shape
    found = []
    for nu in (0.25, 0.5, 0.75):
        model = NuSVR(kernel="linear", C=1.0, nu=nu, tol=1e-10).fit(X, z)
        c = np.zeros(l)
        c[model.support_] = model.dual_coef_[0]
        outside, free = np.abs(c) >= 1 - 1e-6, (np.abs(c) > 1e-6) & (np.abs(c) < 1 - 1e-6)
        signs = np.sign(c)
        bare = False  # the tube is empty: eps = 0, and sum |c_i| may be less than nu l
        for _ in range(1000):
            A, g = X[free], signs[free]
            m = len(g)
            # Unknowns: c on the tube, w, b, eps.
            M, d = np.zeros((m + p + 2, m + p + 2)), np.zeros(m + p + 2)
            M[:m, m : m + p], M[:m, m + p], M[:m, m + p + 1], d[:m] = A, 1, g, z[free]
            M[m : m + p, :m], M[m : m + p, m : m + p], d[m : m + p] = -A.T, np.eye(p), X[outside].T @ signs[outside]
            M[m + p, :m], d[m + p] = 1, -signs[outside].sum()
            M[m + p + 1, :m], d[m + p + 1] = g, nu * l - outside.sum()
            if bare:
                M[m + p + 1], d[m + p + 1] = 0, 0
                M[m + p + 1, m + p + 1] = 1
            x = np.linalg.solve(M, d)
            w, b, eps = x[m : m + p], x[m + p], x[m + p + 1]
            if eps < 0:
                bare = True
                continue
            on = np.zeros(l)
            on[free] = x[:m] * g
            rest = z - X @ w - b
            wrong = np.where(free, np.maximum(-1 - on if bare else -on, on - 1), np.where(outside, eps - rest * signs - 1e-12, np.abs(rest) - eps - 1e-12))
            worst = wrong.argmax()
            if wrong[worst] <= 0:
                break
            if free[worst]:
                free[worst], outside[worst] = False, on[worst] > 1
            else:
                signs[worst] = np.sign(rest[worst]) if not outside[worst] else signs[worst]
                free[worst], outside[worst] = True, False
        assert wrong.max() <= 0 and np.abs(on[free]).sum() + outside.sum() <= nu * l + 1e-9, "every row lies in its set"
        objective = 0.5 * w @ w + nu * l * eps + np.maximum(0, np.abs(rest) - eps).sum()
        loose = NuSVR(kernel="linear", C=1.0, nu=nu, tol=1e-5).fit(X, z).coef_[0]
        found.append({"nu": nu, "w": w.tolist(), "b": b, "eps": eps, "objective": objective, "libsvm": loose.tolist()})
    return found


cases = []
for name, genes, types, noises in (
    ("odd", 61, 5, (0.1, 0.5)),
    ("wide", 240, 12, (0.2, 0.6)),
    ("few genes", 12, 9, (0.3,)),
    ("close types", 90, 6, (0.2,)),
):
    S = signature(genes, types)
    if name == "close types":
        S[:, 1] = np.round(S[:, 0] * rng.lognormal(0, 0.02, genes), 3)
    samples = []
    for noise in noises:
        y = mixture(S, noise, 0.1)
        x, rest = nnls(S, y)
        samples.append({"y": y.tolist(), "nnls": x.tolist(), "rest": float(rest), "robust": robust(S, y).tolist(), "svr": svr(S, y)})
    cases.append({"name": name, "genes": genes, "types": types, "S": S.T.ravel().tolist(), "samples": samples})

os.makedirs("test/golden/deconvolution", exist_ok=True)
golden = {
    "source": f"scripts/golden/deconvolution.py, numpy {np.__version__}, scipy {scipy.__version__}, scikit-learn {sklearn.__version__}",
    "cases": cases,
}
with open("test/golden/deconvolution/solvers.json", "w") as file:
    json.dump(golden, file)
    file.write("\n")
