"""A training step on the CPU by both engines and by eager PyTorch, one after the other in one run (docs/benchmarks.md).

    python3 tools/peers/cpu.py ./lab [--threads 1 2] [--precision fp32 bf16] [--shapes 0 1 2 3 4 5] [--repeats 3] [--python /usr/bin/python3]

--python has torch (Debian: python3-torch). Every worker is a process of its own; the least of the repeats counts, of processor time and of the median
step's wall time. Prints a table in Markdown, then the machine and its load. Run it when the machine does nothing else.
"""
import argparse
import json
import os
import subprocess
import sys

# layers, width, heads, vocabulary, context, sequences, steps
SHAPES = [(2, 24, 1, 1024, 64, 16, 100), (2, 32, 2, 1024, 64, 16, 100), (3, 96, 3, 1024, 64, 16, 40), (4, 64, 4, 2048, 256, 16, 15),
          (6, 192, 6, 2048, 256, 8, 8), (6, 384, 6, 2048, 256, 8, 4)]
NAMES = {0: "micro-63k, ", 2: "micro-528k, "}
ENGINES = ["torchsharp", "fused"]


def processor():
    """The processor's name, and whether Debian's OpenBLAS may take it for an older one (WorkerLaunch.cs has our workers told)."""
    facts = dict(line.split(":", 1) for line in open("/proc/cpuinfo").read().split("\n\n")[0].replace("\t", "").splitlines() if ":" in line)
    return facts.get("model name", "").strip(), "Intel" in facts.get("vendor_id", "") and "avx512f" in facts.get("flags", "")


def output_of(command, environment):
    command = [str(word) for word in command]
    answer = subprocess.run(command, capture_output=True, text=True, env=environment)
    if answer.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{answer.stderr.strip()}")
    return answer.stdout


def ours(lab, shape, precision, threads, environment):
    layers, width, heads, vocabulary, context, sequences, steps = shape
    timed = json.loads(output_of(
        [lab, "bench", "--engine", *ENGINES, "--model", f"{layers}x{width}x{heads}", "--vocabulary", vocabulary, "--context", context,
         "--sequences", sequences, "--steps", steps, "--threads", threads, "--precision", precision, "--json"], environment))
    return {t["timing"]["engine"]: (t["processorSeconds"], t["timing"]["medianSeconds"]) for t in timed}


def peer(python, shape, precision, threads, environment):
    step = os.path.join(os.path.dirname(os.path.abspath(__file__)), "torch_step.py")
    timed = json.loads(output_of([python, step, *shape[:6], precision, threads, shape[6]], environment | {"OMP_NUM_THREADS": str(threads)}))
    return timed["processorSeconds"], timed["medianSeconds"], timed["torch"]


def told(pair):
    return ", ".join(f"{seconds * 1e3:.3g}" if seconds < 1 else f"{seconds * 1e3:,.0f}" for seconds in pair)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("lab")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--precision", nargs="+", default=["fp32", "bf16"])
    parser.add_argument("--shapes", type=int, nargs="+", default=range(len(SHAPES)))
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--python", default="/usr/bin/python3")
    asked = parser.parse_args()
    name, unknown = processor()
    environment = dict(os.environ, MALLOC_MMAP_THRESHOLD_="33554432", MALLOC_TRIM_THRESHOLD_="1073741824")
    if unknown:
        environment.setdefault("OPENBLAS_CORETYPE", "SkylakeX")
    before, version = os.getloadavg(), ""
    print("| layers x width, vocabulary, context, sequences | precision, threads | torchsharp | fused | PyTorch | torchsharp over fused | over PyTorch |")
    print("|---|---|---|---|---|---|---|", flush=True)
    for number in asked.shapes:
        shape = SHAPES[number]
        for threads in asked.threads:
            for precision in asked.precision:
                least = {}
                for _ in range(asked.repeats):
                    times = ours(asked.lab, shape, precision, threads, environment)
                    *times["PyTorch"], version = peer(asked.python, shape, precision, threads, environment)
                    for system, pair in times.items():
                        least[system] = [min(a, b) for a, b in zip(pair, least.get(system, pair))]
                t, f, p = (least[system] for system in [*ENGINES, "PyTorch"])
                layers, width, _, vocabulary, context, sequences, _ = shape
                print(f"| {NAMES.get(number, '')}{layers} x {width}, {vocabulary:,}, {context}, {sequences} | {precision}, {threads} "
                      f"| {told(t)} | {told(f)} | {told(p)} | {t[0] / f[0]:.2f}, {t[1] / f[1]:.2f} | {t[0] / p[0]:.2f}, {t[1] / p[1]:.2f} |", flush=True)
    print(f"\nms of processor time and of wall time a step, the least of {asked.repeats}; {name}, {os.cpu_count()} cores, PyTorch {version}, "
          f"load {before[0]:.1f} before and {os.getloadavg()[0]:.1f} after.")


main()
