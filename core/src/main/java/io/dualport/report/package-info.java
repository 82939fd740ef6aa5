/** Tables and words, and how each format shows them; it knows nobody. */
package io.dualport.report;
