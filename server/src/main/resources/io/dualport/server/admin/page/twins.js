/** Two five-tuples that differ in the protocol alone. */

function areTwins(one, other) {
  return (
    one.twin &&
    other.twin &&
    one.source === other.source &&
    one.destination === other.destination &&
    one.protocol !== other.protocol
  );
}

/**
 * Where twins stand in neighbouring rows.
 * @returns {(null | 'first' | 'second')[]} for each flow, its place in a pair
 */
export function pairs(flows) {
  const places = flows.map(() => null);
  for (let row = 1; row < flows.length; row++) {
    if (places[row - 1] === null && areTwins(flows[row - 1], flows[row])) {
      places[row - 1] = 'first';
      places[row] = 'second';
    }
  }
  return places;
}
