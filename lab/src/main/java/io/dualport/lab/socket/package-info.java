/** System calls, made by the native library or by Java; it knows nobody of the lab. */
package io.dualport.lab.socket;
