/** Keys, screens and the standard streams; it knows kernel and report. */
package io.dualport.terminal;
