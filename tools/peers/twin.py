"""One run of ours, trained again by plain PyTorch: the same tokens in the same order, the same recipe, another implementation (docs/benchmarks.md).

    lab export SWEEP runs.jsonl.gz
    python3 tools/peers/twin.py runs.jsonl.gz                     # lists the runs of the file
    python3 tools/peers/twin.py runs.jsonl.gz RUN --state .lab    # trains one: three times, each from weights of its own

What is shared with ours is written down here once more, not called: the format of token files, the order of the windows, batches, schedule, model,
clipping; the optimizer is torch.optim.AdamW. Weights begin by the same distributions with other random numbers, so that final losses should agree within the
noise of seeds; --same-start draws them as ours are drawn, and then whole curves should agree. Needs PyTorch (1.13 on a CPU, 2.x on a GPU) and NumPy.
Each point of our curve is printed as CSV with ours beside it; the last lines are a summary and the same as JSON.
"""
import argparse
import gzip
import json
import math
import pathlib
import statistics
import sys
import time

import numpy
import torch
import torch.nn.functional as F

MASK = (1 << 64) - 1
SHAPE = dict(norm="rms", normPlacement="pre", headsPerGroup=1, qkNorm=False, biases=False, logitSoftCap=0, distinctLayers=0, embeddingWidth=0)
RECIPE = dict(warmupSteps=None, cooldownFraction=0.2, cooldown="linear", cycle=1, batchWarmupFraction=0, zLoss=0, embeddingStd=None, embeddingRate=1,
              headRate=1, vectorRate=1)
MADE = dict(norm=["rms"], normPlacement=["pre"], biases=[False], logitSoftCap=[0], distinctLayers=[0], embeddingWidth=[0], positions=["rotary"],
            mlp=["gelu", "relu2", "swiglu"], batchWarmupFraction=[0], optimizer=["adamw"], schedule=["cosine", "linear", "wsd", "constant"])


def read_runs(file):
    """The runs of a file of `lab export`, by id, with the defaults that its JSON leaves out."""
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        runs = {run["run"]: run for run in list(map(json.loads, lines))[1:]}
    for run in runs.values():
        spec = run["spec"]
        spec["shape"], spec["recipe"] = {**SHAPE, **spec["shape"]}, {**RECIPE, **spec["recipe"]}
    return runs


# The order of the data: WindowOrder of src/ScalingLab.Data, a Feistel network walked along its cycle.

