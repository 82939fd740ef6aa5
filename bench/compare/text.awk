# The tables of bench/server.
function number(format, v) { return v == "" ? "-" : sprintf(format, v) }

function spread(r, s, other, metric,    low) {
  low = extreme(r, s, other, metric, 1)
  return s == other || low == "" ? "" : sprintf("%.2f..%.2f", low, extreme(r, s, other, metric, -1))
}

function to(r, s, other, metric) { return s == other ? "" : number("%.2f", ratio(r, s, other, metric)) }

function loads(    i, j, r, s, first) {
  for (i = 1; i <= rows; i++) {
    r = row[i]
    if (!is_load(r)) continue
    if (!head++) {
      printf "%-42s %-15s %9s %6s %11s %8s %6s %9s %6s %6s\n", "load (medians)", "server", "echoes/s", "to C",
        "in rounds", "CPU ns", "to C", "p99 us", "to C", "bytes"
    }
    first = 1
    for (j = 1; j <= servers; j++) {
      s = server[j]
      if (s != "c" && s != "ours" && !((r, s) in measured)) continue
      if (!((r, s) in measured)) missing++
      printf "%-42s %-15s %9s %6s %11s %8s %6s %9s %6s %6s\n", first ? title[r] : "", label[s],
        number("%.0f", median(r, s, "rate")), to(r, s, "c", "rate"), spread(r, s, "c", "rate"),
        number("%.0f", median(r, s, "cpu")), to(r, s, "c", "cpu"),
        number("%.1f", quotient(median(r, s, "p99"), 1000)), to(r, s, "c", "p99"),
        (r, s, "allocated") in measured ? number("%.0f", median(r, s, "allocated")) : ""
      first = 0
    }
  }
  if (head) {
    print "CPU: of the server for an echo; bytes: allocated for an echo; in rounds: the range of their ratios"
  }
}

function costs(    i, r) {
  for (i = 1; i <= rows; i++) {
    r = row[i]
    if (!((r, "bare") in measured)) continue
    if (!costs_head++) print "\ndualport of dualport without flow table, guard and stamps (range of the rounds)"
    printf "%s: %s (%s)\n", title[r], number("%.3f", ratio(r, "ours", "bare", "rate")), spread(r, "ours", "bare", "rate")
  }
}

# What a row kept of another one's rate, server by server.
function kept(    i, j, r, s, line) {
  for (i = 1; i <= rows; i++) {
    r = row[i]
    if (against[r] == "-" || kind[r] == "open" || !(r in measured)) continue
    if (!kept_head++) print "\nof the rate of another row"
    line = ""
    for (j = 1; j <= servers; j++) {
      s = server[j]
      if (!((r, s) in measured) || !((against[r], s) in measured)) continue
      line = line (line == "" ? "" : ", ") label[s] " " \
        number("%.2f", quotient(median(r, s, "rate"), median(against[r], s, "rate")))
      if (kind[r] == "threads") {
        line = line " (could " number("%.2f", quotient(median(against[r], s, "busiest"), median(r, s, "busiest"))) ")"
      }
    }
    printf "%s, of %s: %s\n", title[r], title[against[r]], line
  }
  for (i = 1; i <= rows; i++) {
    if (kind[row[i]] == "threads" && row[i] in measured) {
      print "could: by the processor time of the busiest thread, if every thread had a core for itself"
      return
    }
  }
}

function memory(    i, j, r, s) {
  for (i = 1; i <= rows; i++) {
    r = row[i]
    if (kind[r] != "memory") continue
    printf "\n%-42s %-15s %9s %9s\n", title[r] ", KiB each", "", "resident", "held"
    for (j = 1; j <= servers; j++) {
      s = server[j]
      if (s == "ours" && !((r, s, "resident") in measured)) missing++
      if ((r, s) in measured || s == "ours") {
        printf "%-42s %-15s %9s %9s\n", "", label[s], number("%.1f", median(r, s, "resident")),
          number("%.1f", median(r, s, "held"))
      }
    }
    print "resident: what a process grew by; held: without garbage, the heap's reserve and what compilers took"
  }
}

function programs(    i, j, r, s, first) {
  for (i = 1; i <= rows; i++) {
    r = row[i]
    if (yardstick(r) != "baseline") continue
    if (!programs_head++) {
      printf "\n%-42s %-10s %7s %6s %11s %7s %7s %8s %9s %9s\n", "program (medians)", "", "ms", "to old", "in rounds",
        "CPU ms", "MiB", "line ms", "TCP us", "UDP us"
    }
    first = 1
    for (j = 1; j <= servers; j++) {
      s = server[j]
      if (!((r, s) in measured)) {
        if (s == "ours" && kind[r] != "hello") { printf "%-42s %-10s -\n", title[r], label[s]; missing++ }
        continue
      }
      printf "%-42s %-10s %7s %6s %11s %7s %7s %8s %9s %9s\n", first ? title[r] : "", label[s],
        number("%.0f", median(r, s, "millis")), to(r, s, "baseline", "millis"), spread(r, s, "baseline", "millis"),
        number("%.0f", median(r, s, "cpuMillis")), number("%.1f", quotient(median(r, s, "resident"), 1024)),
        number("%.0f", median(r, s, "line")), number("%.1f", quotient(median(r, s, "firstTcp"), 1000)),
        number("%.1f", quotient(median(r, s, "firstUdp"), 1000))
      first = 0
      started = started || kind[r] == "start"
    }
  }
  if (started) {
    print "ms: to both ports bound; line: to the first line of output; TCP, UDP: median of the first 100 round trips after it"
  }
}

# Where a number does not tell of the server alone.
function doubts(    i, j, k, r, s, n) {
  for (i = 1; i <= rows; i++) {
    for (j = 1; j <= servers; j++) {
      r = row[i]; s = server[j]
      n = 0
      for (k = 1; k <= rounds; k++) n += value[r, s, "lost", k]
      if (n > 0) printf "note: %s, %s: %d datagrams lost in %d rounds\n", title[r], label[s], n, rounds
      if ((r, s, "late") in measured && median(r, s, "late") > LATE * median(r, s, "p99")) {
        printf "note: %s, %s: the generator itself was late (p99 %.1f us): its core was not its own\n", title[r],
          label[s], median(r, s, "late") / 1000
      }
    }
  }
}

END {
  LATE = 0.25 # of a latency, from which on it is the generator's
  loads()
  costs()
  kept()
  memory()
  programs()
  print ""
  doubts()
  for (i = 1; i <= notes; i++) print "note: " note[i]
  for (i = 1; i <= machine_keys; i++) printf "%s%s %s", (i > 1 ? "; " : ""), machine_key[i], machine[machine_key[i]]
  print ""
  if (missing > 0) exit 1
}
