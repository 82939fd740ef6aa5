package io.dualport.client.merge;

import java.util.regex.Pattern;

/**
 * What a log says of itself before its first interval.
 *
 * @param run the same for all that belong together, 16 hexadecimal digits
 * @param log of this file alone
 * @param target as it was typed
 * @param address what that resolved to
 * @param mode closed or open loop
 * @param startMillis since the epoch, by the clock of the machine that wrote it
 */
record LogHeader(
    String run,
    String log,
    String target,
    String address,
    Unit unit,
    String mode,
    long startMillis) {
  static final String PREFIX = "#[Dualport run=";
  private static final Pattern ID = Pattern.compile("[0-9a-f]{16}");
  private static final Pattern ANY = Pattern.compile(".+");
  private static final Pattern MODE = Pattern.compile("closed|open");
  private static final String UNITS = "ns, us, ms or s";

  /**
   * Reads {@code #[Dualport run=.. log=.. target=.. address=.. unit=.. mode=.. start=..]}.
   *
   * @throws IllegalArgumentException saying what is wrong with the line
   */
  static LogHeader parse(String line) {
    Fields fields = new Fields(line, "#[Dualport ");
    String unit = fields.text("unit", ANY);
    return new LogHeader(
        fields.text("run", ID),
        fields.text("log", ID),
        fields.text("target", ANY),
        fields.text("address", ANY),
        Unit.named(unit)
            .orElseThrow(
                () -> new IllegalArgumentException("has unit=" + unit + ", which is not " + UNITS)),
        fields.text("mode", MODE),
        fields.whole("start"));
  }
}
