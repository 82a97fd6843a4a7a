#!/usr/bin/env bash
# ScalingLab from an archive, for a machine with a libtorch (a PyTorch wheel's will do), a C++ compiler and cmake, but neither .NET nor network.
# The first call compiles the native shim against that libtorch; LIBTORCH names another folder.
set -euo pipefail
root="$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")"
export SCALINGLAB_CALLED="$0"
export DOTNET_ROOT="$root/dotnet" DOTNET_MULTILEVEL_LOOKUP=0 DOTNET_CLI_TELEMETRY_OPTOUT=1
source="$root/src/ScalingLab.Torch/native"
output="$root/artifacts/native"
shim="$root/artifacts/bin/ScalingLab.Worker/release/libscalinglab_torch.so"

say() { printf '%s\n' "$*" >&2; }

# Compiles the shim when there is none, or another libtorch is named than it was compiled with.
compile() {
  local stamp="LIBTORCH=${LIBTORCH:-}" tool generator=()
  mkdir -p "$output"
  exec 9>"$output/lock"
  flock 9
  [[ -e $shim && "$(cat "$output/stamp" 2>/dev/null || echo "$stamp")" == "$stamp" ]] && return 0
  for tool in cmake c++; do
    command -v "$tool" >/dev/null || { say "lab: '$tool' is missing: the native shim cannot be compiled."; return 1; }
  done
  local found
  if ! found="$(cd "$source" && cmake -P FindLibtorch.cmake 2>&1)"; then
    say "lab: $(sed -n 's/^ScalingLab: //p' <<<"$found")"
    return 1
  fi
  say "lab: compiling the native shim:$(sed -n 's/^-- / /p' <<<"$found")"
  command -v ninja >/dev/null && generator=(-G Ninja)
  if ! { cmake -S "$source" -B "$output/build" "${generator[@]}" -DCMAKE_BUILD_TYPE=Release -DSCALINGLAB_OUTPUT="$output" \
    && cmake --build "$output/build" --parallel; } >"$output/build.log" 2>&1; then
    grep -m 20 -iE 'error' "$output/build.log" >&2 || tail -n 20 "$output/build.log" >&2
    say "lab: the shim did not compile; all that was said is in $output/build.log"
    return 1
  fi
  cp "$output/libscalinglab_torch.so" "$shim.new"
  mv "$shim.new" "$shim"
  echo "$stamp" >"$output/stamp"
}

# The doctor speaks of what is missing; everything else needs it.
(compile) || [[ ${1:-} == doctor ]] || exit 2
exec "$DOTNET_ROOT/dotnet" "$root/artifacts/bin/ScalingLab.Cli/release/lab.dll" "$@"