def mix(a, b):
    m = (a + (b + 1) * 0x9E3779B97F4A7C15) & MASK
    m = ((m ^ (m >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    m = ((m ^ (m >> 27)) * 0x94D049BB133111EB) & MASK
    return m ^ (m >> 31)


def window_at(index, windows, seed):
    """The window of the index-th visit: within an epoch each of 0 .. windows - 1 once, each epoch in another order."""
    epoch, value = divmod(index, windows)
    key = mix(seed & MASK, epoch)
    half = (max(1, (windows - 1).bit_length()) + 1) // 2
    low = (1 << half) - 1
    while True:
        left, right = value >> half, value & low
        for turn in range(6):
            left, right = right, left ^ (mix(mix(key, turn), right) & low)
        value = (left << half) | right
        if value < windows:
            return value


class Shard:
    """A token file: a header of 192 bytes, then numbers of 2 or 4 bytes. Window w is tokens w T .. w T + T."""

    def __init__(self, file, data, context):
        head = file.read_bytes()[:192]
        width, (tokens,) = int.from_bytes(head[12:16], "little"), numpy.frombuffer(head[24:32], "<i8")
        if head[:8] != b"SLTOKENS" or head[40:72].hex() != data["tokenizerHash"] or head[72:104].hex() != data["corpusHash"]:
            raise SystemExit(f"{file} holds another text than the run's")
        self.tokens = numpy.memmap(file, {2: "<u2", 4: "<u4"}[width], "r", 192, (int(tokens),))
        self.context, self.windows = context, (int(tokens) - 1) // context

    def read(self, windows, device):
        """Inputs, int64 [windows, T], and targets, [windows x T]."""
        rows = numpy.stack([self.tokens[w * self.context:(w + 1) * self.context + 1] for w in windows]).astype(numpy.int64)
        rows = torch.from_numpy(rows).to(device)
        return rows[:, :-1], rows[:, 1:].reshape(-1)


def prepared(state, data):
    """The folder of the prepared text in a state folder (or that folder itself)."""
    for file in [state / "data.json", *sorted(state.glob("data/*/data.json"))]:
        if file.exists():
            held, found = json.loads(file.read_text())["heldOutFraction"], json.loads(file.read_text())["data"]
            if (found["corpusHash"], found["tokenizerHash"], held) == (data["corpusHash"], data["tokenizerHash"], data.get("heldOut", 0.05)):
                return file.parent
    raise SystemExit(f"{state} has no prepared text of the run: 'lab queue GRID' prepares it")


# The model: a dictionary of weights and a function.

def parameters(shape, recipe):
    """Name, size, standard deviation (None: ones) and learning-rate multiple of each tensor: matrices, then vectors."""
    d, v, layers, h, gated = shape["width"], shape["vocabulary"], shape["layers"], shape["width"] // shape["heads"], shape["mlp"] == "swiglu"
    pairs, hidden = d // shape["headsPerGroup"], 8 * math.ceil(8 * d // 3 / 8) if gated else 4 * d
    tied, out = shape["head"] == "tied", (2 * layers) ** -0.5  # what writes into the stream begins smaller (GPT-2)
    std = (d**-0.5 if tied else 1) if recipe["embeddingStd"] is None else recipe["embeddingStd"]
    matrices, vectors = [("embedding", (v, d), std, recipe["embeddingRate"])], []
    for i in range(layers):
        b = f"{i}."
        matrices += [(b + "qkv", (d + 2 * pairs, d), d**-0.5, 1), (b + "out", (d, d), out * d**-0.5, 1),
                     (b + "up", (hidden * (1 + gated), d), d**-0.5, 1), (b + "down", (d, hidden), out * hidden**-0.5, 1)]
        vectors += [(b + "norm1", (d,)), *([(b + "q_norm", (h,)), (b + "k_norm", (h,))] if shape["qkNorm"] else []), (b + "norm2", (d,))]
    if not tied:
        matrices.append(("head", (v, d), 0, recipe["headRate"]))
    return matrices + [(name, size, None, recipe["vectorRate"]) for name, size in [*vectors, ("norm", (d,))]]


def draw(table, seed, same_start):
    """Weights, fp32 on the CPU: with one generator for all, as ours are drawn, or one for each tensor."""
    generator, weights = torch.Generator().manual_seed(seed & MASK), {}
    for number, (name, size, std, _) in enumerate(table):
        if not same_start:
            generator.manual_seed(mix(seed, number) >> 1)
        w = torch.ones(size) if std is None else torch.zeros(size)
        weights[name] = w.normal_(0, std, generator=generator) if std else w
    return weights


def rms_norm(x, gain):
    wide = x.float()
    return (wide * torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + 1e-6)).to(x.dtype) * gain.to(x.dtype)


def rotate(x, cos, sin):
    a, b = x.float().chunk(2, -1)
    return torch.cat((a * cos - b * sin, a * sin + b * cos), -1).to(x.dtype)


def attention(q, k, v):
    if hasattr(F, "scaled_dot_product_attention"):
        return F.scaled_dot_product_attention(q, k, v, is_causal=True)
    later = torch.ones(q.shape[-2], q.shape[-2], dtype=torch.bool).triu(1)
    scores = (q @ k.transpose(-2, -1)).float() / math.sqrt(q.shape[-1])
    return torch.softmax(scores.masked_fill(later, -math.inf), -1).to(v.dtype) @ v


ACTIVATIONS = dict(gelu=F.gelu, relu2=lambda y: F.relu(y).square(), swiglu=lambda y: F.silu(y.chunk(2, -1)[0]) * y.chunk(2, -1)[1])


def loss_of(w, shape, turn, inputs, targets, z_loss=0.0):
    """The mean loss that is trained on, and the one that is reported, nats/token."""
    (batch, tokens), heads, group, d = inputs.shape, shape["heads"], shape["headsPerGroup"], shape["width"]
    x = F.embedding(inputs, w["embedding"])
    for i in range(shape["layers"]):
        b = f"{i}."
        parts = F.linear(rms_norm(x, w[b + "norm1"]), w[b + "qkv"]).view(batch, tokens, -1, d // heads).transpose(1, 2)
        q, k, v = parts.split([heads, heads // group, heads // group], 1)
        if shape["qkNorm"]:
            q, k = rms_norm(q, w[b + "q_norm"]), rms_norm(k, w[b + "k_norm"])
        q, k, v = rotate(q, *turn), rotate(k, *turn).repeat_interleave(group, 1), v.repeat_interleave(group, 1)
        x = x + F.linear(attention(q, k, v).transpose(1, 2).reshape(batch, tokens, d), w[b + "out"])
        y = F.linear(rms_norm(x, w[b + "norm2"]), w[b + "up"])
        x = x + F.linear(ACTIVATIONS[shape["mlp"]](y), w[b + "down"])
    logits = F.linear(rms_norm(x, w["norm"]), w.get("head", w["embedding"])).view(-1, shape["vocabulary"]).float()
    reported = F.cross_entropy(logits, targets)
    return (reported + z_loss * torch.logsumexp(logits, -1).square().mean() if z_loss else reported), reported


def learning_rate(recipe, step, steps):
    """Of a step, from 0."""
    most, final = recipe["learningRateMax"], recipe["learningRateFinalFraction"]
    warmup = recipe["warmupSteps"] if recipe["warmupSteps"] is not None else round(recipe["warmupFraction"] * steps)
    if step < warmup:
        return most * (step + 1) / warmup
    progress = (step + 1 - warmup) / (recipe["cycle"] * steps - warmup)
    if recipe["schedule"] == "wsd":
        start = max(warmup, steps - round(recipe["cooldownFraction"] * steps))
        progress = max(0.0, (step + 1 - start) / max(1, steps - start))
        share = 1 - (math.sqrt(progress) if recipe["cooldown"] == "sqrt" else progress)
    else:
        share = {"cosine": 0.5 * (1 + math.cos(math.pi * progress)), "linear": 1 - progress, "constant": 1}[recipe["schedule"]]
    return most if recipe["schedule"] == "constant" else most * (final + (1 - final) * share)


class Twin:
    def __init__(self, run, asked, seed):
        self.run, self.spec, self.asked, self.device = run, run["spec"], asked, torch.device(asked.device)
        self.shape, self.recipe, data = self.spec["shape"], self.spec["recipe"], self.spec["data"]
        self.context, self.batch = self.shape["context"], self.recipe["batchSequences"]
        folder = prepared(pathlib.Path(asked.state), data)
        self.train, self.validation = (Shard(folder / f"{part}.tokens", data, self.context) for part in ("train", "validation"))
        self.micro = min(self.batch, asked.micro or max(1, 65536 // self.context))
        self.mode = asked.mode or ("fp32" if self.recipe["precision"] == "fp32" else "bf16")

        table = parameters(self.shape, self.recipe)
        self.master = {n: w.to(self.device).requires_grad_() for n, w in draw(table, seed, asked.same_start).items()}
        # bf16: the model reads a copy, masters and sums of gradients are fp32. autocast: fp32 weights, products in bf16.
        self.weights = {n: w.detach().bfloat16().requires_grad_() for n, w in self.master.items()} if self.mode == "bf16" else self.master
        groups = {}  # decay goes by the rate of the blocks' matrices, and reaches no vector
        for name, _, std, rate in table:
            groups.setdefault((rate, self.recipe["weightDecay"] / rate if std is not None else 0), []).append(self.master[name])
        self.optimizer = torch.optim.AdamW(
            [dict(params=tensors, rate=rate, weight_decay=decay) for (rate, decay), tensors in groups.items()],
            1.0, (self.recipe["beta1"], self.recipe["beta2"]), self.recipe["epsilon"])
        half = self.shape["width"] // self.shape["heads"] // 2
        angles = torch.outer(torch.arange(self.context).double(), 10000.0 ** (-torch.arange(half).double() / half))
        self.turn = [f(angles).float().to(self.device) for f in (torch.cos, torch.sin)]
        self.loss = torch.compile(loss_of) if asked.compile else loss_of

    def forward(self, inputs, targets, z_loss=0.0):
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.mode == "autocast"):
            return self.loss(self.weights, self.shape, self.turn, inputs, targets, z_loss)

    def step(self, step):
        """Loss and norm of the gradient, on the device."""
        loss = torch.zeros((), device=self.device)
        for first in range(0, self.batch, self.micro):
            numbers = range(step * self.batch + first, step * self.batch + min(first + self.micro, self.batch))
            inputs, targets = self.train.read([window_at(i, self.train.windows, self.spec["seed"]) for i in numbers], self.device)
            trained, reported = self.forward(inputs, targets, self.recipe["zLoss"])
            share = len(numbers) / self.batch
            (trained * share).backward()
            loss += reported.detach() * share
            if self.weights is not self.master:
                for name, w in self.weights.items():
                    master = self.master[name]
                    master.grad = w.grad.float() if master.grad is None else master.grad.add_(w.grad)
                    w.grad = None
        with torch.no_grad():
            norm = torch.stack([w.grad.double().square().sum() for w in self.master.values()]).sum().sqrt()
            if self.recipe["gradientClip"]:
                for w in self.master.values():
                    w.grad.mul_((self.recipe["gradientClip"] / norm).clamp(max=1).float())
            for group in self.optimizer.param_groups:
                group["lr"] = learning_rate(self.recipe, step, self.spec["steps"]) * group["rate"]
            self.optimizer.step()
            self.optimizer.zero_grad(set_to_none=True)
            if self.weights is not self.master:
                for name, w in self.weights.items():
                    w.copy_(self.master[name])
        return loss, norm

    @torch.no_grad()
    def evaluate(self):
        count = min(max(1, self.recipe["evaluationTokens"] // self.context), self.validation.windows)
        total = 0.0
        for first in range(0, count, self.micro):
            part = range(first, min(first + self.micro, count))
            total += self.forward(*self.validation.read(part, self.device))[1].item() * len(part)
        return total / count

    def fit(self, seed):
        """Trains to the end, printing a line at each point of our curve; the last validation loss."""
        points, losses, begun, last = {p["step"]: p for p in self.run["points"]}, [], time.time(), math.nan
        for step in range(1, self.spec["steps"] + 1):
            loss, norm = self.step(step - 1)
            losses.append(loss)
            if step not in points:
                continue
            ours, mean, losses = points[step], torch.stack(losses).mean().item(), []
            valid = self.evaluate() if ours.get("lossValidation") is not None else None
            last = valid or last
            cells = [seed, step, ours["tokens"], mean, ours.get("lossTrain"), valid, ours.get("lossValidation"), norm.item(), ours.get("gradientNorm")]
            print(",".join("" if c is None else f"{c:.9g}" for c in cells), flush=True)
        print(f"seed {seed}: {self.spec['steps'] * self.batch * self.context / (time.time() - begun):,.0f} tokens/s with evaluations", file=sys.stderr)
        return last


def main(asked):
    runs = read_runs(asked.file)
    if asked.run is None:
        for name, spec, loss in ((name, run["spec"], run["result"]["lossValidation"]) for name, run in runs.items()):
            shape, recipe = spec["shape"], spec["recipe"]
            tokens = spec["steps"] * recipe["batchSequences"] * shape["context"]
            print(f"{name} {shape['layers']}x{shape['width']} {shape['head']} {recipe['precision']} seed {spec['seed']}: {tokens:,} tokens, loss {loss:.4f}")
        return
    if asked.run not in runs:
        raise SystemExit(f"{asked.file} has no run {asked.run}; without one its runs are listed")
    run, spec = runs[asked.run], runs[asked.run]["spec"]
    fields = {**spec["shape"], **spec["recipe"]}
    if other := [f"{name} {fields[name]}" for name, values in MADE.items() if fields[name] not in values] + [
            f"data.{name}" for name in ("sources", "uniqueTokens") if spec["data"].get(name) is not None]:
        raise SystemExit(f"this program does not make: {', '.join(other)}")
    print("seed,step,tokens,loss_train,ours_loss_train,loss_validation,ours_loss_validation,gradient_norm,ours_gradient_norm")
    seeds = [spec["seed"]] if asked.same_start else asked.seeds
    losses = [Twin(run, asked, seed).fit(seed) for seed in seeds]
    siblings = {r["spec"]["seed"]: r["result"]["lossValidation"] for r in runs.values() if {**r["spec"], "seed": 0} == {**spec, "seed": 0}}
    print(f"ours: {run['result']['lossValidation']:.4f}" + (f" (by seed: {siblings})" if len(siblings) > 1 else ""))
    print(f"PyTorch {torch.__version__}: {statistics.mean(losses):.4f}" + (f", standard deviation {statistics.stdev(losses):.4f}" if len(losses) > 1 else ""))
    print(json.dumps({"run": asked.run, "ours": run["result"]["lossValidation"], "oursBySeed": siblings, "twin": dict(zip(seeds, losses))}))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", help="what 'lab export' wrote")
    parser.add_argument("run", nargs="?", help="the run's id; without one the file's runs are listed")
    parser.add_argument("--state", default=".lab", help="the state folder with the prepared text, or the folder of that text")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3], help="of the weights that training begins with; the order of the data stays ours")
    parser.add_argument("--same-start", action="store_true", help="begin with the very weights that ours began with")
    parser.add_argument("--mode", choices=["fp32", "bf16", "autocast"], help="unless given as ours: fp32, or bf16 weights and activations with fp32 masters")
    parser.add_argument("--micro", type=int, help="sequences in one pass; 65,536 tokens unless given")
    parser.add_argument("--compile", action="store_true", help="torch.compile")
    main(parser.parse_args())
