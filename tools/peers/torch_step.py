"""The same training step in eager PyTorch, for the comparison in docs/benchmarks.md.

python3 torch_step.py LAYERS WIDTH HEADS VOCABULARY CONTEXT SEQUENCES fp32|bf16 THREADS STEPS

Pre-norm RMSNorm, rotary positions, causal attention, GELU, untied head, no biases; AdamW with fp32 master weights over one flat tensor, clipping.
bf16 holds weights and activations in bfloat16. Prints tokens/s and seconds of the median step, and processor time a step.
"""
import json, sys, time
import torch, torch.nn.functional as F

L, D, H, V, T, B = map(int, sys.argv[1:7])
dtype = {"fp32": torch.float32, "bf16": torch.bfloat16}[sys.argv[7]]
torch.set_num_threads(int(sys.argv[8]))
torch.set_flush_denormal(True)
steps = int(sys.argv[9])
torch.manual_seed(1)
h = D // H


def attention(q, k, v):
    if hasattr(F, "scaled_dot_product_attention"):
        return F.scaled_dot_product_attention(q, k, v, is_causal=True)
    return F._scaled_dot_product_attention(q, k, v, None, 0.0, False, True)[0]


def norm(x, w):
    return x * torch.rsqrt(x.float().pow(2).mean(-1, keepdim=True) + 1e-6).to(x.dtype) * w


def rotary(x, c, s):
    a, b = x.chunk(2, -1)
    return torch.cat((a * c - b * s, b * c + a * s), -1)


shapes = {"embedding": (V, D), "head": (V, D), "norm": (D,)}
for i in range(L):
    shapes.update({f"{i}.an": (D,), f"{i}.qkv": (3 * D, D), f"{i}.out": (D, D), f"{i}.mn": (D,), f"{i}.up": (4 * D, D), f"{i}.down": (D, 4 * D)})
count = sum(torch.Size(s).numel() for s in shapes.values())
master, gradient, first, second = torch.randn(count) * 0.02, torch.zeros(count), torch.zeros(count), torch.zeros(count)
flat = master if dtype == torch.float32 else master.to(dtype)
flat_gradient = gradient if dtype == torch.float32 else torch.zeros_like(flat)
P, offset = {}, 0
for name, shape in shapes.items():
    n = torch.Size(shape).numel()
    P[name] = flat[offset:offset + n].view(shape).detach().requires_grad_()
    P[name].grad = flat_gradient[offset:offset + n].view(shape)
    offset += n
angle = torch.outer(torch.arange(T), 10000.0 ** (-torch.arange(h // 2) / (h // 2)))
cos, sin = angle.cos().to(dtype), angle.sin().to(dtype)


def loss_of(x, y):
    z = F.embedding(x, P["embedding"])
    for i in range(L):
        q, k, v = F.linear(norm(z, P[f"{i}.an"]), P[f"{i}.qkv"]).view(B, T, 3, H, h).permute(2, 0, 3, 1, 4)
        o = attention(rotary(q, cos, sin), rotary(k, cos, sin), v)
        z = z + F.linear(o.transpose(1, 2).reshape(B, T, D), P[f"{i}.out"])
        z = z + F.linear(F.gelu(F.linear(norm(z, P[f"{i}.mn"]), P[f"{i}.up"])), P[f"{i}.down"])
    return F.cross_entropy(F.linear(norm(z, P["norm"]), P["head"]).view(-1, V).float(), y.view(-1))


def step(t):
    x, y = torch.randint(V, (B, T)), torch.randint(V, (B, T))
    flat_gradient.zero_()
    loss = loss_of(x, y)
    loss.backward()
    with torch.no_grad():
        if flat is not master:
            gradient.copy_(flat_gradient)
        norm_ = gradient.norm().item()
        gradient.mul_(min(1.0, 1.0 / (norm_ + 1e-12)))
        first.mul_(0.9).add_(gradient, alpha=0.1)
        second.mul_(0.95).addcmul_(gradient, gradient, value=0.05)
        master.mul_(1 - 1e-4).addcdiv_(first / (1 - 0.9 ** t), (second / (1 - 0.95 ** t)).sqrt_().add_(1e-8), value=-1e-3)
        if flat is not master:
            flat.copy_(master)
    return loss.item()


for t in range(3):
    step(t + 1)
times, used = [], time.process_time()
for t in range(steps):
    begun = time.perf_counter()
    last = step(t + 4)
    times.append(time.perf_counter() - begun)
used = (time.process_time() - used) / steps
median = sorted(times)[len(times) // 2]
print(json.dumps({"tokensPerSecond": B * T / median, "medianSeconds": median, "minSeconds": min(times), "processorSeconds": used, "torch": torch.__version__}))
