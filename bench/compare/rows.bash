# shellcheck shell=bash
# The rows of bench/server, sourced by it.

# name | kind | the row it is held against | further peers | title | arguments of the generator
# Kinds: load runs the generator in turn against all servers; open does so at half of what C took in that row, threads
# with two loops, idle beside idle connections; memory is that of idle connections; start is a server's start, check
# and hello are programs that end.
# again is C a second time: what the machine scatters. bare is dualport without its flow table, guard and stamps: what they cost.
# ncat and socat serve one UDP peer well; ncat with cat comes to a standstill on messages of 64 KiB.
readonly ROWS='
tcp-1x64|load|-|again netty ncat socat xinetd|TCP 1 x 64 B|tcp 1 1 64
tcp-64x64|load|-|again bare netty ncat socat xinetd|TCP 64 x 64 B|tcp 64 1 64
tcp-64x64-16|load|-|again netty ncat socat xinetd|TCP 64 x 64 B, 16 deep|tcp 64 16 64
tcp-4x64k-4|load|-|again netty socat xinetd|TCP 4 x 64 KiB, 4 deep|tcp 4 4 65536
udp-1x64|load|-|again netty ncat socat|UDP 1 x 64 B|udp 1 1 64
udp-64x64|load|-|again bare netty|UDP 64 x 64 B|udp 64 1 64
udp-16x64-32|load|-|again bare netty|UDP 16 x 64 B, 32 deep|udp 16 32 64
udp-16x1400-8|load|-|again netty|UDP 16 x 1400 B, 8 deep|udp 16 8 1400
tcp-half|open|tcp-64x64|again netty|TCP 64 x 64 B at half of the top rate of C|tcp 64 1024 64
udp-half|open|udp-64x64|again netty|UDP 64 x 64 B at half of the top rate of C|udp 64 1024 64
burst-64|load|-|again netty|UDP 16 x 32 of 64 B by sendmmsg|udp 16 32 64 --send burst
burst-1400|load|-|again netty|UDP 16 x 8 of 1400 B by sendmmsg|udp 16 8 1400 --send burst
gso-64|load|burst-64|again netty|UDP 16 x 32 of 64 B by GSO|udp 16 32 64 --send gso
gso-1400|load|burst-1400|again netty|UDP 16 x 8 of 1400 B by GSO|udp 16 8 1400 --send gso
threads-tcp|threads|tcp-64x64|again netty|TCP 64 x 64 B, 2 threads|tcp 64 1 64 --threads 2
threads-udp|threads|udp-64x64|again netty|UDP 64 x 64 B, 2 threads|udp 64 1 64 --threads 2
threads-udp-32|threads|udp-16x64-32|again netty|UDP 16 x 64 B, 32 deep, 2 threads|udp 16 32 64 --threads 2
threads-burst|threads|burst-64|again netty|UDP 16 x 32 of 64 B by sendmmsg, 2 threads|udp 16 32 64 --send burst --threads 2
flows-64|load|-|netty|UDP 64 in flight, 64 five-tuples|udp 64 1 64 --sources 1
flows-19000|load|flows-64|netty|UDP 64 in flight, 19008 five-tuples|udp 64 1 64 --sources 297
idle-rate|idle|tcp-64x64|netty|TCP 64 x 64 B beside 10000 idle|tcp 64 1 64 --idle 10000
idle-memory|memory|-|netty|10000 idle connections|tcp 1 1 64 --idle 10000
start-dual|start|-||start of ./dual server|
start-jar|start|-||start of java -jar dual-server.jar|
check-dual|check|-||./dual client check|
check-jar|check|-||java -jar dual-client.jar check|
lab-dual|check|-||./dual lab list|
lab-jar|check|-||java -jar dual-lab.jar list|
hello|hello|-||Hello World in Java|
'

# of ROW: sets kind, against, row_peers, title and arguments.
of() {
  local line
  line=$(awk -F'|' -v row="$1" '$1 == row' <<<"$ROWS")
  [[ -n $line ]] || wrong "no row '$1'; see --list"
  IFS='|' read -r _ kind against row_peers title arguments <<<"$line"
}

row_names() { sed -n 's/^\([a-z0-9-]*\)|.*/\1/p' <<<"$ROWS"; }

# The servers of the row that `of` looked up.
row_servers() {
  local server
  [[ $kind != hello ]] || echo java
  for server in "${SERVERS[@]}"; do
    is_there "$server" || continue
    case $server in
      c) [[ $kind != start && $kind != check && $kind != hello ]] || continue ;;
      ours) [[ $kind != hello ]] || continue ;;
      baseline)
        [[ $kind != hello ]] || continue
        [[ $1 != *-dual && $kind != check || -n $baseline_home ]] || continue
        ;;
      *) [[ " $row_peers " == *" $server "* ]] || continue ;;
    esac
    echo "$server"
  done
}
