/** Stories as text, Markdown and JSON; it knows story alone. */
package io.dualport.lab.report;
