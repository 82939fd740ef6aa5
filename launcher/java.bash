# shellcheck shell=bash
# The Java that ./dual runs, and with which options. Part of ./dual, which has fail().

# Sets java to the one to run, JAVA_HOME's if set, else the one on the PATH, and java_build to which one it is, as in
# 17.0.15+6: 17 or newer, with a compiler to build.
find_java() {
  java=${JAVA_HOME:+$JAVA_HOME/bin/}java
  local path release said
  path=$(command -v "$java") ||
    fail "no Java found: install a JDK 17 or newer (Debian: apt-get install openjdk-17-jdk-headless) or set JAVA_HOME"
  # A JDK says so in a file of its own, if the path leads to it; to ask the program takes as long as to start one.
  path=$(readlink -f -- "$path") || path=
  release=${path%/bin/java}/release
  if [[ -r $release ]]; then
    said=$(<"$release")
    said=${said#*JAVA_RUNTIME_VERSION=\"}
    java_build=${said%%\"*}
  fi
  if [[ ! ${java_build:-} =~ ^[1-9][0-9A-Za-z.+_-]*$ ]]; then
    java_build=$("$java" -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java\.runtime\.version = //p')
  fi
  [[ ${java_build%%[^0-9]*} -ge 17 ]] ||
    fail "$(command -v "$java") is Java ${java_build:-of an unknown version}; Dualport needs a JDK 17 or newer: set JAVA_HOME"
  command -v "${java}c" >/dev/null 2>&1 ||
    fail "$(command -v "$java") has no compiler beside it: install a JDK, not only a JRE (Debian: openjdk-17-jdk-headless)"
}
