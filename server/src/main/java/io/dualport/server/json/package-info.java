/** Flows and the kernel's share as JSON; it knows kernel. */
package io.dualport.server.json;
