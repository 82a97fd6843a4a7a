"""Twenty steps of a tiny decoder by independent code: losses, gradient norms and learning rates for the parity tests of optimizers and schedules.

python3 tests/parity/optimizers.py > tests/ScalingLab.Training.Tests/parity/optimizers.json

Needs PyTorch 1.13 or later (Debian: python3-torch); tests and product do not. Everything is float64. AdamW and SGD are torch.optim's, the other
updates are written out from the papers; weights and tokens are formulas of an index, so that nothing but this file and the test says them.
"""

import json
import math

import torch

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)

LAYERS, WIDTH, HEADS, VOCABULARY, CONTEXT, HIDDEN, BATCH, STEPS = 2, 16, 2, 61, 12, 48, 4, 20
EPS = 1e-6

MATRICES = [("embedding", VOCABULARY, WIDTH, 1.0)]
VECTORS = []
for layer in range(LAYERS):
    b = f"blocks.{layer}."
    MATRICES += [(b + "attention.qkv", 3 * WIDTH, WIDTH, 0.25), (b + "attention.out", WIDTH, WIDTH, 0.125),
                 (b + "mlp.up", 2 * HIDDEN, WIDTH, 0.25), (b + "mlp.down", WIDTH, HIDDEN, 0.07)]
    VECTORS += [b + "attention.norm", b + "mlp.norm"]
MATRICES += [("head", VOCABULARY, WIDTH, 0.2)]
VECTORS += ["norm"]


def noise(i, turn):
    x = math.sin(turn * (i + 1)) * 43758.5453
    return x - math.floor(x)


def weights():
    made, place = {}, 0
    for name, rows, columns, std in MATRICES:
        values = [(2 * noise(place + i, 12.9898) - 1) * math.sqrt(3) * std for i in range(rows * columns)]
        made[name] = torch.tensor(values).view(rows, columns)
        place += rows * columns
    for name in VECTORS:
        made[name] = torch.tensor([1 + 0.2 * (2 * noise(place + i, 12.9898) - 1) for i in range(WIDTH)])
        place += WIDTH
    # The model begins from 32-bit numbers.
    return {k: v.to(torch.float32).to(torch.float64).requires_grad_() for k, v in made.items()}


def batch(first, sequences):
    """Sequence s of the run is CONTEXT + 1 tokens of its own."""
    rows = [[min(VOCABULARY - 1, int(VOCABULARY * noise(s * (CONTEXT + 1) + t, 78.233) ** 2)) for t in range(CONTEXT + 1)]
            for s in range(first, first + sequences)]
    tokens = torch.tensor(rows)
    return tokens[:, :-1], tokens[:, 1:]


def rms(x, gain):
    return x / torch.sqrt((x * x).mean(-1, keepdim=True) + EPS) * gain


def rotate(x):
    half = x.shape[-1] // 2
    angle = torch.arange(x.shape[-2])[:, None] * 10000.0 ** (-torch.arange(half) / half)
    a, b = x[..., :half], x[..., half:]
    return torch.cat([a * angle.cos() - b * angle.sin(), b * angle.cos() + a * angle.sin()], -1)


