"""Writes test/golden/factorization/implicit.json: what the package implicit (0.7.3, pip install implicit) finds of data
that are a formula of integers. Its Cholesky solver in f64 is run from several starts until its objective stands still;
the objective is computed here from its factors, over all cells. python3 scripts/golden/implicit_als.py"""

import json
import os
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "1"
import implicit
import numpy as np
import scipy.sparse as sparse
from implicit.cpu.als import AlternatingLeastSquares

N, M = 60, 35
A = np.zeros((N, M))
for u in range(N):
    for i in range(M):
        if (3 * u + 5 * i + u * i) % 11 < 3:
            A[u, i] = 1 + (u + 2 * i) % 5
        if (u % 4 == i % 4) and (u * i) % 3 == 0:
            A[u, i] += 3


def objective(c, W, H, lam):
    error = (c > 0) - W @ H.T
    return 0.5 * (np.where(c > 0, c, 1) * error**2).sum() + 0.5 * lam * ((W**2).sum() + (H**2).sum())


found = {"versions": {"implicit": implicit.__version__, "numpy": np.__version__}, "fits": []}
for convention, alpha, k, lam in [("alpha*r", 2.0, 3, 0.5), ("1+alpha*r", 3.0, 4, 2.0)]:
    # implicit takes confidences: the second convention is another matrix.
    c = np.where(A > 0, alpha * A if convention == "alpha*r" else 1 + alpha * A, 0)
    best = np.inf
    for seed in range(20):
        model = AlternatingLeastSquares(
            factors=k,
            regularization=lam,
            alpha=1.0,
            dtype=np.float64,
            use_native=True,
            use_cg=False,
            iterations=1500,
            num_threads=1,
            random_state=seed,
        )
        model.fit(sparse.csr_matrix(c), show_progress=False)
        best = min(best, objective(c, model.user_factors, model.item_factors, lam))
    found["fits"].append(
        {"confidence": convention, "alpha": alpha, "nComponents": k, "lambda": lam, "objective": float(best)}
    )
path = Path(__file__).parents[2] / "test/golden/factorization/implicit.json"
path.write_text(json.dumps(found) + "\n")
print(found)
