"""Trees, cophenetic distances, silhouettes and k-means by SciPy and scikit-learn.

  python3 scripts/golden/consensus.py    writes test/golden/core/consensus.json

Cases hold their distances (condensed), so that nothing has to be drawn again: random ones, whose pairs all differ, and
consensus matrices of noisy clusterings, most of whose pairs are tied.
"""
import json
from pathlib import Path
import numpy as np, scipy, sklearn
from scipy.cluster.hierarchy import cophenet, fcluster, leaves_list, linkage
from scipy.spatial.distance import pdist, squareform
from scipy.stats import median_abs_deviation
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score

rng = np.random.default_rng(20)


def first_seen(labels):
    seen = {}
    return [seen.setdefault(int(label), len(seen)) for label in labels]


def tree_case(name, d, k):
    n = squareform(d).shape[0]
    Z = linkage(d, "average")
    heights = cophenet(Z)
    case = {
        "name": name, "n": n, "k": k, "distances": d.tolist(), "left": Z[:, 0].astype(int).tolist(),
        "right": Z[:, 1].astype(int).tolist(), "height": Z[:, 2].tolist(), "order": leaves_list(Z).tolist(),
        "cophenetic": heights.tolist(),
    }
    if not np.all(d == d[0]): case["correlation"] = float(np.corrcoef(d, heights)[0, 1])
    # fcluster cuts at a height and never parts what was joined at the same one: only where it finds k clusters is its answer
    # the one with the last merges undone.
    labels = fcluster(Z, k, "maxclust")
    if len(set(labels)) == k:
        case["clusters"] = first_seen(labels)
        if 1 < k < n: case["silhouette"] = float(silhouette_score(squareform(d), labels, metric="precomputed"))
    return case


def clusterings(n, k, runs, noise):
    truth = rng.integers(0, k, n)
    return [np.where(rng.random(n) < noise, rng.integers(0, k, n), truth) for _ in range(runs)]


def consensus_case(name, n, k, runs, noise):
    labels = clusterings(n, k, runs, noise)
    C = np.mean([np.equal.outer(l, l) for l in labels], axis=0)
    case = tree_case(name, squareform(1 - C, checks=False), k)
    return case | {
        "labels": [l.tolist() for l in labels], "consensus": squareform(C, checks=False).tolist(),
        "dispersion": float((4 * (C - 0.5) ** 2).mean()),
    }


def blobs(name, n, m, k, spread):
    centres = rng.normal(size=(k, m))
    X = centres[rng.integers(0, k, n)] + spread * rng.normal(size=(n, m))
    fit = KMeans(k, n_init=50, random_state=0, tol=0).fit(X)
    return {"name": name, "k": k, "vectors": X.tolist(), "inertia": float(fit.inertia_), "labels": first_seen(fit.labels_)}


trees = [
    tree_case("random, 40 points", pdist(rng.normal(size=(40, 3))), 5),
    tree_case("random, 7 points", pdist(rng.normal(size=(7, 2))), 3),
    tree_case("two points", np.array([0.25]), 2),
    tree_case("all alike", np.full(10, 0.5), 2),
    tree_case("a line of equal steps", pdist(np.arange(12.0)[:, None]), 4),
    consensus_case("consensus, little noise", 30, 3, 20, 0.05),
    consensus_case("consensus, much noise", 36, 4, 11, 0.4),
    consensus_case("consensus without noise", 15, 3, 4, 0.0),
]
lists = [rng.normal(size=n).tolist() for n in (1, 2, 7, 10)] + [[1.0, 1.0, 1.0, 5.0]]
golden = {
    "programs": f"scipy {scipy.__version__}, scikit-learn {sklearn.__version__}, numpy {np.__version__}",
    "trees": trees,
    "lists": [
        {"values": v, "median": float(np.median(v)), "deviation": 1.4826 * float(median_abs_deviation(v))} for v in lists
    ],
    "kmeans": [
        blobs("apart", 60, 4, 4, 0.1), blobs("touching", 50, 3, 3, 0.5), blobs("one cluster", 20, 5, 1, 1.0),
        blobs("as many as points", 6, 2, 6, 0.7),
    ],
}
Path("test/golden/core/consensus.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
