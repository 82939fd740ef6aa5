/** The kernel's own view: socket tables, counters, errors; it knows flow and report. */
package io.dualport.kernel;
