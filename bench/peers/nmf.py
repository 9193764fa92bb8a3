"""The peer's side of bench/nmf.mjs and bench/kl.mjs: scikit-learn's NMF from the same start, on one thread or
LATENS_PEER_THREADS.

Reads lines of JSON on stdin: {"folder", "kind": "csr" | "dense", "iterations", "solver": "cd" (the default, squared
loss) | "mu" (Kullback-Leibler)}; answers each with {"seconds", "loss"} on stdout. The folder holds raw little-endian
arrays and shape.json. {"do": "digits", "folder"} writes the digits there and answers {"shape"},
{"do": "start", "folder", "kind", "init", "seed"} a start of its own."""
import json, os, sys, time, warnings

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = os.environ.get("LATENS_PEER_THREADS", "1")
import numpy as np
import scipy.sparse as sp
import sklearn
from sklearn.decomposition import non_negative_factorization

warnings.filterwarnings("ignore")
print(json.dumps({"peer": f"scikit-learn {sklearn.__version__}, numpy {np.__version__}"}), flush=True)
for line in sys.stdin:
    job = json.loads(line)
    if job.get("do") == "digits":
        from sklearn.datasets import load_digits

        digits = load_digits().data
        digits.astype("<f8").tofile(job["folder"] + "/data")
        print(json.dumps({"shape": digits.shape}), flush=True)
        continue
    shape = json.load(open(job["folder"] + "/shape.json"))
    kind = np.dtype(shape["dtype"])
    n, m, k = shape["n"], shape["m"], shape["k"]
    read = lambda name, dtype=kind: np.fromfile(f"{job['folder']}/{name}", dtype)
    if job["kind"] == "csr":
        X = sp.csr_matrix((read("data"), read("indices", np.int32), read("indptr", np.int32)), shape=(n, m))
        square = float(X.multiply(X).astype(np.float64).sum())
    else:
        X = read("data").reshape(n, m)
        square = float((X.astype(np.float64) ** 2).sum())
    if job.get("do") == "start":
        from sklearn.decomposition._nmf import _initialize_nmf

        for name, factor in zip("WH", _initialize_nmf(X, k, init=job["init"], random_state=job["seed"])):
            np.ascontiguousarray(factor, kind).tofile(f"{job['folder']}/{name}")
        print(json.dumps({}), flush=True)
        continue
    solver = job.get("solver", "cd")
    W, H = read("W").reshape(n, k), read("H").reshape(k, m)
    started = time.perf_counter()
    W, H, _ = non_negative_factorization(
        X,
        W=W.copy(),
        H=H.copy(),
        n_components=k,
        init="custom",
        solver=solver,
        beta_loss="kullback-leibler" if solver == "mu" else "frobenius",
        max_iter=job["iterations"],
        tol=0,
    )
    seconds = time.perf_counter() - started
    W, H = W.astype(np.float64), H.astype(np.float64)
    if solver == "mu":
        rows, columns = X.nonzero()
        x = np.asarray(X[rows, columns]).ravel().astype(np.float64)
        fit = (W[rows] * H.T[columns]).sum(axis=1)
        loss = float((x * np.log(x / fit) - x).sum() + W.sum(axis=0) @ H.sum(axis=1))
        print(json.dumps({"seconds": seconds, "loss": loss}), flush=True)
        continue
    loss = 0.5 * (square - 2 * float(((X @ H.T) * W).sum()) + float(((W.T @ W) * (H @ H.T)).sum()))
    print(json.dumps({"seconds": seconds, "loss": loss}), flush=True)
