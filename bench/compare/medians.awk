# Reads what bench/server has measured, for text.awk, json.awk and svg.awk. Fields end at tabs; the first says what a
# line is: M a key and value of the machine, S a server and its label, R a row, N a note, D a measurement.
BEGIN { FS = "\t" }
$1 == "M" { machine_key[++machine_keys] = $2; machine[$2] = $3 }
$1 == "S" { server[++servers] = $2; label[$2] = $3 }
$1 == "R" { row[++rows] = $2; kind[$2] = $3; against[$2] = $4; title[$2] = $5 }
$1 == "N" { note[++notes] = $2 }
$1 == "D" {
  value[$2, $3, $5, $4] = $6
  measured[$2, $3, $5]
  measured[$2, $3]
  measured[$2]
  if ($4 > rounds) rounds = $4
}

# Of all rounds, or "" if there is none.
function median(r, s, metric,    n, i, j, sorted, v) {
  for (i = 1; i <= rounds; i++) {
    if (!((r, s, metric, i) in value)) continue
    v = value[r, s, metric, i] + 0
    for (j = n++; j > 0 && sorted[j] > v; j--) sorted[j + 1] = sorted[j]
    sorted[j + 1] = v
  }
  return n ? (sorted[int((n + 1) / 2)] + sorted[int((n + 2) / 2)]) / 2 : ""
}

function quotient(a, b) { return a == "" || b == "" || b == 0 ? "" : a / b }

# Of the medians of two servers in one row.
function ratio(r, s, other, metric) { return quotient(median(r, s, metric), median(r, other, metric)) }

# The smallest (sign 1) or largest (sign -1) ratio of two servers within one round.
function extreme(r, s, other, metric, sign,    i, q, found) {
  found = ""
  for (i = 1; i <= rounds; i++) {
    if (!((r, s, metric, i) in value) || !((r, other, metric, i) in value)) continue
    q = quotient(value[r, s, metric, i], value[r, other, metric, i])
    if (q != "" && (found == "" || sign * q < sign * found)) found = q
  }
  return found
}

# Loads are measured by C, programs by the older version.
function yardstick(r) { return kind[r] == "start" || kind[r] == "check" || kind[r] == "hello" ? "baseline" : "c" }

function is_load(r) { return kind[r] == "load" || kind[r] == "open" || kind[r] == "threads" || kind[r] == "idle" }
