"""Fits of L = E + A/N^alpha + B/D^beta to 100 to 100,000 rows by `lab fit`, scipy and, where its folder is given, vpnls, in turn.

    /usr/bin/python3 tools/peers/fits.py ./lab [--vpnls FOLDER] [--rows 100 1000 10000 100000] [--repeats 2]

Needs python3 with numpy and scipy (Debian: python3-scipy). FOLDER holds the package vpnls, built. Each fit is a process of its own: processor
seconds of user and system, its start and the reading of the table included, the least of the repeats.

scipy: Huber residuals of ln L (delta 0.001) by L-BFGS-B with an exact gradient, as Hoffmann et al. 2022 and Besiroglu et al. 2024 have it, once
from a start near the truth and once from STARTS drawn ones. vpnls: its search over exponents in steps of 0.01, squares of the loss itself.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile

import numpy as np

LAW = dict(E=1.8172, A=482.01, alpha=0.3478, B=2085.43, beta=0.3658)  # Besiroglu et al. 2024
DELTA, STARTS = 1e-3, 64  # as many as `lab fit` begins from


def write(path, rows):
    """A table of made-up runs: N, D, loss with 0.5 % of noise."""
    draw = np.random.default_rng(1)
    n, d = 10 ** draw.uniform(7, 9.5, rows), 10 ** draw.uniform(8.5, 11, rows)
    loss = LAW["E"] + LAW["A"] / n ** LAW["alpha"] + LAW["B"] / d ** LAW["beta"]
    np.savetxt(path, np.stack([n, d, loss * np.exp(0.005 * draw.standard_normal(rows))], 1), "%.17g", ",", header="N,D,loss", comments="")


def by_scipy(path, starts):
    from scipy.optimize import minimize
    n, d, loss = np.loadtxt(path, delimiter=",", skiprows=1, unpack=True)
    ln, ld, target = np.log(n), np.log(d), np.log(loss)

    def cost(theta):
        """Sum of Huber residuals of ln L and its gradient, in (a, b, e, alpha, beta) of Hoffmann et al. 2022, equation 3."""
        a, b, e, alpha, beta = theta
        terms = np.stack([a - alpha * ln, b - beta * ld, np.full_like(ln, e)])
        top = terms.max(0)
        parts = np.exp(terms - top)
        total = parts.sum(0)
        r = np.log(total) + top - target
        slope = np.clip(r, -DELTA, DELTA)
        parts *= slope / total
        small = np.abs(r) <= DELTA
        value = np.where(small, r * r / 2, DELTA * (np.abs(r) - DELTA / 2)).sum()
        return value, np.array([parts[0].sum(), parts[1].sum(), parts[2].sum(), -(parts[0] * ln).sum(), -(parts[1] * ld).sum()])

    draw = np.random.default_rng(2)
    first = np.array([6.0, 7.5, 0.5, 0.34, 0.36])
    best = None
    for index in range(starts):
        start = first if index == 0 else draw.uniform([0, 0, -1, 0, 0], [25, 25, 1, 2, 2])
        found = minimize(cost, start, jac=True, method="L-BFGS-B", options=dict(maxiter=2000, ftol=1e-14, gtol=1e-12))
        if best is None or found.fun < best.fun: best = found
    return dict(alpha=best.x[3], beta=best.x[4], E=float(np.exp(best.x[2])))


def by_vpnls(path, folder):
    sys.path.insert(0, folder)
    from vpnls.api import fit_vpnls
    n, d, loss = np.loadtxt(path, delimiter=",", skiprows=1, unpack=True)
    found = fit_vpnls(n, d, loss, resolution=0.01)
    return dict(alpha=found.alpha, beta=found.beta, E=found.E)


def timed(command):
    """Processor seconds of a command, and what it printed."""
    before = os.times()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system, done.stdout


def ours(text):
    fit = json.loads(text)["parametric"]
    return {name: fit[name]["value"] if isinstance(fit[name], dict) else fit[name] for name in ("alpha", "beta", "E")}


def main(asked):
    peer = [sys.executable, os.path.abspath(__file__)]
    for rows in asked.rows:
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "runs.csv")
            write(path, rows)
            table = [path, "--n", "N", "--d", "D", "--loss", "loss", "--approach", "parametric", "--bootstrap", "0", "--json", "-"]
            ways = [("lab fit", [asked.lab, "fit", *table]), ("lab fit --method vpnls", [asked.lab, "fit", *table, "--method", "vpnls"]),
                    ("scipy, 1 start", [*peer, "--fit", "scipy", path, "1"])]
            if rows <= 10_000: ways.append((f"scipy, {STARTS} starts", [*peer, "--fit", "scipy", path, str(STARTS)]))
            if asked.vpnls: ways.append(("vpnls", [*peer, "--fit", "vpnls", path, asked.vpnls]))
            least = {}
            for _ in range(asked.repeats):
                for name, command in ways:
                    seconds, text = timed(command)
                    found = ours(text) if name.startswith("lab") else json.loads(text)
                    least[name] = min(least.get(name, (9e9, None)), (seconds, tuple(found[k] for k in ("alpha", "beta", "E"))))
            for name, (seconds, found) in least.items():
                print(f"{rows:>7} rows  {name:<24} {seconds:8.2f} s   alpha {found[0]:.4f}  beta {found[1]:.4f}  E {found[2]:.4f}", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--fit"]:
        _, _, kind, table, more = sys.argv
        print(json.dumps(by_scipy(table, int(more)) if kind == "scipy" else by_vpnls(table, more)))
    else:
        reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
        reader.add_argument("lab")
        reader.add_argument("--vpnls")
        reader.add_argument("--rows", type=int, nargs="+", default=[100, 1000, 10_000, 100_000])
        reader.add_argument("--repeats", type=int, default=2)
        main(reader.parse_args())
