package io.dualport.client.verify;

/**
 * Where the accounts of one five-tuple differ, or that they do not.
 *
 * @param right who is right; null where all are, or nobody can tell
 * @param reason a clause without a full stop; empty for {@link Agreement#AGREE}
 */
record Comparison(Agreement verdict, String right, String reason) {
  static final Comparison AGREE = new Comparison(Agreement.AGREE, null, "");

  boolean isAgreed() {
    return verdict == Agreement.AGREE;
  }
}
