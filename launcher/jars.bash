# shellcheck shell=bash
# Builds the three jars where a source is newer than they are, and shows how far it is. Part of ./dual, which sets
# "home" and has fail().

# shellcheck disable=SC2154
jars=("$home/server/target/dual-server.jar" "$home/client/target/dual-client.jar" "$home/lab/target/dual-lab.jar")

# True when a jar is missing, or something that goes into the jars is newer than one of them.
is_stale() {
  local jar oldest=${jars[0]}
  for jar in "${jars[@]}"; do
    [[ -f $jar ]] || return 0
    [[ $jar -nt $oldest ]] || oldest=$jar
  done
  [[ -n $(find "$home/pom.xml" "$home"/{core,server,client,lab}/{pom.xml,src/main} -newer "$oldest" -print -quit) ]]
}

build() {
  is_stale || return 0
  (
    cd "$home"
    mkdir -p target
    lock
    is_stale || exit 0
    # shellcheck disable=SC2030
    SECONDS=0
    keep_running_jars
    # Formatting and tests are for ./dual test: without them the same jars are there in half the time.
    if ! ./mvnw -B -Dmaven.test.skip -Dspotless.check.skip -pl core,server,client,lab package 2>&1 |
      tee target/dual-build.log | show_build; then
      grep -v '^\[INFO\]' target/dual-build.log >&2 || true
      fail "the build failed; see above, or all of it in $home/target/dual-build.log"
    fi
    # A jar whose content did not change is not written again, and would look stale for ever.
    touch "${jars[@]}"
    echo "dual: built in $SECONDS s" >&2
  ) || exit 1
}

# Programs that run keep the files they began with: Java reads classes when it first needs them, Maven writes in place.
keep_running_jars() {
  local jar
  for jar in "${jars[@]}"; do
    [[ ! -f $jar ]] || { cp -p "$jar" "$jar.new" && mv -f "$jar.new" "$jar"; }
  done
}

# Two builds at once would write the same files. Until the shell that calls it ends.
lock() {
  exec 9>target/dual-lock
  if command -v flock >/dev/null 2>&1 && ! flock -n 9; then
    echo "dual: waiting for another build" >&2
    flock 9
  fi
}

# Tells from Maven's output on standard input how far a build is: on a terminal in one line, elsewhere in a few.
show_build() {
  local line='' part='' read=0 module='' now='starting Maven' files=0 bytes=0 columns=0 patience=()
  local maven
  maven=$(sed -n 's|^distributionUrl=.*/\(.*\)-bin\.zip$|\1|p' .mvn/wrapper/maven-wrapper.properties)
  [[ -d ${MAVEN_USER_HOME:-$HOME/.m2}/wrapper/dists/$maven ]] || now="fetching $maven"
  find_columns
  # So that the seconds go on where Maven is silent; older shells cannot tell that from the end.
  [[ $columns -eq 0 || ${BASH_VERSINFO[0]} -lt 4 ]] || patience=(-t 1)
  progress "$now"
  while :; do
    read=0
    IFS= read -r ${patience[@]+"${patience[@]}"} part || read=$?
    line=$line$part
    if [[ $read -gt 128 ]]; then
      progress "$now"
      continue
    fi
    line=${line#"[INFO] "}
    case $line in
      "Downloading from "*) now="fetching ${line##*/}" ;;
      "Downloaded from "*)
        [[ $columns -gt 0 || $files -gt 0 ]] || progress "fetching Maven's plugins and the libraries"
        files=$((files + 1))
        bytes=$((bytes + $(bytes_of "${line##*(}")))
        [[ $columns -gt 0 || $((files % 100)) -gt 0 ]] || progress "$now"
        ;;
      "Building Dualport "*)
        module=${line#*Dualport }
        module=${module%% *}
        now="building $module"
        [[ $columns -gt 0 ]] || progress "$now"
        ;;
      "--- "*)
        line=${line#*--- }
        now="building $module: ${line%%:*}"
        ;;
    esac
    line=
    [[ $columns -eq 0 ]] || progress "$now"
    [[ $read -eq 0 ]] || break
  done
  end_progress
}

# Sets columns to those of the terminal that standard error is, 0 where it is none.
find_columns() {
  columns=0
  if [[ -t 2 && ${TERM:-dumb} != dumb ]]; then
    columns=$(stty size <&2 2>/dev/null | cut -d' ' -f2) || columns=0
    [[ $columns -gt 0 ]] || columns=80
  fi
}

end_progress() {
  [[ $columns -eq 0 ]] || printf '\r\033[K' >&2
}

# One more line, or the same one written anew. What may be long stands last, where a narrow terminal cuts it off.
progress() {
  # shellcheck disable=SC2031
  local text="dual: $SECONDS s"
  [[ ${files:-0} -lt 2 ]] || text+=", $files files with $((bytes / 1000000)) MB fetched"
  text+=": $1"
  if [[ $columns -gt 0 ]]; then
    printf '\r\033[K%s' "${text:0:columns-1}" >&2
  else
    printf '%s\n' "$text" >&2
  fi
}

# The bytes that Maven means by "1.2 kB at 34 kB/s)".
bytes_of() {
  local number=${1%% *} unit=${1#* } tenths=0
  [[ $number != *.* ]] || tenths=${number#*.}
  case $unit in
    kB*) echo $((${number%.*} * 1000 + tenths * 100)) ;;
    MB*) echo $((${number%.*} * 1000000 + tenths * 100000)) ;;
    *) echo "${number%.*}" ;;
  esac
}
