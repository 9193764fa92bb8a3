"""The peers' side of bench/integrative.mjs: integrative NMF of the data sets in a folder, on one thread.

Programs: `ANLS` and `HALS` are optimize_ALS and iNMF_HALS of pyliger, where Python has it, as they are; `numpy` is HALS of
this file: two products with X an iteration, the objective from the same sums, and two sweeps over either side, which were
faster than one, three and five.
Reads lines of JSON on stdin: {"folder", "kind": "csr" | "dense", "heights", "m", "k", "lambda", "program", "iterations",
"seed"}; answers each with {"curve": [[objective, seconds], ..]}: half of LIGER's objective after each iteration, and the
time since the call, with what a program itself takes to compute it. {"do": "objective", ..} is that of W, H and V in the
folder."""
import json, os, sys, time
from types import SimpleNamespace

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[name] = "1"
import numpy as np
import scipy.sparse as sp

try:
    from importlib.metadata import version
    from pyliger.factorization import _iNMF_ANLS as anls, _iNMF_HALS as hals

    known = f"pyliger {version('pyliger')}"
except ImportError:
    anls, known = None, "no pyliger"
SWEEPS = int(os.environ.get("LATENS_PEER_SWEEPS", "2"))


def read(job):
    """Each data set's raw arrays: <i>.data, and of a sparse one <i>.indices and <i>.indptr."""
    def part(i, name, dtype): return np.fromfile(f"{job['folder']}/{i}.{name}", dtype)

    for i, n in enumerate(job["heights"]):
        data, shape = part(i, "data", "f8"), (n, job["m"])
        if job["kind"] == "dense": yield data.reshape(shape)
        else: yield sp.csr_matrix((data, part(i, "indices", "i4"), part(i, "indptr", "i4")), shape=shape)


def liger(X):
    """What pyliger's two functions read and write of its object; its class lets HALS set no W."""
    sets = [SimpleNamespace(shape=x.shape, layers={"scale_data": sp.csr_matrix(x)}, obsm={}, varm={}) for x in X]
    return SimpleNamespace(num_samples=len(X), adata_list=sets, var_genes=range(X[0].shape[1]))


def by_anls(X, job):
    curve, given = [], liger(X)
    started = time.perf_counter()

    def watched(steps):  # in the place of its progress bar
        for step in steps:
            yield step
            curve.append([0.5 * float(sys._getframe(1).f_locals["obj0"]), time.perf_counter() - started])

    anls.tqdm = watched
    anls.optimize_ALS(given, job["k"], job["lambda"], thresh=0, max_iters=job["iterations"], rand_seed=1 + job["seed"])
    return curve


def by_hals(X, job):
    curve, given = [], liger(X)
    started = time.perf_counter()

    def told(text):
        if text.startswith("Iter"):
            curve.append([0.5 * float(sys._getframe(1).f_locals["obj_train"]), time.perf_counter() - started])

    hals.print = told
    hals.iNMF_HALS(given, job["k"], job["lambda"], thresh=0, max_iters=job["iterations"], rand_seed=job["seed"])
    return curve


def swept(F, P, G, sweeps):
    """Rows of F (k x n) one after another: each at its least squares given the others, P = G F there."""
    for _ in range(sweeps):
        for q in range(len(G)):
            if G[q, q] > 0: F[q] = np.maximum(0, F[q] + (P[q] - G[q] @ F) / G[q, q])


def by_numpy(X, job):
    started = time.perf_counter()
    r, k, lam, m = np.random.default_rng(job["seed"]), job["k"], job["lambda"], job["m"]
    level = np.sqrt(sum(x.sum() for x in X) / sum(x.shape[0] * m for x in X) / k)
    W = [level * np.abs(r.normal(size=(k, x.shape[0]))) for x in X]
    H = level * np.abs(r.normal(size=(k, m)))
    V = [level / 2 * np.abs(r.normal(size=(k, m))) for _ in X]
    T = [x.T.tocsr() if sp.issparse(x) else x.T for x in X]
    squares = sum(x.multiply(x).sum() if sp.issparse(x) else np.vdot(x, x) for x in X)
    curve = []
    for _ in range(job["iterations"]):
        for i, x in enumerate(X):
            B = H + V[i]
            swept(W[i], np.ascontiguousarray((x @ B.T).T), B @ B.T + lam * V[i] @ V[i].T, SWEEPS)
        P = [np.ascontiguousarray((t @ w.T).T) for t, w in zip(T, W)]
        G = [w @ w.T for w in W]
        for _ in range(SWEEPS):
            swept(H, sum(p - g @ v for p, g, v in zip(P, G, V)), sum(G), 1)
            for p, g, v in zip(P, G, V): swept(v, p - g @ H, (1 + lam) * g, 1)
        value = squares
        for p, g, v in zip(P, G, V):
            B = H + v
            value += np.vdot(g, B @ B.T + lam * v @ v.T) - 2 * np.vdot(p, B)
        curve.append([0.5 * float(value), time.perf_counter() - started])
    return curve


def objective(X, job):
    k, m = job["k"], job["m"]
    W, H, V = (np.fromfile(f"{job['folder']}/{name}", "f8") for name in "WHV")
    W, H, V, at, value = W.reshape(-1, k), H.reshape(k, m), V.reshape(-1, k, m), 0, 0
    for x, v in zip(X, V):
        w = W[at : at + x.shape[0]]
        at += x.shape[0]
        value += ((x - w @ (H + v)).view(np.ndarray) ** 2).sum() + job["lambda"] * ((w @ v) ** 2).sum()
    return 0.5 * float(value)


print(json.dumps({"peer": f"{known}, numpy {np.__version__}", "programs": (["ANLS", "HALS"] if anls else []) + ["numpy"]}),
      flush=True)
for line in sys.stdin:
    job = json.loads(line)
    X = list(read(job))
    if job.get("do") == "objective": answer = {"objective": objective(X, job)}
    else: answer = {"curve": {"ANLS": by_anls, "HALS": by_hals, "numpy": by_numpy}[job["program"]](X, job)}
    print(json.dumps(answer), flush=True)
