#!/usr/bin/env bash
# Sweeps of six runs, each run a job of a Slurm of two nodes on this machine, with one fault in the middle of each sweep. All that is
# real is real: lab, its worker (or the one that SCALINGLAB_WORKER names), Slurm, PostgreSQL. Everything lies in a folder of its own and
# is stopped and deleted at the end. Needs root, Debian's slurm-wlm, munge and postgresql, which it installs where they lack, and lab as
# ./lab builds it.
#
#   faults.sh [none] [node] [controller] [requeue] [cancel]     all of them unless named; some minutes each
#
# Prints a line for each; the exit code is 0 only if every run of every sweep ended as it should.
set -euo pipefail
here="$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")"
root="$(readlink -f "$here/../..")"
known=(none node controller requeue cancel)
lab=(dotnet "$root/artifacts/bin/ScalingLab.Cli/release/lab.dll")
limit=${FAULTS_LIMIT:-600} # seconds for one sweep

fail() { printf 'faults: %s\n' "$*" >&2; exit 2; }
for wanted in "$@"; do [[ " ${known[*]} " == *" $wanted "* ]] || fail "no such fault: $wanted (${known[*]})"; done
[[ -e ${lab[1]} ]] || fail "${lab[1]} is not there: ./lab --help builds it."

# Root gets what lacks; others the line to run, as their last word.
set_up() {
  local package missing=()
  for package in slurm-wlm munge postgresql; do
    [[ "$(dpkg-query -W -f='${db:Status-Abbrev}' "$package" 2>/dev/null)" == ii* ]] || missing+=("$package")
  done
  ((${#missing[@]} > 0)) || return 0
  local line="apt-get update && apt-get install -y --no-install-recommends ${missing[*]}"
  if [[ $EUID -eq 0 ]] && command -v apt-get >/dev/null; then
    printf 'faults: installing %s\n' "${missing[*]}" >&2
    DEBIAN_FRONTEND=noninteractive bash -c "$line" >&2 && return 0
  fi
  fail "missing: ${missing[*]}. As root: $line"
}
if command -v dpkg-query >/dev/null; then set_up; fi
[[ $EUID -eq 0 ]] || fail "needs root: slurmd and munged want users of their own."
[[ -n ${TWO_NODES:-} ]] || exec "$here/two-nodes.sh" run "${BASH_SOURCE[0]}" "$@"

bin="$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | tail -n 1)"
[[ -n $bin ]] || fail "missing: PostgreSQL's programs. As root: apt-get install --no-install-recommends postgresql"
state="$TWO_NODES/state"
launcher=""
cd "$TWO_NODES"

as_postgres() { setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; }

stop() {
  [[ -z $launcher ]] || { kill "$launcher" && wait "$launcher"; } 2>/dev/null || true
  as_postgres "$bin/pg_ctl" -D "$TWO_NODES/postgres/data" -m immediate -w stop >/dev/null 2>&1 || true
}
trap stop EXIT

start_postgres() {
  local folder="$TWO_NODES/postgres" port password
  port=$((20000 + RANDOM % 20000))
  password="$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')"
  mkdir "$folder"
  (umask 077; printf %s "$password" >"$folder/password")
  chown -R postgres: "$folder"
  as_postgres "$bin/initdb" -D "$folder/data" -U lab --auth=scram-sha-256 --pwfile="$folder/password" -E UTF8 --locale=C >/dev/null
  printf "port = %s\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = '%s'\n" "$port" "$folder" >>"$folder/data/postgresql.conf"
  as_postgres "$bin/pg_ctl" -D "$folder/data" -l "$folder/log" -w start >/dev/null
  export SCALINGLAB_LEDGER="postgres://lab:$password@127.0.0.1:$port/postgres" SCALINGLAB_HOME="$state"
}

# A sweep's runs by state, in lab's own words.
states() { "${lab[@]}" status "$1" --json 2>/dev/null | tr -d ' \n' | grep -o '"states":{[^}]*}'; }

# As many of them as are in some states.
count() {
  local said=$1 state sum=0 number
  for state in "${@:2}"; do
    number="$(grep -o "\"$state\":[0-9]*" <<<"$said" | grep -o '[0-9]*$' || echo 0)"
    sum=$((sum + number))
  done
  echo "$sum"
}

# Waits until a command succeeds; says what it waited for when it never does.
until_so() {
  local what=$1 began=$SECONDS
  shift
  until "$@"; do
    if ((SECONDS - began > limit)); then
      printf 'faults: waited in vain for %s\n' "$what" >&2
      tail -n 20 "$TWO_NODES/launcher.log" >&2
      squeue --array >&2 || true
      return 1
    fi
    sleep 0.5
  done
}

# A job on a node has said that its worker trains: prints the job's number.
job_on() {
  local id name task
  while read -r id name task; do
    [[ $task == N/A ]] && task="" || task="_$task"
    grep -q ' started ' "$state/logs/slurm/$name$task.log" 2>/dev/null && { echo "$id"; return 0; }
  done < <(squeue --noheader --array --states=RUNNING --nodelist="$1" --format='%i %j %K' 2>/dev/null)
  return 1
}
trains_on() { job_on "$1" >/dev/null; }

ended() { (($(count "$(states "$1")" completed cancelled failed quarantined) == 6)); }
slurm_is_empty() { [[ -z "$(squeue --noheader 2>&1)" ]]; }

# What launcher and jobs said of that form, the latest last.
said_so() { cat "$TWO_NODES/launcher.log" "$state"/logs/slurm/*.log 2>/dev/null | sort | grep -o -- "$1" || true; }

queue_sweep() {
  # shellcheck disable=SC2094  # text is read, the grid is written
  cat >"$TWO_NODES/grid.json" <<GRID
{ "name": "$1", "question": "Does every run complete?",
  "data": { "corpus": "text", "paths": ["text"], "tokenizer": { "kind": "bytes" } },
  "models": ["micro-28k"], "lengths": [{ "tokens": ${FAULTS_TOKENS:-512000} }], "seeds": [$2],
  "worker": { "checkpointSeconds": 2 } }
GRID
  "${lab[@]}" queue "$TWO_NODES/grid.json" --out "$TWO_NODES/results/$1" >/dev/null 2>"$TWO_NODES/queue.log" || { cat "$TWO_NODES/queue.log" >&2; return 1; }
}

# One sweep with one fault; prints its line; false where a run did not end as it should.
try() {
  local fault=$1 number=$2 began=$SECONDS seeds job want=completed said got lost again before resumed
  seeds="$(seq -s, $((number * 10 + 1)) $((number * 10 + 6)))"
  before="$(said_so ' lost ' | wc -l)"
  resumed="$(said_so 'from step [0-9]*, attempt [0-9]*' | wc -l)"
  queue_sweep "$fault" "$seeds" || return 1
  until_so "jobs on both nodes" trains_on n1 || return 1
  until_so "jobs on both nodes" trains_on n2 || return 1
  sleep 5 # a checkpoint or two
  case $fault in
    none) ;;
    node)
      "$here/two-nodes.sh" kill "$TWO_NODES" n1 2>>"$TWO_NODES/done.log"
      sleep 30
      "$here/two-nodes.sh" start "$TWO_NODES" n1 2>>"$TWO_NODES/done.log"
      ;;
    controller)
      "$here/two-nodes.sh" kill "$TWO_NODES" slurmctld 2>>"$TWO_NODES/done.log"
      sleep 20
      "$here/two-nodes.sh" start "$TWO_NODES" slurmctld 2>>"$TWO_NODES/done.log"
      ;;
    requeue)
      job="$(job_on n1)" || job="$(job_on n2)"
      scontrol requeue "$job"
      ;;
    cancel)
      want=cancelled
      "${lab[@]}" cancel "$fault" >/dev/null
      until_so "Slurm without its jobs" slurm_is_empty || return 1
      ;;
  esac
  until_so "the end of the sweep" ended "$fault" || return 1
  said="$(states "$fault")"
  got="$(count "$said" "$want")"
  [[ $fault == cancel ]] && got="$(count "$said" cancelled completed)" # what had its result before keeps it
  lost="$(($(said_so ' lost ' | wc -l) - before))"
  again="$(said_so 'from step [0-9]*, attempt [0-9]*' | tail -n "+$((resumed + 1))" | paste -sd ';')"
  printf 'faults: %-10s %s of 6 %s in %s s, attempts lost: %s%s; %s\n' "$fault" "$got" "$want" $((SECONDS - began)) "$lost" \
    "${again:+, went on $again}" "$([[ $got == 6 ]] && echo held || echo BROKEN)"
  [[ $got == 6 ]]
}

start_postgres
mkdir -p "$state" text
cp "$root"/*.md "$root"/docs/*.md text/
"${lab[@]}" node --launcher slurm --slurm-env DUMMY_STEP_MS --slurm-env DUMMY_SCRIPT >"$TWO_NODES/launcher.log" 2>&1 &
launcher=$!

faults=("$@")
((${#faults[@]} > 0)) || faults=("${known[@]}")
code=0
for index in "${!faults[@]}"; do try "${faults[$index]}" "$index" || code=1; done
! grep -rqF "$(cat "$TWO_NODES/postgres/password")" "$state/logs" "$TWO_NODES/launcher.log" "$TWO_NODES/ctl" "$TWO_NODES/log" ||
  { printf 'faults: the password of the ledger is in a log, or in what Slurm keeps\n'; code=1; }
exit "$code"
