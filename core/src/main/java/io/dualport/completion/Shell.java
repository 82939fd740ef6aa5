package io.dualport.completion;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** A shell that completes what is typed; each has its script among the resources. */
enum Shell {
  BASH {
    @Override
    String fill(String script, Completions completions) {
      return script
          .replace("@NAMES@", BashScript.names(completions))
          .replace("@WORDS@", BashScript.words(completions))
          .replace("    # @COMMANDS@\n", BashScript.commands(completions))
          .replace("    # @VALUES@\n", BashScript.values(completions));
    }
  },
  ZSH {
    @Override
    String fill(String script, Completions completions) {
      return script
          .replace("@NAMES@", ZshScript.names(completions))
          .replace("    # @WORDS@\n", ZshScript.words(completions))
          .replace("    # @COMMANDS@\n", ZshScript.commands(completions));
    }
  };

  /** The name as users type it. */
  String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  static Optional<Shell> named(String label) {
    return Arrays.stream(values()).filter(shell -> shell.label().equals(label)).findFirst();
  }

  /** The whole script for these commands. */
  String script(Completions completions) {
    return fill(template(), completions)
        .replace("@DEFAULT@", completions.fallback().name())
        .replace("@FUNCTION@", completions.program().replace('-', '_'))
        .replace("@PROGRAM@", completions.program());
  }

  abstract String fill(String script, Completions completions);

  private String template() {
    try (InputStream in = Shell.class.getResourceAsStream("completion." + label())) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
