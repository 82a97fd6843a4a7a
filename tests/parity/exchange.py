"""Writes tests/ScalingLab.Training.Tests/parity/exchange: small models as Hugging Face's transformers saves them, with the logits they give.

    /usr/bin/python3 tests/parity/exchange.py

needs PyTorch (Debian: python3-torch), and neither transformers nor safetensors: the architectures are written out here from their definitions, in
float64, and the files byte by byte. ScalingLab itself needs no Python: its tests read the files. tests/parity/transformers_check.py holds the same
against transformers where that is installed.
"""

import json
import math
import pathlib
import struct

import torch

from reference_model import key_of, unit

TYPES = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}
TOKENS = [3, 1, 4, 1, 5, 9, 2, 6, 0, 8]
LAYERS, VOCABULARY, CONTEXT, WIDTH = 2, 11, 12, 16


def drawn(name, *size):
    """Matrices uniform of variance 1 / the shorter side, gains about 1, biases about 0."""
    values = torch.tensor([2 * unit(key_of(name), i) - 1 for i in range(math.prod(size))], dtype=torch.float64).reshape(size)
    if len(size) == 2:
        return values * math.sqrt(3 / min(size))
    return 0.2 * values + (0 if name.endswith("bias") else 1)


class Weights(dict):
    """Tensors by name; each is drawn when it is first asked for, and rounded to the file's type."""

    def __init__(self, kind):
        super().__init__()
        self.kind = kind

    def take(self, name, *size):
        if name not in self:
            self[name] = drawn(name, *size).to(TYPES[self.kind])
        return self[name].to(torch.float64)


def gelu_by_tanh(x):
    return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


ACTIVATIONS = {"gelu": lambda x: 0.5 * x * (1 + torch.erf(x / math.sqrt(2))), "gelu_new": gelu_by_tanh, "silu": lambda x: x * torch.sigmoid(x),
               "relu2": lambda x: x.clamp(min=0) ** 2}


def layer_norm(x, gain, bias, eps):
    x = x - x.mean(-1, keepdim=True)
    return x / torch.sqrt((x * x).mean(-1, keepdim=True) + eps) * gain + bias


def rms_norm(x, gain, eps):
    return x / torch.sqrt((x * x).mean(-1, keepdim=True) + eps) * gain


def rotate(x, base, count):
    """x [heads, tokens, width]: its first `count` numbers turned, half against half; the rest as it is."""
    half = count // 2
    angle = torch.arange(x.shape[1], dtype=torch.float64)[:, None] / base ** (torch.arange(half, dtype=torch.float64) * 2 / count)
    a, b, rest = x[..., :half], x[..., half:count], x[..., count:]
    return torch.cat([a * angle.cos() - b * angle.sin(), b * angle.cos() + a * angle.sin(), rest], -1)


def attend(q, k, v):
    """[heads, tokens, width] each, keys and values shared by neighbouring heads; [tokens, heads x width]."""
    group = q.shape[0] // k.shape[0]
    k, v = k.repeat_interleave(group, 0), v.repeat_interleave(group, 0)
    scores = q @ k.transpose(1, 2) / math.sqrt(q.shape[-1])
    scores = scores.masked_fill(torch.ones(q.shape[1], q.shape[1], dtype=torch.bool).triu(1), -math.inf)
    return (scores.softmax(-1) @ v).transpose(0, 1).flatten(1)


def heads_of(x, count):
    return x.unflatten(-1, (count, -1)).transpose(0, 1)