def loss_of(w, inputs, targets):
    x = w["embedding"][inputs]
    mask = torch.full((CONTEXT, CONTEXT), -math.inf).triu(1)
    for layer in range(LAYERS):
        b = f"blocks.{layer}."
        q, k, v = (rms(x, w[b + "attention.norm"]) @ w[b + "attention.qkv"].T).split(WIDTH, -1)
        q, k, v = (t.view(*t.shape[:2], HEADS, WIDTH // HEADS).transpose(1, 2) for t in (q, k, v))
        scores = rotate(q) @ rotate(k).transpose(-1, -2) / math.sqrt(WIDTH // HEADS) + mask
        x = x + (scores.softmax(-1) @ v).transpose(1, 2).reshape(x.shape) @ w[b + "attention.out"].T
        gate, up = (rms(x, w[b + "mlp.norm"]) @ w[b + "mlp.up"].T).split(HIDDEN, -1)
        x = x + (torch.nn.functional.silu(gate) * up) @ w[b + "mlp.down"].T
    logits = rms(x, w["norm"]) @ w["head"].T
    return torch.nn.functional.cross_entropy(logits.reshape(-1, VOCABULARY), targets.reshape(-1))


# --- Updates: each takes the weights' gradients as they are (clipped) and changes the weights -----------------------------------


class TorchOptimizer:
    def __init__(self, w, recipe):
        matrices, vectors = [w[m[0]] for m in MATRICES], [w[v] for v in VECTORS]
        self.matrices, self.decay = matrices, recipe["weightDecay"]
        if recipe["optimizer"] == "adamw":
            groups = [dict(params=matrices, weight_decay=self.decay), dict(params=vectors, weight_decay=0.0)]
            self.inner = torch.optim.AdamW(groups, lr=1.0, betas=(recipe["beta1"], recipe["beta2"]), eps=recipe["epsilon"])
            self.decay = 0.0
        else:
            self.inner = torch.optim.SGD(matrices + vectors, lr=1.0, momentum=recipe["beta1"])

    def step(self, rate):
        for p in self.matrices:
            p.data.mul_(1 - rate * self.decay)  # SGD's own decay is not decoupled
        for group in self.inner.param_groups:
            group["lr"] = rate
        self.inner.step()


class Written:
    """The weights cut into the matrices and vectors that the papers speak of."""

    def __init__(self, w, recipe):
        self.recipe, self.t, self.parts = recipe, 0, []
        for name, rows, _, _ in MATRICES:
            cuts = [WIDTH] * 3 if name.endswith("qkv") else [HIDDEN] * 2 if name.endswith("mlp.up") else [rows]
            start = 0
            for cut in cuts:
                self.parts.append((w[name], slice(start, start + cut), name.startswith("blocks."), recipe["weightDecay"]))
                start += cut
        self.parts += [(w[name], slice(0, WIDTH), False, 0.0) for name in VECTORS]
        self.state = [(torch.zeros_like(p[cut]), torch.zeros_like(p[cut])) for p, cut, _, _ in self.parts]

    def step(self, rate):
        self.t += 1
        with torch.no_grad():
            for i, (p, cut, hidden, decay) in enumerate(self.parts):
                self.state[i] = self.update(p[cut], p.grad[cut].clone(), *self.state[i], rate, decay, hidden)

    def adam(self, g, m, v, beta1, beta2):
        m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g * g
        return m, v, (m / (1 - beta1 ** self.t)) / (torch.sqrt(v / (1 - beta2 ** self.t)) + self.recipe["epsilon"])


class Lion(Written):
    def update(self, w, g, m, v, rate, decay, hidden):
        beta1, beta2 = self.recipe["beta1"], self.recipe["beta2"]
        c = beta1 * m + (1 - beta1) * g
        w -= rate * (torch.sign(c) + decay * w)
        return beta2 * m + (1 - beta2) * g, v


class Lamb(Written):
    def update(self, w, g, m, v, rate, decay, hidden):
        m, v, r = self.adam(g, m, v, self.recipe["beta1"], self.recipe["beta2"])
        u = r + decay * w
        ratio = float(torch.linalg.norm(w)) / float(torch.linalg.norm(u))
        w -= rate * ratio * u
        return m, v


class Muon(Written):
    def update(self, w, g, m, v, rate, decay, hidden):
        if not hidden:
            m, v, r = self.adam(g, m, v, 0.9, self.recipe["beta2"])
            w -= rate * (r + decay * w)
            return m, v
        mu = self.recipe["beta1"]
        m = mu * m + g
        x = g + mu * m
        x = x / (torch.linalg.norm(x) + 1e-7)
        flip = x.shape[0] > x.shape[1]
        x = x.T if flip else x
        for _ in range(5):
            a = x @ x.T
            x = 3.4445 * x + (-4.7750 * a + 2.0315 * a @ a) @ x
        x = x.T if flip else x
        w -= rate * (0.2 * math.sqrt(max(w.shape)) * x + decay * w)
        return m, v


# --- Schedules, with n = steps done, counted from 1 ------------------------------------------------------------------------------


def rate_of(recipe, n):
    peak, final, kind = recipe["learningRateMax"], recipe["finalFraction"], recipe["schedule"]
    warmup = recipe["warmupSteps"]
    if n <= warmup:
        return peak * n / warmup
    cycle = recipe.get("cycle", 1) * STEPS
    if kind == "cosine":
        return peak * final + peak * (1 - final) / 2 * (1 + math.cos(math.pi * (n - warmup) / (cycle - warmup)))
    if kind == "linear":
        return peak + (peak * final - peak) * (n - warmup) / (cycle - warmup)
    if kind == "wsd":
        cooldown = round(recipe["cooldownFraction"] * STEPS)
        p = max(0, n - (STEPS - cooldown)) / cooldown
        return peak * (final + (1 - final) * (1 - (p if recipe["cooldown"] == "linear" else math.sqrt(p))))
    if kind == "inverse-sqrt":
        return peak * math.sqrt(warmup / n)
    return peak


def sequences_of(recipe, step):
    grows = round(recipe.get("batchWarmupFraction", 0) * STEPS)
    if step >= grows:
        return BATCH
    start = recipe["batchWarmupStart"]
    return max(1, round(BATCH * (start + (1 - start) * step / grows)))


def train(recipe):
    w = weights()
    made = dict(lion=Lion, lamb=Lamb, muon=Muon).get(recipe["optimizer"], TorchOptimizer)(w, recipe)
    losses, norms, rates, first = [], [], [], 0
    for step in range(STEPS):
        sequences = sequences_of(recipe, step)
        for p in w.values():
            p.grad = None
        loss = loss_of(w, *batch(first, sequences))
        loss.backward()
        norm = math.sqrt(sum(float((p.grad ** 2).sum()) for p in w.values()))
        for p in w.values():
            p.grad *= min(1.0, recipe["gradientClip"] / norm)
        rate = rate_of(recipe, step + 1)
        made.step(rate)
        losses.append(loss.item())
        norms.append(norm)
        rates.append(rate)
        first += sequences
    return dict(recipe=recipe, losses=losses, gradientNorms=norms, learningRates=rates)


def recipe(optimizer="adamw", schedule="cosine", **change):
    usual = dict(adamw=(0.01, 0.9, 0.95, 0.1), lion=(0.002, 0.9, 0.99, 0.5), lamb=(0.02, 0.9, 0.999, 0.01), muon=(0.01, 0.95, 0.95, 0.1),
                 sgd=(0.2, 0.9, 0.0, 0.01))[optimizer]
    made = dict(optimizer=optimizer, schedule=schedule, learningRateMax=usual[0], beta1=usual[1], beta2=usual[2], weightDecay=usual[3],
                epsilon=1e-6 if optimizer == "lamb" else 1e-8, gradientClip=0.5, finalFraction=0.1, warmupSteps=3)
    made.update(change)
    return made


CASES = {
    "adamw": recipe(),
    "lion": recipe("lion"),
    "lamb": recipe("lamb"),
    "muon": recipe("muon"),
    "sgd": recipe("sgd"),
    "cosine twice as long as the run": recipe(cycle=2),
    "linear": recipe(schedule="linear", finalFraction=0.0),
    "wsd, linear": recipe(schedule="wsd", cooldownFraction=0.4, cooldown="linear", finalFraction=0.0),
    "wsd, square root": recipe(schedule="wsd", cooldownFraction=0.4, cooldown="sqrt", finalFraction=0.05),
    "constant": recipe(schedule="constant"),
    "inverse square root": recipe(schedule="inverse-sqrt"),
    "growing batch": recipe(batchWarmupFraction=0.5, batchWarmupStart=0.25),
}

if __name__ == "__main__":
    print(json.dumps({name: train(one) for name, one in CASES.items()}, indent=1))
