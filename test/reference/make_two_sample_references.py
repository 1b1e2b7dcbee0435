"""Reference values of the measures of two samples of points, computed with NumPy, SciPy and scikit-learn.

Not needed to run the tests. To make the file again, here, with Python 3.11 or newer:

    python -m venv venv && venv/bin/pip install scipy==1.17.1 numpy==2.4.6 scikit-learn==1.9.1
    venv/bin/python make_two_sample_references.py

`two-samples.json` holds how each pair of samples is made (test/statistics/two-samples.ts makes it again, bit for bit) and
the values for it. Permutations are not referred to anything: their tests are of uniform p-values.
"""

import json
import math
import platform
from pathlib import Path

import numpy as np
import scipy
import sklearn
from scipy.linalg import sqrtm
from scipy.spatial.distance import jensenshannon, pdist
from scipy.stats import entropy, wasserstein_distance
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.preprocessing import StandardScaler

HERE = Path(__file__).parent

CASES = [
    # name, rows of x and y, dimension, and what is done to the samples
    ("two dimensions", 200, 200, 2, {}),
    ("two dimensions, shifted", 200, 150, 2, {"shift": 0.5}),
    ("one dimension, shifted", 80, 120, 1, {"shift": 0.3}),
    ("equal distributions", 300, 300, 8, {}),
    ("equal distributions, 32 dimensions", 400, 300, 32, {}),
    ("shifted, 32 dimensions", 300, 400, 32, {"shift": 0.4}),
    ("far apart: a plane separates them", 150, 200, 5, {"shift": 20}),
    ("scaled", 250, 250, 16, {"scale": 1.5}),
    ("scaled down", 250, 100, 16, {"scale": 0.2}),
    ("shifted and scaled", 200, 300, 10, {"shift": -0.7, "scale": 1.3}),
    ("columns of very different spread", 200, 200, 12, {"decay": 50}),
    ("very unequal sizes", 500, 20, 6, {"shift": 0.5}),
    ("very unequal sizes, the other way", 20, 500, 6, {}),
    ("fewer rows than dimensions", 20, 15, 32, {}),
    ("fewer rows than dimensions, shifted", 12, 25, 32, {"shift": 1}),
    ("rank-deficient", 150, 150, 12, {"rank": 4}),
    ("rank-deficient, shifted", 150, 120, 12, {"rank": 4, "shift": 0.5}),
    ("rank one", 60, 60, 6, {"rank": 1, "shift": 0.2}),
    ("a constant column", 100, 100, 5, {"constant": True}),
    ("a constant column, moved", 100, 100, 5, {"constant": True, "constantShift": 2}),
    ("ties", 200, 200, 3, {"ties": True}),
    ("ties, shifted", 200, 160, 3, {"ties": True, "shift": 0.5}),
    ("duplicates", 140, 70, 4, {"distinct": 7}),
    ("most rows are the same", 60, 60, 4, {"same": 52}),
    ("far from the origin", 200, 200, 8, {"origin": 1e6, "shift": 0.3}),
    ("tiny", 5, 5, 2, {}),
    ("tiny, unequal", 3, 8, 2, {"shift": 1}),
    ("two rows each", 2, 2, 3, {}),
    ("small units", 100, 100, 6, {"unit": 1e-9, "shift": 0.5}),
    ("large units", 100, 100, 6, {"unit": 1e9, "shift": 0.5}),
]


def minimal_standard(seed):
    state = seed
    while True:
        state = state * 16807 % 2147483647
        yield state / 2147483647


def make(rows, dimension, seed, current, how):
    random = minimal_standard(seed)
    out = np.empty((rows, dimension))
    for row in range(rows):
        for column in range(dimension):
            value = next(random) + next(random) + next(random) - 1.5
            if current:
                value = value * how.get("scale", 1)
                if column == 0:
                    value = value + how.get("shift", 0)
            value = value / (1 + column * how.get("decay", 0.1))
            if how.get("ties"):
                value = math.floor(value * 4) / 4
            rank = how.get("rank", dimension)
            if column >= rank:
                value = out[row, column % rank] * 0.5
            if how.get("constant") and column == dimension - 1:
                value = 3.3 + (how.get("constantShift", 0) if current else 0)
            value = (value + how.get("origin", 0)) * how.get("unit", 1)
            out[row, column] = value
        if "distinct" in how and row >= how["distinct"]:
            out[row] = out[row % how["distinct"]]
        if row < how.get("same", 0):
            out[row] = 0.25
    return out


def mmd(x, y):
    pooled = np.vstack([x, y])
    distances = pdist(pooled)
    bandwidth = np.median(distances)
    if bandwidth == 0:
        bandwidth = np.median(distances[distances > 0])
    k = rbf_kernel(pooled, gamma=1 / (2 * bandwidth**2))
    # rbf_kernel takes ‖a‖² + ‖b‖² − 2ab, which cancels far from the origin.
    if np.abs(pooled).max() > 1e3 * bandwidth:
        k = np.exp(-scipy.spatial.distance.squareform(distances) ** 2 / (2 * bandwidth**2))
    n, m = len(x), len(y)
    xx, yy, xy = k[:n, :n], k[n:, n:], k[:n, n:]
    value = (xx.sum() - np.trace(xx)) / (n * (n - 1)) + (yy.sum() - np.trace(yy)) / (m * (m - 1)) - 2 * xy.mean()
    return float(value), float(bandwidth)


