"""Kim and Park's features (2007) by NumPy.

  python3 scripts/golden/features.py          writes test/golden/factorization/features.json
  python3 scripts/golden/features.py study    prints how the features depend on the scale of the metagenes

Cases are factors drawn at random, with the scores and features they have once each column of W and its row of H have the
same sum. `leukaemia` is how many features the best of a few fits of examples/all_aml_5000x38.tsv has, by the updates that
R's package NMF calls brunet (uniform starts, samples' side first, until no sample changed its class for 400 iterations).
"""
import json, sys, warnings
from pathlib import Path
import numpy as np, scipy, sklearn
from scipy.stats import median_abs_deviation

SCALES = {
    "as they come": lambda W, H: np.ones(len(H)),
    "balanced": lambda W, H: np.sqrt(W.sum(0) / H.sum(1)),
    "sum 1": lambda W, H: 1 / H.sum(1),
    "length 1": lambda W, H: 1 / np.linalg.norm(H, axis=1),
    "times the sum of W": lambda W, H: W.sum(0),
}


def scores_of(H):
    k = len(H)
    with np.errstate(divide="ignore", invalid="ignore"):
        p = H / H.sum(0)
        return 1 + np.where(p > 0, p * np.log2(p), 0 * p).sum(0) / np.log2(k)


def owners_of(H, scores):
    """For each column the metagene it is a feature of, or -1."""
    known = scores[~np.isnan(scores)]
    least = np.median(known) + 3 * 1.4826 * median_abs_deviation(known)
    with np.errstate(invalid="ignore"):
        return np.where((scores >= least) & (H.max(0) >= np.median(H)), H.argmax(0), -1)


def counts(W, H, scale):
    scaled = H * SCALES[scale](W, H)[:, None]
    owners = owners_of(scaled, scores_of(scaled))
    return [int((owners == q).sum()) for q in range(len(H))]


def case(rng, n, m, k):
    W, H = rng.gamma(0.5, size=(n, k)), rng.gamma(4, size=(k, m)) * rng.gamma(1, size=(k, 1))
    own = rng.integers(0, k, m // 5)  # columns of one metagene alone
    H[:, : m // 5] *= np.where(np.arange(k)[:, None] == own, 5, 0.02)
    H[rng.random((k, m)) < 0.05] = 0
    H[:, -2:] = 0
    scaled = H * SCALES["balanced"](W, H)[:, None]
    scores = scores_of(scaled)
    owners = owners_of(scaled, scores)
    return {
        "k": k, "W": W.ravel().tolist(), "H": H.ravel().tolist(),
        "scores": [None if np.isnan(s) else float(s) for s in scores],
        "features": [sorted(np.flatnonzero(owners == q).tolist(), key=lambda j: (-scores[j], j)) for q in range(k)],
    }


V = np.loadtxt("examples/all_aml_5000x38.tsv", delimiter="\t", skiprows=1, usecols=range(1, 39))


def brunet(k, rng):
    """(loss, loadings 38 x k, metagenes k x 5000); scales are those that the updates end with."""
    (n, m), tiny = V.shape, np.finfo(float).eps
    W, H = rng.random((n, k)) * V.max(), rng.random((k, m)) * V.max()
    last, same = None, 0
    for it in range(1, 2001):
        H *= W.T @ (V / (W @ H)) / W.sum(0)[:, None]
        W *= (V / (W @ H)) @ H.T / H.sum(1)
        if it % 10: continue
        W, H = np.maximum(W, tiny), np.maximum(H, tiny)
        labels = H.argmax(0)
        same = same + 1 if last is not None and (labels == last).all() else 0
        last = labels
        if same > 40: break
    Z = W @ H
    return np.where(V > 0, V * np.log(np.where(V > 0, V, 1) / Z), 0).sum() - V.sum() + Z.sum(), H.T, W.T


def by_size(fit):
    _, W, H = fit
    order = np.argsort(-W.sum(0) * H.sum(1))
    return W[:, order], H[order]


def markers(rng, sizes):
    """800 genes of 3 classes of samples, a quarter of them markers of one: 3, 5 or 8 times as high there. Poisson counts."""
    own = rng.choice(4, 800, p=[0.08, 0.08, 0.08, 0.76])
    H = rng.lognormal(3, 1.2, 800) * rng.lognormal(0, 0.35, (3, 800))
    for q in range(3): H[q, own == q] *= rng.choice([3, 5, 8], (own == q).sum())
    classes = np.repeat([0, 1, 2], sizes)
    shape = (len(classes), 3)
    W = np.where(np.eye(3)[classes] > 0, rng.gamma(8, 1 / 8, shape), 0.25 * rng.gamma(1, 1, shape))
    return rng.poisson(W @ H), H, own


def study():
    from scipy.optimize import linear_sum_assignment
    from sklearn.decomposition import NMF
    from sklearn.metrics import roc_auc_score

    warnings.filterwarnings("ignore")
    print("ALL/AML, 5 fits of a rank: loss / published loss, features as they come; balanced; sum 1; length 1")
    for k, published in ((2, 1.62723e7), (3, 1.38065e7)):
        rng = np.random.default_rng(5)
        for fit in sorted((brunet(k, rng) for _ in range(5)), key=lambda f: f[0]):
            W, H = by_size(fit)
            print(f"  k={k} {fit[0] / published:.6f}", *(counts(W, H, name) for name in list(SCALES)[:4]), sep="  ")
    found = {name: [] for name in SCALES}
    for rep in range(40):
        rng = np.random.default_rng(rep)
        X, truth, own = markers(rng, [[25, 8, 8], [19, 8, 11], [12, 12, 12], [30, 10, 5]][rep % 4])
        fits = [NMF(3, solver="mu", beta_loss=1, init="random", random_state=s, max_iter=400, tol=1e-6) for s in range(3)]
        W, H = min(((f.fit_transform(X), f) for f in fits), key=lambda fit: fit[1].reconstruction_err_)
        H = H.components_
        base = truth.mean(0)
        rows, match = linear_sum_assignment(-np.corrcoef(H / base, truth / base)[:3, 3:])
        for name, scale in SCALES.items():
            scaled = H * scale(W, H)[:, None]
            scores = scores_of(scaled)
            owners = owners_of(scaled, scores)
            owners = np.where(owners >= 0, match[owners], -1)
            hit = (owners >= 0) & (owners == own)
            recall = [hit[own == q].mean() for q in range(3)]
            found[name].append([hit.sum() / max(1, (owners >= 0).sum()), np.mean(recall), min(recall), roc_auc_score(own < 3, scores)])
    print("planted markers, 40 data sets: precision, recall, recall of the worst class, area under the curve of the score")
    for name, rows in found.items():
        print(f"  {name.ljust(20)}", *(f"{v:.3f}" for v in np.mean(rows, 0)))


if sys.argv[1:] == ["study"]:
    study()
else:
    rng = np.random.default_rng(7)
    golden = {
        "programs": f"numpy {np.__version__}, scipy {scipy.__version__}",
        "cases": [case(rng, 12, 50, 2), case(rng, 9, 65, 3), case(rng, 20, 80, 6)],
        "leukaemia": {
            k: counts(*by_size(min((brunet(k, rng) for _ in range(5)), key=lambda fit: fit[0])), "balanced") for k in (2, 3)
        },
    }
    Path("test/golden/factorization/features.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
