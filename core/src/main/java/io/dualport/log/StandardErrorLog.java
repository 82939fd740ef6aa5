package io.dualport.log;

import ch.qos.logback.classic.ClassicConstants;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import ch.qos.logback.core.spi.ContextAwareBase;
import java.util.Optional;
import org.slf4j.LoggerFactory;

/**
 * Logback's configuration where the user names no file: lifecycle events and refusals to standard
 * error, as standard output belongs to the results. In code, as the same in XML costs a start more
 * than anything else it does: an XML parser, Logback's model of the file, 500 classes.
 *
 * <p>Found by Logback through {@link java.util.ServiceLoader}.
 */
public final class StandardErrorLog extends ContextAwareBase implements Configurator {
  private static final String NAME = "stderr";

  /** Lines that are lost since the start; 0 where the user's own file says where lines go. */
  public static long lostLines() {
    return lines().map(WaitingLines::lost).orElse(0L);
  }

  /**
   * Waits for the last lines to be taken, but not for ever; to be called where the process ends
   * without the JVM's shutdown, as by {@link Runtime#halt}. Later lines are not written.
   */
  public static void end() {
    lines().ifPresent(WaitingLines::stop);
  }

  private static Optional<WaitingLines> lines() {
    return LoggerFactory.getILoggerFactory() instanceof LoggerContext context
            && context.getLogger(Logger.ROOT_LOGGER_NAME).getAppender(NAME)
                instanceof WaitingLines lines
        ? Optional.of(lines)
        : Optional.empty();
  }

  @Override
  public ExecutionStatus configure(LoggerContext context) {
    if (System.getProperty(ClassicConstants.CONFIG_FILE_PROPERTY) != null) {
      return ExecutionStatus.INVOKE_NEXT_IF_ANY; // reads that file
    }
    LogLines layout = new LogLines();
    layout.setContext(context);
    layout.start();
    LayoutWrappingEncoder<ILoggingEvent> encoder = new LayoutWrappingEncoder<>();
    encoder.setContext(context);
    encoder.setLayout(layout);
    encoder.start();
    ConsoleAppender<ILoggingEvent> stderr = new ConsoleAppender<>();
    stderr.setContext(context);
    stderr.setName(NAME);
    stderr.setTarget("System.err");
    stderr.setEncoder(encoder);
    stderr.start();
    WaitingLines lines = new WaitingLines(stderr);
    lines.setContext(context);
    lines.setName(NAME);
    lines.start();

    context.getLogger("io.netty").setLevel(Level.WARN);
    // Warn in a namespace that has no network card, about an id we do not use.
    context.getLogger("io.netty.util.internal.MacAddressUtil").setLevel(Level.ERROR);
    context.getLogger("io.netty.channel.DefaultChannelId").setLevel(Level.ERROR);
    Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
    root.setLevel(Level.INFO);
    root.addAppender(lines);
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }
}