def frechet(x, y):
    shift = ((x.mean(axis=0) - y.mean(axis=0)) ** 2).sum()
    a, b = (np.atleast_2d(np.cov(s, rowvar=False)) for s in (x, y))
    # Singular values of the product of the centred samples' R factors: exact also where a covariance is singular.
    r, q = (np.linalg.qr((s - s.mean(axis=0)) / math.sqrt(len(s) - 1), mode="r") for s in (x, y))
    value = float(shift + np.trace(a) + np.trace(b) - 2 * np.linalg.svd(r @ q.T, compute_uv=False).sum())
    if min(np.linalg.matrix_rank(a), np.linalg.matrix_rank(b)) == len(a):
        known = shift + np.trace(a + b - 2 * sqrtm(a @ b).real)
        assert abs(known - value) < 1e-9 * (np.trace(a) + np.trace(b)) + 1e-9 * abs(value), (known, value)
    return max(0.0, value)


def mulberry32(seed):
    state = seed
    while True:
        state = (state + 0x6D2B79F5) & 0xFFFFFFFF
        t = ((state ^ (state >> 15)) * (1 | state)) & 0xFFFFFFFF
        t = (t + (((t ^ (t >> 7)) * (61 | t)) & 0xFFFFFFFF)) & 0xFFFFFFFF ^ t
        yield (t ^ (t >> 14)) / 2**32


def normals(random):
    while True:
        radius = math.sqrt(-2 * math.log(1 - next(random)))
        angle = 2 * math.pi * next(random)
        yield radius * math.cos(angle)
        yield radius * math.sin(angle)


def sliced_wasserstein(x, y, directions=50, seed=1):
    normal = normals(mulberry32(seed))
    distances = []
    for _ in range(directions):
        direction = np.array([next(normal) for _ in range(x.shape[1])])
        direction /= np.linalg.norm(direction)
        distances.append(wasserstein_distance(x @ direction, y @ direction))
    return math.fsum(distances) / directions


def area_under_curve(x, y):
    # scikit-learn takes a column of 3.3 for constant only up to its rounding.
    pooled = np.vstack([x, y])
    constant = np.ptp(pooled, axis=0) == 0
    z = StandardScaler().fit_transform(pooled[:, ~constant])
    labels = np.repeat([0, 1], [len(x), len(y)])
    folds = np.concatenate([np.arange(len(x)), np.arange(len(y))]) % min(5, len(x), len(y))
    ordered = pairs = 0
    for fold in np.unique(folds):
        test = folds == fold
        model = LogisticRegression(C=1, solver="newton-cholesky", tol=1e-14, max_iter=1000).fit(z[~test], labels[~test])
        # Rounded, because equal rows must have equal scores.
        scores = np.round(model.decision_function(z[test]), 9)
        of_fold = labels[test].sum() * (1 - labels[test]).sum()
        ordered += roc_auc_score(labels[test], scores) * of_fold
        pairs += of_fold
    return ordered / pairs


def histograms(x, y):
    bounds = (min(x[:, 0].min(), y[:, 0].min()), max(x[:, 0].max(), y[:, 0].max()))
    p, q = (np.histogram(s[:, 0], bins=50, range=bounds)[0] for s in (x, y))
    return {
        "reference": [int(c) for c in p],
        "current": [int(c) for c in q],
        "kullbackLeibler": float(entropy(q + 0.5, p + 0.5)),
        "jensenShannon": float(jensenshannon(p, q, base=2) ** 2),
    }


def main():
    cases = []
    for index, (name, n, m, dimension, how) in enumerate(CASES):
        seeds = [101 + 2 * index, 100_102 + 2 * index]
        x = make(n, dimension, seeds[0], False, how)
        y = make(m, dimension, seeds[1], True, how)
        value, bandwidth = mmd(x, y)
        cases.append({
            "name": name, "n": n, "m": m, "dimension": dimension, "seeds": seeds, "how": how,
            "checksum": float(math.fsum([*x.ravel(), *y.ravel()])),
            "mmd": value, "bandwidth": bandwidth, "frechet": frechet(x, y),
            "traces": float(x.var(axis=0, ddof=1).sum() + y.var(axis=0, ddof=1).sum()),
            "slicedWasserstein": sliced_wasserstein(x, y), "areaUnderCurve": float(area_under_curve(x, y)),
            "histograms": histograms(x, y),
        })
    versions = {"numpy": np.__version__, "scipy": scipy.__version__, "scikit-learn": sklearn.__version__,
                "python": platform.python_version()}
    text = json.dumps({"made with": versions, "cases": cases}, separators=(",", ":"))
    (HERE / "two-samples.json").write_text(text.replace('},{"name"', '},\n{"name"') + "\n")
    print(f"{len(cases)} cases, {len(text)} bytes")


main()