def gpt2(w, c, prefix):
    d, hidden, eps, act = c["n_embd"], c["n_inner"] or 4 * c["n_embd"], c["layer_norm_epsilon"], ACTIVATIONS[c["activation_function"]]

    def norm(x, name):
        return layer_norm(x, w.take(name + ".weight", d), w.take(name + ".bias", d), eps)

    def conv(x, name, inputs, outputs):  # a Conv1D: [in, out]
        return x @ w.take(name + ".weight", inputs, outputs) + w.take(name + ".bias", outputs)

    x = w.take(prefix + "wte.weight", c["vocab_size"], d)[TOKENS] + w.take(prefix + "wpe.weight", c["n_positions"], d)[: len(TOKENS)]
    for i in range(c["n_layer"]):
        h = f"{prefix}h.{i}."
        q, k, v = conv(norm(x, h + "ln_1"), h + "attn.c_attn", d, 3 * d).split(d, -1)
        x = x + conv(attend(*(heads_of(y, c["n_head"]) for y in (q, k, v))), h + "attn.c_proj", d, d)
        x = x + conv(act(conv(norm(x, h + "ln_2"), h + "mlp.c_fc", d, hidden)), h + "mlp.c_proj", hidden, d)
    x = norm(x, prefix + "ln_f")
    head = w.take(prefix + "wte.weight") if c.get("tie_word_embeddings", True) else w.take("lm_head.weight", c["vocab_size"], d)
    return x @ head.T


def llama(w, c, first="input_layernorm", second="post_attention_layernorm"):
    d, heads, groups, hidden, eps = (c[n] for n in ("hidden_size", "num_attention_heads", "num_key_value_heads", "intermediate_size", "rms_norm_eps"))
    head, act, normed = d // heads, ACTIVATIONS[c["hidden_act"]], c["model_type"] in ("qwen3", "apertus")

    def linear(x, name, inputs, outputs):
        y = x @ w.take(name + ".weight", outputs, inputs).T
        return y + w.take(name + ".bias", outputs) if c.get("attention_bias") else y

    x = w.take("model.embed_tokens.weight", c["vocab_size"], d)[TOKENS]
    for i in range(c["num_hidden_layers"]):
        b = f"model.layers.{i}."
        y = rms_norm(x, w.take(f"{b}{first}.weight", d), eps)
        q, k, v = (heads_of(linear(y, f"{b}self_attn.{n}_proj", d, count * head), count) for n, count in (("q", heads), ("k", groups), ("v", groups)))
        if normed:
            q, k = (rms_norm(z, w.take(f"{b}self_attn.{n}_norm.weight", head), eps) for z, n in ((q, "q"), (k, "k")))
        q, k = (rotate(z, c["rope_theta"], head) for z in (q, k))
        x = x + linear(attend(q, k, v), b + "self_attn.o_proj", d, d)
        y = rms_norm(x, w.take(f"{b}{second}.weight", d), eps)
        up = linear(y, b + "mlp.up_proj", d, hidden)
        up = act(linear(y, b + "mlp.gate_proj", d, hidden)) * up if c["hidden_act"] == "silu" else act(up)
        x = x + linear(up, b + "mlp.down_proj", hidden, d)
    x = rms_norm(x, w.take("model.norm.weight", d), eps)
    return x @ (w.take("model.embed_tokens.weight") if c.get("tie_word_embeddings") else w.take("lm_head.weight", c["vocab_size"], d)).T


