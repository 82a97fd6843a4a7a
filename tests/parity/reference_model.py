"""The model that ScalingLab's is compared with: plain PyTorch modules in float64, written from the papers and not from the C# code.

A case is {"name", "shape", "recipe", "steps"}; shape and recipe have the fields of a run's specification, those left out have its defaults.
Every number that a case begins with comes from `unit`, integers mixed and divided by a power of two, so that no file of weights is needed.
"""

import math

import torch
from torch import nn

MASK = (1 << 64) - 1

SHAPE = dict(mlp="gelu", head="untied", positions="rotary", norm="rms", normPlacement="pre", headsPerGroup=1, qkNorm=False, biases=False,
             logitSoftCap=0.0, distinctLayers=0, embeddingWidth=0)


def key_of(text):
    """FNV-1a, 64 bits, of the text's bytes."""
    key = 0xCBF29CE484222325
    for byte in text.encode():
        key = ((key ^ byte) * 0x100000001B3) & MASK
    return key


def unit(key, index):
    """A number in [0, 1) for a key and an index: 53 bits of a 64-bit mix."""
    h = (key + (index + 1) * 0x9E3779B97F4A7C15) & MASK
    h = ((h ^ (h >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    h = ((h ^ (h >> 27)) * 0x94D049BB133111EB) & MASK
    return ((h ^ (h >> 31)) >> 11) / 2.0**53


def initial(name, size):
    """The first values of a tensor, rounded to float32. Matrices: uniform of variance 1 / columns; gains: 1 +- 0.2; biases: +- 0.1."""
    key, count = key_of(name), math.prod(size)
    values = [2 * unit(key, i) - 1 for i in range(count)]
    if name.endswith(".bias"):
        values = [0.1 * v for v in values]
    elif len(size) == 1:
        values = [1 + 0.2 * v for v in values]
    else:
        values = [v * math.sqrt(3 / size[1]) for v in values]
    return torch.tensor(values, dtype=torch.float32).to(torch.float64).reshape(size)


def batch(case, step):
    """Inputs and targets [sequences, context] of a step: counting in strides of 1 to 3 from somewhere, modulo the vocabulary."""
    shape, sequences = case["shape"], case["recipe"]["batchSequences"]
    vocabulary, context = shape["vocabulary"], shape["context"]
    rows = []
    for b in range(step * sequences, (step + 1) * sequences):
        start = int(unit(key_of("start"), b) * vocabulary)
        stride = 1 + int(unit(key_of("stride"), b) * 3)
        rows.append([(start + stride * t) % vocabulary for t in range(context + 1)])
    tokens = torch.tensor(rows)
    return tokens[:, :-1], tokens[:, 1:]


class RmsNorm(nn.Module):
    def __init__(self, width, eps=1e-6):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.eps = eps

    def forward(self, x):
        return x / torch.sqrt(torch.mean(x * x, dim=-1, keepdim=True) + self.eps) * self.weight


class BareLayerNorm(nn.LayerNorm):
    """A layer norm with a gain and no bias."""

    def __init__(self, width):
        super().__init__(width)
        self.bias = None


def norm_of(shape, width):
    if shape["norm"] == "rms":
        return RmsNorm(width)
    return nn.LayerNorm(width) if shape["biases"] else BareLayerNorm(width)


def alibi_slopes(heads):
    """The authors' recursion (github.com/ofirpress/attention_with_linear_biases)."""
    if math.log2(heads).is_integer():
        start = 2 ** (-(2 ** -(math.log2(heads) - 3)))
        return [start * start**i for i in range(heads)]
    closest = 2 ** math.floor(math.log2(heads))
    return alibi_slopes(closest) + alibi_slopes(2 * closest)[0::2][: heads - closest]


def rotate(x):
    """Rotary positions as products of complex numbers: the i-th pair is (x_i, x_(i + h/2)), turned by t / 10000^(2i/h)."""
    tokens, half = x.shape[-2], x.shape[-1] // 2
    angles = torch.outer(torch.arange(tokens, dtype=torch.float64), 10000.0 ** (-torch.arange(half, dtype=torch.float64) / half))
    turned = torch.complex(x[..., :half], x[..., half:]) * torch.polar(torch.ones_like(angles), angles)
    return torch.cat([turned.real, turned.imag], dim=-1)


class Attention(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.shape, self.heads, self.group = shape, shape["heads"], shape["headsPerGroup"]
        width = shape["width"]
        self.head = width // self.heads
        narrow = self.heads // self.group * self.head
        self.q, self.k, self.v, self.o = (nn.Linear(width, n, bias=shape["biases"]) for n in (width, narrow, narrow, width))
        if shape["qkNorm"]:
            self.q_norm, self.k_norm = RmsNorm(self.head), RmsNorm(self.head)

    def forward(self, x):
        tokens = x.shape[1]
        q, k, v = (y.unflatten(-1, (-1, self.head)).transpose(1, 2) for y in (self.q(x), self.k(x), self.v(x)))
        if self.shape["qkNorm"]:
            q, k = self.q_norm(q), self.k_norm(k)
        if self.shape["positions"] == "rotary":
            q, k = rotate(q), rotate(k)
        k, v = (y.repeat_interleave(self.group, dim=1) for y in (k, v))
        scores = q @ k.transpose(-2, -1) / math.sqrt(self.head)
        if self.shape["positions"] == "alibi":
            places = torch.arange(tokens)
            slopes = torch.tensor(alibi_slopes(self.heads), dtype=x.dtype)
            scores = scores + slopes[:, None, None] * (places[None, :] - places[:, None])
        later = torch.ones(tokens, tokens, dtype=torch.bool).triu(1)
        mixed = torch.softmax(scores.masked_fill(later, -math.inf), dim=-1) @ v
        return self.o(mixed.transpose(1, 2).flatten(-2))


class Mlp(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.kind, width = shape["mlp"], shape["width"]
        hidden = 8 * math.ceil(8 * width // 3 / 8) if self.kind == "swiglu" else 4 * width
        self.up = nn.Linear(width, 2 * hidden if self.kind == "swiglu" else hidden, bias=shape["biases"])
        self.down = nn.Linear(hidden, width, bias=shape["biases"])

    def forward(self, x):
        x = self.up(x)
        if self.kind == "gelu":
            return self.down(nn.functional.gelu(x))
        if self.kind == "gelu-tanh":
            return self.down(nn.functional.gelu(x, approximate="tanh"))
        if self.kind == "relu2":
            return self.down(torch.relu(x) ** 2)
        gate, value = x.chunk(2, dim=-1)
        return self.down(nn.functional.silu(gate) * value)


class Block(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.pre = shape["normPlacement"] == "pre"
        self.attention, self.mlp = Attention(shape), Mlp(shape)
        self.norm1, self.norm2 = norm_of(shape, shape["width"]), norm_of(shape, shape["width"])

    def forward(self, x):
        if self.pre:
            x = x + self.attention(self.norm1(x))
            return x + self.mlp(self.norm2(x))
        x = self.norm1(x + self.attention(x))
        return self.norm2(x + self.mlp(x))


class Model(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.shape = shape = {**SHAPE, **shape}
        width, vocabulary = shape["width"], shape["vocabulary"]
        narrow = shape["embeddingWidth"] or width
        self.embedding = nn.Embedding(vocabulary, narrow)
        if shape["positions"] == "learned":
            self.places = nn.Parameter(torch.empty(shape["context"], narrow))
        if narrow != width:
            self.up, self.down = nn.Linear(narrow, width, bias=shape["biases"]), nn.Linear(width, narrow, bias=shape["biases"])
        self.blocks = nn.ModuleList(Block(shape) for _ in range(shape["distinctLayers"] or shape["layers"]))
        if shape["normPlacement"] == "pre":
            self.norm = norm_of(shape, width)
        if shape["head"] == "untied":
            self.head = nn.Linear(narrow, vocabulary, bias=False)
        self.to(torch.float64)
        self.begin()

    def forward(self, tokens):
        shape, x = self.shape, self.embedding(tokens)
        if shape["positions"] == "learned":
            x = x + self.places[: tokens.shape[1]]
        if shape["positions"] == "sinusoidal":
            x = x + self.waves(tokens.shape[1], x.shape[-1]) * (x.shape[-1] ** -0.5 if shape["head"] == "tied" else 1)
        if hasattr(self, "up"):
            x = self.up(x)
        for layer in range(shape["layers"]):
            x = self.blocks[layer % len(self.blocks)](x)
        if hasattr(self, "norm"):
            x = self.norm(x)
        if hasattr(self, "down"):
            x = self.down(x)
        logits = x @ (self.head.weight if hasattr(self, "head") else self.embedding.weight).T
        cap = shape["logitSoftCap"]
        return cap * torch.tanh(logits / cap) if cap else logits

    @staticmethod
    def waves(tokens, width):
        """PE(t, 2i) = sin(t / 10000^(2i/width)), PE(t, 2i + 1) = cos of the same."""
        table = torch.zeros(tokens, width, dtype=torch.float64)
        for t in range(tokens):
            for i in range(0, width, 2):
                table[t, i], table[t, i + 1] = math.sin(t / 10000 ** (i / width)), math.cos(t / 10000 ** (i / width))
        return table

    def named(self):
        """The name in the file of every tensor: (name, the parameters that lie below each other in it)."""
        def linear(name, *modules):
            yield name, [m.weight for m in modules]
            if modules[0].bias is not None:
                yield name + ".bias", [m.bias for m in modules]

        def norm(name, module):
            yield name, [module.weight]
            if getattr(module, "bias", None) is not None:
                yield name + ".bias", [module.bias]

        yield "embedding", [self.embedding.weight]
        if hasattr(self, "places"):
            yield "positions", [self.places]
        if hasattr(self, "up"):
            yield from linear("embedding.up", self.up)
            yield from linear("embedding.down", self.down)
        for number, block in enumerate(self.blocks):
            a, name = block.attention, f"blocks.{number}."
            yield from norm(name + "attention.norm", block.norm1)
            yield from linear(name + "attention.qkv", a.q, a.k, a.v)
            if hasattr(a, "q_norm"):
                yield from norm(name + "attention.query.norm", a.q_norm)
                yield from norm(name + "attention.key.norm", a.k_norm)
            yield from linear(name + "attention.out", a.o)
            yield from norm(name + "mlp.norm", block.norm2)
            yield from linear(name + "mlp.up", block.mlp.up)
            yield from linear(name + "mlp.down", block.mlp.down)
        if hasattr(self, "norm"):
            yield from norm("norm", self.norm)
        if hasattr(self, "head"):
            yield "head", [self.head.weight]

    @torch.no_grad()
    def begin(self):
        for name, parts in self.named():
            size = [sum(p.shape[0] for p in parts), *parts[0].shape[1:]]
            values = initial(name, size).split([p.shape[0] for p in parts])
            for part, value in zip(parts, values):
                part.copy_(value)


def losses(model, inputs, targets, z_loss=0.0):
    """The loss that is trained on, and the one that is reported."""
    logits = model(inputs)
    reported = nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten())
    z = torch.logsumexp(logits, dim=-1)
    return reported + z_loss * (z * z).mean(), reported
