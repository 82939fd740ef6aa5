/** What the server was asked to do, checked; it knows the settings of the admin side. */
package io.dualport.server.settings;
