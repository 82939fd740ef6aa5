# shellcheck shell=bash
# The jars, the archive and the libraries of a release. Part of ./release, which sets source, place, out and version.

PROGRAMS=(server client lab)
LIBRARIES=(core "${PROGRAMS[@]}")

# Without tests: .ci/run has them. Two builds at once may fetch the same plugin.
# shellcheck disable=SC2154
make_jars() {
  local program
  (cd "$source" && MAVEN_OPTS="${MAVEN_OPTS:-} -XX:TieredStopAtLevel=1" ./mvnw -B -q -Dmaven.test.skip -Dspotless.check.skip -Daether.syncContext.named.factory=file-lock \
    -Daether.syncContext.named.nameMapper=file-gav -pl "$(IFS=, && echo "${LIBRARIES[*]}")" -Psbom,publish \
    package dependency:copy-dependencies -DincludeScope=runtime) || fail "the build failed"
  mkdir "$place/lib"
  for program in "${PROGRAMS[@]}"; do
    cp "$source/$program/target/dual-$program".{jar,cdx.json} "$out"
    cp "$source/$program"/target/{dependency/*,"$program-$version".jar} "$place/lib"
  done
}

# What Maven Central takes, but for signatures and sums: packaging/central adds those.
make_maven() {
  local group=$out/maven/io/dualport library
  install -D -m 644 "$source/pom.xml" "$group/dualport/$version/dualport-$version.pom"
  for library in "${LIBRARIES[@]}"; do
    install -D -m 644 "$source/$library/pom.xml" "$group/$library/$version/$library-$version.pom"
    cp "$source/$library/target/$library-$version"{,-sources,-javadoc}.jar "$group/$library/$version"
  done
}

# What both the archive and the package hold, into $1: libraries, launcher and its names.
install_programs() {
  local program
  install -D -m 755 "$source/packaging/dual" "$1/dual"
  cp -r "$place/lib" "$1/lib"
  for program in "${PROGRAMS[@]}"; do
    ln -s dual "$1/dual-$program"
  done
}

make_archive() {
  local tree=$place/dualport-$version
  install_programs "$tree"
  cp -r "$source"/{conf,LICENSE,CHANGELOG.md} "$tree"
  cp -r "$source/core/src/main/resources/META-INF/licenses" "$tree/licenses"
  mkdir "$tree/docs"
  cp "$source"/docs/*.md "$tree/docs"
  tar -C "$place" --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX \
    -c "dualport-$version" | gzip -9n >"$out/dualport-$version.tar.gz"
}
