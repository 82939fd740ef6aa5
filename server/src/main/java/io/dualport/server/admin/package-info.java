/** The admin side: dashboard, JSON, metrics, health, by HTTP; it knows facts, json and kernel. */
package io.dualport.server.admin;
