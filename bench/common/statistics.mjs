export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Median, least and greatest of a list that has one number for each round. */
export function summary(numbers) {
  return { median: median(numbers), least: Math.min(...numbers), greatest: Math.max(...numbers) };
}

/** Each number of the first list with that of the same round in the second. */
export function roundByRound(first, second, combine) {
  return first.map((number, round) => combine(number, second[round]));
}

/** The same list, begun at another place, so that nobody is always first. */
export function inTurn(list, round) {
  return list.map((_, i) => list[(i + round) % list.length]);
}

export function anyOf(list) {
  return list[Math.floor(Math.random() * list.length)];
}

export function count(number) {
  return Math.round(number).toLocaleString('en');
}
