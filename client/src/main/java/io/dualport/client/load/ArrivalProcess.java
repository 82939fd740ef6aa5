package io.dualport.client.load;

/** How the intended send times of an open loop follow each other. */
enum ArrivalProcess {
  /** Exponential gaps: independent users, bursts included. */
  POISSON,
  /** Equal gaps. */
  CONSTANT
}
