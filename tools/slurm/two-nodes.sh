#!/usr/bin/env bash
# A Slurm cluster of one controller and two nodes on this one machine, for trying and for tests: everything of it, munge's key and
# socket included, lies in one folder, so a Slurm that the machine has already is neither used nor disturbed.
# Needs Debian's slurm-wlm and munge (apt-get install slurm-wlm munge) and root.
#
#   two-nodes.sh run COMMAND...            up in a new folder, the command with SLURM_CONF and TWO_NODES set, down; its exit code
#   two-nodes.sh up FOLDER                 starts it; then: export SLURM_CONF=FOLDER/slurm.conf
#   two-nodes.sh down FOLDER               stops all that it started and deletes the folder
#   two-nodes.sh kill FOLDER n1|n2|slurmctld    kill -9, a node's with all of its jobs: what a power cut does
#   two-nodes.sh start FOLDER n1|n2|slurmctld   starts it again
set -euo pipefail
here="$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")"

say() { printf 'two-nodes: %s\n' "$*" >&2; }
fail() { say "$*"; exit 2; }

need() {
  local program missing=()
  for program in munged mungekey slurmctld slurmd sinfo scontrol; do
    PATH="$PATH:/usr/sbin" command -v "$program" >/dev/null || missing+=("$program")
  done
  ((${#missing[@]} == 0)) || fail "missing: ${missing[*]}. As root: apt-get install --no-install-recommends slurm-wlm munge"
  [[ $EUID -eq 0 ]] || fail "needs root: slurmd and munged want users of their own."
}

# Ports that nobody listens on, as many as asked for.
free_ports() {
  local port=$((20000 + RANDOM % 20000)) left=$1
  while ((left > 0)); do
    port=$((port + 1))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; left=$((left - 1)); }
  done
}

up() {
  local folder=$1 host memory ports
  mkdir -p "$folder"
  folder="$(readlink -f "$folder")"
  [[ -z "$(ls -A "$folder")" ]] || fail "$folder is not empty."
  host="$(hostname -s)"
  memory="$(awk '/MemTotal/ { print int($2 / 1024 / 2 * 0.9) }' /proc/meminfo)"
  mapfile -t ports < <(free_ports 3)
  chmod 755 "$folder"
  mkdir "$folder"/{ctl,n1,n2,log,munge}
  sed -e "s|@HOST@|$host|g; s|@USER@|$(id -un)|g; s|@FOLDER@|$folder|g; s|@MEMORY@|$memory|g" \
    -e "s|@PORT_CTL@|${ports[0]}|g; s|@PORT_N1@|${ports[1]}|g; s|@PORT_N2@|${ports[2]}|g" "$here/slurm.conf.in" >"$folder/slurm.conf"

  chown munge: "$folder/munge"
  munge_as mungekey --create --keyfile="$folder/munge/key"
  munge_as munged --force --key-file="$folder/munge/key" --socket="$folder/munge/socket" --pid-file="$folder/munge/pid" \
    --log-file="$folder/munge/log" --seed-file="$folder/munge/seed"
  start "$folder" slurmctld
  start "$folder" n1
  start "$folder" n2
  local try
  for try in $(seq 100); do
    [[ "$(sinfo_of "$folder" -h -N -o '%T' 2>/dev/null | grep -c '^idle')" == 2 ]] && { say "two nodes are up in $folder"; return 0; }
    sleep 0.2
  done
  sinfo_of "$folder" >&2 || true
  tail -n 5 "$folder"/log/*.log >&2
  fail "the nodes did not come up within 20 s (tries: $try)."
}

munge_as() { PATH="$PATH:/usr/sbin" setpriv --reuid=munge --regid=munge --clear-groups "$@"; }

sinfo_of() { SLURM_CONF="$1/slurm.conf" sinfo "${@:2}"; }

start() {
  local folder=$1
  export SLURM_CONF="$folder/slurm.conf"
  case $2 in
    # -i: a state that the last kill tore is passed over, as an administrator would after a crash.
    slurmctld) PATH="$PATH:/usr/sbin" slurmctld -i ;;
    n1 | n2) PATH="$PATH:/usr/sbin" slurmd -N "$2" ;;
    *) fail "no such part: $2 (n1, n2 or slurmctld)" ;;
  esac
  say "$2 started"
}

# A process and all that descend from it, children last.
tree_of() {
  local child
  echo "$1"
  for child in $(ps -o pid= --ppid "$1"); do tree_of "$child"; done
}

# The steps of a node's jobs leave their slurmd's tree, and write their names over their environment: they are known by the log that
# they hold open.
steps_of() {
  local pid
  for pid in $(pgrep -f '^slurmstepd: ' || true); do
    find "/proc/$pid/fd" -lname "$1/log/$2.log" 2>/dev/null | grep -q . && echo "$pid"
  done
  return 0
}

# The process of a pid file, if it is that program of this folder still and no other that was given its number since: it holds its log open.
process_of() {
  local file=$1 program=$2 log=$3 pid
  pid="$(cat "$file" 2>/dev/null || true)"
  [[ $pid =~ ^[0-9]+$ && "$(cat "/proc/$pid/comm" 2>/dev/null || true)" == "$program" ]] || return 0
  find "/proc/$pid/fd" -lname "$log" 2>/dev/null | grep -q . && echo "$pid"
  return 0
}

part_of() {
  case $2 in
    slurmctld) process_of "$1/slurmctld.pid" slurmctld "$1/log/slurmctld.log" ;;
    n1 | n2) process_of "$1/$2.pid" slurmd "$1/log/$2.log" ;;
    munge) process_of "$1/munge/pid" munged "$1/munge/log" ;;
    *) fail "no such part: $2 (n1, n2 or slurmctld)" ;;
  esac
}

kill_part() {
  local folder=$1 part=$2 pids=() root pid
  pid="$(part_of "$folder" "$part")"
  [[ -n $pid ]] || fail "$part does not run."
  mapfile -t pids < <(
    tree_of "$pid"
    if [[ $part != slurmctld ]]; then for root in $(steps_of "$folder" "$part"); do tree_of "$root"; done; fi
  )
  kill -9 "${pids[@]}" 2>/dev/null || true
  rm -f "$folder/$part.pid"
  say "$part killed, ${#pids[@]} processes with -9"
}

down() {
  local folder=$1 pids=() pid part
  for part in slurmctld n1 n2 munge; do
    for pid in $(part_of "$folder" "$part"); do mapfile -t -O "${#pids[@]}" pids < <(tree_of "$pid"); done
  done
  for pid in $(steps_of "$folder" "n[12]"); do mapfile -t -O "${#pids[@]}" pids < <(tree_of "$pid"); done
  ((${#pids[@]} == 0)) || kill -9 "${pids[@]}" 2>/dev/null || true
  rm -rf "$folder"
  say "stopped and deleted"
}

run() {
  local folder code=0
  folder="$(mktemp -d "${TMPDIR:-/tmp}/two-nodes.XXXXXX")"
  # shellcheck disable=SC2064  # the folder of now
  trap "down '$folder'" EXIT
  up "$folder"
  SLURM_CONF="$folder/slurm.conf" TWO_NODES="$folder" "$@" || code=$?
  return "$code"
}

case "${1:-} $#" in
  "up 2") need; up "$2" ;;
  "down 2") down "$(readlink -f "$2")" ;;
  "kill 3") kill_part "$(readlink -f "$2")" "$3" ;;
  "start 3") need; start "$(readlink -f "$2")" "$3" ;;
  "run "*) (($# > 1)) || fail "run what?"; need; shift; run "$@" ;;
  *) sed -n '2,11s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac
