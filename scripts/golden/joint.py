"""Writes test/golden/factorization/joint.json: joint NMF by programs that share nothing with the library.

  OMP_NUM_THREADS=1 python3 scripts/golden/joint.py     (the file names the versions it was made with)

The objective is that of docs/joint-nmf.md: NMF of the views, each times sqrt(w_v) / |X_v|, beside each other. Weights are
taken from their definition by numpy's SVD. Minima: of complete data by scikit-learn's NMF (coordinate descent) and by
L-BFGS-B; where entries are missing by alternating least squares with SciPy's nnls, row by row and column by column over
the entries that are there, and by L-BFGS-B; with networks by L-BFGS-B of the objective as it is written. Each from many
random starts; a case is written only if several starts of each program end in the same lowest minimum. The data, drawn
here, are in the file.
"""
import json
from pathlib import Path
import numpy as np, scipy, sklearn
from scipy.optimize import minimize, nnls
from sklearn.decomposition import NMF

rng = np.random.default_rng(31)
n, k, widths = 30, 3, (20, 15)


def norm(X): return np.sqrt(np.nansum(X**2))


def split(X):
    return np.hstack([np.where(np.isnan(X), X, np.maximum(s * X, 0)) for s in (1, -1)]) if np.nanmin(X) < 0 else X


def left(X, k):
    """Share of a view's squares that its best k components of either sign leave. Rows of nothing have no part; an entry
    that is missing is its column's mean for the singular vectors and has no part in the sums."""
    X = X[~np.isnan(X).all(1)]
    there = ~np.isnan(X)
    filled = np.where(there, X, np.nanmean(X, 0))
    U, S, Vt = np.linalg.svd(filled, full_matrices=False)
    return max(1e-4, (((filled - (U[:, :k] * S[:k]) @ Vt[:k]) ** 2)[there]).sum() / np.nansum(X**2))


def weights(views, given):
    w = np.ones(len(views)) if given == "equal" else np.array(given if given != "residual" else [1 / left(split(X), k) for X in views])
    return w * len(w) / w.sum()


def beside(views, w): return np.hstack([split(X) * np.sqrt(a) / norm(X) for X, a in zip(views, w)])


def laplacian(networks, starts, total):
    """sum of weight times Laplacian over the columns of all views; networks are {views, adjacency, weight, laplacian}."""
    sum_ = np.zeros((total, total))
    for net in networks:
        A = np.zeros((total, total))
        a, b = net["views"][0], net["views"][-1]
        block = np.array(net["adjacency"])
        for half in range(2 if len(starts[a]) == len(starts[b]) == 2 else 1):
            i, j = starts[a][half], starts[b][half]
            A[i : i + block.shape[0], j : j + block.shape[1]] = block
            A[j : j + block.shape[1], i : i + block.shape[0]] = block.T
        d = A.sum(0)
        L = np.diag(d) - A
        if net["laplacian"] == "symmetric":
            r = np.where(d > 0, 1 / np.sqrt(np.where(d > 0, d, 1)), 0)
            L = L * r[:, None] * r
        sum_ += net["weight"] * L
    return sum_


def value(Y, W, H, p):
    """The objective: over the entries of Y that are there, and penalties."""
    R = np.where(np.isnan(Y), 0, W @ H - Y)
    f = 0.5 * (R**2).sum() + 0.5 * np.sum((H @ p["L"]) * H)
    for F, alpha in ((W, p["alphaW"]), (H, p["alphaH"])):
        f += alpha * (p["l1Ratio"] * F.sum() + (1 - p["l1Ratio"]) / 2 * (F**2).sum())
    return f, R


def by_lbfgs(Y, seed, p):
    r = np.random.default_rng(seed)
    n, m = Y.shape
    level = np.sqrt(np.nanmean(Y) / k)

    def unpack(x): return x[: n * k].reshape(n, k), x[n * k :].reshape(k, m)

    def both(x):
        W, H = unpack(x)
        f, R = value(Y, W, H, p)
        gW = R @ H.T + p["alphaW"] * (p["l1Ratio"] + (1 - p["l1Ratio"]) * W)
        gH = W.T @ R + H @ p["L"] + p["alphaH"] * (p["l1Ratio"] + (1 - p["l1Ratio"]) * H)
        return f * 1e3, 1e3 * np.concatenate([gW.ravel(), gH.ravel()])

    x = level * np.abs(r.normal(size=n * k + k * m))
    for _ in range(4):  # again from where it ended: its memory of curvature begins anew
        found = minimize(both, x, jac=True, method="L-BFGS-B", bounds=[(0, None)] * x.size,
                         options={"maxiter": 20000, "maxfun": 40000, "maxcor": 40, "ftol": 1e-16, "gtol": 1e-10})
        x = found.x
    W, H = unpack(x)
    return value(Y, W, H, p)[0], W, H


