# shellcheck shell=bash
# The servers of bench/server: how each is started, pinned, told to be ready, and ended. Sourced by it.

declare -A pid_of=()  # SERVER/VARIANT/PROTOCOL -> process
declare -A port_of=() # SERVER/VARIANT -> port
started=()            # all processes to end
next_port=18100       # below the ephemeral range

# What users see first, in this order.
readonly SERVERS=(c again ours baseline bare netty ncat socat xinetd)
readonly ON_JAVA=' ours baseline bare netty '

label() {
  case $1 in
    c) echo "C" ;;
    again) echo "C, again" ;;
    ours) echo "dualport" ;;
    bare) echo "dualport, bare" ;;
    netty) echo "Netty's example" ;;
    ncat) echo "ncat --exec cat" ;;
    socat) echo "socat PIPE" ;;
    java) echo "Hello World" ;;
    *) echo "$1" ;;
  esac
}

# The servers of this run: those that are there and were asked for.
is_there() {
  case $1 in
    c | ours) true ;;
    baseline) [[ -n $baseline_jar ]] ;;
    again | bare | netty) [[ " $peers " == *" $1 "* ]] ;;
    *) [[ " $peers " == *" $1 "* ]] && command -v "$1" >/dev/null ;;
  esac
}

# launch KEY COMMAND...: in the background, on the cores of servers; KEY/tcp and KEY/udp name the process.
launch() {
  local key=$1
  shift
  taskset -c "$server_cores" "$@" >"$work/${key//\//-}.out" 2>"$work/${key//\//-}.err" </dev/null &
  started+=($!)
  pid_of[$key/tcp]=$! pid_of[$key/udp]=$!
}

# start SERVER VARIANT: plain has one loop, threads has two, idle takes more connections; memory does too, and all of its
# heap is resident from the start, so that what is resident later is no heap.
start() {
  local server=$1 variant=$2 key=$1/$2 port=$((next_port++)) threads=1 options=()
  [[ $variant != threads ]] || threads=2
  [[ $variant != idle && $variant != memory ]] || options=(--max-connections 20000)
  port_of[$key]=$port
  local jvm=("$java") ours=(./dual server)
  if [[ $variant == memory ]]; then
    jvm+=(-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xms256m -Xmx256m -XX:+AlwaysPreTouch)
    ours=("${jvm[@]}" -jar server/target/dual-server.jar)
  fi
  options+=(--port "$port" --threads "$threads" --view log)
  case $server in
    c | again) launch "$key" "$work/echo" "$port" "$threads" ;;
    ours) launch "$key" "${ours[@]}" "${options[@]}" ;;
    bare) launch "$key" "${ours[@]}" "${options[@]}" --max-flows 0 --guard off --stamp off ;;
    baseline) launch "$key" "${jvm[@]}" -jar "$baseline_jar" "${options[@]}" ;;
    netty)
      launch "$key" "${jvm[@]}" -cp "$work:server/target/dual-server.jar" NettyEcho "$port" "$threads"
      ;;
    ncat)
      launch "$key" ncat -u -l -k --exec /bin/cat 127.0.0.1 "$port"
      local udp=$!
      launch "$key" ncat -l -k --exec /bin/cat 127.0.0.1 "$port"
      pid_of[$key/udp]=$udp
      ;;
    socat)
      launch "$key" socat "UDP4-LISTEN:$port,bind=127.0.0.1,reuseaddr,fork" PIPE
      local udp=$!
      launch "$key" socat "TCP4-LISTEN:$port,bind=127.0.0.1,reuseaddr,fork,backlog=1024,nodelay" PIPE
      pid_of[$key/udp]=$udp
      ;;
    xinetd)
      xinetd_conf "$port" >"$work/xinetd.conf"
      launch "$key" xinetd -dontfork -f "$work/xinetd.conf" -pidfile "$work/xinetd.pid"
      ;;
  esac
  await_bound "$key" "$port"
}

# xinetd's own echo, without its limits.
xinetd_conf() {
  local service=' type = INTERNAL UNLISTED\n id = echo-%s\n protocol = %s\n socket_type = %s\n wait = %s'
  service="service echo\n{\n$service\n user = $(id -un)\n bind = 127.0.0.1\n port = $1\n}\n"
  printf 'defaults\n{\n cps = 1000000 1\n instances = UNLIMITED\n per_source = UNLIMITED\n}\n'
  # shellcheck disable=SC2059
  printf "$service" tcp tcp stream no udp udp dgram yes
}

is_bound() {
  awk -v port=":$(printf %04X "$1")" '$2 ~ port "$" && (FILENAME ~ /udp/ || $4 == "0A") {seen[FILENAME ~ /udp/]}
    END {exit !((0 in seen) && (1 in seen))}' /proc/net/{tcp,udp} /proc/net/{tcp,udp}6 2>/dev/null
}

await_bound() {
  local tries
  for ((tries = 0; tries < 600; tries++)); do
    if is_bound "$2"; then return 0; fi
    kill -0 "${pid_of[$1/tcp]}" 2>/dev/null || break
    sleep 0.05
  done
  fail "$(label "${1%%/*}") does not start: $(tail -n 3 "$work/${1//\//-}.err")"
}

# Runs ahead of all else on its core, threads that exist and those to come; without permission it stays as it is.
real_time() {
  local key=$1 protocol
  for protocol in tcp udp; do
    chrt --all-tasks --fifo --pid 1 "${pid_of[$key/$protocol]}" 2>/dev/null || true
  done
}

stop_servers() {
  local pid
  for pid in "${started[@]}"; do kill "$pid" 2>/dev/null || true; done
  # Within seconds, as ours drains its connections; no load is left by then.
  for pid in "${started[@]}"; do
    { timeout 10 tail --pid="$pid" -f /dev/null && wait "$pid"; } 2>/dev/null || kill -KILL "$pid" 2>/dev/null || true
  done
  started=() pid_of=() port_of=()
}
