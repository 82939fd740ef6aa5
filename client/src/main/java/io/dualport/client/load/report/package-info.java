/** Progress, logs and results, for people and programs; of load it knows plan and count. */
package io.dualport.client.load.report;
