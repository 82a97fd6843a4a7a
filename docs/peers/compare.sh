#!/usr/bin/env bash
# The same training steps by `lab bench` and by eager PyTorch, in turn: docs/peers/compare.sh [THREADS] [STEPS] [REPEATS]
# PYTHON names a python3 with torch (Debian: python3-torch).
set -euo pipefail
cd "$(dirname "$0")/../.."
threads=${1:-1} steps=${2:-20} repeats=${3:-3}
export OMP_NUM_THREADS=$threads MALLOC_MMAP_THRESHOLD_=33554432 MALLOC_TRIM_THRESHOLD_=1073741824
for ((i = 0; i < repeats; i++)); do
  ./lab bench --threads "$threads" --steps "$steps" 2>/dev/null
  for shape in "2 32 2 1024 64 16" "4 64 4 2048 256 16" "6 384 6 2048 256 8"; do
    for precision in fp32 bf16; do
      # shellcheck disable=SC2086  # the shape is words
      echo "torch $shape $precision $("${PYTHON:-/usr/bin/python3}" docs/peers/torch_step.py $shape $precision "$threads" "$steps")"
    done
  done
done
