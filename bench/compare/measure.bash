# shellcheck shell=bash
# How a row of bench/server is measured. Sourced by it, within the namespaces.

# record ROW SERVER ROUND METRIC VALUE
record() {
  local IFS=$'\t'
  printf '%s\n' "$*" >>"$work/measured"
}

note() {
  grep -qxF -- "$*" "$work/notes" || echo "$*" >>"$work/notes"
}

# of the JSON line $result
field() {
  [[ $result =~ \"$1\":(-?[0-9.]+) ]] && echo "${BASH_REMATCH[1]}"
}

median() { sort -n | awk '{v[NR]=$1} END {if (NR) print (v[int((NR+1)/2)] + v[int((NR+2)/2)]) / 2}'; }

# The generator against SERVER/VARIANT: one line of JSON in $result, or an error whose last line is there.
# generate KEY WARMUP SECONDS PROTOCOL CONNECTIONS DEPTH SIZE [OPTIONS]
generate() {
  local key=$1 warmup=$2 counted=$3 protocol=$4 connections=$5 depth=$6 size=$7
  shift 7
  result=$(timeout "$GENERATOR_SECONDS" "${load_class[@]}" taskset -c "$load_cores" "$work/generator" --server \
    "${pid_of[$key/$protocol]}" "$protocol" 127.0.0.1 "${port_of[$key]}" "$connections" "$depth" "$size" "$warmup" \
    "$counted" "$@" 2>&1 </dev/null) || return 1
  result=${result##*$'\n'}
}

# A JIT compiler has done its work before anything is counted: on both protocols, as both are served, then on the row's.
warm_up() {
  local key=$1 warm_class=("${load_class[@]}")
  shift
  [[ $ON_JAVA == *" ${key%%/*} "* && $JAVA_WARMUP != 0 ]] || return 0
  load_class=()
  generate "$key" 0 2 tcp 64 1 64 || true
  generate "$key" 0 2 udp 64 1 64 || true
  generate "$key" 0 "$JAVA_WARMUP" "$@" || true
  load_class=("${warm_class[@]}")
}

# Servers that serve a row, each for all its rounds.
start_servers() {
  local variant=$1 server
  for server in $servers; do
    [[ -n ${pid_of[$server/$variant/tcp]:-} ]] || start "$server" "$variant"
  done
}

# In another order in each round, as whoever comes first may find the machine in another state.
in_turn() {
  local round=$1 all
  read -ra all <<<"$servers"
  local shift=$((round % ${#all[@]}))
  echo "${all[@]:shift}" "${all[@]:0:shift}"
}

# measure_load ROW: kinds load, open, threads, idle.
measure_load() {
  local row=$1 variant=plain server round call
  read -ra call <<<"$arguments"
  load_class=("${fifo[@]}")
  case $kind in
    idle) variant=idle ;;
    threads)
      variant=threads
      if [[ ${#cores[@]} -ge 4 ]]; then
        server_cores=${cores[0]},${cores[1]} load_cores=${cores[2]},${cores[3]}
      else
        server_cores=${cores[0]},${cores[1]:-${cores[0]}} load_cores=$server_cores load_class=()
        note "2 threads: no 4 cores here, so servers and generator share 2; read what the busiest thread could do"
      fi
      ;;
    open)
      local top
      top=$(awk -F'\t' -v row="$against" '$1 == row && $2 == "c" && $4 == "rate" {print $5}' "$work/measured" | median)
      call+=(--rate "$(awk -v top="${top:-0}" 'BEGIN {printf "%.0f", top / 2}')")
      load_class=() # it never sleeps, and the kernel stops such a real-time thread for 50 ms in each second
      ;;
  esac
  [[ $kind != idle || -z $quick ]] || call[5]=$QUICK_IDLE
  start_servers "$variant"
  for server in $servers; do
    warm_up "$server/$variant" "${call[@]}"
    [[ ${#fifo[@]} -eq 0 || ($kind == threads && ${#load_class[@]} -eq 0) ]] || real_time "$server/$variant"
  done
  for ((round = 1; round <= rounds; round++)); do
    for server in $(in_turn "$round"); do
      if generate "$server/$variant" "$WARMUP" "$COUNTED" "${call[@]}" && [[ $(field messages) -gt 0 ]]; then
        record_load "$row" "$server" "$round"
        printf '%s, round %d of %d, %s: %s/s\n' "$title" "$round" "$rounds" "$(label "$server")" "$(field perSecond)" >&2
      else
        [[ $result != '{'* ]] || result="no echo came back"
        note "$title, $(label "$server"): ${result##*$'\n'}"
      fi
    done
  done
  server_cores=${cores[0]} load_cores=${cores[1]:-${cores[0]}}
}

record_load() {
  local messages
  messages=$(field messages)
  record "$@" rate "$(field perSecond)"
  record "$@" p50 "$(field p50Nanos)"
  record "$@" p99 "$(field p99Nanos)"
  record "$@" cpu "$(($(field serverNanos) / messages))"
  record "$@" busiest "$(($(field serverBusiestThreadNanos) / messages))"
  record "$@" lost "$(field lost)"
}

resident_kib() { awk '/^VmRSS:/ {print $2}' "/proc/$1/status"; }

# What a JVM has freed is no memory of the connections.
collect_garbage() {
  [[ $ON_JAVA != *" $1 "* ]] || "$(dirname "$(command -v "$java")")/jcmd" "$2" GC.run >/dev/null 2>&1 ||
    note "10000 idle connections, $(label "$1"): no jcmd, so what is garbage counts too"
}

measure_memory() {
  local row=$1 server pid before after idle=10000
  [[ -z $quick ]] || idle=$QUICK_IDLE
  load_class=()
  for server in $servers; do
    start "$server" memory
    pid=${pid_of[$server/memory/tcp]}
    generate "$server/memory" 0 1 tcp 64 1 64 || true
    collect_garbage "$server" "$pid"
    before=$(resident_kib "$pid")
    "$work/generator" tcp 127.0.0.1 "${port_of[$server/memory]}" 1 1 64 0 "$MEMORY_SECONDS" --idle "$idle" \
      >/dev/null 2>"$work/idle" &
    local load=$!
    until grep -q stand "$work/idle"; do
      kill -0 $load 2>/dev/null || break
      sleep 0.05
    done
    collect_garbage "$server" "$pid"
    after=$(resident_kib "$pid")
    if wait $load; then
      record "$row" "$server" 1 memory "$(awk -v kib=$((after - before)) -v n="$idle" 'BEGIN {printf "%.2f", kib / n}')"
    else
      note "$title, $(label "$server"): $(tail -n 1 "$work/idle")"
    fi
  done
}

# measure_programs ROW: kinds start, check, hello: with all cores and as users call them.
measure_programs() {
  local row=$1 server round command port
  [[ $kind != check ]] || start c plain
  for ((round = 1; round <= rounds; round++)); do
    for server in $(in_turn "$round"); do
      local home=. jar=server/target/dual-server.jar
      [[ $server != baseline ]] || home=$baseline_home jar=$baseline_jar
      port=$((next_port++))
      case $row in
        start-dual) command=(server "$port" "$home/dual" server --port "$port") ;;
        start-jar) command=(server "$port" "$java" -jar "$jar" --port "$port") ;;
        check-dual) command=(whole "$home/dual" client check "127.0.0.1:${port_of[c/plain]}") ;;
        check-jar) command=(whole "$java" -jar "$home/client/target/dual-client.jar" check "127.0.0.1:${port_of[c/plain]}") ;;
        hello) command=(whole "$java" -cp "$work" Hello) ;;
      esac
      if result=$("$work/start" "${command[@]}" 2>"$work/program.err") && [[ $(field exit || echo 0) == 0 ]]; then
        record_program "$row" "$server" "$round"
        printf '%s, round %d of %d, %s: %s ms\n' "$title" "$round" "$rounds" "$(label "$server")" "$(field millis)" >&2
      else
        note "$title, $(label "$server"): $(tail -n 1 "$work/program.err")"
      fi
    done
  done
}

record_program() {
  record "$@" millis "$(field millis)"
  record "$@" cpuMillis "$(field processorMillis)"
  record "$@" resident "$(field residentKib)"
  [[ $kind == start ]] || return 0
  record "$@" line "$(field lineMillis)"
  record "$@" firstTcp "$(field tcpP50Nanos)"
  record "$@" firstTcpMax "$(field tcpMaxNanos)"
  record "$@" firstUdp "$(field udpP50Nanos)"
  record "$@" firstUdpMax "$(field udpMaxNanos)"
}
