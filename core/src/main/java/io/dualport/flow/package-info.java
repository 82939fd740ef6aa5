/** Five-tuples and what is counted for each of them; it knows report. */
package io.dualport.flow;
