package io.dualport.server.admin;

/** A query parameter that is not known, or whose value is not allowed. */
final class BadParameterException extends Exception {
  private static final long serialVersionUID = 1;

  private final String parameter;
  private final String value;
  private final String allowed;

  BadParameterException(String parameter, String value, String allowed) {
    super(parameter + " = " + value + ": must be " + allowed);
    this.parameter = parameter;
    this.value = value;
    this.allowed = allowed;
  }

  String parameter() {
    return parameter;
  }

  String value() {
    return value;
  }

  String allowed() {
    return allowed;
  }
}