def by_sklearn(Y, seed, p):
    init = ["nndsvd", "nndsvda"][seed] if seed < 2 else "random"
    model = NMF(k, init=init, solver="cd", tol=1e-12, max_iter=50000, random_state=seed)
    W = model.fit_transform(Y)
    return value(Y, W, model.components_, p)[0], W, model.components_


def by_nnls(Y, seed, p):
    r = np.random.default_rng(seed)
    there = ~np.isnan(Y)
    H = np.sqrt(np.nanmean(Y) / k) * np.abs(r.normal(size=(k, Y.shape[1])))
    before = np.inf
    for _ in range(4000):
        W = np.array([nnls(H[:, t].T, y[t])[0] for y, t in zip(Y, there)])
        H = np.array([nnls(W[t], y[t])[0] for y, t in zip(Y.T, there.T)]).T
        now = value(Y, W, H, p)[0]
        if before - now <= 1e-14 * now: break
        before = now
    return now, W, H


def lowest(programs, Y, p):
    """The lowest objective of all, and its factors. Every program must end there from a quarter of its starts or more."""
    runs = {f.__name__: [f(Y, seed, p) for seed in range(starts)] for f, starts in programs}
    best = min((run for found in runs.values() for run in found), key=lambda run: run[0])
    for name, found in runs.items():
        near = sum(run[0] <= best[0] * (1 + 1e-8) + 1e-14 for run in found)
        print(f"   {name}: {near} of {len(found)} at the lowest; {min(run[0] for run in found):.15g}")
        assert near * 4 >= len(found)
    return best


PLAIN = {"alphaW": 0, "alphaH": 0, "l1Ratio": 0}
ROWS = [0, 11, 23]


def fresh(W, H, views, w, there):
    """A new sample of which one view is not there: its other views' least squares, and what follows for all views."""
    x = np.array([0.5, 0.3, 0.2]) @ np.vstack([W[3], W[8], W[19]]) @ H
    x = np.maximum(0, x * (1 + 0.1 * np.cos(np.arange(x.size))))
    at = slice(0, views[0].shape[1]) if there == 0 else slice(views[0].shape[1], None)
    return x, nnls(H[:, at].T, x[at])[0] @ H


NAMES = {}  # of the views, by which cases refer to them


def case(name, views, given, programs, networks=(), transform=False, **penalties):
    print(name)
    w = weights(views, given)
    Y = beside(views, w)
    starts, at = [], 0
    for X in views:
        halves = 2 if np.nanmin(X) < 0 else 1
        starts.append([at + h * X.shape[1] for h in range(halves)])
        at += halves * X.shape[1]
    p = PLAIN | penalties
    objective, W, H = lowest(programs, Y, p | {"L": laplacian(networks, starts, at)})
    loss = value(Y, W, H, PLAIN | {"L": np.zeros((at, at))})[0]
    back, products, residuals, from_ = W @ H, [], [], 0
    for X, a in zip(views, w):
        width = split(X).shape[1]
        part = back[:, from_ : from_ + width] * norm(X) / np.sqrt(a)
        from_ += width
        residuals.append(float(np.nansum((split(X) - part) ** 2) / norm(X) ** 2))
        products.append(part[ROWS].tolist())
    found = {
        "name": name, "views": [NAMES[id(X)] for X in views],
        "options": {"nComponents": k, "viewWeights": given if isinstance(given, str) else list(given)} | penalties,
        "networks": list(networks), "weights": w.tolist(), "norms": [float(norm(X)) for X in views],
        "objective": float(objective), "loss": float(loss), "residuals": residuals, "rows": ROWS, "products": products,
    }
    if transform:
        found["fresh"] = []
        for there in (0, 1):
            x, all_ = fresh(W, H, views, w, there)
            unit = np.concatenate([np.full(X.shape[1], norm(X) / np.sqrt(a)) for X, a in zip(views, w)])
            found["fresh"].append({"there": there, "sample": (x * unit).tolist(), "all": (all_ * unit).tolist()})
    return found


