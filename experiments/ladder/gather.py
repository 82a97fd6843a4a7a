"""The source code and documents that a machine holds, as text to train on: one JSON object a file, in the order of the MD5 of the file's bytes.

    python3 experiments/ladder/gather.py experiments/ladder/text.jsonl [--characters 1.3e9] [--folders /usr /opt]

The same files give the same text, wherever they lie. Files of equal bytes are taken once; links, files that are not UTF-8 and files of 200 bytes or less or
of 1 MB or more are left out.
"""
import argparse
import hashlib
import json
import os

ENDS = set(""".txt .html .js .ts .tex .R .jl .go .rs .java .cs .css .sh .cmake .m4 .el .lua .rb .tcl .f90 .ipynb .xml .yaml .yml .toml .td .def .inc .mjs .hs .ml
    .py .pyi .pyx .pxd .md .rst .h .hpp .hh .hxx .cuh .cu .c .cc .cpp .inl .ipp .pl .pm .pod""".split())


def files(folders):
    """Path of each file once, by the MD5 of its bytes."""
    found = {}
    for root in folders:
        for folder, _, names in os.walk(root):
            for path in (os.path.join(folder, name) for name in names if os.path.splitext(name)[1] in ENDS):
                if not os.path.islink(path) and 200 < os.path.getsize(path) < 1_000_000:
                    with open(path, "rb") as file:
                        found.setdefault(hashlib.md5(file.read()).hexdigest(), path)
    return [path for _, path in sorted(found.items())]


def main(asked):
    written = 0
    with open(asked.out, "w", encoding="utf-8") as out:
        for path in files(asked.folders):
            try:
                with open(path, encoding="utf-8", newline="") as file:
                    text = file.read()
            except UnicodeDecodeError:
                continue
            out.write(json.dumps({"text": text}) + "\n")
            written += len(text)
            if written >= asked.characters:
                break
    print(f"{asked.out}: {written:,} characters")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", help="a file of JSON lines")
    parser.add_argument("--characters", type=float, default=1.3e9, help="at most about so many")
    parser.add_argument("--folders", nargs="+", default=["/usr", "/opt", "/root", "/home", "/etc"], help="where to look")
    main(parser.parse_args())
