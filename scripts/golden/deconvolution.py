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
    """libsvm on one scale for all of S and one for y, as the R scripts have it: weights and intercept for each nu."""
    X, z = (S - S.mean()) / S.std(ddof=1), (y - y.mean()) / y.std(ddof=1)
    found = []
    for nu in (0.25, 0.5, 0.75):
        model = NuSVR(kernel="linear", C=1.0, nu=nu, tol=1e-10).fit(X, z)
        w, b = model.coef_[0], model.intercept_[0]
        # The best eps for these: the objective is linear between the sizes of two residuals.
        rest = np.abs(z - X @ w - b)
        objective = 0.5 * w @ w + min(nu * len(z) * eps + np.maximum(0, rest - eps).sum() for eps in rest)
        found.append({"nu": nu, "w": w.tolist(), "b": float(b), "objective": float(objective)})
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