planted = rng.random((n, k)) ** 3
clean = [planted @ rng.random((k, m)) ** 3 for m in widths]
noisy = [np.round(np.maximum(0, X + s * rng.normal(size=X.shape)), 3) for X, s in zip(clean, (0.03, 0.15))]
signed = [noisy[0], np.round(clean[1] - 0.35 + 0.1 * rng.normal(size=clean[1].shape), 3)]
missing = [X.copy() for X in noisy]
for v, X in enumerate(missing): X[rng.random(X.shape) < 0.12] = np.nan
missing[1][[4, 13, 22]] = np.nan  # samples that lack the view
both = np.where(np.isnan(missing[1]), np.nan, signed[1])
band = [[float(abs(i - j) == 1) * (1 + (i + j) % 3) for j in range(widths[0])] for i in range(widths[0])]
across = [[2.0 if (3 * i + j) % 8 == 0 else 0.0 for j in range(widths[1])] for i in range(widths[0])]
ring = [[float((i - j) % widths[1] in (1, widths[1] - 1)) for j in range(widths[1])] for i in range(widths[1])]

# Three samples of one component each and three features of one each: W and H_v are then the only factors of their product,
# but for order and scale.
known_W = np.vstack([np.eye(3)[[1, 0, 2]], np.round(rng.random((15, 3)), 2)])
known_H = [np.hstack([np.eye(3)[:, [2, 0, 1]] * [2, 1, 3], np.round(rng.random((3, m - 3)), 2)]) for m in (9, 7)]

data = {"clean 0": clean[0]}
for kind, views in (("noisy", noisy), ("signed", signed[1:]), ("missing", missing)):
    data |= {f"{kind} {v}": X for v, X in enumerate(views)}
data["both 1"] = both
NAMES |= {id(X): name for name, X in data.items()}

complete = [(by_sklearn, 20), (by_lbfgs, 8)]
gaps = [(by_nnls, 6), (by_lbfgs, 12)]
joined = [(by_lbfgs, 16)]
networks = [
    {"views": [0], "adjacency": band, "weight": 0.02, "laplacian": "symmetric"},
    {"views": [0, 1], "adjacency": across, "weight": 0.005, "laplacian": "plain"},
]
golden = {
    "programs": f"scikit-learn {sklearn.__version__}, scipy {scipy.__version__}, numpy {np.__version__}",
    "data": {name: [[None if np.isnan(x) else x for x in row] for row in X.tolist()] for name, X in data.items()},
    "cases": [
        case("equal weights", noisy, "equal", complete, transform=True),
        case("residual weights", noisy, "residual", complete),
        case("weights as given", noisy, [1, 4], complete),
        case("a view of either sign, equal weights", signed, "equal", complete),
        case("a view of either sign, residual weights", signed, "residual", complete),
        case("a view that k components explain", [clean[0], noisy[1]], "residual", complete),
        case("missing, equal weights", missing, "equal", gaps),
        case("missing, residual weights", missing, "residual", gaps),
        case("missing in a view of either sign, residual weights", [missing[0], both], "residual", gaps),
        case("penalties", noisy, "residual", joined, alphaW=0.004, alphaH=0.01, l1Ratio=0.4),
        case("networks", noisy, "equal", joined, networks, alphaW=0.01, alphaH=0),
        case("network of a view of either sign", signed, "residual", joined,
             [{"views": [1], "adjacency": ring, "weight": 0.03, "laplacian": "symmetric"}], alphaW=0.01, alphaH=0),
    ],
    "known": {
        "W": known_W.tolist(), "H": [H.tolist() for H in known_H],
        "views": [(known_W @ H).tolist() for H in known_H],
    },
}
print("known factors")
best = lowest([(by_sklearn, 6)], beside([known_W @ H for H in known_H], [1, 1]), PLAIN | {"L": np.zeros((16, 16))})
for q in range(3):  # each column of W is one of the found ones, scaled
    assert max(c @ known_W[:, q] / np.linalg.norm(c) / np.linalg.norm(known_W[:, q]) for c in best[1].T) > 1 - 1e-9
Path("test/golden/factorization/joint.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
