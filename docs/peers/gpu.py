"""A training step of ours on a GPU beside its peers, everything of a shape in turn, three repeats (docs/benchmarks.md).

    python3 docs/peers/gpu.py ./lab [NANOGPT]     NANOGPT: a folder with karpathy/nanoGPT's model.py

Peers stay in their processes, so that each is compiled once: PyTorch with bf16 weights and the whole model and loss compiled, without masters; nanoGPT
under autocast, compiled and eager. Every system trains on the same number of random tokens; a line is tokens/s, ms a step, GiB at most.
"""
import json
import subprocess
import sys
import time

VOCABULARY = 50304
SHAPES = [(12, 12, 768, 32, 1024), (6, 8, 512, 32, 1024), (6, 6, 384, 64, 1024), (14, 14, 896, 16, 2048)]  # layers, heads, width, batch, context
REPEATS = 3


def compiled_torch(torch, layers, heads, width, context):
    F, P = torch.nn.functional, torch.nn.Parameter

    def drawn(*size):
        return P((torch.randn(*size, device="cuda") * 0.02).to(torch.bfloat16))

    def ones():
        return P(torch.ones(width, device="cuda", dtype=torch.bfloat16))

    class Model(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.tokens, self.positions, self.norm = drawn(VOCABULARY, width), drawn(context, width), ones()
            self.blocks = torch.nn.ModuleList()
            for _ in range(layers):
                b = torch.nn.Module()
                b.norm1, b.norm2, b.qkv, b.out = ones(), ones(), drawn(3 * width, width), drawn(width, width)
                b.up, b.down = drawn(4 * width, width), drawn(width, 4 * width)
                self.blocks.append(b)

        def forward(self, x, y):
            batch, length = x.shape
            h = F.embedding(x, self.tokens) + self.positions[:length]
            for b in self.blocks:
                q, k, v = F.linear(F.rms_norm(h, (width,), b.norm1), b.qkv).view(batch, length, 3, heads, width // heads).unbind(2)
                a = F.scaled_dot_product_attention(q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2), is_causal=True)
                h = h + F.linear(a.transpose(1, 2).reshape(batch, length, width), b.out)
                h = h + F.linear(F.gelu(F.linear(F.rms_norm(h, (width,), b.norm2), b.up), approximate="tanh"), b.down)
            logits = F.linear(F.rms_norm(h, (width,), self.norm), self.tokens)
            return F.cross_entropy(logits.view(-1, VOCABULARY).float(), y.view(-1))

    model = Model()
    optimizer = torch.optim.AdamW(model.parameters(), 6e-4, betas=(0.9, 0.95), weight_decay=0.1, fused=True)
    return torch.compile(model), optimizer


def nanogpt(torch, folder, layers, heads, width, context, compiles):
    sys.path.insert(0, folder)
    from model import GPT, GPTConfig
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    model = GPT(GPTConfig(block_size=context, vocab_size=VOCABULARY, n_layer=layers, n_head=heads, n_embd=width, dropout=0.0, bias=False)).cuda()
    optimizer = model.configure_optimizers(1e-2, 1e-4, (0.9, 0.95), "cuda")
    run = torch.compile(model) if compiles else model

    def loss(x, y):
        with torch.amp.autocast("cuda", dtype=torch.bfloat16):
            return run(x, y)[1]
    return loss, optimizer


def serve(kind, folder, layers, heads, width, batch, context):
    """Compiles, says READY, and is timed at every line of its input."""
    import torch
    torch.manual_seed(1)
    x, y = (torch.randint(VOCABULARY, (batch, context), device="cuda") for _ in range(2))
    if kind == "torch":
        loss, optimizer = compiled_torch(torch, layers, heads, width, context)
    else:
        loss, optimizer = nanogpt(torch, folder, layers, heads, width, context, kind == "nanogpt")

    def steps(count):
        for _ in range(count):
            value = loss(x, y)
            optimizer.zero_grad(set_to_none=True)
            value.backward()
            optimizer.step()
            if kind != "torch":
                value.item()  # as nanoGPT's own benchmark does
        torch.cuda.synchronize()

    steps(5)
    torch.cuda.empty_cache()
    print("READY", flush=True)
    for _ in sys.stdin:
        torch.cuda.reset_peak_memory_stats()
        steps(5)
        begun = time.time()
        steps(20)
        seconds = (time.time() - begun) / 20
        print(f"{batch * context / seconds:.0f} tok/s {seconds * 1e3:.2f} ms {torch.cuda.max_memory_allocated() / 2**30:.2f} GiB", flush=True)
        torch.cuda.empty_cache()


def peer(kind, folder, shape):
    process = subprocess.Popen(
        [sys.executable, __file__, "--serve", kind, folder or "-", *map(str, shape)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    for line in process.stdout:  # models speak of themselves first
        if line.startswith("READY"):
            return process
    raise SystemExit(f"{kind} did not get ready")


def ours(lab, layers, heads, width, batch, context):
    done = subprocess.run(
        [lab, "bench", "--device", "cuda:0", "--precision", "bf16", "--model", f"{layers}x{width}x{heads}", "--vocabulary", str(VOCABULARY),
         "--context", str(context), "--sequences", str(batch), "--recipe", "head=tied", "--steps", "50", "--json"],
        capture_output=True, text=True, check=True)
    timing = json.loads(done.stdout)[0]["timing"]
    return f"{timing['tokensPerSecond']:.0f} tok/s {timing['medianSeconds'] * 1e3:.2f} ms {timing['peakMemoryBytes'] / 2**30:.2f} GiB"


def main(lab, folder=None):
    for shape in SHAPES:
        kinds = ["torch", *(["nanogpt", "eager"] if folder else [])]
        peers = {kind: peer(kind, folder, shape) for kind in kinds}
        for _ in range(REPEATS):
            print(shape, "ours", ours(lab, *shape), flush=True)
            for kind, process in peers.items():
                process.stdin.write("\n")
                process.stdin.flush()
                print(shape, kind, process.stdout.readline().strip(), flush=True)
        for process in peers.values():
            process.stdin.close()
            process.wait()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        serve(sys.argv[2], sys.argv[3], *map(int, sys.argv[4:]))
    elif len(sys.argv) in (2, 3):
        main(*sys.argv[1:])
    else:
        raise SystemExit(__doc__)
