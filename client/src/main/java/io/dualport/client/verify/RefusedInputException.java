package io.dualport.client.verify;

/**
 * A file or program that nothing can be judged with; the message names it, what is wrong with it,
 * and the remedy.
 */
final class RefusedInputException extends Exception {
  private static final long serialVersionUID = 1;

  RefusedInputException(String message) {
    super(message);
  }
}
