"""Writes tests/ScalingLab.Training.Tests/parity/architecture.json: 20 steps of AdamW for every kind of architecture, by reference_model.py in float64.

    /usr/bin/python3 tests/parity/reference.py

needs PyTorch (Debian: python3-torch). ScalingLab itself needs no Python: its tests read the file.
"""

import json
import pathlib

import torch

from reference_model import Model, batch, losses

STEPS = 20
RECIPE = dict(batchSequences=4, learningRateMax=0.003, warmupFraction=0.0, learningRateFinalFraction=1.0, beta1=0.9, beta2=0.95, epsilon=1e-8,
              weightDecay=0.1, gradientClip=1.0)
SHAPE = dict(layers=2, width=24, heads=4, vocabulary=29, context=16)

CASES = {
    "rotary": {},
    "learned": dict(positions="learned"),
    "sinusoidal": dict(positions="sinusoidal"),
    "sinusoidal, tied": dict(positions="sinusoidal", head="tied"),
    "alibi": dict(positions="alibi"),
    "alibi, six heads": dict(positions="alibi", heads=6),
    "no positions": dict(positions="none"),
    "layer norm": dict(norm="layer"),
    "layer norm, biases": dict(norm="layer", biases=True),
    "rms post-norm": dict(normPlacement="post"),
    "layer post-norm, biases": dict(norm="layer", normPlacement="post", biases=True),
    "swiglu": dict(mlp="swiglu"),
    "swiglu, biases": dict(mlp="swiglu", biases=True),
    "squared relu": dict(mlp="relu2"),
    "GELU by tanh": dict(mlp="gelu-tanh"),
    "grouped heads": dict(headsPerGroup=2),
    "one head of keys, alibi": dict(headsPerGroup=4, positions="alibi"),
    "QK-norm": dict(qkNorm=True),
    "QK-norm, grouped heads, biases": dict(qkNorm=True, headsPerGroup=2, biases=True),
    "tied": dict(head="tied"),
    "soft-cap": dict(logitSoftCap=2.0),
    "z-loss": dict(recipe=dict(zLoss=0.01)),
    "soft-cap, z-loss, tied": dict(logitSoftCap=5.0, head="tied", recipe=dict(zLoss=0.01)),
    "one block for all layers": dict(layers=4, distinctLayers=1),
    "two blocks in turn": dict(layers=4, distinctLayers=2),
    "factorised": dict(embeddingWidth=8),
    "factorised, tied, biases, learned": dict(embeddingWidth=8, head="tied", biases=True, positions="learned"),
    "gpt2-small": dict(positions="learned", norm="layer", biases=True, head="tied"),
    "albert-size": dict(positions="learned", norm="layer", biases=True, head="tied", layers=4, distinctLayers=1, embeddingWidth=8),
}


def clip(model, limit):
    """Scales the whole gradient down to a norm of `limit` (0: leaves it); its norm before. PyTorch's own adds 1e-6 to the norm first."""
    gradients = [p.grad for p in model.parameters()]
    norm = torch.sqrt(sum((g * g).sum() for g in gradients))
    if limit and norm > limit:
        for g in gradients:
            g.mul_(limit / norm)
    return norm


def train(case):
    torch.set_num_threads(1)
    recipe, model = case["recipe"], Model(case["shape"])
    matrices = [p for p in model.parameters() if p.dim() >= 2]
    vectors = [p for p in model.parameters() if p.dim() < 2]
    optimizer = torch.optim.AdamW(
        [dict(params=matrices, weight_decay=recipe["weightDecay"]), dict(params=vectors, weight_decay=0.0)],
        lr=recipe["learningRateMax"], betas=(recipe["beta1"], recipe["beta2"]), eps=recipe["epsilon"])
    for step in range(case["steps"]):
        optimizer.zero_grad()
        trained, reported = losses(model, *batch(case, step), recipe.get("zLoss", 0.0))
        trained.backward()
        norm = clip(model, recipe["gradientClip"])
        optimizer.step()
        yield reported.item(), norm.item()


def whole(name, changes):
    shape = {**SHAPE, **{k: v for k, v in changes.items() if k != "recipe"}}
    case = dict(name=name, shape=shape, recipe={**RECIPE, **changes.get("recipe", {})}, steps=STEPS)
    trained = list(train(case))
    return {**case, "losses": [loss for loss, _ in trained], "gradientNorms": [norm for _, norm in trained]}


def write(path, cases):
    """A case a line."""
    lines = ",\n".join(json.dumps(case) for case in cases)
    path.write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    folder = pathlib.Path(__file__).resolve().parent.parent / "ScalingLab.Training.Tests" / "parity"
    write(folder / "architecture.json", [whole(name, changes) for name, changes in CASES.items()])
