"""A training step of ours on a GPU beside its peers, everything of a shape in turn, three repeats (docs/benchmarks.md).

    python3 tools/peers/gpu.py ./lab [--nanogpt FOLDER] [--llmc FOLDER] [--shapes 0 1 2 3] [--repeats 3]

nanoGPT's folder has model.py; llm.c's has train_gpt2cu, built there (GPU_COMPUTE_CAPABILITY=90 make train_gpt2cu NO_MULTI_GPU=1), which makes two of the
shapes. The peers in Python stay in their processes, so that each is compiled once: PyTorch with bf16 weights and the whole model and loss compiled, without
masters; nanoGPT under autocast, compiled and eager. Every system trains on the same number of random tokens; a line is tokens/s, ms a step, GiB at most
(of llm.c what it says it allocates).
"""
import argparse
import array
import json
import os
import random
import re
import statistics
import subprocess
import sys
import time

VOCABULARY = 50304
SHAPES = [(12, 12, 768, 32, 1024), (6, 8, 512, 32, 1024), (6, 6, 384, 64, 1024), (14, 14, 896, 16, 2048)]  # layers, heads, width, batch, context
LLMC = {(12, 12, 768): "d12", (6, 6, 384): "d6"}  # its own names of the shapes that it can make


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
        print(line(batch * context, seconds, torch.cuda.max_memory_allocated()), flush=True)
        torch.cuda.empty_cache()


def peer(kind, folder, shape):
    return subprocess.Popen(
        [sys.executable, __file__, "--serve", kind, folder or "-", *map(str, shape)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def await_ready(kind, process):
    for line in process.stdout:  # models speak of themselves first
        if line.startswith("READY"):
            return
    raise SystemExit(f"{kind} did not get ready")


def llmc(folder, layers, heads, width, batch, context):
    """Its own program for 25 steps; the first five do not count."""
    tokens = os.path.join(folder, "random.bin")
    if not os.path.exists(tokens):
        count = 4_000_000
        with open(tokens, "wb") as file:
            array.array("i", [20240520, 1, count] + [0] * 253).tofile(file)
            array.array("H", (random.randrange(50257) for _ in range(count))).tofile(file)
    done = subprocess.run(
        ["./train_gpt2cu", "-i", "random.bin", "-j", "random.bin", "-e", LLMC[layers, heads, width], "-b", str(batch), "-t", str(context), "-x", "25",
         "-v", "1000", "-m", "1", "-s", "1000", "-g", "1"], cwd=folder, capture_output=True, text=True)
    times = [float(ms) for ms in re.findall(r"\| ([0-9.]+) ms \|", done.stdout)]
    if done.returncode != 0 or len(times) < 10:
        return f"did not run, exit {done.returncode}: " + " ".join((done.stdout + done.stderr).split())[-200:]
    mib = sum(map(int, re.findall(r"allocating (\d+) MiB", done.stdout)))
    return line(batch * context, statistics.median(times[5:]) / 1e3, mib * 2**20)


def line(tokens, seconds, memory):
    return f"{tokens / seconds:.0f} tok/s {seconds * 1e3:.2f} ms {memory / 2**30:.2f} GiB"


def ours(lab, precision, layers, heads, width, batch, context):
    done = subprocess.run(
        [lab, "bench", "--device", "cuda:0", "--precision", precision, "--model", f"{layers}x{width}x{heads}", "--vocabulary", str(VOCABULARY),
         "--context", str(context), "--sequences", str(batch), "--recipe", "head=tied", "--steps", "50", "--json"],
        capture_output=True, text=True, check=True)
    timing = json.loads(done.stdout)[0]["timing"]
    return line(batch * context, timing["medianSeconds"], timing["peakMemoryBytes"])


def main(asked):
    for shape in (SHAPES[i] for i in asked.shapes):
        kinds = ["torch", *(["nanogpt", "eager"] if asked.nanogpt else [])]
        peers = {kind: peer(kind, asked.nanogpt, shape) for kind in kinds}
        for kind, process in peers.items():
            await_ready(kind, process)
        for _ in range(asked.repeats):
            for precision in ("bf16", "fp8-head"):
                print(shape, "ours,", precision, ours(asked.lab, precision, *shape), flush=True)
            for kind, process in peers.items():
                process.stdin.write("\n")
                process.stdin.flush()
                print(shape, kind, process.stdout.readline().strip(), flush=True)
            if asked.llmc and shape[:3] in LLMC:
                print(shape, "llm.c", llmc(asked.llmc, *shape), flush=True)
        for process in peers.values():
            process.stdin.close()
            process.wait()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        serve(sys.argv[2], sys.argv[3], *map(int, sys.argv[4:]))
    else:
        parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
        parser.add_argument("lab")
        parser.add_argument("--nanogpt")
        parser.add_argument("--llmc")
        parser.add_argument("--shapes", type=int, nargs="+", default=range(len(SHAPES)))
        parser.add_argument("--repeats", type=int, default=3)
        main(parser.parse_args())
