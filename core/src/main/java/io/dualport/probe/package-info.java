/** The bytes of a message, which both ends and Wireshark can read; it knows flow. */
package io.dualport.probe;
