"""scikit-learn's TruncatedSVD and PCA for bench/svd.mjs: a job a line on stdin, its result on stdout. One thread."""

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
import json
import sys
import time

import numpy as np
import scipy.sparse as sp
import sklearn
from scipy.sparse.linalg import svds
from sklearn.decomposition import PCA, TruncatedSVD

print(json.dumps({"peer": f"scikit-learn {sklearn.__version__}, numpy {np.__version__}"}), flush=True)
held = None


def load(folder, n, m, kind):
    read = lambda name, dtype: np.fromfile(f"{folder}/{name}", dtype)
    data = read("data", "<f8")
    if kind == "csr":
        return sp.csr_matrix((data, read("indices", "<i4"), read("indptr", "<i4")), (n, m))
    return data.reshape(n, m)


for line in sys.stdin:
    job = json.loads(line)
    if job["do"] == "load":
        held = load(job["folder"], job["n"], job["m"], job["kind"])
        answer = {}
        k = job["k"]
        centred = held - held.mean(axis=0) if job["kind"] == "dense" else held
        reference = svds(centred, k, tol=1e-12)[2]
        np.ascontiguousarray(reference).tofile(f"{job['folder']}/reference")
    else:
        kind = PCA if job["do"] == "pca" else TruncatedSVD
        given = {"random_state": job["seed"], **job["options"]}
        started = [time.perf_counter(), time.process_time()]
        model = kind(job["k"], **given).fit(held)
        answer = {"clock": time.perf_counter() - started[0], "processor": time.process_time() - started[1]}
        np.ascontiguousarray(model.components_).tofile(f"{job['folder']}/theirs")
    print(json.dumps(answer), flush=True)
