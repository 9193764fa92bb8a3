"""Answers bench/als.mjs, a job a line: alternating least squares of ratings by numpy, the same model from its definition
with starts of its own; fits of the package implicit where it is there; an objective over all cells."""

import gzip
import json
import os
import sys

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
import numpy as np

try:
    import implicit
    import scipy.sparse as sparse
    from implicit.cpu.als import AlternatingLeastSquares

    known = f"implicit {implicit.__version__}"
except ImportError:
    implicit, known = None, "no implicit"


def rows(own, other, count, Y, e, lam):
    """Each row of a factor by its normal equations, lambda times its number of ratings on the diagonal."""
    order = np.argsort(own, kind="stable")
    ends = np.concatenate([[0], np.cumsum(np.bincount(own, minlength=count))])
    k = Y.shape[1]
    A, b = np.zeros((count, k, k)), np.zeros((count, k))
    for u in range(count):
        at = order[ends[u] : ends[u + 1]]
        y = Y[other[at]]
        A[u] = y.T @ y + max(lam * len(at), 1e-300) * np.eye(k)
        b[u] = y.T @ e[at]
    empty = np.diff(ends) == 0
    A[empty] = np.eye(k)
    return np.linalg.solve(A, b[:, :, None])[:, :, 0]


def biases(users, items, r, n, m):
    mu, bu, bi = r.mean(), np.zeros(n), np.zeros(m)
    for _ in range(10):
        bi = np.bincount(items, r - mu - bu[users], m) / (np.bincount(items, minlength=m) + 3)
        bu = np.bincount(users, r - mu - bi[items], n) / (np.bincount(users, minlength=n) + 5)
    return mu, bu, bi


def ratings(job):
    read = gzip.open if job["path"].endswith(".gz") else open
    with read(job["path"], "rt") as file:
        fields = [line.split("\t") for line in file]
    fields = [f for f in fields if f[0].strip().isdigit()]
    users = np.array([int(f[0]) for f in fields])
    items = np.array([int(f[1]) for f in fields])
    r = np.array([float(f[2]) for f in fields])
    n, m = users.max() + 1, items.max() + 1
    folds = np.array([(p * 2654435761 % 2**32) * 5 // 2**32 for p in range(len(r))])
    found = []
    for fold in range(5):
        train = folds != fold
        u, i, e = users[train], items[train], r[train]
        mu, bu, bi = biases(u, i, e, n, m)
        low, high = e.min(), e.max()
        e = e - mu - bu[u] - bi[i]
        W = np.random.default_rng(fold).normal(size=(n, job["nComponents"]))
        nu, ni = np.bincount(u, minlength=n), np.bincount(i, minlength=m)
        before = np.inf
        for iteration in range(job["maxIter"]):
            H = rows(i, u, m, W, e, job["lambda"])
            W = rows(u, i, n, H, e, job["lambda"])
            left = e - np.einsum("pk,pk->p", W[u], H[i])
            now = left @ left + job["lambda"] * ((nu * (W**2).sum(1)).sum() + (ni * (H**2).sum(1)).sum())
            if iteration > 0 and before - now <= job["tol"] * before:
                break
            before = now
        u, i = users[~train], items[~train]
        guess = np.clip(mu + bu[u] + bi[i] + np.einsum("pk,pk->p", W[u], H[i]), low, high)
        found.append(float(np.sqrt(np.mean((guess - r[~train]) ** 2))))
    return {"rmse": found}


def matrix(job):
    def read(name, kind):
        return np.fromfile(f"{job['folder']}/{name}", kind)

    return sparse.csr_matrix((read("data", "f4"), read("indices", "i4"), read("indptr", "i4")), shape=job["shape"])


def objective(X, W, H, alpha, lam):
    """Half the weighted squares over all cells and the penalties, by the Gram matrices: in f64."""
    W, H = W.astype("f8"), H.astype("f8")
    users = np.repeat(np.arange(X.shape[0]), np.diff(X.indptr))
    total = np.sum((W.T @ W) * (H.T @ H))
    for first in range(0, X.nnz, 1 << 18):
        at = slice(first, first + (1 << 18))
        s = np.einsum("pk,pk->p", W[users[at]], H[X.indices[at]])
        c = alpha * X.data[at].astype("f8")
        total += np.sum(c * (1 - s) ** 2 - s**2)
    return float(0.5 * total + 0.5 * lam * ((W**2).sum() + (H**2).sum()))


def feedback(job):
    if implicit is None:
        return {"missing": True}
    X = matrix(job)
    model = AlternatingLeastSquares(
        factors=job["k"],
        regularization=job["lambda"],
        alpha=job["alpha"],
        dtype=np.float32,
        use_native=True,
        use_cg=job["solver"] == "cg",
        iterations=job["iterations"],
        num_threads=1,
        random_state=job["seed"],
    )
    curve, seconds = [], [0.0]

    def told(_iteration, elapsed, *_more):
        seconds[0] += elapsed
        value = objective(X, model.user_factors, model.item_factors, job["alpha"], job["lambda"])
        curve.append([value, seconds[0]])

    model.fit(X, show_progress=False, callback=told)
    return {"curve": curve}


def value(job):
    n, m = job["shape"]
    W = np.fromfile(f"{job['folder']}/W", "f4").reshape(n, job["k"])
    H = np.fromfile(f"{job['folder']}/H", "f4").reshape(job["k"], m).T
    return {"objective": objective(matrix(job), W, H, job["alpha"], job["lambda"])}


print(json.dumps({"peer": f"numpy {np.__version__}, {known}"}), flush=True)
for line in sys.stdin:
    job = json.loads(line)
    answer = {"ratings": ratings, "implicit": feedback, "objective": value}[job["kind"]](job)
    print(json.dumps(answer), flush=True)
