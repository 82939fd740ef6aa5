/** Log lines that no event loop waits for; it knows report. */
package io.dualport.log;
