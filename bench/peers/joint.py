"""Classifies what bench/joint.mjs found: {fitted, train, test} (rows of W) on stdin, accuracies on stdout."""

import json
import sys

import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


def subtypes(part):
    with open(f"{sys.argv[1]}/breastTCGA_{part}_subtype.tsv") as file:
        return np.array([line.rstrip("\n").split("\t")[1] for line in file][1:])


given = json.load(sys.stdin)
fitted, train, test = (np.array(given[name]) for name in ("fitted", "train", "test"))
known, unseen = subtypes("train"), subtypes("test")
model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=5000))
folds = [StratifiedKFold(5, shuffle=True, random_state=seed) for seed in range(10)]
means = [cross_val_score(model, fitted, known, cv=cv).mean() for cv in folds]
right = [np.mean(model.fit(W, known).predict(test) == unseen) for W in (train, fitted)]
majority = max(np.mean(unseen == name) for name in set(unseen))
print(
    json.dumps(
        {
            "peer": f"scikit-learn {sklearn.__version__}",
            "mean": np.mean(means),
            "low": min(means),
            "high": max(means),
            "alike": right[0],
            "seen": right[1],
            "majority": majority,
        }
    )
)
