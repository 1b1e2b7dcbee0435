"""Reference values of the statistics, computed with SciPy and NumPy (or exactly, with whole numbers).

Not needed to run the tests. To make the files again, here, with Python 3.11 or newer:

    python -m venv venv && venv/bin/pip install scipy==1.17.1 numpy==2.4.6 && venv/bin/python make_references.py

`tables.json` holds pairs of samples as counts on the same ordered cells; the other files hold the values for these pairs,
in their order, or their own inputs beside the values. Non-finite values are the strings "inf", "-inf" and "nan"; null
means that SciPy has no answer (too large for it, or the test does not exist for the input).
"""

import json
import math
import platform
import warnings
from decimal import Decimal, localcontext
from fractions import Fraction
from pathlib import Path

import numpy as np
import scipy
from scipy import spatial, special, stats

HERE = Path(__file__).parent
VERSIONS = {"scipy": scipy.__version__, "numpy": np.__version__, "python": platform.python_version()}


def plain(value):
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, range, np.ndarray)):
        return [plain(item) for item in value]
    if isinstance(value, (np.integer, np.bool_)):
        return value.item()
    if isinstance(value, (float, np.floating)):
        value = float(value)
        if math.isfinite(value):
            return int(value) if value.is_integer() and abs(value) < 1e15 else value
        return str(value)
    return value


def write(name, cases, **more):
    text = json.dumps(plain({"made with": VERSIONS, **more, "cases": cases}), separators=(",", ":"))
    (HERE / f"{name}.json").write_text(text.replace("},{", "},\n{") + "\n")
    print(f"{name}: {len(cases)} cases, {len(text)} bytes")


# --- the pairs of samples ------------------------------------------------------------------------------------------------


