package io.dualport.client.verify;

/**
 * One five-tuple in the three accounts.
 *
 * @param tuple as captured, or as the client has it if it was not captured
 * @param client null if the result does not know it
 * @param captured null if no packet of it is in the capture
 * @param server null if its counters were not given or do not list it
 */
record Row(
    FlowKey tuple,
    ClientFlow client,
    CapturedFlow captured,
    ServerFlow server,
    Comparison finding) {}
