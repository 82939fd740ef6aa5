package io.dualport.log;

import ch.qos.logback.classic.pattern.ThrowableProxyConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.LayoutBase;
import io.dualport.report.Words;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.List;

/** As in {@code 14:03:07.250 WARN message}, and of a fault what it is and where it was thrown. */
final class LogLines extends LayoutBase<ILoggingEvent> {
  @Override
  public String doLayout(ILoggingEvent event) {
    return Words.format(
        "%tT.%<tL %-5s %s%n%s",
        LocalTime.ofInstant(event.getInstant(), ZoneId.systemDefault()),
        event.getLevel(),
        event.getFormattedMessage(),
        fault(event));
  }

  private static String fault(ILoggingEvent event) {
    if (event.getThrowableProxy() == null) {
      return "";
    }
    ThrowableProxyConverter fault = new ThrowableProxyConverter();
    fault.setOptionList(List.of("short"));
    fault.start();
    return fault.convert(event);
  }
}
