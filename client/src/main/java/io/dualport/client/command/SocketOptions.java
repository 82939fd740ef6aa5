package io.dualport.client.command;

import picocli.CommandLine.Option;

/** The options of every command that sends; without defaults, as {@link CommonOptions}. */
public final class SocketOptions {
  private static final int BEFORE_COMMON = 900;

  @Option(
      names = "--protocol",
      order = -1,
      paramLabel = "both|tcp|udp",
      description = "Which of the two. Default: both.")
  private String protocol;

  @Option(
      names = "--timeout",
      order = BEFORE_COMMON,
      paramLabel = "TIME",
      description = "How long any answer is waited for, 1ms to 1h. Default: 2s.")
  private String timeout;

  @Option(
      names = "--source-port",
      order = BEFORE_COMMON + 1,
      paramLabel = "N",
      description = "The port the sockets are bound to; 0 for any that is free. Default: 0.")
  private String sourcePort;

  @Option(
      names = "--transport",
      order = BEFORE_COMMON + 2,
      paramLabel = "auto|epoll|io_uring|kqueue|nio",
      description = "What drives the sockets. Default: auto.")
  private String transport;

  @Option(
      names = "--same-server",
      order = BEFORE_COMMON + 3,
      description =
          "Exit with 1 unless it is proven that both protocols reach one server. Default: off.")
  private Boolean sameServer;
}
