# Makes a manual page (man(7)) of what a program's --help prints.
# Usage: program --help | awk -v name=dual-server -v version=0.1.0 -v date=2026-01-01 -f man.awk

function escaped(text) {
  gsub(/\\/, "\\e", text)
  gsub(/-/, "\\-", text)
  sub(/^[.']/, "\\\\\\&&", text)
  return text
}

function section(title) {
  if (verbatim) print ".fi"
  verbatim = 0
  print ".SH " toupper(title)
}

BEGIN {
  printf ".TH %s 1 %s \"dualport %s\" \"User Commands\"\n", toupper(name), date, version
  section("name")
}

NR == 1 {
  sub(/\.$/, "")
  print escaped(name) " \\- " escaped($0)
  next
}

/^Usage: / {
  section("synopsis")
  print escaped(substr($0, 8))
  section("description")
  next
}

# "Options (where their values come from):" over one line or two: its words are the section's first paragraph.
/^(Commands|Options|Exit codes|Verdicts|Examples)( \(.*)?:?$/ {
  title = $0
  sub(/( \(.*)?:?$/, "", title)
  section(title == "Exit codes" ? "exit status" : title)
  if (title == "Examples") {
    print ".nf"
    verbatim = 1
  }
  text = substr($0, length(title) + 3)
  open = text != "" && text !~ /\):$/
  sub(/\):$/, ".", text)
  if (text != "") print escaped(text)
  next
}

open {
  open = $0 !~ /\):$/
  sub(/\):$/, ".")
  print escaped($0)
  next
}

# The end of the examples is where text begins again.
verbatim && /^[^ ]/ {
  section("notes")
}

verbatim {
  sub(/^  /, "")
  print escaped($0)
  next
}

/^$/ {
  print ".PP"
  next
}

# Further words of what stands above.
/^              / {
  sub(/^ +/, "")
  print escaped($0)
  next
}

# An option, a command, a code, and two blanks before what it does; or alone on its line.
/^ / {
  sub(/^ +/, "")
  gap = match($0, title == "Verdicts" ? " +" : "  +")
  print ".TP"
  print ".B " escaped(gap ? substr($0, 1, gap - 1) : $0)
  if (gap) print escaped(substr($0, gap + RLENGTH))
  next
}

{
  print escaped($0)
}
