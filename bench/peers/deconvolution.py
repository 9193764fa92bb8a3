"""The peer's side of bench/deconvolution.mjs: scikit-learn's NuSVR (libsvm), one thread, as CIBERSORT calls it.

Reads lines of JSON on stdin: {"S": genes x types, "Y": samples, "nu"}; answers {"seconds", "fractions", "chosen"} of the nu with the
smallest error of each sample. Seconds are those of the fits alone."""
import json, os, sys, time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
import numpy as np
import sklearn
from sklearn.svm import NuSVR

print(json.dumps({"peer": f"scikit-learn {sklearn.__version__}, numpy {np.__version__}"}), flush=True)
for line in sys.stdin:
    job = json.loads(line)
    S = np.array(job["S"])
    X = (S - S.mean()) / S.std(ddof=1)
    seconds, fractions, chosen = 0.0, [], []
    for y in job["Y"]:
        y = np.array(y)
        z = (y - y.mean()) / y.std(ddof=1)
        found = []
        for nu in job["nu"]:
            start = time.perf_counter()
            w = NuSVR(kernel="linear", C=1.0, nu=nu, tol=1e-3, cache_size=1000).fit(X, z).coef_[0]
            seconds += time.perf_counter() - start
            w = np.maximum(w, 0)
            w = w / w.sum() if w.sum() > 0 else w
            found.append((np.sqrt(np.mean((X @ w - z) ** 2)), w, nu))
        _, best, nu = min(found, key=lambda each: each[0])
        fractions.append(best.tolist())
        chosen.append(nu)
    print(json.dumps({"seconds": seconds, "fractions": fractions, "chosen": chosen}), flush=True)
