/** What a run is to do: settings, messages, times; it knows no other package of load. */
package io.dualport.client.load.plan;
