# shellcheck shell=bash
# Class-data archives (java(1), "Application Class Data Sharing"): what a program loads until it serves, in the form in
# which the JVM keeps it, so that no start reads and verifies it again. Recorded once for each Java after a build; where
# there is none, or Java finds that it does not fit, the program starts without. Part of ./dual, which has jars.bash
# and sets home, java and java_build.

# shellcheck disable=SC2154
archive_of() {
  printf '%s' "$home/target/archives/$java_build/$1.jsa"
}

# An empty file is as good as one: it was tried, and not to be had. Java refuses one whose jar lay elsewhere, and then
# shares nothing at all, so a checkout that was moved records anew.
has_archive() {
  local there=
  [[ $(archive_of "$1") -nt $home/$1/target/dual-$1.jar ]] || return 1
  read -r there 2>/dev/null <"$home/target/archives/$java_build/place" || true
  [[ $there == "$home" ]]
}

# The native libraries of the jars, as files of their own: a program that finds them there unpacks none into the folder
# for temporary files, where one that is killed meanwhile leaves it.
natives() {
  printf '%s' "$home/target/archives/$java_build/native"
}

# Sets java_options to those of a program, called with these arguments. Serial is the collector that starts soonest and
# holds least; one that the user asked Java for is not to be contradicted. A check ends before the better compiler's
# work pays.
choose_options() {
  local part=$1 archive
  archive=$(archive_of "$part")
  java_options=()
  [[ "${JAVA_TOOL_OPTIONS:-} ${JDK_JAVA_OPTIONS:-} ${_JAVA_OPTIONS:-}" == *-XX:+Use*GC* ]] ||
    java_options+=(-XX:+UseSerialGC)
  [[ ! $(natives) -nt $home/$part/target/dual-$part.jar ]] || java_options+=(-Djava.library.path="$(natives)")
  [[ "$part ${2:-}" != "client check" ]] || java_options+=(-XX:TieredStopAtLevel=1)
  # Not a word about an archive of another Java or jar.
  [[ ! -s $archive ]] || ! has_archive "$part" || java_options+=(-XX:SharedArchiveFile="$archive" -Xshare:auto "-Xlog:cds*=off")
}

# Records all three where that of one program is missing, and says so. Whatever goes wrong, the program can be run.
archive() {
  ! has_archive "$1" || return 0
  (
    cd "$home"
    mkdir -p "$(dirname "$(archive_of "$1")")" 2>/dev/null && : 2>/dev/null >>target/dual-lock || exit 0
    lock
    ! has_archive "$1" || exit 0
    SECONDS=0
    find_columns
    progress "recording what the programs load, so that they start in half the time"
    record && code=0 || code=$?
    end_progress
    [[ $code -eq 0 ]] || echo "dual: not all is recorded, so programs start later; see $home/target/dual-record.log" >&2
  ) || true
}

# Runs each program as one does, and archives what it loaded. The server serves meanwhile, on a port that was free.
record() {
  local work code
  work=$(mktemp -d target/archives/new.XXXXXX) || return 1
  # The lock is not theirs, whatever becomes of them.
  (record_in "$work") >target/dual-record.log 2>&1 9>&- && code=0 || code=$?
  rm -rf "$work"
  return $code
}

record_in() {
  local work=$1 lab='' server='' port part code=0
  trap 'kill ${lab:-} ${server:-} 2>/dev/null || true' EXIT
  unpack_natives "$work" || code=1
  ( (listed lab list) && listed lab run 5) >"$work/lab" &
  lab=$!
  listed server --port 0 --admin 127.0.0.1:0 --view log --report-every 0s >"$work/server" &
  server=$!
  if wait_for_start "$work/server" $server; then
    port=$(sed -n 's/^Dualport: port \([0-9]*\) .*/\1/p' "$work/server")
    (listed client check "127.0.0.1:$port")
    (listed client send "127.0.0.1:$port")
  fi
  kill -TERM $server || true
  wait $server $lab || true
  lab='' server=''
  for part in server client lab; do
    dump "$part" &
  done
  wait
  for part in server client lab; do
    # Tried once with nothing to fall back on. An empty file is not tried again.
    "$java" -XX:+UseSerialGC -Xshare:on -XX:SharedArchiveFile="$work/$part.jsa" -jar "$home/$part/target/dual-$part.jar" \
      --version || { code=1 && : >"$work/$part.jsa"; }
    mv -f "$work/$part.jsa" "$(archive_of "$part")"
  done
  printf '%s\n' "$home" >"$home/target/archives/$java_build/place"
  return $code
}

# Waits until the server, process $2, has said everything about its start in the file $1, or has ended.
wait_for_start() {
  local tries
  for ((tries = 0; tries < 300; tries++)); do
    if grep -q '^stop ' "$1" 2>/dev/null; then return 0; fi
    kill -0 "$2" 2>/dev/null || return 1
    sleep 0.1
  done
  return 1
}

# All three jars have the same.
unpack_natives() {
  local jar=$home/server/target/dual-server.jar
  (cd "$1" && "$(command -v "$java" | sed 's/java$/jar/')" xf "$jar" META-INF/native) || return 1
  rm -rf "$(natives)"
  mv "$1/META-INF/native" "$(natives)"
  touch "$(natives)"
}

# Becomes a program that lists the classes it loads. Nothing of the user's environment goes into it.
listed() {
  local part=$1 list
  shift
  list=$(mktemp "$work/$part.list.XXXXXX")
  exec env -i PATH="$PATH" HOME="${HOME:-/}" "$java" -XX:+UseSerialGC -XX:DumpLoadedClassList="$list" \
    -jar "$home/$part/target/dual-$part.jar" "$@"
}

# A static archive: one made when a program ends leaves out classes as old as picocli's (Java 5). Dumped under G1, whose
# archives hold objects as well.
dump() {
  local part=$1
  # Newer ones number the classes, and two lists differ in that.
  awk '{sub(/ id: [0-9]+$/, "")} !seen[$0]++' "$work/$part.list".* >"$work/$part.classes"
  env -i PATH="$PATH" HOME="${HOME:-/}" "$java" -XX:+UseG1GC -Xshare:dump -XX:SharedClassListFile="$work/$part.classes" \
    -XX:SharedArchiveFile="$work/$part.jsa" -cp "$home/$part/target/dual-$part.jar"
}
