"""Writes test/golden/factorization/integrative.json: integrative NMF by programs that share nothing with the library.

  OMP_NUM_THREADS=1 python3 scripts/golden/integrative.py     (the file names the versions it was made with)

The objective is that of docs/integrative-nmf.md, half of LIGER's: 1/2 sum_i |X_i - W_i (H + V_i)|^2 + lambda/2 |W_i V_i|^2.
Minima by alternating least squares in LIGER's blocks (every W_i; every V_i; H), each solved by SciPy's nnls on the stacked
system, and by L-BFGS-B of all factors at once; both from many random starts. A case is written only if several starts of
both end in the same lowest minimum. The data, drawn here, are in the file.
"""
import json
from pathlib import Path
import numpy as np, scipy
from scipy.optimize import minimize, nnls

rng = np.random.default_rng(8)


def value(X, lam, W, H, V):
    loss = sum(0.5 * ((x - w @ (H + v)) ** 2).sum() for x, w, v in zip(X, W, V))
    return loss + sum(0.5 * lam * ((w @ v) ** 2).sum() for w, v in zip(W, V)), loss


def solved(A, B): return np.array([nnls(A, b)[0] for b in B.T]).T


def start(X, k, seed):
    r = np.random.default_rng(seed)
    level = np.sqrt(np.mean(np.vstack(X)) / k)
    draw = lambda *shape: level * np.abs(r.normal(size=shape))
    m = X[0].shape[1]
    return [draw(len(x), k) for x in X], draw(k, m), [draw(k, m) / 2 for _ in X]


def by_nnls(X, k, lam, seed):
    _, H, V = start(X, k, seed)
    root = np.sqrt(lam)
    before = np.inf
    for _ in range(6000):
        W = [solved(np.hstack([H + v, root * v]).T, np.hstack([x, 0 * x]).T).T for x, v in zip(X, V)]
        V = [solved(np.vstack([w, root * w]), np.vstack([x - w @ H, 0 * x])) for x, w in zip(X, W)]
        H = solved(np.vstack(W), np.vstack([x - w @ v for x, w, v in zip(X, W, V)]))
        now = value(X, lam, W, H, V)[0]
        if before - now <= 1e-13 * now: break
        before = now
    return now, W, H, V


def by_lbfgs(X, k, lam, seed):
    W, H, V = start(X, k, seed)
    ends = np.cumsum([len(x) for x in X])[:-1]
    m, n = X[0].shape[1], sum(len(x) for x in X)

    def pack(W, H, V): return np.concatenate([F.ravel() for F in (*W, H, *V)])

    def unpack(x):
        W, H, V = np.split(x, [n * k, n * k + k * m])
        return np.split(W.reshape(n, k), ends), H.reshape(k, m), list(V.reshape(len(X), k, m))

    def both(x):
        W, H, V = unpack(x)
        R = [w @ (H + v) - x for x, w, v in zip(X, W, V)]
        gW = [r @ (H + v).T + lam * (w @ v) @ v.T for r, w, v in zip(R, W, V)]
        on = [w.T @ r for r, w in zip(R, W)]
        return value(X, lam, W, H, V)[0], pack(gW, sum(on), [g + lam * w.T @ (w @ v) for g, w, v in zip(on, W, V)])

    x = pack(W, H, V)
    for _ in range(6):  # again from where it ended: its memory of curvature begins anew
        x = minimize(both, x, jac=True, method="L-BFGS-B", bounds=[(0, None)] * x.size,
                     options={"maxiter": 20000, "maxfun": 40000, "maxcor": 40, "ftol": 1e-16, "gtol": 1e-10}).x
    W, H, V = unpack(x)
    return value(X, lam, W, H, V)[0], W, H, V


def case(name, k, lam, starts):
    print(name, k, lam)
    X = data[name]
    runs = {f.__name__: [f(X, k, lam, seed) for seed in range(count)] for f, count in zip((by_nnls, by_lbfgs), starts)}
    best = min((run for found in runs.values() for run in found), key=lambda run: run[0])
    for program, found in runs.items():
        near = sum(run[0] <= best[0] * (1 + 1e-7) for run in found)
        print(f"   {program}: {near} of {len(found)} at the lowest; {min(run[0] for run in found):.15g}")
        assert near >= 2
    _, W, H, V = best
    objective, loss = value(X, lam, W, H, V)
    sets = [{
        "residual": ((x - w @ (H + v)) ** 2).sum() / (x**2).sum(),
        "specific": ((w @ v) ** 2).sum() / ((w @ (H + v)) ** 2).sum(),
        "row": (w[2] @ (H + v)).tolist(), "own": (w[2] @ v).tolist(),
    } for x, w, v in zip(X, W, V)]
    # A new sample of the second data set, and one of a data set that was not there: what is found of either.
    sample = np.maximum(0, X[1][1] + 0.5 * X[1][3] + 0.1 * np.sin(np.arange(len(X[1][0]))))
    root = np.sqrt(lam)
    w = nnls(np.hstack([H + V[1], root * V[1]]).T, np.concatenate([sample, 0 * sample]))[0]
    u = nnls(H.T, sample)[0]
    return {
        "data": name, "options": {"nComponents": k, "alphaV": lam}, "objective": objective, "loss": loss, "sets": sets,
        "sample": sample.tolist(), "second": (w @ (H + V[1])).tolist(), "unseen": (u @ H).tolist(),
    }


def drawn(heights, m, k, own, noise):
    H = rng.random((k, m)) ** 3
    V = [np.where(rng.random((k, m)) < own, rng.random((k, m)), 0) for _ in heights]
    X = [rng.random((n, k)) ** 2 @ (H + v) for n, v in zip(heights, V)]
    return [np.round(np.maximum(0, x + noise * rng.normal(size=x.shape)), 3) for x in X]


data = {"two": drawn((12, 9), 8, 2, 0.3, 0.05), "three": drawn((20, 14, 9), 13, 3, 0.2, 0.08)}
golden = {
    "programs": f"scipy {scipy.__version__}, numpy {np.__version__}",
    "data": {name: [x.tolist() for x in X] for name, X in data.items()},
    "cases": [
        case("two", 2, 5.0, (8, 20)), case("two", 2, 0.5, (8, 20)), case("three", 3, 5.0, (6, 20)),
        case("three", 3, 1.0, (6, 20)), case("three", 2, 50.0, (6, 20)),
    ],
}
Path("test/golden/factorization/integrative.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
