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
      # The generator never sleeps here, and the kernel may stop such a real-time thread for 50 ms in each second.
      [[ $(cat /proc/sys/kernel/sched_rt_runtime_us) == -1 ]] || load_class=()
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
      if counted_echoes "$server/$variant" "${call[@]}"; then
        record_load "$row" "$server" "$round"
        printf '%s, round %d of %d, %s: %s/s\n' "$title" "$round" "$rounds" "$(label "$server")" "$(field perSecond)" >&2
      else
        [[ $result != '{'* ]] || result="no echo came back"
        note "$title, $(label "$server"): ${result##*$'\n'}"
      fi
    done
  done
  [[ $kind != load || -n $quick ]] || measure_allocation "$row" "${call[@]}"
  server_cores=${cores[0]} load_cores=${cores[1]:-${cores[0]}}
}

# A busy machine may give a server no core for as short a time as --quick counts: then longer.
counted_echoes() {
  local key=$1 counted
  shift
  for counted in "$COUNTED" ${quick:+2 10}; do
    if generate "$key" "$WARMUP" "$counted" "$@" && [[ $(field messages) -gt 0 ]]; then return 0; fi
  done
  return 1
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
  [[ $kind != open ]] || record "$@" late "$(field lateP99Nanos)"
}

# Bytes that the thread of a JVM which allocates most has allocated so far.
allocated() {
  "$(dirname "$(command -v "$java")")/jcmd" "${pid_of[$1/tcp]}" Thread.print -e | awk '
    match($0, /allocated=[0-9]+[BKMG]/) {
      n = substr($0, RSTART + 10, RLENGTH - 11) + 0
      unit = substr($0, RSTART + RLENGTH - 1, 1)
      n *= unit == "K" ? 1024 : unit == "M" ? 1048576 : unit == "G" ? 1073741824 : 1
      if (n > most) most = n
    }
    END {printf "%.0f", most}'
}

# After the rounds, so that it disturbs none of them.
measure_allocation() {
  local row=$1 server before after
  shift
  for server in $servers; do
    [[ $ON_JAVA == *" $server "* ]] || continue
    before=$(allocated "$server/plain")
    generate "$server/plain" 0 "$COUNTED" "$@" || continue
    after=$(allocated "$server/plain")
    record "$row" "$server" 1 allocated "$(awk -v bytes=$((after - before)) -v n="$(field messages)" \
      'BEGIN {if (n > 0) printf "%.1f", bytes / n}')"
  done
}

# kib resident|held SERVER/VARIANT: held adds what live objects take in a heap that is all resident.
kib() {
  local pid=${pid_of[$2/tcp]} live=0
  if [[ $1 == held && $ON_JAVA == *" ${2%%/*} "* ]]; then
    live=$("$(dirname "$(command -v "$java")")/jcmd" "$pid" GC.class_histogram |
      awk '$1 == "Total" {printf "%d", $3 / 1024}')
  fi
  awk -v live="${live:-0}" '/^VmRSS:/ {print $2 + live}' "/proc/$pid/status"
}

# What idle connections cost, once as users see it and once without what is garbage or the collector's own.
measure_memory() {
  local row=$1 server idle=10000 before load key metric growth
  [[ -z $quick ]] || idle=$QUICK_IDLE
  load_class=()
  for server in $servers; do
    for metric in resident held; do
      key=$server/$([[ $metric == held ]] && echo memory || echo idle)
      [[ -n ${pid_of[$key/tcp]:-} ]] || start "$server" "${key#*/}"
      generate "$key" 0 2 tcp 64 1 64 --idle $((idle / 10)) || true
      before=$(kib $metric "$key")
      : >"$work/idle"
      timeout "$GENERATOR_SECONDS" "$work/generator" tcp 127.0.0.1 "${port_of[$key]}" 1 1 64 0 "$MEMORY_SECONDS" \
        --idle "$idle" >/dev/null 2>>"$work/idle" &
      load=$!
      until grep -q stand "$work/idle" || ! kill -0 $load 2>/dev/null; do sleep 0.05; done
      growth=$(($(kib $metric "$key") - before))
      if kill $load 2>/dev/null; then
        record "$row" "$server" 1 $metric "$(awk -v kib=$growth -v n="$idle" 'BEGIN {printf "%.2f", kib / n}')"
      else
        note "$title, $(label "$server"): $(tail -n 1 "$work/idle")"
      fi
      wait $load || true
    done
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
        lab-dual) command=(whole "$home/dual" lab list) ;;
        lab-jar) command=(whole "$java" -jar "$home/lab/target/dual-lab.jar" list) ;;
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

# Of all rows, from what each server's start, warm-up and rounds take.
estimated_minutes() {
  local row seconds=0 on_java count
  for row in $rows; do
    of "$row"
    count=$(row_servers "$row" | wc -l)
    on_java=$(row_servers "$row" | grep -cE '^(ours|baseline|bare|netty)$' || true)
    case $kind in
      memory) seconds=$((seconds + 25 * count)) ;;
      start | check | hello) seconds=$((seconds + 4 * rounds * count)) ;;
      *) seconds=$((seconds + count * rounds * (WARMUP + COUNTED) + on_java * (JAVA_WARMUP + COUNTED + 7))) ;;
    esac
  done
  echo $((seconds / 60 + 1))
}
