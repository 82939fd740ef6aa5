# All numbers of bench/server as one JSON object.
# By hand: what gsub makes of backslashes differs from awk to awk.
function quoted(words,    i, c, out) {
  for (i = 1; i <= length(words); i++) {
    c = substr(words, i, 1)
    out = out (c == "\\" || c == "\"" ? "\\" c : c ~ /[[:cntrl:]]/ ? " " : c)
  }
  return "\"" out "\""
}

function number(v) { return v == "" ? "null" : sprintf("%.6g", v) + 0 }

function whole_number(v) { return v == "" ? "null" : (v == int(v) ? sprintf("%.0f", v) : sprintf("%.6g", v)) }

function metrics(r, s,    names, n, i, m, k, out, list) {
  n = split("rate p50 p99 cpu busiest lost late allocated held millis line cpuMillis resident firstTcp firstTcpMax firstUdp firstUdpMax",
    names, " ")
  for (i = 1; i <= n; i++) {
    m = names[i]
    if (!((r, s, m) in measured)) continue
    list = ""
    for (k = 1; k <= rounds; k++) {
      if ((r, s, m, k) in value) list = list (list == "" ? "" : ",") whole_number(value[r, s, m, k])
    }
    out = out sprintf("%s\n          %s: {\"median\": %s, \"rounds\": [%s]", out == "" ? "" : ",", quoted(m),
      whole_number(median(r, s, m)), list)
    if (s != yardstick(r) && ratio(r, s, yardstick(r), m) != "") {
      out = out sprintf(", \"ratio\": %s, \"ratioMin\": %s, \"ratioMax\": %s", number(ratio(r, s, yardstick(r), m)),
        number(extreme(r, s, yardstick(r), m, 1)), number(extreme(r, s, yardstick(r), m, -1)))
    }
    out = out "}"
  }
  return out
}

END {
  printf "{\n  \"machine\": {"
  for (i = 1; i <= machine_keys; i++) printf "%s%s: %s", (i > 1 ? ", " : ""), quoted(machine_key[i]), quoted(machine[machine_key[i]])
  printf "},\n  \"notes\": ["
  for (i = 1; i <= notes; i++) printf "%s%s", (i > 1 ? ", " : ""), quoted(note[i])
  printf "],\n  \"rows\": ["
  for (i = 1; i <= rows; i++) {
    r = row[i]
    printf "%s\n    {\"row\": %s, \"title\": %s, \"kind\": %s, \"against\": %s, \"yardstick\": %s, \"servers\": [", (i > 1 ? "," : ""),
      quoted(r), quoted(title[r]), quoted(kind[r]), (against[r] == "-" ? "null" : quoted(against[r])), quoted(yardstick(r))
    first = 1
    for (j = 1; j <= servers; j++) {
      if (!((r, server[j]) in measured)) continue
      printf "%s\n      {\"server\": %s, \"label\": %s, \"metrics\": {%s}}", first ? "" : ",", quoted(server[j]),
        quoted(label[server[j]]), metrics(r, server[j])
      first = 0
    }
    printf "]}"
  }
  print "\n  ]\n}"
}
