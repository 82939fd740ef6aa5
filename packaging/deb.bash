# shellcheck shell=bash
# The Debian package: the programs, the Java they need and nothing else of one, and what belongs where. Part of
# ./release, which sets source, place, out and version, and has fail(); jars.bash has install_programs().

# In packaging/modules, for the image too, stands what jdeps finds in the jars, and jdk.crypto.ec for TLS, which Java
# finds by its name. Without java.desktop and java.sql: Jackson's for dates of SQL, HOCON's for beans and JLine's for
# pictures ask for them, and nothing here those.
UNUSED='^java\.(desktop|sql)$'

# shellcheck disable=SC2154
make_deb() {
  local tree=$place/deb architecture program
  local home=$tree/usr/lib/dualport share=$tree/usr/share
  architecture=$(dpkg --print-architecture)
  install_programs "$home"
  make_runtime "$home/runtime"
  mkdir -p "$tree/usr/bin" "$tree/etc/dualport" "$tree/usr/lib/systemd/system" "$tree/DEBIAN"
  for program in "${PROGRAMS[@]}"; do
    ln -s "../lib/dualport/dual-$program" "$tree/usr/bin"
  done
  install_settings "$tree/etc/dualport"
  cp "$source"/systemd/* "$tree/usr/lib/systemd/system"
  sed -i 's|^ExecStart=.*|ExecStart=/usr/bin/dual-server --config /etc/dualport/server.conf --view log|' \
    "$tree/usr/lib/systemd/system/dualport.service"
  install_completion
  install_manual "$share/man/man1"
  install_documents "$share/doc/dualport"
  install -m 755 "$source"/packaging/{postinst,prerm,postrm} "$tree/DEBIAN"
  (cd "$tree" && find etc -type f -printf '/%p\n' | sort) >"$tree/DEBIAN/conffiles"
  control >"$tree/DEBIAN/control"
  chmod -R u=rwX,go=rX "$tree"
  (cd "$tree" && find . -path ./DEBIAN -prune -o -type f -printf '%P\0' | sort -z | xargs -0 md5sum) >"$tree/DEBIAN/md5sums"
  # Little of it can be pressed further: 36.9 MB in 9 s of processor time, 35.9 MB in 34 s.
  dpkg-deb --root-owner-group -z1 --build "$tree" "$out/dualport_${version}_$architecture.deb" >/dev/null
}

make_runtime() {
  local asked module modules jars=("$place"/lib/*.jar)
  modules=$(cat "$source/packaging/modules")
  asked=$(jdeps -J-XX:TieredStopAtLevel=1 --multi-release 17 --print-module-deps --ignore-missing-deps "${jars[@]}")
  for module in ${asked//,/ }; do
    [[ ,$modules, == *",$module,"* || $module =~ $UNUSED ]] || fail "a jar needs $module: see packaging/modules"
  done
  jlink -J-XX:TieredStopAtLevel=1 --add-modules "$modules" --compress=2 --no-header-files --no-man-pages --output "$1"
}

# Every line a comment but for the sections: what nobody changed stays as the program has it, and the port is the unit's.
install_settings() {
  local file
  cp "$source"/conf/* "$1"
  for file in "$1"/*.conf; do
    sed -i -E 's/^( +)([a-z-]+ = )/\1# \2/' "$file"
  done
}

install_completion() {
  local program java=("$home/runtime/bin/java" -XX:+UseSerialGC -jar)
  mkdir -p "$share/bash-completion/completions" "$share/zsh/vendor-completions"
  for program in "${PROGRAMS[@]}"; do
    "${java[@]}" "$out/dual-$program.jar" completion bash >"$share/bash-completion/completions/dual-$program"
    "${java[@]}" "$out/dual-$program.jar" completion zsh >"$share/zsh/vendor-completions/_dual-$program"
  done
}

# A page for each program and each of its commands.
install_manual() {
  local program command
  mkdir -p "$1"
  for program in "${PROGRAMS[@]}"; do
    manual "$1" "$program"
    for command in $("$home/dual-$program" --help | sed -n '/^Commands/,/^$/s/^  \([a-z]*\) .*/\1/p'); do
      manual "$1" "$program" "$command"
    done
  done
}

manual() {
  local name="dual-$2${3:+-$3}"
  "$home/dual-$2" ${3:+"$3"} --help |
    awk -v name="$name" -v version="$version" -v date="$(date -d "@$SOURCE_DATE_EPOCH" +%F)" -f "$source/packaging/man.awk" |
    gzip -9n >"$1/$name.1.gz"
}

install_documents() {
  local licenses=$source/core/src/main/resources/META-INF/licenses text
  mkdir -p "$1/docs"
  cp "$source"/docs/*.md "$1/docs"
  gzip -9n <"$source/CHANGELOG.md" >"$1/changelog.gz"
  {
    echo "Dualport is under the Apache License 2.0. Its libraries have licences of their own; all texts follow."
    echo "The Java in /usr/lib/dualport/runtime is OpenJDK: GPL-2 with the Classpath exception, texts in its folder legal."
    for text in "$source/LICENSE" "$licenses"/*.txt; do
      printf '\n== %s\n\n' "${text##*/}"
      cat "$text"
    done
  } >"$1/copyright"
}

control() {
  local libc
  libc=$(dpkg-query -W -f '${Version}' libc6)
  cat <<TEXT
Package: dualport
Version: $version
Architecture: $architecture
Maintainer: Dualport maintainers <dualport@localhost>
Installed-Size: $(du -sk --apparent-size "$tree" | cut -f1)
Depends: libc6 (>= ${libc%%-*}), libgcc-s1, libstdc++6, zlib1g
Section: net
Priority: optional
Description: TCP and UDP on one port number, done right and made visible
 An echo server that binds one port number on both protocols, a client that
 drives both from one source port and tells whether a port is open on each,
 and a lab that asks the kernel. It brings the Java it needs.
TEXT
}
