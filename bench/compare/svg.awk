# A chart of bench/server's loads: the ratio to C of each server, with the range of its rounds.
function x(q) { return LEFT + (q > MOST ? MOST : q) / MOST * WIDTH }

function text(at, y, anchor, class, words) {
  gsub(/&/, "\\&amp;", words)
  gsub(/</, "\\&lt;", words)
  return sprintf("<text x=\"%.0f\" y=\"%.1f\" text-anchor=\"%s\" class=\"%s\">%s</text>\n", at, y, anchor, class, words)
}

function color(s) { return s == "ours" ? "#0b6e99" : s == "baseline" ? "#8fb8c9" : "#b9b9b9" }

END {
  LEFT = 330; WIDTH = 560; BAR = 11; GAP = 12
  MOST = 1.5; SHOWN = 2.5 # longer bars are cut; their number tells
  for (i = 1; i <= rows; i++) {
    for (j = 1; j <= servers; j++) {
      q = ratio(row[i], server[j], "c", "rate")
      if (is_load(row[i]) && q != "" && q * 1.05 > MOST) MOST = q * 1.05
    }
  }
  if (MOST > SHOWN) MOST = SHOWN
  y = 46
  for (i = 1; i <= rows; i++) {
    r = row[i]
    if (!is_load(r) || !((r, "c") in measured) || kind[r] == "open") continue
    top = y
    for (j = 1; j <= servers; j++) {
      s = server[j]
      q = ratio(r, s, "c", "rate")
      if (s == "c" || q == "") continue
      body = body sprintf("<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"><title>%s: %.2f</title></rect>\n", \
        LEFT, y, x(q) - LEFT, BAR - 2, color(s), label[s], q)
      body = body sprintf("<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" class=\"range\"/>\n", \
        x(extreme(r, s, "c", "rate", 1)), y + BAR / 2 - 1, x(extreme(r, s, "c", "rate", -1)), y + BAR / 2 - 1)
      body = body text(x(extreme(r, s, "c", "rate", -1)) + 5, y + BAR - 3, "start", "value", sprintf("%.2f %s", q, label[s]))
      y += BAR
    }
    body = body text(LEFT - 10, (top + y) / 2 + 3, "end", "row", title[r])
    y += GAP
  }
  printf "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 1040 %d\" font-family=\"sans-serif\">\n", y + 20
  print "<style>.row{font-size:13px;fill:#222}.value{font-size:9px;fill:#444}.head{font-size:15px;fill:#222}" \
    ".range{stroke:#333;stroke-width:1}.one{stroke:#c0392b;stroke-width:1.5}</style>"
  printf "<rect width=\"1040\" height=\"%d\" fill=\"#fff\"/>\n", y + 20
  printf "%s", text(LEFT, 22, "start", "head", "echoes a second, as a ratio to the C echo (1.0); lines: the range of the rounds")
  printf "<line x1=\"%.1f\" y1=\"34\" x2=\"%.1f\" y2=\"%d\" class=\"one\"/>\n", x(1), x(1), y - GAP + 4
  printf "%s", body
  for (i = 1; i <= machine_keys; i++) caption = caption (i > 1 ? "; " : "") machine_key[i] " " machine[machine_key[i]]
  printf "%s</svg>\n", text(LEFT, y + 10, "start", "value", caption)
}
