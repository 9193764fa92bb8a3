"""Writes test/golden/factorization/svd.json: singular values of small matrices by numpy's LAPACK, and what scikit-learn
finds of digits and of leukaemia data. python3 scripts/golden/svd.py"""

import json

import numpy as np
import scipy
import sklearn
from sklearn.decomposition import PCA, TruncatedSVD

rng = np.random.default_rng(5)


def low(n, m, r, scale=1.0):
    return rng.standard_normal((n, r)) @ rng.standard_normal((r, m)) * scale


def planted(n, m, values):
    u = np.linalg.qr(rng.standard_normal((n, len(values))))[0]
    v = np.linalg.qr(rng.standard_normal((m, len(values))))[0]
    return u * np.array(values) @ v.T


cases = {
    "random 13 x 7": rng.standard_normal((13, 7)),
    "random 6 x 17": rng.standard_normal((6, 17)),
    "one row": rng.standard_normal((1, 9)),
    "one column": rng.standard_normal((9, 1)),
    "identity of 3": np.eye(3),
    "zero": np.zeros((5, 4)),
    "Hilbert 12": np.array([[1 / (i + j + 1) for j in range(12)] for i in range(12)]),
    "graded rows": rng.standard_normal((16, 10)) * 10.0 ** -np.arange(16)[:, None],
    "graded columns": rng.standard_normal((10, 16)) * 10.0 ** -np.arange(16),
    "rank 3 of 20 x 12": low(20, 12, 3),
    "rank 2 by 1e150": low(9, 14, 2, 1e150),
    "rank 2 by 1e-150": low(14, 9, 2, 1e-150),
    "multiple 5 5 5 1 1": planted(15, 12, [5, 5, 5, 1, 1]),
    "clustered": planted(20, 18, [1 + 1e-9 * i for i in range(6)] + [0.5] * 4),
    "single entries, 8 x 10": np.array([[(i + 1.0) if j == (3 * i) % 7 else 0.0 for j in range(10)] for i in range(8)]),
    "rank 1 of 2 x 4": np.array([[1.0, 2, 3, 4], [2, 4, 6, 8]]),
}


def pca(x, k, **options):
    model = PCA(n_components=k, svd_solver="full", **options).fit(x)
    return {
        "singularValues": model.singular_values_.tolist(),
        "explainedVariance": model.explained_variance_.tolist(),
        "explainedVarianceRatio": model.explained_variance_ratio_.tolist(),
        "noiseVariance": float(model.noise_variance_),
        "score": float(model.score(x)),
        "components": model.components_.tolist(),
    }


digits = np.loadtxt("test/golden/factorization/digits.csv.gz", delimiter=",")[:, :64]  # the last column is the label
aml = np.loadtxt("examples/all_aml_5000x38.tsv", delimiter="\t", skiprows=1, usecols=range(1, 39))
truncated = TruncatedSVD(5, algorithm="arpack").fit(digits)
small = rng.standard_normal((40, 6)) * [3, 2, 1, 1, 0.5, 0.1] + [10, -5, 0, 3, 2, 1]

golden = {
    "source": f"scripts/golden/svd.py, numpy {np.__version__}, scipy {scipy.__version__}, scikit-learn {sklearn.__version__}",
    "matrices": [
        {"name": name, "shape": a.shape, "data": a.ravel().tolist(), "S": np.linalg.svd(a, compute_uv=False).tolist()}
        for name, a in cases.items()
    ],
    "digits": {
        "S": np.linalg.svd(digits, compute_uv=False)[:20].tolist(),
        "truncated": {
            "explainedVariance": truncated.explained_variance_.tolist(),
            "explainedVarianceRatio": truncated.explained_variance_ratio_.tolist(),
        },
        "pca": {name: value for name, value in pca(digits, 10).items() if name != "components"},
    },
    "leukaemia": np.linalg.svd(aml, compute_uv=False)[:4].tolist(),
    "small": {"shape": small.shape, "data": small.ravel().tolist(), "pca": {str(k): pca(small, k) for k in (2, 6)}},
}
with open("test/golden/factorization/svd.json", "w") as file:
    json.dump(golden, file, indent=1)
    file.write("\n")