def neox(w, c):
    d, heads, hidden, eps, act = c["hidden_size"], c["num_attention_heads"], c["intermediate_size"], c["layer_norm_eps"], ACTIVATIONS[c["hidden_act"]]
    turned = int(d // heads * c["rotary_pct"])

    def norm(x, name):
        return layer_norm(x, w.take(name + ".weight", d), w.take(name + ".bias", d), eps)

    def linear(x, name, inputs, outputs):
        return x @ w.take(name + ".weight", outputs, inputs).T + w.take(name + ".bias", outputs)

    x = w.take("gpt_neox.embed_in.weight", c["vocab_size"], d)[TOKENS]
    for i in range(c["num_hidden_layers"]):
        b = f"gpt_neox.layers.{i}."
        qkv = linear(norm(x, b + "input_layernorm"), b + "attention.query_key_value", d, 3 * d)
        q, k, v = heads_of(qkv, heads).chunk(3, -1)  # of each head its queries, keys and values
        q, k = (rotate(z, c["rotary_emb_base"], turned) for z in (q, k))
        attention = linear(attend(q, k, v), b + "attention.dense", d, d)
        y = norm(x if c["use_parallel_residual"] else x + attention, b + "post_attention_layernorm")
        x = x + attention + linear(act(linear(y, b + "mlp.dense_h_to_4h", d, hidden)), b + "mlp.dense_4h_to_h", hidden, d)
    return norm(x, "gpt_neox.final_layer_norm") @ w.take("embed_out.weight", c["vocab_size"], d).T


def write_tensors(path, tensors, kind):
    entries, data = {}, b""
    for name, tensor in tensors.items():
        raw = tensor.contiguous().view(torch.int16 if kind == "BF16" else tensor.dtype).numpy().tobytes()
        entries[name] = {"dtype": kind, "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    header = json.dumps({"__metadata__": {"format": "pt"}, **entries}).encode()
    header += b" " * (-len(header) % 8)
    path.write_bytes(struct.pack("<Q", len(header)) + header + data)


def write(folder, name, config, logits_of, kind="F32", shards=1):
    weights = Weights(kind)
    logits = logits_of(weights, config)
    if config["model_type"] == "gpt2" and "h.0.ln_1.weight" in weights:  # masks, as the public file has them
        weights.update({f"h.{i}.attn.bias": torch.ones(1, 1, CONTEXT, CONTEXT, dtype=TYPES[kind]).tril() for i in range(LAYERS)})
    to = folder / name
    to.mkdir(parents=True, exist_ok=True)
    (to / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    names = list(weights)
    if shards == 1:
        write_tensors(to / "model.safetensors", weights, kind)
    else:
        files = {f"model-{s + 1:05}-of-{shards:05}.safetensors": names[s::shards] for s in range(shards)}
        for file, held in files.items():
            write_tensors(to / file, {n: weights[n] for n in held}, kind)
        index = {"metadata": {}, "weight_map": {n: file for file, held in files.items() for n in held}}
        (to / "model.safetensors.index.json").write_text(json.dumps(index, indent=1) + "\n")
    (to / "logits.json").write_text(json.dumps({"tokens": TOKENS, "logits": logits.tolist()}) + "\n")


GPT2 = dict(model_type="gpt2", vocab_size=VOCABULARY, n_positions=CONTEXT, n_embd=WIDTH, n_layer=LAYERS, n_head=2, n_inner=None,
            activation_function="gelu_new", layer_norm_epsilon=1e-5)
LLAMA = dict(model_type="llama", vocab_size=VOCABULARY, hidden_size=WIDTH, num_hidden_layers=LAYERS, num_attention_heads=4, num_key_value_heads=2,
             intermediate_size=24, hidden_act="silu", max_position_embeddings=CONTEXT, rms_norm_eps=1e-5, rope_theta=500000.0, head_dim=4)
NEOX = dict(model_type="gpt_neox", vocab_size=VOCABULARY, hidden_size=WIDTH, num_hidden_layers=LAYERS, num_attention_heads=2, intermediate_size=40,
            hidden_act="gelu", max_position_embeddings=CONTEXT, layer_norm_eps=1e-5, rotary_pct=0.5, rotary_emb_base=10000, use_parallel_residual=True)

if __name__ == "__main__":
    torch.set_num_threads(1)
    out = pathlib.Path(__file__).resolve().parent.parent / "ScalingLab.Training.Tests" / "parity" / "exchange"
    write(out, "gpt2", GPT2, lambda w, c: gpt2(w, c, ""))
    write(out, "gpt2-untied", {**GPT2, "n_inner": 24, "activation_function": "gelu", "tie_word_embeddings": False},
          lambda w, c: gpt2(w, c, "transformer."))
    write(out, "llama", LLAMA, llama)
    write(out, "llama-shards-bf16", {**LLAMA, "tie_word_embeddings": True}, llama, "BF16", shards=2)
    write(out, "arcee", {**LLAMA, "model_type": "arcee", "hidden_act": "relu2", "attention_bias": True, "mlp_bias": True}, llama)
    write(out, "qwen3", {**LLAMA, "model_type": "qwen3"}, llama)
    write(out, "apertus", {**LLAMA, "model_type": "apertus", "hidden_act": "gelu", "rope_parameters": {"rope_type": "default", "rope_theta": 500000.0}},
          lambda w, c: llama(w, c, "attention_layernorm", "feedforward_layernorm"))
    write(out, "neox", NEOX, neox)
    write(out, "neox-f16", {**NEOX, "rotary_pct": 1.0, "use_parallel_residual": False, "hidden_act": "gelu_new"}, neox, "F16")
