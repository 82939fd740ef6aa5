package io.dualport.lab.report;

import io.dualport.lab.story.StoryVerdict;

/** Emphasis on a terminal (ECMA-48 SGR), or none. */
public record Colours(boolean on) {
  String bold(String text) {
    return sgr("1", text);
  }

  String dim(String text) {
    return sgr("2", text);
  }

  String error(String text) {
    return sgr("33", text);
  }

  String verdict(StoryVerdict verdict, String text) {
    return switch (verdict) {
      case AS_PREDICTED -> sgr("32", text);
      case SURPRISE -> sgr("1;31", text);
      case SKIPPED -> sgr("33", text);
    };
  }

  /** A finished text with its refusals and surprises emphasized. */
  public String answers(String text) {
    return text.replace("EADDRINUSE", error("EADDRINUSE"))
        .replace("SURPRISE", verdict(StoryVerdict.SURPRISE, "SURPRISE"));
  }

  private String sgr(String code, String text) {
    return on ? "\u001b[" + code + "m" + text + "\u001b[0m" : text;
  }
}