def make_tables():
    tables = []

    def add(name, reference, current, positions=None):
        positions = range(len(reference)) if positions is None else positions
        tables.append({"name": name, "reference": reference, "current": current, "positions": positions})

    add("one row each, same value", [1], [1])
    add("one row each, two values", [1, 0], [0, 1])
    add("two rows each, equal", [1, 1], [1, 1])
    add("three rows each", [2, 1], [1, 2])
    add("small", [5, 0, 5], [3, 4, 3])
    add("small, five values", [1, 2, 3, 2, 1], [3, 3, 1, 1, 0], [-2.5, -1, 0, 0.125, 10])
    add("constant, unequal sizes", [100], [50])
    add("constant among empty cells", [0, 100, 0], [0, 30, 0])
    add("constant, moved", [0, 100, 0], [30, 0, 0])
    add("disjoint", [10, 20, 0, 0], [0, 0, 5, 5])
    add("disjoint, interleaved", [10, 0, 20, 0, 5], [0, 7, 0, 7, 0])
    add("disjoint, very unequal", [1000, 0], [0, 7])
    add("empty cells on both sides", [5, 0, 0, 5, 0], [4, 0, 0, 6, 0])
    add("empty cells on either side", [0, 0, 10, 20, 0, 3], [0, 3, 9, 0, 0, 1])
    add("equal shares, unequal sizes", [10, 20, 30], [100, 200, 300])
    add("equal shares, thirds", [1, 1, 1], [700, 700, 700])
    add("two-valued", [900, 100], [50, 50])
    add("two-valued, rare", [999999, 1], [500000, 500000])
    add("two-valued, nearly equal", [500000, 500000], [500001, 499999])
    add("ten bins, one row moved in a million", [100000] * 10, [100001, 99999] + [100000] * 8)
    add("half the rows zero", [500, 50, 60, 70, 80, 90, 50, 50, 50], [50, 5, 6, 7, 8, 19, 1, 2, 2])
    add("ten rows against a hundred thousand", [10000] * 10, [3, 0, 1, 1, 0, 2, 0, 1, 1, 1])
    add("one row against a thousand", [100] * 10, [0, 0, 0, 0, 0, 0, 0, 0, 1, 0])
    add("billions", [10**9, 2 * 10**9, 3 * 10**9], [2 * 10**9, 2 * 10**9, 10**9])
    add("positions far apart", [10, 10, 10], [5, 10, 15], [-1e9, 0, 1e12])
    add("positions close together", [10, 10, 10], [5, 10, 15], [1, 1 + 1e-9, 1 + 2e-9])

    random = np.random.default_rng(20251224)
    normal_bins = stats.norm.cdf(np.linspace(-3, 3, 12))
    for n, m, shift in [(20, 20, 0), (100, 50, 0.5), (300, 100, 0), (500, 500, 0.2), (2000, 500, 0.5), (2000, 100, 1),
                        (20000, 1000, 0.02), (1000000, 1000000, 0.02), (50, 5000, 0.3), (112, 4000, 0.1)]:
        moved = stats.norm.cdf(np.linspace(-3, 3, 12) - shift)
        p = np.diff(np.concatenate([[0], normal_bins, [1]]))
        q = np.diff(np.concatenate([[0], moved, [1]]))
        add(f"normal, {n} and {m} rows, shift {shift}", random.multinomial(n, p), random.multinomial(m, q),
            np.linspace(-3.3, 3, 13))
    for k, n, m in [(3, 40, 30), (5, 100, 1000), (10, 1000, 300), (50, 2000, 500), (50, 300, 300), (200, 20000, 1000),
                    (200, 100, 100), (1000, 20000, 2000), (1000, 500, 300)]:
        shares = random.dirichlet(np.full(k, 2.0))
        add(f"{k} cells, {n} and {m} rows, no drift", random.multinomial(n, shares), random.multinomial(m, shares),
            np.round(np.cumsum(random.exponential(1, k)), 6))
    for k, n, m in [(4, 60, 20), (20, 1000, 1000), (100, 5000, 200)]:
        add(f"{k} cells, {n} and {m} rows, drift", random.multinomial(n, random.dirichlet(np.ones(k))),
            random.multinomial(m, random.dirichlet(np.ones(k))))
    zipf = 1 / np.arange(1, 301) ** 1.2
    for n, m in [(300, 100), (2000, 1000), (20000, 500)]:
        add(f"Zipf, {n} and {m} rows, unseen values", np.append(random.multinomial(n, zipf / zipf.sum()), 0),
            np.append(random.multinomial(m, zipf / zipf.sum()), m // 20))
    return tables


def shares(table):
    p = np.asarray(table["reference"], float)
    q = np.asarray(table["current"], float)
    return p / p.sum(), q / q.sum()


def sizes(table):
    return int(np.sum(table["reference"])), int(np.sum(table["current"]))


def raw(table):
    cells = np.arange(len(table["reference"]))
    return np.repeat(cells, table["reference"]), np.repeat(cells, table["current"])


# --- measures on shares --------------------------------------------------------------------------------------------------


def psi_value(reference, current, floor=1e-4):
    p = np.maximum(np.asarray(reference, float) / np.sum(reference), floor)
    q = np.maximum(np.asarray(current, float) / np.sum(current), floor)
    # scipy.special.rel_entr is x log(x/y).
    return math.fsum(special.rel_entr(p, q)) + math.fsum(special.rel_entr(q, p))


def psi_delta_error(table):
    """The delta method by numerical differentiation of the index along each sample's shares."""
    p, q = shares(table)
    n, m = sizes(table)

    def index(p, q):
        p, q = np.maximum(p, 1e-4), np.maximum(q, 1e-4)
        return math.fsum((q - p) * np.log(q / p))

    def variance(share, gradient):
        return math.fsum(share * gradient**2) - math.fsum(share * gradient) ** 2

    def derivative(f, share):
        gradient = np.zeros(len(share))
        for i in np.flatnonzero(share > 1e-4):
            step = min(1e-5, (share[i] - 1e-4) / 4)
            at = [share + k * step * (np.arange(len(share)) == i) for k in (-2, -1, 1, 2)]
            a, b, c, d = map(f, at)
            gradient[i] = (a - 8 * b + 8 * c - d) / (12 * step)
        return gradient

    first = variance(p, derivative(lambda x: index(x, q), p)) / n + variance(q, derivative(lambda x: index(p, x), q)) / m
    return math.sqrt(max(first, 0))


def joined(table):
    """The rows of the table after joining cells, the contract of chiSquareHomogeneity, written without looking at it."""
    n, m = sizes(table)
    columns = sorted((r + c, i, r, c) for i, (r, c) in enumerate(zip(map(int, table["reference"]), map(int, table["current"]))))
    columns = [column for column in columns if column[0] > 0]
    small = lambda rows: rows * min(n, m) < 5 * (n + m)
    pile = [0, 0]
    rest = []
    for rows, _, r, c in columns:
        if small(rows) or (sum(pile) > 0 and small(sum(pile))):
            pile = [pile[0] + r, pile[1] + c]
        else:
            rest.append((r, c))
    return ([tuple(pile)] if sum(pile) else []) + rest


def chi_square(table):
    cells = joined(table)
    if len(cells) < 2:
        return {"statistic": 0, "degreesOfFreedom": 0, "pValue": 1, "cells": len(cells)}
    result = stats.chi2_contingency(np.array(cells, float).T, correction=False)
    return {"statistic": result.statistic, "degreesOfFreedom": result.dof, "pValue": result.pvalue, "cells": len(cells)}


def g_test(table):
    """G of the joined cells over Williams' q in the form of Sokal & Rohlf 1995, Box 17.6, for an R x C table. G with 50
    digits: SciPy's has an absolute error of 1e-10 for millions of rows."""
    cells = np.array(joined(table), float).T
    if cells.shape[-1] < 2 or cells.ndim < 2:
        return {"statistic": 0, "degreesOfFreedom": 0, "pValue": 1}
    result = stats.chi2_contingency(cells, correction=False, lambda_="log-likelihood")
    total = cells.sum()
    rows, columns = (total * math.fsum(1 / cells.sum(axis=axis)) - 1 for axis in (1, 0))
    ratio = lambda o, row, column: Decimal(int(o)) * Decimal(int(total)) / (Decimal(int(row)) * Decimal(int(column)))
    with localcontext(prec=50):
        likelihood_ratio = float(2 * sum(
            Decimal(int(o)) * ratio(o, row.sum(), cells[:, j].sum()).ln() for row in cells for j, o in enumerate(row) if o > 0
        ))
    assert math.isclose(likelihood_ratio, result.statistic, rel_tol=1e-9, abs_tol=1e-9)
    statistic = likelihood_ratio / (1 + rows * columns / (6 * total * result.dof))
    return {"statistic": statistic, "degreesOfFreedom": result.dof, "pValue": stats.chi2.sf(statistic, result.dof)}


def fisher_twice_the_smaller_tail(x, total, marked, drawn):
    """Exact, with whole numbers; SciPy's hypergeometric distribution where they would be too many."""
    low, high = max(0, drawn - (total - marked)), min(marked, drawn)
    if total > 50000:
        tail = min(stats.hypergeom.cdf(x, total, marked, drawn), stats.hypergeom.sf(x - 1, total, marked, drawn))
        return min(1, 2 * tail)
    term = math.comb(marked, low) * math.comb(total - marked, drawn - low)
    below = above = 0
    for i in range(low, high + 1):
        below += term if i <= x else 0
        above += term if i >= x else 0
        term = term * (marked - i) * (drawn - i) // ((i + 1) * (total - marked - drawn + i + 1))
    return min(1.0, float(Fraction(2 * min(below, above), math.comb(total, drawn))))


def single_cells(table):
    n, m = sizes(table)
    if n + m > 10**7:
        return None
    return min(
        fisher_twice_the_smaller_tail(int(c), n + m, int(r + c), m) for r, c in zip(table["reference"], table["current"])
    )


# --- raw samples that TypeScript makes bit for bit as well ----------------------------------------------------------------


def minimal_standard(seed, count):
    """Park & Miller's generator: the fractions state / (2^31 − 1)."""
    values = np.empty(count)
    for i in range(count):
        seed = seed * 16807 % 2147483647
        values[i] = seed / 2147483647
    return values


SHAPES = {
    "uniform": lambda u: u,
    "skewed": lambda u: u * u * u,
    "heavy-tailed": lambda u: (u - 0.5) / (u * (1 - u)),
    "integer": lambda u: np.floor(u * 20),
    "half zero": lambda u: np.where(u < 0.5, 0, u),
}


def make_samples():
    cases = []
    seed = 48271
    for shape, make in SHAPES.items():
        for n, m, scale, shift in [(1, 1, 1, 0), (3, 7, 1, 0), (50, 50, 1, 0.5), (112, 1000, 1, 0), (1000, 300, 2, 0),
                                   (2000, 2000, 1, 0.05), (20000, 500, 1, 0.1), (5000, 20000, 1, 0.01), (3000, 100, 1, 100)]:
            x = make(minimal_standard(seed, n))
            y = make(minimal_standard(seed + 1009, m)) * scale + shift
            cases.append({
                "shape": shape, "seed": seed, "n": n, "m": m, "scale": scale, "shift": shift,
                "ks": stats.ks_2samp(x, y, method="asymp").statistic,
                "exactPValue": exact_ks(x, y) if n * m <= 500_000 else None,
                "wasserstein": stats.wasserstein_distance(x, y),
                "welch": None if min(n, m) < 2 else stats.ttest_ind(y, x, equal_var=False).statistic,
            })
            seed += 69621
    return cases


def exact_ks(x, y):
    with warnings.catch_warnings():
        # SciPy warns where it falls back to the asymptotic value.
        warnings.simplefilter("error", RuntimeWarning)
        try:
            return stats.ks_2samp(x, y, method="exact").pvalue
        except RuntimeWarning:
            return None


def exact_ks_cases():
    cases = []
    for n, m in [(1, 1), (1, 5), (2, 3), (5, 5), (7, 12), (10, 10), (16, 24), (30, 200), (99, 100), (100, 100), (100, 1000),
                 (112, 997), (333, 333), (400, 700), (500, 999), (1000, 1000), (5000, 5000)]:
        x = np.arange(n) / n
        for shift in (0.02, 0.1, 0.3, 0.7, 1.5):
            y = (np.arange(m) + 0.5) / m + shift
            cases.append([n, m, stats.ks_2samp(x, y, method="asymp").statistic, exact_ks(x, y)])
    return cases


def orders_without_ties():
    random = np.random.default_rng(7)
    cases = []
    for n, m, shift in [(2, 2, 0), (2, 3, 0), (2, 50, 1), (3, 5, 0), (5, 5, 0), (5, 5, 9), (10, 3, 1), (20, 20, 0), (20, 20, 0.5),
                        (30, 100, 0), (30, 100, 0.3), (100, 100, 0), (100, 100, 0.2), (100, 100, 2), (150, 50, 9), (250, 10, 0)] * 3:
        x = random.normal(size=n)
        y = random.normal(size=m) + shift
        result = stats.cramervonmises_2samp(x, y, method="asymptotic")
        order = np.argsort(np.concatenate([x, y]))
        darling = stats.anderson_ksamp([x, y], variant="midrank")
        cases.append(["".join("x" if i < n else "y" for i in order), result.statistic, result.pvalue,
                      darling.statistic, darling.pvalue])
    return cases


def anderson_darling(table):
    n, m = sizes(table)
    distinct = np.count_nonzero(np.asarray(table["reference"]) + np.asarray(table["current"]))
    if distinct < 2 or n + m < 4 or n + m > 10**6 * 3:
        return None
    result = stats.anderson_ksamp(raw(table), variant="midrank")
    return [result.statistic, result.pvalue]


def main():
    warnings.simplefilter("ignore")
    tables = make_tables()
    write("tables", tables)

    def per_table(name, value, **more):
        write(name, [value(table) for table in tables], **more)

    per_table("psi", lambda t: {"value": psi_value(t["reference"], t["current"]), "deltaError": psi_delta_error(t)})
    per_table("total-variation", lambda t: spatial.distance.cityblock(*shares(t)) / 2)
    per_table("l-infinity", lambda t: spatial.distance.chebyshev(*shares(t)))
    per_table("hellinger", lambda t: spatial.distance.euclidean(*map(np.sqrt, shares(t))) / math.sqrt(2))
    per_table("jensen-shannon", lambda t: spatial.distance.jensenshannon(*shares(t), base=2))
    per_table("kullback-leibler", lambda t: math.fsum(special.kl_div(*reversed(shares(t)))))
    per_table("chi-square", chi_square)
    per_table("g-test", g_test)
    per_table("single-cell", single_cells)
    per_table("anderson-darling", anderson_darling)
    per_table("wasserstein", lambda t: stats.wasserstein_distance(t["positions"], t["positions"], t["reference"], t["current"]))
    per_table("kolmogorov-smirnov", lambda t: None if sum(sizes(t)) > 3 * 10**6 else stats.ks_2samp(*raw(t), method="asymp").statistic)
    write("kolmogorov-smirnov-exact", exact_ks_cases(), columns=["n", "m", "d", "p"])
    write("orders", orders_without_ties(), columns=["order of rows", "Cramer-von Mises T", "p", "Anderson-Darling", "p"])
    write("samples", make_samples())

    write("special", {
        "chiSquareSurvival": [[x, df, stats.chi2.sf(x, df)] for df in (1, 2, 3, 9, 10, 50, 333, 1000)
                              for x in (1e-6, 0.1, 1, df / 2, df, 1.5 * df, 3 * df, 100 + df, 600 + df)],
        "normalSurvival": [[z, stats.norm.sf(z)] for z in np.linspace(-10, 37, 48)],
        "normalQuantile": [[p, stats.norm.ppf(p)] for p in np.concatenate([10.0 ** -np.arange(1, 21), np.linspace(0.01, 0.99, 29)])],
        "kolmogorovSurvival": [[x, special.kolmogorov(x)] for x in np.concatenate([np.linspace(0.02, 3, 60), np.arange(4, 19)])],
    })

    random = np.random.default_rng(3)
    families = [random.uniform(size=k) ** e for k in (1, 2, 3, 5, 10, 50, 100) for e in (1, 2, 4, 8, 16, 30)]
    families += [np.zeros(3), np.ones(3), np.full(5, 0.01), np.array([0.01, 0.02, 0.03, 0.04, 0.05])]
    write("benjamini-hochberg", [[p, stats.false_discovery_control(p)] for p in families])

    moments = []
    for _ in range(45):
        n, m = random.integers(2, 10**random.integers(1, 6, 2) + 2)
        mean = random.normal(size=2) * 10.0 ** random.integers(-3, 6)
        deviation = np.abs(random.normal(size=2)) * 10.0 ** random.integers(-3, 6)
        moments.append([n, mean[0], deviation[0] ** 2, m, mean[1], deviation[1] ** 2,
                        stats.ttest_ind_from_stats(mean[1], deviation[1], m, mean[0], deviation[0], n, equal_var=False).statistic])
    write("mean-shift", moments, columns=["n", "mean", "variance", "m", "mean", "variance", "z"])

    spreads = []
    for family in (stats.norm, stats.laplace, stats.t(5), stats.expon, stats.uniform):
        for n, m in [(2, 2), (2, 50), (5, 3), (30, 30), (100, 1000), (1000, 100), (20000, 500), (1000, 10**6), (10**6, 10**6)]:
            # SciPy's own kurtosis is the excess over the normal distribution's.
            kurtosis = 3 + float(family.stats(moments="k"))
            before, now = np.abs(random.normal(size=2)) * 10.0 ** random.integers(-3, 6, 2)
            error = sum((kurtosis - (rows - 3) / (rows - 1)) / rows for rows in (n, m))
            spreads.append([n, before, m, now, kurtosis, (math.log(now) - math.log(before)) / math.sqrt(error)])
    write("variance-shift", spreads, columns=["n", "variance", "m", "variance", "kurtosis", "z"])


main()
