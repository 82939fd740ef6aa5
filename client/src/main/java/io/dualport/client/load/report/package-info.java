/** Progress, logs and results, for people and programs; it knows plan and count. */
package io.dualport.client.load.report;
